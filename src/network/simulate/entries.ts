/** Where packets enter an estate, and whether they can come from there. */

import { text } from '../../inventory/values.ts';
import type { Entry } from '../packet.ts';
import { prefixHolds } from './address.ts';
import { type Flow, lookUp } from './filters.ts';
import { type FlowTrip, flowFrom, internetFlow, received } from './flows.ts';
import { behind, type Networks, remoteNetworks, throughEdge } from './gateways.ts';
import { type Arrival, DROPPED, drop, type Journey, journeyOf, missing, note, unknown } from './journey.ts';
import { consumerEntry } from './private-link.ts';
import { readTransitRoute } from './rules.ts';
import { verdictOf, worth } from './trip.ts';
import { arrive, type Goal, turn } from './walk.ts';
import { type Attachment, eniHas, type Subnet, vpcHolds, type World } from './world.ts';

interface EntryTrip extends FlowTrip {
  readonly assumed?: boolean;
}

/** Sends a flow in by an entry. */
export function enterFlow(world: World, entry: Entry, flow: Flow): EntryTrip {
  switch (entry.kind) {
    case 'internet':
      return internetFlow(journeyOf(world, 'forward'), flow);
    case 'interface':
      return interfaceEntry(world, entry.id, flow);
    case 'peering':
      return peeringEntry(world, entry.id, flow);
    case 'vpn-gateway':
      return vpnEntry(world, entry.id, flow);
    case 'private-link':
      return consumerEntry(world, entry.id, flow);
    case 'transit-gateway':
      return transitEntry(world, entry.attachment, flow);
  }
}

/** Lets a packet in; `maybe`: whether its source is there is not known. */
function standing(journey: Journey, type: string, id: string, maybe: boolean): void {
  note(journey, type, id, maybe ? 'unknown' : 'pass', maybe ? 'not all networks behind it are known' : undefined);
  if (maybe) journey.doubt = true;
}

function ended(journey: Journey, arrival: Arrival): EntryTrip {
  return { forward: verdictOf(journey, arrival), reply: 'none', potential: false, steps: journey.steps };
}

function finish(journey: Journey, arrival: Arrival, goal: Goal, assumed: boolean): EntryTrip {
  return { ...(arrival.kind === 'interface' ? received(journey, arrival, goal, 'other') : ended(journey, arrival)), assumed };
}

function interfaceEntry(world: World, id: string, flow: Flow): EntryTrip {
  const journey = journeyOf(world, 'forward');
  const type = 'AWS::EC2::NetworkInterface';
  const eni = world.enis.get(id);
  if (eni === undefined) return ended(journey, missing(journey, 'ec2.DescribeNetworkInterfaces', type, id, 'not listed'));
  if (eniHas(eni, flow.family, flow.source)) return flowFrom(world, eni, flow);
  if (eni.checked) return ended(journey, drop(journey, type, id, 'source/destination check'));
  return ended(journey, unknown(journey, type, id, 'a source that is not its own'));
}

/** From the other VPC of a peering: by an address of one of its subnets whose route table sends there, where that is known. */
function peeringEntry(world: World, id: string, flow: Flow): EntryTrip {
  const journey = journeyOf(world, 'forward');
  const type = 'AWS::EC2::VPCPeeringConnection';
  const peering = world.peerings.get(id);
  if (peering === undefined) return ended(journey, missing(journey, 'ec2.DescribeVpcPeeringConnections', type, id, 'not listed'));
  if (!peering.active) return ended(journey, drop(journey, type, id, 'not active'));
  const holds = (index: number, address: bigint): boolean => {
    const side = peering.sides[index];
    const prefixes = world.vpcs.get(side?.vpc ?? '')?.prefixes ?? side?.prefixes ?? [];
    return prefixes.some((prefix) => prefixHolds(prefix, flow.family, address));
  };
  const receiving = [0, 1].find((index) => holds(index, flow.destination) && holds(1 - index, flow.source));
  const to = peering.sides[receiving ?? 2];
  const from = peering.sides[1 - (receiving ?? 2)];
  if (to === undefined || from === undefined) return ended(journey, drop(journey, type, id, 'no transit'));
  if (!world.vpcs.has(to.vpc)) return ended(journey, unknown(journey, 'AWS::EC2::VPC', to.vpc, 'not listed'));
  if (world.vpcs.has(from.vpc)) {
    const sender = sentBy(journey, from.vpc, flow, (target) => target.kind === 'peering' && target.id === id);
    if (sender === 'nobody') return ended(journey, DROPPED);
  }
  note(journey, type, id, 'pass');
  return finish(journey, arrive({ journey }, to.vpc, flow, undefined), { kind: 'peering', id }, false);
}

/**
 * The subnet of a known VPC that a flow comes from, if its routes lead to a target: where that is not known a doubt is left, because what
 * follows may still drop the packet for certain.
 */
function sentBy(
  journey: Journey,
  vpc: string,
  flow: Flow,
  isTarget: (target: { readonly kind: string; readonly id?: string }) => boolean,
): Subnet | 'unknown' | 'nobody' {
  const { world } = journey;
  const doubt = (type: string, id: string, why: string): 'unknown' => {
    note(journey, type, id, 'unknown', why);
    journey.doubt = true;
    return 'unknown';
  };
  const subnet = [...world.subnets.values()].find(
    (one) => one.vpc === vpc && one.prefixes.some((prefix) => prefixHolds(prefix, flow.family, flow.source)),
  );
  if (subnet === undefined) {
    if (world.incomplete.has('ec2.DescribeSubnets') && vpcHolds(world, vpc, flow.family, flow.source))
      return doubt('AWS::EC2::VPC', vpc, 'its subnets are not listed');
    note(journey, 'AWS::EC2::VPC', vpc, 'drop', 'no subnet has the source');
    return 'nobody';
  }
  const table = world.tableOfSubnet.get(subnet.id) ?? world.mainTable.get(vpc);
  const found = table === undefined ? undefined : lookUp(world, table, flow.family, flow.destination);
  if (table === undefined || found === undefined || found.kind === 'unknown') {
    doubt('AWS::EC2::RouteTable', table?.id ?? subnet.id, 'not listed');
    return subnet;
  }
  if (found.kind === 'none' || found.route.blackhole || !isTarget(found.route.target)) {
    note(journey, 'AWS::EC2::RouteTable', table.id, 'drop', 'does not lead here');
    return 'nobody';
  }
  note(journey, 'AWS::EC2::RouteTable', table.id, 'pass', found.route.label);
  return subnet;
}

function vpnEntry(world: World, id: string, flow: Flow): EntryTrip {
  const journey = journeyOf(world, 'forward');
  const type = 'AWS::EC2::VPNGateway';
  const vpc = [...world.vpnGateways].find(([, gateway]) => gateway === id)?.[0];
  if (vpc === undefined) return ended(journey, missing(journey, 'ec2.DescribeVpnGateways', type, id, 'not attached'));
  if (!vpcHolds(world, vpc, flow.family, flow.destination)) return ended(journey, drop(journey, type, id, 'no transit'));
  const plausible = behind(world, vpc, remoteNetworks(world, vpc, id), flow.family, flow.source);
  if (plausible === 'no') return ended(journey, drop(journey, type, id, 'no such network behind it'));
  standing(journey, type, id, plausible === 'maybe');
  return finish(
    journey,
    throughEdge({ journey }, vpc, id, flow),
    { kind: 'vpn', id },
    plausible === 'assumed' || plausible === 'maybe',
  );
}

/**
 * By an attachment of a transit gateway: from what is attached there; or, when the destination is in that very VPC, down to it from
 * any other attachment of the gateway.
 */
function transitEntry(world: World, id: string, flow: Flow): EntryTrip {
  const rows = world.attachments.filter((one) => one.id === id);
  const journey = journeyOf(world, 'forward');
  const type = 'AWS::EC2::TransitGatewayAttachment';
  if (rows.length === 0) return ended(journey, missing(journey, 'ec2.DescribeTransitGatewayAttachments', type, id, 'not listed'));
  const origins = rows.flatMap((row) => {
    const inward = row.type === 'vpc' && vpcHolds(world, row.resource, flow.family, flow.destination);
    return inward ? world.attachments.filter((one) => one.gateway === row.gateway && one.id !== id) : [row];
  });
  let best: EntryTrip | undefined;
  for (const origin of origins) {
    const trip = fromAttachment(world, origin, flow);
    if (best === undefined || worth(trip) > worth(best)) best = trip;
  }
  return best ?? ended(journey, drop(journey, type, id, 'nothing else is attached'));
}

function fromAttachment(world: World, origin: Attachment, flow: Flow): EntryTrip {
  const journey = journeyOf(world, 'forward');
  const type = 'AWS::EC2::TransitGatewayAttachment';
  if (origin.state !== 'available') return ended(journey, drop(journey, type, origin.id, origin.state));
  let zone: string | undefined;
  let assumed = false;
  let maybe = false;
  if (origin.type === 'vpc' && world.vpcs.has(origin.resource)) {
    const sender = sentBy(journey, origin.resource, flow, (target) => target.kind === 'transit' && target.id === origin.gateway);
    if (sender === 'nobody') return ended(journey, DROPPED);
    zone = sender === 'unknown' ? undefined : sender.zone;
    const subnets = world.attachmentSubnets.get(origin.id)?.map((id) => world.subnets.get(id));
    const serves = subnets?.some((subnet) => subnet !== undefined && subnet.zone === zone);
    maybe = zone === undefined || (serves !== true && subnets?.includes(undefined) !== false);
    if (serves !== true && !maybe) return ended(journey, drop(journey, type, origin.id, `not in ${zone}`));
  } else {
    const plausible = behind(world, undefined, networksBehind(world, origin), flow.family, flow.source);
    if (plausible === 'no') return ended(journey, drop(journey, type, origin.id, 'no such network behind it'));
    assumed = plausible === 'assumed' || plausible === 'maybe';
    maybe = plausible === 'maybe';
  }
  standing(journey, type, origin.id, maybe);
  const arrival = turn({ journey }, origin, flow, zone);
  return finish(journey, arrival, { kind: 'transit', id: origin.id }, assumed);
}

/** Prefixes that any table of the transit gateway routes to an attachment. */
function networksBehind(world: World, attachment: Attachment): Networks {
  let whole = true;
  const doubt = (): [] => {
    whole = false;
    return [];
  };
  const listed = world
    .rows('ec2.DescribeTransitGatewayRouteTables')
    .flatMap(({ row }) => (row.TransitGatewayId === attachment.gateway ? (text(row.TransitGatewayRouteTableId) ?? doubt()) : []));
  const used = world.attachments.flatMap(({ gateway, table }) => (gateway === attachment.gateway ? (table ?? []) : []));
  const prefixes = [...new Set([...listed, ...used])].flatMap((id) =>
    (world.rowsOf('ec2.SearchTransitGatewayRoutes', id) ?? doubt()).flatMap((route) => {
      const read = readTransitRoute(route, world.lists) ?? doubt();
      return 'prefixes' in read && !read.blackhole && read.attachments.includes(attachment.id) ? read.prefixes : [];
    }),
  );
  if (world.incomplete.has('ec2.DescribeTransitGatewayRouteTables')) doubt();
  return { prefixes, whole };
}
