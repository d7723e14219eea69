/** One suite over both implementations of the database: what one answers, the other must answer. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { advisoryOf, affectedOf, compiledDatabase, type Facts } from '../../../tests/support/database.ts';
import type { Advisory, AdvisoryDatabase, Affected } from '../../model/advisory.ts';
import { inRange } from '../../versions/range.ts';
import { schemes } from '../../versions/registry.ts';
import { memoryDatabase } from './memory.ts';

type Make = (context: TestContext, advisories: readonly Advisory[], facts?: readonly Facts[]) => Promise<AdvisoryDatabase>;

const IMPLEMENTATIONS: Readonly<Record<string, Make>> = {
  'in memory': async (_, advisories, facts) => memoryDatabase(advisories, facts),
  compiled: compiledDatabase,
};

function suite(title: string, check: (make: Make, context: TestContext) => Promise<void>): void {
  for (const [name, make] of Object.entries(IMPLEMENTATIONS)) test(`${name}: ${title}`, (context) => check(make, context));
}

function npmKey(version: string): string {
  const key = schemes.npm.key(version);
  assert.ok(key.ok, version);
  return key.value;
}

/** The rows of a package of which only this is known. */
async function rowsOf(make: Make, context: TestContext, over: Partial<Affected>) {
  const affected = affectedOf({ name: 'a', ...over });
  return (await make(context, [advisoryOf({ id: 'CVE-2024-1', affected: [affected] })])).lookup(affected.stream, affected.name);
}

suite('an empty database answers, and knows nothing', async (make, context) => {
  const database = await make(context, []);
  assert.deepEqual([database.info.advisories, database.info.ranges], [0, 0]);
  assert.deepEqual(
    [database.hasStream('npm'), database.lookup('npm', 'a'), database.facts('CVE-2024-1'), database.advisoriesFor('CVE-2024-1')],
    [false, [], undefined, []],
  );
});

suite('names and streams are looked up exactly', async (make, context) => {
  const names = ['a', 'A', 'ab', '@a/b', '', '__proto__', 'constructor', 'naïve-π-📦', 'new\nline', 'a'.repeat(1000)];
  const streams = ['npm', 'debian/12', 'debian/1', 'amazon/2/extras/docker'];
  const pairs = streams.flatMap((stream) => names.map((name) => ({ stream, name })));
  const advisories = pairs.map((pair, index) => advisoryOf({ id: `X-${index}`, affected: [affectedOf(pair)] }));
  const database = await make(context, advisories);
  for (const [index, { stream, name }] of pairs.entries()) {
    const rows = database.lookup(stream, name);
    assert.deepEqual(
      rows.map((row) => database.advisory(row.advisory).id),
      [`X-${index}`],
      `${stream} ${name}`,
    );
  }
  assert.deepEqual(
    streams.map((stream) => database.hasStream(stream)),
    [true, true, true, true],
  );
  for (const stream of ['', 'debian', 'debian/', 'NPM', 'toString']) {
    assert.equal(database.hasStream(stream), false, stream);
    assert.deepEqual(database.lookup(stream, 'a'), [], stream);
  }
  for (const name of ['b', 'aa', 'a\n', 'toString', 'naïve']) assert.deepEqual(database.lookup('npm', name), [], name);
});

suite('ranges have keys: half open, inclusive, open', async (make, context) => {
  const ranges = [
    { introduced: '0', fixed: '1.2.0' },
    { introduced: '2.0.0', lastAffected: '2.5.0' },
    { introduced: '3.0.0' },
    { fixed: '0' },
    {},
  ];
  const [row] = await rowsOf(make, context, { ranges });
  assert.deepEqual(row?.ranges, [
    { introduced: '0', fixed: '1.2.0', high: npmKey('1.2.0') },
    { introduced: '2.0.0', lastAffected: '2.5.0', low: npmKey('2.0.0'), high: npmKey('2.5.0') },
    { introduced: '3.0.0', low: npmKey('3.0.0') },
    { fixed: '0', high: '' },
    {},
  ]);
  const holds = (version: string) => row.ranges.map((range) => inRange(npmKey(version), range));
  assert.deepEqual(holds('2.5.0'), [false, true, false, false, true]);
  assert.deepEqual(holds('1.2.0-rc.1'), [true, false, false, false, true]);
});

suite('`fixed` wins over `lastAffected`, as in versions/range', async (make, context) => {
  const [row] = await rowsOf(make, context, { ranges: [{ fixed: '2.0.0', lastAffected: '1.0.0' }] });
  assert.deepEqual(row?.ranges, [{ fixed: '2.0.0', high: npmKey('2.0.0') }]);
});

suite('listed versions are keys, those of no scheme are literals', async (make, context) => {
  const [row] = await rowsOf(make, context, {
    ranges: [],
    versions: ['1.10.0', '1.9.0', 'not a version', '1.9.0'],
    unaffectedVersions: ['1.9.1', 'neither'],
  });
  assert.deepEqual(row, {
    advisory: 0,
    status: 'affected',
    names: 'binary',
    ranges: [],
    versionKeys: [npmKey('1.9.0'), npmKey('1.10.0')],
    unaffectedKeys: [npmKey('1.9.1')],
    literalVersions: ['not a version'],
  });
});

suite('a bound that is no version is told, and its range is not taken for an answer', async (make, context) => {
  const [row] = await rowsOf(make, context, {
    ranges: [{ introduced: '0', fixed: 'r42:x' }, { introduced: '?', fixed: '1.0.0' }, { fixed: '2.0.0' }],
  });
  assert.deepEqual(row?.uncomparable, ['?', 'r42:x']);
  assert.deepEqual(row.ranges, [{ fixed: '2.0.0', high: npmKey('2.0.0') }]);
});

suite('a stream without a version scheme: only what needs no comparison is an answer', async (make, context) => {
  const [row] = await rowsOf(make, context, {
    stream: 'plan9/4',
    ranges: [{ introduced: '0' }, { introduced: '0', fixed: '1.0' }],
    versions: ['fourth edition'],
  });
  assert.deepEqual([row?.ranges, row?.uncomparable, row?.literalVersions], [[{ introduced: '0' }], ['1.0'], ['fourth edition']]);
});

suite('every property of a row is kept', async (make, context) => {
  const severity = { kind: 'word', value: 'important', source: 'redhat' } as const;
  const all: Affected[] = (
    ['affected', 'not-affected', 'will-not-fix', 'fix-deferred', 'end-of-life', 'under-investigation'] as const
  ).map((status, index) => ({
    ...affectedOf({ name: `p${index}`, status, stream: 'rhel/9' }),
    names: index % 2 === 0 ? 'source' : 'binary',
    architectures: ['x86_64', 'aarch64'],
    module: 'nodejs:18',
    severity,
    note: 'Out of support scope',
  }));
  const database = await make(context, [advisoryOf({ id: 'RHSA-1', affected: all })]);
  for (const { name, status, names } of all) {
    const expected = { advisory: 0, status, names, ranges: [{ introduced: '0' }], versionKeys: [], unaffectedKeys: [] };
    const more = { architectures: ['aarch64', 'x86_64'], module: 'nodejs:18', severity, note: 'Out of support scope' };
    assert.deepEqual(database.lookup('rhel/9', name), [{ ...expected, ...more }]);
  }
});

suite('an advisory comes back as it was given, without its rows', async (make, context) => {
  const bare = advisoryOf({ id: 'A-1' });
  const full = advisoryOf({
    id: 'B-$&-1',
    source: 'ghsa',
    url: 'https://advisories.example/\t/B-$&-1?B-$&-1',
    vulnerabilities: ['CVE-2024-2', 'CVE-2024-1'],
    aliases: ['PYSEC-1'],
    title: '“Überlauf” in λ\u0000',
    published: '2024-01-01T00:00:00Z',
    modified: '2024-02-01T00:00:00Z',
    kind: 'malware',
    severities: [{ kind: 'cvss-v3', value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', source: 'ghsa' }],
    cwes: ['CWE-79'],
  });
  const database = await make(context, [full, bare]);
  for (const given of [bare, full]) {
    const { affected: _, ...head } = given;
    const [reference] = database.advisoriesFor(given.id);
    assert.deepEqual(reference === undefined ? undefined : database.advisory(reference), head);
  }
});

suite('advisories are found by id, vulnerability and alias, and say where they have rows', async (make, context) => {
  const database = await make(context, [
    advisoryOf({
      id: 'GHSA-b',
      vulnerabilities: ['CVE-2024-1'],
      affected: [affectedOf({ name: 'b' }), affectedOf({ name: 'a' })],
    }),
    advisoryOf({
      id: 'DSA-1',
      vulnerabilities: ['CVE-2024-1', 'CVE-2024-2'],
      affected: [affectedOf({ name: 'c', stream: 'debian/12' })],
    }),
    advisoryOf({ id: 'PYSEC-1', vulnerabilities: ['CVE-2024-3'], aliases: ['GHSA-b'] }),
  ]);
  const found = (id: string) => database.advisoriesFor(id).map((reference) => database.advisory(reference).id);
  assert.deepEqual(found('CVE-2024-1'), ['DSA-1', 'GHSA-b']);
  assert.deepEqual(found('CVE-2024-2'), ['DSA-1']);
  assert.deepEqual(found('GHSA-b'), ['GHSA-b', 'PYSEC-1']);
  assert.deepEqual([found('GHSA-B'), found('')], [[], []]);
  const places = database.advisoriesFor('CVE-2024-1').map((reference) => database.affectedBy(reference));
  assert.deepEqual(places, [
    [{ stream: 'debian/12', name: 'c' }],
    [
      { stream: 'npm', name: 'a' },
      { stream: 'npm', name: 'b' },
    ],
  ]);
  assert.deepEqual(database.affectedBy(database.advisoriesFor('PYSEC-1')[0] ?? -1), []);
});

suite('records of one id and source are one advisory; for each package the newest record speaks', async (make, context) => {
  const record = (modified: string, fixed: string, name: string, over: Partial<Advisory> = {}) =>
    advisoryOf({ id: 'A-1', modified, affected: [affectedOf({ name, ranges: [{ fixed }] })], ...over });
  const advisories = [
    record('2024-02-01T00:00:00Z', '1.0.2', 'a', { title: 'new', cwes: ['CWE-2'] }),
    record('2024-01-01T00:00:00Z', '1.0.1', 'a', { title: 'old', cwes: ['CWE-1'], aliases: ['B-1'] }),
    record('2024-01-01T00:00:00Z', '2.0.0', 'only-in-the-old-one'),
    record('2024-02-01T00:00:00Z', '1.0.2', 'a'),
    record('2025-01-01T00:00:00Z', '9.9.9', 'a', { source: 'another', id: 'A-1' }),
  ];
  for (const order of [advisories, advisories.toReversed()]) {
    const database = await make(context, order);
    const fixes = (name: string) =>
      database.lookup('npm', name).map(({ advisory, ranges }) => [database.advisory(advisory).source, ranges[0]?.fixed]);
    assert.deepEqual(fixes('a'), [
      ['another', '9.9.9'],
      ['test', '1.0.2'],
    ]);
    assert.deepEqual(fixes('only-in-the-old-one'), [['test', '2.0.0']]);
    const head = database.advisory(database.advisoriesFor('B-1')[0] ?? -1);
    assert.deepEqual(
      [head.title, head.modified, head.cwes, head.aliases],
      ['new', '2024-02-01T00:00:00Z', ['CWE-1', 'CWE-2'], ['B-1']],
    );
    assert.deepEqual([database.info.advisories, database.info.ranges], [2, 3]);
  }
});

suite('records of the same date are united, and what they say twice counts once', async (make, context) => {
  const record = (...fixes: readonly string[]) =>
    advisoryOf({ id: 'A-1', affected: fixes.map((fixed) => affectedOf({ name: 'a', ranges: [{ fixed }] })) });
  const database = await make(context, [record('1.0.0', '2.0.0'), record('2.0.0', '3.0.0')]);
  const fixes = database.lookup('npm', 'a').map(({ ranges }) => ranges[0]?.fixed);
  assert.deepEqual(fixes, ['1.0.0', '2.0.0', '3.0.0']);
});

suite('facts of one id come together from all feeds', async (make, context) => {
  const nvd = { kind: 'cvss-v3', value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', source: 'nvd' } as const;
  const facts: Facts[] = [
    { id: 'CVE-2024-1', title: 'First', severities: [nvd], exploitation: 'poc', cwes: ['CWE-79'] },
    { id: 'CVE-2024-1', title: 'Second', severities: [nvd], exploitation: 'none', published: '2024-01-01' },
    { id: 'CVE-2024-1', epss: { score: 0.1, date: '2021-08-31' } },
    { id: 'CVE-2024-1', epss: { score: 0.9, percentile: 0.99, date: '2026-08-22' } },
    { id: 'CVE-2024-1', epss: { score: 0.2, date: '2025-07-05' }, exploits: ['EDB-2', 'EDB-1'] },
    { id: 'CVE-2024-1', kev: { dateAdded: '2024-02-02', dueDate: '2024-03-03', ransomware: true }, exploits: ['EDB-1'] },
    { id: 'CVE-2024-2', rejected: true },
  ];
  const database = await make(context, [advisoryOf({ id: 'GHSA-1', vulnerabilities: ['CVE-2024-1'] })], facts);
  assert.deepEqual(database.facts('CVE-2024-1'), {
    id: 'CVE-2024-1',
    title: 'First',
    published: '2024-01-01',
    severities: [nvd],
    cwes: ['CWE-79'],
    epss: { score: 0.9, percentile: 0.99, date: '2026-08-22' },
    kev: { dateAdded: '2024-02-02', dueDate: '2024-03-03', ransomware: true },
    exploits: ['EDB-1', 'EDB-2'],
    exploitation: 'poc',
  });
  assert.deepEqual(database.facts('CVE-2024-2'), { id: 'CVE-2024-2', severities: [], cwes: [], exploits: [], rejected: true });
  assert.deepEqual([database.facts('GHSA-1'), database.advisoriesFor('CVE-2024-2')], [undefined, []]);
});

suite('a description is that of the facts, else of the advisory that speaks most of the vulnerability', async (make, context) => {
  const one = (id: string, vulnerabilities: readonly string[], source: string, description?: string) =>
    advisoryOf({ id, source, vulnerabilities, ...(description === undefined ? {} : { description }) });
  const advisories = [
    one('ALAS-1', ['CVE-1', 'CVE-2', 'CVE-3', 'CVE-4', 'CVE-5'], 'amazon', 'a bulletin'),
    one('ALAS-2', ['CVE-2'], 'amazon', 'a bulletin about one'),
    one('ALAS-3', ['CVE-3'], 'amazon', 'another bulletin about one'),
    one('DEBIAN-CVE-4', ['CVE-4'], 'osv-debian', 'the record of four'),
    one('GHSA-1', ['CVE-3'], 'ghsa', 'an advisory'),
    one('GHSA-4', ['CVE-4'], 'ghsa', 'an advisory, too'),
    one('GHSA-6', ['CVE-6'], 'ghsa'),
  ];
  const facts: Facts[] = [
    { id: 'CVE-4', title: 'four' },
    { id: 'CVE-5', title: 'five' },
    { id: 'CVE-5', description: 'the first text' },
    { id: 'CVE-5', description: 'the second text' },
    { id: 'CVE-7', description: 'known by facts alone: 😀' },
  ];
  const database = await make(context, advisories, facts);
  const said = (...ids: readonly string[]) => ids.map((id) => database.description(id));
  assert.deepEqual(said('CVE-1', 'CVE-2', 'CVE-3', 'GHSA-1'), [
    'a bulletin',
    'a bulletin about one',
    'an advisory',
    'an advisory',
  ]);
  assert.deepEqual(said('CVE-4', 'CVE-5', 'CVE-6'), ['the record of four', 'the first text', undefined]);
  assert.deepEqual(said('CVE-7', 'CVE-8'), ['known by facts alone: 😀', undefined]);
  assert.equal('description' in database.advisory(0), false);
  assert.equal('description' in (database.facts('CVE-5') ?? {}), false, 'a changed text must not look like changed facts');
});

suite('of several records of one advisory the newest that has a description gives it', async (make, context) => {
  const record = (modified: string, over: Partial<Advisory>) => advisoryOf({ id: 'A-1', modified, ...over });
  const advisories = [
    record('2024-01-01T00:00:00Z', { description: 'old' }),
    record('2024-02-01T00:00:00Z', { description: 'new' }),
    record('2024-03-01T00:00:00Z', {}),
  ];
  for (const order of [advisories, advisories.toReversed()]) assert.equal((await make(context, order)).description('A-1'), 'new');
});

suite('any number of descriptions, equal ones among them', async (make, context) => {
  const text = (index: number) => `${'long '.repeat(index % 200)}text ${index % 1000} é😀`;
  const advisories = Array.from({ length: 1500 }, (_, index) => advisoryOf({ id: `A-${index}`, description: text(index) }));
  const database = await make(context, advisories);
  for (let index = 0; index < 1500; index += 7) assert.equal(database.description(`A-${index}`), text(index));
});
