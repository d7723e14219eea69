/**
 * Advisory data that were there and are not any more, or not all of them: what they said of a package is then not known, which is not
 * the same as fixed. What is lost is kept with the store until a database has it again.
 */
import type { FileDatabase } from '../advisories/database/index.ts';
import type { DatabaseInfo } from '../model/advisory.ts';
import type { Store, Write } from '../store/index.ts';
import { streamsOfFiles } from './database-streams.ts';

const SETTING = 'database-lost';

export interface Lost {
  readonly streams: readonly string[];
  /** Files that databases were made from. */
  readonly sources: readonly string[];
}

/** What databases before the one in use had. */
export async function readLost(db: Store['read'] | Write): Promise<Lost> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', SETTING).executeTakeFirst();
  return row === undefined ? { streams: [], sources: [] } : JSON.parse(row.value);
}

/** Writes it, in the transaction that puts a database in use. */
export async function writeLost(tx: Write, lost: Lost): Promise<void> {
  const value = JSON.stringify(lost);
  await tx
    .insertInto('setting')
    .values({ name: SETTING, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

function without(all: Iterable<string>, gone: ReadonlySet<string>): readonly string[] {
  return [...new Set(all)].filter((one) => !gone.has(one)).sort();
}

function idsOf(database: FileDatabase | undefined): readonly string[] {
  return database?.info.sources.map(({ id }) => id) ?? [];
}

function streamsOf(database: FileDatabase | undefined): readonly string[] {
  return database?.streams().map(({ stream }) => stream) ?? [];
}

/** What is lost with a newer database. A file that another one of the same streams came for is not. */
export function lostWith(newer: FileDatabase, older: FileDatabase | undefined, before: Lost): Lost {
  const known = new Set(idsOf(older));
  const fresh = streamsOfFiles(idsOf(newer).filter((id) => !known.has(id)));
  const sources = without([...before.sources, ...known], new Set(idsOf(newer)));
  return {
    streams: without([...before.streams, ...streamsOf(older)], new Set(streamsOf(newer))),
    sources: sources.filter((id) => streamsOfFiles([id]).some((stream) => !fresh.includes(stream))),
  };
}

/** Beginnings of streams of which a database may not have all: lost ones, and those of files that could not be read to their end. */
export function unsureStreams({ sources }: DatabaseInfo, lost: Lost): readonly string[] {
  const failed = sources.flatMap(({ id, failed }) => (failed === undefined ? [] : [id]));
  return [...new Set([...lost.streams, ...streamsOfFiles([...lost.sources, ...failed])])].sort();
}
