/**
 * Lists and aggregations of a large fleet in the embedded store, through the store's own reader: every filter with every order, filters
 * chosen to hurt, deep pages, pages after changes. Usage: node bench/service/run.ts [--findings 1000000] [--resources 20000] [--store FILE]
 * A store that is there already is used as it is.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AggregationType, type FilterCriteria, SortField } from '@aws-sdk/client-inspector2';
import type { Cursor } from '../../src/store/findings/list.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { describeCommit, describeMachine, RESULTS_DIRECTORY } from '../results.ts';
import { accountOf, NOW, writeFleet } from './fleet.ts';

const LIST_LIMIT_MILLISECONDS = 30;
const AGGREGATION_LIMIT_MILLISECONDS = 300;
const PAGE = 100;
const DAY = 86_400_000;

function text(comparison: 'EQUALS' | 'PREFIX' | 'NOT_EQUALS', value: string) {
  return [{ comparison, value }];
}

/** By what they are: typical ones, then those that leave nothing, everything, or too little to stop early. */
const FILTERS: Readonly<Record<string, FilterCriteria>> = {
  none: {},
  active: { findingStatus: text('EQUALS', 'ACTIVE') },
  'active critical': { findingStatus: text('EQUALS', 'ACTIVE'), severity: text('EQUALS', 'CRITICAL') },
  vulnerability: { vulnerabilityId: text('EQUALS', 'CVE-2019-1003') },
  resource: { resourceId: text('EQUALS', `i-${(10_000).toString(16).padStart(17, '0')}`) },
  account: { awsAccountId: text('EQUALS', accountOf(7)) },
  'tag and severity': {
    resourceTags: [{ comparison: 'EQUALS', key: 'team', value: 'team-7' }],
    severity: text('EQUALS', 'HIGH'),
  },
  'title prefix': { title: text('PREFIX', 'CVE-2019') },
  'title prefix, one': { title: text('PREFIX', 'CVE-2019-1003 - package-1') },
  'package and layer': {
    vulnerablePackages: [
      { name: { comparison: 'PREFIX', value: 'package-12' }, version: { comparison: 'NOT_EQUALS', value: '1.1' } },
    ],
  },
  'score and likelihood': { inspectorScore: [{ lowerInclusive: 9 }], epssScore: [{ lowerInclusive: 0.5 }] },
  'last day': { firstObservedAt: [{ startInclusive: new Date(NOW - DAY) }] },
  'not this, not that': {
    title: text('NOT_EQUALS', 'x'),
    resourceId: text('NOT_EQUALS', 'y'),
    updatedAt: [{ endInclusive: new Date(NOW) }],
  },
  'two that exclude each other': { severity: text('EQUALS', 'CRITICAL'), inspectorScore: [{ upperInclusive: -1 }] },
  'nothing at all': { vulnerabilityId: text('EQUALS', 'CVE-1999-1') },
  'ten prefixes': {
    title: Array.from({ length: 10 }, (_, digit) => ({ comparison: 'PREFIX' as const, value: `CVE-201${digit}-1` })),
  },
  'image tag, not base': { ecrImageTags: text('EQUALS', 'latest'), ecrImageRepositoryName: text('NOT_EQUALS', 'team-1/app-1') },
  arn: { findingArn: text('EQUALS', `arn:aws:inspector2:us-east-1:${accountOf(0)}:finding/${'0'.repeat(32)}`) },
};

interface Timing {
  readonly name: string;
  readonly samples: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  /** Processor time of all threads for each, on average. */
  readonly cpu: number;
}

function timing(name: string, values: readonly number[], cpuMilliseconds: number): Timing {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0).toFixed(2));
  const cpu = Number((cpuMilliseconds / Math.max(1, sorted.length)).toFixed(2));
  return { name, samples: sorted.length, median: at(0.5), p99: at(0.99), max: at(1), cpu };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

let asked = 0;

/** The same filter as one that nobody asked for before: what the index keeps of the last filters is of no use. */
function neverAsked(criteria: FilterCriteria): FilterCriteria {
  const other = { comparison: 'NOT_EQUALS', value: `nobody ${asked++}` } as const;
  return { ...criteria, awsAccountId: [...(criteria.awsAccountId ?? []), other] };
}

async function measureLists(store: Store, rounds: number): Promise<Timing[]> {
  const timings: Timing[] = [];
  const all: number[] = [];
  let allCpu = 0;
  for (const [name, criteria] of Object.entries(FILTERS)) {
    const values: number[] = [];
    let cpu = 0;
    const sample = async (work: () => Promise<unknown>) => {
      const before = cpuMilliseconds();
      values.push(await timed(work));
      cpu += cpuMilliseconds() - before;
    };
    for (const field of Object.values(SortField)) {
      for (const sortOrder of ['ASC', 'DESC'] as const) {
        const list = (limit: number, after: Cursor | undefined) =>
          store.findings.listJson({ scope: undefined, criteria: neverAsked(criteria), sort: { field, sortOrder }, limit, after });
        for (let round = 0; round < rounds; round++) await sample(() => list(PAGE, undefined));
        // A page from somewhere behind.
        const { next } = await list(1000, undefined);
        if (next !== undefined) await sample(() => list(PAGE, next));
      }
    }
    timings.push(timing(name, values, cpu));
    all.push(...values);
    allCpu += cpu;
  }
  return [timing('all lists', all, allCpu), ...timings];
}

/** Lists while findings change: each has to follow 200 changes first. */
async function measureChanging(store: Store): Promise<Timing> {
  const values: number[] = [];
  let cpu = 0;
  for (let turn = 0; turn < 30; turn++) {
    const from = 1 + turn * 5000;
    await store.write((tx) =>
      tx
        .updateTable('finding')
        .set({ updated_at: NOW + turn })
        .where('id', '>=', from)
        .where('id', '<', from + 200)
        .execute(),
    );
    const sort = { field: 'SEVERITY', sortOrder: 'DESC' } as const;
    const before = cpuMilliseconds();
    const list = () => store.findings.listJson({ scope: undefined, criteria: {}, sort, limit: PAGE, after: undefined });
    values.push(await timed(list));
    cpu += cpuMilliseconds() - before;
  }
  return timing('after 200 changes', values, cpu);
}

async function measureAggregations(store: Store, rounds: number): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const type of Object.values(AggregationType)) {
    const values: number[] = [];
    let cpu = 0;
    for (let round = 0; round < rounds; round++) {
      // Counted anew, not what was counted before.
      await store.write((tx) =>
        tx
          .updateTable('finding')
          .set({ updated_at: NOW + round })
          .where('id', '=', 1)
          .execute(),
      );
      const before = cpuMilliseconds();
      const request = { scope: undefined, type, accountIds: undefined, request: undefined, limit: PAGE, after: undefined };
      values.push(await timed(() => store.findings.aggregate(request)));
      cpu += cpuMilliseconds() - before;
    }
    timings.push(timing(type, values, cpu));
  }
  return timings;
}

async function openOrFill(path: string, size: Parameters<typeof writeFleet>[1]): Promise<Store> {
  const isThere = existsSync(path);
  const opened = await openStore(path);
  if (!opened.ok) throw new Error(opened.problem.message);
  if (!isThere) await writeFleet(opened.value, size);
  return opened.value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      findings: { type: 'string', default: '1000000' },
      resources: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '5' },
      store: { type: 'string' },
    },
  });
  const temporary = values.store === undefined ? mkdtempSync(join(tmpdir(), 'vedette-bench-service-')) : undefined;
  const size = { findings: Number(values.findings), resources: Number(values.resources), details: 60_000, accounts: 40 };
  const store = await openOrFill(values.store ?? join(temporary ?? '', 'vedette.db'), size);
  try {
    const { count } = await store.read
      .selectFrom('finding')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const before = process.memoryUsage().rss;
    const sort = { field: 'SEVERITY', sortOrder: 'DESC' } as const;
    const firstPage = await timed(() =>
      store.findings.listJson({ scope: undefined, criteria: {}, sort, limit: PAGE, after: undefined }),
    );
    // Lists do not wait for the index, aggregations do.
    const counts = {
      scope: undefined,
      type: 'ACCOUNT',
      accountIds: undefined,
      request: undefined,
      limit: 1,
      after: undefined,
    } as const;
    const load = firstPage + (await timed(() => store.findings.aggregate(counts)));
    const indexBytes = process.memoryUsage().rss - before;
    const lists = await measureLists(store, Number(values.rounds));
    const changing = await measureChanging(store);
    const aggregations = await measureAggregations(store, 2 * Number(values.rounds));
    const results = {
      schemaVersion: 1,
      date: new Date().toISOString(),
      commit: describeCommit(),
      machine: describeMachine(),
      /** What else the machine did. */
      load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
      ...size,
      findings: Number(count),
      /** The first page after the start, which the index is not ready for. */
      firstPageMilliseconds: Math.round(firstPage),
      loadMilliseconds: Math.round(load),
      indexBytes,
      limits: { list: LIST_LIMIT_MILLISECONDS, aggregation: AGGREGATION_LIMIT_MILLISECONDS },
      lists: [...lists, changing],
      aggregations,
    };
    mkdirSync(RESULTS_DIRECTORY, { recursive: true });
    writeFileSync(join(RESULTS_DIRECTORY, 'service.json'), `${JSON.stringify(results, undefined, 2)}\n`);
    for (const { name, median, p99, max, cpu } of [...results.lists, ...aggregations]) {
      console.log(`${name.padEnd(30)} median ${median} ms, p99 ${p99} ms, max ${max} ms, processor ${cpu} ms`);
    }
    console.log(
      `first page after ${results.firstPageMilliseconds} ms, loaded in ${results.loadMilliseconds} ms, ${Math.round(indexBytes / 1e6)} MB`,
    );
    const missed = [
      ...lists.filter((one) => one.p99 > LIST_LIMIT_MILLISECONDS),
      ...aggregations.filter((one) => one.p99 > AGGREGATION_LIMIT_MILLISECONDS),
    ];
    if (missed.length > 0) process.exitCode = 1;
    for (const { name, p99 } of missed) console.error(`MISSED: ${name}: ${p99} ms`);
  } finally {
    await store.close();
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

await main();
