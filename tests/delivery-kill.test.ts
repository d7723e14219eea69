/** kill -9 at any moment: every committed change is told, in order, and its job done, by whoever runs next. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { dispatcher } from '../src/delivery/outbox/dispatch.ts';
import { TARGET_KINDS } from '../src/delivery/registry.ts';
import { openQueue } from '../src/jobs/index.ts';
import { openStore } from '../src/store/index.ts';
import type { Engine } from '../src/store/store.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { putTarget } from './support/events.ts';
import { newPlace, openFor } from './support/stores.ts';

const ROUNDS = 4;
/** That a process makes before it is killed, at least. */
const CHANGES = 10;
const PROGRAM = resolve(import.meta.dirname, 'support/delivering-process.ts');

function start(context: TestContext, place: string, name: string, from: number): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, place, name, String(from)], { stdio: ['ignore', 'pipe', 'pipe'] });
  atEnd(context, () => child.kill('SIGKILL'));
  return child;
}

/** Waits until the process has made so many changes, then a little, and kills it. */
async function killed(child: ChildProcess, changes: number, milliseconds: number): Promise<void> {
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  let [out, err] = ['', ''];
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  const made = new Promise<void>((done) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
      if (out.split('\n').length > changes) done();
    });
  });
  await Promise.race([made, ended]);
  assert.equal(child.exitCode, null, err);
  await delay(milliseconds);
  child.kill('SIGKILL');
  await ended;
}

/** What the killed had sent to PostgreSQL, it does all the same: waits until it is done with it. */
async function othersEnd(address: string): Promise<void> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    const others = `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    while ((await client.query(others)).rowCount !== 0) await delay(20);
  } finally {
    await client.end();
  }
}

async function check(context: TestContext, engine: Engine): Promise<void> {
  const place = await newPlace(context, engine);
  if (place === undefined) return;
  const file = join(temporaryDirectory(context), 'events.ndjson');
  const prepared = await openStore(place);
  assert.ok(prepared.ok);
  await putTarget(prepared.value, 'file', { path: file });
  await prepared.value.close();
  // PostgreSQL is shared by two processes at a time.
  const names = engine === 'sqlite' ? ['a'] : ['a', 'b'];
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      names.map((name, index) => {
        const drawn = (round * 7 + index * 3) % 10;
        return killed(start(context, place, name, round * 100_000), CHANGES + drawn * 5, drawn * 3);
      }),
    );
  }
  if (engine === 'postgres') await othersEnd(place);
  const store = await openFor(context, place);
  // Leases have run out by then.
  const late = () => Date.now() + 3_600_000;
  const last = dispatcher({ store, kinds: TARGET_KINDS, open: (text) => text, now: late, poll: 0 });
  await last.pass();
  await last.close();

  const rows = await store.read.selectFrom('setting').select('name').execute();
  const changes = rows.flatMap(({ name }) => (name.startsWith('change ') ? [name.slice('change '.length)] : []));
  assert.ok(changes.length >= ROUNDS * names.length * CHANGES, `${changes.length} changes`);
  assert.deepEqual(await store.read.selectFrom('outbox').selectAll().execute(), []);
  const told = new Map<string, string[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    // Half a line is what a kill left of one that came again.
    if (!line.endsWith('}')) continue;
    const { detail } = JSON.parse(line);
    const list = told.get(detail.findingArn) ?? [];
    // Repetitions are allowed.
    if (!list.includes(detail.title)) told.set(detail.findingArn, [...list, detail.title]);
  }
  assert.deepEqual([...told.values()].flat().sort(), changes.sort());
  const numberOf = (title: string) => Number(title.split('-')[1]);
  for (const [arn, titles] of told) {
    assert.deepEqual(
      titles.map(numberOf),
      titles.map(numberOf).sort((a, b) => a - b),
      arn,
    );
  }
  const done = new Set(rows.flatMap(({ name }) => (name.startsWith('done ') ? [name.slice('done '.length)] : [])));
  if (engine === 'postgres') {
    // pg-boss takes a minute to see that a worker is gone: what is not done must be there.
    const { rows: kept } = await sql<{ change: string }>`select data ->> 'change' as change from vedette_jobs.job`.execute(
      store.read,
    );
    const known = new Set(kept.map(({ change }) => change));
    assert.deepEqual(
      changes.filter((change) => !done.has(change) && !known.has(change)),
      [],
    );
    return;
  }
  const queue = await openQueue(store, place, () => undefined);
  assert.ok(queue.ok);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${changes.length - done.size} jobs were not done`)), 120_000);
    const finish = () => {
      if (done.size < changes.length) return;
      clearTimeout(timer);
      resolve();
    };
    queue.value
      .work(
        'count',
        async ({ payload }) => {
          done.add(String(payload.change));
          finish();
        },
        { concurrency: 10 },
      )
      .then(finish, reject);
  });
  await queue.value.close();
  assert.deepEqual([...done].sort(), changes);
}

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`${engine}: processes that are killed lose nothing`, (context) => check(context, engine));
}
