/** What is assessed. */
import { coverageStatistics, listCoverage } from '../../store/findings/coverage.ts';
import { keyedPage, nextToken, positionOf } from '../paging.ts';
import type { Handlers } from './handler.ts';

const COVERAGE_PAGE = 200;
/** Of the model. */
const COUNTS_PAGE = 5;

export const coverage: Handlers<'ListCoverage' | 'ListCoverageStatistics'> = {
  async ListCoverage(input, context) {
    const position = positionOf('ListCoverage', input, context);
    const { rows, next } = await listCoverage(context.store.read, {
      scope: await context.visibleAccounts(),
      criteria: input.filterCriteria,
      limit: input.maxResults ?? COVERAGE_PAGE,
      after: typeof position === 'number' ? position : undefined,
    });
    return {
      coveredResources: [...rows],
      ...(next !== undefined && { nextToken: nextToken('ListCoverage', input, context, next) }),
    };
  },

  async ListCoverageStatistics(input, context) {
    const { groupBy, filterCriteria } = input;
    const scope = await context.visibleAccounts();
    const { total, groups } = await coverageStatistics(context.store.read, scope, filterCriteria, groupBy);
    const { items, nextToken: token } = keyedPage('ListCoverageStatistics', input, context, groups, {
      keyOf: ({ value }) => value,
      largest: COUNTS_PAGE,
    });
    return {
      // As Inspector: the key says what was grouped by, not the group's value.
      ...(items.length > 0 && { countsByGroup: items.map(({ count }) => ({ count, groupKey: groupBy })) }),
      totalCounts: total,
      ...(token !== undefined && { nextToken: token }),
    };
  },
};
