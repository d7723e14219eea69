/** From an estate's corner packets to what can be sent in namespaces: each probe with its packet, where it is sent and who should get it. */
import ipaddr from 'ipaddr.js';
import type { Estate } from '../../../src/estate/estate.ts';
import type { Entry, Packet } from '../../../src/network/packet.ts';
import { buildSpaces, INTERNET, strangersOf } from './build.ts';
import type { KernelProbe, Plan } from './plan.ts';
import { holds, type Interface, isBehind, readWorld, type World } from './world.ts';

/** A packet and the interface that has its destination. */
export interface Probe {
  readonly entry: Entry;
  readonly packet: Packet;
  readonly receiver: Interface;
}

export interface Experiment {
  readonly plan: Plan;
  /** In the order of the plan's probes. */
  readonly probes: readonly Probe[];
}

interface Placed extends Probe {
  readonly sent: KernelProbe;
  /** The receiver's own address. */
  readonly inside: string;
}

/** Addresses that the Internet carries packets of. */
function isPublic(address: string): boolean {
  return ipaddr.parse(address).range() === 'unicast' && (!address.includes(':') || holds('2000::/3', address));
}

/** AWS keeps the first four addresses of a subnet and the last for itself, as Linux keeps some of them. */
function isUsable(range: string, address: string): boolean {
  if (!holds(range, address)) return false;
  const [base, length] = ipaddr.parseCIDR(range);
  const number = (one: ipaddr.IPv4 | ipaddr.IPv6): bigint =>
    one.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const place = number(ipaddr.parse(address)) - number(base);
  return place >= 4n && place < (1n << BigInt(8 * base.toByteArray().length - length)) - 1n;
}

/** Where a packet can be sent from; undefined where no namespace has the source. */
function namespaceOf(world: World, entry: Entry, source: string, receiver: Interface): string | undefined {
  const own = world.interfaces.find(({ addresses }) => addresses.includes(source));
  switch (entry.kind) {
    case 'internet': {
      const mapped = world.interfaces.some((one) => one.mapped.some(([, outside]) => outside === source));
      return isPublic(source) && !mapped && !world.ranges.some((range) => holds(range, source)) ? INTERNET : undefined;
    }
    case 'interface':
      return own?.id === entry.id ? entry.id : undefined;
    case 'peering': {
      const subnet = world.subnets.find(({ ranges }) => ranges.some((range) => isUsable(range, source)));
      if (own !== undefined || subnet === undefined || subnet.vpc === receiver.vpc) return undefined;
      return world.peerings.get(entry.id)?.includes(subnet.vpc) === true ? strangersOf(subnet.id) : undefined;
    }
    case 'vpn-gateway':
      return isBehind(world, entry.id, source) ? entry.id : undefined;
    case 'transit-gateway':
      return undefined;
  }
}

function place(world: World, { entry, packet }: Pick<Probe, 'entry' | 'packet'>): Placed | undefined {
  const { destination, destinationPort: port, protocol, source, sourcePort } = packet;
  for (const receiver of world.interfaces) {
    const inside = [...receiver.addresses.map((address) => [address, address] as const), ...receiver.mapped].find(
      ([, outside]) => outside === destination,
    )?.[0];
    if (inside === undefined) continue;
    const namespace = namespaceOf(world, entry, source, receiver);
    // What an interface sends to itself does not leave it.
    if (namespace === undefined || sourcePort === 0 || port === 0 || source === destination) return undefined;
    return { entry, packet, receiver, inside, sent: { namespace, protocol, source, sourcePort, destination, port } };
  }
  return undefined;
}

/** An experiment on an estate: at most so many of the packets that can be sent in namespaces. */
export function experimentOn(estate: Estate, packets: readonly Pick<Probe, 'entry' | 'packet'>[], limit: number): Experiment {
  const world = readWorld(estate);
  const placed = packets.flatMap((one) => place(world, one) ?? []);
  const serverOf = ({ inside, packet }: Placed): string => `${inside} ${packet.destinationPort}`;
  const listening = new Set(placed.map(serverOf));
  // A server's own port cannot send as well.
  const chosen = placed.filter(({ sent }) => !listening.has(`${sent.source} ${sent.sourcePort}`)).slice(0, limit);
  const servers = new Map(
    chosen.map((one) => [serverOf(one), { namespace: one.receiver.id, address: one.inside, port: one.packet.destinationPort }]),
  );
  const used = new Set(chosen.flatMap(({ receiver, sent }) => [receiver.id, sent.namespace]));
  const sources = (space: string): string[] => [
    ...new Set(chosen.flatMap(({ sent }) => (sent.namespace === space ? sent.source : []))),
  ];
  return {
    probes: chosen.map(({ entry, packet, receiver }) => ({ entry, packet, receiver })),
    plan: { ...buildSpaces(world, used, sources), servers: [...servers.values()], probes: chosen.map(({ sent }) => sent) },
  };
}
