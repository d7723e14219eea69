/** Forgetting: closed findings after the time that the operator chose, and what nothing refers to any more. */
import type { SelectQueryBuilder } from 'kysely';
import { chunks, isShared, type Store, type Tables, type Write } from '../store/index.ts';

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
  const details = await deleteUnused(store, DETAILS);
  await deleteTexts(store);
  return { findings, details, units: await deleteUnused(store, UNITS) };
}

interface Step {
  readonly looked: number;
  readonly gone: number;
}

/** Steps until one finds less than it may; how many rows are gone. */
async function inSteps(store: Store, step: (tx: Write) => Promise<Step>): Promise<number> {
  let count = 0;
  for (;;) {
    const { looked, gone } = await store.write(step);
    count += gone;
    if (looked < STEP) return count;
  }
}

async function deleteFindings(store: Store, before: number): Promise<number> {
  return inSteps(store, async (tx) => {
    const closed = tx.selectFrom('finding').select('id').where('status', '=', 'CLOSED').where('closed_at', '<', before);
    const rows = await closed.limit(STEP).execute();
    let gone = 0;
    for (const some of chunks(rows.map(({ id }) => id))) {
      // One that is reopened meanwhile is not forgotten.
      const deleted = tx.deleteFrom('finding').where('id', 'in', some).where('status', '=', 'CLOSED');
      gone += Number((await deleted.where('closed_at', '<', before).executeTakeFirst()).numDeletedRows);
    }
    return { looked: rows.length, gone };
  });
}

interface Unused {
  /** Those that nothing refers to; of these only, where given. */
  find(tx: Write, among: readonly number[] | undefined): SelectQueryBuilder<Tables, 'detail' | 'unit', { id: number }>;
  delete(tx: Write, ids: readonly number[]): Promise<unknown>;
}

async function deleteUnused(store: Store, { find, delete: remove }: Unused): Promise<number> {
  return inSteps(store, async (tx) => {
    const query = find(tx, undefined).limit(STEP);
    const rows = await (isShared(tx) ? query.forUpdate().skipLocked() : query).execute();
    let gone = 0;
    for (const held of chunks(rows.map(({ id }) => id))) {
      // Whoever had one while they were looked for may refer to it by now; from here on nobody gets it.
      const some = isShared(tx) ? (await find(tx, held).execute()).map(({ id }) => id) : held;
      if (some.length > 0) await remove(tx, some);
      gone += some.length;
    }
    return { looked: rows.length, gone };
  });
}

const DETAILS: Unused = {
  find: (tx, among) =>
    tx
      .selectFrom('detail')
      .select('id')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('finding').select('finding.id').whereRef('finding.detail_id', '=', 'detail.id'))),
      )
      .$if(among !== undefined, (query) => query.where('id', 'in', among ?? [])),
  async delete(tx, ids) {
    await tx.deleteFrom('detail_package').where('detail_id', 'in', ids).execute();
    await tx.deleteFrom('detail_value').where('detail_id', 'in', ids).execute();
    await tx.deleteFrom('detail').where('id', 'in', ids).execute();
  },
};

const UNITS: Unused = {
  find: (tx, among) =>
    tx
      .selectFrom('unit')
      .select('id')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('occurrence').select('occurrence.unit_id').whereRef('occurrence.unit_id', '=', 'unit.id'))),
      )
      .$if(among !== undefined, (query) => query.where('id', 'in', among ?? [])),
  async delete(tx, ids) {
    await tx.deleteFrom('unit_name').where('unit_id', 'in', ids).execute();
    await tx.deleteFrom('unit').where('id', 'in', ids).execute();
  },
};

/** Texts on vulnerabilities that no detail is about. */
async function deleteTexts(store: Store): Promise<void> {
  await inSteps(store, async (tx) => {
    const unused = tx
      .selectFrom('vulnerability_text')
      .select('vulnerability')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('detail').select('id').whereRef('detail.vulnerability', '=', 'vulnerability_text.vulnerability'))),
      );
    const query = unused.limit(STEP);
    const rows = await (isShared(tx) ? query.forUpdate().skipLocked() : query).execute();
    let gone = 0;
    for (const held of chunks(rows)) {
      const ids = held.map(({ vulnerability }) => vulnerability);
      // As with details: looked at again once they are held.
      const found = isShared(tx) ? await unused.where('vulnerability', 'in', ids).execute() : held;
      const some = found.map(({ vulnerability }) => vulnerability);
      if (some.length > 0) await tx.deleteFrom('vulnerability_text').where('vulnerability', 'in', some).execute();
      gone += some.length;
    }
    return { looked: rows.length, gone };
  });
}
