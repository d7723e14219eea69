/** Between a load balancer's node and a target: what a packet meets there, and what of it stops it. */
import { leads, letsClientsOf } from '../balancers.ts';
import type { Hop } from '../exposure.ts';
import { nodeClient } from '../leg-hops.ts';
import { hopsAt } from '../opening.ts';
import { partAt } from '../sets/partition.ts';
import type { Point } from '../sets/spans.ts';
import { balancerType, type Probe, passes, type Stage } from '../stage.ts';
import type { Stages } from '../stages.ts';
import { type Goal, hostOf } from '../ways.ts';

/** One component and the packet that it meets: the client's, or where that is hidden the node's own. */
interface Met<P extends Point> {
  readonly stage: Stage<P>;
  readonly probe: Probe<P>;
}

interface LegQuestion<P extends Point> {
  readonly node: Goal<P>;
  readonly goal: Goal<P>;
  /** Of the client, with the target's port. */
  readonly client: Probe<P>;
  /** The target sees the client's address. */
  readonly kept: boolean;
  /** Whether the node serves the target's zone. */
  readonly serves: boolean;
  readonly stages: Stages<P>;
}

function routeGate<P extends Point>(from: Goal<P>, to: Goal<P>, direction: Hop['direction'], stages: Stages<P>): Stage<P> {
  const table = from.subnet.routeTable;
  const { because, rule } = stages.routeWords(table, to.point);
  const gate = stages.gate(leads(from, to, stages), {
    ...{ type: 'AWS::EC2::RouteTable', id: table ?? 'unknown', yes: because, no: because },
    ...(rule === undefined ? {} : { rule }),
    opening: `add a route for ${hostOf(to)} that leads to ${to.vpc.id} in ${table}`,
  });
  return { ...gate, direction };
}

/** The node's zones, and a target that would be its own client. */
function gates<P extends Point>({ node, goal, client, kept, serves, stages }: LegQuestion<P>): readonly Stage<P>[] {
  const { balancer } = node;
  if (balancer === undefined) return [];
  const { space } = stages.constraints;
  const about = { type: balancerType(balancer), id: balancer.id };
  const { zone } = goal.subnet;
  const isItself = goal.interface.addresses.some((one) => {
    const span = space.cidr(one.private);
    return span !== undefined && span[0] <= client.source && client.source < span[1];
  });
  return [
    stages.gate(serves, {
      ...{ ...about, silent: true, yes: `serves targets in ${zone}` },
      no: `its node in ${node.subnet.zone} serves no targets in ${zone}`,
      opening: `enable ${zone} and cross-zone load balancing of ${balancer.id}`,
    }),
    stages.gate(!(kept && isItself), {
      ...{ ...about, silent: true, yes: 'keeps the client’s address' },
      no: 'keeps the client’s address, and a target does not answer to its own',
      opening: 'switch client IP preservation off in the target group',
    }),
  ];
}

function metOnLeg<P extends Point>(question: LegQuestion<P>): readonly Met<P>[] {
  const { node, goal, client, kept, stages } = question;
  const { constraints, grants, protocol } = stages;
  const own: Probe<P> = { source: node.point, port: client.port, client: nodeClient(node, goal, stages) };
  const probe = kept ? client : own;
  const { groups } = node.interface;
  const sent = partAt(constraints.groups(groups, 'outbound', protocol, node.vpc.id), goal.point)?.value ?? constraints.pool.none;
  const sending = stages.groupsTowards(groups, goal.point, node.vpc.id, grants.of(sent, constraints.pool.all));
  const out = stages.aclTowards(node.subnet.acl, goal.point, 'outbound');
  // A rule that names the load balancer's group lets in what comes through it, too.
  const named = stages.groups(goal.interface.groups, goal.vpc.id);
  const isNamed = kept && letsClientsOf(node, goal, client.port, stages);
  const door: Met<P> =
    !kept || isNamed ? { stage: named, probe: own } : { stage: stages.groups(goal.interface.groups, undefined), probe: client };
  const first = [...gates(question), ...(groups.length === 0 ? [] : [sending])].map((stage) => ({ stage, probe }));
  if (node.subnet.id === goal.subnet.id)
    return [...first, ...(node.balancer?.kind === 'classic' ? [{ stage: out, probe }] : []), door];
  const there = [routeGate(node, goal, 'forward', stages), out, stages.acl(goal.subnet.acl, 'inbound')];
  const back = [
    stages.acl(goal.subnet.acl, 'outbound'),
    ...(kept ? [] : [routeGate(goal, node, 'reply', stages)]),
    stages.aclTowards(node.subnet.acl, goal.point, 'inbound'),
  ];
  return [...first, ...there.map((stage) => ({ stage, probe })), door, ...back.map((stage) => ({ stage, probe }))];
}

/** What a packet passes on a leg, what stops it first, and the changes that would let it through. */
export function explainLeg<P extends Point>(
  question: LegQuestion<P>,
): { readonly passed: readonly Hop[]; readonly blockedBy?: Hop; readonly changes: readonly string[] } {
  const all = metOnLeg(question);
  const shut = all.filter(({ stage, probe }) => !passes(stage, probe));
  const [first] = shut;
  const before = first === undefined ? all : all.slice(0, all.indexOf(first));
  const [blockedBy] = first === undefined ? [] : hopsAt(first.stage, first.probe);
  return {
    passed: before.filter(({ stage }) => stage.silent !== true).flatMap(({ stage, probe }) => hopsAt(stage, probe)),
    ...(blockedBy === undefined ? {} : { blockedBy }),
    changes: shut.map(({ stage, probe }) => stage.opening(probe)),
  };
}
