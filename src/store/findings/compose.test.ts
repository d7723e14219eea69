/** How the API words a finding: reference for the shapes is the Inspector v2 model and its published samples. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samplePart } from '../../../tests/support/findings.ts';
import { cut, detailRows, networkSteps, summarizePackages, vulnerablePackages } from './compose.ts';
import type { NetworkDetail, PackageDetail } from './detail.ts';
import { splitVersion } from './package-words.ts';

function detail(...parts: PackageDetail['parts']): PackageDetail {
  return { kind: 'package', id: 'CVE-2024-6119', parts };
}

const LAYER = `sha256:${'a'.repeat(64)}`;

test('a system package: epoch, release, manager, fix and command as Inspector writes them', () => {
  assert.deepEqual(vulnerablePackages(detail(samplePart(1))), [
    {
      name: 'openssl',
      version: '3.0.13',
      epoch: 0,
      release: '0ubuntu3.1',
      arch: 'X86_64',
      packageManager: 'OS',
      fixedInVersion: '0:3.0.13-0ubuntu3.4',
      remediation: 'apt-get update && apt-get upgrade',
    },
  ]);
});

test('a language package is shown at each of its places, with the manager of the file', () => {
  const change = {
    packageName: 'lodash',
    installedVersion: '4.17.20',
    fixedVersions: ['4.17.21'],
    locations: [{ path: 'app/package-lock.json' }, { path: 'app/node_modules/lodash/package.json', layer: LAYER }],
  };
  const shown = vulnerablePackages(detail(samplePart(1, change, { type: 'npm', architecture: '', namespace: '' })));
  assert.deepEqual(
    shown.map(({ packageManager, filePath, sourceLayerHash, fixedInVersion, remediation, epoch }) => [
      packageManager,
      filePath,
      sourceLayerHash,
      fixedInVersion,
      remediation,
      epoch,
    ]),
    [
      ['NPM', 'app/package-lock.json', undefined, '4.17.21', 'npm update lodash', undefined],
      ['NODEPKG', 'app/node_modules/lodash/package.json', LAYER, '4.17.21', 'npm update lodash', undefined],
    ],
  );
});

test('versions are split as rpm and dpkg read them', () => {
  const table: readonly (readonly [string, string, object])[] = [
    ['deb', '1:2.3-1ubuntu4', { epoch: 1, version: '2.3', release: '1ubuntu4' }],
    ['deb', '2.3-1-4', { epoch: 0, version: '2.3-1', release: '4' }],
    ['rpm', '2:1.0', { epoch: 2, version: '1.0' }],
    ['apk', '3.1.4-r5', { epoch: 0, version: '3.1.4', release: 'r5' }],
    ['npm', '1:2-3', { version: '1:2-3' }],
    ['npm', '', { version: 'unknown' }],
    ['deb', '-', { epoch: 0, version: '-' }],
  ];
  for (const [type, text, expected] of table) assert.deepEqual(splitVersion(type, text), expected, `${type} ${text}`);
});

test('the most severe part speaks for all; the fix is PARTIAL when some have none', () => {
  const parts = [
    samplePart(1),
    samplePart(2, { severity: 'HIGH', packageName: 'libssl3t64', status: 'no-fix', fixedVersions: [] }),
  ] as const;
  const summary = summarizePackages(detail(...parts));
  assert.equal(summary.fix, 'PARTIAL');
  assert.equal(summary.leading, parts[1]);
  assert.equal(summary.title, 'CVE-2024-6119 - openssl, libssl3t64');
  assert.deepEqual(
    [summary.source, summary.sourceUrl, summary.vendorSeverity],
    ['UBUNTU_CVE', 'https://ubuntu.com/security/CVE-2024-6119', 'medium'],
  );
  const { detail: row, packages } = detailRows(detail(...parts));
  assert.deepEqual([row.severity, row.fix, row.exploit, row.score], [4, 'PARTIAL', 'NO', 7.5]);
  assert.deepEqual(
    packages.map(({ name, unit_id }) => [name, unit_id]),
    [
      ['openssl', 1],
      ['libssl3t64', 2],
    ],
  );
});

test('an exploit is known when it is published or used', () => {
  assert.equal(summarizePackages(detail(samplePart(1, { exploits: ['EDB-1'] }))).exploit, 'YES');
  const kev = { dateAdded: '2024-01-01', ransomware: false };
  assert.equal(summarizePackages(detail(samplePart(1), samplePart(2, { kev }))).exploit, 'YES');
});

test('a vendor that writes Important is quoted so', () => {
  const evidence = samplePart(1).vulnerability.evidence.map((said) => ({
    ...said,
    severity: { kind: 'word', value: 'important', source: 'amazon' } as const,
  }));
  const summary = summarizePackages(detail(samplePart(1, { evidence }, { type: 'rpm', namespace: 'amzn' })));
  assert.deepEqual([summary.source, summary.vendorSeverity], ['AMAZON_CVE', 'Important']);
});

test('texts keep to 1024 characters, and whole ones', () => {
  const names = Array.from({ length: 200 }, (_, index) => samplePart(index, { packageName: `package-${index}` }));
  const [first = samplePart(1), ...rest] = names;
  const { title } = summarizePackages(detail(first, ...rest));
  assert.equal(title.length, 1024);
  assert.ok(title.endsWith('...'));
  assert.equal(cut(`${'x'.repeat(1020)}😀😀😀`), `${'x'.repeat(1020)}...`);
});

test('equal details have equal digests, whatever the order of their keys', () => {
  const part = samplePart(1);
  const turned = Object.fromEntries(Object.entries(part.vulnerability).reverse()) as unknown as typeof part.vulnerability;
  const other = { package: part.package, vulnerability: turned, unit: 1 };
  assert.equal(detailRows(detail(part)).detail.digest, detailRows(detail(other)).detail.digest);
  assert.notEqual(detailRows(detail(part)).detail.digest, detailRows(detail(samplePart(2))).detail.digest);
});

test('a network finding: ports, protocol and steps', () => {
  const network: NetworkDetail = {
    kind: 'network',
    title: 'Port 22 is reachable from an Internet Gateway - TCP',
    description: 'x',
    severity: 'MEDIUM',
    protocol: 'TCP',
    begin: 22,
    end: 22,
    steps: Array.from({ length: 40 }, (_, index) => ({ componentId: `c${index}`, componentType: 'AWS::EC2::NetworkInterface' })),
    remediation: 'y',
  };
  const { detail: row, packages, values } = detailRows(network);
  assert.deepEqual([row.vulnerability, row.protocol, row.port_begin, row.port_end, row.severity], [null, 'TCP', 22, 22, 3]);
  assert.equal(row.key, 'network/TCP/22-22/c0/c39');
  assert.deepEqual(packages, []);
  assert.equal(networkSteps(network).length, 30);
  assert.equal(values.filter(({ name }) => name === 'componentId').length, 30);
});
