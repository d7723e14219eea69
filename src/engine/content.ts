/** What a finding repeats of its detail, with the score that fits where the resource can be reached from. */
import { contextualScore, type Exposure } from '../scoring/contextual.ts';
import { type DetailRows, detailColumns } from '../store/findings/compose.ts';
import type { Detail, ScoreAdjustments } from '../store/findings/detail.ts';
import type { FindingContent } from './lifecycle.ts';

/** `exposure` as the store has it. */
function exposureOf(text: string | null): Exposure | undefined {
  return text === 'internet' || text === 'other' || text === 'none' ? text : undefined;
}

/** The columns of a finding with the detail of these rows on a resource that can be reached so. */
export function contentOf({ detail, base }: DetailRows, id: number, exposure: string | null): FindingContent {
  const columns = { ...detailColumns(detail), detail_id: id };
  if (base === undefined) return { ...columns, adjustments: null };
  const { value, vector, adjustments } = contextualScore(base, exposureOf(exposure));
  if (vector === undefined || adjustments.length === 0) return { ...columns, adjustments: null };
  return { ...columns, score: value, adjustments: JSON.stringify({ vector, adjustments } satisfies ScoreAdjustments) };
}

/** A detail as the store gives it back. */
export function readDetail(json: string): Detail {
  const detail: Detail = JSON.parse(json);
  return detail;
}
