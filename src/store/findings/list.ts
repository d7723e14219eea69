/** Lists of findings, page by page. */
import type { FilterCriteria, SortCriteria } from '@aws-sdk/client-inspector2';
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Tables } from '../schema.ts';
import { type FindingRow, OWN_COLUMNS } from './api-finding.ts';
import { conditionsOf } from './conditions.ts';
import { findingCriteria } from './criteria.ts';
import { FINDING_FIELDS, SORT_COLUMNS, type SortColumn } from './fields.ts';
import type { FindingTexts } from './texts.ts';

/** The last row of a page: where the next one begins, whatever is written meanwhile. */
export interface Cursor {
  /** Its value in the column sorted by; null when it has none, or nothing is sorted by. */
  readonly value: string | number | null;
  readonly id: number;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Absent on the last page. */
  readonly next?: Cursor;
}

/** A page as the JSON of the API: a list of Findings in UTF-8. */
export interface JsonPage {
  readonly json: Uint8Array<ArrayBuffer>;
  readonly next?: Cursor;
}

/** Accounts whose data the caller sees; undefined: all. */
export type Scope = readonly string[] | undefined;

export interface ListRequest {
  readonly scope: Scope;
  readonly criteria: FilterCriteria | undefined;
  /** Nothing: in the order in which they were made. */
  readonly sort: SortCriteria | undefined;
  readonly limit: number;
  readonly after: Cursor | undefined;
}

type Sql = RawBuilder<SqlBool>;

/** Sort columns that may be null: rows without a value come last, in both directions. */
const NULLABLE: ReadonlySet<SortColumn> = new Set([
  'pushed_at',
  'repository',
  'registry',
  'protocol',
  'component',
  'vulnerability',
  'source',
  'score',
  'vendor_severity',
  'epss',
]);

/** The value that nearly all rows have; their index has none of them. */
const COMMON: Partial<Readonly<Record<SortColumn, string>>> = { type: 'PACKAGE_VULNERABILITY' };

export interface Order {
  readonly column: SortColumn | undefined;
  readonly descending: boolean;
}

export function orderOf(sort: SortCriteria | undefined): Order {
  return {
    column: sort?.field === undefined ? undefined : SORT_COLUMNS[sort.field],
    descending: sort?.sortOrder === 'DESC',
  };
}

/** The accounts a caller sees, as an expression. */
export function scopeSql(scope: Scope, table: 'finding' | 'resource' = 'finding'): Sql {
  if (scope === undefined) return sql`1 = 1`;
  return scope.length === 0 ? sql`1 = 0` : sql`${sql.ref(`${table}.account`)} in (${sql.join(scope)})`;
}

interface Place {
  readonly id: number;
  readonly value: string | number | null;
}

/** A part of the list that one index gives in order, the id's own where all rows have one value. */
interface Stretch {
  readonly where: Sql;
  /** The value that all have; absent where they are sorted by theirs. */
  readonly only?: string | null;
  /** Whether a row with this value is in it. */
  readonly holds: (value: Place['value']) => boolean;
}

/** The stretches that make up the list, first to last. */
function stretchesOf({ column, descending }: Order): readonly Stretch[] {
  if (column === undefined) return [{ where: sql`1 = 1`, only: null, holds: () => true }];
  const value = sql.ref(`finding.${column}`);
  if (NULLABLE.has(column)) {
    return [
      { where: sql`${value} is not null`, holds: (one) => one !== null },
      { where: sql`${value} is null`, only: null, holds: (one) => one === null },
    ];
  }
  const common = COMMON[column];
  if (common === undefined) return [{ where: sql`1 = 1`, holds: () => true }];
  const all: readonly Stretch[] = [
    { where: sql`${value} < ${sql.lit(common)}`, holds: (one) => one !== null && one < common },
    { where: sql`${value} = ${sql.lit(common)}`, only: common, holds: (one) => one === common },
    { where: sql`${value} > ${sql.lit(common)}`, holds: (one) => one !== null && one > common },
  ];
  return descending ? all.toReversed() : all;
}

async function read(
  db: Kysely<Tables>,
  { column, descending }: Order,
  { only }: Stretch,
  where: Sql,
  after: Cursor | undefined,
  limit: number,
): Promise<readonly Place[]> {
  const id = sql.ref('finding.id');
  const way = sql.raw(descending ? 'desc' : 'asc');
  const beyond = sql.raw(descending ? '<' : '>');
  const value = column === undefined || only !== undefined ? undefined : sql.ref(`finding.${column}`);
  const start: Sql =
    after === undefined
      ? sql`1 = 1`
      : value === undefined
        ? sql`${id} ${beyond} ${after.id}`
        : sql`(${value}, ${id}) ${beyond} (${after.value}, ${after.id})`;
  const order = value === undefined ? sql`${id} ${way}` : sql`${value} ${way}, ${id} ${way}`;
  const query = sql<Place>`select ${id} as id, ${value ?? sql.lit(only ?? null)} as value from finding where ${where} and ${start} order by ${order} limit ${limit}`;
  return (await query.execute(db)).rows;
}

/** Whether only rows with a value in the column sorted by pass: no index knows those without one. */
function demandsValue({ column }: Order, criteria: FilterCriteria | undefined): boolean {
  return conditionsOf(criteria, FINDING_FIELDS).some(
    ({ place, test }) =>
      place.at === 'finding' &&
      place.column === column &&
      (test.kind === 'ranges' || (test.kind === 'text' && test.any !== undefined)),
  );
}

async function places(db: Kysely<Tables>, request: ListRequest, limit: number): Promise<Place[]> {
  const order = orderOf(request.sort);
  const where: Sql = sql`${scopeSql(request.scope)} and ${findingCriteria(request.criteria)}`;
  const required = demandsValue(order, request.criteria);
  const stretches = stretchesOf(order).filter(({ only }) => only !== null || !required);
  let { after } = request;
  const first = after === undefined ? 0 : stretches.findIndex(({ holds }) => holds(after?.value ?? null));
  const found: Place[] = [];
  for (const stretch of stretches.slice(Math.max(first, 0))) {
    if (found.length >= limit) break;
    found.push(...(await read(db, order, stretch, sql`${where} and ${stretch.where}`, after, limit - found.length)));
    after = undefined;
  }
  return found;
}

/** The query for whole rows; in no order. */
function rowsQuery(db: Kysely<Tables>) {
  return db
    .selectFrom('finding')
    .innerJoin('detail', 'detail.id', 'finding.detail_id')
    .innerJoin('resource', 'resource.id', 'finding.resource_id')
    .leftJoin('vulnerability_text', 'vulnerability_text.vulnerability', 'detail.vulnerability')
    .select([
      ...OWN_COLUMNS.map((column) => `finding.${column}` as const),
      'detail.data',
      'vulnerability_text.text',
      'resource.uid as resource_uid',
      'resource.account as resource_account',
      'resource.region as resource_region',
      'resource.type as resource_type',
      'resource.tags as resource_tags',
      'resource.details as resource_details',
    ]);
}

/** Rows by id, in the order of the ids. */
export async function findingsById(db: Kysely<Tables>, ids: readonly number[]): Promise<FindingRow[]> {
  if (ids.length === 0) return [];
  const rows = await rowsQuery(db)
    .where('finding.id', 'in', [...ids])
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Turns one row more than asked for into a page: there is a next one only when it has a row. */
export function pageOf<T extends Place>(
  found: readonly T[],
  limit: number,
): { readonly kept: readonly T[]; readonly next?: Cursor } {
  const kept = found.slice(0, limit);
  const last = kept.at(-1);
  return found.length > limit && last !== undefined ? { kept, next: { value: last.value, id: last.id } } : { kept };
}

/**
 * One page of the findings that pass, by SQL. Rows that nobody changes are met exactly once over all pages. `db` should be a snapshot
 * where others write at the same time: a row that is deleted between its being found and its being read is left out.
 */
export async function listFindings(db: Kysely<Tables>, request: ListRequest): Promise<Page<FindingRow>> {
  const { kept, next } = pageOf(await places(db, request, request.limit + 1), request.limit);
  const rows = await findingsById(
    db,
    kept.map(({ id }) => id),
  );
  return { rows, ...(next !== undefined && { next }) };
}

/** The same page as JSON. */
export async function listFindingsJson(db: Kysely<Tables>, request: ListRequest, texts: FindingTexts): Promise<JsonPage> {
  const { kept, next } = pageOf(await places(db, request, request.limit + 1), request.limit);
  const json = await texts.of(
    db,
    kept.map(({ id }) => id),
  );
  return { json, ...(next !== undefined && { next }) };
}

/** How many findings pass. */
export async function countFindings(db: Kysely<Tables>, scope: Scope, criteria: FilterCriteria | undefined): Promise<number> {
  const { count } = await db
    .selectFrom('finding')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where(scopeSql(scope))
    .where(findingCriteria(criteria))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Findings by ARN, in no order; those that are not there or not visible are left out. */
export async function findingsByArn(db: Kysely<Tables>, scope: Scope, arns: readonly string[]): Promise<FindingRow[]> {
  if (arns.length === 0) return [];
  return rowsQuery(db)
    .where('finding.arn', 'in', [...arns])
    .where(scopeSql(scope))
    .execute();
}
