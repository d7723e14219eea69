/** Language packages inside of system packages: when the distribution's word hides a finding, and when it must not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import type { Advisory, Affected } from '../model/advisory.ts';
import type { Package, PackageType } from '../model/package.ts';
import { matchInventory } from './match.ts';

const DEBIAN = systemOf('debian', '12');

function deb(name: string, over: Partial<Package> = {}): Package {
  return packageOf({ type: 'deb', name, version: '1.0-1', namespace: 'debian', ...over });
}
function said(name: string, over: Partial<Affected>, advisory: Partial<Advisory> = {}): Advisory {
  const row = affectedOf({ stream: 'debian/12', names: 'source', name, ranges: [{}], ...over });
  return advisoryOf({ id: `DEBIAN-${name}`, vulnerabilities: ['CVE-1'], affected: [row], ...advisory });
}
const FIXED = { ranges: [{ fixed: '1.0-1' }] };
const OPEN = {};
const NOT_AFFECTED = { status: 'not-affected' } as const;

const LANGUAGES: readonly (readonly [PackageType, stream: string, name: string])[] = [
  ['pypi', 'PyPI', 'x'],
  ['npm', 'npm', 'x'],
  ['gem', 'RubyGems', 'x'],
  ['maven', 'Maven', 'g:x'],
];

/** What becomes of CVE-1 in the language package that the system packages own; the whole result when asked for. */
function verdict(owners: readonly Package[], advisories: readonly Advisory[], [type, stream, name] = LANGUAGES[0] ?? never()) {
  const library = packageOf({ type, name, version: '1.0.0', ownedBy: owners.map(({ purl }) => purl) });
  const affected = [affectedOf({ stream, name, ranges: [{ introduced: '0', fixed: '2.0.0' }] })];
  const all = [...advisories, advisoryOf({ id: 'GHSA-1', vulnerabilities: ['CVE-1'], affected })];
  const database = memoryDatabase(all);
  const { matches } = matchInventory(inventoryOf([...owners, library], DEBIAN), database, { today: '2024-01-01' });
  const found = matches.filter(({ package: pkg }) => pkg.type === type);
  assert.equal(found.length, 1, 'the finding is kept in any case');
  return found[0]?.suppressed;
}
function never(): never {
  throw new Error('no language');
}

for (const language of LANGUAGES) {
  test(`${language[0]}: fixed, not affected and open there are words, silence is none`, () => {
    const by = (...advisories: readonly Advisory[]) => verdict([deb('a')], advisories, language)?.by;
    assert.equal(by(said('a', FIXED)), 'distribution-verdict');
    assert.equal(by(said('a', NOT_AFFECTED)), 'distribution-verdict');
    assert.equal(by(said('a', OPEN)), 'distribution-verdict');
    assert.equal(by(), undefined);
    assert.equal(by(said('a', FIXED, { vulnerabilities: ['CVE-2'] })), undefined);
    assert.equal(by(said('b', FIXED)), undefined);
  });
}

test('a program of covered system packages is another sight of them; of others it stands', () => {
  const curl = (owners: readonly Package[], advisories: readonly Advisory[]) => {
    const program = packageOf({ type: 'generic', name: 'curl', version: '7.88.1', ownedBy: owners.map(({ purl }) => purl) });
    const affected = [affectedOf({ stream: 'generic/curl', name: 'curl', ranges: [{ fixed: '8.0.0' }] })];
    const database = memoryDatabase([...advisories, advisoryOf({ id: 'CVE-1', vulnerabilities: ['CVE-1'], affected })]);
    const { matches } = matchInventory(inventoryOf([program, ...owners], DEBIAN), database, { today: '2024-01-01' });
    const found = matches.filter(({ package: pkg }) => pkg.type === 'generic');
    assert.equal(found.length, 1, 'the finding is kept in any case');
    return found[0]?.suppressed;
  };
  const covering = said('z', OPEN);
  assert.match(curl([deb('curl'), deb('libcurl4')], [covering])?.reason ?? '', /program of the system packages curl, libcurl4/);
  assert.equal(curl([deb('curl')], [])?.by, undefined, 'nothing is known of the distribution');
  assert.equal(curl([deb('curl'), deb('docker', { vendor: 'Docker <x@docker.com>' })], [covering])?.by, undefined);
  assert.equal(curl([], [covering])?.by, undefined);
});

test('with several owners each must have spoken', () => {
  const owners = [deb('a'), deb('b')];
  assert.equal(verdict(owners, [said('a', FIXED)]), undefined);
  assert.equal(verdict(owners, [said('b', FIXED)]), undefined);
  assert.match(verdict(owners, [said('a', FIXED), said('b', NOT_AFFECTED)])?.reason ?? '', /packages a, b, .* has it fixed/);
  assert.match(verdict(owners, [said('a', FIXED), said('b', OPEN)])?.reason ?? '', /reports it for that package/);
});

test('an owner whose build the distribution does not speak of hides nothing', () => {
  const theirs = deb('a', { vendor: 'Docker <support@docker.com>', version: '5:1.0-1~debian.12~bookworm' });
  assert.equal(verdict([theirs], [said('a', FIXED)]), undefined);
});

test('an owner that is not in the inventory hides nothing', () => {
  const library = packageOf({ type: 'npm', name: 'x', version: '1.0.0', ownedBy: ['pkg:deb/debian/gone@1'] });
  const database = memoryDatabase([advisoryOf({ id: 'GHSA-1', affected: [affectedOf({ name: 'x' })] }), said('a', FIXED)]);
  const { matches } = matchInventory(inventoryOf([library], DEBIAN), database, { today: '2024-01-01' });
  assert.deepEqual(
    matches.map(({ suppressed }) => suppressed),
    [undefined],
  );
});

test('what could not be compared there hides nothing', () => {
  assert.equal(verdict([deb('a', { version: 'not one' })], [said('a', FIXED)]), undefined);
  assert.equal(verdict([deb('a')], [said('a', { ranges: [{ fixed: 'not one' }] })]), undefined);
});

test('"not affected" of another version hides nothing', () => {
  assert.equal(verdict([deb('a')], [said('a', { ...NOT_AFFECTED, ranges: [{ introduced: '2' }] })]), undefined);
});

test('a finding that is hidden as not running hides nothing', () => {
  const kernel = deb('linux-perf', { source: { name: 'linux' } });
  assert.equal(verdict([kernel], [said('linux', OPEN)]), undefined);
});
