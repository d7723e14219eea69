/** How fast, and how many at once. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the next request may go. */
export type Pace = () => Promise<void>;

/** What `paceOf` needs of the outside. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

const CLOCK: Clock = { now: () => performance.now(), sleep };

/** `burst` requests at once, and `perSecond` as time goes by: the token bucket by which AWS throttles, kept from this side. */
export function paceOf(perSecond: number, burst: number, clock: Clock = CLOCK): Pace {
  const interval = 1000 / perSecond;
  let free = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.now();
    free = Math.max(free, now - (burst - 1) * interval);
    const wait = free - now;
    free += interval;
    if (wait > 0) await clock.sleep(wait);
  };
}

/** Does `work` for every item, at most `most` at a time. Rejects with the first error after what was begun has ended. */
export async function eachOf<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      if (errors.length > 0) return;
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}
