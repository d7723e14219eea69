/** One packet held against security groups, network ACLs and route tables, rule by rule. */
import { prefixHolds } from './address.ts';
import type { GroupReference, GroupRule, Route } from './rules.ts';
import { type Acl, type Eni, eniHas, type RouteTable, vpcHolds, type World } from './world.ts';

/** What is known of a condition. */
export type Known = 'yes' | 'no' | 'maybe';

export interface Flow {
  readonly family: 4 | 6;
  readonly protocol: 6 | 17;
  readonly source: bigint;
  readonly sourcePort: number;
  readonly destination: bigint;
  readonly destinationPort: number;
}

export interface Ruling {
  readonly verdict: Known;
  readonly id: string;
  readonly rule?: string;
}

function both(left: Known, right: Known): Known {
  if (left === 'no' || right === 'no') return 'no';
  return left === 'yes' && right === 'yes' ? 'yes' : 'maybe';
}

function portsMatch(rule: { protocol?: number; from?: number; to?: number }, flow: Flow): Known {
  if (rule.protocol === -1) return 'yes';
  // A protocol that cannot be read may be all of them, whatever the ports.
  if (rule.protocol === undefined) return 'maybe';
  if (rule.protocol !== flow.protocol) return 'no';
  if (rule.from === undefined || rule.to === undefined) return 'maybe';
  if (flow.destinationPort < rule.from || flow.destinationPort > rule.to) return 'no';
  return 'yes';
}

function listHolds(world: World, list: string, family: 4 | 6, address: bigint): Known {
  const prefixes = world.lists.get(list);
  if (prefixes === undefined) return 'maybe';
  return prefixes.some((prefix) => prefixHolds(prefix, family, address)) ? 'yes' : 'no';
}

/** Whether members in another VPC are reached by a reference: over an active peering within the region, or a transit gateway that allows it. */
function referable(world: World, eni: Eni, member: Eni): Known {
  if (eni.vpc === member.vpc) return 'yes';
  if (eni.region !== member.region) return 'no';
  for (const { active, sides } of world.peerings.values()) {
    const vpcs = sides.map((side) => side.vpc);
    if (active && vpcs.includes(eni.vpc) && vpcs.includes(member.vpc)) return 'yes';
  }
  const attached = (vpc: string) =>
    world.attachments.filter((one) => one.type === 'vpc' && one.resource === vpc && one.state === 'available');
  for (const mine of attached(eni.vpc)) {
    for (const theirs of attached(member.vpc)) {
      if (mine.gateway !== theirs.gateway || world.referencing.get(mine.gateway) === false) continue;
      if ([mine.id, theirs.id].every((id) => world.referencing.get(id) === true)) return 'yes';
    }
  }
  return world.incomplete.has('ec2.DescribeVpcPeeringConnections') ||
    world.incomplete.has('ec2.DescribeTransitGatewayVpcAttachments')
    ? 'maybe'
    : 'no';
}

function referenceHolds(world: World, eni: Eni, reference: GroupReference, flow: Flow, address: bigint): Known {
  if (reference.deleted) return 'no';
  let verdict: Known = world.incomplete.has('ec2.DescribeNetworkInterfaces') ? 'maybe' : 'no';
  for (const member of world.members.get(reference.group) ?? []) {
    if (!eniHas(member, flow.family, address)) continue;
    const reached = referable(world, eni, member);
    if (reached === 'yes') return 'yes';
    if (reached === 'maybe') verdict = 'maybe';
  }
  if (verdict === 'maybe' || world.groups.has(reference.group)) return verdict;
  // The group is not listed: it is gone, unless it belongs to an account or a region that was not collected.
  const peering = reference.peering === undefined ? undefined : world.peerings.get(reference.peering);
  if (peering !== undefined) {
    const other = peering.sides.find((side) => side.vpc !== eni.vpc);
    if (other !== undefined && world.vpcs.has(other.vpc)) return 'no';
    if (!peering.active || other?.prefixes.some((prefix) => prefixHolds(prefix, flow.family, address)) === false) return 'no';
    return 'maybe';
  }
  const account = reference.account ?? eni.account;
  return world.estate.regions.some((region) => region.account === account && region.region === eni.region) ? 'no' : 'maybe';
}

function ruleMatches(world: World, eni: Eni, rule: GroupRule, flow: Flow, address: bigint, other: Other): Known {
  const ports = portsMatch(rule, flow);
  if (ports === 'no') return 'no';
  if (rule.prefixes.some((prefix) => prefixHolds(prefix, flow.family, address))) return ports;
  if (rule.references.some((reference) => !reference.deleted && other.stands?.includes(reference.group))) return ports;
  let verdict: Known = rule.broken ? 'maybe' : 'no';
  for (const list of rule.lists) {
    const held = listHolds(world, list, flow.family, address);
    if (held === 'yes') return ports;
    if (held === 'maybe') verdict = 'maybe';
  }
  for (const reference of other.strangers === true ? [] : rule.references) {
    const held = referenceHolds(world, eni, reference, flow, address);
    if (held === 'yes') return ports;
    if (held === 'maybe') verdict = 'maybe';
  }
  return both(ports, verdict);
}

/** What is known of the other end besides its address. */
export interface Other {
  /** Groups that it stands for: those of a load balancer that keeps its clients' addresses. */
  readonly stands?: readonly string[];
  /** It is no member of any group, whatever its address: it comes from a network of somebody else, or through a load balancer. */
  readonly strangers?: true;
}

/** Whether an interface's groups let a packet in or out. */
export function groupsAllow(world: World, eni: Eni, direction: 'ingress' | 'egress', flow: Flow, other: Other = {}): Ruling {
  if (eni.groups === undefined) return { verdict: 'maybe', id: eni.id };
  // A network load balancer made without groups filters nothing.
  if (eni.groups.length === 0 && eni.type === 'network_load_balancer') return { verdict: 'yes', id: eni.id };
  const address = direction === 'ingress' ? flow.source : flow.destination;
  let maybe: Ruling | undefined;
  for (const id of eni.groups) {
    const rules = world.groups.get(id)?.[direction];
    if (rules === undefined) {
      maybe ??= { verdict: 'maybe', id };
      continue;
    }
    for (const rule of rules) {
      const verdict = ruleMatches(world, eni, rule, flow, address, other);
      if (verdict === 'yes') return { verdict, id, rule: rule.label };
      if (verdict === 'maybe') maybe ??= { verdict, id, rule: rule.label };
    }
  }
  return maybe ?? { verdict: 'no', id: eni.groups.join(',') };
}

/** Whether a subnet's network ACL lets a packet in or out: the first entry that matches decides. */
export function aclAllows(world: World, subnet: string, direction: 'ingress' | 'egress', flow: Flow): Ruling {
  const acl: Acl | undefined = world.aclOfSubnet.get(subnet) ?? world.defaultAcl.get(world.subnets.get(subnet)?.vpc ?? '');
  if (acl?.entries === undefined) return { verdict: 'maybe', id: acl?.id ?? subnet };
  const address = direction === 'ingress' ? flow.source : flow.destination;
  // What entries that may or may not match would have decided.
  const possible = new Set<Known>();
  const decide = (decision: Known, rule: string): Ruling => {
    possible.add(decision);
    return { verdict: possible.size === 1 ? decision : 'maybe', id: acl.id, rule };
  };
  for (const entry of acl.entries) {
    if (entry.egress !== undefined && entry.egress !== (direction === 'egress')) continue;
    const placed = entry.prefix === undefined ? 'maybe' : prefixHolds(entry.prefix, flow.family, address) ? 'yes' : 'no';
    const matches = both(both(placed, portsMatch(entry, flow)), entry.egress === undefined ? 'maybe' : 'yes');
    if (matches === 'no') continue;
    const decision: Known = entry.allow === undefined ? 'maybe' : entry.allow ? 'yes' : 'no';
    if (matches === 'yes') return decide(decision, String(entry.number));
    possible.add(decision);
  }
  return decide('no', '*');
}

export type Lookup =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The order of routes of equal length: local, static, from a prefix list, propagated. */
function rank(route: Route): number {
  if (route.target.kind === 'local') return 0;
  if (route.propagated) return 3;
  return route.list === undefined ? 1 : 2;
}

/** The route of the longest prefix that holds the address. */
export function lookUp(world: World, table: RouteTable, family: 4 | 6, address: bigint): Lookup {
  if (table.routes === undefined) return { kind: 'unknown', reason: 'routes' };
  const candidates: { route: Route; length: number }[] = [];
  for (const route of table.routes) {
    if (route.broken) return { kind: 'unknown', reason: `route ${route.label}` };
    if (route.list !== undefined) {
      const prefixes = world.lists.get(route.list);
      if (prefixes === undefined) return { kind: 'unknown', reason: `prefix list ${route.list}` };
      for (const prefix of prefixes) {
        if (prefixHolds(prefix, family, address)) candidates.push({ route, length: prefix.length });
      }
    } else if (route.prefix !== undefined && prefixHolds(route.prefix, family, address)) {
      candidates.push({ route, length: route.prefix.length });
    }
  }
  // Every table has local routes for its VPC's ranges; one may have been given another target.
  for (const prefix of world.vpcs.get(table.vpc)?.prefixes ?? []) {
    const listed = table.routes.some(
      (route) =>
        route.prefix?.family === prefix.family && route.prefix.value === prefix.value && route.prefix.length === prefix.length,
    );
    if (listed || !prefixHolds(prefix, family, address)) continue;
    const route: Route = { label: 'local', prefix, propagated: false, blackhole: false, target: { kind: 'local' } };
    candidates.push({ route, length: prefix.length });
  }
  const inside = vpcHolds(world, table.vpc, family, address);
  let best: { route: Route; length: number } | undefined;
  let tied = false;
  for (const one of candidates) {
    if (inside && one.route.propagated) continue;
    const order = best === undefined ? 1 : one.length - best.length || rank(best.route) - rank(one.route);
    if (order > 0) {
      best = one;
      tied = false;
    } else if (order === 0 && best !== undefined && JSON.stringify(one.route.target) !== JSON.stringify(best.route.target)) {
      tied = true;
    }
  }
  if (best === undefined) return { kind: 'none' };
  return tied ? { kind: 'unknown', reason: `several routes ${best.route.label}` } : { kind: 'route', route: best.route };
}
