/** Ranges of versions as pairs of keys, and the test that matching runs millions of times. */
import type { KeyedRange, VersionRange } from '../model/advisory.ts';
import type { Problem } from '../model/problem.ts';
import type { VersionScheme } from './scheme.ts';

export interface KeyBounds {
  readonly low?: string;
  readonly high?: string;
}

export function isProblem(value: KeyBounds | Problem): value is Problem {
  return 'code' in value;
}

/**
 * Keys of a range's bounds. `introduced` undefined or `0` leaves the lower end open; `fixed: 0` means that no version is affected.
 * `fixed` wins over `lastAffected`. Bounds that name a family (an rpm version without release, a Python version without local
 * label, a Java version without build, a Bitnami version without revision) include or exclude the whole family: `introduced` and
 * `fixed` because the bare version sorts below its family, `lastAffected` through the scheme's `familyKey`.
 * The problem `version-not-comparable` means that membership is unknown, not that nothing is affected.
 */
export function compileRange(scheme: VersionScheme, range: VersionRange): KeyBounds | Problem {
  const { introduced, fixed, lastAffected } = range;
  const low = introduced === undefined || introduced === '0' ? undefined : scheme.key(introduced);
  if (low && !low.ok) return low.problem;
  const lower = low ? { low: low.value } : {};
  if (fixed === '0') return { ...lower, high: '' };
  const high = fixed !== undefined ? scheme.key(fixed) : lastAffected !== undefined ? lastKey(scheme, lastAffected) : undefined;
  if (high && !high.ok) return high.problem;
  return high ? { ...lower, high: high.value } : lower;
}

function lastKey(scheme: VersionScheme, version: string) {
  return scheme.familyKey ? scheme.familyKey(version) : scheme.key(version);
}

/** Whether a version, given by its key, lies in the range: at most two string comparisons. */
export function inRange(key: string, range: KeyedRange): boolean {
  if (range.low !== undefined && key < range.low) return false;
  if (range.high === undefined) return true;
  return range.fixed === undefined && range.lastAffected !== undefined ? key <= range.high : key < range.high;
}
