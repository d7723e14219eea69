/** Bringing a store to the newest form of its tables. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { fail, incomplete, messageOf, ok, type Result } from '../model/problem.ts';
import type { Tables } from './schema.ts';

/** Migrations by name; names sort in their order. */
export type Migrations = Readonly<Record<string, Pick<Migration, 'up'>>>;

export interface Migrated {
  /** Names of the migrations that were run. */
  readonly applied: readonly string[];
}

/**
 * Runs the migrations that have not run yet, each once, whoever else tries at the same time. `before` is called when there are tables
 * already and any migration is due: the place for a backup. A store that a newer Vedette wrote is refused.
 */
export async function migrate(
  db: Kysely<Tables>,
  migrations: Migrations,
  before: (due: readonly string[]) => Promise<void>,
): Promise<Result<Migrated>> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  try {
    const known = new Set(Object.keys(migrations));
    const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
    const done = tables.some(({ name }) => name === 'kysely_migration') ? await applied(db) : [];
    const newer = done.filter((name) => !known.has(name));
    if (newer.length > 0) {
      const message = `The store was written by a newer Vedette (it has ${newer.join(', ')}): use that version or a newer one.`;
      return fail(incomplete('store-newer', message));
    }
    const due = [...known].filter((name) => !done.includes(name)).sort();
    if (due.length === 0) return ok({ applied: [] });
    if (done.length > 0) await before(due);
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    return ok({ applied: results.map(({ migrationName }) => migrationName) });
  } catch (error) {
    return fail(incomplete('store-migration', `The store's tables could not be brought up to date: ${messageOf(error)}`));
  }
}

async function applied(db: Kysely<Tables>): Promise<readonly string[]> {
  const rows = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map(({ name }) => name);
}
