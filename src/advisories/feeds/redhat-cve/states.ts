/** Red Hat's words for packages that no erratum mends. https://access.redhat.com/articles/2939351 (fix states) */
import type { AffectedStatus } from '../../../model/advisory.ts';

const STATES: Readonly<Record<string, AffectedStatus>> = {
  affected: 'affected',
  'fix deferred': 'fix-deferred',
  new: 'under-investigation',
  'not affected': 'not-affected',
  'out of support scope': 'end-of-life',
  'under investigation': 'under-investigation',
  'will not fix': 'will-not-fix',
};

export function statusOf(state: string): AffectedStatus | undefined {
  const key = state.trim().toLowerCase();
  return Object.hasOwn(STATES, key) ? STATES[key] : undefined;
}
