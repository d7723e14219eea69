/** Through load balancers: from what reaches a node to the targets behind its listeners. */
import type { Mode } from './constraints.ts';
import type { Hop } from './exposure.ts';
import { type Between, clientHops, NODE_CLIENTS, nodeHops } from './leg-hops.ts';
import type { Listener, LoadBalancer, Network, NetworkInterface, Target, TargetGroup } from './model.ts';
import type { Grant } from './sets/grants.ts';
import { constant, overlay, type Partition, partAt } from './sets/partition.ts';
import { contains, intersect, type Point, type Spans, subtract, unionAll } from './sets/spans.ts';
import { balancerType, carries, type Probe } from './stage.ts';
import type { Stages } from './stages.ts';
import type { Goal } from './ways.ts';

/** A network load balancer may lead to an application load balancer; no chain is longer. */
const MAX_CHAIN = 2;

/** A target that is reached, by whom, and the way to it from the node. */
export interface Leg<P extends Point> {
  readonly goal: Goal<P>;
  readonly reach: Partition<P, Grant>;
  readonly listener: Listener;
  readonly group: TargetGroup;
  /** Between the node and the target; of a client as the target sees it. */
  hops(client: Probe<P>): Between;
  /** What the target's own stages see: the client where its address is kept, else the node. */
  readonly seen: 'client' | 'translated' | P;
}

/** How a node's packets of the other address family reach a target, if they do: load balancers translate between them. */
export type Translate = (
  node: NetworkInterface,
  target: NetworkInterface,
  address: string,
  port: number,
) => (() => Between) | undefined;

/** What a goal is made of, for the targets' interfaces. */
export type FindGoal<P extends Point> = (eni: NetworkInterface, address: string) => Goal<P> | undefined;

interface Found<P extends Point> {
  readonly goal: Goal<P>;
  readonly port: number;
}

/** Interfaces by what targets name: instance, or address and VPC. */
export class Targets {
  readonly #byInstance = new Map<string, NetworkInterface>();
  readonly #byAddress = new Map<string, NetworkInterface[]>();
  readonly #balancerByNode = new Map<string, LoadBalancer>();

  constructor(network: Network) {
    for (const eni of network.interfaces.values()) {
      if (eni.instance !== undefined && (eni.primary || !this.#byInstance.has(eni.instance)))
        this.#byInstance.set(eni.instance, eni);
      for (const { private: address } of eni.addresses) {
        const list = this.#byAddress.get(address);
        if (list === undefined) this.#byAddress.set(address, [eni]);
        else list.push(eni);
      }
    }
    for (const balancer of network.loadBalancers.values())
      for (const node of balancer.nodes) this.#balancerByNode.set(node, balancer);
  }

  balancerOf(node: string): LoadBalancer | undefined {
    return this.#balancerByNode.get(node);
  }

  /** The interface and address that a target of this family means. */
  find(group: TargetGroup, { id }: Target, family: 4 | 6): readonly (readonly [NetworkInterface, string])[] {
    if (group.kind === 'instance') {
      if (group.family !== family) return [];
      const eni = this.#byInstance.get(id);
      const address = eni?.addresses.find((one) => one.family === family)?.private;
      return eni === undefined || address === undefined ? [] : [[eni, address]];
    }
    if (group.kind !== 'ip') return [];
    const all = this.#byAddress.get(id) ?? [];
    const own = all.filter(({ vpc }) => group.vpc === undefined || vpc === group.vpc);
    return (own.length > 0 ? own : all).map((eni) => [eni, id]);
  }
}

/** Ports that a partition lets through at one address. */
function portsAt<P extends Point>(partition: Partition<P, { readonly spans: Spans<number> }>, address: P): Spans<number> {
  return partAt(partition, address)?.value.spans ?? [];
}

/** Whether an active peering joins two VPCs. */
function joins(network: Network, id: string, one: string, other: string): boolean {
  const peering = network.peerings.get(id);
  const vpcs = peering?.active === true ? peering.sides.map(({ vpc }) => vpc) : [];
  return one !== other && vpcs.includes(one) && vpcs.includes(other);
}

/** Whether packets get from one goal to another by their VPC or a peering; over other gateways or a middlebox they do possibly only. */
export function leads<P extends Point>(from: Goal<P>, { point, interface: eni, vpc }: Goal<P>, stages: Stages<P>): boolean {
  const { constraints } = stages;
  const possible = constraints.mode === 'possible';
  const route = constraints.routeFor(from.subnet.routeTable, point);
  if (route === 'unknown') return possible;
  if (route === undefined || route.blackhole) return false;
  const { target } = route;
  // Another VPC may have the same ranges.
  if (target === 'local') return from.vpc.id === vpc.id;
  if (target === eni.id || joins(constraints.network, target, from.vpc.id, vpc.id)) return true;
  if (constraints.network.peerings.has(target)) return false;
  return possible && (constraints.mayForward(target) || /^(?:pcx|tgw|vgw)-/.test(target));
}

/** Whether a node's own packets reach the target and their replies the node. */
export function nodeReaches<P extends Point>(node: Goal<P>, { goal, port }: Found<P>, stages: Stages<P>): boolean {
  const { constraints, protocol } = stages;
  const from = node.point;
  const to = goal.point;
  const same = node.subnet.id === goal.subnet.id;
  const has = (ports: Spans<number>) => contains(ports, port);
  const acl = (subnet: typeof node.subnet, direction: 'inbound' | 'outbound', address: P) =>
    portsAt(constraints.acl(subnet.acl, direction, protocol), address);
  if (node.balancer?.groups.length !== 0 || node.interface.groups.length > 0) {
    if (!has(portsAt(constraints.groups(node.interface.groups, 'outbound', protocol, node.vpc.id), to))) return false;
  }
  if (!has(portsAt(constraints.groups(goal.interface.groups, 'inbound', protocol, goal.vpc.id), from))) return false;
  // AWS holds the classic ones' packets against their subnet's ACL even where it holds nobody else's.
  if ((!same || node.balancer?.kind === 'classic') && !has(acl(node.subnet, 'outbound', to))) return false;
  if (same) return true;
  if (!has(acl(goal.subnet, 'inbound', from))) return false;
  const clients = intersect(intersect(acl(goal.subnet, 'outbound', from), acl(node.subnet, 'inbound', to)), NODE_CLIENTS);
  if (clients.length === 0) return false;
  return leads(node, goal, stages) && leads(goal, node, stages);
}

/** Clients other than the target: one that sees its own address in a packet does not answer it, so AWS's hairpin fails. */
function others<P extends Point>(
  reach: Partition<P, Grant>,
  { interface: { addresses } }: Goal<P>,
  { constraints: { space } }: Stages<P>,
): Partition<P, Grant> {
  const own = unionAll(
    addresses.flatMap((one) => {
      const span = space.cidr(one.private);
      return span === undefined ? [] : [span];
    }),
  );
  if (!reach.some(({ from, to }) => intersect([from, to], own).length > 0)) return reach;
  return overlay(reach, constant(subtract(space.everything, own), true), (grant) => grant);
}

/** Whether a rule of the target names a group of the node: it lets in the node's clients as well. */
export function letsClientsOf<P extends Point>(node: Goal<P>, goal: Goal<P>, port: number, stages: Stages<P>): boolean {
  const { constraints, protocol } = stages;
  return goal.interface.groups.some((id) =>
    (constraints.network.groups.get(id)?.inbound ?? []).some(
      (rule) =>
        rule.groups.some((group) => node.interface.groups.includes(group)) &&
        contains(constraints.rulePorts(rule, protocol).spans, port),
    ),
  );
}

/** What clients reach at the target when it sees their own addresses; replies go back through the load balancer. */
function clientReaches<P extends Point>(
  node: Goal<P>,
  { goal, port }: Found<P>,
  reach: Partition<P, Grant>,
  stages: Stages<P>,
): Partition<P, Grant> {
  const { constraints, protocol, grants } = stages;
  const only = grants.of(constraints.pool.range(port, port), constraints.pool.all);
  if (only === undefined) return [];
  let result = others(overlay(reach, constant(constraints.space.everything, only), grants.meet), goal, stages);
  const named = letsClientsOf(node, goal, port, stages);
  if (!named) result = overlay(result, stages.groups(goal.interface.groups, undefined).admits(), grants.meet);
  const own = node.interface.groups;
  if (own.length > 0 && !contains(portsAt(constraints.groups(own, 'outbound', protocol, node.vpc.id), goal.point), port))
    return [];
  if (node.subnet.id === goal.subnet.id) return result;
  if (!leads(node, goal, stages)) return [];
  for (const direction of ['inbound', 'outbound'] as const) {
    result = overlay(result, stages.acl(goal.subnet.acl, direction).admits(), grants.meet);
    result = overlay(result, stages.aclTowards(node.subnet.acl, goal.point, direction).admits(), grants.meet);
  }
  return result;
}

/** Who reaches a target whether or not the client's address is kept; where that is not known, certainly both ways or possibly either. */
function targetReaches<P extends Point>(
  node: Goal<P>,
  found: Found<P>,
  came: Partition<P, Grant>,
  keeps: boolean | undefined,
  stages: Stages<P>,
): Partition<P, Grant> {
  const hidden = () => (nodeReaches(node, found, stages) ? came : []);
  if (keeps === false) return hidden();
  const kept = clientReaches(node, found, came, stages);
  if (keeps === true) return kept;
  if (stages.constraints.mode === 'possible') return hidden().length > 0 ? came : kept;
  return hidden().length > 0 ? kept : [];
}

/** The same clients, at another port. */
function atPort<P extends Point>(reach: Partition<P, Grant>, from: number, to: number, stages: Stages<P>): Partition<P, Grant> {
  const { grants } = stages;
  const port = grants.pool.range(to, to);
  return reach.flatMap((part) => {
    const grant = contains(part.value.ports.spans, from) ? grants.of(port, part.value.clients) : undefined;
    return grant === undefined ? [] : [{ ...part, value: grant }];
  });
}

/** Whether a node sends to a target's zone. */
export function zoneServes(
  node: Goal<Point>,
  goal: Goal<Point>,
  target: Target,
  balancer: LoadBalancer,
  group: TargetGroup,
  { mode, network }: { readonly mode: Mode; readonly network: Network },
): boolean {
  if (target.zone === 'all') return true;
  const zones = balancer.nodes.map((id) => network.subnets.get(network.interfaces.get(id)?.subnet ?? '')?.zone);
  const zone = target.zone ?? goal.subnet.zone;
  if (!zones.includes(zone)) return false;
  const crosses = group.crossZone ?? balancer.crossZone ?? 'unknown';
  return zone === node.subnet.zone || (crosses === 'unknown' ? mode === 'possible' : crosses);
}

function hop(type: string, id: string, because: string): Hop {
  return { direction: 'forward', type, id, because };
}

function withoutBalancer<P extends Point>({ balancer: _, ...goal }: Goal<P>): Goal<P> {
  return goal;
}

/** Every target that clients of a node reach; `reach` is what reaches the node. */
export function* legsOf<P extends Point>(
  node: Goal<P>,
  reach: Partition<P, Grant>,
  stages: Stages<P>,
  targets: Targets,
  findGoal: FindGoal<P>,
  translate: Translate,
  depth = 1,
): Iterable<Leg<P>> {
  const { balancer } = node;
  const { network, space } = stages.constraints;
  if (balancer === undefined) return;
  for (const listener of balancer.listeners ?? []) {
    if (!carries(listener.protocol, stages.protocol)) continue;
    for (const arn of listener.targetGroups) {
      const group = network.targetGroups.get(arn);
      if (group === undefined) continue;
      const type = 'AWS::ElasticLoadBalancingV2::TargetGroup';
      const lead =
        balancer.kind === 'classic' ? [] : [hop(type, arn, `gets what comes in on ${stages.protocol} ${listener.port}`)];
      const after = ({ there, back }: Between): Between => ({ there: [...lead, ...there], back });
      for (const target of group.targets) {
        const port = target.port ?? group.port;
        const came = atPort(reach, listener.port, port, stages);
        if (came.length === 0) continue;
        if (group.kind === 'alb') {
          if (depth < MAX_CHAIN)
            yield* chained(node, target, port, came, lead, { listener, group }, stages, targets, findGoal, translate, depth);
          continue;
        }
        for (const [eni, address] of targets.find(group, target, space.family)) {
          const goal = findGoal(eni, address);
          if (goal === undefined || !zoneServes(node, goal, target, balancer, group, stages.constraints)) continue;
          const keeps = balancer.kind === 'network' && node.linked !== true ? group.preservesClient : false;
          const through = targetReaches(node, { goal, port }, came, keeps, stages);
          if (through.length > 0)
            yield {
              goal,
              reach: through,
              listener,
              group,
              hops: (client) =>
                after(keeps !== false ? clientHops(node, goal, client, stages) : nodeHops(node, goal, port, stages)),
              seen: keeps !== false ? 'client' : node.point,
            };
        }
        for (const [eni, address] of targets.find(group, target, space.family === 4 ? 6 : 4)) {
          const subnet = network.subnets.get(eni.subnet);
          const found = eni.addresses.find((one) => one.private === address);
          const hops = translate(node.interface, eni, address, port);
          if (subnet === undefined || found === undefined || hops === undefined) continue;
          // Its point is of the other family; nothing asks for it behind a load balancer.
          const goal = { ...node, subnet, interface: eni, address: found };
          if (zoneServes(node, goal, target, balancer, group, stages.constraints))
            yield { goal: withoutBalancer(goal), reach: came, listener, group, hops: () => after(hops()), seen: 'translated' };
        }
      }
    }
  }
}

/** A network load balancer in front of an application load balancer: its nodes are the targets. */
function* chained<P extends Point>(
  node: Goal<P>,
  target: Target,
  port: number,
  came: Partition<P, Grant>,
  lead: readonly Hop[],
  outer: Pick<Leg<P>, 'listener' | 'group'>,
  stages: Stages<P>,
  targets: Targets,
  findGoal: FindGoal<P>,
  translate: Translate,
  depth: number,
): Iterable<Leg<P>> {
  const { network, space } = stages.constraints;
  for (const id of network.loadBalancers.get(target.id)?.nodes ?? []) {
    const eni = network.interfaces.get(id);
    const address = eni?.addresses.find(({ family }) => family === space.family)?.private;
    const inner = eni === undefined || address === undefined ? undefined : findGoal(eni, address);
    if (inner === undefined) continue;
    const keeps = node.linked === true ? false : outer.group.preservesClient;
    const reach = targetReaches(node, { goal: inner, port }, came, keeps, stages);
    if (reach.length === 0) continue;
    // The inner one has to listen on the port; what it does with it is its own matter.
    if (!inner.balancer?.listeners?.some((one) => one.port === port && carries(one.protocol, stages.protocol))) continue;
    const hops = (client: Probe<P>): Between => {
      const here = { ...client, port };
      const { there, back } = keeps !== false ? clientHops(node, inner, here, stages) : nodeHops(node, inner, port, stages);
      return { there: [...lead, ...there], back };
    };
    yield { goal: inner, reach, ...outer, hops, seen: keeps !== false ? 'client' : node.point };
    const { balancer, interface: own } = inner;
    const arrived = [
      hop('AWS::EC2::NetworkInterface', own.id, `has ${inner.address.private}`),
      hop(balancerType(balancer), balancer.id, `listens on ${stages.protocol} ${port}`),
    ];
    for (const leg of legsOf(inner, reach, stages, targets, findGoal, translate, depth + 1)) {
      const whole = (client: Probe<P>): Between => {
        const [outside, inside] = [hops(client), leg.hops(client)];
        return { there: [...outside.there, ...arrived, ...inside.there], back: [...inside.back, ...outside.back] };
      };
      yield { ...leg, listener: outer.listener, hops: whole };
    }
  }
}
