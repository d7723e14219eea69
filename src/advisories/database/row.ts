/** Turns what an advisory says of a package into a row whose version bounds are keys. Both implementations of the database use it. */
import type { Affected, AffectedRow, KeyedRange, VersionRange } from '../../model/advisory.ts';
import type { StreamKeys } from './keys.ts';
import { byText } from './merge.ts';

/** A row before the advisory it belongs to has a reference. */
export type EncodedRow = Omit<AffectedRow, 'advisory'>;

/** The range with its keys and without what says nothing (an empty start, a `lastAffected` beside `fixed`). */
function keyRange(range: VersionRange, stream: string, keys: StreamKeys): KeyedRange | undefined {
  const { introduced, fixed } = range;
  const meant = {
    ...(introduced === undefined || introduced === '' ? {} : { introduced }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(fixed !== undefined || range.lastAffected === undefined ? {} : { lastAffected: range.lastAffected }),
  };
  const bounds = keys.range(stream, meant);
  return bounds && { ...meant, ...bounds };
}

/** The bounds of a range that has no keys: those that are not versions, or all of them when each alone is one. Never empty. */
function lostBounds(range: VersionRange, stream: string, keys: StreamKeys): string[] {
  const lower = range.introduced === undefined || range.introduced === '0' ? [] : [range.introduced];
  const bounds = [...lower, range.fixed ?? range.lastAffected ?? ''];
  const lost = bounds.filter((bound) => keys.version(stream, bound) === undefined);
  return lost.length > 0 ? lost : bounds;
}

function sortedSet(values: Iterable<string>): string[] {
  return [...new Set(values)].sort(byText);
}

/**
 * The row of an `Affected`. A range with a bound that is not a version of the stream's scheme is left out and the bound is
 * named in `uncomparable`; a listed version that is not one goes to `literalVersions`, because it can still be equal.
 */
export function encodeRow(affected: Affected, keys: StreamKeys): EncodedRow {
  const { stream } = affected;
  const uncomparable: string[] = [];
  const ranges: KeyedRange[] = [];
  for (const range of affected.ranges) {
    const keyed = keyRange(range, stream, keys);
    if (keyed) ranges.push(keyed);
    else uncomparable.push(...lostBounds(range, stream, keys));
  }
  const literal: string[] = [];
  const versionKeys: string[] = [];
  for (const version of affected.versions ?? []) {
    const key = keys.version(stream, version);
    if (key === undefined) literal.push(version);
    else versionKeys.push(key);
  }
  const unaffected: string[] = [];
  for (const version of affected.unaffectedVersions ?? []) {
    // One that has no key can equal no installed version that has one, and an installed version without a key is not comparable anyway.
    const key = keys.version(stream, version);
    if (key !== undefined) unaffected.push(key);
  }
  const { architectures, module, severity, note } = affected;
  return {
    status: affected.status,
    names: affected.names,
    ranges,
    versionKeys: sortedSet(versionKeys),
    unaffectedKeys: sortedSet(unaffected),
    ...(literal.length === 0 ? {} : { literalVersions: sortedSet(literal) }),
    ...(architectures === undefined ? {} : { architectures: sortedSet(architectures) }),
    ...(module === undefined ? {} : { module }),
    ...(severity === undefined ? {} : { severity: { kind: severity.kind, value: severity.value, source: severity.source } }),
    ...(note === undefined ? {} : { note }),
    ...(uncomparable.length === 0 ? {} : { uncomparable: sortedSet(uncomparable) }),
  };
}
