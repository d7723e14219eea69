/** The components between a load balancer's node and a target, there and back: what a leg's path tells. */
import type { Direction } from './constraints.ts';
import type { Hop } from './exposure.ts';
import { matchingRule } from './group-rules.ts';
import { partAt } from './sets/partition.ts';
import { contains, intersect, type Point, type Spans } from './sets/spans.ts';
import type { Probe, Stage } from './stage.ts';
import type { Stages } from './stages.ts';
import type { Goal } from './ways.ts';

/** Ports that nodes send from. */
export const NODE_CLIENTS: Spans<number> = [1024, 65_536];
/** What IANA calls ephemeral begins there. */
const USUAL_CLIENT = 49_152;

/** Hops between two interfaces. */
export interface Between {
  readonly there: readonly Hop[];
  readonly back: readonly Hop[];
}

function told<P extends Point>({ type, id, direction, because }: Stage<P>, probe: Probe<P>): Hop {
  const { because: words, rule } = because(probe);
  return { direction, type, id, because: words, ...(rule === undefined ? {} : { rule }) };
}

function route<P extends Point>(direction: Hop['direction'], table: string | undefined, to: P, stages: Stages<P>): Hop {
  const { because, rule } = stages.routeWords(table, to);
  return { direction, type: 'AWS::EC2::RouteTable', id: table ?? 'unknown', because, ...(rule === undefined ? {} : { rule }) };
}

/** The rule that lets a node send, where it has groups. */
function leaving<P extends Point>(node: Goal<P>, to: P, port: number, stages: Stages<P>): readonly Hop[] {
  const found = matchingRule(stages, node.interface.groups, 'outbound', to, port, node.vpc.id);
  if (found === undefined) return [];
  const { group, words, rule } = found;
  const type = 'AWS::EC2::SecurityGroup';
  return [{ direction: 'forward', type, id: group, because: `${group}: ${words}`, rule: rule.id ?? group }];
}

/** A port of the node that gets its reply. */
export function nodeClient<P extends Point>(node: Goal<P>, goal: Goal<P>, { constraints, protocol }: Stages<P>): number {
  const ports = (acl: string | undefined, direction: Direction, address: P): Spans<number> =>
    partAt(constraints.acl(acl, direction, protocol), address)?.value.spans ?? [];
  const own = intersect(ports(goal.subnet.acl, 'outbound', node.point), ports(node.subnet.acl, 'inbound', goal.point));
  const usable = intersect(own, NODE_CLIENTS);
  return contains(usable, USUAL_CLIENT) ? USUAL_CLIENT : (usable[0] ?? USUAL_CLIENT);
}

/** What a node's own packets pass on their way to a target. */
export function nodeHops<P extends Point>(node: Goal<P>, goal: Goal<P>, port: number, stages: Stages<P>): Between {
  const same = node.subnet.id === goal.subnet.id;
  const probe = { source: node.point, port, client: nodeClient(node, goal, stages) };
  const out = told(stages.aclTowards(node.subnet.acl, goal.point, 'outbound'), probe);
  const door = told(stages.groups(goal.interface.groups, goal.vpc.id), probe);
  const sent = leaving(node, goal.point, port, stages);
  if (same) return { there: [...sent, ...(node.balancer?.kind === 'classic' ? [out] : []), door], back: [] };
  return {
    there: [
      ...sent,
      route('forward', node.subnet.routeTable, goal.point, stages),
      out,
      told(stages.acl(goal.subnet.acl, 'inbound'), probe),
      door,
    ],
    back: [
      told(stages.acl(goal.subnet.acl, 'outbound'), probe),
      route('reply', goal.subnet.routeTable, node.point, stages),
      told(stages.aclTowards(node.subnet.acl, goal.point, 'inbound'), probe),
    ],
  };
}

/** What a client's packets pass behind a load balancer that keeps their address; replies go back by the load balancer. */
export function clientHops<P extends Point>(node: Goal<P>, goal: Goal<P>, probe: Probe<P>, stages: Stages<P>): Between {
  const sent = leaving(node, goal.point, probe.port, stages);
  const direct = told(stages.groups(goal.interface.groups, undefined), probe);
  // A rule that names the load balancer's group lets its clients in as well.
  const door =
    direct.rule === undefined
      ? told(stages.groups(goal.interface.groups, goal.vpc.id), { ...probe, source: node.point })
      : direct;
  if (node.subnet.id === goal.subnet.id) return { there: [...sent, door], back: [] };
  return {
    there: [
      ...sent,
      route('forward', node.subnet.routeTable, goal.point, stages),
      told(stages.aclTowards(node.subnet.acl, goal.point, 'outbound'), probe),
      told(stages.acl(goal.subnet.acl, 'inbound'), probe),
      door,
    ],
    back: [
      told(stages.acl(goal.subnet.acl, 'outbound'), probe),
      told(stages.aclTowards(node.subnet.acl, goal.point, 'inbound'), probe),
    ],
  };
}
