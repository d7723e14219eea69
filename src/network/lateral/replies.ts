/** Where a table sends replies to the members of a class. */
import type { Grant } from '../sets/grants.ts';
import { constant, overlay, type Partition } from '../sets/partition.ts';
import { intersect, type Point, type Spans, union } from '../sets/spans.ts';
import type { Stage } from '../stage.ts';
import type { Stages } from '../stages.ts';
import { addressesOf, type SenderClass } from './senders.ts';

/** Stands for whatever a table that is not known leads to. */
export const ANYWHERE = '?';

/** The members' addresses by the target of their route; a route to a member's own interface is as good as a local one. */
export function replyTargets<P extends Point>(
  from: SenderClass<P>,
  table: string | undefined,
  { constraints }: Stages<P>,
): ReadonlyMap<string, Spans<P>> {
  if (table === undefined || constraints.isUnclear(table)) return new Map([[ANYWHERE, from.spans]]);
  const made = new Map<string, Spans<P>>();
  const add = (target: string, spans: Spans<P>) => made.set(target, union(made.get(target) ?? [], spans));
  const routes = overlay(constant(from.spans, true), constraints.table(table), (_, route) => route);
  for (const { from: first, to, value } of routes) {
    if (value.blackhole) continue;
    const own = value.target.startsWith('eni-') ? intersect([first, to], addressesOf(from, value.target)) : [];
    if (own.length > 0) add('local', own);
    else add(value.target, [first, to]);
  }
  return made;
}

/** Replies to these addresses, by a table. */
export function routed<P extends Point>(table: string | undefined, spans: Spans<P>, stages: Stages<P>): Stage<P> {
  const { constraints, grants } = stages;
  return {
    direction: 'reply',
    type: 'AWS::EC2::RouteTable',
    id: table ?? 'unknown',
    admits: (): Partition<P, Grant> => constant(spans, grants.all),
    because: ({ source }) => stages.routeWords(table, source),
    opening: ({ source }) => `add a route for ${constraints.space.format(source)} that leads back in ${table}`,
  };
}

/** Replies that a table keeps within its VPC: those it sends straight there, or by a middlebox, which possibly passes them on. */
export function kept<P extends Point>(
  table: string | undefined,
  from: SenderClass<P>,
  stages: Stages<P>,
  by: 'itself' | 'middlebox',
): Stage<P> {
  const { constraints } = stages;
  const isPossible = constraints.mode === 'possible';
  const may = (target: string) =>
    by === 'itself'
      ? target === 'local' || (isPossible && target === ANYWHERE)
      : isPossible && target !== ANYWHERE && constraints.mayForward(target);
  const found = [...replyTargets(from, table, stages)].filter(([target]) => may(target));
  return routed(
    table,
    found.reduce<Spans<P>>((all, [, spans]) => union(all, spans), []),
    stages,
  );
}
