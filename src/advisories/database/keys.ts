/** Version keys by stream, with a bounded memory of those made before (bounds repeat over thousands of packages). */
import type { VersionRange } from '../../model/advisory.ts';
import { compileRange, isProblem, type KeyBounds } from '../../versions/range.ts';
import { schemeById } from '../../versions/registry.ts';
import type { VersionScheme } from '../../versions/scheme.ts';
import { schemeOf } from '../streams/index.ts';

/** Undefined answers mean: not a version (or range of versions) of the stream's scheme. */
export interface StreamKeys {
  version(stream: string, version: string): string | undefined;
  range(stream: string, range: VersionRange): KeyBounds | undefined;
}

const REMEMBERED = 50_000;

/** The remembered answer for `place`, or a new one. */
function remembered<T>(known: Map<string, T>, place: string, make: () => T): T {
  const before = known.get(place);
  if (before !== undefined || known.has(place)) return before as T;
  const made = make();
  if (known.size >= REMEMBERED) known.clear();
  known.set(place, made);
  return made;
}

/** Keys by the scheme of each stream. A stream without a scheme has no keys: everything in it is uncomparable. */
export function streamKeys(): StreamKeys {
  const schemes = new Map<string, VersionScheme | undefined>();
  const versions = new Map<string, string | undefined>();
  const ranges = new Map<string, KeyBounds | undefined>();
  const schemeIn = (stream: string) => remembered(schemes, stream, () => registeredScheme(stream));
  return {
    version(stream, version) {
      const scheme = schemeIn(stream);
      if (scheme === undefined) return undefined;
      return remembered(versions, `${scheme.id}\n${version}`, () => {
        const key = scheme.key(version);
        return key.ok ? key.value : undefined;
      });
    },
    range(stream, range) {
      const scheme = schemeIn(stream);
      if (scheme === undefined) return isEverything(range) ? {} : undefined;
      const place = `${scheme.id}\n${range.introduced ?? ''}\n${range.fixed ?? ''}\n${range.fixed === undefined}\n${range.lastAffected ?? ''}`;
      return remembered(ranges, place, () => {
        const bounds = compileRange(scheme, range);
        return isProblem(bounds) ? undefined : bounds;
      });
    },
  };
}

function registeredScheme(stream: string): VersionScheme | undefined {
  const id = schemeOf(stream);
  return id === undefined ? undefined : schemeById(id);
}

/** No bounds at all: holds in any scheme, even an unknown one. */
function isEverything({ introduced, fixed, lastAffected }: VersionRange): boolean {
  return (introduced === undefined || introduced === '0') && fixed === undefined && lastAffected === undefined;
}
