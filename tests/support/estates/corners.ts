/**
 * Packets at every boundary of an estate: for each entry and destination the ends of each rule's ranges and their neighbours, combined.
 * It reads nothing but texts that look like ranges and numbers that look like ports, so that it can miss no kind of rule.
 */
import ipaddr from 'ipaddr.js';
import { CALLS, type CallId } from '../../../src/estate/calls.ts';
import type { Estate } from '../../../src/estate/estate.ts';
import type { Entry, Packet } from '../../../src/network/packet.ts';
import { diceOf } from './random.ts';

interface Probe {
  readonly entry: Entry;
  readonly packet: Packet;
}

interface Corners {
  readonly addresses: Record<4 | 6, Set<string>>;
  readonly ports: Set<number>;
}

function step(address: ipaddr.IPv4 | ipaddr.IPv6, by: 1 | -1): string | undefined {
  const bytes = address.toByteArray();
  for (let index = bytes.length - 1; index >= 0; index--) {
    const sum = (bytes[index] ?? 0) + by;
    bytes[index] = (sum + 256) % 256;
    if (sum >= 0 && sum <= 255) return ipaddr.fromByteArray(bytes).toString();
  }
  return undefined;
}

/** The addresses at the ends of a range and beside them, or the address itself; nothing for any other text. */
function cornersOf(text: string): readonly string[] {
  if (!/^[0-9a-f.:]+(\/\d+)?$/.test(text) || !/[.:].*[.:]/.test(text)) return [];
  if (!ipaddr.isValidCIDR(text)) return ipaddr.isValid(text) ? [ipaddr.parse(text).toString()] : [];
  const [address, length] = ipaddr.parseCIDR(text);
  const first = address.toByteArray();
  const last = [...first];
  for (const [index, byte] of first.entries()) {
    const kept = Math.min(8, Math.max(0, length - index * 8));
    const mask = (0xff00 >> kept) & 0xff;
    first[index] = byte & mask;
    last[index] = byte | (~mask & 0xff);
  }
  const low = ipaddr.fromByteArray(first);
  const high = ipaddr.fromByteArray(last);
  return [step(low, -1), low.toString(), high.toString(), step(high, 1)].flatMap((one) => one ?? []);
}

const known = new Map<string, readonly string[]>();

function addRange(corners: Corners, text: string): void {
  if (text.length > 43) return;
  const found = known.get(text) ?? cornersOf(text);
  known.set(text, found);
  for (const address of found) corners.addresses[address.includes(':') ? 6 : 4].add(address);
}

const PORT_MEMBERS = new Set(['FromPort', 'ToPort', 'From', 'To', 'Port', 'LoadBalancerPort', 'InstancePort']);

/** Gathers what a row holds, at any depth. */
function gather(corners: Corners, value: unknown, member = ''): void {
  if (typeof value === 'string') addRange(corners, value);
  else if (typeof value === 'number') {
    if (PORT_MEMBERS.has(member))
      for (const port of [value - 1, value, value + 1]) if (port >= 0 && port <= 65535) corners.ports.add(port);
  } else if (Array.isArray(value)) for (const item of value) gather(corners, item, member);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) gather(corners, item, key);
}

function texts(estate: Estate, call: CallId, member: string): string[] {
  return rows(estate, call).flatMap((row) => (typeof row[member] === 'string' ? [row[member]] : []));
}

function rows(estate: Estate, call: CallId): Readonly<Record<string, unknown>>[] {
  return estate.regions.flatMap((region) => {
    const table = region.table(call);
    return table.kind === 'rows' ? table.rows : [];
  });
}

function everything(estate: Estate): Corners {
  const corners: Corners = {
    addresses: { 4: new Set(['8.8.8.8', '9.9.9.9']), 6: new Set(['2a00:8::9']) },
    ports: new Set([22, 1024, 49152, 65535]),
  };
  for (const call of Object.keys(CALLS) as CallId[]) {
    gather(corners, rows(estate, call));
    for (const region of estate.regions) for (const table of region.tables(call).values()) gather(corners, table);
  }
  return corners;
}

/** Every way in that the estate has. */
function entriesOf(estate: Estate): Entry[] {
  return [
    { kind: 'internet' },
    ...texts(estate, 'ec2.DescribeVpcPeeringConnections', 'VpcPeeringConnectionId').map((id): Entry => ({ kind: 'peering', id })),
    ...texts(estate, 'ec2.DescribeVpcEndpointServiceConfigurations', 'ServiceId').map(
      (id): Entry => ({ kind: 'private-link', id }),
    ),
    ...texts(estate, 'ec2.DescribeVpnGateways', 'VpnGatewayId').map((id): Entry => ({ kind: 'vpn-gateway', id })),
    ...texts(estate, 'ec2.DescribeTransitGatewayAttachments', 'TransitGatewayAttachmentId').map(
      (attachment): Entry => ({ kind: 'transit-gateway', attachment }),
    ),
    ...texts(estate, 'ec2.DescribeNetworkInterfaces', 'NetworkInterfaceId').map((id): Entry => ({ kind: 'interface', id })),
  ];
}

interface Interface {
  readonly id: string;
  readonly vpc: string;
  /** Of a load balancer that can be offered through PrivateLink. */
  readonly isNode: boolean;
  readonly inside: Record<4 | 6, Set<string>>;
  readonly outside: Record<4 | 6, Set<string>>;
  /** The corners of its own groups and of its subnet's network ACL and routes; those of its groups and listeners alone. */
  readonly near: Corners;
  readonly doors: Corners;
}

function emptyCorners(): Corners {
  return { addresses: { 4: new Set(), 6: new Set() }, ports: new Set() };
}

function interfacesOf(estate: Estate): Interface[] {
  const filters = (['ec2.DescribeSecurityGroups', 'ec2.DescribeNetworkAcls', 'ec2.DescribeRouteTables'] as const).flatMap(
    (call) =>
      rows(estate, call).map((row) => ({
        row,
        text: JSON.stringify([row.GroupId, row.Associations, row.IsDefault === true && row.VpcId]),
      })),
  );
  return rows(estate, 'ec2.DescribeNetworkInterfaces').map((row) => {
    const all = emptyCorners();
    gather(all, row);
    const text = JSON.stringify(row);
    const outside = new Set([...all.addresses[4]].filter((address) => text.includes(`"PublicIp":"${address}"`)));
    const near = emptyCorners();
    const doors = emptyCorners();
    const ids = [row.SubnetId, row.VpcId, ...[...text.matchAll(/"GroupId":"([^"]+)"/g)].map((found) => found[1])];
    for (const filter of filters) {
      if (!ids.some((id) => filter.text.includes(`"${id}"`))) continue;
      gather(near, filter.row);
      if (filter.row.GroupId !== undefined) gather(doors, filter.row.IpPermissions);
    }
    if (String(row.Description).startsWith('ELB')) {
      for (const region of estate.regions)
        for (const table of region.tables('elbv2.DescribeListeners').values()) gather(doors, table);
      gather(doors, rows(estate, 'elb.DescribeLoadBalancers'));
    }
    return {
      id: String(row.NetworkInterfaceId),
      vpc: String(row.VpcId),
      isNode: String(row.Description).startsWith('ELB net/'),
      inside: { 4: new Set([...all.addresses[4]].filter((one) => !outside.has(one))), 6: all.addresses[6] },
      outside: { 4: outside, 6: all.addresses[6] },
      near,
      doors,
    };
  });
}

/** Where packets of an entry to a VPC probably come from, and which VPCs they can get to. */
interface Likely {
  readonly from: (address: string, vpc: string) => boolean;
  readonly to: (vpc: string) => boolean;
}

const unicast = new Map<string, boolean>();

function isUnicast(address: string): boolean {
  const known = unicast.get(address) ?? ipaddr.parse(address).range() === 'unicast';
  unicast.set(address, known);
  return known;
}

/** The VPCs that have a subnet of an address. */
function homesOf(estate: Estate): (address: string) => readonly string[] {
  const subnets = rows(estate, 'ec2.DescribeSubnets').map((row) => ({
    vpc: String(row.VpcId),
    ranges: [...JSON.stringify(row).matchAll(/"([0-9a-f.:]+\/\d+)"/g)].map((found) => ipaddr.parseCIDR(found[1] ?? '')),
  }));
  const homes = new Map<string, readonly string[]>();
  return (address) => {
    const known = homes.get(address);
    if (known !== undefined) return known;
    const parsed = ipaddr.parse(address);
    const found = subnets.filter(({ ranges }) =>
      ranges.some(([base, length]) => base.kind() === parsed.kind() && parsed.match(base, length)),
    );
    const made = found.map(({ vpc }) => vpc);
    homes.set(address, made);
    return made;
  };
}

function likely(estate: Estate, entry: Entry, homes: (address: string) => readonly string[]): Likely {
  const about = (call: CallId, id: string): string =>
    JSON.stringify(rows(estate, call).filter((row) => JSON.stringify(row).includes(`"${id}"`)));
  const within = (address: string, isVpc: (vpc: string) => boolean): boolean => homes(address).some(isVpc);
  switch (entry.kind) {
    case 'internet':
      return { from: isUnicast, to: () => true };
    case 'peering': {
      const text = about('ec2.DescribeVpcPeeringConnections', entry.id);
      const joined = (vpc: string): boolean => text.includes(`"${vpc}"`);
      return { from: (address, receiver) => within(address, (vpc) => vpc !== receiver && joined(vpc)), to: joined };
    }
    case 'vpn-gateway': {
      const text = about('ec2.DescribeVpnGateways', entry.id);
      return { from: (address) => address.startsWith('192.168.'), to: (vpc) => text.includes(`"${vpc}"`) };
    }
    case 'transit-gateway': {
      const mine = rows(estate, 'ec2.DescribeTransitGatewayAttachments').find(
        (row) => row.TransitGatewayAttachmentId === entry.attachment,
      );
      const from = (address: string, receiver: string): boolean =>
        mine?.ResourceType === 'vpc' && mine.ResourceId !== receiver
          ? within(address, (vpc) => vpc === mine.ResourceId)
          : address.startsWith('192.168.') || within(address, (vpc) => vpc !== receiver);
      return { from, to: () => true };
    }
    default:
      return { from: () => true, to: () => true };
  }
}

interface Pair {
  readonly entry: Entry;
  readonly family: 4 | 6;
  readonly destination: string;
  readonly receiver: Interface;
  readonly sources: readonly string[];
  readonly likely: readonly string[];
  readonly near: readonly string[];
}

function pairsOf(estate: Estate, corners: Corners): Pair[][] {
  const interfaces = interfacesOf(estate);
  const homes = homesOf(estate);
  const byKind = new Map<string, Pair[]>();
  for (const entry of entriesOf(estate)) {
    const sender = entry.kind === 'interface' ? interfaces.find((one) => one.id === entry.id) : undefined;
    const { from, to } = likely(estate, entry, homes);
    for (const family of [4, 6] as const) {
      const sources = [...(sender?.inside[family] ?? corners.addresses[family])].sort();
      const byVpc = new Map<string, readonly string[]>();
      for (const receiver of interfaces) {
        if (!to(receiver.vpc) || (entry.kind === 'private-link' && !receiver.isNode)) continue;
        const probable = byVpc.get(receiver.vpc) ?? sources.filter((source) => from(source, receiver.vpc));
        byVpc.set(receiver.vpc, probable);
        const near = probable.filter((source) => receiver.near.addresses[family].has(source));
        const destinations = new Set([
          ...(entry.kind === 'internet' && family === 4 ? [] : receiver.inside[family]),
          ...(entry.kind === 'internet' || entry.kind === 'interface' ? receiver.outside[family] : []),
        ]);
        const pairs = byKind.get(entry.kind) ?? [];
        for (const destination of destinations) {
          if (sources.length > 0) pairs.push({ entry, family, destination, receiver, sources, likely: probable, near });
        }
        byKind.set(entry.kind, pairs);
      }
    }
  }
  return [...byKind.values()].filter((pairs) => pairs.length > 0);
}

/**
 * At most `limit` probes, spread over kinds of entries and destinations and repeatable by `seed`. Three quarters are made of corners of the
 * receiver's own filters and of likely sources and client ports, as most combinations would otherwise end at one filter.
 */
export function cornerPackets(estate: Estate, options: { readonly limit?: number; readonly seed?: number } = {}): Probe[] {
  const { limit = 300, seed = 1 } = options;
  const dice = diceOf(seed);
  const corners = everything(estate);
  const kinds = pairsOf(estate, corners);
  const probes = new Map<string, Probe>();
  const ports = [...corners.ports];
  const one = <T>(otherwise: T, ...choices: readonly (readonly T[])[]): T => {
    const from = choices.find((choice, index) => choice.length > 0 && (index === choices.length - 1 || dice.chance(0.7))) ?? [];
    return from[dice.below(from.length)] ?? otherwise;
  };
  for (let count = 0; count < limit && kinds.length > 0; count++) {
    const pairs = kinds[count % kinds.length] ?? [];
    const pair = pairs[dice.below(pairs.length)];
    if (pair === undefined) continue;
    const { entry, family, destination, receiver } = pair;
    const packet: Packet = {
      family,
      protocol: dice.chance(0.7) ? 'tcp' : 'udp',
      source: one('', pair.near, pair.likely, pair.sources),
      sourcePort: dice.chance(0.5) ? 49152 : one(1024, [...receiver.near.ports], ports),
      destination,
      destinationPort: one(22, [...receiver.doors.ports], [...receiver.near.ports], ports),
    };
    probes.set(JSON.stringify([entry, packet]), { entry, packet });
  }
  return [...probes.values()];
}
