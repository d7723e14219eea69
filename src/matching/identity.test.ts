/** One finding for each vulnerability and package, whatever the advisories call it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf } from '../../tests/support/inventory.ts';
import { spent } from '../../tests/support/spent.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import type { Advisory, Affected } from '../model/advisory.ts';
import { explainVulnerability } from './explain.ts';
import { Identities } from './identity.ts';
import { matchInventory } from './match.ts';

const TODAY = '2024-01-01';
const NPM: Affected = affectedOf({ name: 'a', ranges: [{ introduced: '0', fixed: '2.0.0' }] });
const INVENTORY = inventoryOf([packageOf({ type: 'npm', name: 'a', version: '1.0.0' })]);

/** `CVE-1,CVE-2 = GHSA-1,PYSEC-1`: advisory of the first alias about the CVEs; `GHSA-1 = PYSEC-1`: without a CVE. */
function advisory(id: string, vulnerabilities: readonly string[], aliases: readonly string[] = [], affected = [NPM]): Advisory {
  return advisoryOf({ id, source: id.replace(/-.*/, '').toLowerCase(), vulnerabilities, aliases, affected });
}

function found(advisories: readonly Advisory[], facts: Parameters<typeof memoryDatabase>[1] = []): string[] {
  const { matches } = matchInventory(INVENTORY, memoryDatabase(advisories, facts), { today: TODAY });
  return matches.map(({ id, evidence }) => [id, ...evidence.map((one) => one.id)].join(' '));
}

const CASES: readonly (readonly [string, readonly Advisory[], readonly string[]])[] = [
  [
    'four sources of one CVE',
    [
      advisory('GHSA-1', ['CVE-1']),
      advisory('CVE-1', ['CVE-1']),
      advisory('PYSEC-1', ['CVE-1'], ['GHSA-1']),
      advisory('GO-1', ['CVE-1'], ['GHSA-1', 'PYSEC-1']),
    ],
    ['CVE-1 CVE-1 GHSA-1 GO-1 PYSEC-1'],
  ],
  [
    'an advisory without a CVE that another one ties to it',
    [advisory('GHSA-1', ['GHSA-1']), advisory('GO-1', ['CVE-1'], ['GHSA-1'])],
    ['CVE-1 GHSA-1 GO-1'],
  ],
  [
    'the same, tied from the other side',
    [advisory('GHSA-1', ['CVE-1']), advisory('GO-1', ['GO-1'], ['GHSA-1'])],
    ['CVE-1 GHSA-1 GO-1'],
  ],
  [
    'a chain of aliases that ends in a CVE',
    [
      advisory('OSV-1', ['OSV-1'], ['PYSEC-1']),
      advisory('PYSEC-1', ['PYSEC-1'], ['GHSA-1']),
      advisory('GO-1', ['CVE-1'], ['GHSA-1']),
    ],
    ['CVE-1 GO-1 OSV-1 PYSEC-1'],
  ],
  [
    'a chain without a CVE has the GHSA id',
    [
      advisory('GO-1', ['GO-1'], ['PYSEC-1']),
      advisory('PYSEC-1', ['PYSEC-1'], ['GHSA-1']),
      advisory('ABC-1', ['ABC-1'], ['GO-1']),
      advisory('GHSA-1', ['GHSA-1']),
    ],
    ['GHSA-1 ABC-1 GHSA-1 GO-1 PYSEC-1'],
  ],
  [
    'a name that no source has a record of joins as well',
    [advisory('GO-1', ['GO-1'], ['SNYK-1']), advisory('PYSEC-1', ['PYSEC-1'], ['SNYK-1'])],
    ['GO-1 GO-1 PYSEC-1'],
  ],
  [
    'two CVEs in one advisory are two findings, each with what else speaks of it',
    [
      advisory('GHSA-1', ['CVE-1', 'CVE-2']),
      advisory('PYSEC-1', ['CVE-1'], ['GHSA-1']),
      advisory('PYSEC-2', ['CVE-2'], ['GHSA-1']),
    ],
    ['CVE-1 GHSA-1 PYSEC-1', 'CVE-2 GHSA-1 PYSEC-2'],
  ],
  [
    'an alias of an advisory about two CVEs is about both',
    [advisory('GHSA-1', ['CVE-1', 'CVE-2']), advisory('GO-1', ['GO-1'], ['GHSA-1'])],
    ['CVE-1 GHSA-1 GO-1', 'CVE-2 GHSA-1 GO-1'],
  ],
  [
    'what has a record of its own is not tied to the other CVEs of an update',
    [
      advisory('GHSA-1', ['CVE-1']),
      advisory('GO-1', ['GO-1'], ['GHSA-1']),
      advisory('UPDATE-1', ['CVE-1', 'CVE-2'], ['GHSA-1'], []),
    ],
    ['CVE-1 GHSA-1 GO-1'],
  ],
  [
    'CVE ids are never joined',
    [advisory('CVE-1', ['CVE-1'], ['CVE-2']), advisory('CVE-2', ['CVE-2'])],
    ['CVE-1 CVE-1', 'CVE-2 CVE-2'],
  ],
  [
    'an advisory about several others does not make them one',
    [advisory('CGA-1', ['GHSA-1', 'GHSA-2']), advisory('GHSA-1', ['GHSA-1']), advisory('GHSA-2', ['GHSA-2'])],
    ['GHSA-1 CGA-1 GHSA-1', 'GHSA-2 CGA-1 GHSA-2'],
  ],
];

for (const [name, advisories, expected] of CASES) {
  test(`ids: ${name}`, () => {
    assert.deepEqual(found(advisories), expected);
    assert.deepEqual(found(advisories.toReversed()), expected, 'in any order');
  });
}

test('ids do not depend on which versions the other advisories are about', () => {
  const elsewhere = affectedOf({ name: 'a', ranges: [{ introduced: '0', fixed: '0.5.0' }] });
  const advisories = [advisory('GHSA-1', ['GHSA-1']), advisory('GO-1', ['CVE-1'], ['GHSA-1'], [elsewhere])];
  assert.deepEqual(found(advisories), ['CVE-1 GHSA-1']);
});

test('a rejected CVE takes no finding of an advisory that has its own id along', () => {
  const facts = [{ id: 'CVE-1', rejected: true }];
  const advisories = [advisory('GHSA-1', ['GHSA-1']), advisory('GO-1', ['CVE-1'], ['GHSA-1'])];
  assert.deepEqual(found(advisories, facts), ['GHSA-1 GHSA-1']);
  assert.deepEqual(found([advisory('GHSA-1', ['CVE-1', 'CVE-2'])], facts), ['CVE-2 GHSA-1']);
});

test('the other names of a finding are those of its advisories, without other CVEs', () => {
  const advisories = [advisory('GHSA-1', ['CVE-1', 'CVE-2'], ['SNYK-1']), advisory('GO-1', ['GO-1'], ['GHSA-1'])];
  const { matches } = matchInventory(INVENTORY, memoryDatabase(advisories), { today: TODAY });
  assert.deepEqual(
    matches.map(({ aliases }) => aliases),
    [
      ['GHSA-1', 'GO-1', 'SNYK-1'],
      ['GHSA-1', 'GO-1', 'SNYK-1'],
    ],
  );
});

test('explain knows a finding by each of its names, with all that was said', () => {
  const database = memoryDatabase([advisory('GHSA-1', ['GHSA-1']), advisory('GO-1', ['CVE-1'], ['GHSA-1'])]);
  for (const id of ['CVE-1', 'GHSA-1', 'GO-1']) {
    const { verdict, packages } = explainVulnerability(id, database, INVENTORY, { today: TODAY });
    assert.equal(verdict, 'affected', id);
    assert.deepEqual(
      packages.map(({ rows, findings }) => [rows.map((row) => `${row.advisory} ${row.weight}`), findings.map((one) => one.id)]),
      [[['GHSA-1 decides', 'GO-1 decides'], ['CVE-1']]],
      id,
    );
  }
});

test('chains of aliases without end are walked in bounded time', async () => {
  const database = memoryDatabase(
    Array.from({ length: 20_000 }, (_, index) => advisoryOf({ id: `A-${index}`, aliases: [`A-${index + 1}`] })),
  );
  const identities = new Identities(database);
  const cost = await spent(() => assert.deepEqual(identities.of('A-19999').length, 1));
  assert.ok(cost < 1000, `${cost} ms`);
});

test('for any advisories: no vulnerability is lost, none has two findings, and the order does not matter', () => {
  const names = ['CVE-1', 'CVE-2', 'GHSA-1', 'GHSA-2', 'GO-1', 'PYSEC-1'];
  const some = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 });
  const record = fc.tuple(fc.constantFrom('GHSA-1', 'GHSA-2', 'GO-1', 'PYSEC-1', 'CVE-1'), some);
  const records = fc.uniqueArray(record, { minLength: 1, maxLength: 5, selector: ([id]) => id });
  fc.assert(
    fc.property(records, (list) => {
      const advisories = list.map(([id, others]) => {
        const cves = [id, ...others].filter((name) => name.startsWith('CVE-'));
        const vulnerabilities = cves.length > 0 ? cves : [id];
        return advisory(
          id,
          [...new Set(vulnerabilities)],
          others.filter((name) => name !== id && !vulnerabilities.includes(name)),
        );
      });
      const lines = found(advisories);
      assert.equal(new Set(lines.map((line) => line.split(' ')[0])).size, lines.length, 'one finding for each id');
      for (const { id, vulnerabilities } of advisories) {
        assert.ok(
          lines.some((line) => line.split(' ').slice(1).includes(id)),
          `${id} is evidence of something`,
        );
        for (const cve of vulnerabilities.filter((name) => name.startsWith('CVE-')))
          assert.ok(
            lines.some((line) => line.startsWith(`${cve} `)),
            `${cve} is found`,
          );
      }
      assert.deepEqual(found(advisories.toReversed()), lines);
    }),
    { numRuns: 200 },
  );
});
