/** What a worker does when the database changed: matches waiting units until none waits. */
import type { FileDatabase } from '../../src/advisories/database/index.ts';
import { matcher } from '../../src/engine/matcher.ts';
import { rematchSome } from '../../src/engine/rematch.ts';
import type { Store } from '../../src/store/index.ts';
import { changedDatabase } from './changed-database.ts';

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

/** `database` is the one before the order's changes. */
export async function work(store: Store, database: FileDatabase, { names, builtAt }: Order): Promise<Done> {
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
