/** The embedded store: one file, one process. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { indexReader } from '../findings/index/client.ts';
import { type Migrations, migrate } from '../migrate.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import type { Tables } from '../schema.ts';
import type { Store } from '../store.ts';
import { watchWrites } from '../trouble.ts';
import { turns } from '../turns.ts';
import { SqliteConnection } from './connection.ts';
import { readingDialect, writingDialect } from './dialect.ts';
import { type Held, hold } from './lock.ts';

/** Threads that read, at most. */
const READERS = 2;

/** Holds the store for this process, by a file beside it. */
function lock(path: string): Result<Held> {
  const file = `${path}.lock`;
  try {
    const held = hold(file);
    if (held !== undefined) return ok(held);
    const message = `Another Vedette process uses the store ${path}. One process at a time can use the embedded store: stop the other one, use --data with another directory, or let several share PostgreSQL with --store postgres://….`;
    return fail(incomplete('store-in-use', message, path));
  } catch (error) {
    return fail(incomplete('store-unreadable', `The store's lock cannot be written: ${messageOf(error)}`, file));
  }
}

/** Copies the store as it is before a migration changes it. */
function backup(path: string, due: readonly string[]): void {
  const copy = `${path}.before-${due[0]}`;
  rmSync(copy, { force: true });
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    // An empty file is taken; made here, nobody else may read it.
    writeFileSync(copy, '', { flag: 'wx', mode: 0o600 });
    db.prepare('vacuum into ?').run(copy);
  } catch (error) {
    // Half a copy would keep a full disk full.
    rmSync(copy, { force: true });
    throw error;
  } finally {
    db.close();
  }
}

/**
 * Opens the store in a file (made when it is not there, readable by its owner only), brings its tables up to date and keeps every other
 * process out until `close`. Problems: `store-in-use`, `store-unreadable`, `store-newer`, `store-migration`.
 */
export async function openSqliteStore(path: string, migrations: Migrations = MIGRATIONS): Promise<Result<Store>> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    return fail(incomplete('store-unreadable', `The store's directory cannot be made: ${messageOf(error)}`, path));
  }
  const held = lock(path);
  if (!held.ok) return held;
  try {
    if (!existsSync(path)) new DatabaseSync(path).close();
    chmodSync(path, 0o600);
    const writer = new SqliteConnection({ path, readOnly: false });
    // Readers open after the writer has switched to write-ahead logging.
    await writer.ask('select 1');
    const writers = turns();
    const writing = new Kysely<Tables>({ dialect: writingDialect(writer, writers) });
    const migrated = await migrate(writing, migrations, async (due) => backup(path, due));
    if (!migrated.ok) {
      await writing.destroy();
      held.value.close();
      return fail({ ...migrated.problem, path });
    }
    const reader = () => new SqliteConnection({ path, readOnly: true });
    const read = new Kysely<Tables>({ dialect: readingDialect(reader, READERS) });
    const findings = indexReader(path);
    return ok({
      engine: 'sqlite',
      address: path,
      turns: writers,
      read,
      findings,
      ...watchWrites((work) => writing.transaction().execute(work)),
      revision: writers.ended,
      async close() {
        await findings.close();
        await read.destroy();
        await writing.destroy();
        held.value.close();
      },
    });
  } catch (error) {
    held.value.close();
    return fail(incomplete('store-unreadable', `The store cannot be opened: ${messageOf(error)}`, path));
  }
}
