/** Writing events into the outbox, in the transaction of the change that they tell of. */
import { fields, items } from '../../inventory/values.ts';
import { chunks, isShared, type Write } from '../../store/index.ts';
import { type Event, orderingOf } from '../event.ts';
import type { TargetKind } from '../target.ts';

export interface ActiveTarget {
  readonly id: number;
  readonly account: string;
  readonly events: ReadonlySet<string>;
}

interface Receivers {
  readonly targets: readonly ActiveTarget[];
  /** The delegated administrator of an account. */
  readonly admins: ReadonlyMap<string, string>;
}

const known = new WeakMap<Write, Promise<Receivers>>();

async function read(tx: Write, kinds: readonly TargetKind[] | undefined): Promise<Receivers> {
  const enabled = tx
    .selectFrom('target')
    .select(['id', 'account', 'kind', 'configuration'])
    .where('enabled', '=', 1)
    .orderBy('id');
  // Nobody removes them before what is on its way to them is there to be removed, too.
  const rows = await (isShared(tx) ? enabled.forKeyShare() : enabled).execute();
  if (rows.length === 0) return { targets: [], admins: new Map() };
  // Kinds bring what sends with them, which a thread that writes findings for nobody does without.
  const all = kinds ?? (await import('../registry.ts')).TARGET_KINDS;
  const targets = rows.flatMap(({ id, account, kind, configuration }): ActiveTarget[] => {
    const takes = all.find((one) => one.id === kind)?.takes ?? [];
    const wanted = fields(JSON.parse(configuration))?.events;
    const events = new Set<string>(takes.filter((one) => wanted === undefined || items(wanted).includes(one)));
    return [{ id, account, events }];
  });
  const members = await tx.selectFrom('account').select(['id', 'admin']).where('admin', 'is not', null).execute();
  return { targets, admins: new Map(members.map(({ id, admin }) => [id, admin ?? ''])) };
}

function receivers(tx: Write, kinds?: readonly TargetKind[]): Promise<Receivers> {
  let found = known.get(tx);
  if (found === undefined) {
    found = read(tx, kinds);
    known.set(tx, found);
  }
  return found;
}

/** The targets that events go to, read once in a transaction: whoever makes events only for them asks first. */
export async function activeTargets(tx: Write): Promise<readonly ActiveTarget[]> {
  return (await receivers(tx)).targets;
}

/**
 * Puts events into the outbox, once for each target of their account or of its delegated administrator. Events of one finding or resource
 * are delivered in the order of their rows, so change its row in the store first: that makes the next change wait for this transaction.
 */
export async function enqueue(tx: Write, events: readonly Event[], now: number, kinds?: readonly TargetKind[]): Promise<number> {
  const { targets, admins } = await receivers(tx, kinds);
  if (targets.length === 0) return 0;
  const rows = events.flatMap((event) => {
    const admin = admins.get(event.account);
    const to = targets.filter(
      ({ account, events }) => events.has(event.kind) && (account === event.account || account === admin),
    );
    if (to.length === 0) return [];
    const row = { ordering: orderingOf(event), kind: event.kind, payload: JSON.stringify(event), created_at: now, attempts: 0 };
    return to.map(({ id }) => ({ ...row, target_id: id, next_at: now, lease_until: null, state: 'waiting', error: null }));
  });
  for (const some of chunks(rows))
    await tx
      .insertInto('outbox')
      .values([...some])
      .execute();
  return rows.length;
}
