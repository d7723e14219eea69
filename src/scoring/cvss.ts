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
  score(vector: string): number | undefined;
}

const BASE_2 = { AV: 'LAN', AC: 'HML', Au: 'MSN', C: 'NPC', I: 'NPC', A: 'NPC' };
const BASE_3 = { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'UC', C: 'NLH', I: 'NLH', A: 'NLH' };
const IMPACT_4 = { VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'HLN', SI: 'HLN', SA: 'HLN' };
const BASE_4 = { AV: 'NALP', AC: 'LH', AT: 'NP', PR: 'NLH', UI: 'NPA', ...IMPACT_4 };

const SPECIFICATIONS: Readonly<Record<CvssVersion, Specification>> = {
  '2.0': { base: BASE_2, score: (vector) => new calculator.Cvss2(vector).calculateScores().base },
  '3.0': { base: BASE_3, score: (vector) => new calculator.Cvss3P0(vector).calculateScores().base },
  '3.1': { base: BASE_3, score: (vector) => new calculator.Cvss3P1(vector).calculateScores().base },
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
  const points = score(vector);
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
