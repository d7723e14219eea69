/** What statements weigh against each other, and what must never be taken for "not affected". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import type { Affected, VersionRange } from '../model/advisory.ts';
import type { OperatingSystem, Package } from '../model/package.ts';
import { explainVulnerability } from './explain.ts';
import { matchInventory } from './match.ts';

const TODAY = '2024-01-01';
const DEBIAN = systemOf('debian', '12');
const RHEL = systemOf('rhel', '9.2');
const UBUNTU = systemOf('ubuntu', '22.04');
const ALMA = systemOf('almalinux', '8.9');

/** Each of the rows is an advisory of its own about CVE-1. Answers status, fixes and channels; `none` without a finding. */
function judge(pkg: Package, os: OperatingSystem | undefined, rows: readonly Affected[]): string {
  const advisories = rows.map((row, index) => advisoryOf({ id: `X-${index}`, vulnerabilities: ['CVE-1'], affected: [row] }));
  const { matches } = matchInventory(inventoryOf([pkg], os), memoryDatabase(advisories), { today: TODAY });
  const found = matches.filter(({ kind }) => kind !== 'end-of-life');
  if (found.length === 0) return 'none';
  return found
    .map(({ status, fixedVersions, evidence }) => {
      const channels = new Set(evidence.flatMap(({ fixChannel }) => fixChannel ?? []));
      return [status, ...fixedVersions, ...[...channels].map((channel) => `(${channel})`)].join(' ');
    })
    .join('; ');
}

function deb(version: string): Package {
  return packageOf({ type: 'deb', name: 'a', version, namespace: 'debian' });
}
function rpm(version: string, over: Partial<Package> = {}): Package {
  return packageOf({ type: 'rpm', name: 'a', version, architecture: 'x86_64', ...over });
}
function npm(version: string): Package {
  return packageOf({ type: 'npm', name: 'a', version });
}
function row(stream: string, ...ranges: Affected['ranges']): Affected {
  return affectedOf({ stream, name: 'a', ranges, names: /^(?:debian|ubuntu)/.test(stream) ? 'source' : 'binary' });
}
const OPEN = row('debian/12', {});

const CASES: readonly (readonly [
  name: string,
  pkg: Package,
  os: OperatingSystem | undefined,
  rows: readonly Affected[],
  is: string,
])[] = [
  [
    'at a fix: an open record is out of date',
    deb('2-1'),
    DEBIAN,
    [OPEN, row('debian/12', { introduced: '1', fixed: '2-1' })],
    'none',
  ],
  ['below "introduced" is no fix', deb('1-1'), DEBIAN, [OPEN, row('debian/12', { introduced: '2', fixed: '2-5' })], 'no-fix'],
  [
    'between two ranges, past the fix of the first, is a fix',
    deb('2.7-1'),
    DEBIAN,
    [OPEN, row('debian/12', { introduced: '2', fixed: '2.5' }, { introduced: '3', fixed: '3.2' })],
    'none',
  ],
  ['past the last affected version is no fix', deb('2-1'), DEBIAN, [OPEN, row('debian/12', { lastAffected: '1' })], 'no-fix'],
  ['"fixed in 0" says not affected', deb('1-1'), DEBIAN, [OPEN, row('debian/12', { fixed: '0' })], 'none'],
  [
    'a version that is named as safe is not affected, even when everything else is',
    deb('1-1'),
    DEBIAN,
    [{ ...OPEN, unaffectedVersions: ['1-1'] }],
    'none',
  ],
  [
    '"not affected" of other versions says nothing',
    deb('1-1'),
    DEBIAN,
    [OPEN, { ...row('debian/12', { introduced: '2' }), status: 'not-affected' }],
    'no-fix',
  ],
  [
    'nor does it with a version that cannot be compared',
    npm('one'),
    undefined,
    [{ ...row('npm', { introduced: '2.0.0' }), status: 'not-affected' }],
    'none',
  ],
  [
    'channel: below "introduced" is no fix',
    deb('1-1'),
    UBUNTU,
    [row('ubuntu/22.04', {}), row('ubuntu/22.04/esm-apps', { introduced: '2', fixed: '2-5+esm1' })],
    'no-fix',
  ],
  [
    'channel: at the fix',
    deb('2-5+esm1'),
    UBUNTU,
    [row('ubuntu/22.04', {}), row('ubuntu/22.04/esm-apps', { introduced: '2', fixed: '2-5+esm1' })],
    'none',
  ],
  [
    'channel: of several fixes all must be there, and the highest is told',
    deb('2-5'),
    UBUNTU,
    [row('ubuntu/22.04', {}), row('ubuntu/22.04/esm-apps', { fixed: '2-5' }), row('ubuntu/22.04/esm-apps', { fixed: '2-7' })],
    'no-fix (Ubuntu Pro (esm-apps))',
  ],
  [
    'channel: the highest fix, where the target has the channel',
    deb('2-1'),
    { ...UBUNTU, proServices: ['esm-apps'] },
    [row('ubuntu/22.04', {}), row('ubuntu/22.04/esm-apps', { fixed: '2-5' }), row('ubuntu/22.04/esm-apps', { fixed: '2-10' })],
    'fix-available 2-10 (Ubuntu Pro (esm-apps))',
  ],
  [
    'channel: the fix of the one that the target has',
    deb('2-1'),
    { ...UBUNTU, proServices: ['esm-apps'] },
    [row('ubuntu/22.04', {}), row('ubuntu/22.04/esm-infra', { fixed: '2-4' }), row('ubuntu/22.04/esm-apps', { fixed: '2-5' })],
    'fix-available 2-5 (Ubuntu Pro (esm-apps))',
  ],
  [
    'channel: EUS below "introduced"',
    rpm('1-1.el9_2'),
    RHEL,
    [row('rhel/9', { fixed: '3-1.el9_4' }), row('rhel/9/eus-9.2', { introduced: '2', fixed: '2-1.el9_2' })],
    'fix-available 3-1.el9_4',
  ],
  [
    'channel: the base has its own word, also where it says that the version is older than the vulnerability',
    deb('1-1'),
    UBUNTU,
    [row('ubuntu/22.04', { introduced: '2' }), row('ubuntu/22.04/esm-apps', { fixed: '1-5+esm1' })],
    'none',
  ],
  ['no version', npm(''), undefined, [row('npm', {})], 'none'],
  ['a version that is none, everything affected', npm('one'), undefined, [row('npm', {})], 'no-fix'],
  ['a version that is none', npm('one'), undefined, [row('npm', { fixed: '2.0.0' })], 'not-comparable'],
  ['a version that is none, listed as it is', npm('one'), undefined, [{ ...row('npm'), versions: ['one'] }], 'no-fix'],
  ['a bound that is none', npm('1.0.0'), undefined, [row('npm', { fixed: 'two' })], 'not-comparable'],
  [
    'a bound that is none beside a range that holds',
    npm('1.0.0'),
    undefined,
    [row('npm', { fixed: 'two' }, { introduced: '1.0.0', fixed: '2.0.0' })],
    'fix-available 2.0.0',
  ],
  ['not decided is not fine', deb('1-1'), DEBIAN, [{ ...OPEN, status: 'under-investigation' }], 'under-investigation'],
  [
    'a module that is not known: a row about every version of one stream',
    rpm('1-1.module_el8.9.0+1+a'),
    ALMA,
    [{ ...row('almalinux/8', {}), module: 'a:1' }],
    'not-comparable',
  ],
  [
    'a module that is not known: a fix in one stream mends nothing in another',
    rpm('1-5.module_el8.9.0+1+a'),
    ALMA,
    [
      { ...row('almalinux/8', {}), module: '*' },
      { ...row('almalinux/8', { fixed: '1-3' }), module: 'a:1' },
    ],
    'no-fix',
  ],
];

for (const [name, pkg, os, rows, is] of CASES) test(`verdict: ${name}`, () => assert.equal(judge(pkg, os, rows), is));

test('a version that cannot be compared is told even where nothing else is', () => {
  const advisories = [advisoryOf({ id: 'X-1', affected: [row('npm', { fixed: '2.0.0' })] })];
  const { problems } = matchInventory(inventoryOf([npm('one')]), memoryDatabase(advisories), { today: TODAY });
  assert.deepEqual(
    problems.map(({ code, effect }) => [code, effect]),
    [['version-not-comparable', 'incomplete']],
  );
});

test('what is found is what explain says decides, whatever the advisories say', () => {
  const version = fc.constantFrom('1', '2', '3', '4', 'not one');
  const range = fc.record({ introduced: version, fixed: version, lastAffected: version }, { requiredKeys: [] });
  const rows = fc.array(
    fc.record({
      stream: fc.constantFrom('ubuntu/22.04', 'ubuntu/22.04', 'ubuntu/22.04/esm-apps', 'ubuntu/22.04/esm-infra'),
      status: fc.constantFrom('affected', 'affected', 'not-affected', 'will-not-fix'),
      ranges: fc.array(range, { maxLength: 2 }),
      cves: fc.uniqueArray(fc.constantFrom('CVE-1', 'CVE-2'), { minLength: 1 }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const plain = ({ introduced, fixed, lastAffected }: Partial<VersionRange>): VersionRange => ({
    ...(introduced === undefined ? {} : { introduced }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(lastAffected === undefined ? {} : { lastAffected }),
  });
  fc.assert(
    fc.property(rows, version, fc.boolean(), (said, installed, owner) => {
      const pkg = deb(installed);
      const library = packageOf({ type: 'npm', name: 'x', version: '1.0.0', ...(owner ? { ownedBy: [pkg.purl] } : {}) });
      const inventory = inventoryOf([pkg, library], UBUNTU);
      const database = memoryDatabase(
        said.map(({ stream, status, ranges, cves }, index) =>
          advisoryOf({ id: `X-${index}`, vulnerabilities: cves, affected: [{ ...row(stream, ...ranges.map(plain)), status }] }),
        ),
      );
      const { matches } = matchInventory(inventory, database, { today: TODAY });
      for (const cve of ['CVE-1', 'CVE-2']) {
        const [explained] = explainVulnerability(cve, database, inventory, { today: TODAY }).packages;
        const decides = explained?.rows.some(({ weight }) => weight === 'decides') ?? false;
        assert.equal(
          matches.some(({ id }) => id === cve),
          decides,
          cve,
        );
      }
    }),
    { numRuns: 500 },
  );
});
