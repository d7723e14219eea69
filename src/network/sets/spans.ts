/**
 * Sets of numbers as half-open spans: `[from, to, from, to, …]`, sorted, apart from each other. Half-open, so that no operation adds or
 * subtracts: the same code serves ports and IPv4 addresses (numbers) and IPv6 addresses (bigints).
 */
export type Point = number | bigint;
export type Spans<P extends Point> = readonly P[];

/** Math.min, which does not take bigints. */
export function least<P extends Point>(a: P, b: P): P {
  if (a < b) return a;
  return b;
}

/** Math.max, which does not take bigints. */
export function greatest<P extends Point>(a: P, b: P): P {
  if (a > b) return a;
  return b;
}

export function contains<P extends Point>(spans: Spans<P>, point: P): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = spans[middle];
    if (at !== undefined && at <= point) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}

/** Walks the ends of both; `keep` tells whether a point inside the first, the second, both or none belongs to the result. */
function combine<P extends Point>(a: Spans<P>, b: Spans<P>, keep: (inA: boolean, inB: boolean) => boolean): P[] {
  const result: P[] = [];
  let i = 0;
  let j = 0;
  let inside = false;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return result;
    const at = x === undefined || (y !== undefined && y < x) ? y : x;
    if (at === undefined) return result;
    if (x === at) i++;
    if (y === at) j++;
    const now = keep(i % 2 === 1, j % 2 === 1);
    if (now !== inside) {
      result.push(at);
      inside = now;
    }
  }
}

export function union<P extends Point>(a: Spans<P>, b: Spans<P>): Spans<P> {
  if (a.length === 0) return b;
  return b.length === 0 ? a : combine(a, b, (inA, inB) => inA || inB);
}

export function intersect<P extends Point>(a: Spans<P>, b: Spans<P>): Spans<P> {
  if (a.length === 0 || b.length === 0) return [];
  return combine(a, b, (inA, inB) => inA && inB);
}

export function subtract<P extends Point>(a: Spans<P>, b: Spans<P>): Spans<P> {
  if (a.length === 0 || b.length === 0) return a;
  return combine(a, b, (inA, inB) => inA && !inB);
}

/** The union of spans in any order; those with no points count for nothing. */
export function unionAll<P extends Point>(list: readonly (readonly [from: P, to: P])[]): Spans<P> {
  const sorted = list.filter(([from, to]) => from < to).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const result: P[] = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last !== undefined && from <= last) {
      if (to > last) result[result.length - 1] = to;
    } else result.push(from, to);
  }
  return result;
}

/** Each span as a pair. */
export function* pairs<P extends Point>(spans: Spans<P>): Iterable<readonly [from: P, to: P]> {
  for (let index = 0; index + 1 < spans.length; index += 2) {
    const from = spans[index];
    const to = spans[index + 1];
    if (from !== undefined && to !== undefined) yield [from, to];
  }
}
