/** Forgetting: closed findings after the time that the operator chose, and what nothing refers to any more. */
import { chunks, isShared, type Store } from '../store/index.ts';

export interface Forgotten {
  readonly findings: number;
  readonly details: number;
  readonly units: number;
}

/** Rows looked at in one transaction: others wait no longer than it takes. */
const STEP = 5_000;

/**
 * Deletes findings that were closed longer than `keep` milliseconds ago (undefined: none), then details without a finding and units that
 * no resource has. Reopening needs seven days, so `keep` is never less.
 */
export async function forget(store: Store, keep: number | undefined, now: number): Promise<Forgotten> {
  const least = 7 * 24 * 60 * 60 * 1000;
  const findings = keep === undefined ? 0 : await deleteFindings(store, now - Math.max(keep, least));
  const details = await deleteDetails(store);
  return { findings, details, units: await deleteUnits(store) };
}

async function deleteFindings(store: Store, before: number): Promise<number> {
  let count = 0;
  for (;;) {
    const gone = await store.write(async (tx) => {
      const rows = await tx
        .selectFrom('finding')
        .select('id')
        .where('status', '=', 'CLOSED')
        .where('closed_at', '<', before)
        .limit(STEP)
        .execute();
      for (const some of chunks(rows.map(({ id }) => id))) await tx.deleteFrom('finding').where('id', 'in', some).execute();
      return rows.length;
    });
    count += gone;
    if (gone < STEP) return count;
  }
}

async function deleteDetails(store: Store): Promise<number> {
  let count = 0;
  for (;;) {
    const gone = await store.write(async (tx) => {
      const query = tx
        .selectFrom('detail')
        .select('id')
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('finding').select('finding.id').whereRef('finding.detail_id', '=', 'detail.id'))),
        )
        .limit(STEP);
      const rows = await (isShared(tx) ? query.forUpdate().skipLocked() : query).execute();
      for (const some of chunks(rows.map(({ id }) => id))) {
        await tx.deleteFrom('detail_package').where('detail_id', 'in', some).execute();
        await tx.deleteFrom('detail_value').where('detail_id', 'in', some).execute();
        await tx.deleteFrom('detail').where('id', 'in', some).execute();
      }
      return rows.length;
    });
    count += gone;
    if (gone < STEP) return count;
  }
}

async function deleteUnits(store: Store): Promise<number> {
  let count = 0;
  for (;;) {
    const gone = await store.write(async (tx) => {
      const query = tx
        .selectFrom('unit')
        .select('id')
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('occurrence').select('occurrence.unit_id').whereRef('occurrence.unit_id', '=', 'unit.id'))),
        )
        .limit(STEP);
      const rows = await (isShared(tx) ? query.forUpdate().skipLocked() : query).execute();
      for (const some of chunks(rows.map(({ id }) => id))) {
        await tx.deleteFrom('unit_name').where('unit_id', 'in', some).execute();
        await tx.deleteFrom('unit').where('id', 'in', some).execute();
      }
      return rows.length;
    });
    count += gone;
    if (gone < STEP) return count;
  }
}
