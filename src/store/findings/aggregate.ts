/** Counting active findings by the aggregations of the API: one way of counting over cells that either engine gives. */
import type { AggregationRequest, AggregationType, SortOrder, StringFilter } from '@aws-sdk/client-inspector2';
import type { Kysely } from 'kysely';
import type { Tables } from '../schema.ts';
import { AGGREGATIONS, type Aggregation } from './aggregations.ts';
import { type Cells, cellsBySql, Keys } from './cells.ts';
import { type AnyFilter, type Condition, conditionsOf, textTest } from './conditions.ts';
import { type AggregationCursor, ALL_AT, countRows, groupOf, PageRows, SORTED_BY, sortCells } from './count-rows.ts';
import { passes } from './criteria.ts';
import { FINDING_FIELDS, type Place } from './fields.ts';
import { type DetailTest, type ResourceTest, splitConditions } from './index/evaluate.ts';
import { mask } from './index/masks.ts';
import type { ResourceText } from './index/resources.ts';
import type { Scope } from './list.ts';

export interface AggregateRequest {
  readonly scope: Scope;
  readonly type: AggregationType;
  readonly accountIds: readonly StringFilter[] | undefined;
  /** What the request's one member holds. */
  readonly request: AggregationRequest | undefined;
  readonly limit: number;
  readonly after: AggregationCursor | undefined;
}

export interface AggregationPage {
  /** Each with the one member of the type. */
  readonly rows: readonly Readonly<Record<string, object>>[];
  readonly next?: AggregationCursor;
}

type CellSource = (withDetails: boolean) => Promise<Cells>;

interface RequestBody {
  readonly sortBy?: string;
  readonly sortOrder?: SortOrder;
  readonly [filter: string]: unknown;
}

/** What the member of the type in a request says; nothing when there is none. */
function bodyOf({ type, request }: Pick<AggregateRequest, 'type' | 'request'>): RequestBody {
  const member: unknown =
    request === undefined ? undefined : Object.entries(request).find(([name]) => name === AGGREGATIONS[type].member)?.[1];
  return typeof member === 'object' && member !== null ? { ...member } : {};
}

interface Tests {
  readonly resource: readonly ResourceTest[];
  readonly detail: readonly DetailTest[];
  readonly value: readonly ((value: string) => boolean)[];
  readonly never: boolean;
}

/** A filter of the request: a list of filters, or (`findingType`) one word. */
function filtersOf(given: unknown): readonly AnyFilter[] {
  if (typeof given === 'string') return [{ comparison: 'EQUALS', value: given }];
  return Array.isArray(given) ? given : [];
}

function oneOf(column: ResourceText, wanted: ReadonlySet<string>): ResourceTest {
  return ({ strings, text }) => {
    const passing = strings.tested((value) => value !== undefined && wanted.has(value));
    return (position) => passing(text[column].at(position));
  };
}

function testsOf({ filters, resourceType }: Aggregation, request: AggregateRequest, body: RequestBody): Tests {
  const conditions: Condition[] = conditionsOf(
    request.accountIds === undefined ? {} : { awsAccountId: [...request.accountIds] },
    FINDING_FIELDS,
  );
  const resource: ResourceTest[] = [];
  const value: ((value: string) => boolean)[] = [];
  const { scope } = request;
  if (scope !== undefined) resource.push(oneOf('account', new Set(scope)));
  if (resourceType !== undefined) resource.push(oneOf('type', new Set([resourceType])));
  for (const [name, what] of Object.entries(filters)) {
    const given = filtersOf(body[name]);
    if (given.length === 0) continue;
    if (typeof what === 'object') conditions.push(...conditionsOf({ [name]: given }, { [name]: what satisfies Place }));
    else {
      const test = textTest(given);
      if (what === 'value') value.push((text) => passes(text, test));
      else resource.push((resources) => (position) => passes(what(resources.at(position)), test));
    }
  }
  const split = splitConditions(conditions);
  return { resource: [...resource, ...split.resource], detail: split.detail, value, never: split.never };
}

function leftKeys({ resources }: Cells, aggregation: Aggregation, tests: Tests, keys: Keys): Int32Array {
  const passing = mask(
    resources.size,
    tests.resource.map((test) => test(resources)),
  );
  return Int32Array.from(passing, (passes, position) => {
    const text = passes === 0 ? undefined : aggregation.of(resources.at(position));
    return text === undefined ? -1 : keys.of(text);
  });
}

/** Details that pass; undefined: all do. */
function detailMask({ details }: Cells, { detail }: Tests): Uint8Array | undefined {
  if (detail.length === 0) return undefined;
  return mask(
    details.size,
    detail.map((test) => test(details)),
  );
}

/** One page of an aggregation over the active findings that a source of cells gives. */
export async function aggregateCells(source: CellSource, request: AggregateRequest): Promise<AggregationPage> {
  const aggregation = AGGREGATIONS[request.type];
  const body = bodyOf(request);
  const tests = testsOf(aggregation, request, body);
  if (tests.never) return { rows: [] };
  const cells = await source(aggregation.values !== undefined || tests.detail.length > 0);
  const keys = new Keys();
  const lefts = leftKeys(cells, aggregation, tests, keys);
  const values = aggregation.values === undefined ? undefined : cells.values.of(request.type, cells.details);
  const page = new PageRows(body.sortOrder === 'ASC', request.after, request.limit);
  countRows({
    cells,
    sorted: sortCells(cells, lefts, detailMask(cells, tests), keys.texts.length),
    lefts: keys.texts,
    values,
    wanted:
      tests.value.length === 0
        ? undefined
        : Uint8Array.from(values?.texts ?? [], (text) => (tests.value.every((test) => test(text)) ? 1 : 0)),
    by: SORTED_BY[body.sortBy ?? 'CRITICAL'] ?? ALL_AT,
    page,
  });
  const found = page.sorted();
  const kept = found.slice(0, request.limit);
  const rows = kept.map((row) => ({ [aggregation.member]: aggregation.show(groupOf(row, cells.resources.at(row.resource))) }));
  const last = found.length > request.limit ? kept.at(-1) : undefined;
  return { rows, ...(last !== undefined && { next: { count: last.count, key: `${last.left}\n${last.value}` } }) };
}

/** One page of an aggregation, counted by the database. */
export function aggregateFindings(db: Kysely<Tables>, request: AggregateRequest): Promise<AggregationPage> {
  return aggregateCells((withDetails) => cellsBySql(db, request.scope, withDetails), request);
}
