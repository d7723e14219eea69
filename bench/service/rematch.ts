/**
 * A database update over a fleet on PostgreSQL: how long until every finding follows, with two workers, by how much changed and by how
 * many resources there are; and what looking at everything again would cost. Starts a PostgreSQL of its own, or uses the one of --url.
 * With --embedded the same in one process over embedded stores in --directory.
 * Usage: node bench/service/rematch.ts [--db FILE] [--resources 1000,10000,100000] [--changes 10,100,1000,10000] [--workers 2] [--url postgres://…]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { FileDatabase } from '../../src/advisories/database/index.ts';
import { activate } from '../../src/engine/fleet.ts';
import { CURRENT_DATABASE } from '../../src/engine/in-use.ts';
import { matcher } from '../../src/engine/matcher.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { startCluster } from '../../tests/support/postgres.ts';
import { changedDatabase } from './changed-database.ts';
import { isPostgres } from './copy.ts';
import { type Filled, type Fleet, fill } from './fill.ts';
import { type Catalog, catalogOf, randomOf } from './hosts.ts';
import { type Naive, naive } from './naive.ts';
import { type Done, type Order, work } from './rematch-work.ts';
import { openBenchDatabase, writeServiceResults } from './report.ts';

/** As an administrator would set it for this size; commits wait for the disk. */
const SETTINGS = [
  'shared_buffers=3GB',
  'maintenance_work_mem=1GB',
  'work_mem=64MB',
  'max_wal_size=16GB',
  'checkpoint_timeout=30min',
  'listen_addresses=',
];
const PACKAGES = 400;
/** Names times resources beyond which nothing is measured: it would take hours. */
const MOST = 100_000_000;
const BUILT = '2026-11-21';

interface Point {
  readonly resources: number;
  readonly names: number;
  readonly direction: 'there' | 'back';
  readonly unitsMatched: number;
  /** Resources that have one of the units, counted once for each. */
  readonly occurrences: number;
  readonly findingsChanged: number;
  /** Comparing the databases and marking the units. */
  readonly activateMilliseconds: number;
  /** From the new database to the last finding. */
  readonly milliseconds: number;
  readonly workerCpuMilliseconds: number;
  readonly workerPeakBytes: number;
}

interface Worker {
  ready(): Promise<unknown>;
  work(order: Order): Promise<Done>;
  end(): void;
}

/** The embedded store belongs to one process: this one. */
function here(store: Store, database: FileDatabase): Worker {
  return { ready: async () => undefined, work: (order) => work(store, database, order), end: () => undefined };
}

class WorkerProcess implements Worker {
  readonly #child: ChildProcess;
  constructor(address: string, path: string) {
    this.#child = fork(join(import.meta.dirname, 'rematch-process.ts'), [address, path]);
  }
  async #answer(): Promise<unknown> {
    const failed = once(this.#child, 'exit').then(() => {
      throw new Error('a worker ended');
    });
    const [answer] = await Promise.race([once(this.#child, 'message'), failed]);
    return answer;
  }
  ready(): Promise<unknown> {
    return this.#answer();
  }
  async work(order: Order): Promise<Done> {
    const answer = this.#answer();
    this.#child.send(order);
    // The worker's own form.
    return (await answer) as Done;
  }
  end(): void {
    this.#child.removeAllListeners('exit');
    this.#child.send('end');
  }
}

async function occurrencesWaiting(store: Store): Promise<number> {
  const row = await store.read
    .selectFrom('occurrence')
    .innerJoin('unit', 'unit.id', 'occurrence.unit_id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('unit.pending', '>', 0)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

interface Setting {
  readonly store: Store;
  readonly path: string;
  readonly workers: readonly Worker[];
  readonly resources: number;
}

async function measure(
  { store, path, workers, resources }: Setting,
  from: Order,
  to: Order,
  direction: Point['direction'],
): Promise<Point> {
  const { database } = openBenchDatabase(path);
  const start = performance.now();
  const older = changedDatabase(database, from.names, from.builtAt);
  if ((await activate(store, older, changedDatabase(database, to.names, to.builtAt))) === undefined)
    throw new Error('not put in use');
  const activated = performance.now();
  const occurrences = await occurrencesWaiting(store);
  const counted = performance.now();
  const done = await Promise.all(workers.map((worker) => worker.work(to)));
  const end = performance.now();
  database.close();
  const sum = (of: (one: Done) => number) => done.reduce((all, one) => all + of(one), 0);
  const point: Point = {
    resources,
    names: Math.max(from.names.length, to.names.length),
    direction,
    unitsMatched: sum((one) => one.units),
    occurrences,
    findingsChanged: sum((one) => one.findings),
    activateMilliseconds: Math.round(activated - start),
    milliseconds: Math.round(activated - start + end - counted),
    workerCpuMilliseconds: sum((one) => one.cpuMilliseconds),
    workerPeakBytes: Math.max(...done.map((one) => one.peakBytes)),
  };
  process.stdout.write(
    `${resources} resources, ${point.names} names ${direction}: ${point.milliseconds} ms (${point.activateMilliseconds} to compare and mark), ${point.unitsMatched} units on ${occurrences} occurrences, ${point.findingsChanged} findings changed, workers' CPU ${point.workerCpuMilliseconds} ms\n`,
  );
  return point;
}

/** What a fleet that is there already has. */
async function countsOf({ read }: Store): Promise<Filled> {
  const count = async (table: 'unit' | 'occurrence' | 'detail' | 'finding'): Promise<number> => {
    const row = await read
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow();
    return Number(row.rows);
  };
  return {
    units: await count('unit'),
    occurrences: await count('occurrence'),
    details: await count('detail'),
    findings: await count('finding'),
    names: await read.selectFrom('unit_name').select(['stream', 'name']).distinct().orderBy('stream').orderBy('name').execute(),
  };
}

async function inUse({ read }: Store): Promise<string | undefined> {
  const row = await read.selectFrom('setting').select('value').where('name', '=', CURRENT_DATABASE).executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** Any of the names, none twice. */
function some(names: Filled['names'], count: number): Order['names'] {
  const random = randomOf(count);
  return names
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ one }) => one);
}

async function overFleet(
  address: string,
  path: string,
  catalog: Catalog,
  fleet: Fleet,
  changes: readonly number[],
  count: number,
) {
  const { database } = openBenchDatabase(path);
  const opened = await openStore(address);
  if (!opened.ok) throw new Error(opened.problem.message);
  const store = opened.value;
  const began = performance.now();
  const base: Order = { names: [], builtAt: `${BUILT}T00:00:00Z` };
  const before = await countsOf(store);
  const filled = before.occurrences > 0 ? before : await fill(address, catalog, matcher(database, BUILT), fleet);
  const { names, ...counts } = filled;
  await activate(store, undefined, changedDatabase(database, [], base.builtAt), await inUse(store));
  await store.write((tx) => tx.updateTable('unit').set({ pending: 0 }).execute());
  const fillSeconds = Math.round((performance.now() - began) / 1000);
  const known = names.filter(({ stream, name }) => database.lookup(stream, name).length > 0);
  process.stdout.write(
    `${fleet.resources} resources: ${counts.occurrences} occurrences of ${counts.units} units, ${counts.findings} findings with ${counts.details} details; ${names.length} names, ${known.length} in advisories; filled in ${fillSeconds} s\n`,
  );
  const workers = isPostgres(address)
    ? Array.from({ length: count }, () => new WorkerProcess(address, path))
    : [here(store, database)];
  await Promise.all(workers.map((worker) => worker.ready()));
  const points: Point[] = [];
  let last = base;
  const setting = { store, path, workers, resources: fleet.resources };
  for (const [index, change] of changes.entries()) {
    const there: Order = { names: some(known, change), builtAt: `${BUILT}T${String(index + 1).padStart(2, '0')}:00:00Z` };
    if (there.names.length < change || change * fleet.resources > MOST) continue;
    const back: Order = { names: [], builtAt: `${BUILT}T${String(index + 1).padStart(2, '0')}:30:00Z` };
    points.push(await measure(setting, last, there, 'there'));
    points.push(await measure(setting, there, back, 'back'));
    last = back;
  }
  for (const worker of workers) worker.end();
  await store.close();
  database.close();
  return { ...fleet, ...counts, names: names.length, namesInAdvisories: known.length, fillSeconds, points };
}

/** A server that is there already: fleets that were filled before are used as they are. */
function serverAt(url: string) {
  const address = (database: string): string => Object.assign(new URL(url), { pathname: `/${database}` }).href;
  const query = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return { address, query };
}

/** Embedded stores: made by opening them. */
function storesIn(directory: string) {
  return { address: (name: string) => join(directory, `${name}.db`), query: async () => undefined };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      db: { type: 'string' },
      resources: { type: 'string', default: '1000,10000,100000' },
      changes: { type: 'string', default: '10,100,1000,10000' },
      workers: { type: 'string', default: '2' },
      url: { type: 'string' },
      embedded: { type: 'boolean', default: false },
      directory: { type: 'string' },
      naive: { type: 'boolean', default: true },
      save: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const { path, database } = openBenchDatabase(values.db);
  const catalog = catalogOf(database, { current: 0.97, fixable: true });
  const numbers = (list: string) => list.split(',').map(Number);
  const temporary = mkdtempSync(join(tmpdir(), 'vedette-bench-rematch-'));
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
  const places = values.embedded
    ? storesIn(values.directory ?? temporary)
    : values.url === undefined
      ? await startCluster(SETTINGS)
      : serverAt(values.url);
  const fleets: Awaited<ReturnType<typeof overFleet>>[] = [];
  let all: Naive | undefined;
  for (const resources of numbers(values.resources)) {
    const fleet = { resources, packages: PACKAGES, bases: Math.max(20, Math.min(2000, resources / 20)), drift: 0.02 };
    const name = `fleet_${resources}`;
    await places.query(`create database ${name}`).catch((error: unknown) => {
      if (values.url === undefined) throw error;
    });
    fleets.push(await overFleet(places.address(name), path, catalog, fleet, numbers(values.changes), Number(values.workers)));
    if (values.save) save();
  }
  if (values.naive) all = naive(catalog, path, { packages: PACKAGES, drift: 0.02 });
  if (values.save) save();
  database.close();

  function save(): void {
    const on = values.embedded ? {} : { postgres: SETTINGS, workers: Number(values.workers) };
    writeServiceResults(values.embedded ? 'rematch-embedded' : 'rematch', { ...on, fleets, ...(all && { naive: all }) });
  }
}

await main();
