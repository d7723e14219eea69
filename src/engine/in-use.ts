/** Which advisory database the store's findings come from. */
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { WorkStore, Write } from '../store/index.ts';

/** The setting that names it; findings of another one are not written. */
export const CURRENT_DATABASE = 'database';

/** Whether a database is still the one in use; on PostgreSQL this also keeps a change of it waiting until the end. */
export async function isCurrent(
  tx: Write,
  store: Pick<WorkStore, 'engine'>,
  { database }: { readonly database: AdvisoryDatabase },
): Promise<boolean> {
  const query = tx.selectFrom('setting').select('value').where('name', '=', CURRENT_DATABASE);
  const row = await (store.engine === 'postgres' ? query.forShare() : query).executeTakeFirst();
  return row === undefined || row.value === JSON.stringify(database.info.builtAt);
}
