/** `kill -9` while the engine takes inventories, matches again, sends events and makes tables: afterwards nothing is missing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { openQueue } from '../src/jobs/index.ts';
import { openStore } from '../src/store/index.ts';
import type { Engine } from '../src/store/store.ts';
import type { ChildOptions, StoryOptions } from './support/crash-child.ts';
import { compileDatabases, NEXT, STORY } from './support/crash-story.ts';
import { temporaryDirectory } from './support/directory.ts';
import { randomOf } from './support/random-findings.ts';
import { deliveredIn, said } from './support/stored.ts';
import { newPlace, openFor } from './support/stores.ts';

const CHILD = join(import.meta.dirname, 'support/crash-child.ts');
const KILLS = process.env.CI === 'true' ? 12 : 3;
const START = Date.parse('2026-01-10T00:00:00Z');
/** Between the end of one process and the start of the next, ahead and back in turns: longer than every lease. */
const PAUSE = 10 * 60_000;
/** A child that hangs is a failure, not a test that never ends. */
const PATIENCE = 300_000;

interface Outcome {
  /** How many steps were done. */
  readonly done: number;
  /** Statements sent to the store; undefined when it was killed. */
  readonly statements: number | undefined;
}

function run(options: ChildOptions | StoryOptions): Promise<Outcome> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGTERM'), PATIENCE);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      if (status !== 0 && signal !== 'SIGKILL') return reject(new Error(`ended with ${status ?? signal}: ${err}\n${out}`));
      const done = out.match(/^done \d+$/gm)?.length ?? 0;
      const statements = /^statements (\d+)$/m.exec(out)?.[1];
      resolve({ done, statements: statements === undefined ? undefined : Number(statements) });
    });
  });
}

async function tell(context: TestContext, engine: Engine, databases: readonly string[], kills: number, seed: number) {
  const place = await newPlace(context, engine);
  if (place === undefined) return undefined;
  const directory = join(temporaryDirectory(context), 'own');
  mkdirSync(directory);
  const events = join(directory, 'events.ndjson');
  const draw = randomOf(seed);
  let done = 0;
  let killed = 0;
  let statements: number | undefined;
  for (let life = 0; statements === undefined; life++) {
    const killAt = killed < kills ? 1 + Math.floor(draw() ** 2 * 900) : 0;
    const start = START + (life % 2 === 0 ? life : -life) * PAUSE;
    const outcome = await run({ place, directory, databases, events, from: done, start, killAt });
    done += outcome.done;
    statements = outcome.statements;
    if (statements === undefined) killed += 1;
  }
  assert.equal(done, STORY.length);
  const store = await openFor(context, place);
  const jobs = await store.read.selectFrom('job').select(['kind', 'state']).where('unique_key', 'not like', 'cron:%').execute();
  return { said: await said(store), events: deliveredIn(events), jobs, killed };
}

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`${engine}: killed at any statement, the store and the events are those of a run that was not`, async (context) => {
    const databases = await compileDatabases(context);
    const whole = await tell(context, engine, databases, 0, 0);
    if (whole === undefined) return;
    assert.ok(whole.said.findings.length > 20 && whole.events.size > 20, 'the story is about something');
    const broken = await tell(context, engine, databases, KILLS, 20_260_110);
    assert.ok(broken !== undefined && broken.killed > 0);
    assert.deepEqual(broken.said, whole.said);
    assert.ok(broken.said.occurrences.every(({ pending }) => pending === 0));
    assert.deepEqual(broken.events, whole.events);
    assert.deepEqual(broken.jobs, []);
  });
}

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`${engine}: killed while its tables are changed, a store has the old ones or the new ones, and its rows`, async (context) => {
    const place = await newPlace(context, engine);
    if (place === undefined) return;
    const first = await openFor(context, place);
    await first.write((tx) => tx.insertInto('setting').values({ name: 'kept', value: '1' }).execute());
    await first.close();
    const step = process.env.CI === 'true' ? 2 : 6;
    let killAt = 3;
    for (; (await run({ place, killAt })).statements === undefined; killAt += step) {
      const next = await openStore(place);
      // The old version opens it unless the new one was done: then it refuses.
      if (next.ok) {
        assert.equal((await next.value.read.selectFrom('setting').selectAll().execute()).length, 1);
        await next.value.close();
      } else assert.equal(next.problem.code, 'store-newer');
    }
    assert.ok(killAt > 2 * step, 'it was killed more than once');
    const after = await openFor(context, place, NEXT);
    const { rows } = await sql`select name, value, note from setting`.execute(after.read);
    assert.deepEqual(rows, [{ name: 'kept', value: '1', note: 'was 1' }]);
    assert.deepEqual((await sql`select id from next`.execute(after.read)).rows, [{ id: 1 }]);
  });
}

test('postgres: processes that start at once make the tables once', async (context) => {
  const place = await newPlace(context, 'postgres');
  if (place === undefined) return;
  const opened = await Promise.all(Array.from({ length: 4 }, () => openStore(place)));
  for (const one of opened) assert.ok(one.ok, one.ok ? '' : one.problem.message);
  const queues = await Promise.all(opened.map((one) => (one.ok ? openQueue(one.value, place, () => undefined) : one)));
  for (const one of queues) assert.ok(one.ok, one.ok ? '' : one.problem.message);
  await Promise.all(queues.map((one) => (one.ok ? one.value.close() : undefined)));
  await Promise.all(opened.map((one) => (one.ok ? one.value.close() : undefined)));
});
