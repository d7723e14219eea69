/** SQLite in worker threads as a dialect of kysely. */
import {
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteConnection } from './connection.ts';

/** Kysely's adapter does not say so, but SQLite rolls back changes of tables too: a migration happens whole or not at all. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function dialect(driver: Driver): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db: Kysely<unknown>): DatabaseIntrospector => new SqliteIntrospector(db),
  };
}

async function refuse(): Promise<void> {
  throw new Error('transactions go through Store.write');
}

/** Up to `most` connections that only read, opened when those there have something to do; each query goes to the one that has least. */
export function readingDialect(open: () => SqliteConnection, most: number): Dialect {
  const connections: SqliteConnection[] = [];
  return dialect({
    init: async () => undefined,
    async acquireConnection() {
      const [first, ...others] = connections;
      const least = first && others.reduce((best, one) => (one.load < best.load ? one : best), first);
      if (least !== undefined && (least.load === 0 || connections.length >= most)) return least;
      const opened = open();
      connections.push(opened);
      return opened;
    },
    releaseConnection: async () => undefined,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  });
}

/** The one connection that writes; whoever comes second waits. */
export function writingDialect(connection: SqliteConnection): Dialect {
  let last: Promise<void> = Promise.resolve();
  let release: () => void = () => undefined;
  return dialect({
    init: async () => undefined,
    async acquireConnection(): Promise<DatabaseConnection> {
      const before = last;
      let done: () => void = () => undefined;
      last = new Promise((resolve) => {
        done = resolve;
      });
      await before;
      release = done;
      return connection;
    },
    releaseConnection: async () => release(),
    beginTransaction: async () => {
      await connection.ask('begin immediate');
    },
    commitTransaction: async () => {
      await connection.ask('commit');
    },
    rollbackTransaction: async () => {
      await connection.ask('rollback');
    },
    destroy: () => connection.close(),
  });
}
