/** The embedded store in another thread of the process that holds it. */
import { Kysely } from 'kysely';
import type { Tables } from '../schema.ts';
import type { WorkStore } from '../store.ts';
import type { Turns } from '../turns.ts';
import { directDialect } from './dialect.ts';
import { openDirect } from './direct.ts';

/** Memory that SQLite takes in one thread is not given back with it. */
const CACHE_KIB = 8_000;

/** Opens a file that the process's store has open. A transaction waits for its turn among those of the other threads. */
export function openSqliteThread(path: string, turns: Turns): WorkStore {
  const db = new Kysely<Tables>({ dialect: directDialect(openDirect({ path, readOnly: false, cache: CACHE_KIB })) });
  return {
    engine: 'sqlite',
    read: db,
    async write(work) {
      const done = await turns.take();
      try {
        return await db.transaction().execute(work);
      } finally {
        done();
      }
    },
    close: () => db.destroy(),
  };
}
