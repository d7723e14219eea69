/**
 * Requests at a fixed rate against `vedette serve` over a filled embedded store: Inspector operations, signed with SigV4, over kept
 * connections; whole answers are read and not parsed, since clients are elsewhere. A request is due at its time whether or not earlier
 * ones were answered, so that waiting is not hidden. The generator shares the machine.
 * Usage: node bench/service/load.ts --data DIR [--db FILE] [--rate 200] [--seconds 60] [--warm-up 10]
 * DIR/vedette.db is what `node bench/service/run.ts --store DIR/vedette.db` made; the server makes a key there.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ListFindingsCommandInput } from '@aws-sdk/client-inspector2';
import type { Credentials } from '../../src/api/auth/keys.ts';
import { sign } from '../../tests/support/sign.ts';
import { accountOf } from './fleet.ts';
import { startVedette, usageOf } from './process.ts';
import { openBenchDatabase, showTiming, type Timing, timingOf, writeServiceResults } from './report.ts';

/** Without `maxResults`, as most ask: 25 findings. */
const LISTS: readonly ListFindingsCommandInput[] = [
  {},
  { filterCriteria: { severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }] } },
  {
    filterCriteria: {
      findingStatus: [{ comparison: 'EQUALS', value: 'ACTIVE' }],
      fixAvailable: [{ comparison: 'EQUALS', value: 'YES' }],
    },
  },
  { sortCriteria: { field: 'INSPECTOR_SCORE', sortOrder: 'DESC' } },
  { filterCriteria: { title: [{ comparison: 'PREFIX', value: 'CVE-2019' }] } },
];
const FIND = '/findings/list';

interface Operation {
  readonly name: string;
  /** Of a hundred: what consoles and scripts ask for. */
  readonly share: number;
  readonly path: string;
  readonly bodies: readonly object[];
}

const OPERATIONS: readonly Operation[] = [
  { name: 'ListFindings, 25', share: 48, path: FIND, bodies: LISTS },
  { name: 'ListFindings, 100', share: 12, path: FIND, bodies: LISTS.map((list) => ({ ...list, maxResults: 100 })) },
  { name: 'ListCoverage, 25', share: 18, path: '/coverage/list', bodies: [{ maxResults: 25 }] },
  { name: 'ListFilters', share: 10, path: '/filters/list', bodies: [{}] },
  { name: 'BatchGetAccountStatus', share: 10, path: '/status/batch/get', bodies: [{}] },
  { name: 'ListFindingAggregations', share: 2, path: '/findings/aggregation/list', bodies: [{ aggregationType: 'ACCOUNT' }] },
];

type Post = (path: string, body: object) => Promise<Buffer>;

function poster(url: string, credentials: Credentials): Post {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true });
  return async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const signed = await sign({ method: 'POST', path, headers, body: JSON.stringify(body) }, { credentials });
    return new Promise((resolve, reject) => {
      const sent = request({ agent, hostname, port, path, method: 'POST', headers: signed.headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(Buffer.concat(parts));
          else reject(new Error(String(answer.statusCode)));
        });
      });
      sent.on('error', reject);
      sent.end(signed.payload);
    });
  };
}

/** Every body, and where its answer has a next page, that page too. */
async function withNextPages(post: Post): Promise<readonly Operation[]> {
  return Promise.all(
    OPERATIONS.map(async (operation) => {
      const bodies = [...operation.bodies];
      for (const body of operation.bodies) {
        const { nextToken }: { nextToken?: string } = JSON.parse((await post(operation.path, body)).toString());
        if (nextToken !== undefined) bodies.push({ ...body, nextToken });
      }
      return { ...operation, bodies };
    }),
  );
}

function credentialsOf(file: string): Credentials {
  const text = readFileSync(file, 'utf8');
  const value = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(text)?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}

interface Plan {
  readonly rate: number;
  readonly warmUp: number;
  readonly count: number;
}

async function load(post: Post, { rate, warmUp, count }: Plan, atStart: () => void) {
  const all = (await withNextPages(post)).flatMap((one) => Array.from({ length: one.share }, () => one));
  const times = new Map<string, number[]>();
  const errors = new Map<string, number>();
  const pending: Promise<void>[] = [];
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const due = start + (index * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 1) await delay(wait);
    if (index === warmUp) atStart();
    // A step without a common divisor: operations are mixed.
    const { name, path, bodies } = all[(index * 37) % all.length] ?? { name: '', path: '', bodies: [] };
    pending.push(
      post(path, bodies[Math.floor(index / all.length) % bodies.length] ?? {}).then(
        () => {
          if (index < warmUp) return;
          const list = times.get(name) ?? [];
          list.push(performance.now() - due);
          times.set(name, list);
        },
        (error: unknown) => {
          const text = `${name}: ${error instanceof Error ? error.message : String(error)}`;
          errors.set(text, (errors.get(text) ?? 0) + 1);
        },
      ),
    );
  }
  await Promise.all(pending);
  return { times, errors };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      db: { type: 'string' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '60' },
      'warm-up': { type: 'string', default: '10' },
    },
  });
  if (values.data === undefined) throw new Error('--data DIR: where the filled store is');
  const { path, database } = openBenchDatabase(values.db);
  database.close();
  const rate = Number(values.rate);
  const place = ['--account', accountOf(0), '--listen', '127.0.0.1:0'];
  const server = startVedette(['serve', '--data', values.data, '--db', path, '--offline', ...place]);
  try {
    const { url, credentials }: { url: string; credentials: string } = JSON.parse(await server.line('"listening"'));
    const post = poster(url, credentialsOf(credentials));
    const asked = performance.now();
    await post(FIND, {});
    const firstAnswer = Math.round(performance.now() - asked);
    await post('/findings/aggregation/list', { aggregationType: 'ACCOUNT' });
    const loaded = Math.round(performance.now() - asked);
    const warmUp = Number(values['warm-up']) * rate;
    const plan = { rate, warmUp, count: warmUp + Number(values.seconds) * rate };
    let [cpu, own, began] = [0, process.cpuUsage(), 0];
    const { times, errors } = await load(post, plan, () => {
      cpu = usageOf(server.pid).cpuSeconds;
      own = process.cpuUsage();
      began = performance.now();
    });
    const seconds = (performance.now() - began) / 1000;
    const usage = usageOf(server.pid);
    own = process.cpuUsage(own);
    const rows: { operation: string; milliseconds: Timing }[] = [...times].map(([operation, list]) => ({
      operation,
      milliseconds: timingOf(list),
    }));
    rows.push({ operation: 'all', milliseconds: timingOf([...times.values()].flat()) });
    for (const { operation, milliseconds } of rows) process.stdout.write(`${operation}: ${showTiming(milliseconds)}\n`);
    const results = {
      rate,
      answeredPerSecond: Math.round((plan.count - warmUp) / seconds),
      seconds: Number(values.seconds),
      /** Of processor time, for each request. */
      serverMilliseconds: Math.round(((usage.cpuSeconds - cpu) / (plan.count - warmUp)) * 1e5) / 100,
      generatorMilliseconds: Math.round((own.user + own.system) / (plan.count - warmUp) / 10) / 100,
      /** From `listening` to the first page of findings, and to the first count, which waits for the index. Then the load begins. */
      firstAnswerMilliseconds: firstAnswer,
      loadedMilliseconds: loaded,
      residentBytes: usage.residentBytes,
      privateBytes: usage.privateBytes,
      peakBytes: usage.peakBytes,
      errors: Object.fromEntries(errors),
      rows,
    };
    process.stdout.write(`${JSON.stringify({ ...results, rows: undefined })}\n`);
    process.stdout.write(`written to ${writeServiceResults('load', results)}\n`);
  } finally {
    await server.stop();
  }
}

await main();
