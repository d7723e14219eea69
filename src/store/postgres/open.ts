/** The store on PostgreSQL: any number of processes share it. */
import { CompiledQuery, Kysely, PostgresDialect, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { sqlReader } from '../findings/reader.ts';
import { type Migrations, migrate } from '../migrate.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import type { Tables } from '../schema.ts';
import { type Store, storable, type Write } from '../store.ts';
import { watchWrites } from '../trouble.ts';

/** Serialization failure, deadlock, and a row that another has put where there was none a moment before. */
const AGAIN = new Set(['40001', '40P01', '23505']);
const ATTEMPTS = 8;
/** Of one process. */
const CONNECTIONS = 10;
/** Transactions of PostgreSQL wait for each other by themselves. */
const FREE = { take: async () => () => undefined };
/** bigint as a number: ids and milliseconds stay far below 2^53. */
const INT8 = 20;

/** What texts may not have, in one place for all statements. */
class Compiler extends PostgresQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    super.addParameter(typeof parameter === 'string' ? storable(parameter) : parameter);
  }
}

class Dialect extends PostgresDialect {
  override createQueryCompiler(): Compiler {
    return new Compiler();
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Opens the store at a `postgres://` address (or what the PG* variables say is missing in it) and brings its tables up to date.
 * Problems: `store-unreachable`, `store-newer`, `store-migration`; the password is in none of them.
 */
export async function openPostgresStore(address: string, migrations: Migrations = MIGRATIONS): Promise<Result<Store>> {
  const types = { getTypeParser: typeParser };
  const pool = new pg.Pool({ connectionString: address, max: CONNECTIONS, types, application_name: 'vedette' });
  // A connection that breaks while idle is replaced by the next query.
  pool.on('error', () => undefined);
  // One that breaks in use says so to its query, too; an event that nobody listens to would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Tables>({ dialect: new Dialect({ pool }) });
  try {
    await db.executeQuery(CompiledQuery.raw('select 1'));
  } catch (error) {
    await db.destroy();
    const message = `PostgreSQL cannot be used: ${messageOf(error)}. The address is postgres://USER@HOST:PORT/DATABASE; the password comes from it or from PGPASSWORD.`;
    return fail(incomplete('store-unreachable', message));
  }
  const migrated = await migrate(db, migrations, async () => undefined);
  if (!migrated.ok) {
    await db.destroy();
    return migrated;
  }
  async function write<T>(work: (transaction: Write) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await db.transaction().execute(work);
      } catch (error) {
        if (attempt >= ATTEMPTS || !AGAIN.has(codeOf(error) ?? '')) throw error;
      }
    }
  }
  return ok({
    engine: 'postgres',
    address,
    turns: FREE,
    read: db,
    ...watchWrites(write),
    revision: () => undefined,
    findings: sqlReader(db),
    close: () => db.destroy(),
  });
}

function typeParser(oid: number, format?: string): (value: string) => unknown {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, format === 'binary' ? 'text' : 'text');
}
