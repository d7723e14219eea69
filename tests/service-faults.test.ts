/** What goes wrong around the service: full and read-only disks, targets that hang, addresses in use, stores that cannot be had. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { bodyOf } from '../src/cli/service/body.ts';
import { openRuntime, readyAdvisories } from '../src/cli/service/runtime.ts';
import { startServer } from '../src/cli/service/server.ts';
import { addTarget } from '../src/delivery/manage.ts';
import { createEngine } from '../src/engine/engine.ts';
import { fields } from '../src/inventory/values.ts';
import { storeTrouble } from '../src/store/trouble.ts';
import { type Ran, vedette } from './support/command.ts';
import { compileDatabases, STORY } from './support/crash-story.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { assessorOn } from './support/engine.ts';
import { needPostgres } from './support/postgres.ts';
import { bearer, startServing } from './support/processes.ts';
import { openFor } from './support/stores.ts';

const BODIES = STORY.flatMap((step) =>
  step.kind === 'inventory' ? [bodyOf(step.arrival.description, step.arrival.inventory, 'agent')] : [],
);

/** The whole service in this process, and a way to hand inventories in; `alone` writes all of it through the one connection. */
async function service(context: TestContext, alone = false) {
  const [db = ''] = await compileDatabases(context);
  const data = temporaryDirectory(context);
  const options = { data, db, listen: '127.0.0.1:0', logLevel: 'silent', quiet: true, offline: true };
  const runtime = await openRuntime(options);
  const { store, queue, advisories, logger: log } = runtime;
  const assessor = assessorOn(store, advisories, Date.now);
  const reports = () => Promise.reject(new Error('no S3 in this test'));
  const engine = alone ? createEngine({ store, queue, advisories, assessor, clock: Date.now, log, reports }) : runtime.engine;
  const { server, url, credentials } = await startServer({ ...runtime, engine }, options);
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await server.close();
    await runtime.close();
  };
  atEnd(context, close);
  await readyAdvisories(runtime, options, new AbortController().signal);
  await engine.work();
  const authorization = bearer(credentials);
  const post = async (body: string) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/v1/inventories`, { method: 'POST', headers, body });
    return { status: answer.status, type: answer.headers.get('x-amzn-errortype'), said: fields(await answer.json()) ?? {} };
  };
  return { ...runtime, data, url, post, close };
}

test('a full disk: told to the client, reading goes on, and it recovers by itself', async (context) => {
  const { store, post, url } = await service(context, true);
  assert.equal((await post(BODIES[0] ?? '')).status, 200);
  const count = async () => (await store.read.selectFrom('resource').select('uid').execute()).length;
  // As the engine sees a full disk: there is no further page.
  await store.write((tx) => sql`pragma max_page_count = 1`.execute(tx));
  const failed = [];
  for (const body of BODIES.slice(1, 8)) failed.push(await post(body));
  const refused = failed.filter(({ status }) => status !== 200);
  assert.ok(refused.length > 0);
  for (const { status, type, said } of refused) {
    assert.deepEqual([status, type], [503, 'ServiceUnavailableException']);
    assert.match(String(said.message), /full.*\[store-full\]$/);
  }
  assert.equal(await count(), 1 + failed.length - refused.length);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  await store.write((tx) => sql`pragma max_page_count = 1000000`.execute(tx));
  for (const body of BODIES.slice(1, 8)) assert.equal((await post(body)).status, 200);
  assert.equal(await count(), 8);
});

const OTHERS_END =
  'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';

test('PostgreSQL that became read-only: told, and it recovers by itself', async (context) => {
  const place = await needPostgres(context);
  if (place === undefined) return;
  const store = await openFor(context, place);
  const admin = new pg.Client({ connectionString: place });
  admin.on('error', () => undefined);
  await admin.connect();
  atEnd(context, () => admin.end());
  const name = new URL(place).pathname.slice(1);
  const put = (value: string) => store.write((tx) => tx.insertInto('setting').values({ name: value, value }).execute());
  const turn = async (state: 'on' | 'off') => {
    await admin.query(`set default_transaction_read_only = off`);
    await admin.query(`alter database ${pg.escapeIdentifier(name)} set default_transaction_read_only = ${state}`);
    await admin.query(OTHERS_END);
    // A connection that ended while nobody used it is noticed by the next query.
    for (let time = 0; time < 3; time++) {
      await store.read
        .selectFrom('setting')
        .select('name')
        .execute()
        .catch(() => undefined);
    }
  };
  await put('before');
  await turn('on');
  await assert.rejects(put('meanwhile'), (error) => storeTrouble(error)?.code === 'store-read-only');
  assert.equal((await store.read.selectFrom('setting').select('name').execute()).length, 1);
  await turn('off');
  await put('after');
  assert.equal((await store.read.selectFrom('setting').select('name').execute()).length, 2);
});

test('a target that hangs slows nobody, and the service ends all the same', async (context) => {
  const { store, post, sealer, data, place, dispatch, close } = await service(context);
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  atEnd(context, () => silent.close());
  await new Promise((listening) => silent.once('listening', listening));
  const { port } = silent.address() as AddressInfo;
  const path = join(data, 'events.ndjson');
  const add = (name: string, kind: string, configuration: object, secrets: object) =>
    store.write(async (tx) => {
      const input = { account: place.account, name, kind, configuration: { ...configuration }, secrets: { ...secrets } };
      const added = await addTarget(tx, input, sealer, Date.now());
      assert.ok(added.ok, added.ok ? '' : added.problem.message);
      return added.value;
    });
  const hanging = await add('hanging', 'webhook', { url: `http://127.0.0.1:${port}/` }, { secret: 'x'.repeat(40) });
  const file = await add('file', 'file', { path }, {});
  dispatch();
  for (const body of BODIES.slice(0, 8)) assert.equal((await post(body)).status, 200);
  const waiting = (target: number) => store.read.selectFrom('outbox').select('id').where('target_id', '=', target).execute();
  for (const end = Date.now() + 120_000; (await waiting(file)).length > 0; ) {
    assert.ok(Date.now() < end, 'the file has what the other target does not take');
    await new Promise((done) => setTimeout(done, 20));
  }
  const sent = readFileSync(path, 'utf8').split('\n').filter(Boolean).length;
  assert.equal((await waiting(hanging)).length, sent);
  const started = performance.now();
  await close();
  assert.ok(performance.now() - started < 15_000);
});

/** Speaks so much of PostgreSQL's protocol that a password is asked for and refused. */
async function refusing(context: TestContext): Promise<number> {
  const server: Server = createServer((socket) => {
    let asked = false;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      // What asks for TLS (80877103) is told that there is none.
      if (bytes.length === 8) return void socket.write('N');
      if (!asked) {
        asked = true;
        return void socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      }
      const text = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed for user "vedette"\0\0');
      const head = Buffer.alloc(5);
      head.write('E');
      head.writeInt32BE(text.length + 4, 1);
      socket.end(Buffer.concat([head, text]));
    });
  }).listen(0, '127.0.0.1');
  atEnd(context, () => server.close());
  await new Promise((listening) => server.once('listening', listening));
  return (server.address() as AddressInfo).port;
}

test('what keeps a server from starting is said in one line', async (context) => {
  const [db = ''] = await compileDatabases(context);
  const home = temporaryDirectory(context);
  const busy = await startServing(context, ['--db', db], {}, home);
  const [, port] = /:(\d+)$/.exec(busy.url) ?? [];
  const other = temporaryDirectory(context);
  writeFileSync(join(other, 'not.pem'), 'nothing');
  const newer = temporaryDirectory(context);
  const store = await openFor(context, join(newer, 'vedette.db'));
  await store.write((tx) => sql`insert into kysely_migration (name, timestamp) values ('9999-later', '')`.execute(tx));
  await store.close();
  const wrong = await refusing(context);
  const cases: readonly (readonly [name: string, args: readonly string[], status: number, said: RegExp])[] = [
    ['the store is in use', ['--data', busy.data], 3, /Another Vedette process uses the store .*\[store-in-use\]\n$/],
    ['the port is in use', ['--listen', `127.0.0.1:${port}`], 3, /is in use already/],
    ['no address of this machine', ['--listen', '192.0.2.1:0'], 3, /192\.0\.2\.1:0 is no address of this machine/],
    ['TLS files that are none', ['--tls-cert', 'not.pem', '--tls-key', 'not.pem'], 2, /cannot be used .*PEM/],
    ['a TLS key that is not there', ['--tls-cert', 'not.pem', '--tls-key', 'no.pem'], 2, /no\.pem/],
    ['a store of a newer version', ['--data', newer], 3, /newer Vedette.*\[store-newer\]\n$/],
    ['PostgreSQL is not there', ['--store', 'postgres://u:s3cret@127.0.0.1:9/x'], 3, /ECONNREFUSED.*\[store-unreachable\]\n$/],
    ['a wrong password', ['--store', `postgres://vedette:s3cret@127.0.0.1:${wrong}/x`], 3, /password authentication failed/],
    ['a store of another kind', ['--store', 'mysql://u:s3cret@db/x'], 2, /--store takes postgres:/],
    ['an account that is none', ['--account', '1234'], 2, /--account takes the 12 digits .* "1234" is none/],
    ['a region that is none', ['--region', 'here/there'], 2, /--region .* "here\/there" is none/],
    ['an address that is none', ['--store', 'postgres://u:s3cret@[/x'], 3, /\[store-unreachable\]\n$/],
  ];
  const run = async (args: readonly string[], index: number): Promise<Ran> => {
    const data = args.includes('--data') ? [] : ['--data', join(other, `data-${index}`)];
    return vedette(other, ['serve', '--db', db, '--offline', '--listen', '127.0.0.1:0', ...data, ...args]);
  };
  const answers = await Promise.all(cases.map(([, args], index) => run(args, index)));
  for (const [index, [name, , status, said]] of cases.entries()) {
    const { status: ended, stderr = '' } = answers[index] ?? {};
    assert.equal(ended, status, `${name}: ${stderr}`);
    assert.match(stderr, said, name);
    assert.ok(!stderr.includes('s3cret') && !stderr.includes('    at '), `${name}: ${stderr}`);
  }
  assert.equal((await busy.stop('SIGTERM')).status, 0);
});

test('PostgreSQL goes away and comes back: told to the client, and nothing to restart', async (context) => {
  const place = await needPostgres(context);
  if (place === undefined) return;
  const store = await openFor(context, place);
  await store.write((tx) => tx.insertInto('setting').values({ name: 'kept', value: '1' }).execute());
  const admin = new pg.Client({ connectionString: place });
  admin.on('error', () => undefined);
  await admin.connect();
  atEnd(context, () => admin.end());
  for (let round = 0; round < 3; round++) {
    await admin.query(OTHERS_END);
    const again = async () => (await store.read.selectFrom('setting').select('name').execute()).length;
    // Each connection that was open may fail once.
    let seen = 0;
    for (let time = 0; time < 5 && seen === 0; time++) seen = await again().catch(() => 0);
    assert.equal(seen, 1);
  }
});
