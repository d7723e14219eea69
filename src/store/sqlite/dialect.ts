/** SQLite in worker threads as a dialect of kysely. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Turns } from '../turns.ts';
import { input, type SqliteConnection } from './connection.ts';
import type { DirectConnection } from './direct.ts';

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

/** Milliseconds after which a connection that nobody reads with ends: its thread takes 10 MB. */
const IDLE_MS = 15_000;

/**
 * Up to `most` connections that only read, opened when those there have something to do; each query goes to the one that has least.
 * They end when they have nothing to do.
 */
export function readingDialect(open: () => SqliteConnection, most: number, idle = IDLE_MS): Dialect {
  const connections: SqliteConnection[] = [];
  const users = new WeakMap<DatabaseConnection, number>();
  const rests = new WeakMap<DatabaseConnection, NodeJS.Timeout>();
  const ends = new Set<Promise<void>>();

  function end(connection: SqliteConnection): void {
    connections.splice(connections.indexOf(connection), 1);
    const ended = connection.close();
    ends.add(ended);
    void ended.finally(() => ends.delete(ended));
  }

  function choose(): SqliteConnection {
    const [first, ...others] = connections;
    const least = first && others.reduce((best, one) => (one.load < best.load ? one : best), first);
    if (least !== undefined && (least.load === 0 || connections.length >= most)) return least;
    const opened = open();
    connections.push(opened);
    return opened;
  }

  return dialect({
    init: async () => undefined,
    async acquireConnection() {
      const chosen = choose();
      clearTimeout(rests.get(chosen));
      users.set(chosen, (users.get(chosen) ?? 0) + 1);
      return chosen;
    },
    async releaseConnection(connection) {
      const left = (users.get(connection) ?? 1) - 1;
      users.set(connection, left);
      const one = connections.find((other) => other === connection);
      if (left > 0 || one === undefined) return;
      rests.set(connection, setTimeout(end, idle, one).unref());
    },
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => {
      for (const connection of [...connections]) {
        clearTimeout(rests.get(connection));
        end(connection);
      }
      await Promise.all(ends);
    },
  });
}

/** The one connection that writes; whoever comes second waits for its turn. */
export function writingDialect(connection: SqliteConnection, turns: Turns): Dialect {
  let release: () => void = () => undefined;
  return dialect({
    init: async () => undefined,
    async acquireConnection(): Promise<DatabaseConnection> {
      release = await turns.take();
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

/** A connection of this thread, which reads and writes. Whoever uses it sees to it that nobody else writes. */
export function directDialect(direct: DirectConnection): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, changes } = direct.run(sql, parameters.map(input));
      return { rows: rows as R[], ...(changes !== undefined && { numAffectedRows: BigInt(changes) }) };
    },
    // biome-ignore lint/correctness/useYield: kysely asks for it; lists are paged by key instead.
    async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
      throw new Error('the embedded store does not stream: page by key');
    },
  };
  return dialect({
    init: async () => undefined,
    acquireConnection: async () => connection,
    releaseConnection: async () => undefined,
    beginTransaction: async () => {
      direct.run('begin immediate', []);
    },
    commitTransaction: async () => {
      direct.run('commit', []);
    },
    rollbackTransaction: async () => {
      direct.run('rollback', []);
    },
    destroy: async () => direct.close(),
  });
}
