/**
 * A new advisory database: only units that ask for what changed are matched again, and only findings that then differ are written. The
 * work that is left is in the store (`unit.pending`), so that any number of workers share it and none of it is lost.
 */
import { type Change, diffDatabases, type FileDatabase } from '../advisories/database/index.ts';
import { chunks, type Store, type Write } from '../store/index.ts';
import { CURRENT_DATABASE } from './ingest.ts';
import { canonical } from './units.ts';

export interface Activated {
  /** (stream, name) pairs that changed. */
  readonly names: number;
  /** Vulnerabilities of the store whose facts (EPSS, KEV, CVSS) changed. */
  readonly facts: number;
  /** Units to be matched again. */
  readonly units: number;
}

/** Ids among those the store has findings of whose facts differ. */
async function changedFacts(store: Store, older: FileDatabase, newer: FileDatabase): Promise<readonly string[]> {
  const rows = await store.read
    .selectFrom('detail')
    .select('key')
    .distinct()
    .where('type', '=', 'PACKAGE_VULNERABILITY')
    .execute();
  return rows.map(({ key }) => key).filter((id) => canonical(older.facts(id)) !== canonical(newer.facts(id)));
}

/** Marks the units that look these names up. */
async function markNames(tx: Write, changes: readonly Change[]): Promise<void> {
  const byStream = Map.groupBy(changes, ({ stream }) => stream);
  for (const [stream, list] of byStream) {
    for (const some of chunks(list)) {
      await tx
        .updateTable('unit')
        .set({ pending: 1 })
        .where('pending', '=', 0)
        .where('id', 'in', (eb) =>
          eb
            .selectFrom('unit_name')
            .select('unit_id')
            .where('stream', '=', stream)
            .where(
              'name',
              'in',
              some.map(({ name }) => name),
            ),
        )
        .execute();
    }
  }
}

/** Marks the units that have one of these vulnerabilities. */
async function markVulnerabilities(tx: Write, ids: readonly string[]): Promise<void> {
  for (const some of chunks(ids)) {
    await tx
      .updateTable('unit')
      .set({ pending: 1 })
      .where('pending', '=', 0)
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('detail_package')
          .innerJoin('detail', 'detail.id', 'detail_package.detail_id')
          .select('detail_package.unit_id')
          .where('detail.key', 'in', some),
      )
      .execute();
  }
}

/** Puts a database in use: from here on nothing is written that was matched with the older one. Without `older` all units are marked. */
export async function activate(store: Store, older: FileDatabase | undefined, newer: FileDatabase): Promise<Activated> {
  const names = older === undefined ? [] : diffDatabases(older, newer);
  const facts = older === undefined ? [] : await changedFacts(store, older, newer);
  const value = JSON.stringify(newer.info.builtAt);
  return store.write(async (tx) => {
    await tx
      .insertInto('setting')
      .values({ name: CURRENT_DATABASE, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
    if (older === undefined) await tx.updateTable('unit').set({ pending: 1 }).where('pending', '=', 0).execute();
    await markNames(tx, names);
    await markVulnerabilities(tx, facts);
    return { names: names.length, facts: facts.length, units: await pending(tx) };
  });
}

/** How many units wait. */
export async function pending(db: Pick<Write, 'selectFrom'>): Promise<number> {
  const row = await db
    .selectFrom('unit')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('pending', '>', 0)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The day changed: systems may have come to the end of their life. */
export async function markSystems(store: Store): Promise<void> {
  await store.write((tx) =>
    tx.updateTable('unit').set({ pending: 1 }).where('system', '=', 1).where('pending', '=', 0).execute(),
  );
}
