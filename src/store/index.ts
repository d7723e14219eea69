/** The store. docs/store.md. */
import { ok, type Result } from '../model/problem.ts';
import type { Migrations } from './migrate.ts';
import type { Engine, Store, WorkStore } from './store.ts';
import type { Turns } from './turns.ts';

export { SEVERITY_ORDER, type Tables } from './schema.ts';
export {
  chunks,
  type Engine,
  hold,
  holdDecisions,
  isShared,
  jsonParameter,
  keepDecisions,
  type Store,
  type WorkStore,
  type Write,
} from './store.ts';
export type { Turns } from './turns.ts';

/** Opens `postgres://…` or a file. Other migrations than the product's are for tests. */
export async function openStore(place: string, migrations?: Migrations): Promise<Result<Store>> {
  if (/^postgres(?:ql)?:\/\//.test(place)) return (await import('./postgres/open.ts')).openPostgresStore(place, migrations);
  return (await import('./sqlite/open.ts')).openSqliteStore(place, migrations);
}

/** Opens what the process has open as a store, in another of its threads. */
export async function openInThread(engine: Engine, address: string, turns: Turns): Promise<Result<WorkStore>> {
  if (engine === 'postgres') return (await import('./postgres/open.ts')).openPostgresStore(address);
  return ok((await import('./sqlite/thread.ts')).openSqliteThread(address, turns));
}
