import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { makeTar } from '../../../../tests/support/tar.ts';
import { redhatCve } from './index.ts';

const EL = (major: number) => `cpe:/o:redhat:enterprise_linux:${major}`;

function state(major: number, package_name: string, fix_state: string) {
  return { cpe: EL(major), package_name, fix_state, product_name: `Red Hat Enterprise Linux ${major}` };
}

const DOCUMENT = {
  name: 'CVE-2022-0778',
  threat_severity: 'Important',
  public_date: '2022-03-15T00:00:00Z',
  cvss3: { cvss3_base_score: '7.5', cvss3_scoring_vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' },
  cwe: 'CWE-20->CWE-835',
  details: ['A flaw was found.\nIt never ends.', 'Another text.'],
  bugzilla: { description: 'openssl: endless loop in BN_mod_sqrt()' },
  package_state: [
    state(9, 'openssl', 'Not affected'),
    state(8, 'edk2', 'Will not fix'),
    state(8, 'mariadb:10.3/mariadb', 'Fix deferred'),
    state(7, 'ovmf', 'Out of support scope'),
    state(7, 'openssl098e', 'Affected'),
    state(9, 'shim', 'Under investigation'),
    state(8, 'rhel8/podman', 'Affected'),
    { ...state(8, 'openssl', 'Affected'), cpe: 'cpe:/a:redhat:openshift:4' },
  ],
};

async function read(context: Parameters<typeof readFeed>[0], document: unknown) {
  const tar = makeTar([{ name: 'CVE-2022-0778.json', data: JSON.stringify(document) }]);
  return readFeed(context, redhatCve, 'redhat-cve/securitydata-cve.tar.zst', zstdCompressSync(tar));
}

test('security data: facts, and a verdict for each package', async (context) => {
  const output = await read(context, DOCUMENT);
  assert.deepEqual(output.problems, []);
  const severities = [
    { kind: 'word', value: 'important', source: 'redhat' },
    { kind: 'cvss-v3', value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', source: 'redhat' },
  ];
  const head = {
    id: 'CVE-2022-0778',
    title: 'openssl: endless loop in BN_mod_sqrt()',
    description: 'A flaw was found. It never ends.',
    published: '2022-03-15T00:00:00Z',
  };
  assert.deepEqual(output.facts, [{ ...head, severities, cwes: ['CWE-20', 'CWE-835'] }]);
  const [advisory] = output.advisories;
  assert.deepEqual([advisory?.source, advisory?.url], ['redhat-cve', 'https://access.redhat.com/security/cve/CVE-2022-0778']);
  assert.deepEqual(
    advisory?.affected.map(({ stream, name, status, module, names, note }) => [stream, name, status, module, names, note]),
    [
      ['rhel/9', 'openssl', 'not-affected', undefined, 'source', 'Not affected'],
      ['rhel/8', 'edk2', 'will-not-fix', undefined, 'source', 'Will not fix'],
      ['rhel/8', 'mariadb', 'fix-deferred', 'mariadb:10.3', 'source', 'Fix deferred'],
      ['rhel/7', 'ovmf', 'end-of-life', undefined, 'source', 'Out of support scope'],
      ['rhel/7', 'openssl098e', 'affected', undefined, 'source', 'Affected'],
      ['rhel/9', 'shim', 'under-investigation', undefined, 'source', 'Under investigation'],
    ],
  );
  assert.ok(advisory?.affected.every(({ ranges }) => ranges.length === 1 && Object.keys(ranges[0] ?? { x: 1 }).length === 0));
});

test('CSAF VEX: the same verdicts', async (context) => {
  const relationship = (name: string) => ({
    category: 'default_component_of',
    full_product_name: { product_id: `red_hat_enterprise_linux_8:${name}` },
    product_reference: name,
    relates_to_product_reference: 'red_hat_enterprise_linux_8',
  });
  const names = ['edk2', 'shim', 'openssl', 'mingw-openssl', 'openssl-1:1.1.1k-6.el8_5.x86_64'];
  const output = await read(context, {
    document: { aggregate_severity: { text: 'Important' } },
    product_tree: {
      branches: [
        {
          branches: [{ product: { product_id: 'red_hat_enterprise_linux_8', product_identification_helper: { cpe: EL(8) } } }],
        },
      ],
      relationships: names.map(relationship),
    },
    vulnerabilities: [
      {
        cve: 'CVE-2022-0778',
        cwe: { id: 'CWE-835' },
        title: 'openssl: endless loop in BN_mod_sqrt()',
        release_date: '2022-03-15T00:00:00+00:00',
        product_status: {
          fixed: ['red_hat_enterprise_linux_8:openssl-1:1.1.1k-6.el8_5.x86_64'],
          known_affected: ['red_hat_enterprise_linux_8:edk2', 'red_hat_enterprise_linux_8:mingw-openssl', 'unknown:x'],
          known_not_affected: ['red_hat_enterprise_linux_8:shim', 'red_hat_enterprise_linux_8:openssl-1:1.1.1k-6.el8_5.x86_64'],
          under_investigation: ['red_hat_enterprise_linux_8:openssl'],
        },
        remediations: [
          { category: 'no_fix_planned', details: 'Will not fix', product_ids: ['red_hat_enterprise_linux_8:edk2'] },
          { category: 'none_available', details: 'Fix deferred', product_ids: ['red_hat_enterprise_linux_8:mingw-openssl'] },
        ],
        scores: [{ cvss_v3: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' } }],
      },
    ],
  });
  assert.deepEqual(output.problems, []);
  assert.equal(output.facts[0]?.severities?.length, 2);
  assert.deepEqual(
    output.advisories[0]?.affected.map(({ name, status }) => [name, status]),
    [
      ['edk2', 'will-not-fix'],
      ['mingw-openssl', 'fix-deferred'],
      ['shim', 'not-affected'],
      ['openssl', 'under-investigation'],
    ],
  );
});

test('CSAF VEX: purls tell sources from binaries, builds and images; sources stand for their binaries', async (context) => {
  const component = (id: string, purl: string) => ({ product: { product_id: id, product_identification_helper: { purl } } });
  const place = (product: string, id: string) => ({
    full_product_name: { product_id: `${product}:${id}` },
    product_reference: id,
    relates_to_product_reference: product,
  });
  const product = (id: string, cpe: string) => ({ product: { product_id: id, product_identification_helper: { cpe } } });
  const eight = [
    'curl.src',
    'curl',
    'libcurl',
    'rhel8/podman',
    'nodejs:18/nodejs',
    'nodejs.src',
    'java-1.8.0-openjdk.src',
    'bash-0:4.4-5.el8.src',
  ];
  const output = await read(context, {
    document: {},
    product_tree: {
      branches: [
        {
          branches: [
            product('rhel8', EL(8)),
            product('rhel9', 'cpe:/o:redhat:enterprise_linux:9'),
            component('curl.src', 'pkg:rpm/redhat/curl?arch=src'),
            component('curl', 'pkg:rpm/redhat/curl'),
            component('libcurl', 'pkg:rpm/redhat/libcurl'),
            component('rhel8/podman', 'pkg:oci/podman?repository_url=x'),
            component('nodejs:18/nodejs', 'pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:18'),
            component('nodejs.src', 'pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs%3A20'),
            component('bash-0:4.4-5.el8.src', 'pkg:rpm/redhat/bash@4.4-5.el8?arch=src'),
          ],
        },
      ],
      relationships: [...eight.map((id) => place('rhel8', id)), place('rhel9', 'libcurl')],
    },
    vulnerabilities: [
      {
        cve: 'CVE-2023-38545',
        product_status: { known_affected: [...eight.map((id) => `rhel8:${id}`), 'rhel9:libcurl'] },
        remediations: [
          { category: 'none_available', details: 'Deferred', product_ids: ['rhel8:curl.src'] },
          { category: 'no_fix_planned', details: 'Out of support scope', product_ids: ['rhel9:libcurl'] },
          { category: 'workaround', details: 'Mitigation', product_ids: ['rhel8:nodejs.src'] },
        ],
      },
    ],
  });
  assert.deepEqual(output.problems, []);
  assert.deepEqual(
    output.advisories[0]?.affected.map(({ stream, name, names, module, status }) => [stream, name, names, module, status]),
    [
      ['rhel/8', 'curl', 'source', undefined, 'fix-deferred'],
      ['rhel/8', 'nodejs', 'source', 'nodejs:18', 'affected'],
      ['rhel/8', 'nodejs', 'source', 'nodejs:20', 'affected'],
      ['rhel/8', 'java-1.8.0-openjdk', 'source', undefined, 'affected'],
      ['rhel/9', 'libcurl', 'binary', undefined, 'end-of-life'],
    ],
  );
});

test('malformed documents are told', async (context) => {
  for (const document of [5, {}, { name: 'x' }, { ...DOCUMENT, package_state: [5] }])
    assert.deepEqual(
      (await read(context, document)).problems.map(({ code }) => code),
      ['feed-record-malformed'],
    );
});

test('real data: 21,689 documents', async (context) => {
  const path = needShared(context, 'redhat-cve/securitydata-cve.tar.zst');
  if (path === undefined) return;
  const output = await collect(redhatCve.parse({ path: 'redhat-cve/securitydata-cve.tar.zst', streams: [] }, path));
  assert.deepEqual([output.facts.length, output.problems], [21689, []]);
});
