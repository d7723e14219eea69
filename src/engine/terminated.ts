/**
 * Instances that are no more: a snapshot that has all instances of an account's region lacks one that an earlier snapshot had. One that
 * hands its inventories in itself is believed as long as it does.
 */
import type { EstateRegion } from '../estate/estate.ts';
import { fields, items, text } from '../inventory/values.ts';
import { chunks, isShared, type Store } from '../store/index.ts';
import { STALE_MS, setStatus, TERMINATED } from './coverage.ts';

/** Documents: the instances of the last snapshot that had all of a region. */
const KIND = 'estate-instances';

export interface Present {
  readonly ids: readonly string[];
  /** There are no others. */
  readonly isWhole: boolean;
}

/** The instances of a region that are not terminated. DescribeInstances lists reservations. */
export function presentInstances(place: EstateRegion): Present {
  const table = place.table('ec2.DescribeInstances');
  if (table.kind !== 'rows') return { ids: [], isWhole: false };
  const ids: string[] = [];
  let isWhole = true;
  for (const row of table.rows) {
    if (!Array.isArray(row.Instances)) isWhole = false;
    for (const one of items(row.Instances)) {
      const instance = fields(one);
      const id = text(instance?.InstanceId);
      if (id === undefined) isWhole = false;
      else if (text(fields(instance?.State)?.Name) !== 'terminated') ids.push(id);
    }
  }
  return { ids, isWhole };
}

async function seenBefore(store: Store, { account, region }: EstateRegion): Promise<readonly string[]> {
  const query = store.read.selectFrom('document').select('value').where('kind', '=', KIND);
  const row = await query.where('account', '=', account).where('key', '=', region).executeTakeFirst();
  return row === undefined ? [] : JSON.parse(row.value);
}

/** Ends the coverage of instances that are gone from a region; ids of the findings that were closed with them. */
export async function endTerminated(store: Store, place: EstateRegion, now: number): Promise<readonly number[]> {
  const { ids, isWhole } = presentInstances(place);
  if (!isWhole) return [];
  const { account, region } = place;
  const here = new Set(ids);
  const seen = new Set(await seenBefore(store, place));
  const rows = await store.read
    .selectFrom('resource')
    .select(['id', 'uid', 'origin'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('type', '=', 'AWS_EC2_INSTANCE')
    .where('removed_at', 'is', null)
    .execute();
  const missing = rows.filter(({ uid, origin }) => !here.has(uid) && (origin === 'estate' || seen.has(uid)));
  const closed: number[] = [];
  const ended = new Set<number>();
  for (const some of chunks(missing, 200)) {
    await store.write(async (tx) => {
      const query = tx
        .selectFrom('resource')
        .select('id')
        .where(
          'id',
          'in',
          some.map(({ id }) => id),
        )
        .where('removed_at', 'is', null)
        .where((or) => or.or([or('origin', '=', 'estate'), or('inventory_at', '<', now - STALE_MS)]))
        .orderBy('id');
      for (const { id } of await (isShared(tx) ? query.forUpdate() : query).execute()) {
        closed.push(...(await setStatus(tx, id, TERMINATED, now)));
        ended.add(id);
      }
    });
  }
  // Those that report themselves are looked for again the next time.
  const waiting = missing.filter(({ id }) => !ended.has(id)).map(({ uid }) => uid);
  const value = JSON.stringify([...new Set([...ids, ...waiting])].sort());
  await store.write((tx) =>
    tx
      .insertInto('document')
      .values({ kind: KIND, account, key: region, value, created_at: now, updated_at: now })
      .onConflict((conflict) => conflict.columns(['kind', 'account', 'key']).doUpdateSet({ value, updated_at: now }))
      .execute(),
  );
  return closed;
}
