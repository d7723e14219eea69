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

/** Findings, or numbers of equal ones, as parallel arrays. */
export interface Cells {
  readonly resources: readonly ResourceEntry[];
  readonly details: readonly DetailEntry[];
  readonly size: number;
  /** Positions. */
  readonly resource: Uint32Array;
  /** Undefined where details were not asked for. */
  readonly detail: Uint32Array | undefined;
  /** Position in SEVERITY_ORDER; anything beyond: no active finding. */
  readonly severity: Uint8Array;
  /** Bits; by detail, or by cell where details were not asked for. */
  readonly flags: Uint8Array;
  /** How many findings a cell stands for; undefined: one. */
  readonly count: Float64Array | undefined;
  readonly values: ValueLists;
}

type CellSource = (withDetails: boolean) => Promise<Cells>;

/** The texts of all details, numbered. */
interface Values {
  readonly texts: readonly string[];
  /** Where the numbers of each detail begin in `numbers`; one more at the end. */
  readonly starts: Uint32Array;
  readonly numbers: Uint32Array;
}

/** The values of details that aggregations are about, kept from one question to the next; details are only ever added. */
export class ValueLists {
  readonly #lists = new Map<AggregationType, Values & { readonly keys: Keys }>();

  of(type: AggregationType, details: readonly DetailEntry[]): Values {
    const known = this.#lists.get(type);
    const done = known === undefined ? 0 : known.starts.length - 1;
    if (known !== undefined && done === details.length) return known;
    const keys = known?.keys ?? new Keys();
    const { values = () => [] } = AGGREGATIONS[type];
    const starts = new Uint32Array(details.length + 1);
    if (known !== undefined) starts.set(known.starts);
    const fresh: number[] = [];
    const before = known?.numbers ?? new Uint32Array(0);
    for (const [at, detail] of details.slice(done).entries()) {
      for (const text of values(detail)) fresh.push(keys.of(text));
      starts[done + at + 1] = before.length + fresh.length;
    }
    const numbers = new Uint32Array(before.length + fresh.length);
    numbers.set(before);
    numbers.set(fresh, before.length);
    const list = { keys, texts: keys.texts, starts, numbers };
    this.#lists.set(type, list);
    return list;
  }
}

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

/** A row's counters: one for each severity, then these. */
const EXPLOITABLE_AT = SEVERITY_ORDER.length;
const FIXABLE_AT = EXPLOITABLE_AT + 1;
const NETWORK_AT = EXPLOITABLE_AT + 2;
const ALL_AT = EXPLOITABLE_AT + 3;
/** Of four bytes each: one line of the processor's cache. */
const WIDTH = 16;
const RESOURCES = -1;

/** Position of the counter that rows are sorted by, or `RESOURCES`: how many different ones. */
const SORTED_BY: Readonly<Record<string, number>> = {
  CRITICAL: SEVERITY_ORDER.indexOf('CRITICAL'),
  HIGH: SEVERITY_ORDER.indexOf('HIGH'),
  ALL: ALL_AT,
  NETWORK_FINDINGS: NETWORK_AT,
  AFFECTED_INSTANCES: RESOURCES,
  AFFECTED_IMAGES: RESOURCES,
};

function leftKeys(cells: Cells, aggregation: Aggregation, tests: Tests, keys: Keys): Int32Array {
  return Int32Array.from(cells.resources, (entry) => {
    if (!tests.resource.every((test) => test(entry))) return -1;
    const text = aggregation.of(entry);
    return text === undefined ? -1 : keys.of(text);
  });
}

/** Details that pass; undefined: all do. */
function detailMask({ details }: Cells, tests: Tests): Uint8Array | undefined {
  if (tests.detail.length === 0) return undefined;
  return Uint8Array.from(details, (entry) => (tests.detail.every((test) => test(entry)) ? 1 : 0));
}

interface Sorted {
  /** Cells that count, those of one left key together. */
  readonly cells: Uint32Array;
  /** Where those of each left key begin; one more at the end. */
  readonly starts: Uint32Array;
  /** Different resources of each left key. */
  readonly resources: Uint32Array;
}

/** Counting sort of the cells that count by their left keys. */
function sortCells(cells: Cells, lefts: Int32Array, mask: Uint8Array | undefined, keys: number): Sorted {
  const { size, resource, detail, severity } = cells;
  const starts = new Uint32Array(keys + 1);
  const resources = new Uint32Array(keys);
  const seen = new Uint8Array(cells.resources.length);
  const passing = new Uint32Array(size);
  let passed = 0;
  for (let cell = 0; cell < size; cell++) {
    if ((severity[cell] ?? WIDTH) >= EXPLOITABLE_AT) continue;
    const one = resource[cell] ?? 0;
    const left = lefts[one] ?? -1;
    if (left < 0 || (mask !== undefined && mask[detail?.[cell] ?? 0] === 0)) continue;
    passing[passed++] = cell;
    starts[left + 1] = (starts[left + 1] ?? 0) + 1;
    if (seen[one] === 0) {
      seen[one] = 1;
      resources[left] = (resources[left] ?? 0) + 1;
    }
  }
  for (let left = 0; left < keys; left++) starts[left + 1] = (starts[left + 1] ?? 0) + (starts[left] ?? 0);
  const next = starts.slice();
  const sorted = new Uint32Array(passed);
  for (let at = 0; at < passed; at++) {
    const cell = passing[at] ?? 0;
    const left = lefts[resource[cell] ?? 0] ?? 0;
    const place = next[left] ?? 0;
    sorted[place] = cell;
    next[left] = place + 1;
  }
  return { cells: sorted, starts, resources };
}

interface Row {
  readonly count: number;
  readonly left: string;
  readonly value: string;
  /** Of any of its cells. */
  readonly resource: number;
  readonly counters: Uint32Array;
  readonly resources: number;
}

/** Between texts of pairs: as the texts that are made of them. */
function compareKeys(left: string, value: string, key: string): number {
  const own = `${left}\n${value}`;
  return own < key ? -1 : own > key ? 1 : 0;
}

/** The rows of one page and one more: by count, most first unless ascending; the key decides between equals. */
class PageRows {
  readonly #sign: number;
  readonly #limit: number;
  readonly #after: AggregationCursor | undefined;
  #rows: Row[] = [];
  /** The last one that can still be on the page, when there are enough. */
  #last: Row | undefined;

  constructor(ascending: boolean, { after, limit }: AggregateRequest) {
    this.#sign = ascending ? 1 : -1;
    this.#limit = limit + 1;
    this.#after = after;
  }

  /** Whether a row of this count may be on the page: the quick answer. */
  mayWant(count: number): boolean {
    return this.#last === undefined || this.#sign * (count - this.#last.count) <= 0;
  }

  /** Whether a row is on the page as far as is known: asked before it is made. */
  wants(count: number, left: string, value: string): boolean {
    const after = this.#after;
    if (after !== undefined) {
      const order = this.#sign * (count - after.count);
      if (order < 0 || (order === 0 && compareKeys(left, value, after.key) <= 0)) return false;
    }
    if (this.#last === undefined) return true;
    const order = this.#sign * (count - this.#last.count);
    return order < 0 || (order === 0 && compareKeys(left, value, `${this.#last.left}\n${this.#last.value}`) < 0);
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length >= 4 * this.#limit) this.#shorten();
  }

  #shorten(): void {
    this.#rows.sort((a, b) => this.#sign * (a.count - b.count) || compareKeys(a.left, a.value, `${b.left}\n${b.value}`));
    this.#rows.length = Math.min(this.#rows.length, this.#limit);
    if (this.#rows.length === this.#limit) this.#last = this.#rows.at(-1);
  }

  sorted(): readonly Row[] {
    this.#shorten();
    return this.#rows;
  }
}

interface Counted {
  readonly cells: Cells;
  readonly sorted: Sorted;
  readonly lefts: readonly string[];
  readonly values: Values | undefined;
  /** Values that pass. */
  readonly wanted: Uint8Array | undefined;
  /** Position of the counter that is sorted by. */
  readonly by: number;
  readonly page: PageRows;
}

/** Adds a cell to the counters of a row; true when it is the row's first. */
function add(counters: Uint32Array, place: number, severity: number, flags: number, number: number): boolean {
  const before = counters[place + ALL_AT] ?? 0;
  counters[place + ALL_AT] = before + number;
  counters[place + severity] = (counters[place + severity] ?? 0) + number;
  if ((flags & EXPLOITABLE) !== 0) counters[place + EXPLOITABLE_AT] = (counters[place + EXPLOITABLE_AT] ?? 0) + number;
  if ((flags & FIXABLE) !== 0) counters[place + FIXABLE_AT] = (counters[place + FIXABLE_AT] ?? 0) + number;
  if ((flags & NETWORK) !== 0) counters[place + NETWORK_AT] = (counters[place + NETWORK_AT] ?? 0) + number;
  return before === 0;
}

/** Counts the cells of one left key after the other in one set of counters. */
function countRows({ cells, sorted, lefts, values, wanted, by, page }: Counted): void {
  const { resource, detail, severity, flags, count } = cells;
  const counters = new Uint32Array(WIDTH * Math.max(1, values?.texts.length ?? 1));
  const touched = new Uint32Array(Math.max(1, values?.texts.length ?? 1));
  for (const [left, text] of lefts.entries()) {
    const start = sorted.starts[left] ?? 0;
    const end = sorted.starts[left + 1] ?? 0;
    let rows = 0;
    for (let at = start; at < end; at++) {
      const cell = sorted.cells[at] ?? 0;
      const one = detail === undefined ? cell : (detail[cell] ?? 0);
      const bits = flags[one] ?? 0;
      const number = count === undefined ? 1 : (count[cell] ?? 0);
      const word = severity[cell] ?? 0;
      if (values === undefined) {
        if (add(counters, 0, word, bits, number)) touched[rows++] = 0;
        continue;
      }
      const last = values.starts[one + 1] ?? 0;
      for (let next = values.starts[one] ?? 0; next < last; next++) {
        const value = values.numbers[next] ?? 0;
        if (wanted !== undefined && wanted[value] === 0) continue;
        if (add(counters, value * WIDTH, word, bits, number)) touched[rows++] = value;
      }
    }
    const resources = sorted.resources[left] ?? 0;
    for (let at = 0; at < rows; at++) {
      const value = touched[at] ?? 0;
      const place = value * WIDTH;
      const measure = by === RESOURCES ? resources : (counters[place + by] ?? 0);
      if (page.mayWant(measure) && page.wants(measure, text, values?.texts[value] ?? '')) {
        const own = counters.slice(place, place + WIDTH);
        const first = resource[sorted.cells[start] ?? 0] ?? 0;
        page.add({ count: measure, left: text, value: values?.texts[value] ?? '', resource: first, counters: own, resources });
      }
      for (let counter = place; counter <= place + ALL_AT; counter++) counters[counter] = 0;
    }
  }
}

function groupOf({ counters, value, resources }: Row, resource: ResourceEntry): Group {
  return {
    resource,
    value,
    counts: [...counters.subarray(0, EXPLOITABLE_AT)],
    exploitable: counters[EXPLOITABLE_AT] ?? 0,
    fixable: counters[FIXABLE_AT] ?? 0,
    network: counters[NETWORK_AT] ?? 0,
    resources,
  };
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
  const page = new PageRows(body.sortOrder === 'ASC', request);
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
  const rows = kept.flatMap((row) => {
    const resource = cells.resources[row.resource];
    return resource === undefined ? [] : [{ [aggregation.member]: aggregation.show(groupOf(row, resource)) }];
  });
  const last = found.length > request.limit ? kept.at(-1) : undefined;
  return { rows, ...(last !== undefined && { next: { count: last.count, key: `${last.left}\n${last.value}` } }) };
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
  // A resource or detail that went away between the two questions: the finding went with it.
  const there = rows.filter((row) => resourceAt.has(row.resource_id) && (!withDetails || detailAt.has(row.detail_id)));
  return {
    resources,
    details,
    size: there.length,
    resource: Uint32Array.from(there, (row) => resourceAt.get(row.resource_id) ?? 0),
    detail: withDetails ? Uint32Array.from(there, (row) => detailAt.get(row.detail_id) ?? 0) : undefined,
    severity: Uint8Array.from(there, (row) => row.severity),
    flags: Uint8Array.from(withDetails ? details : there, flagsOf),
    count: Float64Array.from(there, (row) => Number(row.count)),
    values: new ValueLists(),
  };
}

export function flagsOf({ type, exploit, fix }: Pick<DetailEntry, 'type' | 'exploit' | 'fix'>): number {
  return (exploit === 'YES' ? EXPLOITABLE : 0) | (fix === 'YES' ? FIXABLE : 0) | (type === 'NETWORK_REACHABILITY' ? NETWORK : 0);
}

/** One page of an aggregation, counted by the database. */
export function aggregateFindings(db: Kysely<Tables>, request: AggregateRequest): Promise<AggregationPage> {
  return aggregateCells((withDetails) => cellsBySql(db, request.scope, withDetails), request);
}
