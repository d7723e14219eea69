/** Does what an advisory says of a package name hold for this package? One answer per row, with everything `explain` needs. */

import type { AffectedRow, KeyedRange } from '../model/advisory.ts';
import { compileRange, inRange, isProblem } from '../versions/range.ts';
import { schemeById } from '../versions/registry.ts';
import type { SchemeId } from '../versions/scheme.ts';

/** A package as one stream sees it: what is compared with rows. */
export interface Subject {
  readonly version: string;
  readonly scheme: SchemeId;
  /** Key of the version; undefined when it is not a version of the scheme. */
  readonly key: string | undefined;
  readonly architecture?: string | undefined;
  /** `name:stream` of the rpm module; `unknown` when the build says that there is one but not which. */
  readonly module?: string | undefined;
  /** rpm source versions carry no epoch: bounds are compared without theirs. */
  readonly epochUnknown?: true | undefined;
}

export type RowOutcome =
  | { readonly kind: 'affected'; readonly range: KeyedRange }
  /** In no range. `fixed`: at or above a fix; `safe`: the advisory names the version as safe; `elsewhere`: older, or between ranges. */
  | { readonly kind: 'outside'; readonly place: 'fixed' | 'safe' | 'elsewhere' }
  /** The row speaks of other builds of the name. */
  | { readonly kind: 'inapplicable'; readonly because: 'architecture' | 'module' }
  | { readonly kind: 'not-comparable'; readonly because: string };

const NOARCH: ReadonlySet<string> = new Set(['noarch', 'all', 'any']);

/** Module of an rpm, `name:stream`; `unknown` for a modular build without a label. */
export function moduleOf(pkg: { readonly version: string; readonly modularity?: string }): string | undefined {
  if (pkg.modularity !== undefined && pkg.modularity !== '') return pkg.modularity.split(':').slice(0, 2).join(':');
  return /\.module[_+]el\d/.test(pkg.version) ? 'unknown' : undefined;
}

/** Builds the subject; its key is made once and serves every row. */
export function subjectOf(
  version: string,
  scheme: SchemeId,
  facts: Pick<Subject, 'architecture' | 'module' | 'epochUnknown'> = {},
): Subject {
  const compared = facts.epochUnknown === true ? version.replace(/^\d+:/, '') : version;
  const key = schemeById(scheme)?.key(compared);
  return { version: compared, scheme, key: key?.ok === true ? key.value : undefined, ...facts };
}

function withoutEpoch(range: KeyedRange, scheme: SchemeId): KeyedRange | undefined {
  const strip = (version: string | undefined) => version?.replace(/^\d+:/, '');
  const known = schemeById(scheme);
  const plain = { introduced: strip(range.introduced), fixed: strip(range.fixed), lastAffected: strip(range.lastAffected) };
  const bounds = known === undefined ? undefined : compileRange(known, plain);
  return bounds === undefined || isProblem(bounds) ? undefined : { ...range, ...bounds };
}

/** The bounds that a version is compared with; undefined when without their epochs they are no versions of the scheme. */
export function comparedBounds(range: KeyedRange, subject: Pick<Subject, 'scheme' | 'epochUnknown'>): KeyedRange | undefined {
  return subject.epochUnknown === true && !isEverything(range) ? withoutEpoch(range, subject.scheme) : range;
}

function isEverything(range: KeyedRange): boolean {
  return range.low === undefined && range.high === undefined;
}

/** Tests one row. */
export function testRow(row: AffectedRow, subject: Subject): RowOutcome {
  const { architecture, module } = subject;
  if (row.architectures !== undefined && architecture !== undefined && !NOARCH.has(architecture)) {
    if (!row.architectures.includes(architecture)) return { kind: 'inapplicable', because: 'architecture' };
  }
  const modular = row.module === undefined ? module === undefined : module !== undefined;
  if (!modular) return { kind: 'inapplicable', because: 'module' };
  const named = row.module === undefined || row.module === '*' || row.module === module;
  if (!named && module !== 'unknown') return { kind: 'inapplicable', because: 'module' };
  const outcome = testVersion(row, subject);
  if (named || outcome.kind === 'not-comparable') return outcome;
  // Whether the row is about this build is not known, so neither does its fix say anything of it.
  if (outcome.kind === 'affected') return { kind: 'not-comparable', because: 'the module stream of the build is not known' };
  return ELSEWHERE;
}

const FIXED: RowOutcome = { kind: 'outside', place: 'fixed' };
const SAFE: RowOutcome = { kind: 'outside', place: 'safe' };
const ELSEWHERE: RowOutcome = { kind: 'outside', place: 'elsewhere' };

function testVersion(row: AffectedRow, subject: Subject): RowOutcome {
  const { key, scheme } = subject;
  if (key !== undefined && row.unaffectedKeys.length > 0 && row.unaffectedKeys.includes(key)) return SAFE;
  for (const range of row.ranges) if (isEverything(range)) return { kind: 'affected', range };
  if (row.literalVersions?.includes(subject.version) === true) return { kind: 'affected', range: exact(subject.version) };
  if (key === undefined) return { kind: 'not-comparable', because: `"${subject.version}" is no version of the ${scheme} scheme` };
  let place = ELSEWHERE;
  let lost = row.uncomparable?.[0];
  for (const range of row.ranges) {
    const tested = comparedBounds(range, subject);
    if (tested === undefined) lost ??= range.fixed ?? range.lastAffected ?? range.introduced;
    else if (inRange(key, tested)) return { kind: 'affected', range };
    else if (range.fixed !== undefined && tested.high !== undefined && key >= tested.high) place = FIXED;
  }
  if (row.versionKeys.length > 0 && row.versionKeys.includes(key)) return { kind: 'affected', range: exact(subject.version) };
  if (lost === undefined) return place;
  return { kind: 'not-comparable', because: `the advisory's bound "${lost}" is no version of the ${scheme} scheme` };
}

/** A listed version as a range. */
function exact(version: string): KeyedRange {
  return { introduced: version, lastAffected: version };
}
