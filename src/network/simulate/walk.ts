/** The walk of one packet through subnets, route tables and the gateways between networks. */
import type { Row } from '../../estate/estate.ts';
import { inPrefixes, parsePrefix, prefixHolds } from './address.ts';
import { aclAllows, type Flow, groupsAllow, lookUp, type Other } from './filters.ts';
import { type Arrival, drop, fork, type Journey, join, missing, note, passes, returns, UNKNOWN, unknown } from './journey.ts';
import { type Route, readTransitRoute, type TransitRoute } from './rules.ts';
import { type Attachment, type Eni, eniAt, eniHas, type RouteTable, type Subnet, vpcHolds, type World } from './world.ts';

/** Where a reply must get to. */
export type Goal =
  | { readonly kind: 'interface'; readonly eni: Eni }
  | { readonly kind: 'internet' | 'vpn' | 'peering' | 'transit'; readonly id: string };

/** Where a VPC sends only what begins or ends in it. https://docs.aws.amazon.com/vpc/latest/peering/invalid-peering-configurations.html */
const TRANSITIVE: ReadonlySet<Route['target']['kind']> = new Set(['internet', 'vpn', 'peering', 'transit']);

export interface Walk {
  readonly journey: Journey;
  readonly goal?: Goal;
  /** It came down from a transit gateway: no VPC hands such a packet on to another network by itself. */
  readonly visiting?: true;
  /** What is known of the sender besides its address. */
  readonly other?: Other;
}

const RESERVED = ['169.254.0.0/16', 'fd00:ec2::/32'].flatMap((text) => parsePrefix(text) ?? []);

/** Addresses that AWS itself answers at, whatever the filters say: link-local services, and the resolver two above the VPC's base. */
function isReserved(world: World, eni: Eni, { family, destination }: Flow): boolean {
  const base = world.vpcs.get(eni.vpc)?.prefixes.find((prefix) => prefix.family === 4);
  return inPrefixes(RESERVED, family, destination) || (family === 4 && base !== undefined && destination === base.value + 2n);
}

/** Sends from an interface: through its groups when the flow starts here, and out of its subnet. */
export function send(
  walk: Walk,
  eni: Eni,
  flow: Flow,
  options: { readonly unfiltered?: true; readonly alwaysAcl?: true } = {},
): Arrival {
  const { journey } = walk;
  const { world } = journey;
  if (journey.direction === 'forward' && isReserved(world, eni, flow)) {
    note(journey, 'AWS::EC2::VPC', eni.vpc, 'pass', 'reserved address');
    return { kind: 'left', by: 'endpoint', id: eni.vpc, subnet: eni.subnet, flow };
  }
  if (journey.direction === 'forward' && options.unfiltered === undefined) {
    if (!passes(journey, 'AWS::EC2::SecurityGroup', groupsAllow(world, eni, 'egress', flow))) return { kind: 'dropped' };
  }
  const subnet = world.subnets.get(eni.subnet);
  if (subnet === undefined) return unknown(journey, 'AWS::EC2::Subnet', eni.subnet, 'not listed');
  const neighbour = eniAt(world, eni.vpc, flow.family, flow.destination);
  const near =
    subnet.prefixes.some((prefix) => prefixHolds(prefix, flow.family, flow.destination)) ||
    (neighbour !== undefined && neighbour !== 'several' && neighbour.subnet === subnet.id);
  if (!near || options.alwaysAcl === true) {
    if (!passes(journey, 'AWS::EC2::NetworkAcl', aclAllows(world, subnet.id, 'egress', flow))) return { kind: 'dropped' };
  }
  if (near) return arrive(walk, subnet.vpc, flow, subnet.id);
  const table = world.tableOfSubnet.get(subnet.id) ?? world.mainTable.get(subnet.vpc);
  if (table === undefined) return unknown(journey, 'AWS::EC2::RouteTable', subnet.id, 'not listed');
  return follow(walk, table, flow, subnet);
}

/** Sends a packet where a route table says. */
export function follow(walk: Walk, table: RouteTable, flow: Flow, from: Subnet | undefined): Arrival {
  const { journey } = walk;
  if (returns(journey, `${table.id} ${from?.id}`)) return drop(journey, 'AWS::EC2::RouteTable', table.id, 'a loop');
  const found = lookUp(journey.world, table, flow.family, flow.destination);
  if (found.kind === 'unknown') return unknown(journey, 'AWS::EC2::RouteTable', table.id, found.reason);
  if (found.kind === 'none') return drop(journey, 'AWS::EC2::RouteTable', table.id, 'no route');
  const { route } = found;
  if (route.blackhole) return drop(journey, 'AWS::EC2::RouteTable', table.id, `${route.label} blackhole`);
  note(journey, 'AWS::EC2::RouteTable', table.id, 'pass', route.label);
  return hand(walk, table.vpc, route, flow, from);
}

/** The type of a gateway that surely leads no reply to its goal; undefined for everything else. */
function elsewhere(target: Route['target'], goal: Goal): string | undefined {
  switch (target.kind) {
    case 'internet':
      return goal.kind === 'internet' ? undefined : 'AWS::EC2::InternetGateway';
    case 'vpn':
      return goal.kind === 'vpn' ? undefined : 'AWS::EC2::VPNGateway';
    case 'peering': {
      const may = goal.kind === 'peering' ? goal.id === target.id : goal.kind === 'interface';
      return may ? undefined : 'AWS::EC2::VPCPeeringConnection';
    }
    case 'transit':
      return goal.kind === 'internet' || goal.kind === 'vpn' || goal.kind === 'peering' ? 'AWS::EC2::TransitGateway' : undefined;
    default:
      return undefined;
  }
}

/** Hands a packet to a route's target. */
function hand(walk: Walk, vpc: string, route: Route, flow: Flow, from: Subnet | undefined): Arrival {
  const { journey } = walk;
  const { world } = journey;
  const { target } = route;
  if (walk.visiting === true && TRANSITIVE.has(target.kind)) return drop(journey, 'AWS::EC2::VPC', vpc, 'no transit');
  // Replies get back by the gateway that the flow came in by, or not at all.
  const other = journey.direction === 'reply' && walk.goal !== undefined ? elsewhere(target, walk.goal) : undefined;
  if (other !== undefined && 'id' in target) return drop(journey, other, target.id, 'does not carry this reply');
  switch (target.kind) {
    case 'local':
      return arrive(walk, vpc, flow, from?.id);
    case 'internet':
      return world.internetGateways.get(vpc) === target.id
        ? leave(walk, target.kind, target.id, 'AWS::EC2::InternetGateway', from, flow)
        : missing(journey, 'ec2.DescribeInternetGateways', 'AWS::EC2::InternetGateway', target.id, 'not attached');
    case 'vpn':
      if (world.vpnGateways.get(vpc) !== target.id) {
        return missing(journey, 'ec2.DescribeVpnGateways', 'AWS::EC2::VPNGateway', target.id, 'not attached');
      }
      if (!vpcHolds(world, vpc, flow.family, flow.source)) return drop(journey, 'AWS::EC2::VPNGateway', target.id, 'no transit');
      return leave(walk, target.kind, target.id, 'AWS::EC2::VPNGateway', from, flow);
    case 'egress-only':
      return leave(walk, target.kind, target.id, 'AWS::EC2::EgressOnlyInternetGateway', from, flow);
    case 'nat':
      return leave(walk, target.kind, target.id, 'AWS::EC2::NatGateway', from, flow);
    case 'endpoint': {
      const row = world.rows('ec2.DescribeVpcEndpoints').find((one) => one.row.VpcEndpointId === target.id)?.row;
      if (row?.VpcEndpointType === 'Gateway') return leave(walk, 'endpoint', target.id, 'AWS::EC2::VPCEndpoint', from, flow);
      return screened(walk, vpc, 'AWS::EC2::VPCEndpoint', target.id, flow);
    }
    case 'interface': {
      const eni = world.enis.get(target.id);
      if (eni !== undefined && eniHas(eni, flow.family, flow.destination)) return arrive(walk, vpc, flow, from?.id);
      if (eni?.checked === true) return drop(journey, 'AWS::EC2::NetworkInterface', target.id, 'source/destination check');
      return screened(walk, vpc, 'AWS::EC2::NetworkInterface', target.id, flow);
    }
    case 'peering':
      return cross(walk, vpc, target.id, flow, from);
    case 'transit':
      return climb(walk, vpc, target.id, flow, from);
    case 'unmodelled':
      return unknown(journey, target.type, target.id, 'not modelled');
  }
}

/**
 * Through a firewall or an appliance that is not modelled: whether it passes the packet on is unknown, but whoever of the same VPC has the
 * address may still refuse it. It is taken to leave addresses and ports as they are.
 */
function screened(walk: Walk, vpc: string, type: string, id: string, flow: Flow): Arrival {
  const { journey } = walk;
  note(journey, type, id, 'unknown', 'not modelled');
  journey.doubt = true;
  return vpcHolds(journey.world, vpc, flow.family, flow.destination) ? arrive(walk, vpc, flow, undefined) : UNKNOWN;
}

function leave(
  walk: Walk,
  by: Extract<Arrival, { kind: 'left' }>['by'],
  id: string,
  type: string,
  from: Subnet | undefined,
  flow: Flow,
): Arrival {
  const { journey, goal } = walk;
  // Only the gateway that a flow came in by knows its replies.
  if (journey.direction === 'reply' && !(goal !== undefined && goal.kind === by && goal.id === id)) {
    return drop(journey, type, id, 'does not carry this reply');
  }
  note(journey, type, id, 'pass');
  return { kind: 'left', by, id, subnet: from?.id ?? '', flow };
}

/** Delivers within a VPC: to whoever has the address, through the network ACL unless it comes from the same subnet. */
export function arrive(walk: Walk, vpc: string, flow: Flow, from: string | undefined): Arrival {
  const { journey, goal } = walk;
  const { world } = journey;
  const eni = eniAt(world, vpc, flow.family, flow.destination);
  if (eni === 'several') return unknown(journey, 'AWS::EC2::VPC', vpc, 'several interfaces have the address');
  if (eni === undefined)
    return missing(journey, 'ec2.DescribeNetworkInterfaces', 'AWS::EC2::VPC', vpc, 'no interface has the address');
  if (eni.subnet !== from && !passes(journey, 'AWS::EC2::NetworkAcl', aclAllows(world, eni.subnet, 'ingress', flow))) {
    return { kind: 'dropped' };
  }
  if (journey.direction === 'forward') {
    if (!passes(journey, 'AWS::EC2::SecurityGroup', groupsAllow(world, eni, 'ingress', flow, walk.other)))
      return { kind: 'dropped' };
  } else if (goal?.kind === 'interface' ? goal.eni.id !== eni.id : goal !== undefined) {
    return drop(journey, 'AWS::EC2::NetworkInterface', eni.id, 'not the sender');
  }
  note(journey, 'AWS::EC2::NetworkInterface', eni.id, 'pass');
  return { kind: 'interface', eni, flow };
}

/** Crosses a peering connection: from one VPC's own addresses to the other's own, never further. */
function cross(walk: Walk, vpc: string, id: string, flow: Flow, from: Subnet | undefined): Arrival {
  const { journey, goal } = walk;
  const { world } = journey;
  const type = 'AWS::EC2::VPCPeeringConnection';
  const peering = world.peerings.get(id);
  if (peering === undefined) return missing(journey, 'ec2.DescribeVpcPeeringConnections', type, id, 'not listed');
  const other = peering.sides.find((side) => side.vpc !== vpc);
  if (other === undefined || !peering.sides.some((side) => side.vpc === vpc)) return unknown(journey, type, id, 'contradictory');
  if (!peering.active) return drop(journey, type, id, 'not active');
  if (!vpcHolds(world, vpc, flow.family, flow.source)) return drop(journey, type, id, 'no transit');
  const known = world.vpcs.get(other.vpc);
  if (!(known ?? other).prefixes.some((prefix) => prefixHolds(prefix, flow.family, flow.destination))) {
    return drop(journey, type, id, 'no transit');
  }
  if (known === undefined || (goal?.kind === 'peering' && goal.id === id)) return leave(walk, 'peering', id, type, from, flow);
  note(journey, type, id, 'pass');
  return arrive(walk, other.vpc, flow, undefined);
}

/** Goes up to a transit gateway: by an attachment of this VPC in the sender's zone. */
function climb(walk: Walk, vpc: string, gateway: string, flow: Flow, from: Subnet | undefined): Arrival {
  const { journey } = walk;
  const { world } = journey;
  const attachment = world.attachments.find(
    (one) => one.gateway === gateway && one.type === 'vpc' && one.resource === vpc && one.state === 'available',
  );
  if (attachment === undefined) {
    return missing(journey, 'ec2.DescribeTransitGatewayAttachments', 'AWS::EC2::TransitGateway', gateway, 'not attached');
  }
  const subnets = world.attachmentSubnets.get(attachment.id);
  if (subnets === undefined || from === undefined)
    return unknown(journey, 'AWS::EC2::TransitGatewayAttachment', attachment.id, 'subnets');
  const near = subnets.find((id) => world.subnets.get(id)?.zone === from.zone);
  if (near === undefined && subnets.some((id) => !world.subnets.has(id)))
    return unknown(journey, 'AWS::EC2::TransitGatewayAttachment', attachment.id, 'subnets');
  if (near === undefined) return drop(journey, 'AWS::EC2::TransitGatewayAttachment', attachment.id, `not in ${from.zone}`);
  if (!passes(journey, 'AWS::EC2::NetworkAcl', aclAllows(world, near, 'ingress', flow))) return { kind: 'dropped' };
  return turn(walk, attachment, flow, from.zone);
}

/** Turns a packet that came by an attachment to the one its transit gateway's table names. */
export function turn(walk: Walk, attachment: Attachment, flow: Flow, zone?: string): Arrival {
  const { journey, goal } = walk;
  const { world } = journey;
  const type = 'AWS::EC2::TransitGatewayRouteTable';
  if (returns(journey, `${attachment.gateway} ${attachment.id} ${zone}`)) return drop(journey, type, attachment.id, 'a loop');
  if (attachment.table === undefined) {
    return drop(journey, 'AWS::EC2::TransitGatewayAttachment', attachment.id, 'associated with no table');
  }
  const rows = world.rowsOf('ec2.SearchTransitGatewayRoutes', attachment.table);
  if (rows === undefined) return unknown(journey, type, attachment.table, 'routes');
  const best = transitRoute(journey, rows, flow);
  if (best === 'unknown') return unknown(journey, type, attachment.table, 'routes');
  if (best === undefined) return drop(journey, type, attachment.table, 'no route');
  if (best.blackhole) return drop(journey, type, attachment.table, `${best.label} blackhole`);
  note(journey, type, attachment.table, 'pass', best.label);
  return attempt(journey, best.attachments, (tried, id) => {
    const inner = { ...walk, journey: tried };
    const next = world.attachments.find((one) => one.id === id && one.gateway === attachment.gateway);
    if (next === undefined) {
      return missing(tried, 'ec2.DescribeTransitGatewayAttachments', 'AWS::EC2::TransitGatewayAttachment', id, 'not listed');
    }
    if (next.state !== 'available') return drop(tried, 'AWS::EC2::TransitGatewayAttachment', id, next.state);
    if (goal?.kind === 'transit' && goal.id === id)
      return leave(inner, 'transit', id, 'AWS::EC2::TransitGatewayAttachment', undefined, flow);
    if (next.type === 'vpc' && world.vpcs.has(next.resource)) {
      note(tried, 'AWS::EC2::TransitGatewayAttachment', id, 'pass');
      return descend(inner, next, flow, zone);
    }
    const beyond =
      next.type === 'peering' ? world.attachments.find((one) => one.id === id && one.gateway !== attachment.gateway) : undefined;
    if (beyond !== undefined) return turn(inner, beyond, flow);
    return leave(inner, 'transit', id, 'AWS::EC2::TransitGatewayAttachment', undefined, flow);
  });
}

function transitRoute(journey: Journey, rows: readonly Row[], flow: Flow): TransitRoute | 'unknown' | undefined {
  let best: { read: TransitRoute; length: number } | undefined;
  for (const row of rows) {
    const read = readTransitRoute(row, journey.world.lists);
    if (read === undefined) return 'unknown';
    for (const prefix of read.prefixes) {
      if (!prefixHolds(prefix, flow.family, flow.destination)) continue;
      const better =
        best === undefined || prefix.length > best.length || (prefix.length === best.length && read.rank < best.read.rank);
      if (better) best = { read, length: prefix.length };
    }
  }
  return best?.read;
}

/** Comes down from a transit gateway into a VPC: by the attachment's subnet in the sender's zone if there is one and it is not for appliances, else by any. */
function descend(walk: Walk, attachment: Attachment, flow: Flow, zone?: string): Arrival {
  const { journey } = walk;
  const { world } = journey;
  const all = world.attachmentSubnets.get(attachment.id);
  if (all === undefined) return unknown(journey, 'AWS::EC2::TransitGatewayAttachment', attachment.id, 'subnets');
  const near = all.filter((id) => world.subnets.get(id)?.zone === zone);
  const unlisted = all.filter((id) => !world.subnets.has(id));
  const ids = near.length > 0 && !world.appliances.has(attachment.id) ? [...near, ...unlisted] : all;
  return attempt(journey, ids, (tried, id) => {
    const subnet = world.subnets.get(id);
    const table = world.tableOfSubnet.get(id) ?? world.mainTable.get(attachment.resource);
    if (subnet === undefined || table === undefined) return unknown(tried, 'AWS::EC2::RouteTable', id, 'not listed');
    const eni = eniAt(world, attachment.resource, flow.family, flow.destination);
    const same = eni !== undefined && eni !== 'several' && eni.subnet === id;
    if (!same && !passes(tried, 'AWS::EC2::NetworkAcl', aclAllows(world, id, 'egress', flow))) return { kind: 'dropped' };
    return follow({ ...walk, journey: tried, visiting: true }, table, flow, subnet);
  });
}

/** Tries each way on a fork of the journey and keeps the best outcome: through, then unknown, then dropped. */
function attempt<T>(journey: Journey, ways: readonly T[], go: (fork: Journey, way: T) => Arrival): Arrival {
  let best: { journey: Journey; arrival: Arrival; worth: number } | undefined;
  for (const way of ways) {
    const tried = fork(journey);
    const arrival = go(tried, way);
    const through = arrival.kind === 'interface' || arrival.kind === 'left';
    const worth = through ? (tried.doubt ? 2 : 3) : arrival.kind === 'unknown' ? 1 : 0;
    if (best === undefined || worth > best.worth) best = { journey: tried, arrival, worth };
    if (best.worth === 3) break;
  }
  if (best === undefined) return unknown(journey, 'AWS::EC2::TransitGateway', '?', 'no way is listed');
  join(journey, best.journey);
  return best.arrival;
}
