/** Several servers and workers on one PostgreSQL: they share the work, and killing any of them loses nothing. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf } from '../src/cli/service/body.ts';
import { addTarget } from '../src/delivery/manage.ts';
import { dispatcher } from '../src/delivery/outbox/dispatch.ts';
import { TARGET_KINDS } from '../src/delivery/registry.ts';
import { pending } from '../src/engine/fleet.ts';
import { sealer } from '../src/store/seal.ts';
import type { Store } from '../src/store/store.ts';
import { vedette } from './support/command.ts';
import { compileDatabases, PLACE, STORY } from './support/crash-story.ts';
import { temporaryDirectory } from './support/directory.ts';
import { needPostgres } from './support/postgres.ts';
import { bearer, type Serving, startProcess, startServing } from './support/processes.ts';
import { deliveredIn, said } from './support/stored.ts';
import { openFor } from './support/stores.ts';

const KEY = Buffer.alloc(32, 9);
const ENV = { VEDETTE_KEY: KEY.toString('base64') };
/** Longer than the lease of a process that was killed while it sent. */
const PATIENCE = 300_000;
const LATER = 3_600_000;
const SHARED = ['--account', PLACE.account, '--region', PLACE.region];
/** What hosts send before the database changes, and after it. */
const BODIES = [0, 1].map((part) => {
  const bounds = STORY.flatMap(({ kind }, index) => (kind === 'database' ? [index] : []));
  return STORY.slice((bounds[part] ?? 0) + 1, bounds[part + 1]).flatMap((step) =>
    step.kind === 'inventory' ? [bodyOf(step.arrival.description, step.arrival.inventory, 'agent')] : [],
  );
});

async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE; !(await isDone()); ) {
    assert.ok(Date.now() < end, `${what} did not happen`);
    await delay(25);
  }
}

async function matchingEnds(store: Store): Promise<void> {
  await until('matching', async () => (await pending(store.read)) === 0);
}

async function settled(store: Store): Promise<void> {
  await matchingEnds(store);
  const waiting = store.read.selectFrom('outbox').select('id').limit(1);
  await until('sending', async () => (await waiting.executeTakeFirst()) === undefined);
}

/** Hands inventories in as an agent does: again when there is no answer, to whichever server lives. */
async function handIn(bodies: readonly string[], servers: () => readonly Serving[], authorization: string): Promise<void> {
  for (const [index, body] of bodies.entries()) {
    await until(`inventory ${index}`, async () => {
      const all = servers();
      const { url } = all[index % all.length] ?? { url: '' };
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/v1/inventories`, { method: 'POST', headers, body }).catch(() => undefined);
      if (answer?.ok !== true && answer !== undefined) assert.ok(answer.status >= 500, await answer.text());
      return answer?.ok === true;
    });
  }
}

async function events(store: Store, path: string): Promise<void> {
  const target = { account: PLACE.account, name: 'events', kind: 'file', configuration: { path } };
  const added = await store.write((tx) => addTarget(tx, target, sealer(KEY), Date.now()));
  assert.ok(added.ok);
}

/** The same story with one server on the embedded store, stopped and started in between. */
async function alone(context: TestContext, [first = '', second = '']: readonly string[]) {
  const home = temporaryDirectory(context);
  const path = join(home, 'events.ndjson');
  const place = join(home, 'data', 'vedette.db');
  const store = await openFor(context, place);
  await events(store, path);
  await store.close();
  for (const [part, database] of [first, second].entries()) {
    const server = await startServing(context, ['--db', database, ...SHARED], ENV, home);
    await server.said('a new advisory database is in use');
    if (part > 0) await server.said('matched again what changed');
    await handIn(BODIES[part] ?? [], () => [server], bearer(join(server.data, 'credentials')));
    const { status } = await server.stop('SIGTERM');
    assert.equal(status, 0);
  }
  const after = await openFor(context, place);
  await matchingEnds(after);
  // What there was no time to send, when every lease and wait is over.
  const sending = dispatcher({
    store: after,
    kinds: TARGET_KINDS,
    open: sealer(KEY).open,
    now: () => Date.now() + LATER,
    poll: 0,
  });
  await sending.pass();
  await sending.close();
  return { said: await said(after), events: deliveredIn(path) };
}

test('servers and workers come and go, and the store says what one alone would say', async (context) => {
  const place = await needPostgres(context);
  if (place === undefined) return;
  const databases = await compileDatabases(context);
  const [first = '', second = ''] = databases;
  const path = join(temporaryDirectory(context), 'events.ndjson');
  const store = await openFor(context, place);
  await events(store, path);

  const common = ['--store', place, ...SHARED];
  const serve = (database: string) => startServing(context, ['--db', database, ...common], ENV);
  const work = () => startProcess(context, ['worker', ...common], ENV);
  // All at once, on a store without tables of jobs and without advisories.
  const servers = await Promise.all([serve(first), serve(first)]);
  await until('advisories', async () => {
    const row = await store.read.selectFrom('setting').select('value').where('name', '=', 'database').executeTakeFirst();
    return row !== undefined;
  });
  const workers = [work(), work()];
  const credentials = servers.map(({ data }) => join(data, 'credentials')).filter((file) => existsSync(file));
  assert.equal(credentials.length, 1, 'one of them made the first key');
  const authorization = bearer(credentials[0] ?? '');

  const handing = handIn(BODIES[0] ?? [], () => servers, authorization);
  await Promise.all(workers.map((one) => one.said('working')));
  await servers[0]?.stop();
  servers.shift();
  await handing;
  for (const { data } of workers)
    assert.ok(existsSync(join(data, 'advisories-in-use.vdb')), 'the advisories came through the store');

  const third = await serve(second);
  servers.push(third);
  await third.said('a new advisory database is in use');
  await workers[0]?.stop();
  workers.push(work());
  // What a host says before and after the units of its last inventory were matched again may differ: it waits, as below.
  await matchingEnds(store);
  const more = handIn(BODIES[1] ?? [], () => servers, authorization);
  await workers[2]?.said('working');
  await workers[1]?.stop();
  await more;
  await settled(store);

  const expected = await alone(context, databases);
  assert.ok(expected.said.findings.length > 20);
  assert.deepEqual(await said(store), expected.said);
  const last = (all: typeof expected.events) => new Map([...all].map(([arn, list]) => [arn, list.at(-1)]));
  assert.deepEqual(last(deliveredIn(path)), last(expected.events));

  for (const one of [...servers, workers[2]]) assert.equal((await one?.stop('SIGTERM'))?.status, 0);
});

test('a process with another key is refused, and a worker without PostgreSQL', async (context) => {
  const home = temporaryDirectory(context);
  const embedded = await vedette(home, ['worker']);
  assert.equal(embedded.status, 2);
  assert.match(embedded.stderr, /^vedette: A worker shares a store on PostgreSQL/);
  const place = await needPostgres(context);
  if (place === undefined) return;
  const [database = ''] = await compileDatabases(context);
  const server = await startServing(context, ['--db', database, '--store', place], ENV);
  const other = await vedette(home, ['worker', '--store', place], { env: { VEDETTE_KEY: Buffer.alloc(32, 8).toString('hex') } });
  assert.equal(other.status, 3);
  assert.match(other.stderr, /^vedette: .*another key.*\[key-differs\]\n$/);
  assert.equal((await server.stop('SIGTERM')).status, 0);
});
