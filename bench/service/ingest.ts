/**
 * How long a host's inventory takes to be matched and written, in the embedded store: of a host that is new, that did not change, and
 * that changed a little. Usage: node bench/service/ingest.ts [--db FILE] [--packages 500] [--hosts 60]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bodyOf } from '../../src/cli/service/body.ts';
import { clientFor } from '../../src/cli/service/client.ts';
import { handIn } from '../../src/cli/service/hand-in.ts';
import { Advisories } from '../../src/engine/advisories.ts';
import { assessorThread } from '../../src/engine/assessor/thread.ts';
import type { Inventory } from '../../src/model/package.ts';
import { openStore } from '../../src/store/index.ts';
import { baseOf, catalogOf, hostOf, randomOf } from './hosts.ts';
import { startVedette } from './process.ts';
import { openBenchDatabase, showTiming, type Timing, timingOf, writeServiceResults } from './report.ts';

const PLACE = { account: '123456789012', region: 'us-east-1' };
/** Share of packages in which hosts of one kind differ, and which change in one host at once. */
const DRIFT = 0.03;
/** Inventories before anything is counted. */
const WARM_UP = 10;

type Send = (name: string, inventory: Inventory) => Promise<number>;
type Case = 'first of its kind' | 'new host' | 'unchanged' | 'changed';

interface Row {
  readonly over: 'engine' | 'http';
  readonly case: Case;
  readonly milliseconds: Timing;
  /** Findings that were created, updated or closed in the median inventory. */
  readonly findings: number;
}

async function measure(over: Row['over'], hosts: number, packages: number, path: string, send: Send): Promise<Row[]> {
  const { database } = openBenchDatabase(path);
  const catalog = catalogOf(database);
  const random = randomOf(7);
  database.close();
  const times = new Map<Case, { milliseconds: number; findings: number }[]>();
  const timed = async (which: Case, name: string, inventory: Inventory) => {
    const start = performance.now();
    const findings = await send(name, inventory);
    const one = { milliseconds: performance.now() - start, findings };
    times.set(which, [...(times.get(which) ?? []), one]);
  };
  const base = baseOf(catalog, packages, random);
  for (let turn = -WARM_UP; turn < hosts; turn++) {
    if (turn === 0) times.clear();
    await timed('first of its kind', `other${turn}`, hostOf(baseOf(catalog, packages, random), DRIFT, random));
    const inventory = hostOf(base, DRIFT, random);
    await timed('new host', `host${turn}`, inventory);
    await timed('unchanged', `host${turn}`, inventory);
    await timed('changed', `host${turn}`, hostOf(base, DRIFT, random));
  }
  return [...times].map(([which, list]) => {
    const findings = list.map((one) => one.findings).sort((a, b) => a - b)[list.length >> 1] ?? 0;
    const row: Row = { over, case: which, milliseconds: timingOf(list.map((one) => one.milliseconds)), findings };
    process.stdout.write(`${over} ${which}: ${showTiming(row.milliseconds)} (${findings} findings changed)\n`);
    return row;
  });
}

function total(lists: Readonly<Record<'created' | 'updated' | 'closed' | 'reopened', { length: number } | number>>): number {
  const counts = [lists.created, lists.updated, lists.closed, lists.reopened];
  return counts.reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : one.length), 0);
}

async function overEngine(directory: string, path: string, hosts: number, packages: number): Promise<Row[]> {
  const opened = await openStore(join(directory, 'engine.db'));
  if (!opened.ok) throw new Error(opened.problem.message);
  const store = opened.value;
  const advisories = new Advisories({ store, directory, now: Date.now });
  const adopted = await advisories.adopt(path);
  if (!adopted.ok) throw new Error(adopted.problem.message);
  const assessor = assessorThread({ store, current: () => advisories.current() });
  const rows = await measure('engine', hosts, packages, path, async (name, inventory) => {
    const arrival = {
      description: { kind: 'host', name },
      inventory,
      place: PLACE,
      origin: 'agent',
      trigger: 'inventory',
    } as const;
    const done = await assessor.ingest(arrival);
    if (!done.ok) throw new Error(done.problem.message);
    return total(done.value.changes);
  });
  await assessor.close();
  advisories.close();
  await store.close();
  return rows;
}

async function overHttp(directory: string, path: string, hosts: number, packages: number): Promise<Row[]> {
  const data = join(directory, 'server');
  const server = startVedette(['serve', '--data', data, '--db', path, '--offline', '--listen', '127.0.0.1:0']);
  try {
    const { url, credentials }: { url: string; credentials: string } = JSON.parse(await server.line('"listening"'));
    await server.line('is in use');
    const client = clientFor({ server: url, credentials });
    return await measure('http', hosts, packages, path, async (name, inventory) => {
      const answered = await handIn(client, bodyOf({ kind: 'host', name }, inventory, 'agent'));
      if (!answered.ok) throw new Error(answered.problem.message);
      return total(answered.value.findings);
    });
  } finally {
    await server.stop();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      db: { type: 'string' },
      packages: { type: 'string', default: '500' },
      hosts: { type: 'string', default: '60' },
    },
  });
  const { path, database } = openBenchDatabase(values.db);
  const { advisories, builtAt } = database.info;
  database.close();
  const [packages, hosts] = [Number(values.packages), Number(values.hosts)];
  const directory = mkdtempSync(join(tmpdir(), 'vedette-ingest-'));
  try {
    const rows = [...(await overEngine(directory, path, hosts, packages)), ...(await overHttp(directory, path, hosts, packages))];
    process.stdout.write(`written to ${writeServiceResults('ingest', { packages, advisories, builtAt, rows })}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
