/** What may be denied although not everything about it is known: what is told to be missing, and what a filter that is known refuses. */
import type { Estate } from '../../../src/estate/estate.ts';
import type { Missing, Network } from '../../../src/network/model.ts';
import { type Entry, type Packet, PROTOCOLS } from '../../../src/network/packet.ts';
import { parseAddress } from '../../../src/network/simulate/address.ts';
import { balance, balancerOf } from '../../../src/network/simulate/balancers.ts';
import { aclAllows, type Flow, groupsAllow, lookUp } from '../../../src/network/simulate/filters.ts';
import { publicAccess, publicOwner } from '../../../src/network/simulate/gateways.ts';
import { journeyOf } from '../../../src/network/simulate/journey.ts';
import { worldOf } from '../../../src/network/simulate/read-world.ts';
import type { RouteTarget } from '../../../src/network/simulate/rules.ts';
import { type Goal, send, turn, type Walk } from '../../../src/network/simulate/walk.ts';
import { type Eni, eniHas, type World } from '../../../src/network/simulate/world.ts';
import { covers, type Difference, type Trail } from './agreement.ts';

const OF_ENTRY: Readonly<Record<Entry['kind'], readonly Missing[]>> = {
  internet: [],
  peering: ['peerings'],
  'vpn-gateway': ['vpn-gateways'],
  'transit-gateway': ['transit'],
  'private-link': ['services', 'balancers'],
  interface: ['interfaces'],
};

/** Whether the analysis told that it knows nothing of the receiver or of the entry, instead of an answer. */
function isTold(network: Network, entry: Entry, packet: Packet, isLeg: boolean): boolean {
  const { interfaces, subnets, vpcs, missing, peerings, attachments } = network;
  const lacks = (what: Missing) => [...missing.values()].some((one) => one.has(what));
  if (isLeg && lacks('balancers')) return true;
  const receiver = [...interfaces.values()].find(({ addresses }) =>
    addresses.some((one) => covers(one.private, packet.destination) || one.public === packet.destination),
  );
  if (receiver === undefined && lacks('interfaces')) return true;
  const home = subnets.get(receiver?.subnet ?? '');
  if (receiver !== undefined && (home === undefined || !vpcs.has(home.vpc))) return true;
  if (entry.kind === 'peering' && peerings.has(entry.id)) return false;
  if (entry.kind === 'transit-gateway' && attachments.has(entry.attachment)) return false;
  return OF_ENTRY[entry.kind].some(lacks);
}

/** Who has a packet's destination, and that as its own address. */
function receiversOf(world: World, flow: Flow, entry: Entry): readonly { readonly eni: Eni; readonly flow: Flow }[] {
  const owner = entry.kind === 'internet' ? publicOwner(world, flow) : undefined;
  if (owner === 'several') return [];
  if (owner !== undefined) return [{ eni: owner.eni, flow: { ...flow, destination: owner.address } }];
  return [...world.enis.values()].flatMap((eni) => (eniHas(eni, flow.family, flow.destination) ? [{ eni, flow }] : []));
}

/**
 * Whether a filter next to the receiver refuses a packet or its reply for certain, so that nothing unknown before or after it matters.
 * Asked of the simulator's own filters.
 */
function isRefused(estate: Estate, entry: Entry, packet: Packet): boolean {
  const [source, destination] = [parseAddress(packet.source), parseAddress(packet.destination)];
  if (source === undefined || destination === undefined) return true;
  const world = worldOf(estate);
  const whole: Flow = {
    family: packet.family,
    protocol: PROTOCOLS[packet.protocol],
    source: source.value,
    sourcePort: packet.sourcePort,
    destination: destination.value,
    destinationPort: packet.destinationPort,
  };
  const receivers = receiversOf(world, whole, entry);
  // Nobody has the address: nothing else matters.
  if (receivers.length === 0) return !world.incomplete.has('ec2.DescribeNetworkInterfaces');
  return receivers.every(({ eni, flow }) => refuses(world, eni, flow, entry));
}

function reversed({ family, protocol, source, sourcePort, destination, destinationPort }: Flow): Flow {
  return { family, protocol, source: destination, sourcePort: destinationPort, destination: source, destinationPort: sourcePort };
}

/** Where replies may have to get to. */
function goalsOf(world: World, entry: Entry, vpc: string): readonly Goal[] | undefined {
  switch (entry.kind) {
    case 'internet': {
      const id = world.internetGateways.get(vpc);
      return id === undefined ? undefined : [{ kind: 'internet', id }];
    }
    case 'peering':
      return [{ kind: 'peering', id: entry.id }];
    case 'vpn-gateway':
      return [{ kind: 'vpn', id: entry.id }];
    case 'transit-gateway': {
      const own = world.attachments.find(({ id }) => id === entry.attachment);
      const from =
        own?.resource === vpc ? world.attachments.filter(({ id, gateway }) => gateway === own.gateway && id !== own.id) : own;
      return from === undefined ? undefined : [from].flat().map(({ id }): Goal => ({ kind: 'transit', id }));
    }
    case 'interface': {
      const eni = world.enis.get(entry.id);
      return eni === undefined ? undefined : [{ kind: 'interface', eni }];
    }
    case 'private-link':
      return undefined;
  }
}

function refuses(world: World, eni: Eni, flow: Flow, entry: Entry): boolean {
  const other = entry.kind === 'internet' ? { strangers: true as const } : {};
  if (groupsAllow(world, eni, 'ingress', flow, other).verdict === 'no') return true;
  const balancer = balancerOf(world, eni);
  if (balancer !== undefined && balancer !== 'unlisted') {
    if (balance({ world, node: eni, flow, linked: false, depth: 0 }, balancer) === undefined) return true;
    if (entry.kind === 'internet' && balancer.row.Scheme === 'internal') return true;
  }
  const gates = world.attachments.filter(({ type, resource }) => type === 'vpc' && resource === eni.vpc);
  // By a transit gateway's attachment in the same subnet, and between neighbours, the network ACL is not asked.
  const isInside = gates.some(({ id }) => world.attachmentSubnets.get(id)?.includes(eni.subnet) !== false);
  const isNear = world.enis.get(entry.kind === 'interface' ? entry.id : '')?.subnet === eni.subnet;
  const isAsked = entry.kind !== 'private-link' && !isNear && !(isInside && /^(transit-gateway|interface)$/.test(entry.kind));
  if (isAsked && aclAllows(world, eni.subnet, 'ingress', flow).verdict === 'no') return true;
  const back = reversed(flow);
  if (isAsked && aclAllows(world, eni.subnet, 'egress', back).verdict === 'no') return true;
  if (entry.kind === 'internet') {
    if (!isSentAbroad(world, eni, back)) return true;
    if (publicAccess(world, eni.vpc, eni.subnet, 'outside').verdict === 'no') return true;
  }
  if (entry.kind === 'transit-gateway' && gates.length > 0 && gates.every(({ id }) => gateRefuses(world, id, eni, flow)))
    return true;
  const sender = world.enis.get(entry.kind === 'interface' ? entry.id : '');
  if (sender !== undefined && !isNear && (sender.vpc === eni.vpc || !isGate(world, sender))) {
    if (aclAllows(world, sender.subnet, 'ingress', back).verdict === 'no') return true;
  }
  if (sender !== undefined && (isTurnedAway(world, sender, flow, eni) || isTurnedAway(world, eni, back, sender))) return true;
  const replied = (goal: Goal): Walk => ({ journey: journeyOf(world, 'reply'), goal });
  const isLost = (goal: Goal) =>
    send(replied(goal), eni, back).kind === 'dropped' ||
    (goal.kind === 'transit' && gates.every((gate) => turn(replied(goal), gate, back).kind === 'dropped'));
  return goalsOf(world, entry, eni.vpc)?.every(isLost) === true;
}

/** Whether a transit gateway's attachment may be in an interface's own subnet. */
function isGate(world: World, { vpc, subnet }: Eni): boolean {
  const gates = world.attachments.filter(({ type, resource }) => type === 'vpc' && resource === vpc);
  return gates.some(({ id }) => world.attachmentSubnets.get(id)?.includes(subnet) !== false);
}

/** What a table may lead an address to; undefined where that can be anything. */
function targetsOf(world: World, subnet: string, vpc: string, { family, destination }: Flow): readonly RouteTarget[] | undefined {
  const table = world.tableOfSubnet.get(subnet) ?? world.mainTable.get(vpc);
  if (table?.routes === undefined || table.routes.some(({ broken }) => broken)) return undefined;
  const unlisted = table.routes.filter(({ list }) => list !== undefined && !world.lists.has(list));
  const found = lookUp(world, { ...table, routes: table.routes.filter((one) => !unlisted.includes(one)) }, family, destination);
  if (found.kind === 'unknown') return undefined;
  const certain = found.kind === 'route' && !found.route.blackhole ? [found.route.target] : [];
  return [...certain, ...unlisted.map(({ target }) => target)];
}

/** Whether an interface's routes lead only to transit gateways that lead nowhere from there, or out of the estate. */
function isTurnedAway(world: World, eni: Eni, flow: Flow, to: Eni): boolean {
  return targetsOf(world, eni.subnet, eni.vpc, flow)?.every((target) => isDead(world, eni, target, flow, to)) === true;
}

function isDead(world: World, eni: Eni, target: RouteTarget, flow: Flow, to: Eni): boolean {
  if (['internet', 'egress-only', 'vpn'].includes(target.kind)) return true;
  if (target.kind !== 'transit') return false;
  const gatesOf = (vpc: string) =>
    world.attachments.filter((one) => one.type === 'vpc' && one.resource === vpc && one.gateway === target.id);
  const isDropped = (gate: World['attachments'][number]) =>
    turn({ journey: journeyOf(world, 'forward') }, gate, flow).kind === 'dropped';
  return gatesOf(eni.vpc).every(isDropped) || gatesOf(to.vpc).every(({ id }) => isLostBelow(world, id, flow, to));
}

/** Whether what comes down from a transit gateway is led to another network, which no VPC does by itself. */
function isLostBelow(world: World, gate: string, flow: Flow, to: Eni): boolean {
  const isLost = (subnet: string) =>
    targetsOf(world, subnet, to.vpc, flow)?.every(({ kind }) => kind === 'peering' || kind === 'transit') === true;
  return world.attachmentSubnets.get(gate)?.every(isLost) === true;
}

/** Whether the network ACLs of an attachment's subnets refuse a packet on its way down, or its reply on its way up. */
function gateRefuses(world: World, gate: string, eni: Eni, flow: Flow): boolean {
  const subnets = world.attachmentSubnets.get(gate)?.map((id) => world.subnets.get(id));
  if (subnets === undefined || subnets.includes(undefined)) return false;
  const known = subnets.flatMap((subnet) => subnet ?? []);
  if (known.every(({ id }) => id !== eni.subnet && aclAllows(world, id, 'egress', flow).verdict === 'no')) return true;
  const up = known.find(({ zone }) => zone === world.subnets.get(eni.subnet)?.zone);
  return up === undefined || aclAllows(world, up.id, 'ingress', reversed(flow)).verdict === 'no';
}

/** Whether a reply may go to an Internet gateway, whichever that is. */
function isSentAbroad(world: World, eni: Eni, { family, destination }: Flow): boolean {
  const table = world.tableOfSubnet.get(eni.subnet) ?? world.mainTable.get(world.subnets.get(eni.subnet)?.vpc ?? '');
  const found = table === undefined ? undefined : lookUp(world, table, family, destination);
  if (found === undefined || found.kind === 'unknown') return true;
  if (found.kind === 'none' || found.route.blackhole) return false;
  return ['internet', 'interface', 'endpoint', 'unmodelled'].includes(found.route.target.kind);
}

/**
 * Whether the groups of a target refuse what comes to it through load balancers, whoever it seems to come from. `chain`: the node and
 * the interfaces after it.
 */
function isLegRefused(estate: Estate, packet: Packet, chain: readonly string[], port: number): boolean {
  const world = worldOf(estate);
  const enis = chain.map((id) => world.enis.get(id));
  return enis.slice(1).some((to, index) => {
    const from = enis[index];
    if (from === undefined || to === undefined) return false;
    const clients = [parseAddress(packet.source), ...from.addresses].flatMap((one) => one ?? []);
    return clients.every(({ family, value }) => {
      const flow: Flow = {
        ...{ family, protocol: PROTOCOLS[packet.protocol], source: value, sourcePort: packet.sourcePort },
        ...{ destination: 0n, destinationPort: port },
      };
      return groupsAllow(world, to, 'ingress', flow, { stands: from.groups ?? [] }).verdict === 'no';
    });
  });
}

/**
 * Whether a difference between the simulator and the analysis of an estate with gaps is no mistake: to be less sure than could be is none;
 * to deny is none where the analysis told that it does not know the ends, or where what is unknown cannot matter.
 */
export function isHonest(estate: Estate, { network, entry, packet, theirs, ours, trails }: Difference): boolean {
  if (ours !== 'stopped') return ours === 'unknown';
  if (isTold(network, entry, packet, trails !== undefined)) return true;
  if (theirs !== 'unknown') return false;
  const isLost = ({ chain, leg, fate }: Trail) =>
    fate === 'stopped' || (leg.port !== undefined && isLegRefused(estate, packet, chain, leg.port));
  return isRefused(estate, entry, packet) || trails?.every(isLost) === true;
}
