/** Fast loading of an embedded store: one transaction of a connection beside the store's own, without the triggers that follow changes. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Copy } from './copy.ts';

/** Open while a fleet is loaded. */
const open = new Map<string, DatabaseSync>();

export function copyIntoEmbedded(path: string, table: string, columns: readonly string[]): Copy {
  const database = open.get(path);
  if (database === undefined) throw new Error('nothing is being loaded');
  const list = columns.map((column) => `"${column}"`).join(', ');
  const insert = database.prepare(`insert into ${table} (${list}) values (${columns.map(() => '?').join(', ')})`);
  const row = (values: readonly (SQLInputValue | undefined)[]): void => {
    insert.run(...values.map((value) => value ?? null));
  };
  return { line: (text) => row(text.split('\t')), row, flush: async () => undefined, end: async () => undefined };
}

/** Runs work that loads tables, in one transaction. */
export async function loadingEmbedded(path: string, work: () => Promise<void>): Promise<void> {
  const database = new DatabaseSync(path);
  open.set(path, database);
  try {
    database.exec('pragma cache_size = -500000; begin');
    const triggers = database.prepare("select name, sql from sqlite_master where type = 'trigger'").all();
    for (const { name } of triggers) database.exec(`drop trigger "${name}"`);
    await work();
    for (const { sql } of triggers) database.exec(String(sql));
    database.exec('commit; analyze; pragma wal_checkpoint(truncate)');
  } finally {
    open.delete(path);
    database.close();
  }
}
