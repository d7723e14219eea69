/** Two that write at the same time, in the one order that finds who trusts what he read before: no test has to be lucky. */
import { sql } from 'kysely';
import type { Store } from '../../src/store/index.ts';

/** The store, on which somebody else does something right before a transaction, the first or that of this number: what was read is old. */
export function overtaken<S extends Pick<Store, 'write'>>(store: S, other: () => Promise<unknown>, transaction = 1): S {
  let left = transaction;
  return {
    ...store,
    async write(work) {
      left -= 1;
      if (left === 0) await other();
      return store.write(work);
    },
  };
}

/** Whether anybody waits for somebody else's lock. PostgreSQL only. */
async function somebodyWaits({ read }: Pick<Store, 'read'>): Promise<boolean> {
  const { rows } =
    await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(read);
  return rows.length > 0;
}

/** Resolves when the work has ended, or waits for a lock. */
export async function endedOrWaiting(store: Store, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const mark = () => {
    ended = true;
  };
  work.then(mark, mark);
  do await new Promise((resolve) => setImmediate(resolve));
  while (!ended && !(await somebodyWaits(store)));
}

/**
 * `first`, whose first transaction is held open when it has done everything but commit, until `second` has ended or waits for it. One
 * after the other on SQLite, where nobody sees a transaction that is open..
 */
export async function together<A, B>(
  store: Store,
  first: (store: Store) => Promise<A>,
  second: (store: Store) => Promise<B>,
): Promise<readonly [PromiseSettledResult<A>, PromiseSettledResult<B>]> {
  if (store.engine === 'sqlite') {
    const [one] = await Promise.allSettled([first(store)]);
    const [two] = await Promise.allSettled([second(store)]);
    return [one, two];
  }
  const [done, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isHeld = false;
  const holding: Store = {
    ...store,
    write: (work) =>
      store.write(async (tx) => {
        const result = await work(tx);
        if (!isHeld) {
          isHeld = true;
          done.resolve();
          await go.promise;
        }
        return result;
      }),
  };
  const one = first(holding);
  one.then(
    () => done.resolve(),
    () => done.resolve(),
  );
  await done.promise;
  const two = second(store);
  await endedOrWaiting(store, two);
  go.resolve();
  const [oneDone, twoDone] = await Promise.allSettled([one, two]);
  return [oneDone, twoDone];
}

/** What both gave; rejects as the first of them that did. */
export function both<A, B>([one, two]: readonly [PromiseSettledResult<A>, PromiseSettledResult<B>]): readonly [A, B] {
  if (one.status === 'rejected') throw one.reason;
  if (two.status === 'rejected') throw two.reason;
  return [one.value, two.value];
}
