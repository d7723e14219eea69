/** The store. docs/store.md. */
import type { Result } from '../model/problem.ts';
import type { Store } from './store.ts';

export { SEVERITY_ORDER, type Tables } from './schema.ts';
export { chunks, type Store, type Write } from './store.ts';

/** Opens `postgres://…` or a file. */
export async function openStore(place: string): Promise<Result<Store>> {
  if (/^postgres(?:ql)?:\/\//.test(place)) return (await import('./postgres/open.ts')).openPostgresStore(place);
  return (await import('./sqlite/open.ts')).openSqliteStore(place);
}
