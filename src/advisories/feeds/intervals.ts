/** Sets of versions as sorted intervals: what feeds need that state safe versions instead of affected ones. */
import type { VersionRange } from '../../model/advisory.ts';
import type { VersionScheme } from '../../versions/scheme.ts';
import { Malformed } from './reading.ts';

export interface Bound {
  readonly version: string;
  readonly inclusive: boolean;
}

/** Both ends optional: undefined means unbounded. */
export interface Interval {
  readonly low?: Bound;
  readonly high?: Bound;
}

/** What a `VersionRange` cannot say, an interval open at its lower end, needs a safe version beside it. */
export interface AffectedVersions {
  readonly ranges: readonly VersionRange[];
  readonly unaffectedVersions?: readonly string[];
}

/** A place between versions: just before (-1) or just after (1) a version. */
interface Cut {
  readonly version?: string;
  readonly key: string;
  readonly side: -1 | 1;
}

interface Span {
  /** Undefined = from the beginning. */
  readonly from?: Cut;
  /** Undefined = without end. */
  readonly to?: Cut;
}

function cut(bound: Bound, side: -1 | 1, scheme: VersionScheme): Cut {
  const key = scheme.key(bound.version);
  if (!key.ok) throw new Malformed(`"${bound.version.slice(0, 100)}" is not a version`);
  return { version: bound.version, key: key.value, side };
}

function order(a: Cut, b: Cut): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : a.side - b.side;
}

/** Sorted, disjoint, without empty spans. */
function normal(spans: readonly Span[]): Span[] {
  const solid = spans.filter(({ from, to }) => from === undefined || to === undefined || order(from, to) < 0);
  solid.sort((a, b) =>
    a.from === undefined ? (b.from === undefined ? 0 : -1) : b.from === undefined ? 1 : order(a.from, b.from),
  );
  const merged: Span[] = [];
  for (const span of solid) {
    const last = merged.at(-1);
    if (last === undefined) merged.push(span);
    else if (last.to === undefined) break;
    else if (span.from === undefined || order(span.from, last.to) <= 0) {
      const to = span.to === undefined || order(last.to, span.to) < 0 ? span.to : last.to;
      merged[merged.length - 1] = { ...(last.from && { from: last.from }), ...(to && { to }) };
    } else merged.push(span);
  }
  return merged;
}

/** Everything that is in no span; `spans` normal. */
function complementOf(spans: readonly Span[]): Span[] {
  const gaps: Span[] = [];
  let from: Cut | undefined;
  let open = true;
  for (const span of spans) {
    if (span.from !== undefined) gaps.push({ ...(from && { from }), to: span.from });
    from = span.to;
    open = span.to !== undefined;
  }
  if (open) gaps.push(from === undefined ? {} : { from });
  return gaps;
}

function spansOf(intervals: readonly Interval[], scheme: VersionScheme): Span[] {
  return normal(
    intervals.map(({ low, high }) => ({
      ...(low && { from: cut(low, low.inclusive ? -1 : 1, scheme) }),
      ...(high && { to: cut(high, high.inclusive ? 1 : -1, scheme) }),
    })),
  );
}

function rangeOf({ from, to }: Span): VersionRange {
  return {
    ...(from?.version === undefined ? {} : { introduced: from.version }),
    ...(to?.version === undefined ? {} : to.side < 0 ? { fixed: to.version } : { lastAffected: to.version }),
  };
}

function affectedOf(spans: readonly Span[]): AffectedVersions {
  const safe = spans.flatMap(({ from }) => (from?.side === 1 && from.version !== undefined ? [from.version] : []));
  return { ranges: spans.map(rangeOf), ...(safe.length === 0 ? {} : { unaffectedVersions: safe }) };
}

/** The versions in any of the intervals. Throws `Malformed` on what is no version of the scheme. */
export function within(intervals: readonly Interval[], scheme: VersionScheme): AffectedVersions {
  return affectedOf(spansOf(intervals, scheme));
}

/** The versions in any of `intervals` and in none of `safe`. */
export function without(intervals: readonly Interval[], safe: readonly Interval[], scheme: VersionScheme): AffectedVersions {
  // A \ B is the complement of (complement of A, or B).
  const rest = complementOf(spansOf(intervals, scheme));
  return affectedOf(complementOf(normal([...rest, ...spansOf(safe, scheme)])));
}

/** The interval in all of the given ones, which are all open on at least one side: `>= 1, < 2`. */
export function meet(parts: readonly Interval[], scheme: VersionScheme): Interval {
  let low: Bound | undefined;
  let high: Bound | undefined;
  for (const part of parts) {
    if (
      part.low &&
      (!low || order(cut(low, low.inclusive ? -1 : 1, scheme), cut(part.low, part.low.inclusive ? -1 : 1, scheme)) < 0)
    )
      low = part.low;
    if (
      part.high &&
      (!high || order(cut(part.high, part.high.inclusive ? 1 : -1, scheme), cut(high, high.inclusive ? 1 : -1, scheme)) < 0)
    )
      high = part.high;
  }
  return { ...(low && { low }), ...(high && { high }) };
}

/** One comparison such as `>= 1.2`, `<2`, `= 1`; undefined when it is none. */
export function comparison(text: string): Interval | undefined {
  const found = /^(>=|<=|>|<|==|=)?\s*([^\s<>=~^,|]{1,200})$/.exec(text.trim());
  const version = found?.[2];
  if (version === undefined) return undefined;
  switch (found?.[1]) {
    case '>=':
      return { low: { version, inclusive: true } };
    case '>':
      return { low: { version, inclusive: false } };
    case '<=':
      return { high: { version, inclusive: true } };
    case '<':
      return { high: { version, inclusive: false } };
    default:
      return { low: { version, inclusive: true }, high: { version, inclusive: true } };
  }
}

/** All versions. */
export function everything(): Interval {
  return {};
}
