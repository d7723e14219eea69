/** Ways through load balancers: those that lead there, and what closes the others, at the node or behind it. */
import { type Families, type Family, goalOf, openings } from '../analyse.ts';
import { zoneServes } from '../balancers.ts';
import type { AddressRange, Exposure } from '../exposure.ts';
import { sendersNamed } from '../lateral/senders.ts';
import type { Listener, LoadBalancer, Network, Target, TargetGroup } from '../model.ts';
import { familyOf, SPACE4, SPACE6, type Space } from '../sets/space.ts';
import type { Point } from '../sets/spans.ts';
import { carries } from '../stage.ts';
import type { Stages } from '../stages.ts';
import type { Goal } from '../ways.ts';
import { isAsked } from './direct.ts';
import { explainLeg } from './leg.ts';
import type { ExplainedWay, Question } from './question.ts';

/** Whether addresses that were asked for are among those that reach it. */
function reaches({ reach, family }: Exposure, from: string | undefined, port: number): boolean {
  const asked = from === undefined ? undefined : familyOf(from);
  const within = <P extends Point>(space: Space<P>, { first, last }: AddressRange): boolean => {
    const [span, low, high] = [space.cidr(from ?? ''), space.address(first), space.address(last)];
    return span !== undefined && low !== undefined && high !== undefined && span[0] <= high && low < span[1];
  };
  return reach.some(({ sources, ports }) => {
    if (!ports.some(({ begin, end }) => begin <= port && port <= end)) return false;
    if (asked === undefined) return true;
    return asked === family && sources.some((range) => (family === 4 ? within(SPACE4, range) : within(SPACE6, range)));
  });
}

/** Open and unknown ways through load balancers, which are found from their nodes on. */
export function throughBalancers(
  network: Network,
  families: Families,
  goals: ReadonlySet<string>,
  { port, protocol, from }: Question,
): ExplainedWay[] {
  const ways: ExplainedWay[] = [];
  const lateral = sendersNamed(from);
  for (const opening of openings(network, { privateLink: true, ...(lateral === undefined ? {} : { lateral }) }, families)) {
    const { exposure } = opening;
    if (exposure.through === undefined || exposure.protocol !== protocol) continue;
    if (
      !goals.has(`${exposure.interface} ${exposure.address}`) ||
      !isAsked(network, exposure.source, from) ||
      !reaches(exposure, from, port)
    )
      continue;
    const detail = opening.at(port);
    if (detail === undefined) continue;
    const { source, interface: eni, address, unknown } = exposure;
    const { loadBalancer, listenerPort } = exposure.through;
    const about = { source, interface: eni, address, detail, through: { loadBalancer, listenerPort } };
    ways.push(unknown.length > 0 ? { ...about, verdict: 'unknown', unknown } : { ...about, verdict: 'open' });
  }
  return ways;
}

/** Tells ways through load balancers apart. */
function legKey({ source, through, interface: eni, address }: Omit<ExplainedWay, 'verdict'>): string {
  return [source.kind, source.id, through?.loadBalancer, through?.listenerPort, eni, address].join(' ');
}

/** Explains every way to a node's address and port. */
export type ExplainNode<P extends Point> = (node: Goal<P>, port: number) => readonly ExplainedWay[];

/** A listener, one of its targets, and the interfaces that these mean. */
interface Behind<P extends Point> {
  readonly balancer: LoadBalancer;
  readonly listener: Listener;
  readonly group: TargetGroup;
  readonly target: Target;
  readonly goal: Goal<P>;
}

function* targetsAt<P extends Point>(
  network: Network,
  { targets }: Families,
  goals: readonly Goal<P>[],
  family: 4 | 6,
  { port, protocol }: Question,
): Iterable<Behind<P>> {
  for (const balancer of network.loadBalancers.values())
    for (const listener of balancer.listeners ?? [])
      for (const arn of carries(listener.protocol, protocol) ? listener.targetGroups : []) {
        const group = network.targetGroups.get(arn);
        for (const target of group?.targets ?? []) {
          if (group === undefined || (target.port ?? group.port) !== port) continue;
          for (const [eni, address] of targets.find(group, target, family))
            for (const goal of goals)
              if (goal.interface.id === eni.id && goal.address.private === address)
                yield { balancer, listener, group, target, goal };
        }
      }
}

/** Ways through load balancers that lead to these goals by their listeners and targets, and are closed on the way. */
export function closedBalancers<P extends Point>(
  network: Network,
  families: Families,
  family: Family<P>,
  goals: readonly Goal<P>[],
  question: Question,
  explainNode: ExplainNode<P>,
  open: readonly ExplainedWay[],
): ExplainedWay[] {
  const known = new Set(open.map(legKey));
  const { stages } = family.context('possible', question.protocol);
  const best = new Map<string, ExplainedWay>();
  for (const behind of targetsAt(network, families, goals, family.space.family, question)) {
    const { balancer, listener, goal } = behind;
    for (const id of balancer.nodes) {
      const eni = network.interfaces.get(id);
      const address = eni?.addresses.find((one) => one.family === family.space.family);
      const node =
        eni === undefined || address === undefined ? undefined : goalOf(network, eni, address, family.space, families.targets);
      for (const way of node === undefined ? [] : explainNode(node, listener.port)) {
        const about = {
          source: way.source,
          interface: goal.interface.id,
          address: goal.address.private,
          through: { loadBalancer: balancer.id, listenerPort: listener.port },
        };
        const key = legKey(about);
        if (node === undefined || known.has(key)) continue;
        const stop = closedAt(way, node, behind, question.port, stages);
        const before = best.get(key);
        if (stop !== undefined && (before === undefined || isCloser(stop, before)))
          best.set(key, { ...about, verdict: 'closed', ...stop });
      }
    }
  }
  return [...best.values()];
}

type Stop = Pick<ExplainedWay, 'packet' | 'passed' | 'blockedBy' | 'changes'>;

/** Whether one stop lacks less than another: fewer changes, then more hops that it passes. */
function isCloser(one: Stop, other: Stop): boolean {
  const order = (one.changes?.length ?? Infinity) - (other.changes?.length ?? Infinity);
  return order < 0 || (!(order > 0) && (one.passed?.length ?? 0) > (other.passed?.length ?? 0));
}

/** What stops a way to a node there, or behind it; undefined where nothing does. */
function closedAt<P extends Point>(
  way: ExplainedWay,
  node: Goal<P>,
  { balancer, group, target, goal }: Behind<P>,
  port: number,
  stages: Stages<P>,
): Stop | undefined {
  const packet = way.packet ?? way.detail?.witness;
  const source = packet === undefined ? undefined : stages.constraints.space.address(packet.source);
  if (packet === undefined || source === undefined) return undefined;
  const isHidden = balancer.kind !== 'network' || way.source.kind === 'private-link' || group.preservesClient !== true;
  const leg = explainLeg({
    ...{ node, goal, stages, kept: !isHidden, client: { source, port, client: packet.sourcePort } },
    serves: zoneServes(node, goal, target, balancer, group, stages.constraints),
  });
  if (way.verdict === 'closed') {
    const { passed, blockedBy, changes } = way;
    return { packet, passed, blockedBy, ...(changes === undefined ? {} : { changes: [...changes, ...leg.changes] }) };
  }
  if (leg.blockedBy === undefined) return undefined;
  const there = (way.detail?.path ?? []).filter(({ direction }) => direction === 'forward');
  return { packet, passed: [...there, ...leg.passed], blockedBy: leg.blockedBy, changes: leg.changes };
}
