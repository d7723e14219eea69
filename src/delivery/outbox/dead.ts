/** Letters that never arrived: looked at, sent again, thrown away. And how full the outbox is. */
import type { Store, Write } from '../../store/index.ts';
import type { Event } from '../event.ts';

export interface DeadLetter {
  readonly id: number;
  readonly target: number;
  readonly event: Event;
  readonly attempts: number;
  readonly error: string;
  readonly createdAt: number;
}

/** Which dead letters: those with these ids, of this target, or all. */
export interface Which {
  readonly ids?: readonly number[];
  readonly target?: number;
}

/** Dead letters after an id, oldest first. */
export async function deadLetters(store: Store, { target }: Which, after: number, most: number): Promise<readonly DeadLetter[]> {
  let query = store.read.selectFrom('outbox').selectAll().where('state', '=', 'dead').where('id', '>', after);
  if (target !== undefined) query = query.where('target_id', '=', target);
  const rows = await query.orderBy('id').limit(most).execute();
  return rows.map(({ id, target_id, payload, attempts, error, created_at }) => {
    return { id, target: target_id, event: JSON.parse(payload), attempts, error: error ?? '', createdAt: created_at };
  });
}

/** Sends dead letters again, as if they were new; gives their number. What happened to the same thing later was delivered before them. */
export async function replay(tx: Write, { ids, target }: Which, now: number): Promise<number> {
  let query = tx
    .updateTable('outbox')
    .set({ state: 'waiting', attempts: 0, next_at: now, created_at: now, lease_until: null, error: null })
    .where('state', '=', 'dead');
  if (ids !== undefined) query = query.where('id', 'in', ids.length > 0 ? ids : [0]);
  if (target !== undefined) query = query.where('target_id', '=', target);
  return Number((await query.executeTakeFirst()).numUpdatedRows);
}

/** Throws dead letters away; gives their number. */
export async function discard(tx: Write, { ids, target }: Which): Promise<number> {
  let query = tx.deleteFrom('outbox').where('state', '=', 'dead');
  if (ids !== undefined) query = query.where('id', 'in', ids.length > 0 ? ids : [0]);
  if (target !== undefined) query = query.where('target_id', '=', target);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

export interface Backlog {
  readonly target: number;
  readonly waiting: number;
  readonly dead: number;
  /** When the oldest event that waits happened. */
  readonly oldest: number | null;
}

/** What the outbox holds, by target. */
export async function backlog(store: Store): Promise<readonly Backlog[]> {
  const rows = await store.read
    .selectFrom('outbox')
    .select(({ fn }) => ['target_id', 'state', fn.countAll<number>().as('count'), fn.min('created_at').as('oldest')])
    .groupBy(['target_id', 'state'])
    .execute();
  return [...new Set(rows.map(({ target_id }) => target_id))]
    .sort((a, b) => a - b)
    .map((target) => {
      const of = (state: string) => rows.find((row) => row.target_id === target && row.state === state);
      return { target, waiting: of('waiting')?.count ?? 0, dead: of('dead')?.count ?? 0, oldest: of('waiting')?.oldest ?? null };
    });
}
