/** Which database an assessment gets when some of what it needs is not there, and what it is told. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { type DatabaseChoice, type DatabaseContext, databaseFor, updateDatabase } from './database.ts';

function record(ecosystem: string, name: string): object {
  return {
    id: `TEST-${name}`,
    modified: '2026-01-02T00:00:00Z',
    affected: [
      { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }] },
    ],
  };
}

function put(mirror: string, ecosystem: string, name: string): void {
  mkdirSync(join(mirror, 'osv', ecosystem), { recursive: true });
  writeFileSync(join(mirror, 'osv', ecosystem, 'all.json'), JSON.stringify([record(ecosystem, name)]));
}

interface Place {
  readonly mirror: string;
  readonly database: string;
  readonly context: DatabaseContext;
  /** Addresses that were asked for. */
  readonly asked: readonly string[];
  /** How often something was compiled. */
  readonly compiled: () => number;
}

/** A home with a mirror and a starter set that know npm; the network is down. */
function place(test: TestContext): Place {
  const home = temporaryDirectory(test);
  const [mirror, starter] = [join(home, 'mirror'), join(home, 'starter')];
  put(mirror, 'npm', 'left');
  put(starter, 'npm', 'starting');
  const asked: string[] = [];
  let compiled = 0;
  const down: typeof fetch = async (input) => {
    asked.push(String(input));
    throw new TypeError('fetch failed');
  };
  const context: DatabaseContext = {
    env: { VEDETTE_HOME: join(home, 'vedette') },
    now: () => new Date('2026-02-03T04:05:06Z'),
    starter,
    system: [],
    step: (text) => {
      if (text.startsWith('compiling')) compiled++;
    },
    tick: () => undefined,
    network: { fetch: down, attempts: 1 },
  };
  return { mirror, database: join(home, 'vedette/advisories.vdb'), context, asked, compiled: () => compiled };
}

async function get(choice: DatabaseChoice, needed: readonly string[], context: DatabaseContext) {
  const found = await databaseFor(choice, needed, context);
  assert.ok(found.ok, found.ok ? '' : found.problem.message);
  return found.value;
}

function codes(problems: readonly { readonly code: string; readonly effect: string }[]): readonly string[] {
  return problems.map(({ code, effect }) => `${code} ${effect}`);
}

const LACKS = 'database-stream-missing incomplete';

test('offline: the database compiled before is used, and what it lacks is told', async (test) => {
  const { mirror, context, database, compiled } = place(test);
  await get({ mirror }, ['npm'], context);
  const bytes = readFileSync(database);
  for (const choice of [
    { offline: true },
    { offline: true, mirror: 'none' },
    { offline: true, mirror: 'https://mirror.example' },
  ]) {
    const found = await get(choice, ['npm', 'wolfi'], context);
    assert.equal(found.database.lookup('npm', 'left').length, 1);
    assert.equal(codes(found.problems)[0], LACKS);
    assert.match(found.problems[0]?.message ?? '', /without wolfi, .* osv\/Wolfi\/all\.zip\.$/);
    assert.equal(found.problems[0]?.path, database);
  }
  assert.deepEqual(readFileSync(database), bytes);
  assert.equal(compiled(), 1);
});

test('a network that is down: the database compiled before is used, with why it lacks a stream', async (test) => {
  const { mirror, context, asked, compiled } = place(test);
  await get({ mirror }, ['npm'], context);
  const found = await get({}, ['debian/12', 'npm'], context);
  assert.equal(found.database.lookup('npm', 'left').length, 1);
  assert.deepEqual(codes(found.problems), [LACKS, 'upstreams-unreachable notice']);
  assert.match(found.problems[1]?.message ?? '', /fetch failed/);
  assert.ok(asked.some((url) => url.endsWith('/Debian/all.zip')));
  assert.equal(compiled(), 1);
});

test('a mirror that is down: the database made from it is used; one made from elsewhere is not what was asked for', async (test) => {
  const { context } = place(test);
  const mirror = 'https://mirror.example/';
  const served: Readonly<Record<string, string>> = {
    [`${mirror}files.txt`]: 'osv/npm/all.json\n',
    [`${mirror}osv/npm/all.json`]: JSON.stringify([record('npm', 'left')]),
  };
  const up: typeof fetch = async (input) => {
    const body = served[String(input)];
    return body === undefined ? new Response(null, { status: 404 }) : new Response(body);
  };
  const first = await get({ mirror }, ['npm'], { ...context, network: { fetch: up, attempts: 1 } });
  assert.deepEqual(first.problems, []);
  const found = await get({ mirror }, ['debian/12', 'npm'], context);
  assert.equal(found.database.lookup('npm', 'left').length, 1);
  assert.equal(codes(found.problems)[0], LACKS);
  const other = await databaseFor({ mirror: 'https://other.example/' }, ['npm'], context);
  assert.equal(other.ok, false);
});

test('a mirror directory that lacks a stream is not compiled again for it', async (test) => {
  const { mirror, context, compiled } = place(test);
  await get({ mirror }, ['npm'], context);
  const found = await get({ mirror }, ['npm', 'azurelinux/3'], context);
  assert.deepEqual(codes(found.problems), [LACKS]);
  assert.equal(compiled(), 1);
  put(mirror, 'Azure Linux', 'zlib');
  const now = await get({ mirror }, ['npm', 'azurelinux/3'], context);
  assert.deepEqual(now.problems, []);
  assert.equal(compiled(), 2);
});

test('a file that was named tells which of the streams that are needed it does not know', async (test) => {
  const { mirror, context, database } = place(test);
  await get({ mirror }, ['npm'], context);
  const found = await get({ db: database }, ['generic/nginx', 'npm', 'rhel/9', 'rhel/9/eus-9.2'], context);
  assert.deepEqual(codes(found.problems), [LACKS, 'database-stream-missing notice']);
  assert.match(found.problems[0]?.message ?? '', /without rhel\/9, rhel\/9\/eus-9\.2, /);
  assert.match(found.problems[1]?.message ?? '', /without generic\/nginx, /);
  assert.deepEqual((await get({ db: database }, ['npm'], context)).problems, []);
  assert.deepEqual((await get({ db: database }, ['oracle/9'], context)).problems, [], 'nobody publishes it');
});

test('one export does not look as if another were there: records about both give each its own', async (test) => {
  const { mirror, context, database } = place(test);
  mkdirSync(join(mirror, 'osv/Wolfi'), { recursive: true });
  const both = [record('Wolfi', 'openssl'), record('Chainguard', 'openssl')].flatMap((one) =>
    'affected' in one ? one.affected : [],
  );
  writeFileSync(join(mirror, 'osv/Wolfi/all.json'), JSON.stringify([{ ...record('Wolfi', 'openssl'), affected: both }]));
  await get({ mirror }, ['wolfi'], context);
  const found = await get({ db: database }, ['chainguard', 'wolfi'], context);
  assert.deepEqual(codes(found.problems), [LACKS]);
  assert.match(found.problems[0]?.message ?? '', /without chainguard, /);
});

test('offline updates leave the database as it is; without one there is the starter set', async (test) => {
  const { mirror, context, database } = place(test);
  const first = await updateDatabase({ offline: true }, 'all', context);
  assert.ok(first.ok);
  assert.equal((await get({ offline: true }, [], context)).database.lookup('npm', 'starting').length, 1);
  assert.ok((await updateDatabase({ mirror }, 'all', context)).ok);
  const bytes = readFileSync(database);
  const kept = await updateDatabase({ offline: true }, 'all', context);
  assert.deepEqual(kept.ok && codes(kept.value), ['database-offline notice']);
  assert.deepEqual(readFileSync(database), bytes);
});
