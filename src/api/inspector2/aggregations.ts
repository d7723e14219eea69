/** Counts of active findings by what they have in common. */
import { AGGREGATIONS } from '../../store/findings/aggregations.ts';
import type { AggregationCursor } from '../../store/findings/count-rows.ts';
import { nextToken, positionOf } from '../paging.ts';
import { invalidField } from '../protocol/errors.ts';
import { encoded } from '../protocol/model.ts';
import type { Handlers } from './handler.ts';

const PAGE = 100;

function cursorOf(position: unknown): AggregationCursor | undefined {
  if (!Array.isArray(position)) return undefined;
  const [count, key]: unknown[] = position;
  if (typeof count !== 'number' || typeof key !== 'string') {
    throw invalidField('nextToken', 'The nextToken is not valid for this request');
  }
  return { count, key };
}

export const aggregations: Handlers<'ListFindingAggregations'> = {
  async ListFindingAggregations(input, context) {
    const { aggregationType: type, aggregationRequest: request, accountIds } = input;
    if (type === undefined) throw invalidField('aggregationType', 'aggregationType is required');
    const { member } = AGGREGATIONS[type];
    const given = Object.entries(request ?? {}).filter(([, value]) => value !== undefined);
    if (given.some(([name]) => name !== member)) {
      throw invalidField('aggregationRequest', `aggregationRequest for the type ${type} has the one member ${member}`);
    }
    const { rows, next } = await context.store.findings.aggregate({
      scope: await context.visibleAccounts(),
      type,
      accountIds,
      request,
      limit: input.maxResults ?? PAGE,
      after: cursorOf(positionOf('ListFindingAggregations', input, context)),
    });
    // Not by the SDK's schemas: they know fewer counts than Inspector has.
    return encoded({
      aggregationType: type,
      responses: rows,
      ...(next !== undefined && { nextToken: nextToken('ListFindingAggregations', input, context, [next.count, next.key]) }),
    });
  },
};
