/**
 * CVSS base scores from vectors, versions 2.0, 3.0, 3.1 and 4.0. Only base metrics count: temporal, threat and environmental ones
 * that a source left in a vector belong to its situation, not to the reader's.
 */
import calculator from 'ae-cvss-calculator';
import type { AdvisorySeverity } from '../model/advisory.ts';
import type { Score } from '../model/finding.ts';
import { fail, notice, ok, type Problem, type Result } from '../model/problem.ts';

type CvssVersion = '2.0' | '3.0' | '3.1' | '4.0';

interface Specification {
  /** Base metrics and their values; a vector without all of them has no score, which is not a score of 0. */
  readonly base: Readonly<Record<string, string>>;
  /** Of a vector of exactly the base metrics; their letters are given as well. */
  score(vector: string, letter: (metric: string) => string): number | undefined;
}

const BASE_2 = { AV: 'LAN', AC: 'HML', Au: 'MSN', C: 'NPC', I: 'NPC', A: 'NPC' };
const BASE_3 = { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'UC', C: 'NLH', I: 'NLH', A: 'NLH' };
const IMPACT_4 = { VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'HLN', SI: 'HLN', SA: 'HLN' };
const BASE_4 = { AV: 'NALP', AC: 'LH', AT: 'NP', PR: 'NLH', UI: 'NPA', ...IMPACT_4 };

const IMPACT_3: Readonly<Record<string, number>> = { H: 0.56, L: 0.22, N: 0 };
const VECTOR_3: Readonly<Record<string, number>> = { N: 0.85, A: 0.62, L: 0.55, P: 0.2 };
const PRIVILEGES_3: Readonly<Record<string, readonly [unchanged: number, changed: number]>> = {
  N: [0.85, 0.85],
  L: [0.62, 0.68],
  H: [0.27, 0.5],
};

/**
 * https://www.first.org/cvss/v3.1/specification-document, section 7: nearly all vectors are of version 3, and the library takes
 * 50 µs for each. Version 3.0 has the same equations and rounds up in the way that 3.1 wrote down exactly.
 */
function scoreVersion3(_vector: string, letter: (metric: string) => string): number | undefined {
  const changed = letter('S') === 'C';
  const lost = ['C', 'I', 'A'].reduce((left, metric) => left * (1 - (IMPACT_3[letter(metric)] ?? 0)), 1);
  const subscore = 1 - lost;
  const impact = changed ? 7.52 * (subscore - 0.029) - 3.25 * (subscore - 0.02) ** 15 : 6.42 * subscore;
  if (impact <= 0) return 0;
  const complexity = letter('AC') === 'L' ? 0.77 : 0.44;
  const interaction = letter('UI') === 'N' ? 0.85 : 0.62;
  const privileges = PRIVILEGES_3[letter('PR')]?.[changed ? 1 : 0] ?? 0;
  const exploitability = 8.22 * (VECTOR_3[letter('AV')] ?? 0) * complexity * privileges * interaction;
  const sum = Math.min(10, (changed ? 1.08 : 1) * (impact + exploitability));
  // The smallest number of one decimal that is not below, with what floating point adds taken away.
  return Math.ceil(Math.round(sum * 100_000) / 10_000) / 10;
}

const SPECIFICATIONS: Readonly<Record<CvssVersion, Specification>> = {
  '2.0': { base: BASE_2, score: (vector) => new calculator.Cvss2(vector).calculateScores().base },
  '3.0': { base: BASE_3, score: scoreVersion3 },
  '3.1': { base: BASE_3, score: scoreVersion3 },
  '4.0': { base: BASE_4, score: (vector) => new calculator.Cvss4P0(vector).calculateScores().base },
};

const LONGEST_VECTOR = 400;
const CACHE_SIZE = 20_000;
/** A 4.0 vector takes some 90 µs, and the same vectors come again and again. Purely a memo: it never changes an answer. */
const cache = new Map<string, Result<Pick<Score, 'value' | 'vector' | 'version'>>>();

/** The score of a vector severity. A problem `cvss-vector-invalid` (a notice) when the vector cannot be scored; never 0 instead. */
export function scoreVector(severity: AdvisorySeverity): Result<Score> {
  const cacheKey = `${severity.kind} ${severity.value}`;
  let result = cache.get(cacheKey);
  if (result === undefined) {
    result = calculate(severity);
    if (cache.size >= CACHE_SIZE) cache.clear();
    if (severity.value.length <= LONGEST_VECTOR) cache.set(cacheKey, result);
  }
  return result.ok ? ok({ ...result.value, source: severity.source }) : result;
}

function calculate({ kind, value }: AdvisorySeverity): Result<Pick<Score, 'value' | 'vector' | 'version'>> {
  if (value.length > LONGEST_VECTOR) return fail(invalid(`${value.slice(0, 60)}…`, 'is too long'));
  const bare = value.trim().replace(/^\((.*)\)$/, '$1');
  const [, prefixed, metrics] = /^(?:CVSS:(\d\.\d)\/)?(.*)$/.exec(bare) ?? [];
  const version = prefixed ?? (kind === 'cvss-v2' ? '2.0' : '');
  if (metrics === undefined || !isVersion(version) || kind !== `cvss-v${version.charAt(0)}`) {
    return fail(invalid(value, `is not of the kind ${kind}`));
  }
  const { base, score } = SPECIFICATIONS[version];
  const given = new Map(metrics.split('/').map((metric) => split(metric)));
  // The base metrics alone: the library's base score of version 4 would include threat metrics.
  const parts: string[] = [];
  for (const [name, allowed] of Object.entries(base)) {
    const metric = given.get(name);
    if (metric?.length !== 1 || !allowed.includes(metric)) return fail(invalid(value, `lacks a valid ${name}`));
    parts.push(`${name}:${metric}`);
  }
  const vector = `${version === '2.0' ? '' : `CVSS:${version}/`}${parts.join('/')}`;
  const points = score(vector, (metric) => given.get(metric) ?? '');
  if (points === undefined || !(points >= 0 && points <= 10)) return fail(invalid(value, 'has no base score'));
  return ok({ value: Math.round(points * 10) / 10, vector: bare, version });
}

function isVersion(version: string): version is CvssVersion {
  return Object.hasOwn(SPECIFICATIONS, version);
}

function split(metric: string): readonly [string, string] {
  const colon = metric.indexOf(':');
  return [metric.slice(0, colon), metric.slice(colon + 1)];
}

function invalid(vector: string, why: string): Problem {
  return notice('cvss-vector-invalid', `The CVSS vector "${vector}" ${why}; its score is unknown and other sources decide.`);
}
