/**
 * The contextual score: a CVSS 3 base score in the light of where the vulnerable resource can be reached from. Amazon publishes no
 * formula; ours is in docs/contextual-score.md: a vector over the network counts as adjacent where only other networks reach the
 * resource, and as local where nothing does. It never rises above the base score, and what is not known changes nothing.
 */
import type { Score } from '../model/finding.ts';
import { scoreVector } from './cvss.ts';

/** From where a resource can be reached; undefined is unknown. */
export type Exposure = 'internet' | 'other' | 'none';

export interface Adjustment {
  readonly metric: string;
  readonly reason: string;
}

export interface ContextualScore {
  readonly value: number;
  readonly vector?: string;
  readonly adjustments: readonly Adjustment[];
}

const BECOMES: Readonly<Record<Exclude<Exposure, 'internet'>, { readonly value: string; readonly reason: string }>> = {
  other: {
    value: 'A',
    reason: 'The network configuration has no path from the Internet to this resource; only connected private networks reach it.',
  },
  none: { value: 'L', reason: 'The network configuration has no path to this resource from outside of its own network.' },
};

/** Adjusts a base score; without a CVSS 3 vector over the network, or with unknown exposure, it stays as it is. */
export function contextualScore(base: Score, exposure: Exposure | undefined): ContextualScore {
  const unchanged = { value: base.value, ...(base.vector !== undefined && { vector: base.vector }), adjustments: [] };
  if (exposure === undefined || exposure === 'internet' || base.vector === undefined) return unchanged;
  if (!base.version.startsWith('3') || !/(?:^|\/)AV:N(?:\/|$)/.test(base.vector)) return unchanged;
  const { value, reason } = BECOMES[exposure];
  const vector = base.vector.replace(/(^|\/)AV:N(?=\/|$)/, `$1AV:${value}`);
  const scored = scoreVector({ kind: 'cvss-v3', value: vector, source: base.source });
  if (!scored.ok || scored.value.value > base.value) return unchanged;
  return { value: scored.value.value, vector, adjustments: [{ metric: 'Attack Vector', reason }] };
}
