/** The second half of a flow through a load balancer: from its node to one target. */
import type { Row } from '../../estate/estate.ts';
import type { Address } from './address.ts';
import { aclAllows, type Flow } from './filters.ts';
import { type Arrival, drop, type Journey, journeyOf, note, passes, type Step, unknown } from './journey.ts';
import { potentialOf, reverse, type Trip, verdictOf, worth } from './trip.ts';
import { send } from './walk.ts';
import { type Eni, eniHas, type World } from './world.ts';

/** What one target gets of a packet that reached a load balancer's node. */
export interface Leg {
  readonly loadBalancer: string;
  readonly targetGroup?: string;
  /** Instance, address, function or load balancer. */
  readonly target: string;
  readonly port?: number;
  readonly interface?: string;
  readonly forward: Trip['forward'];
  readonly reply: Trip['reply'];
  readonly potential: boolean;
  /** Only after the load balancer has authenticated the client. */
  readonly authenticated?: true;
  readonly steps: readonly Step[];
  /** Of a load balancer that is itself a target. */
  readonly legs?: readonly Leg[];
}

export interface Balancer {
  readonly kind: 'application' | 'network' | 'gateway' | 'classic';
  readonly id: string;
  readonly row: Row;
}

const ELB_TYPES: Readonly<Record<string, string>> = {
  application: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  network: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  gateway: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  classic: 'AWS::ElasticLoadBalancing::LoadBalancer',
};

/** Client ports worth trying where a device chooses one: the ends of every network ACL entry's range and their neighbours. */
const chosen = new WeakMap<World, readonly number[]>();
export function devicePorts(world: World): readonly number[] {
  const known = chosen.get(world);
  if (known !== undefined) return known;
  const ports = new Set([1024, 65535]);
  for (const acl of [...world.aclOfSubnet.values(), ...world.defaultAcl.values()]) {
    for (const { from = 0, to = 0 } of acl.entries ?? []) for (const port of [from - 1, from, to, to + 1]) ports.add(port);
  }
  const made = [49152, ...[...ports].filter((port) => port >= 1024 && port <= 65535).sort((left, right) => left - right)];
  chosen.set(world, made);
  return made;
}

export function unknownLeg(balancer: string, target: string, id: string, why: string, targetGroup?: string): Leg {
  const steps: Step[] = [{ direction: 'forward', type: ELB_TYPES.application ?? '', id, rule: why, verdict: 'unknown' }];
  return { loadBalancer: balancer, targetGroup, target, forward: 'unknown', reply: 'none', potential: false, steps };
}

export function addressOf(eni: Eni, family: 4 | 6): Address | undefined {
  return eni.addresses.find((address) => address.family === family);
}

interface Target {
  readonly balancer: Balancer;
  readonly targetGroup?: string;
  readonly target: string;
  readonly eni?: Eni;
  readonly address?: Address;
  readonly family: 4 | 6;
  readonly port: number;
  readonly preserve: boolean | undefined;
  readonly crossZone: boolean | undefined;
  /** Names of the enabled zones. */
  readonly zones: readonly unknown[];
  /** Registered for all zones. */
  readonly everywhere?: boolean;
  readonly authenticated?: boolean;
}

/** The leg to one target: of the ports that the load balancer may send from, the best. */
export function targetLeg(world: World, node: Eni, flow: Flow, target: Target): Leg {
  if (target.preserve === undefined) {
    const kept = targetLeg(world, node, flow, { ...target, preserve: true });
    const hidden = targetLeg(world, node, flow, { ...target, preserve: false });
    if (kept.forward === hidden.forward && kept.reply === hidden.reply) return kept;
    return { ...kept, forward: 'unknown', reply: 'unknown' };
  }
  const preserve = target.preserve && target.family === flow.family;
  const base = {
    loadBalancer: target.balancer.id,
    ...(target.targetGroup === undefined ? {} : { targetGroup: target.targetGroup }),
    target: target.target,
    port: target.port,
    ...(target.authenticated === true ? { authenticated: true as const } : {}),
  };
  let best: Leg | undefined;
  for (const port of preserve ? [flow.sourcePort] : devicePorts(world)) {
    const trip = legTrip(world, node, flow, target, preserve, port);
    const leg: Leg = {
      ...base,
      ...(trip.eni === undefined ? {} : { interface: trip.eni.id }),
      forward: trip.forward,
      reply: trip.reply,
      potential: trip.potential,
      steps: trip.steps,
    };
    if (best === undefined || worth(leg) > worth(best)) best = leg;
    if (worth(best) === worth({ forward: 'delivered', reply: 'returned' })) break;
    // Only the reply depends on the port.
    if (trip.forward === 'dropped') break;
  }
  return best ?? unknownLeg(target.balancer.id, target.target, node.id, 'port');
}

function legTrip(world: World, node: Eni, flow: Flow, target: Target, preserve: boolean, port: number): Trip {
  const journey = journeyOf(world, 'forward');
  const own = addressOf(node, target.family);
  const destination = target.address ?? (target.eni === undefined ? undefined : addressOf(target.eni, target.family));
  const receiver =
    target.eni ??
    [...world.enis.values()].find(
      (eni) => destination !== undefined && eni.vpc === node.vpc && eniHas(eni, destination.family, destination.value),
    );
  const ended = (arrival: Arrival): Trip => ({
    forward: verdictOf(journey, arrival),
    eni: receiver,
    reply: 'none',
    potential: false,
    steps: journey.steps,
  });
  const type = ELB_TYPES[target.balancer.kind] ?? '';
  if (destination === undefined) {
    return ended(
      world.incomplete.has('ec2.DescribeNetworkInterfaces')
        ? unknown(journey, type, target.target, 'no such target')
        : drop(journey, type, target.target, 'no such target'),
    );
  }
  if (own === undefined) return ended(drop(journey, type, node.id, 'no address of this family'));
  const zone = world.subnets.get(receiver?.subnet ?? '')?.zone;
  if (target.everywhere !== true && zone !== undefined) {
    if (!target.zones.includes(zone)) return ended(drop(journey, type, target.balancer.id, `${zone} is not enabled`));
    if (zone !== world.subnets.get(node.subnet)?.zone) {
      if (target.crossZone === undefined) {
        note(journey, type, target.balancer.id, 'unknown', 'cross-zone');
        journey.doubt = true;
      } else if (!target.crossZone) return ended(drop(journey, type, target.balancer.id, 'cross-zone is off'));
    }
  }
  const sent: Flow = {
    ...flow,
    family: target.family,
    source: preserve ? flow.source : own.value,
    sourcePort: port,
    destination: destination.value,
    destinationPort: target.port,
  };
  if (preserve && receiver === undefined)
    return ended(unknown(journey, type, target.target, 'client address kept beyond the VPC'));
  // A target that is its own client sees a packet of itself, which it does not answer.
  if (preserve && receiver !== undefined && eniHas(receiver, flow.family, flow.source))
    return ended(drop(journey, type, target.target, 'the client itself, whose address is kept'));
  // Rules that name a client's own group do not mean it when it comes through a load balancer that keeps its address.
  const other = {
    stands: target.balancer.kind === 'network' ? (node.groups ?? []) : [],
    ...(preserve ? { strangers: true as const } : {}),
  };
  const walk = { journey, other };
  const options = target.balancer.kind === 'classic' ? { alwaysAcl: true as const } : {};
  const arrival = send(walk, node, sent, {
    ...options,
    ...(node.groups?.length === 0 && node.type === 'network_load_balancer' ? { unfiltered: true as const } : {}),
  });
  if (arrival.kind === 'left') {
    if (arrival.by === 'internet' || arrival.by === 'egress-only' || arrival.by === 'nat' || arrival.by === 'endpoint') {
      return ended(drop(journey, type, node.id, 'targets are private'));
    }
    return { forward: verdictOf(journey, arrival), reply: 'unknown', potential: false, steps: journey.steps };
  }
  if (arrival.kind !== 'interface') return ended(arrival);
  const forward = verdictOf(journey, arrival);
  const potential = potentialOf(journey, arrival.eni);
  const back = journeyOf(world, 'reply');
  const answer = preserve
    ? handBack(back, arrival.eni, node, arrival.flow)
    : send({ journey: back, goal: { kind: 'interface', eni: node } }, arrival.eni, reverse(arrival.flow));
  const replied = verdictOf(back, answer);
  return {
    forward,
    eni: arrival.eni,
    reply: replied === 'delivered' ? 'returned' : replied,
    potential,
    steps: [...journey.steps, ...back.steps],
  };
}

/** A reply to a client whose address was kept: the network takes it back to the node, whatever the routes say. */
function handBack(journey: Journey, from: Eni, node: Eni, flow: Flow): Arrival {
  const reply = reverse(flow);
  const { world } = journey;
  if (from.subnet !== node.subnet) {
    if (!passes(journey, 'AWS::EC2::NetworkAcl', aclAllows(world, from.subnet, 'egress', reply))) return { kind: 'dropped' };
    if (!passes(journey, 'AWS::EC2::NetworkAcl', aclAllows(world, node.subnet, 'ingress', reply))) return { kind: 'dropped' };
  }
  note(journey, 'AWS::EC2::NetworkInterface', node.id, 'pass');
  return { kind: 'interface', eni: node, flow: reply };
}
