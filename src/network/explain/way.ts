/** One way to an address: what lets a packet through, or what stops it first and the fewest changes that open it. */

import type { Mode } from '../constraints.ts';
import { type Detail, hopsAt, openingOf, packetOf, probeOf } from '../opening.ts';
import type { Grant } from '../sets/grants.ts';
import { overlay, type Partition } from '../sets/partition.ts';
import type { Point } from '../sets/spans.ts';
import type { Stage } from '../stage.ts';
import type { Stages } from '../stages.ts';
import { unknownsOf } from '../unknowns.ts';
import { type Goal, hostOf, type Way } from '../ways.ts';
import { type ExplainedWay, MAX_CHANGES } from './question.ts';

/** In the order in which a packet and then its reply meet them. */
function inOrder<P extends Point>(stages: readonly Stage<P>[]): readonly Stage<P>[] {
  const isForward = (stage: Stage<P>) => stage.direction === 'forward';
  return [...stages.filter(isForward), ...stages.filter((stage) => !isForward(stage)).reverse()];
}

export type Flows<P extends Point> = Partition<P, Grant>;

/** What of a flow gets through all of these. */
export function meet<P extends Point>(start: Flows<P>, stages: readonly Stage<P>[], all: Stages<P>): Flows<P> {
  return stages.reduce((rest, stage) => overlay(rest, stage.admits(), all.grants.meet), start);
}

function* choose<T>(list: readonly T[], count: number): Iterable<readonly T[]> {
  if (count === 0) yield [];
  for (const [index, item] of list.entries()) for (const rest of choose(list.slice(index + 1), count - 1)) yield [item, ...rest];
}

/** The fewest stages without which something gets through, and what does. */
function fewest<P extends Point>(start: Flows<P>, stages: readonly Stage<P>[], all: Stages<P>) {
  const shut = stages.filter((stage) => stage.gate !== true);
  for (let count = 1; count <= MAX_CHANGES; count++) {
    for (const left of choose(shut, count)) {
      const rest = stages.filter((stage) => !left.includes(stage));
      const probe = probeOf(meet(start, rest, all));
      if (probe !== undefined) return { left, probe };
    }
  }
  return undefined;
}

/** Of a way that is certainly closed: its first component that lets none of the flows that came so far on. */
function blocked<P extends Point>(goal: Goal<P>, way: Way<P>, start: Flows<P>, all: Stages<P>, asked: string | undefined) {
  const stages = inOrder(way.stages);
  let left = start;
  const stop = stages.findIndex((stage) => {
    const next = overlay(left, stage.admits(), all.grants.meet);
    if (next.length > 0) left = next;
    return next.length === 0;
  });
  const stage = stages[stop];
  const change = fewest(start, stages, all);
  // One packet for everything that is said, where there is one that the changes let through.
  const through = change !== undefined && change.left[0] === stage ? change.probe : undefined;
  const probe = through ?? probeOf(left);
  if (probe === undefined || stage === undefined) return undefined;
  const told = stages.slice(0, stop).filter(({ silent }) => silent !== true);
  const [blockedBy] = hopsAt(stage, probe);
  const changes = change?.left.map((one) =>
    one.opening({ ...change.probe, ...(asked === undefined ? {} : { asked }), goal: hostOf(goal) }),
  );
  return {
    packet: packetOf(goal, way, change?.probe ?? probe, all),
    passed: told.flatMap((one) => hopsAt(one, probe)),
    blockedBy,
    ...(changes === undefined ? {} : { changes }),
  };
}

/** Undefined where the way does not exist. */
export function explainWay<P extends Point>(
  goal: Goal<P>,
  { certain, possible }: Readonly<Record<Mode, Way<P> | undefined>>,
  contexts: Readonly<Record<Mode, Stages<P>>>,
  start: Flows<P>,
  asked: string | undefined,
): ExplainedWay | undefined {
  if (certain === undefined) return undefined;
  const about = { source: certain.source, interface: goal.interface.id, address: goal.address.private };
  const opened = (way: Way<P>, mode: Mode, unknown: readonly string[]): Detail | undefined => {
    const reach = meet(start, way.stages, contexts[mode]);
    return openingOf({ goal, way, reach, stages: contexts[mode], unknown })?.at();
  };
  const detail = opened(certain, 'certain', []);
  if (detail !== undefined) return { ...about, verdict: 'open', detail };
  const maybe = possible === undefined ? undefined : probeOf(meet(start, possible.stages, contexts.possible));
  if (possible !== undefined && maybe !== undefined) {
    const unknown = unknownsOf(certain, possible, maybe);
    const may = opened(possible, 'possible', unknown);
    return { ...about, verdict: 'unknown', unknown, ...(may === undefined ? {} : { detail: may }) };
  }
  // What is only possible is no reason to call it closed.
  const found = blocked(goal, possible ?? certain, start, contexts.possible, asked);
  return found === undefined ? undefined : { ...about, verdict: 'closed', ...found };
}
