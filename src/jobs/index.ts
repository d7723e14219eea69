/** The queue of jobs. docs/jobs.md. */
import { ok, type Result } from '../model/problem.ts';
import type { Store } from '../store/index.ts';
import { embeddedQueue } from './embedded.ts';
import type { Queue } from './queue.ts';

export type { Handler, Job, Queue } from './queue.ts';

/** The queue that belongs to a store: in its own table, or pg-boss at the same address. */
export async function openQueue(store: Store, place: string, report: (message: string) => void): Promise<Result<Queue>> {
  if (store.engine === 'sqlite') return ok(embeddedQueue(store));
  return (await import('./boss.ts')).openBossQueue(place, report);
}
