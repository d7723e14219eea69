/**
 * All findings in memory, column by column, as the store has them: any filter and any order is one walk over a few bytes of each.
 * docs/decisions/finding-index.md tells why. It follows the store by the numbered changes that triggers write (`finding_change`).
 */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../schema.ts';
import { chunks } from '../../store.ts';
import { type AggregateRequest, type AggregationPage, aggregateCells } from '../aggregate.ts';
import type { FindingRow } from '../api-finding.ts';
import { type Cells, ValueLists } from '../cells.ts';
import { type Condition, conditionsOf } from '../conditions.ts';
import { conditionsSql } from '../criteria.ts';
import { FINDING_FIELDS, SORT_COLUMNS } from '../fields.ts';
import { type Cursor, findingsById, type JsonPage, type ListRequest, orderOf, type Page, pageOf, type Scope } from '../list.ts';
import { FindingTexts } from '../texts.ts';
import { Answers } from './answers.ts';
import { type ColumnRow, Columns } from './columns.ts';
import { addDetails, Details } from './details.ts';
import { KeyRing, type Snapshot } from './keys.ts';
import type { DetailsAndResources } from './masks.ts';
import { putResources, Resources } from './resources.ts';
import { type ArnIds, type Selection, select } from './scan.ts';
import { Texts } from './vector.ts';
import { first } from './walk.ts';

type Db = Kysely<Tables>;

/** Findings read in one statement while loading. */
const BATCH = 2000;
/** More deleted ones than this share of all: load anew. */
const GONE_SHARE = 0.5;

const ROW_COLUMNS = [
  'id',
  'detail_id',
  'resource_id',
  'status',
  'severity',
  'score',
  'first_observed_at',
  'last_observed_at',
  'updated_at',
] as const;

interface StoredRow extends ColumnRow {
  readonly detail_id: number;
  readonly resource_id: number;
}

export class FindingIndex {
  #columns = new Columns();
  #details = new Details(new Texts());
  #resources = new Resources(new Texts());
  #detailAt = new Map<number, number>();
  #resourceAt = new Map<number, number>();
  #keys = new KeyRing();
  #values = new ValueLists();
  #texts = new FindingTexts();
  #masks = new Answers<DetailsAndResources>();
  readonly #aggregations = new Answers<Promise<AggregationPage>>();
  #detailVersion = 0;
  #resourceVersion = 0;
  /** The last change that is in here; undefined: nothing was loaded yet. */
  #seen: number | undefined;

  get snapshot(): Snapshot {
    return {
      columns: this.#columns,
      details: this.#details,
      resources: this.#resources,
      detailVersion: this.#detailVersion,
      resourceVersion: this.#resourceVersion,
    };
  }

  /** Brings the index to what `db`, one transaction, sees. Loading takes seconds; `between` is done after each batch of it but the last. */
  async refresh(db: Db, between: () => Promise<void> = async () => undefined): Promise<void> {
    // One aggregate in each: SQLite finds it at an end of the table. For two in one it would read all rows.
    const { rows } = await sql<{ least: number | null; greatest: number | null }>`select
      (select min(seq) from finding_change) as least, (select max(seq) from finding_change) as greatest`.execute(db);
    const { least = null, greatest = null } = rows[0] ?? {};
    const last = greatest ?? 0;
    if (last === this.#seen) return;
    const missed = this.#seen === undefined || last < this.#seen || (least ?? 0) > this.#seen + 1;
    if (missed || this.#columns.gone > this.#columns.size * GONE_SHARE) await this.#load(db, between);
    else if (!(await this.#follow(db, this.#seen ?? 0))) await this.#load(db, between);
    this.#seen = last;
  }

  /** Sorts what each order goes by, which the first page of that order would wait for. */
  #sortAll(): void {
    for (const column of Object.values(SORT_COLUMNS)) this.#keys.of(column, this.snapshot);
  }

  async #load(db: Db, between: () => Promise<void>): Promise<void> {
    this.#columns = new Columns();
    const strings = new Texts();
    this.#details = new Details(strings);
    this.#resources = new Resources(strings);
    this.#detailAt = new Map();
    this.#resourceAt = new Map();
    this.#keys = new KeyRing();
    this.#values = new ValueLists();
    this.#texts = new FindingTexts(this.#texts);
    this.#masks = new Answers();
    const { count } = await db
      .selectFrom('finding')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    this.#columns.reserve(Math.ceil(count * 1.1));
    for (let from = -1; ; ) {
      const rows = await db.selectFrom('finding').select(ROW_COLUMNS).where('id', '>', from).orderBy('id').limit(BATCH).execute();
      await this.#put(db, rows);
      const last = rows.at(-1);
      if (last === undefined || rows.length < BATCH) break;
      from = last.id;
      await between();
    }
    this.#sortAll();
  }

  /** Applies what changed since; false when it cannot be. */
  async #follow(db: Db, since: number): Promise<boolean> {
    const changes = await db
      .selectFrom('finding_change')
      .select(['resource', 'row_id'])
      .distinct()
      .where('seq', '>', since)
      .execute();
    const ids = (resource: number) => changes.filter((one) => one.resource === resource).map(({ row_id }) => row_id);
    this.#texts.forget(ids(1));
    const known = ids(1).filter((id) => this.#resourceAt.has(id));
    await putResources(db, known, this.#resources, (id) => this.#resourceAt.get(id) ?? this.#resources.size);
    if (known.length > 0) this.#resourceVersion += 1;
    for (const some of chunks(ids(0).sort((a, b) => a - b))) {
      const rows = await db
        .selectFrom('finding')
        .select(ROW_COLUMNS)
        .where('id', 'in', [...some])
        .orderBy('id')
        .execute();
      const there = new Set(rows.map(({ id }) => id));
      for (const id of some) if (!there.has(id)) this.#columns.remove(id);
      if (!(await this.#put(db, rows))) return false;
    }
    return true;
  }

  async #put(db: Db, rows: readonly StoredRow[]): Promise<boolean> {
    const missing = (key: 'detail_id' | 'resource_id', at: ReadonlyMap<number, number>) => [
      ...new Set(rows.map((row) => row[key]).filter((id) => !at.has(id))),
    ];
    const [details, resources] = [this.#details, this.#resources];
    const [detailsBefore, resourcesBefore] = [details.size, resources.size];
    await addDetails(db, missing('detail_id', this.#detailAt), details);
    for (let at = detailsBefore; at < details.size; at++) this.#detailAt.set(details.id.at(at), at);
    if (details.size > detailsBefore) this.#detailVersion += 1;
    await putResources(db, missing('resource_id', this.#resourceAt), resources);
    for (let at = resourcesBefore; at < resources.size; at++) this.#resourceAt.set(resources.id.at(at), at);
    if (resources.size > resourcesBefore) this.#resourceVersion += 1;
    return rows.every((row) => {
      const detail = this.#detailAt.get(row.detail_id);
      const resource = this.#resourceAt.get(row.resource_id);
      // Both are in the store as long as the finding is; a row without them would be seen by no query either.
      if (detail === undefined || resource === undefined) return true;
      return this.#columns.put(row, detail, resource);
    });
  }

  /** What passes conditions. `refresh` comes first, in the same transaction. */
  async select(db: Db, conditions: readonly Condition[], scope: Scope): Promise<Selection> {
    const named = conditions.find(({ place }) => place.at === 'finding' && place.column === 'arn');
    const arns = named === undefined ? undefined : await arnIds(db, named);
    return select(this.snapshot, conditions, scope, arns, this.#masks);
  }

  async #page(db: Db, request: ListRequest): Promise<{ readonly ids: readonly number[]; readonly next?: Cursor }> {
    const { column, descending } = orderOf(request.sort);
    const selection = await this.select(db, conditionsOf(request.criteria, FINDING_FIELDS), request.scope);
    const sort = this.#keys.of(column, this.snapshot);
    const wanted = { sort, descending, after: request.after, limit: request.limit + 1 };
    const positions = first(this.#columns, selection, wanted);
    const found = positions.map((position) => ({
      id: this.#columns.id[position] ?? 0,
      value: sort?.valueOf(position) ?? null,
    }));
    const { kept, next } = pageOf(found, request.limit);
    return { ids: kept.map(({ id }) => id), ...(next !== undefined && { next }) };
  }

  /** The same page as `listFindings` by SQL. */
  async list(db: Db, request: ListRequest): Promise<Page<FindingRow>> {
    const { ids, ...next } = await this.#page(db, request);
    return { rows: await findingsById(db, ids), ...next };
  }

  /** The same page as `listFindingsJson` by SQL. */
  async listJson(db: Db, request: ListRequest): Promise<JsonPage> {
    const { ids, ...next } = await this.#page(db, request);
    return { json: await this.#texts.of(db, ids), ...next };
  }

  /** The same page as `aggregateFindings` by SQL. */
  aggregate(request: AggregateRequest): Promise<AggregationPage> {
    return this.#aggregations.of(request, `${this.#seen}`, () => aggregateCells(async () => this.#cells(), request));
  }

  #cells(): Cells {
    const { size, code, detail, resource } = this.#columns;
    return {
      resources: this.#resources,
      details: this.#details,
      size,
      resource,
      detail,
      // Codes of active findings are their severities.
      severity: code,
      flags: this.#details.flags.values,
      count: undefined,
      values: this.#values,
    };
  }
}

/** What a condition on ARNs names; who asks for all but a few names those few. */
async function arnIds(db: Db, { place, test }: Condition): Promise<ArnIds> {
  const pass = test.kind !== 'text' || test.any !== undefined;
  const wanted =
    pass || test.kind !== 'text' ? test : { ...test, none: [], any: test.none.map((value) => ({ value, prefix: false })) };
  const matching = conditionsSql([{ place, test: wanted }], 'finding');
  const { rows } = await sql<{ id: number }>`select id from finding where ${matching}`.execute(db);
  return { pass, ids: rows.map(({ id }) => id) };
}
