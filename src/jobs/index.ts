/** The queue of jobs. docs/jobs.md. */
import { ok, type Result } from '../model/problem.ts';
import type { Store } from '../store/index.ts';
import { embeddedQueue } from './embedded.ts';
import type { Queue } from './queue.ts';

export { ATTEMPTS, type Handler, type Job, type Queue } from './queue.ts';

/**
 * The queue that belongs to a store: in its own table, or pg-boss at the same address. Once in a process. Problem: `jobs-unreachable`.
 */
export async function openQueue(store: Store, place: string, report: (message: string) => void): Promise<Result<Queue>> {
  if (store.engine === 'sqlite') {
    // Nobody else has the embedded store: what is under way there was left by a process that ended.
    await store.write((tx) => tx.updateTable('job').set({ lease_until: 0 }).where('state', '=', 'active').execute());
    return ok(embeddedQueue(store, { report }));
  }
  return (await import('./boss.ts')).openBossQueue(place, report);
}
