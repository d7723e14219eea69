/**
 * A new advisory database: only units that ask for what changed are matched again, and only findings that then differ are written. The
 * work that is left is in the store (`unit.pending`), so that any number of workers share it and none of it is lost.
 */

import { type Change, diffDatabases, type FileDatabase } from '../advisories/database/index.ts';
import { isAmong } from '../advisories/streams/index.ts';
import { canonicalJson } from '../model/canonical.ts';
import { chunks, type Store, type Write } from '../store/index.ts';
import { CURRENT_DATABASE } from './in-use.ts';
import { lostWith, readLost, unsureStreams, writeLost } from './lost.ts';

/** The last day whose ends of life were looked at. */
const DAY = 'day';

export interface Activated {
  /** (stream, name) pairs that changed. */
  readonly names: number;
  /** Vulnerabilities of the store whose facts (EPSS, KEV, CVSS) changed. */
  readonly facts: number;
  /** Units to be matched again. */
  readonly units: number;
  /** Streams that are known now and were not, or the other way round: what was told of that is no longer true. */
  readonly streams: readonly string[];
}

type Reader = Pick<Write, 'selectFrom'>;

/** Vulnerabilities that the store has findings of. */
async function vulnerabilities(db: Reader): Promise<readonly string[]> {
  const query = db.selectFrom('detail').select('key').distinct().where('type', '=', 'PACKAGE_VULNERABILITY');
  return (await query.execute()).map(({ key }) => key);
}

/** Ids whose facts differ. */
async function changedFacts(ids: readonly string[], older: FileDatabase, newer: FileDatabase): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const some of chunks(ids)) {
    for (const key of some) if (canonicalJson(older.facts(key)) !== canonicalJson(newer.facts(key))) changed.push(key);
    // There may be many: others get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return changed;
}

/** The streams that what the store knows of asks for. */
export async function wantedStreams(db: Reader): Promise<readonly string[]> {
  const rows = await db.selectFrom('unit_name').select('stream').distinct().orderBy('stream').execute();
  return rows.map(({ stream }) => stream);
}

/** Resources that have units of these streams. */
export async function resourcesOn(store: Store, streams: readonly string[]): Promise<readonly number[]> {
  if (streams.length === 0) return [];
  const rows = await store.read
    .selectFrom('occurrence')
    .innerJoin('unit_name', 'unit_name.unit_id', 'occurrence.unit_id')
    .select('occurrence.resource_id')
    .distinct()
    .where('unit_name.stream', 'in', streams)
    .execute();
  return rows.map(({ resource_id }) => resource_id);
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

/** Writes which database is in use; false when it is no longer the expected one (undefined: none). */
async function replaceCurrent(tx: Write, expected: string | undefined, builtAt: string): Promise<boolean> {
  const value = JSON.stringify(builtAt);
  if (expected === undefined) {
    const insert = tx.insertInto('setting').values({ name: CURRENT_DATABASE, value });
    const { numInsertedOrUpdatedRows = 0n } = await insert
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows > 0n;
  }
  const update = tx.updateTable('setting').set({ value }).where('name', '=', CURRENT_DATABASE);
  return (await update.where('value', '=', JSON.stringify(expected)).executeTakeFirst()).numUpdatedRows > 0n;
}

/**
 * Puts a database in use: from here on nothing is written that was matched with the one before, which was built at `expected`. Without
 * `older`, its file, all units are marked. Undefined: another process was quicker, and what changed has to be found out again.
 */
export async function activate(
  store: Store,
  older: FileDatabase | undefined,
  newer: FileDatabase,
  expected = older?.info.builtAt,
): Promise<Activated | undefined> {
  const names = older === undefined ? [] : diffDatabases(older, newer);
  const known = older === undefined ? [] : await vulnerabilities(store.read);
  const facts = older === undefined ? [] : await changedFacts(known, older, newer);
  return store.write(async (tx) => {
    if (!(await replaceCurrent(tx, expected, newer.info.builtAt))) return undefined;
    // Nobody writes with the one before any more: this is all that was written with it, since it was looked at, too.
    const late = older === undefined ? [] : [...new Set(await vulnerabilities(tx)).difference(new Set(known))];
    const lateFacts = older === undefined ? [] : await changedFacts(late, older, newer);
    const wanted = await wantedStreams(tx);
    const before = await readLost(tx);
    const lost = lostWith(newer, older, before);
    await writeLost(tx, lost);
    const unsure = [older === undefined ? before.streams : unsureStreams(older.info, before), unsureStreams(newer.info, lost)];
    const streams = wanted.filter(
      (stream) =>
        (older !== undefined && older.hasStream(stream) !== newer.hasStream(stream)) ||
        new Set(unsure.map((list) => isAmong(stream, list))).size > 1,
    );
    if (older === undefined) await tx.updateTable('unit').set({ pending: 1 }).where('pending', '=', 0).execute();
    await markNames(tx, names);
    await markVulnerabilities(tx, [...facts, ...lateFacts]);
    return { names: names.length, facts: facts.length + lateFacts.length, units: await pending(tx), streams };
  });
}

/** How many units wait. */
export async function pending(db: Reader): Promise<number> {
  const row = await db
    .selectFrom('unit')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('pending', '>', 0)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** A new day, which the store was not told of yet: systems may have come to the end of their life. */
export async function markSystems(store: Store, day: string): Promise<void> {
  const value = JSON.stringify(day);
  const known = store.read.selectFrom('setting').select('value').where('name', '=', DAY);
  if ((await known.executeTakeFirst())?.value === value) return;
  await store.write(async (tx) => {
    await tx
      .insertInto('setting')
      .values({ name: DAY, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
    await tx.updateTable('unit').set({ pending: 1 }).where('system', '=', 1).where('pending', '=', 0).execute();
  });
}
