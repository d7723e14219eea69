/** Processes that share a store must have the same key: what one sealed the others must be able to open. */
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import type { Sealer } from './seal.ts';
import type { Store } from './store.ts';

const SETTING = 'key-check';
/** What is sealed; only that it opens matters. */
const TEXT = 'vedette';

function isOwn(value: string, { open }: Sealer): boolean {
  try {
    return open(JSON.parse(value)) === TEXT;
  } catch {
    return false;
  }
}

/** Whether this key is the one that the store was made with; the first process to ask decides. Problem: `key-differs`. */
export async function checkKey(store: Store, sealer: Sealer): Promise<Result<void>> {
  const rows = store.read.selectFrom('setting').select('value').where('name', '=', SETTING);
  let row = await rows.executeTakeFirst();
  if (row === undefined) {
    const value = JSON.stringify(sealer.seal(TEXT));
    await store.write((tx) =>
      tx
        .insertInto('setting')
        .values({ name: SETTING, value })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute(),
    );
    row = await rows.executeTakeFirst();
  }
  if (row !== undefined && isOwn(row.value, sealer)) return ok(undefined);
  const message =
    'The secrets in the store were sealed with another key than that of this process. Processes that share a store need the same one: set VEDETTE_KEY for all of them, or copy the file "key" from the data directory of the first.';
  return fail(incomplete('key-differs', message));
}
