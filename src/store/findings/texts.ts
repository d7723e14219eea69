/**
 * Findings as the JSON that the API sends. What many findings say, their detail and their resource, is composed once and kept as text, so
 * that a page costs little more than its bytes.
 */
import type { Kysely } from 'kysely';
import type { Score } from '../../model/finding.ts';
import type { Tables } from '../schema.ts';
import { OWN_COLUMNS, ownPart, sharedPart } from './api-finding.ts';
import { Kept, type Text } from './kept.ts';
import { apiResource } from './resource.ts';

/** Characters of text that are kept, of details and of resources each. */
const KEPT = 8 * 2 ** 20;

/** JSON as the protocol of the API writes it: a time is its seconds since 1970. */
function wireText(value: object): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key, text: unknown) {
    const given = this[key];
    return given instanceof Date ? given.getTime() / 1000 : text;
  });
}

const seconds = (milliseconds: number): number => milliseconds / 1000;

/** An object's JSON without its braces. */
function inner(json: string): string {
  return json.slice(1, -1);
}

interface SharedText extends Text {
  /** Members of a Finding; `base` is the score that resources adjust. */
  readonly base: Score | undefined;
}

type Db = Kysely<Tables>;

/** Texts by id: kept ones, and those that are read now. */
async function textsOf<T extends Text>(
  kept: Kept<T>,
  ids: Iterable<number>,
  read: (missing: number[]) => Promise<readonly (readonly [id: number, text: T])[]>,
): Promise<ReadonlyMap<number, T>> {
  const found = new Map<number, T>();
  const missing: number[] = [];
  for (const id of new Set(ids)) {
    const known = kept.get(id);
    if (known === undefined) missing.push(id);
    else found.set(id, known);
  }
  for (const [id, text] of missing.length === 0 ? [] : await read(missing)) {
    kept.set(id, text);
    found.set(id, text);
  }
  return found;
}

async function readShared(db: Db, ids: number[]): Promise<[number, SharedText][]> {
  const rows = await db
    .selectFrom('detail')
    .leftJoin('vulnerability_text', 'vulnerability_text.vulnerability', 'detail.vulnerability')
    .select(['detail.id', 'detail.data', 'vulnerability_text.text'])
    .where('detail.id', 'in', ids)
    .execute();
  return rows.map(({ id, data, text }) => {
    const { shown, base } = sharedPart(data, text);
    return [id, { text: inner(wireText(shown)), base }];
  });
}

async function readResources(db: Db, ids: number[]): Promise<[number, Text][]> {
  const columns = ['id', 'uid', 'account', 'region', 'type', 'tags', 'details'] as const;
  const rows = await db.selectFrom('resource').select(columns).where('id', 'in', ids).execute();
  return rows.map((row) => [row.id, { text: wireText(apiResource(row)) }]);
}

/** The setting that changes when texts on vulnerabilities did: the advisory database that they come from. */
export const TEXTS_DATABASE = 'texts-database';

/** Composed details. They never change, and their ids are not given again; but what is said of their vulnerability may change. */
class DetailTexts {
  #kept = new Kept<SharedText>(KEPT);
  #from: string | undefined;

  /** Those kept that hold for what `db` sees. Whoever still reads an older snapshot goes on with its own. */
  async in(db: Db): Promise<Kept<SharedText>> {
    const row = await db.selectFrom('setting').select('value').where('name', '=', TEXTS_DATABASE).executeTakeFirst();
    if (this.#from !== row?.value) {
      this.#from = row?.value;
      this.#kept = new Kept(KEPT);
    }
    return this.#kept;
  }
}

export class FindingTexts {
  readonly #details: DetailTexts;
  readonly #resources = new Kept<Text>(KEPT);

  /** `other`: whose details are shared, with resources of its own. */
  constructor(other?: FindingTexts) {
    this.#details = other === undefined ? new DetailTexts() : other.#details;
  }

  /** Resources that have changed are read anew. */
  forget(resources: Iterable<number>): void {
    for (const id of resources) this.#resources.delete(id);
  }

  /** Findings by id, in the order of the ids, as a JSON list; one that is gone is left out. `db` is one snapshot. */
  async of(db: Db, ids: readonly number[]): Promise<Uint8Array<ArrayBuffer>> {
    const rows = await ownRows(db, ids);
    const detailIds = rows.map((row) => row.detail_id);
    const details = await textsOf(await this.#details.in(db), detailIds, (missing) => readShared(db, missing));
    const resourceIds = rows.map((row) => row.resource_id);
    const resources = await textsOf(this.#resources, resourceIds, (missing) => readResources(db, missing));
    const byId = new Map(rows.map((row) => [row.id, row]));
    const texts: string[] = [];
    for (const id of ids) {
      const row = byId.get(id);
      if (row === undefined) continue;
      const shared = details.get(row.detail_id);
      const resource = resources.get(row.resource_id);
      if (shared === undefined || resource === undefined) continue;
      const own = inner(JSON.stringify(ownPart(row, shared.base, seconds)));
      texts.push(`{${own},"resources":[${resource.text}],${shared.text}}`);
    }
    return new TextEncoder().encode(`[${texts.join(',')}]`);
  }
}

async function ownRows(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return [];
  return db
    .selectFrom('finding')
    .select([...OWN_COLUMNS, 'detail_id', 'resource_id'])
    .where('id', 'in', [...ids])
    .execute();
}
