/** Units: matching them one by one says exactly what matching the whole inventory says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import { Judge, matchInventory } from '../matching/match.ts';
import type { Package } from '../model/package.ts';
import { type ScoreMemory, scoreAll } from '../scoring/score.ts';
import { matcher } from './matcher.ts';
import { namesOf, unitsOf } from './units.ts';

const NAMES = ['openssl', 'curl', 'zlib', 'requests', 'left'];
const VERSIONS = ['1.0', '1.5', '2.0', '2.5', '3.0'];

const advisories = fc
  .array(
    fc.record({
      stream: fc.constantFrom('debian/12', 'pypi', 'npm'),
      name: fc.constantFrom(...NAMES, 'linux'),
      id: fc.integer({ min: 1, max: 12 }).map((number) => `CVE-2025-000${number}`),
      fixed: fc.option(fc.constantFrom(...VERSIONS), { nil: undefined }),
      status: fc.constantFrom('affected', 'not-affected', 'will-not-fix'),
    }),
    { maxLength: 25 },
  )
  .map((rows) =>
    rows.map(({ stream, name, id, fixed, status }, index) =>
      advisoryOf({
        id: `ADV-${index}`,
        source: stream,
        vulnerabilities: [id],
        affected: [
          affectedOf({
            stream,
            name,
            status: status as 'affected',
            names: stream === 'debian/12' ? 'source' : 'binary',
            ranges: [fixed === undefined ? { introduced: '0' } : { introduced: '0', fixed }],
          }),
        ],
      }),
    ),
  );

const versions = fc.constantFrom(...VERSIONS);
const packages = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...NAMES), versions), { maxLength: 6 }),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), versions, fc.boolean()), { maxLength: 6 }),
    fc.array(versions, { maxLength: 3 }),
  )
  .map(([debs, pips, kernels]) => {
    const system = debs.map(([name, version]) =>
      packageOf({ type: 'deb', namespace: 'debian', name, version, source: { name }, architecture: 'amd64' }),
    );
    const owner = system[0]?.purl;
    const languages = pips.map(([name, version, owned]) =>
      packageOf({ type: 'pypi', name, version, ...(owned && owner !== undefined ? { ownedBy: [owner] } : {}) }),
    );
    const images = kernels.map((version) =>
      packageOf({ type: 'deb', namespace: 'debian', name: `linux-image-${version}-amd64`, version, source: { name: 'linux' } }),
    );
    return [...new Map<string, Package>([...system, ...languages, ...images].map((pkg) => [pkg.purl, pkg])).values()];
  });

test('unit by unit and all at once are the same', () => {
  let found = 0;
  fc.assert(
    fc.property(packages, advisories, fc.constantFrom('', '2.0-amd64', '3.0-amd64'), (list, records, kernelRelease) => {
      const inventory = inventoryOf(list, systemOf('debian', '12', { kernelRelease }));
      const units = unitsOf(inventory);
      const one = matcher(memoryDatabase(records), '2030-01-01');
      const whole = one.inventory(inventory, units);
      const apart = units.map(({ data }) => one.unit(data));
      found += apart.flat().length;
      assert.deepEqual(apart, whole.vulnerabilities);
    }),
    { numRuns: 150, seed: 7 },
  );
  assert.ok(found > 100, 'the property is about something');
});

test('what was judged and scored for other hosts changes nothing', () => {
  let found = 0;
  const hosts = fc.array(packages, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(hosts, advisories, fc.constantFrom(1, 5, 20_000), (lists, records, most) => {
      const database = memoryDatabase(records);
      const judge = new Judge(database, most);
      const scores: ScoreMemory = new WeakMap();
      const one = matcher(database, '2030-01-01');
      for (const list of lists) {
        const inventory = inventoryOf(list, systemOf('debian', '12', {}));
        const alone = matchInventory(inventory, database, { today: '2030-01-01' });
        const together = matchInventory(inventory, database, { today: '2030-01-01', judge });
        assert.deepEqual(together, alone);
        assert.deepEqual(scoreAll(together.matches, database, scores), scoreAll(alone.matches, database));
        const units = unitsOf(inventory);
        assert.deepEqual(one.inventory(inventory, units), matcher(database, '2030-01-01').inventory(inventory, units));
        found += alone.matches.length;
      }
    }),
    { numRuns: 150, seed: 7 },
  );
  assert.ok(found > 100, 'the property is about something');
});

test('every package is the subject of exactly one unit, whatever order the packages are in', () => {
  fc.assert(
    fc.property(packages, (list) => {
      const inventory = inventoryOf(list, systemOf('debian', '12'));
      const units = unitsOf(inventory);
      const subjects = units.flatMap(({ data }) => data.packages.slice(0, data.subjects).map(({ purl }) => purl));
      assert.deepEqual(subjects.sort(), list.map(({ purl }) => purl).sort());
      const again = unitsOf({ ...inventory, packages: [...inventory.packages].reverse() });
      assert.deepEqual(new Set(again.map(({ digest }) => digest)).size, new Set(units.map(({ digest }) => digest)).size);
    }),
    { numRuns: 50 },
  );
});

test('a unit is found by every name that its match looks up', () => {
  const pkg = packageOf({ type: 'deb', namespace: 'debian', name: 'libssl3', version: '3.0', source: { name: 'openssl' } });
  const [system, unit] = unitsOf(inventoryOf([pkg], systemOf('debian', '12')));
  assert.equal(system?.data.subjects, 0);
  assert.ok(unit !== undefined);
  const names = namesOf(unit.data);
  assert.ok(names.some(({ stream, name }) => stream === 'debian/12' && name === 'openssl'));
});

test('hosts with different running kernels share all units but those of the kernel', () => {
  const list = [
    packageOf({ type: 'deb', namespace: 'debian', name: 'curl', version: '1', source: { name: 'curl' } }),
    packageOf({ type: 'deb', namespace: 'debian', name: 'linux-image-6.1.0-1-amd64', version: '6', source: { name: 'linux' } }),
  ];
  const digests = (kernelRelease: string) =>
    unitsOf(inventoryOf(list, systemOf('debian', '12', { kernelRelease }))).map(({ digest }) => digest);
  const [a, b] = [digests('6.1.0-1-amd64'), digests('6.1.0-2-amd64')];
  assert.equal(a.filter((digest) => b.includes(digest)).length, 2);
  assert.equal(a.length, 3);
});
