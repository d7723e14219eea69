/**
 * Priority: 0 to 100, the sum of parts that each say why. Severity says how bad it would be, the other parts how likely it is and
 * whether something can be done now. docs/scoring.md explains it; all constants are in `POINTS`.
 */
import type { VulnerabilityFacts } from '../model/advisory.ts';
import type { FindingStatus, Match, PriorityPart, Severity } from '../model/finding.ts';
import type { Verdict } from './severity.ts';

export const POINTS = {
  /** Untriaged counts as medium: unknown is not harmless. */
  severity: { CRITICAL: 40, HIGH: 30, MEDIUM: 20, LOW: 10, INFORMATIONAL: 0, UNTRIAGED: 20 } satisfies Record<Severity, number>,
  /** Per point of the CVSS base score. */
  scorePoint: 1,
  /** Listed by CISA as exploited. */
  kev: 25,
  ransomware: 5,
  /** Exploited by CISA's SSVC decision, but not in its catalogue. */
  active: 20,
  /** A published exploit or proof of concept. */
  exploitPublic: 8,
  /** At an EPSS probability of 1; proportionally less below. */
  epss: 15,
  fixAvailable: 5,
  malware: 50,
  endOfLife: 20,
  /** The versions could not be compared. */
  uncertain: -10,
  lowest: 0,
  highest: 100,
} as const;

export interface PriorityInput {
  readonly verdict: Verdict;
  readonly kind: Match['kind'];
  readonly status: FindingStatus;
  readonly facts?: Pick<VulnerabilityFacts, 'epss' | 'kev' | 'exploits' | 'exploitation'>;
}

/** Points are whole numbers, so the parts add up exactly to the value; `cap` is the part that brings the sum back into 0–100. */
export function priorityOf(input: PriorityInput): { readonly value: number; readonly parts: readonly PriorityPart[] } {
  const { verdict, kind, status, facts } = input;
  const parts: PriorityPart[] = [];
  const add = (name: string, points: number, because: string) => {
    if (points !== 0) parts.push({ name, points, because });
  };

  add('severity', POINTS.severity[verdict.severity], `${verdict.severity} by ${verdict.source}`);
  if (verdict.score) {
    const { value, version, source } = verdict.score;
    add('score', Math.round(value * POINTS.scorePoint), `CVSS ${version} base score ${value.toFixed(1)} by ${source}`);
  }
  if (facts?.kev) {
    add('exploited', POINTS.kev, `in the CISA catalogue of exploited vulnerabilities since ${facts.kev.dateAdded}`);
    if (facts.kev.ransomware) add('ransomware', POINTS.ransomware, 'used in ransomware campaigns');
  } else if (facts?.exploitation === 'active') add('exploited', POINTS.active, 'exploitation is active (CISA SSVC)');
  if (facts?.epss) {
    const { score, date } = facts.epss;
    const probability = Math.min(1, Math.max(0, score));
    add('likelihood', Math.round(probability * POINTS.epss), `EPSS ${score} of ${date}`);
  }
  const exploits = facts?.exploits ?? [];
  if (exploits.length > 0) add('exploit-public', POINTS.exploitPublic, `published exploit ${[...exploits].sort()[0]}`);
  else if (facts?.exploitation === 'poc') add('exploit-public', POINTS.exploitPublic, 'proof of concept (CISA SSVC)');
  if (kind === 'malware') add('malware', POINTS.malware, 'the package itself is malicious');
  if (kind === 'end-of-life' || status === 'end-of-life') add('end-of-life', POINTS.endOfLife, 'no more fixes from the vendor');
  if (status === 'fix-available') add('fix', POINTS.fixAvailable, 'a fixed version exists');
  if (status === 'not-comparable') add('uncertain', POINTS.uncertain, 'the versions could not be compared');

  const sum = parts.reduce((total, part) => total + part.points, 0);
  const value = Math.min(POINTS.highest, Math.max(POINTS.lowest, sum));
  add('cap', value - sum, `kept between ${POINTS.lowest} and ${POINTS.highest}`);
  return { value, parts };
}
