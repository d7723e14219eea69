/**
 * Requests at a fixed rate against a running `vedette serve`: Inspector operations through the AWS SDK (signed with SigV4), whose own time
 * is counted too. A request is due at its time whether or not earlier ones were answered, so that waiting is not hidden.
 * Usage: node bench/service/load.ts --server http://127.0.0.1:8042 --key ID --secret SECRET [--rate 200] [--seconds 30] [--warm-up 5]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Inspector2, type ListFindingsCommandInput } from '@aws-sdk/client-inspector2';
import { showTiming, type Timing, timingOf, writeServiceResults } from './report.ts';

const FILTERS: readonly ListFindingsCommandInput[] = [
  { maxResults: 25 },
  { maxResults: 25, filterCriteria: { severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }] } },
  {
    maxResults: 25,
    filterCriteria: {
      findingStatus: [{ comparison: 'EQUALS', value: 'ACTIVE' }],
      fixAvailable: [{ comparison: 'EQUALS', value: 'YES' }],
    },
  },
  { maxResults: 25, sortCriteria: { field: 'INSPECTOR_SCORE', sortOrder: 'DESC' } },
  { maxResults: 25, filterCriteria: { title: [{ comparison: 'PREFIX', value: 'CVE-2019' }] } },
];

type Operation = readonly [name: string, share: number, run: (index: number) => Promise<unknown>];

/** Shares of a hundred: what consoles and scripts ask for. */
function operations(client: Inspector2): readonly Operation[] {
  return [
    ['ListFindings', 60, (index) => client.listFindings(FILTERS[index % FILTERS.length] ?? {})],
    ['ListCoverage', 18, () => client.listCoverage({ maxResults: 25 })],
    ['ListFilters', 10, () => client.listFilters({})],
    ['BatchGetAccountStatus', 10, () => client.batchGetAccountStatus({})],
    ['ListFindingAggregations', 2, () => client.listFindingAggregations({ aggregationType: 'ACCOUNT' })],
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      server: { type: 'string', default: 'http://127.0.0.1:8042' },
      key: { type: 'string', default: '' },
      secret: { type: 'string', default: '' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '30' },
      'warm-up': { type: 'string', default: '5' },
    },
  });
  const client = new Inspector2({
    endpoint: values.server,
    region: 'us-east-1',
    credentials: { accessKeyId: values.key, secretAccessKey: values.secret },
    maxAttempts: 1,
  });
  const all = operations(client).flatMap((operation) => Array.from({ length: operation[1] }, () => operation));
  const rate = Number(values.rate);
  const warmUp = Number(values['warm-up']) * rate;
  const count = warmUp + Number(values.seconds) * rate;
  const times = new Map<string, number[]>();
  const errors = new Map<string, number>();
  const pending: Promise<void>[] = [];
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const due = start + (index * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 1) await delay(wait);
    // A step without a common divisor: operations are mixed.
    const [name, , run] = all[(index * 37) % all.length] ?? [];
    if (name === undefined || run === undefined) continue;
    pending.push(
      run(index).then(
        () => {
          if (index < warmUp) return;
          const list = times.get(name) ?? [];
          list.push(performance.now() - due);
          times.set(name, list);
        },
        (error: unknown) => {
          const text = `${name}: ${error instanceof Error ? error.name : String(error)}`;
          errors.set(text, (errors.get(text) ?? 0) + 1);
        },
      ),
    );
  }
  await Promise.all(pending);
  const rows: { operation: string; milliseconds: Timing }[] = [...times].map(([operation, list]) => ({
    operation,
    milliseconds: timingOf(list),
  }));
  rows.push({ operation: 'all', milliseconds: timingOf([...times.values()].flat()) });
  for (const { operation, milliseconds } of rows) process.stdout.write(`${operation}: ${showTiming(milliseconds)}\n`);
  const failed = Object.fromEntries(errors);
  if (errors.size > 0) process.stdout.write(`errors: ${JSON.stringify(failed)}\n`);
  writeServiceResults('load', { rate, seconds: Number(values.seconds), errors: failed, rows });
}

await main();
