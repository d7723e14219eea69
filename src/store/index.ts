/** The store. docs/store.md. */
import type { Result } from '../model/problem.ts';
import type { Migrations } from './migrate.ts';
import type { Store } from './store.ts';

export { SEVERITY_ORDER, type Tables } from './schema.ts';
export { chunks, type Engine, isShared, type Store, type Write } from './store.ts';

/** Opens `postgres://…` or a file. Other migrations than the product's are for tests. */
export async function openStore(place: string, migrations?: Migrations): Promise<Result<Store>> {
  if (/^postgres(?:ql)?:\/\//.test(place)) return (await import('./postgres/open.ts')).openPostgresStore(place, migrations);
  return (await import('./sqlite/open.ts')).openSqliteStore(place, migrations);
}
