/** Whole flows: from where a packet enters to its receiver, and the reply's way back; address translation in between. */
import { fields, items, text } from '../../inventory/values.ts';
import { isGlobal, parseAddress } from './address.ts';
import { balance, balancerOf, linkedLegs } from './balancers.ts';
import { aclAllows, type Flow } from './filters.ts';
import { fromInternet, isAddressable, publicAccess, publicAddress, publicOwner, throughEdge } from './gateways.ts';
import { type Arrival, DROPPED, drop, type Journey, journeyOf, missing, note, passes, unknown } from './journey.ts';
import { devicePorts, type Leg } from './legs.ts';
import { objects } from './rules.ts';
import { potentialOf, reverse, type Trip, verdictOf, worth } from './trip.ts';
import { arrive, type Goal, send, turn } from './walk.ts';
import type { Eni, World } from './world.ts';

export interface FlowTrip extends Trip {
  readonly legs?: readonly Leg[];
}

const MAX_DEPTH = 4;

function ended(journey: Journey, arrival: Arrival): FlowTrip {
  return { forward: verdictOf(journey, arrival), reply: 'none', potential: false, steps: journey.steps };
}

/** The flow at its receiver: what that is, and whether its reply gets back. `replied` carries on from where the goal was reached. */
export function received(
  journey: Journey,
  arrival: Extract<Arrival, { kind: 'interface' }>,
  goal: Goal,
  by: 'internet' | 'other',
  replied: (journey: Journey, arrival: Arrival) => Arrival = (_, arrival) => arrival,
): FlowTrip {
  const { world } = journey;
  const { eni, flow } = arrival;
  const state = eni.instance === undefined ? undefined : world.states.get(eni.instance);
  if (state === 'terminated' || state === 'shutting-down')
    return ended(journey, drop(journey, 'AWS::EC2::Instance', eni.instance ?? '', state));
  if (eni.type === 'nat_gateway') return ended(journey, drop(journey, 'AWS::EC2::NatGateway', eni.id, 'never inbound'));
  const potential = potentialOf(journey, eni);
  const legs = legsOf(journey, eni, flow, by);
  if (legs === 'dropped') return ended(journey, DROPPED);
  const back = journeyOf(world, 'reply');
  const reply = verdictOf(back, replied(back, send({ journey: back, goal }, eni, reverse(flow))));
  return {
    forward: verdictOf(journey, arrival),
    eni,
    reply: reply === 'delivered' ? 'returned' : reply,
    potential,
    steps: [...journey.steps, ...back.steps],
    ...(legs === undefined ? {} : { legs }),
  };
}

/** What a node's load balancer makes of a packet; nothing where it is no node, or where that is not known (which leaves a doubt). */
function legsOf(journey: Journey, eni: Eni, flow: Flow, by: 'internet' | 'other'): readonly Leg[] | 'dropped' | undefined {
  const { world } = journey;
  const balancer = balancerOf(world, eni);
  if (balancer === undefined) return eni.type === 'vpc_endpoint' ? linkedLegs(world, eni, flow) : undefined;
  const type = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
  const doubt = (id: string, why: string): undefined => {
    note(journey, type, id, 'unknown', why);
    journey.doubt = true;
  };
  if (balancer === 'unlisted') return doubt(eni.description, 'not listed');
  if (by === 'internet') {
    const rows = world.rowsOf('elbv2.DescribeLoadBalancerAttributes', balancer.id);
    const denied = rows?.some((row) => row.Key === 'ipv6.deny_all_igw_traffic' && row.Value === 'true');
    if (balancer.row.Scheme !== 'internet-facing' || (flow.family === 6 && denied === true)) {
      note(journey, type, balancer.id, 'drop', text(balancer.row.Scheme) ?? 'no scheme');
      return 'dropped';
    }
    if (flow.family === 6 && denied === undefined && balancer.kind !== 'classic') doubt(balancer.id, 'attributes');
  }
  const legs = balance({ world, node: eni, flow, linked: false, depth: 0 }, balancer);
  if (legs === 'unknown') return doubt(balancer.id, 'listeners');
  note(journey, type, balancer.id, legs === undefined ? 'drop' : 'pass', legs === undefined ? 'nothing listens' : undefined);
  return legs ?? 'dropped';
}

/** A flow that an interface starts. */
export function flowFrom(world: World, eni: Eni, flow: Flow): FlowTrip {
  const journey = journeyOf(world, 'forward');
  return onward(journey, eni, flow, send({ journey }, eni, flow), 0);
}

/** Goes on with a flow that an interface started, from where its network's walk ended. */
function onward(journey: Journey, sender: Eni, flow: Flow, arrival: Arrival, depth: number): FlowTrip {
  const { world } = journey;
  if (arrival.kind === 'dropped' || arrival.kind === 'unknown') return ended(journey, arrival);
  const goal: Goal = { kind: 'interface', eni: sender };
  if (arrival.kind === 'interface') return received(journey, arrival, goal, 'other');
  if (depth > MAX_DEPTH) return ended(journey, unknown(journey, 'AWS::EC2::NetworkInterface', sender.id, 'too many hops'));
  const reply = reverse(flow);
  switch (arrival.by) {
    case 'internet':
      return abroad(journey, sender, flow, 'AWS::EC2::InternetGateway', arrival.id);
    case 'egress-only':
      return abroad(journey, sender, flow, 'AWS::EC2::EgressOnlyInternetGateway', arrival.id);
    case 'nat':
      return translated(journey, sender, flow, arrival, depth);
    case 'vpn':
      return gone(journey, (back) => throughEdge({ journey: back, goal }, sender.vpc, arrival.id, reply));
    case 'transit':
      return gone(journey, (back) => {
        const attachment = world.attachments.find((one) => one.id === arrival.id);
        return attachment === undefined
          ? unknown(back, 'AWS::EC2::TransitGatewayAttachment', arrival.id)
          : turn({ journey: back, goal }, attachment, reply);
      });
    case 'endpoint':
      // An AWS service: its replies are filtered like others unless the address is reserved.
      return gone(journey, (back) =>
        arrival.id === sender.vpc
          ? { kind: 'interface', eni: sender, flow: reply }
          : arrive({ journey: back, goal }, sender.vpc, reply, undefined),
      );
    default:
      return gone(journey, (back) => arrive({ journey: back, goal }, sender.vpc, reply, undefined));
  }
}

/** A flow to somewhere beyond the estate; its reply is taken to come back the way the packet went. */
function gone(journey: Journey, replied: (journey: Journey) => Arrival): FlowTrip {
  const back = journeyOf(journey.world, 'reply');
  const reply = verdictOf(back, replied(back));
  const forward = journey.doubt ? 'unknown' : 'delivered';
  return {
    forward,
    reply: reply === 'delivered' ? 'returned' : reply,
    potential: false,
    steps: [...journey.steps, ...back.steps],
  };
}

/** Out to the Internet, and perhaps in again. */
function abroad(journey: Journey, sender: Eni, flow: Flow, type: string, gateway: string): FlowTrip {
  const { world } = journey;
  const lets = type === 'AWS::EC2::EgressOnlyInternetGateway' || sender.type === 'nat_gateway';
  const ruling = publicAccess(world, sender.vpc, sender.subnet, lets ? 'inside, by a gateway that only lets out' : 'inside');
  if (!passes(journey, 'AWS::EC2::VPCBlockPublicAccessOptions', ruling)) return ended(journey, DROPPED);
  const source = publicAddress(world, sender, flow.family, flow.source);
  if (source === undefined) return ended(journey, drop(journey, type, gateway, 'the sender has no public address'));
  if (type === 'AWS::EC2::EgressOnlyInternetGateway') {
    const row = world
      .rows('ec2.DescribeEgressOnlyInternetGateways')
      .find((one) => one.row.EgressOnlyInternetGatewayId === gateway)?.row;
    if (row === undefined)
      return ended(journey, missing(journey, 'ec2.DescribeEgressOnlyInternetGateways', type, gateway, 'not listed'));
    const attached = items(row.Attachments).some((item) => text(fields(item)?.VpcId) === sender.vpc);
    if (flow.family === 4 || !attached) return ended(journey, drop(journey, type, gateway, 'not attached, or not IPv6'));
  }
  if (!isAddressable(world, flow.family, source) || !isAddressable(world, flow.family, flow.destination)) {
    return ended(journey, drop(journey, 'Internet', gateway, 'no global address'));
  }
  const outside: Flow = { ...flow, source };
  const goal: Goal = { kind: 'interface', eni: sender };
  const home = (back: Journey): Arrival =>
    type === 'AWS::EC2::EgressOnlyInternetGateway'
      ? arrive({ journey: back, goal }, sender.vpc, reverse(outside), undefined)
      : fromInternet({ journey: back, goal }, reverse(outside));
  if (publicOwner(world, flow) === undefined) return gone(journey, home);
  return internetFlow(journey, outside, home);
}

/** A flow that comes from the Internet; `home` takes its reply further once it is out there again. */
export function internetFlow(journey: Journey, flow: Flow, home?: (journey: Journey) => Arrival): FlowTrip {
  // What the estate itself sends has its sender's public address.
  if (home === undefined && !isGlobal(flow.family, flow.source))
    return ended(journey, drop(journey, 'Internet', '?', 'no global source'));
  if (!isAddressable(journey.world, flow.family, flow.destination))
    return ended(journey, drop(journey, 'Internet', '?', 'no global destination'));
  const arrival = fromInternet({ journey }, flow);
  if (arrival.kind !== 'interface') return ended(journey, arrival);
  const gateway = journey.world.internetGateways.get(arrival.eni.vpc) ?? '';
  return received(journey, arrival, { kind: 'internet', id: gateway }, 'internet', (back, out) =>
    out.kind === 'left' && home !== undefined ? home(back) : out,
  );
}

/** Through a NAT gateway: the flow goes on from its address and a port that it chooses; of those the best. */
function translated(
  journey: Journey,
  sender: Eni,
  flow: Flow,
  left: Extract<Arrival, { kind: 'left' }>,
  depth: number,
): FlowTrip {
  const { world } = journey;
  const type = 'AWS::EC2::NatGateway';
  const row = world.rows('ec2.DescribeNatGateways').find((one) => one.row.NatGatewayId === left.id)?.row;
  if (row === undefined) return ended(journey, missing(journey, 'ec2.DescribeNatGateways', type, left.id, 'not listed'));
  if ((text(row.State) ?? 'available') !== 'available') return ended(journey, drop(journey, type, left.id, text(row.State)));
  if (flow.family === 6) return ended(journey, unknown(journey, type, left.id, 'NAT64 is not modelled'));
  const addresses = objects(row.NatGatewayAddresses);
  const first = addresses.find((one) => one.IsPrimary === true) ?? addresses[0];
  const eni = world.enis.get(text(first?.NetworkInterfaceId) ?? '');
  const own = parseAddress(first?.PrivateIp);
  if (eni === undefined || own?.family !== 4)
    return ended(journey, unknown(journey, type, left.id, 'its interface is not listed'));
  if (eni.vpc !== sender.vpc || eni.id === sender.id)
    return ended(journey, drop(journey, type, left.id, 'of another VPC, or itself'));
  if (eni.subnet !== left.subnet && !passes(journey, 'AWS::EC2::NetworkAcl', aclAllows(world, eni.subnet, 'ingress', flow))) {
    return ended(journey, DROPPED);
  }
  let best: FlowTrip | undefined;
  for (const port of devicePorts(world)) {
    const out = { ...journeyOf(world, 'forward'), doubt: journey.doubt, steps: [...journey.steps] };
    const sent: Flow = { ...flow, source: own.value, sourcePort: port };
    const arrival = send({ journey: out }, eni, sent, { unfiltered: true });
    const isPrivate = text(row.ConnectivityType) === 'private';
    const trip =
      isPrivate && arrival.kind === 'left' && arrival.by === 'internet'
        ? ended(out, drop(out, type, left.id, 'private'))
        : onward(out, eni, sent, arrival, depth + 1);
    const whole = trip.reply === 'returned' || trip.reply === 'unknown' ? handedBack(world, trip, eni, sender, flow) : trip;
    if (best === undefined || worth(whole) > worth(best)) best = whole;
    if (best.forward === 'delivered' && best.reply === 'returned') break;
  }
  return best ?? ended(journey, unknown(journey, type, left.id));
}

/** From the NAT gateway back to who sent. */
function handedBack(world: World, trip: FlowTrip, gateway: Eni, sender: Eni, flow: Flow): FlowTrip {
  const back = journeyOf(world, 'reply');
  back.doubt = trip.reply === 'unknown';
  const arrival = send({ journey: back, goal: { kind: 'interface', eni: sender } }, gateway, reverse(flow));
  const reply = verdictOf(back, arrival);
  return { ...trip, reply: reply === 'delivered' ? 'returned' : reply, steps: [...trip.steps, ...back.steps] };
}
