/**
 * Who decides how severe a vulnerability is. As Amazon Inspector does: for operating system packages the distribution's own word,
 * otherwise a CVSS score by its bands. Unknown is UNTRIAGED, never the lowest word.
 */
import type { AdvisorySeverity } from '../model/advisory.ts';
import { type Score, SEVERITIES, type Severity } from '../model/finding.ts';
import type { PackageType } from '../model/package.ts';

/**
 * Vendors' words. Ubuntu's `negligible` and Debian's `unimportant` are LOW: both still name a vulnerability in the source, and the
 * reader should not lose it among mere information. Words that say "not decided" (`untriaged`, `not yet assigned`, `end-of-life`,
 * `unknown`) are absent on purpose: the next source decides.
 */
const WORDS: Readonly<Record<string, Severity>> = {
  critical: 'CRITICAL',
  important: 'HIGH',
  high: 'HIGH',
  moderate: 'MEDIUM',
  medium: 'MEDIUM',
  low: 'LOW',
  minor: 'LOW',
  negligible: 'LOW',
  unimportant: 'LOW',
  informational: 'INFORMATIONAL',
  none: 'INFORMATIONAL',
};

/** Lower bounds of the bands of CVSS scores; 0 itself is INFORMATIONAL. */
const BANDS: readonly (readonly [from: number, severity: Severity])[] = [
  [9, 'CRITICAL'],
  [7, 'HIGH'],
  [4, 'MEDIUM'],
  [0.1, 'LOW'],
];

/** Sources that speak of a vulnerability anywhere, most trusted first; all others are vendors. */
const PUBLIC_SOURCES = ['nvd', 'cna', 'cisa-adp', 'ghsa'];
/** CVSS 4 is kept and shown, but where there is a 3.x score that one decides, as in Inspector. */
const VERSIONS = ['3.1', '3.0', '4.0', '2.0'];
const SYSTEM_PACKAGES: ReadonlySet<PackageType> = new Set(['deb', 'rpm', 'apk']);

export interface Verdict {
  readonly severity: Severity;
  readonly source: string;
  readonly score?: Score;
}

export function severityOfWord(word: string): Severity | undefined {
  const plain = word.trim().toLowerCase().replace(/\*+$/, '');
  return Object.hasOwn(WORDS, plain) ? WORDS[plain] : undefined;
}

/** The band of a CVSS base score, 0 to 10. */
export function severityOfScore(value: number): Severity {
  return BANDS.find(([from]) => value >= from)?.[1] ?? 'INFORMATIONAL';
}

function isSystemPackage(type: PackageType): boolean {
  return SYSTEM_PACKAGES.has(type);
}

/** Deciding order: the vendor first for system packages, last otherwise; 3.x before 4.0 before 2.0; then the higher score. */
export function sortScores(scores: readonly Score[], type: PackageType): readonly Score[] {
  const vendorRank = isSystemPackage(type) ? -1 : PUBLIC_SOURCES.length;
  const sourceRank = (score: Score) => {
    const rank = PUBLIC_SOURCES.indexOf(score.source);
    return rank < 0 ? vendorRank : rank;
  };
  const generation = (score: Score) => ['3', '4', '2'].indexOf(score.version.charAt(0));
  return scores.toSorted(
    (a, b) =>
      generation(a) - generation(b) ||
      sourceRank(a) - sourceRank(b) ||
      VERSIONS.indexOf(a.version) - VERSIONS.indexOf(b.version) ||
      b.value - a.value ||
      compareText(a.source, b.source) ||
      compareText(a.vector ?? '', b.vector ?? ''),
  );
}

/** The most urgent of the words that mean something; among equals the first source by name. */
function strongestWord(severities: readonly AdvisorySeverity[]): Verdict | undefined {
  const verdicts = severities.flatMap((said) => {
    const severity = said.kind === 'word' ? severityOfWord(said.value) : undefined;
    return severity === undefined ? [] : [{ severity, source: said.source }];
  });
  return verdicts.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || compareText(a.source, b.source),
  )[0];
}

export interface Opinions {
  /** Of this package in this stream. */
  readonly package: readonly AdvisorySeverity[];
  /** Of the matched advisories. */
  readonly advisories: readonly AdvisorySeverity[];
  /** Of the vulnerability anywhere. */
  readonly facts: readonly AdvisorySeverity[];
  /** All scores of the above, in deciding order. */
  readonly scores: readonly Score[];
}

/**
 * System packages: the word for this package, the advisory's word, the best score, any other word. Other packages: the best score,
 * then words in the same order. `source` names who decided, `none` when nobody did.
 */
export function decide(opinions: Opinions, type: PackageType): Verdict {
  const score = opinions.scores[0];
  const vendorWord = strongestWord(opinions.package) ?? strongestWord(opinions.advisories);
  const byScore = score && { severity: severityOfScore(score.value), source: score.source };
  const ordered = isSystemPackage(type) ? [vendorWord, byScore] : [byScore, vendorWord];
  const verdict = ordered.find((said) => said !== undefined) ?? strongestWord(opinions.facts);
  return { ...(verdict ?? { severity: 'UNTRIAGED', source: 'none' }), ...(score && { score }) };
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
