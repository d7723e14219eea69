/** The contract of a version scheme. One folder per scheme, listed in `registry.ts`, checked by `registry.test.ts`. */
import type { Result } from '../model/problem.ts';

export const SCHEME_IDS = [
  'deb',
  'rpm',
  'apk',
  'semver',
  'npm',
  'pypi',
  'maven',
  'go',
  'gem',
  'nuget',
  'composer',
  'pub',
  'hex',
  'cran',
  'hackage',
  'bitnami',
  'jvm',
  'generic',
] as const;
export type SchemeId = (typeof SCHEME_IDS)[number];

export interface VersionScheme {
  readonly id: SchemeId;
  /** Specification or reference implementation. */
  readonly specification: readonly string[];
  /** Negative, zero or positive; a problem `version-not-comparable` when either is not a version of this scheme. */
  compare(a: string, b: string): Result<number>;
  /**
   * Order-preserving key: `key(a) < key(b)` (JavaScript string order, every code unit ≤ 0xFF, i.e. latin1) exactly when
   * `compare(a, b) < 0`, and equal strings exactly when it is 0. A problem `version-not-comparable` when it is not a version.
   */
  key(version: string): Result<string>;
  /**
   * Only in schemes where a version may name a family (rpm without release, Python without local label): the greatest key of
   * that family, for an inclusive upper bound. Absent = `key`. Callers use `compileRange`.
   */
  familyKey?(version: string): Result<string>;
  /** What `introduced: "0"` means is "from the beginning" in every scheme; callers never encode it. */
  readonly examples: readonly string[];
}
