/** Counting active findings by the aggregations of the API: one way of counting over cells that either engine gives. */
import type { AggregationRequest, AggregationType, SortOrder, StringFilter } from '@aws-sdk/client-inspector2';
import type { Kysely } from 'kysely';
import { SEVERITY_ORDER, type Tables } from '../schema.ts';
import { AGGREGATIONS, type Aggregation, type Group } from './aggregations.ts';
import { type AnyFilter, type Condition, conditionsOf, textTest } from './conditions.ts';
import { passes } from './criteria.ts';
import { FINDING_FIELDS, type Place } from './fields.ts';
import { type DetailEntry, Interner, type ResourceEntry, readDetails, readResources } from './index/entries.ts';
import { splitConditions } from './index/evaluate.ts';
import { type Scope, scopeSql } from './list.ts';

/** The last row of a page. */
export interface AggregationCursor {
  readonly count: number;
  readonly key: string;
}

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

/** Bits of a cell. */
export const EXPLOITABLE = 1;
export const FIXABLE = 2;
export const NETWORK = 4;

type Visit = (resource: number, detail: number, severity: number, flags: number, count: number) => void;

/** Active findings; `resource` and `detail` are positions. */
export interface Cells {
  readonly resources: readonly ResourceEntry[];
  readonly details: readonly DetailEntry[];
  /** `detail` of the calls is -1 where details were not asked for. */
  each(visit: Visit): void;
}

type CellSource = (withDetails: boolean) => Promise<Cells>;

interface RequestBody {
  readonly sortBy?: string;
  readonly sortOrder?: SortOrder;
  readonly [filter: string]: unknown;
}

/** What the member of the type in a request says; nothing when there is none. */
export function bodyOf({ type, request }: Pick<AggregateRequest, 'type' | 'request'>): RequestBody {
  const member: unknown =
    request === undefined ? undefined : Object.entries(request).find(([name]) => name === AGGREGATIONS[type].member)?.[1];
  return typeof member === 'object' && member !== null ? { ...member } : {};
}

interface Tests {
  readonly resource: readonly ((resource: ResourceEntry) => boolean)[];
  readonly detail: readonly ((detail: DetailEntry) => boolean)[];
  readonly value: readonly ((value: string) => boolean)[];
  readonly never: boolean;
}

/** A filter of the request: a list of filters, or (`findingType`) one word. */
function filtersOf(given: unknown): readonly AnyFilter[] {
  if (typeof given === 'string') return [{ comparison: 'EQUALS', value: given }];
  return Array.isArray(given) ? given : [];
}

function testsOf({ filters, resourceType }: Aggregation, request: AggregateRequest, body: RequestBody): Tests {
  const conditions: Condition[] = conditionsOf(
    request.accountIds === undefined ? {} : { awsAccountId: [...request.accountIds] },
    FINDING_FIELDS,
  );
  const resource: ((resource: ResourceEntry) => boolean)[] = [];
  const value: ((value: string) => boolean)[] = [];
  const { scope } = request;
  if (scope !== undefined) resource.push(({ account }) => scope.includes(account));
  if (resourceType !== undefined) resource.push(({ type }) => type === resourceType);
  for (const [name, what] of Object.entries(filters)) {
    const given = filtersOf(body[name]);
    if (given.length === 0) continue;
    if (typeof what === 'object') conditions.push(...conditionsOf({ [name]: given }, { [name]: what satisfies Place }));
    else {
      const test = textTest(given);
      if (what === 'value') value.push((text) => passes(text, test));
      else resource.push((entry) => passes(what(entry), test));
    }
  }
  const split = splitConditions(conditions);
  return { resource: [...resource, ...split.resource], detail: split.detail, value, never: split.never };
}

/** Row keys of resources and of details, as small numbers. */
class Keys {
  readonly #known = new Map<string, number>();
  readonly texts: string[] = [];

  of(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

interface Counting {
  readonly left: number;
  readonly right: number;
  readonly resource: number;
  readonly counts: number[];
  exploitable: number;
  fixable: number;
  network: number;
  resources: number;
}

function leftKeys(cells: Cells, aggregation: Aggregation, tests: Tests, keys: Keys): Int32Array {
  return Int32Array.from(cells.resources, (entry) => {
    if (entry === undefined || !tests.resource.every((test) => test(entry))) return -1;
    const text = aggregation.of(entry);
    return text === undefined ? -1 : keys.of(text);
  });
}

const NONE: readonly number[] = [];
const ONE: readonly number[] = [0];

/** For each detail the keys of its values that pass; one for all where rows are not about values. */
function rightKeys(cells: Cells, aggregation: Aggregation, tests: Tests, keys: Keys): readonly (readonly number[])[] {
  return cells.details.map((entry) => {
    if (!tests.detail.every((test) => test(entry))) return NONE;
    if (aggregation.values === undefined) return ONE;
    const found: number[] = [];
    for (const text of aggregation.values(entry)) if (tests.value.every((test) => test(text))) found.push(keys.of(text));
    return found;
  });
}

function count(cells: Cells, aggregation: Aggregation, tests: Tests): { groups: Counting[]; left: Keys; right: Keys } {
  const left = new Keys();
  const right = new Keys();
  const lefts = leftKeys(cells, aggregation, tests, left);
  const rights = rightKeys(cells, aggregation, tests, right);
  const width = Math.max(1, right.texts.length);
  const groups = new Map<number, Counting>();
  // Whether a resource was counted in its row already; only rows without values are asked.
  const counted = new Uint8Array(cells.resources.length);
  let lastKey = -1;
  let last: Counting | undefined;
  cells.each((resource, detail, severity, flags, number) => {
    const one = lefts[resource] ?? -1;
    if (one < 0) return;
    for (const other of detail < 0 ? ONE : (rights[detail] ?? NONE)) {
      const key = one * width + other;
      let group = key === lastKey ? last : groups.get(key);
      if (group === undefined) {
        const counts = SEVERITY_ORDER.map(() => 0);
        group = { left: one, right: other, resource, counts, exploitable: 0, fixable: 0, network: 0, resources: 0 };
        groups.set(key, group);
      }
      lastKey = key;
      last = group;
      group.counts[severity] = (group.counts[severity] ?? 0) + number;
      if ((flags & EXPLOITABLE) !== 0) group.exploitable += number;
      if ((flags & FIXABLE) !== 0) group.fixable += number;
      if ((flags & NETWORK) !== 0) group.network += number;
      if (counted[resource] === 0) {
        counted[resource] = 1;
        group.resources += 1;
      }
    }
  });
  return { groups: [...groups.values()], left, right };
}

const SORTED_BY: Readonly<Record<string, (group: Counting) => number>> = {
  CRITICAL: ({ counts }) => counts[5] ?? 0,
  HIGH: ({ counts }) => counts[4] ?? 0,
  ALL: ({ counts }) => counts.reduce((sum, one) => sum + one, 0),
  NETWORK_FINDINGS: ({ network }) => network,
  AFFECTED_INSTANCES: ({ resources }) => resources,
  AFFECTED_IMAGES: ({ resources }) => resources,
};

interface Sortable {
  readonly group: Counting;
  readonly count: number;
  readonly key: string;
}

/** Most first unless ASC is asked for, by CRITICAL unless another is; the key decides between equals. */
function pageOf(rows: readonly Sortable[], ascending: boolean, { after, limit }: AggregateRequest): Sortable[] {
  const sign = ascending ? 1 : -1;
  const compare = (a: { count: number; key: string }, b: { count: number; key: string }) =>
    sign * (a.count - b.count) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  const beyond = after === undefined ? rows : rows.filter((row) => compare(row, after) > 0);
  // A page is short and the list may be long: first what cannot be on it is left out.
  const counts = Float64Array.from(beyond, (row) => sign * row.count).sort();
  const least = counts[limit] ?? Number.POSITIVE_INFINITY;
  return beyond
    .filter((row) => sign * row.count <= least)
    .sort(compare)
    .slice(0, limit + 1);
}

/** One page of an aggregation over the active findings that a source of cells gives. */
export async function aggregateCells(source: CellSource, request: AggregateRequest): Promise<AggregationPage> {
  const aggregation = AGGREGATIONS[request.type];
  const body = bodyOf(request);
  const tests = testsOf(aggregation, request, body);
  if (tests.never) return { rows: [] };
  const cells = await source(aggregation.values !== undefined || tests.detail.length > 0);
  const { groups, left, right } = count(cells, aggregation, tests);
  const measure = SORTED_BY[body.sortBy ?? 'CRITICAL'] ?? (() => 0);
  const keyed = groups.map(
    (group): Sortable => ({
      group,
      count: measure(group),
      key: `${left.texts[group.left] ?? ''}\n${right.texts[group.right] ?? ''}`,
    }),
  );
  const found = pageOf(keyed, body.sortOrder === 'ASC', request);
  const kept = found.slice(0, request.limit);
  const last = kept.at(-1);
  const rows = kept.flatMap(({ group }) => {
    const resource = cells.resources[group.resource];
    if (resource === undefined) return [];
    const shown: Group = { ...group, resource, value: right.texts[group.right] ?? '' };
    return [{ [aggregation.member]: aggregation.show(shown) }];
  });
  return { rows, ...(found.length > request.limit && last !== undefined && { next: { count: last.count, key: last.key } }) };
}

/** Cells as the database counts them. */
async function cellsBySql(db: Kysely<Tables>, scope: Scope, withDetails: boolean): Promise<Cells> {
  const rows = await db
    .selectFrom('finding')
    .select(({ fn, lit }) => [
      'resource_id',
      'severity',
      'type',
      'exploit',
      'fix',
      withDetails ? 'detail_id' : lit(-1).as('detail_id'),
      fn.countAll<number>().as('count'),
    ])
    .where('status', '=', 'ACTIVE')
    .where(scopeSql(scope))
    .groupBy(['resource_id', 'severity', 'type', 'exploit', 'fix', ...(withDetails ? (['detail_id'] as const) : [])])
    .execute();
  const interner = new Interner();
  const resources = await readResources(db, [...new Set(rows.map((row) => row.resource_id))], interner);
  const details = withDetails ? await readDetails(db, [...new Set(rows.map((row) => row.detail_id))], interner) : [];
  const positions = (entries: readonly { readonly id: number }[]) => new Map(entries.map(({ id }, position) => [id, position]));
  const resourceAt = positions(resources);
  const detailAt = positions(details);
  return {
    resources,
    details,
    each(visit) {
      for (const { resource_id, detail_id, severity, type, exploit, fix, count: number } of rows) {
        const resource = resourceAt.get(resource_id);
        if (resource === undefined) continue;
        visit(resource, detailAt.get(detail_id) ?? -1, severity, flagsOf({ type, exploit, fix }), Number(number));
      }
    },
  };
}

export function flagsOf({ type, exploit, fix }: Pick<DetailEntry, 'type' | 'exploit' | 'fix'>): number {
  return (exploit === 'YES' ? EXPLOITABLE : 0) | (fix === 'YES' ? FIXABLE : 0) | (type === 'NETWORK_REACHABILITY' ? NETWORK : 0);
}

/** One page of an aggregation, counted by the database. */
export function aggregateFindings(db: Kysely<Tables>, request: AggregateRequest): Promise<AggregationPage> {
  return aggregateCells((withDetails) => cellsBySql(db, request.scope, withDetails), request);
}
