/** One worker of bench/service/rematch.ts: matches waiting units until none waits, each time it is told which database to use. */

import { matcher } from '../../src/engine/matcher.ts';
import { rematchSome } from '../../src/engine/rematch.ts';
import { openStore } from '../../src/store/index.ts';
import { changedDatabase } from './changed-database.ts';
import { openBenchDatabase } from './report.ts';

/** What the worker is told. */
export interface Order {
  readonly names: readonly { readonly stream: string; readonly name: string }[];
  readonly builtAt: string;
}

/** What it answers. */
export interface Done {
  readonly units: number;
  readonly findings: number;
  readonly cpuMilliseconds: number;
  readonly peakBytes: number;
}

const [address = '', path] = process.argv.slice(2);
const opened = await openStore(address);
if (!opened.ok) throw new Error(opened.problem.message);
const store = opened.value;
const { database } = openBenchDatabase(path);

async function work({ names, builtAt }: Order): Promise<Done> {
  const before = process.cpuUsage();
  const current = matcher(changedDatabase(database, names, builtAt), builtAt.slice(0, 10));
  const total = { units: 0, findings: 0 };
  for (;;) {
    const { units, changes } = await rematchSome(store, current, () => Date.now());
    if (units === 0) break;
    total.units += units;
    for (const list of [changes.created, changes.updated, changes.closed, changes.reopened]) total.findings += list.length;
  }
  const { user, system } = process.cpuUsage(before);
  return { ...total, cpuMilliseconds: Math.round((user + system) / 1000), peakBytes: process.resourceUsage().maxRSS * 1024 };
}

process.on('message', (order: Order | 'end') => {
  if (order === 'end') process.exit();
  work(order).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.send?.('ready');
