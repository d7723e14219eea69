/** Makes a `VersionScheme` of a parser, a comparer and an encoder. The latter two share nothing but the parser: each proves the other. */
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import type { SchemeId, VersionScheme } from './scheme.ts';

/** Longer texts are not versions. Bounds every loop below; the longest real versions have some 120 characters. */
const LONGEST_VERSION = 1024;

export interface SchemeParts<Parsed> {
  readonly id: SchemeId;
  readonly specification: readonly string[];
  readonly examples: readonly string[];
  /** Of a trimmed text, 1 to 1024 characters; undefined when it is not a version. */
  parse(text: string): Parsed | undefined;
  compare(a: Parsed, b: Parsed): number;
  encode(parsed: Parsed): string;
  /** See `VersionScheme.familyKey`. */
  encodeFamily?(parsed: Parsed): string;
}

const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;

/** True when the text has no blanks, control characters or characters outside ASCII. */
export function isPrintableAscii(text: string): boolean {
  return PRINTABLE_ASCII.test(text);
}

export function defineScheme<Parsed>(parts: SchemeParts<Parsed>): VersionScheme {
  const { id, specification, examples, encodeFamily } = parts;

  function read(version: string): Result<Parsed> {
    const text = version.trim();
    const parsed = text.length === 0 || text.length > LONGEST_VERSION ? undefined : parts.parse(text);
    return parsed === undefined ? fail(notComparable(version)) : ok(parsed);
  }

  function notComparable(version: string) {
    const shown = version.length > 80 ? `${version.slice(0, 80)}… (${version.length} characters)` : version;
    return incomplete('version-not-comparable', `"${shown}" is not a version of the scheme ${id}: compare it by hand.`);
  }

  return {
    id,
    specification,
    examples,
    compare(a, b) {
      const left = read(a);
      if (!left.ok) return left;
      const right = read(b);
      // A comparer that negates may answer -0.
      return right.ok ? ok(parts.compare(left.value, right.value) || 0) : right;
    },
    key(version) {
      const parsed = read(version);
      return parsed.ok ? ok(parts.encode(parsed.value)) : parsed;
    },
    ...(encodeFamily && {
      familyKey(version: string) {
        const parsed = read(version);
        return parsed.ok ? ok(encodeFamily(parsed.value)) : parsed;
      },
    }),
  };
}
