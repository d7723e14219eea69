/** What becomes of resources apart from their inventories: they go away, fall silent, or leave their window of assessment. */

import type { Selectable } from 'kysely';
import { effectiveSettings, readAccount } from '../store/accounts.ts';
import { isShared, type Store, type Write } from '../store/index.ts';
import type { ResourceTable } from '../store/schema.ts';
import { announce } from './announce.ts';
import { close, noChanges } from './lifecycle.ts';
import { holdUnits, readUnits } from './store-resource.ts';

const DAY = 24 * 60 * 60 * 1000;
/** An inventory older than this says nothing of the present (Amazon Inspector user guide, STALE_INVENTORY). */
export const STALE_MS = 7 * DAY;

/** The status of what is no more. */
export const TERMINATED = {
  code: 'INACTIVE',
  reason: 'RESOURCE_TERMINATED',
  closedBy: 'resource-removed',
  removed: true,
} as const;

type ClosedBy = 'resource-removed' | 'not-eligible' | 'scan-disabled';

/** Sets the status of a resource; the findings of one that is no longer assessed are closed where `closedBy` says so. Their ids. */
export async function setStatus(
  tx: Write,
  id: number,
  status: { readonly code: string; readonly reason: string; readonly closedBy?: ClosedBy; readonly removed?: boolean },
  now: number,
): Promise<readonly number[]> {
  // Who matches units again meanwhile would open findings that are closed here.
  if (status.closedBy !== undefined && isShared(tx)) {
    const row = await tx.selectFrom('resource').select('units').where('id', '=', id).forUpdate().executeTakeFirst();
    await holdUnits(tx, readUnits(row?.units ?? '[]'));
  }
  const removed = status.removed === true ? { removed_at: now, units: '[]' } : {};
  await tx
    .updateTable('resource')
    .set({ status_code: status.code, status_reason: status.reason, updated_at: now, ...removed })
    .where('id', '=', id)
    .execute();
  const changes = noChanges();
  if (status.closedBy !== undefined) {
    const open = await tx
      .selectFrom('finding')
      .select('id')
      .where('resource_id', '=', id)
      .where('status', '!=', 'CLOSED')
      .execute();
    changes.closed.push(...open.map((row) => row.id));
    await close(tx, changes.closed, status.closedBy, now);
  }
  if (status.removed === true) await tx.deleteFrom('occurrence').where('resource_id', '=', id).execute();
  await announce(tx, { changes, now, covered: [id] });
  return changes.closed;
}

/** The resource is gone: its findings are closed. False when there is none (any more). */
export async function removeResource(store: Store, account: string, uid: string, now: number): Promise<boolean> {
  return store.write(async (tx) => {
    const query = tx
      .selectFrom('resource')
      .select('id')
      .where('account', '=', account)
      .where('uid', '=', uid)
      .where('removed_at', 'is', null);
    const row = await (isShared(tx) ? query.forUpdate() : query).executeTakeFirst();
    if (row === undefined) return false;
    await setStatus(tx, row.id, TERMINATED, now);
    return true;
  });
}

/** `DAYS_30` → ms; LIFETIME has no end. */
function durationOf(text: string): number | undefined {
  const days = /^DAYS_(\d+)$/.exec(text)?.[1];
  return days === undefined ? undefined : Number(days) * DAY;
}

interface Windows {
  /** After the push, ms; undefined: for ever. */
  readonly push: number | undefined;
  /** After the last use or pull, ms; undefined: neither keeps an image. */
  readonly use: number | undefined;
  /** The attribute that says when that was. */
  readonly attribute: string;
}

async function windowsOf(store: Store, account: string): Promise<Windows> {
  const { ecr } = await effectiveSettings(store.read, await readAccount(store.read, account));
  return {
    push: durationOf(ecr.rescanDuration),
    use: durationOf(ecr.pullDateRescanDuration ?? ''),
    attribute: ecr.pullDateRescanMode === 'LAST_PULL_DATE' ? 'imagePulledAt' : 'ecrImageLastInUseAt',
  };
}

/** Whether the last use or pull keeps an image whose push is too long ago; one of which nobody told is not known to be unused. */
async function isUsed(db: Store['read'], id: number, { use, attribute }: Windows, now: number): Promise<boolean> {
  if (use === undefined) return false;
  const found = await db
    .selectFrom('resource_attribute')
    .select('number')
    .where('resource_id', '=', id)
    .where('name', '=', attribute)
    .executeTakeFirst();
  return found === undefined || found.number === null || now - found.number <= use;
}

/** What says when an image's window ends. */
const TIMES = ['pushed_at', 'inventory_at', 'first_seen_at'] as const;

async function isOver(
  db: Store['read'],
  { id, pushed_at, inventory_at, first_seen_at }: Pick<Selectable<ResourceTable>, 'id' | (typeof TIMES)[number]>,
  windows: Windows,
  now: number,
): Promise<boolean> {
  if (windows.push === undefined || now - (pushed_at ?? inventory_at ?? first_seen_at) <= windows.push) return false;
  return !(await isUsed(db, id, windows, now));
}

/** A resource as it is now, until the transaction ends; undefined when it is not ACTIVE any more. */
async function stillActive(tx: Write, id: number) {
  const query = tx
    .selectFrom('resource')
    .select(['id', ...TIMES])
    .where('id', '=', id)
    .where('status_code', '=', 'ACTIVE');
  return (isShared(tx) ? query.forUpdate() : query).executeTakeFirst();
}

/**
 * Goes through the resources that time changes: hosts that fell silent become STALE_INVENTORY (their findings stay), images whose
 * window ended SCAN_ELIGIBILITY_EXPIRED (their findings are closed). The windows of an account are those of its configuration:
 * counted from the push, or from the last inventory where no push is known, and from the last use or pull. How many changed.
 */
export async function sweep(store: Store, now: number): Promise<number> {
  // An inventory from the future came before the clock was put back: its host would not fall silent until then.
  await store.write((tx) =>
    tx
      .updateTable('resource')
      .set({ inventory_at: now })
      .where('inventory_at', '>', now + DAY)
      .execute(),
  );
  const stale = await store.read
    .selectFrom('resource')
    .select('id')
    .where('type', '=', 'AWS_EC2_INSTANCE')
    .where('status_code', '=', 'ACTIVE')
    .where('inventory_at', '<', now - STALE_MS)
    .execute();
  let changed = 0;
  for (const { id } of stale) {
    changed += await store.write(async (tx) => {
      const { inventory_at: last = null } = (await stillActive(tx, id)) ?? {};
      if (last === null || last >= now - STALE_MS) return 0;
      await setStatus(tx, id, { code: 'INACTIVE', reason: 'STALE_INVENTORY' }, now);
      return 1;
    });
  }
  const images = await store.read
    .selectFrom('resource')
    .select(['id', 'account', ...TIMES])
    .where('type', '=', 'AWS_ECR_CONTAINER_IMAGE')
    .where('status_code', '=', 'ACTIVE')
    .execute();
  const windows = new Map<string, Windows>();
  for (const account of new Set(images.map((image) => image.account))) windows.set(account, await windowsOf(store, account));
  for (const image of images) {
    const window = windows.get(image.account);
    if (window === undefined || !(await isOver(store.read, image, window, now))) continue;
    const status = { code: 'INACTIVE', reason: 'SCAN_ELIGIBILITY_EXPIRED', closedBy: 'not-eligible' } as const;
    changed += await store.write(async (tx) => {
      // Pushed, or handed in, once more since it was read.
      const row = await stillActive(tx, image.id);
      if (row === undefined || !(await isOver(tx, row, window, now))) return 0;
      await setStatus(tx, image.id, status, now);
      return 1;
    });
  }
  return changed;
}
