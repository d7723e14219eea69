/**
 * A process of the tests that kill the engine: goes on with the story at a step, says what it has done, and kills itself, as `kill -9`
 * would, when it is about to send a given statement to the store.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { addTarget } from '../../src/delivery/manage.ts';
import { dispatcher } from '../../src/delivery/outbox/dispatch.ts';
import { TARGET_KINDS } from '../../src/delivery/registry.ts';
import { Advisories } from '../../src/engine/advisories.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { pending } from '../../src/engine/fleet.ts';
import { embeddedQueue } from '../../src/jobs/embedded.ts';
import { openQueue } from '../../src/jobs/index.ts';
import type { Result } from '../../src/model/problem.ts';
import { openStore } from '../../src/store/index.ts';
import { sealer } from '../../src/store/seal.ts';
import { SqliteConnection } from '../../src/store/sqlite/connection.ts';
import { NEXT, PLACE, STORY } from './crash-story.ts';
import { assessorOn } from './engine.ts';

export interface ChildOptions {
  /** The store. */
  readonly place: string;
  /** The statement that is never sent; 0: none. */
  readonly killAt: number;
}

export interface StoryOptions extends ChildOptions {
  /** Of this process. */
  readonly directory: string;
  readonly databases: readonly string[];
  /** File that events go to. */
  readonly events: string;
  /** The first step to do. */
  readonly from: number;
  /** Milliseconds since 1970 when it starts: further from the one before than every lease is long. */
  readonly start: number;
}

const SOON = 10;

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

/** Counts statements of both engines. */
function countStatements(killAt: number): () => number {
  let count = 0;
  const next = (): void => {
    count += 1;
    if (count === killAt) process.kill(process.pid, 'SIGKILL');
  };
  const { ask } = SqliteConnection.prototype;
  SqliteConnection.prototype.ask = function counted(...given) {
    next();
    return ask.apply(this, given);
  };
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function counted(this: pg.Client, ...given: Parameters<typeof query>) {
    next();
    return query.apply(this, given);
  } as typeof query;
  return () => count;
}

/** Brings the tables to those of a later version. */
async function moveOn(place: string): Promise<void> {
  await value(await openStore(place, NEXT)).close();
}

async function tell(options: StoryOptions): Promise<void> {
  const shift = options.start - Date.now();
  const clock = () => Date.now() + shift;
  const store = value(await openStore(options.place));
  const queue =
    store.engine === 'sqlite'
      ? embeddedQueue(store, { now: clock, poll: SOON })
      : value(await openQueue(store, options.place, () => undefined));
  const advisories = new Advisories({ store, directory: options.directory, now: clock });
  const log = { info: () => undefined, error: () => undefined };
  const assessor = assessorOn(store, advisories, clock);
  const engine = createEngine({
    store,
    queue,
    advisories,
    assessor,
    reports: () => Promise.reject(new Error('no S3')),
    clock,
    log,
  });
  const seal = sealer(Buffer.alloc(32, 7));
  const target = { account: PLACE.account, name: 'events', kind: 'file', configuration: { path: options.events } };
  await store.write((tx) => addTarget(tx, target, seal, clock()));
  const sending = dispatcher({ store, kinds: TARGET_KINDS, open: seal.open, now: clock, poll: SOON });
  await engine.work();
  const matched = async () => {
    while ((await pending(store.read)) > 0) await delay(SOON);
  };
  for (const [index, step] of STORY.entries()) {
    if (index < options.from) continue;
    if (step.kind === 'inventory') value(await engine.ingest(step.arrival));
    else {
      value(await engine.adopt(options.databases[step.number] ?? ''));
      await matched();
    }
    process.stdout.write(`done ${index}\n`);
  }
  await matched();
  const waiting = () => store.read.selectFrom('outbox').select('id').limit(1).executeTakeFirst();
  while ((await waiting()) !== undefined) await delay(SOON);
  await queue.close();
  await sending.close();
  advisories.close();
  await store.close();
}

const options: ChildOptions | StoryOptions = JSON.parse(process.argv[2] ?? '');
const statements = countStatements(options.killAt);
await ('from' in options ? tell(options) : moveOn(options.place));
process.stdout.write(`statements ${statements()}\n`);
