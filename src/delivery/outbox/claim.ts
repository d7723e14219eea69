/** Taking deliveries out of the outbox, and what becomes of them. */
import { createHash } from 'node:crypto';
import { chunks, type Store, type Write } from '../../store/index.ts';
import type { Delivery, Outcome } from '../target.ts';

export interface Claimed {
  readonly row: number;
  readonly attempts: number;
  readonly createdAt: number;
  readonly delivery: Delivery;
}

export interface Claim {
  /** Until when nobody else takes them. */
  readonly lease: number;
  readonly batch: readonly Claimed[];
}

/** A UUID (version 8) of the installation's row: the same whenever it is sent. */
function idOf(row: number, target: number, payload: string): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([row, target, payload]))
    .digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Whether a target has deliveries whose time has come. Cheap, and without a lock. */
export async function isDue(store: Store, target: number, now: number): Promise<boolean> {
  const waiting = store.read.selectFrom('outbox').select('id').where('target_id', '=', target).where('state', '=', 'waiting');
  return (await waiting.where('next_at', '<=', now).limit(1).executeTakeFirst()) !== undefined;
}

/**
 * Ends waits that a clock that was put back has made too long: of events from the future, and those longer than `wait`. Cheap when there
 * are none.
 */
export async function bringForward(store: Store, targets: readonly number[], now: number, wait: number): Promise<void> {
  if (targets.length === 0) return;
  await store.write((tx) =>
    tx
      .updateTable('outbox')
      .set({ next_at: now })
      .where('target_id', 'in', targets)
      .where('state', '=', 'waiting')
      .where('next_at', '>', now)
      .where(({ eb, or }) => or([eb('next_at', '>', now + wait), eb('created_at', '>', now)]))
      .execute(),
  );
}

export interface Lease {
  /** Until when nobody else takes the deliveries: a number that no other claim of the target has. */
  readonly until: number;
  /** A lease that ends later than this was taken before the clock was put back, and has ended. */
  readonly latest: number;
}

/** Takes deliveries whose time has come: of each ordering key the oldest that waits, unless somebody has it. */
export async function claim(store: Store, target: number, most: number, now: number, { until, latest }: Lease): Promise<Claim> {
  const rows = await store.write(async (tx) => {
    const due = tx
      .selectFrom('outbox as o')
      .select('o.id')
      .where('o.target_id', '=', target)
      .where('o.state', '=', 'waiting')
      .where('o.next_at', '<=', now)
      .where(({ eb, or }) =>
        or([eb('o.lease_until', 'is', null), eb('o.lease_until', '<=', now), eb('o.lease_until', '>', latest)]),
      )
      // The oldest of its key. Asked row by row: as "not exists", PostgreSQL would join the whole outbox with itself.
      .where(({ eb, selectFrom }) =>
        eb(
          'o.id',
          '=',
          selectFrom('outbox as before')
            .select('before.id')
            .whereRef('before.target_id', '=', 'o.target_id')
            .whereRef('before.ordering', '=', 'o.ordering')
            .where('before.state', '=', 'waiting')
            .orderBy('before.id')
            .limit(1),
        ),
      )
      .orderBy('o.next_at')
      .orderBy('o.id')
      .limit(most);
    const ids = await (store.engine === 'postgres' ? due.forUpdate('o').skipLocked() : due).execute();
    if (ids.length === 0) return [];
    return await tx
      .updateTable('outbox')
      .set({ lease_until: until })
      .where(
        'id',
        'in',
        ids.map(({ id }) => id),
      )
      .returning(['id', 'ordering', 'payload', 'created_at', 'attempts'])
      .execute();
  });
  const batch = rows
    .sort((a, b) => a.id - b.id)
    .map(({ id, ordering, payload, created_at, attempts }): Claimed => {
      const delivery = { id: idOf(id, target, payload), ordering, event: JSON.parse(payload) };
      return { row: id, attempts, createdAt: created_at, delivery };
    });
  return { lease: until, batch };
}

/** Ends all leases. */
export async function release(store: Store): Promise<void> {
  await store.write((tx) => tx.updateTable('outbox').set({ lease_until: null }).where('lease_until', 'is not', null).execute());
}

/** What is written of a delivery that did not arrive. */
interface Later {
  readonly row: number;
  readonly attempts: number;
  readonly nextAt: number;
  readonly dead: boolean;
  readonly error: string;
}

const ERROR_LENGTH = 1_000;

async function forget(tx: Write, rows: readonly number[]): Promise<void> {
  for (const some of chunks(rows)) await tx.deleteFrom('outbox').where('id', 'in', some).execute();
}

/** Writes what became of a claim. Those that others took over meanwhile are left to them, unless they arrived. */
export async function settle(store: Store, lease: number, delivered: readonly number[], later: readonly Later[]): Promise<void> {
  await store.write(async (tx) => {
    await forget(tx, delivered);
    for (const { row, attempts, nextAt, dead, error } of later) {
      const told = {
        attempts,
        next_at: nextAt,
        lease_until: null,
        state: dead ? 'dead' : 'waiting',
        error: error.slice(0, ERROR_LENGTH),
      };
      await tx.updateTable('outbox').set(told).where('id', '=', row).where('lease_until', '=', lease).execute();
    }
  });
}

/** When a delivery that did not arrive is tried again, and whether at all. */
export interface Patience {
  /** Milliseconds: the first wait, doubled each time up to the longest. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Attempts that the target answered with a failure of this event. */
  readonly attempts: number;
  /** Milliseconds since the event. */
  readonly age: number;
}

/** A wait that doubles, between half and the whole of it by chance. */
export function backoff(
  attempt: number,
  { firstWait, longestWait }: Pick<Patience, 'firstWait' | 'longestWait'>,
  random: () => number,
): number {
  return Math.ceil(Math.min(longestWait, firstWait * 2 ** Math.min(attempt - 1, 40)) * (0.5 + random() / 2));
}

/** What an outcome other than arrival means for a delivery. */
export function afterFailure(
  { row, attempts, createdAt }: Claimed,
  outcome: Exclude<Outcome, { kind: 'delivered' }>,
  patience: Patience,
  now: number,
  random: () => number,
): Later {
  const tried = attempts + 1;
  const dead = outcome.kind === 'refused' || tried >= patience.attempts || now - createdAt >= patience.age;
  return { row, attempts: tried, nextAt: now + backoff(tried, patience, random), dead, error: outcome.error };
}
