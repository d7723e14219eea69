/** What one advisory says of one package, with every comparison that was made. */
import type { StreamQuery } from '../advisories/streams/index.ts';
import type { KeyedRange, VersionRange } from '../model/advisory.ts';
import { inRange } from '../versions/range.ts';
import type { SchemeId } from '../versions/scheme.ts';
import type { Statement } from './judge.ts';
import { comparedBounds, type Subject, subjectOf } from './row.ts';

/** One range of an advisory against one version. */
export interface Comparison {
  readonly range: VersionRange;
  /** `below`: older than everything affected; `above`: at or beyond the fix. */
  readonly outcome: 'inside' | 'below' | 'above' | 'not-comparable';
  /** Version keys with bytes beyond ASCII as `\xNN`: their text order is the order of versions. */
  readonly low?: string;
  readonly high?: string;
}

export interface ExplainedRow {
  readonly advisory: string;
  readonly source: string;
  readonly url: string;
  readonly stream: string;
  readonly name: string;
  readonly by: 'source' | 'binary';
  readonly role: StreamQuery['role'];
  readonly channel?: string;
  /** Whether the target has the channel; absent = not known. */
  readonly enabled?: boolean;
  readonly version: string;
  readonly scheme: SchemeId;
  /** Key of the version; absent when it is no version of the scheme. */
  readonly key?: string;
  /** Bounds are compared without their epochs, because a source rpm does not tell its own. */
  readonly withoutEpochs?: true;
  readonly status: string;
  readonly note?: string;
  readonly outcome: Statement['outcome']['kind'];
  readonly because?: string;
  /** The version is one of those that the advisory lists; ranges do not matter then. */
  readonly listed?: true;
  /**
   * What became of the row. `decides`: it makes the package affected; `gives-fix`: a channel's fix for it; `overruled`: it says
   * affected, but another advisory of the same stream has a fix that is installed, or says not affected.
   */
  readonly weight?: 'decides' | 'gives-fix' | 'overruled';
  readonly comparisons: readonly Comparison[];
}

/** Bytes of a key as something that can be read and compared by eye. */
function printable(key: string): string {
  return key.replace(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function rangeOf({ introduced, fixed, lastAffected }: KeyedRange): VersionRange {
  return {
    ...(introduced === undefined ? {} : { introduced }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(lastAffected === undefined ? {} : { lastAffected }),
  };
}

function compareWith(range: KeyedRange, subject: Subject): Comparison {
  const bounds = comparedBounds(range, subject);
  if (bounds === undefined) return { range: rangeOf(range), outcome: 'not-comparable' };
  const { low, high } = bounds;
  const shown = {
    range: rangeOf(range),
    ...(low === undefined ? {} : { low: printable(low) }),
    ...(high === undefined ? {} : { high: printable(high) }),
  };
  if (low === undefined && high === undefined) return { ...shown, outcome: 'inside' };
  const { key } = subject;
  if (key === undefined) return { ...shown, outcome: 'not-comparable' };
  if (inRange(key, bounds)) return { ...shown, outcome: 'inside' };
  return { ...shown, outcome: low !== undefined && key < low ? 'below' : 'above' };
}

/** Puts a statement into words; `weight` is what the verdict made of it. */
export function explainRow(
  { query, row, advisory, outcome }: Statement,
  scheme: SchemeId,
  weight: ExplainedRow['weight'],
): ExplainedRow {
  const subject = subjectOf(query.version, scheme, query.epochUnknown ? { epochUnknown: true } : {});
  const listed = outcome.kind === 'affected' && !row.ranges.includes(outcome.range);
  return {
    advisory: advisory.id,
    source: advisory.source,
    url: advisory.url,
    stream: query.stream,
    name: query.name,
    by: query.by,
    role: query.role,
    ...(query.channel === undefined ? {} : { channel: query.channel }),
    ...(query.enabled === undefined ? {} : { enabled: query.enabled }),
    version: subject.version,
    scheme,
    ...(subject.key === undefined ? {} : { key: printable(subject.key) }),
    ...(query.epochUnknown ? { withoutEpochs: true as const } : {}),
    status: row.status,
    ...(row.note === undefined ? {} : { note: row.note }),
    outcome: outcome.kind,
    ...('because' in outcome ? { because: outcome.because } : {}),
    ...(listed ? { listed: true as const } : {}),
    ...(weight === undefined ? {} : { weight }),
    comparisons: row.ranges.map((range) => compareWith(range, subject)),
  };
}
