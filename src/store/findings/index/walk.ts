/** One walk over all findings: the first of those that pass, in an order. */
import type { Cursor } from '../list.ts';
import { CODES, type Columns } from './columns.ts';
import { Heap } from './heap.ts';
import type { SortKeys } from './keys.ts';
import type { Selection } from './scan.ts';

/**
 * Positions that are looked at together. A walk sees a million findings for one page: each test is a loop of its own over what the tests
 * before have left of a block, and the one that most fail comes first.
 */
const BLOCK = 4096;

interface Walk {
  readonly columns: Columns;
  readonly selection: Selection;
  readonly sort: SortKeys | undefined;
  /**
   * 1 or -1: also the direction of the walk, so that equals come in their order and are turned away at once. Keys are multiplied by it:
   * less is earlier.
   */
  readonly step: 1 | -1;
  /** The positions that are left of a block. */
  readonly list: Uint32Array;
}

/** Before the page is full most findings fail the filter: the resource's byte before the others, since findings of a resource lie together. */
function passing({ columns, selection, step, list }: Walk, start: number, end: number): number {
  const { detail, resource, code } = columns;
  const { detail: details, resource: resources, code: codes } = selection;
  let kept = 0;
  for (let at = start; at !== end; at += step) {
    if (resources[resource[at] ?? 0] === 0) continue;
    if (((codes[code[at] ?? 0] ?? 0) & (details[detail[at] ?? 0] ?? 0)) !== 0) list[kept++] = at;
  }
  return kept;
}

/** The same of positions that are in the list. */
function passingOf({ columns, selection, list }: Walk, count: number): number {
  const { detail, resource, code } = columns;
  const { detail: details, resource: resources, code: codes } = selection;
  let kept = 0;
  for (let next = 0; next < count; next++) {
    const at = list[next] ?? 0;
    if (((codes[code[at] ?? 0] ?? 0) & (details[detail[at] ?? 0] ?? 0) & (resources[resource[at] ?? 0] ?? 0)) !== 0) {
      list[kept++] = at;
    }
  }
  return kept;
}

/** When the page is full most are later than its last one (no value, NaN, always is), or before the cursor. */
function earlier({ step, list }: Walk, start: number, end: number, keys: Float64Array, least: number, bound: number): number {
  let kept = 0;
  for (let at = start; at !== end; at += step) {
    const key = step * (keys[at] ?? 0);
    if (key < bound && key >= least) list[kept++] = at;
  }
  return kept;
}

/** The same for keys of details, resources and codes. */
function earlierEntry(
  { step, list }: Walk,
  start: number,
  end: number,
  { keys, index }: { readonly keys: Float64Array; readonly index: Uint32Array | Uint8Array },
  least: number,
  bound: number,
): number {
  let kept = 0;
  for (let at = start; at !== end; at += step) {
    const key = step * (keys[index[at] ?? 0] ?? 0);
    if (key < bound && key >= least) list[kept++] = at;
  }
  return kept;
}

/** Candidates between two places of the walk, among which are all that pass and are earlier than the page's last one. */
function candidates(walk: Walk, start: number, end: number, least: number, bound: number): number {
  const { selection, sort, step, list } = walk;
  if (selection.only !== undefined) {
    let count = 0;
    for (let at = start; at !== end; at += step) list[count++] = selection.only[at] ?? 0;
    return passingOf(walk, count);
  }
  // NaN: the page is not full yet. Without an order it ends when it is.
  if (sort === undefined || Number.isNaN(bound)) return passing(walk, start, end);
  const { keys, index } = sort;
  const count =
    index === undefined
      ? earlier(walk, start, end, keys, least, bound)
      : earlierEntry(walk, start, end, { keys, index }, least, bound);
  return passingOf(walk, count);
}

/** Whether there is anything that passes, as far as can be told without looking at findings. */
function maySelect({ never, detail, resource, code }: Selection): boolean {
  return !never && [detail, resource, code].every((bytes) => bytes.includes(1));
}

/** The least key that anything may have that passes and is not before `from`; a walk that has a page of such is done. */
function leastKey({ columns, selection, sort, step }: Walk, from: number): number {
  if (sort === undefined) return 0;
  const { keys, index } = sort;
  if (index === undefined) return from;
  let least = Number.POSITIVE_INFINITY;
  const look = (entry: number) => {
    const key = step * (keys[entry] ?? Number.NaN);
    if (key < least && key >= from) least = key;
  };
  if (index === columns.code) {
    for (const code of CODES) if (selection.code[code] === 1) look(code);
  } else {
    const bytes = index === columns.detail ? selection.detail : selection.resource;
    for (let entry = 0; entry < bytes.length; entry++) if (bytes[entry] === 1) look(entry);
  }
  return least;
}

/** The key of what is at a position; infinite without a value. */
function keyAt({ sort, step }: Walk, at: number): number {
  if (sort === undefined) return 0;
  const key = step * (sort.keys[sort.index === undefined ? at : (sort.index[at] ?? 0)] ?? 0);
  return Number.isNaN(key) ? Number.POSITIVE_INFINITY : key;
}

/** The key of the cursor. */
function startKey({ sort, step }: Walk, after: Cursor | undefined): number {
  if (after === undefined) return Number.NEGATIVE_INFINITY;
  if (sort === undefined) return 0;
  return after.value === null ? Number.POSITIVE_INFINITY : step * sort.keyOf(after.value);
}

/** Which of those that pass are wanted: the first `limit` ones of an order behind a cursor. */
export interface Wanted {
  /** Undefined: by id alone. */
  readonly sort: SortKeys | undefined;
  readonly descending: boolean;
  readonly after: Cursor | undefined;
  readonly limit: number;
}

/**
 * Positions of the first ones of an order. Those without a value come last in both directions; the id decides between equals. `block` is
 * how many are looked at together.
 */
export function first(
  columns: Columns,
  selection: Selection,
  { sort, descending, after, limit }: Wanted,
  block = BLOCK,
): readonly number[] {
  if (limit <= 0 || !maySelect(selection)) return [];
  const step = descending ? -1 : 1;
  const heap = new Heap(limit, step);
  const walk: Walk = { columns, selection, sort, step, list: new Uint32Array(block) };
  const from = startKey(walk, after);
  const least = leastKey(walk, from);
  const total = selection.only?.length ?? columns.size;
  for (let done = 0; done < total && !(heap.bound <= least); done += block) {
    const start = descending ? total - 1 - done : done;
    let count = candidates(walk, start, start + step * Math.min(block, total - done), least, heap.bound);
    for (const test of selection.rows) count = test(walk.list, count);
    for (let next = 0; next < count; next++) {
      const at = walk.list[next] ?? 0;
      const key = keyAt(walk, at);
      if (key >= heap.bound || key < from) continue;
      if (after !== undefined && key === from && step * ((columns.id[at] ?? 0) - after.id) <= 0) continue;
      heap.add(key, at);
    }
  }
  return heap.sorted();
}
