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

function addRange(corners: Corners, text: string): void {
  if (!ipaddr.isValidCIDR(text)) {
    if (ipaddr.isValid(text) && /[.:].*[.:]/.test(text))
      corners.addresses[text.includes(':') ? 6 : 4].add(ipaddr.parse(text).toString());
    return;
  }
  const [address, length] = ipaddr.parseCIDR(text);
  const family = address.kind() === 'ipv4' ? 4 : 6;
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
  for (const one of [step(low, -1), low.toString(), high.toString(), step(high, 1)]) {
    if (one !== undefined) corners.addresses[family].add(one);
  }
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
  readonly inside: Record<4 | 6, Set<string>>;
  readonly outside: Record<4 | 6, Set<string>>;
  /** The corners of its own groups and of its subnet's network ACL and routes. */
  readonly near: Corners;
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
    const ids = [row.SubnetId, row.VpcId, ...[...text.matchAll(/"GroupId":"([^"]+)"/g)].map((found) => found[1])];
    for (const filter of filters) if (ids.some((id) => filter.text.includes(`"${id}"`))) gather(near, filter.row);
    if (String(row.Description).startsWith('ELB')) {
      for (const region of estate.regions)
        for (const table of region.tables('elbv2.DescribeListeners').values()) gather(near, table);
      gather(near, rows(estate, 'elb.DescribeLoadBalancers'));
    }
    return {
      id: String(row.NetworkInterfaceId),
      vpc: String(row.VpcId),
      inside: { 4: new Set([...all.addresses[4]].filter((one) => !outside.has(one))), 6: all.addresses[6] },
      outside: { 4: outside, 6: all.addresses[6] },
      near,
    };
  });
}

/** Where packets of an entry probably come from, and which VPCs they can get to. */
function likely(estate: Estate, entry: Entry): { from: (address: string) => boolean; to: (vpc: string) => boolean } {
  const internal = (address: string): boolean => !['unicast', 'ipv4Mapped'].includes(ipaddr.parse(address).range());
  const about = (call: CallId, id: string) => rows(estate, call).filter((row) => JSON.stringify(row).includes(`"${id}"`));
  if (entry.kind === 'internet') return { from: (address) => !internal(address), to: () => true };
  if (entry.kind === 'peering') {
    const text = JSON.stringify(about('ec2.DescribeVpcPeeringConnections', entry.id));
    const blocks = [...new Set([...text.matchAll(/"([^"]+\/\d+)"/g)].map((found) => found[1] ?? ''))].filter((block) =>
      ipaddr.isValidCIDR(block),
    );
    return {
      from: (address) => {
        const parsed = ipaddr.parse(address);
        return blocks.some((block) => {
          const [base, length] = ipaddr.parseCIDR(block);
          return base.kind() === parsed.kind() && parsed.match(base, length);
        });
      },
      to: (vpc) => text.includes(`"${vpc}"`),
    };
  }
  if (entry.kind === 'vpn-gateway') {
    const text = JSON.stringify(about('ec2.DescribeVpnGateways', entry.id));
    return { from: (address) => address.startsWith('192.168.'), to: (vpc) => text.includes(`"${vpc}"`) };
  }
  return { from: internal, to: () => true };
}

interface Pair {
  readonly entry: Entry;
  readonly family: 4 | 6;
  readonly destination: string;
  readonly receiver: Interface;
  readonly sources: readonly string[];
  readonly likely: readonly string[];
}

function pairsOf(estate: Estate, corners: Corners): Pair[][] {
  const interfaces = interfacesOf(estate);
  const byKind = new Map<string, Pair[]>();
  for (const entry of entriesOf(estate)) {
    const sender = entry.kind === 'interface' ? interfaces.find((one) => one.id === entry.id) : undefined;
    const { from, to } = likely(estate, entry);
    for (const family of [4, 6] as const) {
      const sources = [...(sender?.inside[family] ?? corners.addresses[family])].sort();
      const probable = sender === undefined ? sources.filter(from) : sources;
      for (const receiver of interfaces) {
        if (!to(receiver.vpc)) continue;
        const destinations = new Set([
          ...(entry.kind === 'internet' && family === 4 ? [] : receiver.inside[family]),
          ...(entry.kind === 'internet' || entry.kind === 'interface' ? receiver.outside[family] : []),
        ]);
        const pairs = byKind.get(entry.kind) ?? [];
        for (const destination of destinations) {
          if (sources.length > 0) pairs.push({ entry, family, destination, receiver, sources, likely: probable });
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
  const one = <T>(preferred: readonly T[], all: readonly T[], otherwise: T): T => {
    const from = preferred.length > 0 && dice.chance(0.75) ? preferred : all;
    return from[dice.below(from.length)] ?? otherwise;
  };
  const ports = [...corners.ports];
  for (let count = 0; count < limit && kinds.length > 0; count++) {
    const pairs = kinds[count % kinds.length] ?? [];
    const pair = pairs[dice.below(pairs.length)];
    if (pair === undefined) continue;
    const { entry, family, destination, sources, receiver } = pair;
    const nearPorts = [...receiver.near.ports];
    const near = pair.likely.filter((source) => receiver.near.addresses[family].has(source));
    const packet: Packet = {
      family,
      protocol: dice.chance(0.7) ? 'tcp' : 'udp',
      source: one(near, pair.likely.length > 0 && dice.chance(0.75) ? pair.likely : sources, ''),
      sourcePort: dice.chance(0.5) ? 49152 : one(nearPorts, ports, 1024),
      destination,
      destinationPort: one(nearPorts, ports, 22),
    };
    probes.set(JSON.stringify([entry, packet]), { entry, packet });
  }
  return [...probes.values()];
}
