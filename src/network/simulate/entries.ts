/** Where packets enter an estate, and whether they can come from there. */
import type { Entry } from '../packet.ts';
import { prefixHolds } from './address.ts';
import { type Flow, lookUp } from './filters.ts';
import { type FlowTrip, flowFrom, internetFlow, received } from './flows.ts';
import { behind, remoteNetworks, throughEdge } from './gateways.ts';
import { type Arrival, drop, type Journey, journeyOf, missing, note, unknown } from './journey.ts';
import { consumerEntry } from './private-link.ts';
import { readTransitRoute } from './rules.ts';
import { verdictOf, worth } from './trip.ts';
import { arrive, type Goal, turn } from './walk.ts';
import { type Attachment, eniHas, vpcHolds, type World } from './world.ts';

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
  if (world.vpcs.has(from.vpc) && !sentTo(journey, from.vpc, flow, (target) => target.kind === 'peering' && target.id === id)) {
    return ended(journey, lastOf(journey));
  }
  note(journey, type, id, 'pass');
  return finish(journey, arrive({ journey }, to.vpc, flow, undefined), { kind: 'peering', id }, false);
}

/** Whether the subnet that a known VPC's address lies in routes a flow to a target. */
function sentTo(
  journey: Journey,
  vpc: string,
  flow: Flow,
  isTarget: (target: { readonly kind: string; readonly id?: string }) => boolean,
): string | undefined {
  const { world } = journey;
  const subnet = [...world.subnets.values()].find(
    (one) => one.vpc === vpc && one.prefixes.some((prefix) => prefixHolds(prefix, flow.family, flow.source)),
  );
  if (subnet === undefined) {
    missing(journey, 'ec2.DescribeSubnets', 'AWS::EC2::VPC', vpc, 'no subnet has the source');
    return undefined;
  }
  const table = world.tableOfSubnet.get(subnet.id) ?? world.mainTable.get(vpc);
  const found = table === undefined ? undefined : lookUp(world, table, flow.family, flow.destination);
  if (table === undefined || found === undefined || found.kind === 'unknown') {
    unknown(journey, 'AWS::EC2::RouteTable', table?.id ?? subnet.id, 'not listed');
    return undefined;
  }
  if (found.kind === 'none' || found.route.blackhole || !isTarget(found.route.target)) {
    drop(journey, 'AWS::EC2::RouteTable', table.id, 'does not lead here');
    return undefined;
  }
  note(journey, 'AWS::EC2::RouteTable', table.id, 'pass', found.route.label);
  return subnet.zone;
}

/** What the last step came to. */
function lastOf(journey: Journey): Arrival {
  return { kind: journey.steps.at(-1)?.verdict === 'unknown' ? 'unknown' : 'dropped' };
}

function vpnEntry(world: World, id: string, flow: Flow): EntryTrip {
  const journey = journeyOf(world, 'forward');
  const type = 'AWS::EC2::VPNGateway';
  const vpc = [...world.vpnGateways].find(([, gateway]) => gateway === id)?.[0];
  if (vpc === undefined) return ended(journey, missing(journey, 'ec2.DescribeVpnGateways', type, id, 'not attached'));
  if (!vpcHolds(world, vpc, flow.family, flow.destination)) return ended(journey, drop(journey, type, id, 'no transit'));
  const plausible = behind(world, vpc, remoteNetworks(world, vpc, id), flow.family, flow.source);
  if (plausible === 'no') return ended(journey, drop(journey, type, id, 'no such network behind it'));
  note(journey, type, id, 'pass');
  return finish(journey, throughEdge({ journey }, vpc, id, flow), { kind: 'vpn', id }, plausible === 'assumed');
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
  if (origin.type === 'vpc' && world.vpcs.has(origin.resource)) {
    zone = sentTo(journey, origin.resource, flow, (target) => target.kind === 'transit' && target.id === origin.gateway);
    if (zone === undefined) return ended(journey, lastOf(journey));
    const subnets = world.attachmentSubnets.get(origin.id);
    if (subnets === undefined) return ended(journey, unknown(journey, type, origin.id, 'subnets'));
    if (!subnets.some((subnet) => world.subnets.get(subnet)?.zone === zone)) {
      return ended(journey, drop(journey, type, origin.id, `not in ${zone}`));
    }
  } else {
    const plausible = behind(world, undefined, networksBehind(world, origin), flow.family, flow.source);
    if (plausible === 'no') return ended(journey, drop(journey, type, origin.id, 'no such network behind it'));
    assumed = plausible === 'assumed';
  }
  note(journey, type, origin.id, 'pass');
  const arrival = turn({ journey }, origin, flow, zone);
  return finish(journey, arrival, { kind: 'transit', id: origin.id }, assumed);
}

/** Prefixes that any table of the transit gateway routes to an attachment. */
function networksBehind(world: World, attachment: Attachment) {
  return world.rows('ec2.DescribeTransitGatewayRouteTables').flatMap(({ row }) => {
    const id = typeof row.TransitGatewayRouteTableId === 'string' ? row.TransitGatewayRouteTableId : '';
    return (world.rowsOf('ec2.SearchTransitGatewayRoutes', id) ?? []).flatMap((route) => {
      const read = readTransitRoute(route, world.lists);
      return read !== undefined && !read.blackhole && read.attachments.includes(attachment.id) ? read.prefixes : [];
    });
  });
}
