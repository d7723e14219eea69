/** What holds in which part of the address space: sorted spans with a value each; between them nothing holds. */
import { greatest, least, type Point, type Spans, subtract, union } from './spans.ts';

export interface Part<P extends Point, V> {
  readonly from: P;
  /** Exclusive. */
  readonly to: P;
  readonly value: V;
}
/** Sorted and disjoint; neighbours that touch have different values. */
export type Partition<P extends Point, V> = readonly Part<P, V>[];

function push<P extends Point, V>(parts: Part<P, V>[], from: P, to: P, value: V): void {
  const last = parts.at(-1);
  if (last !== undefined && last.to === from && last.value === value) parts[parts.length - 1] = { from: last.from, to, value };
  else parts.push({ from, to, value });
}

/** The same value everywhere in a set. */
export function constant<P extends Point, V>(spans: Spans<P>, value: V): Partition<P, V> {
  const parts: Part<P, V>[] = [];
  for (let index = 0; index + 1 < spans.length; index += 2) {
    const from = spans[index];
    const to = spans[index + 1];
    if (from !== undefined && to !== undefined) parts.push({ from, to, value });
  }
  return parts;
}

/** Where both hold something: what `join` makes of it; undefined drops the part. */
export function overlay<P extends Point, A, B, V>(
  a: Partition<P, A>,
  b: Partition<P, B>,
  join: (a: A, b: B) => V | undefined,
): Partition<P, V> {
  const result: Part<P, V>[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined || y === undefined) return result;
    const from = greatest(x.from, y.from);
    const to = least(x.to, y.to);
    if (from < to) {
      const value = join(x.value, y.value);
      if (value !== undefined) push(result, from, to, value);
    }
    if (x.to <= y.to) i++;
    if (y.to <= x.to) j++;
  }
}

/** Where either holds something: what `join` makes of two, or the one that is there. */
export function merge<P extends Point, V>(a: Partition<P, V>, b: Partition<P, V>, join: (a: V, b: V) => V): Partition<P, V> {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const result: Part<P, V>[] = [];
  let i = 0;
  let j = 0;
  let at: P | undefined;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return result;
    const startX = x === undefined ? undefined : at !== undefined && at > x.from ? at : x.from;
    const startY = y === undefined ? undefined : at !== undefined && at > y.from ? at : y.from;
    if (x !== undefined && startX !== undefined && (y === undefined || startY === undefined || startX < startY)) {
      const to = startY !== undefined && startY < x.to ? startY : x.to;
      push(result, startX, to, x.value);
      at = to;
      if (to === x.to) i++;
    } else if (y !== undefined && startY !== undefined && (x === undefined || startX === undefined || startY < startX)) {
      const to = startX !== undefined && startX < y.to ? startX : y.to;
      push(result, startY, to, y.value);
      at = to;
      if (to === y.to) j++;
    } else if (x !== undefined && y !== undefined && startX !== undefined) {
      const to = least(x.to, y.to);
      push(result, startX, to, join(x.value, y.value));
      at = to;
      if (to === x.to) i++;
      if (to === y.to) j++;
    }
  }
}

/** What is looked up by longest prefix: `size` is how many addresses the prefix has; between equals the lower rank wins. */
export interface Prefixed<P extends Point, V> {
  readonly spans: Spans<P>;
  readonly size: bigint;
  readonly rank: number;
  readonly value: V;
}

/** The value of the longest prefix at every address. */
export function longestPrefix<P extends Point, V>(candidates: readonly Prefixed<P, V>[]): Partition<P, V> {
  const sorted = candidates.toSorted((a, b) => (a.size < b.size ? -1 : a.size > b.size ? 1 : a.rank - b.rank));
  let claimed: Spans<P> = [];
  let result: Partition<P, V> = [];
  for (const { spans, value } of sorted) {
    result = merge(result, constant(subtract(spans, claimed), value), (a) => a);
    claimed = union(claimed, spans);
  }
  return result;
}

/** Only within a set. */
export function restrict<P extends Point, V>(partition: Partition<P, V>, spans: Spans<P>): Partition<P, V> {
  return overlay(partition, constant(spans, true), (value) => value);
}

/** The part that holds a point. */
export function partAt<P extends Point, V>(partition: Partition<P, V>, point: P): Part<P, V> | undefined {
  let low = 0;
  let high = partition.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const part = partition[middle];
    if (part !== undefined && part.to <= point) low = middle + 1;
    else high = middle;
  }
  const part = partition[low];
  return part !== undefined && part.from <= point ? part : undefined;
}

/** Every place where something may change between two points: the elementary spans of a list of ranges, each sure to be of one kind. */
export function elementary<P extends Point>(
  ranges: readonly (readonly [from: P, to: P])[],
): readonly (readonly [from: P, to: P])[] {
  const points = [...new Set(ranges.flat())].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return points.slice(1).flatMap((to, index) => {
    const from = points[index];
    return from === undefined ? [] : [[from, to] as const];
  });
}
