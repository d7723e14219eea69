/** One walk over all findings: which pass, and the first of them in an order. */

import { SEVERITY_ORDER } from '../../schema.ts';
import type { Condition } from '../conditions.ts';
import { passes } from '../criteria.ts';
import type { Cursor, Scope } from '../list.ts';
import type { Answers } from './answers.ts';
import { CODES, type Columns, severityOfCode, statusOfCode } from './columns.ts';
import { inRanges, type OwnColumn, type Split, splitConditions } from './evaluate.ts';
import type { Snapshot, SortKeys } from './keys.ts';
import { type DetailsAndResources, mask } from './masks.ts';

type RowTest = (position: number) => boolean;

/** What passes, as one byte for each detail, resource and code, and tests of rows for the rest. */
export interface Selection extends DetailsAndResources {
  readonly code: Uint8Array;
  /** Nothing else passes than some of these positions, ascending; undefined: any may. */
  readonly only: readonly number[] | undefined;
  readonly rows: readonly RowTest[];
  readonly never: boolean;
}

/** ARNs are not in memory: who selects has looked up the ids of those that a condition names, to pass or not to pass. */
export interface ArnIds {
  readonly pass: boolean;
  readonly ids: readonly number[];
}

function rowTest(column: OwnColumn, test: Condition['test'], columns: Columns): RowTest {
  if (test.kind !== 'ranges') return () => false;
  const values =
    column === 'first_observed_at'
      ? columns.first
      : column === 'last_observed_at'
        ? columns.last
        : column === 'updated_at'
          ? columns.updated
          : columns.score;
  const [range] = test.ranges;
  // The usual case: one comparison of numbers; NaN, which is no value, passes none.
  if (test.ranges.length === 1 && range !== undefined) {
    const low = range.low ?? Number.NEGATIVE_INFINITY;
    const high = range.high ?? Number.POSITIVE_INFINITY;
    return (position) => {
      const value = values[position] ?? Number.NaN;
      return value >= low && value <= high;
    };
  }
  return (position) => inRanges(values[position] ?? Number.NaN, test);
}

function detailsAndResources({ details, resources }: Snapshot, split: Split, scope: Scope): DetailsAndResources {
  const resourceTests = split.resource.map((test) => test(resources));
  if (scope !== undefined) {
    const visible = new Set(scope);
    const sees = resources.strings.tested((account) => account !== undefined && visible.has(account));
    resourceTests.unshift((position) => sees(resources.text.account.at(position)));
  }
  return {
    detail: mask(
      details.size,
      split.detail.map((test) => test(details)),
    ),
    resource: mask(resources.size, resourceTests),
  };
}

/** Works out what passes. */
export function select(
  snapshot: Snapshot,
  conditions: readonly Condition[],
  scope: Scope,
  arns: ArnIds | undefined,
  masks: Answers<DetailsAndResources>,
): Selection {
  const split = splitConditions(conditions);
  const version = `${snapshot.detailVersion} ${snapshot.resourceVersion}`;
  const named = new Set(arns?.ids.map((id) => snapshot.columns.positionOf(id)).filter((position) => position >= 0));
  const code = new Uint8Array(256);
  const statuses = split.own.filter(({ column }) => column === 'status').map(({ test }) => test);
  for (const one of CODES) {
    const severity = SEVERITY_ORDER[severityOfCode(one)];
    const good =
      split.severity.every((test) => passes(severity, test)) &&
      statuses.every((test) => test.kind === 'text' && passes(statusOfCode(one), test));
    if (good) code[one] = 1;
  }
  return {
    ...masks.of([scope, conditions], version, () => detailsAndResources(snapshot, split, scope)),
    code,
    only: arns?.pass === true ? [...named].sort((a, b) => a - b) : undefined,
    rows: [
      ...(arns?.pass === false ? [(position: number) => !named.has(position)] : []),
      ...split.own
        .filter(({ column }) => column !== 'status' && column !== 'arn')
        .map(({ column, test }) => rowTest(column, test, snapshot.columns)),
    ],
    never: split.never,
  };
}

interface Walk {
  readonly columns: Columns;
  readonly selection: Selection;
  readonly descending: boolean;
  readonly heap: Heap;
  /** Whether a finding comes behind the cursor. */
  readonly behind: (key: number, position: number) => boolean;
}

function offer({ selection, heap, behind }: Walk, raw: number, position: number): void {
  const key = Number.isNaN(raw) ? Number.POSITIVE_INFINITY : raw;
  if (key >= heap.bound || !behind(key, position)) return;
  if (selection.rows.length > 0 && !selection.rows.every((test) => test(position))) return;
  heap.add(key, position);
}

/*
 * The loops below see a million findings for one page. What most of them fail comes first. Until the page is full that is the filter,
 * by the resource's byte before the others: findings of a resource lie together. Then it is being later than the page's last one, which
 * is one comparison (that no value, NaN, does not fail). They walk in the direction of the order, so that equals come in theirs and are
 * turned away at once.
 */

/** Walks until the page is full; where it stopped. */
function fillPage(walk: Walk, start: number, end: number, raw: (position: number) => number): number {
  const { columns, selection, descending, heap } = walk;
  const { detail, resource, code } = columns;
  const { detail: details, resource: resources, code: codes } = selection;
  const step = descending ? -1 : 1;
  let at = start;
  for (; at !== end && !heap.full; at += step) {
    if (resources[resource[at] ?? 0] === 0) continue;
    if (((codes[code[at] ?? 0] ?? 0) & (details[detail[at] ?? 0] ?? 0)) === 0) continue;
    offer(walk, raw(at), at);
  }
  return at;
}

function walkByOwn(walk: Walk, start: number, end: number, keys: Float64Array): void {
  const { columns, selection, descending, heap } = walk;
  const { detail, resource, code } = columns;
  const { detail: details, resource: resources, code: codes } = selection;
  const step = descending ? -1 : 1;
  const first = fillPage(walk, start, end, (position) => step * (keys[position] ?? 0));
  let bound = heap.bound;
  for (let at = first; at !== end; at += step) {
    const raw = step * (keys[at] ?? 0);
    if (raw >= bound) continue;
    if (((codes[code[at] ?? 0] ?? 0) & (details[detail[at] ?? 0] ?? 0) & (resources[resource[at] ?? 0] ?? 0)) === 0) continue;
    offer(walk, raw, at);
    bound = heap.bound;
  }
}

function walkByEntry(walk: Walk, start: number, end: number, keys: Float64Array, index: Uint32Array | Uint8Array): void {
  const { columns, selection, descending, heap } = walk;
  const { detail, resource, code } = columns;
  const { detail: details, resource: resources, code: codes } = selection;
  const step = descending ? -1 : 1;
  const first = fillPage(walk, start, end, (position) => step * (keys[index[position] ?? 0] ?? 0));
  let bound = heap.bound;
  for (let at = first; at !== end; at += step) {
    const raw = step * (keys[index[at] ?? 0] ?? 0);
    if (raw >= bound) continue;
    if (((codes[code[at] ?? 0] ?? 0) & (details[detail[at] ?? 0] ?? 0) & (resources[resource[at] ?? 0] ?? 0)) === 0) continue;
    offer(walk, raw, at);
    bound = heap.bound;
  }
}

/** Looks at some positions only. */
function walkSome(walk: Walk, positions: readonly number[], sort: SortKeys | undefined): void {
  const { columns, selection, descending, heap } = walk;
  const step = descending ? -1 : 1;
  for (let next = descending ? positions.length - 1 : 0; next >= 0 && next < positions.length; next += step) {
    const at = positions[next] ?? 0;
    const { detail, resource, code } = selection;
    if (resource[columns.resource[at] ?? 0] !== 1 || detail[columns.detail[at] ?? 0] !== 1 || code[columns.code[at] ?? 0] !== 1)
      continue;
    const raw = sort === undefined ? 0 : step * (sort.keys[sort.index === undefined ? at : (sort.index[at] ?? 0)] ?? 0);
    if (!(raw >= heap.bound)) offer(walk, raw, at);
  }
}

/** Whether there is anything that passes, as far as can be told without looking at findings. */
function maySelect({ never, detail, resource, code }: Selection): boolean {
  return !never && [detail, resource, code].every((bytes) => bytes.includes(1));
}

/** The `limit` first ones of an order behind a cursor. Those without a value come last in both directions; the id decides between equals. */
export function first(
  columns: Columns,
  selection: Selection,
  sort: SortKeys | undefined,
  descending: boolean,
  after: Cursor | undefined,
  limit: number,
): readonly number[] {
  if (limit <= 0 || !maySelect(selection)) return [];
  const sign = descending ? -1 : 1;
  const heap = new Heap(limit, sign);
  const walk: Walk = { columns, selection, descending, heap, behind: behindOf(columns, sort, after, sign) };
  const [start, end] = descending ? [columns.size - 1, -1] : [0, columns.size];
  if (selection.only !== undefined) walkSome(walk, selection.only, sort);
  else if (sort === undefined) fillPage(walk, start, end, () => 0);
  else if (sort.index === undefined) walkByOwn(walk, start, end, sort.keys);
  else walkByEntry(walk, start, end, sort.keys, sort.index);
  return heap.sorted();
}

function behindOf({ id }: Columns, sort: SortKeys | undefined, after: Cursor | undefined, sign: number): Walk['behind'] {
  if (after === undefined) return () => true;
  const start = startKey(sort, after, sign);
  return (key, position) => key > start || (key === start && sign * ((id[position] ?? 0) - after.id) > 0);
}

function startKey(sort: SortKeys | undefined, { value }: Cursor, sign: number): number {
  if (sort === undefined) return 0;
  return value === null ? Number.POSITIVE_INFINITY : sign * sort.keyOf(value);
}

/** The least few; between equal keys the one that came first. */
class Heap {
  readonly #limit: number;
  readonly #sign: number;
  readonly #keys: number[] = [];
  readonly #positions: number[] = [];
  /** A key that is not less than this has no place any more. */
  bound = Number.NaN;

  constructor(limit: number, sign: number) {
    this.#limit = limit;
    this.#sign = sign;
  }

  get full(): boolean {
    return this.#keys.length >= this.#limit;
  }

  /** Whether one place in the heap comes later than another in the order. */
  #later(a: number, b: number): boolean {
    const [left = 0, right = 0] = [this.#keys[a], this.#keys[b]];
    if (left !== right) return left > right;
    return this.#sign * ((this.#positions[a] ?? 0) - (this.#positions[b] ?? 0)) > 0;
  }

  #swap(a: number, b: number): void {
    const [key = 0, position = 0] = [this.#keys[a], this.#positions[a]];
    this.#keys[a] = this.#keys[b] ?? 0;
    this.#positions[a] = this.#positions[b] ?? 0;
    this.#keys[b] = key;
    this.#positions[b] = position;
  }

  /** Callers have compared with `bound`. */
  add(key: number, position: number): void {
    if (this.full) {
      this.#keys[0] = key;
      this.#positions[0] = position;
      this.#sink();
    } else {
      let at = this.#keys.push(key) - 1;
      this.#positions.push(position);
      for (let parent = (at - 1) >> 1; at > 0 && this.#later(at, parent); parent = (at - 1) >> 1) {
        this.#swap(at, parent);
        at = parent;
      }
    }
    if (this.full) this.bound = this.#keys[0] ?? Number.NaN;
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let latest = at;
      if (left < this.#keys.length && this.#later(left, latest)) latest = left;
      if (right < this.#keys.length && this.#later(right, latest)) latest = right;
      if (latest === at) return;
      this.#swap(at, latest);
      at = latest;
    }
  }

  sorted(): number[] {
    const places = this.#keys.map((_, place) => place);
    places.sort((a, b) => (this.#later(a, b) ? 1 : -1));
    return places.map((place) => this.#positions[place] ?? 0);
  }
}
