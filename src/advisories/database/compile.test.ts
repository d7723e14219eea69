import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from '../../../tests/support/database.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { needShared } from '../../../tests/support/shared.ts';
import { makeZip } from '../../../tests/support/zip.ts';
import { incomplete, notice } from '../../model/problem.ts';
import { feeds } from '../feeds/registry.ts';
import { updateSources } from '../update/index.ts';
import { type CompileOptions, compileDatabase } from './compile.ts';
import { openDatabase, verifyDatabase } from './open.ts';

const BUILT = '2026-01-02T03:04:06Z';

function osvRecord(ecosystem: string, id: string, name: string, fixed: string) {
  const ranges = [{ type: ecosystem === 'npm' ? 'SEMVER' : 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }];
  return { id, modified: '2025-01-01T00:00:00Z', affected: [{ package: { ecosystem, name }, ranges }] };
}

function osvZip(ecosystem: string, count: number): Buffer {
  const prefix = ecosystem === 'npm' ? 'GHSA-test-test' : 'CVE-2024';
  return makeZip(
    Array.from({ length: count }, (_, index) => {
      const id = `${prefix}-${1000 + index}`;
      return { name: `${id}.json`, data: JSON.stringify(osvRecord(ecosystem, id, `package-${index % 50}`, `1.${index}.0`)) };
    }),
  );
}

/** The sources of a small mirror, as the command line would choose them. */
async function mirror(context: TestContext, files: Readonly<Record<string, Uint8Array | string>>) {
  const directory = temporaryDirectory(context);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const now = () => new Date(BUILT);
  return (await updateSources({ mirror: directory, directory: join(directory, 'none'), feeds, now })).sources;
}

async function compile(context: TestContext, options: Pick<CompileOptions, 'sources'> & Partial<CompileOptions>) {
  const out = options.out ?? join(temporaryDirectory(context), 'sub', 'advisories.vdb');
  const compiled = await compileDatabase({ origin: 'mirror', builtAt: BUILT, workers: 0, ...options, out });
  if (!compiled.ok) throw new Error(compiled.problem.message);
  return { ...compiled.value, out };
}

const FILES = {
  'osv/npm/all.zip': osvZip('npm', 400),
  'osv/Debian/all.zip': osvZip('Debian:12', 30),
  'osv/PyPI/all.zip': osvZip('PyPI', 3),
  'epss/epss_scores-2026-01-01.csv':
    '#model_version:v4,score_date:2026-01-01T00:00:00Z\ncve,epss,percentile\nCVE-2024-1000,0.5,0.9\n',
};

test('the same sources give the same bytes, whatever the number of threads', async (context) => {
  const sources = await mirror(context, FILES);
  assert.equal(sources.length, 4);
  const files: Buffer[] = [];
  for (const workers of [0, 1, 3]) {
    const { out, info, problems } = await compile(context, { sources, workers });
    assert.deepEqual(problems, []);
    assert.deepEqual(info.sources.map(({ id, records }) => [id, records]).sort(), [
      ['epss/epss_scores-2026-01-01.csv', 1],
      ['osv/Debian/all.zip', 30],
      ['osv/PyPI/all.zip', 3],
      ['osv/npm/all.zip', 400],
    ]);
    files.push(readFileSync(out));
  }
  assert.ok(files.every((file) => file.equals(files[0] ?? Buffer.alloc(0))));
});

test('a damaged source costs only itself, and says so', async (context) => {
  const sources = await mirror(context, { ...FILES, 'osv/npm/all.zip': osvZip('npm', 400).subarray(0, 9000) });
  for (const workers of [0, 2]) {
    const { info, problems } = await compile(context, { sources, workers });
    assert.deepEqual(
      problems.map(({ code, effect, path }) => [code, effect, path]),
      [['feed-file-unreadable', 'incomplete', 'osv/npm/all.zip']],
    );
    const failed = info.sources.filter((source) => source.failed !== undefined);
    assert.deepEqual(
      failed.map(({ id }) => id),
      ['osv/npm/all.zip'],
    );
    assert.ok(info.advisories >= 33, 'the other sources are there');
  }
});

test('a thread that dies costs one source; a feed that throws keeps what it gave before', async (context) => {
  const good = await mirror(context, FILES);
  // Not in the registry: no thread knows this feed.
  const { info, problems } = await compile(context, { sources: [sourceOf('unknown', []), ...good], workers: 1 });
  assert.deepEqual(
    problems.map(({ code, path }) => [code, path]),
    [['feed-failed', 'unknown']],
  );
  assert.equal(info.advisories, 433);

  const throwing = sourceOf('throwing', function* () {
    yield* recordsOf([advisoryOf({ id: 'A-1' })]);
    throw new Error('boom');
  });
  const half = await compile(context, { sources: [throwing, sourceOf('after', recordsOf([advisoryOf({ id: 'B-1' })]))] });
  assert.deepEqual([half.info.advisories, half.info.sources[0]?.records, half.problems[0]?.code], [2, 1, 'feed-failed']);
  assert.match(half.info.sources[0]?.failed ?? '', /boom/);
});

test('thousands of problems are told by their first ones and a number; what costs the source is always told', async (context) => {
  const many = Array.from({ length: 5000 }, (_, index) => notice('feed-record-odd', 'It is odd.', `record ${index}`));
  const sources = [sourceOf('many', recordsOf([], [], [...many, incomplete('feed-file-unreadable', 'It is cut off.', 'many')]))];
  const { out, problems } = await compile(context, { sources, problems: [notice('source-missing', 'before')] });
  assert.equal(problems.length, 23);
  assert.deepEqual(
    [problems[0]?.code, problems[1]?.path, problems[21]?.code],
    ['source-missing', 'record 0', 'feed-file-unreadable'],
  );
  assert.deepEqual(problems.at(-1), notice('feed-more-problems', '4980 more problems in this source are not listed.', 'many'));
  const opened = openDatabase(out);
  assert.ok(opened.ok);
  assert.deepEqual(opened.value.problems, problems);
  opened.value.close();
});

test('a source says how old its knowledge is; dates to come are mistakes', async (context) => {
  const dated = (id: string, modified: string) => advisoryOf({ id, modified });
  const stale = { since: '2025-12-01T00:00:00Z', reason: 'no route' };
  const sources = [
    {
      ...sourceOf(
        'a',
        recordsOf([
          dated('A-1', '2024-05-05T00:00:00Z'),
          dated('A-2', '2024-06-06T00:00:00Z'),
          dated('A-3', '2027-01-01T00:00:00Z'),
        ]),
      ),
      stale,
    },
    sourceOf('b', recordsOf([advisoryOf({ id: 'B-1' })])),
    sourceOf('c', recordsOf([], [{ id: 'CVE-2024-1', epss: { score: 0, date: '2025-07-05' } }])),
  ];
  const { info } = await compile(context, { sources });
  const common = { origin: 'mirror', fetchedAt: '2026-01-02T03:04:05Z' };
  assert.deepEqual(info.sources, [
    { id: 'a', ...common, url: 'https://feeds.example/a', asOf: '2024-06-06T00:00:00Z', records: 3, stale },
    { id: 'b', ...common, url: 'https://feeds.example/b', records: 1 },
    { id: 'c', ...common, url: 'https://feeds.example/c', asOf: '2025-07-05', records: 1 },
  ]);
});

test('bounds that are no versions are counted', async (context) => {
  const affected = [affectedOf({ name: 'a', ranges: [{ introduced: 'x y', fixed: 'z?' }] }), affectedOf({ name: 'b' })];
  const { info } = await compile(context, { sources: [sourceOf('a', recordsOf([advisoryOf({ id: 'A-1', affected })]))] });
  assert.deepEqual([info.uncomparable, info.ranges], [2, 1]);
});

test('the file is replaced at once: who has the old one open keeps it', async (context) => {
  const out = await compiledFile(context, [
    sourceOf('a', recordsOf([advisoryOf({ id: 'A-1', affected: [affectedOf({ name: 'old' })] })])),
  ]);
  const old = openDatabase(out);
  assert.ok(old.ok);
  const [abandoned, busy] = [`${out}.abandoned.tmp`, `${out}.busy.tmp`];
  for (const file of [abandoned, busy]) writeFileSync(file, 'x');
  utimesSync(abandoned, new Date(0), new Date(0));
  await compile(context, {
    out,
    sources: [sourceOf('a', recordsOf([advisoryOf({ id: 'A-1', affected: [affectedOf({ name: 'new' })] })]))],
  });
  assert.equal(old.value.lookup('npm', 'old').length, 1);
  old.value.close();
  const fresh = openDatabase(out);
  assert.ok(fresh.ok);
  assert.deepEqual([fresh.value.lookup('npm', 'old').length, fresh.value.lookup('npm', 'new').length], [0, 1]);
  fresh.value.close();
  assert.equal(statSync(out).mode & 0o777, 0o644);
  assert.deepEqual(readdirSync(dirname(out)).sort(), ['advisories.vdb', 'advisories.vdb.busy.tmp']);
});

test('what cannot be written is a problem and leaves nothing behind', async (context) => {
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'file'), '');
  mkdirSync(join(directory, 'taken'));
  for (const name of ['file/advisories.vdb', 'taken']) {
    const compiled = await compileDatabase({ sources: [], origin: 'mirror', out: join(directory, name), builtAt: BUILT });
    assert.equal(compiled.ok ? '' : compiled.problem.code, 'database-unwritable', name);
  }
  assert.deepEqual(readdirSync(directory).sort(), ['file', 'taken']);
});

test('an interruption ends it without a file', async (context) => {
  const sources = await mirror(context, FILES);
  for (const workers of [0, 1, 2]) {
    for (const when of ['before', 'between'] as const) {
      const directory = temporaryDirectory(context);
      const control = new AbortController();
      if (when === 'before') control.abort();
      const compiled = await compileDatabase({
        sources,
        origin: 'mirror',
        out: join(directory, 'advisories.vdb'),
        builtAt: BUILT,
        workers,
        progress: () => control.abort(),
        signal: control.signal,
      });
      assert.equal(compiled.ok ? '' : compiled.problem.code, 'database-interrupted', `${workers} ${when}`);
      assert.deepEqual(readdirSync(directory), []);
    }
  }
});

test('progress counts every source', async (context) => {
  const sources = ['a', 'b', 'c'].map((path, index) => sourceOf(path, [], index));
  const seen: string[] = [];
  await compile(context, { sources, progress: ({ done, total }) => seen.push(`${done}/${total}`) });
  assert.deepEqual(seen, ['1/3', '2/3', '3/3']);
});

test('real sources: a part of the mirror compiles without a problem, and is found again', async (context) => {
  const root = needShared(context);
  if (root === undefined) return;
  const wanted = ['crates.io', 'alpine/3.19'];
  const { sources } = await updateSources({ mirror: root, directory: 'none', feeds, wanted, now: () => new Date(BUILT) });
  const parts = sources.filter(({ file }) => /^osv\/crates|^alpine-secdb\/v3\.19|^kev\//.test(file.path));
  assert.equal(parts.length, 4);
  const { out, info, problems } = await compile(context, { sources: parts, workers: 2 });
  assert.deepEqual(problems, []);
  assert.ok(info.sources.every(({ records }) => records > 400));
  assert.deepEqual(verifyDatabase(out), { ok: true, value: true });
  const opened = openDatabase(out);
  assert.ok(opened.ok);
  const database = opened.value;
  // RUSTSEC-2021-0003 and CVE-2021-44228 are public records.
  const [smallvec] = database.advisoriesFor('RUSTSEC-2021-0003').map((reference) => database.affectedBy(reference));
  assert.deepEqual(smallvec, [{ stream: 'crates.io', name: 'smallvec' }]);
  assert.ok(database.lookup('crates.io', 'smallvec').some(({ ranges }) => ranges.some(({ fixed }) => fixed === '1.6.1')));
  assert.equal(database.facts('CVE-2021-44228')?.kev?.dateAdded, '2021-12-10');
  assert.ok(database.lookup('alpine/3.19', 'openssl').length > 5);
  database.close();
});
