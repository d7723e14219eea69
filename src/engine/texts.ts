/**
 * What is said of vulnerabilities at length, once for each and apart from findings: a text that changes is not a change of a finding, and
 * nobody is told of it.
 */
import type { AdvisoryDatabase } from '../model/advisory.ts';
import { TEXTS_DATABASE } from '../store/findings/texts.ts';
import { chunks, isShared, type WorkStore, type Write } from '../store/index.ts';
import { CURRENT_DATABASE, isCurrent } from './in-use.ts';

/** Vulnerabilities that are looked at in one transaction: others wait no longer than it takes. */
const STEP = 500;

async function known(tx: Write, ids: readonly string[]): Promise<Map<string, string>> {
  const query = tx.selectFrom('vulnerability_text').selectAll().where('vulnerability', 'in', ids);
  // Held until a detail is about them: nobody forgets them meanwhile.
  const rows = await (isShared(tx) ? query.forKeyShare() : query).execute();
  return new Map(rows.map(({ vulnerability, text }) => [vulnerability, text]));
}

/** Stores the texts of vulnerabilities that have none yet. */
export async function storeTexts(
  tx: Write,
  database: Pick<AdvisoryDatabase, 'description'>,
  vulnerabilities: Iterable<string>,
): Promise<void> {
  for (const some of chunks([...new Set(vulnerabilities)].sort())) {
    const there = await known(tx, some);
    const fresh = some.flatMap((vulnerability) => {
      const text = there.has(vulnerability) ? undefined : database.description(vulnerability);
      return text === undefined ? [] : [{ vulnerability, text }];
    });
    if (fresh.length === 0) continue;
    const insert = tx.insertInto('vulnerability_text').values(fresh);
    await insert.onConflict((conflict) => conflict.column('vulnerability').doNothing()).execute();
  }
}

/** Whether there are texts that are still those of another advisory database than the one in use. */
export async function textsAreOld(db: Pick<Write, 'selectFrom'>): Promise<boolean> {
  const names = [CURRENT_DATABASE, TEXTS_DATABASE];
  const rows = await db.selectFrom('setting').selectAll().where('name', 'in', names).execute();
  const [current, texts] = names.map((name) => rows.find((row) => row.name === name)?.value);
  if (current === undefined || current === texts) return false;
  return (await db.selectFrom('detail').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/**
 * Brings the texts in line with an advisory database, step by step; what it does not know keeps its text. Ends early when another
 * database comes in use.
 */
export async function refreshTexts(store: WorkStore, database: AdvisoryDatabase): Promise<void> {
  if (!(await textsAreOld(store.read))) return;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const from: string = after;
    after = await store.write(async (tx) =>
      (await isCurrent(tx, store, { database })) ? refreshSome(tx, database, from) : undefined,
    );
  }
}

/** The last vulnerability that was looked at; undefined when all have been. */
async function refreshSome(tx: Write, database: AdvisoryDatabase, after: string): Promise<string | undefined> {
  const rows = await tx
    .selectFrom('detail')
    .select('vulnerability')
    .distinct()
    .where('vulnerability', '>', after)
    .orderBy('vulnerability')
    .limit(STEP)
    .execute();
  const ids = rows.flatMap(({ vulnerability }) => vulnerability ?? []);
  const there = await known(tx, ids);
  for (const vulnerability of ids) {
    const text = database.description(vulnerability);
    if (text === undefined || text === there.get(vulnerability)) continue;
    const insert = tx.insertInto('vulnerability_text').values({ vulnerability, text });
    await insert.onConflict((conflict) => conflict.column('vulnerability').doUpdateSet({ text })).execute();
  }
  if (ids.length === STEP) return ids.at(-1);
  const value = JSON.stringify(database.info.builtAt);
  await tx
    .insertInto('setting')
    .values({ name: TEXTS_DATABASE, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  return undefined;
}
