/** Security groups and network ACLs as nftables rules, one for each rule and range. */
import type { Row } from '../../../src/estate/estate.ts';
import { fields, items, text } from '../../../src/inventory/values.ts';

export type Side = 'inbound' | 'outbound';

export function objects(value: unknown): Row[] {
  return items(value)
    .map(fields)
    .filter((row) => row !== undefined);
}

/** An address match; nftables has one for each family. */
function peer(side: Side, range: string): string {
  return `${range.includes(':') ? 'ip6' : 'ip'} ${side === 'inbound' ? 'saddr' : 'daddr'} ${range}`;
}

const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', tcp: 'tcp', '17': 'udp', udp: 'udp', '-1': '' };

/** A protocol and its ports; undefined for one that no probe is of. */
function service(protocol: string, from: unknown, to: unknown): string | undefined {
  const name = PROTOCOLS[protocol];
  if (name === undefined || name === '') return name;
  return typeof from === 'number' && typeof to === 'number' ? `${name} dport ${from}-${to}` : `meta l4proto ${name}`;
}

/** What the groups let through: `members` gives the private addresses of a group, `entries` the ranges of a prefix list. */
export function groupRules(
  groups: readonly Row[],
  side: Side,
  members: (group: string) => readonly string[],
  entries: (list: string) => readonly string[],
): string[] {
  return groups
    .flatMap((group) => objects(side === 'inbound' ? group.IpPermissions : group.IpPermissionsEgress))
    .flatMap((permission) => {
      const match = service(text(permission.IpProtocol) ?? '', permission.FromPort, permission.ToPort);
      if (match === undefined) return [];
      const ranges = [
        ...objects(permission.IpRanges).flatMap((range) => text(range.CidrIp) ?? []),
        ...objects(permission.Ipv6Ranges).flatMap((range) => text(range.CidrIpv6) ?? []),
        ...objects(permission.PrefixListIds).flatMap((list) => entries(text(list.PrefixListId) ?? '')),
        ...objects(permission.UserIdGroupPairs).flatMap((pair) => members(text(pair.GroupId) ?? '')),
      ];
      return ranges.map((range) => `${peer(side, range)} ${match} accept`);
    });
}

/** The filter of an interface: stateful, so that replies pass whatever the rules say. Neighbours may always be asked for. */
export function interfaceFilter(inbound: readonly string[], outbound: readonly string[]): string {
  const chain = (name: string, hook: string, rules: readonly string[]): string[] => [
    `chain ${name} {`,
    `type filter hook ${hook} priority 0; policy drop;`,
    'ct state established accept',
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
    ...rules,
    '}',
  ];
  return ['table inet groups {', ...chain('inbound', 'input', inbound), ...chain('outbound', 'output', outbound), '}', ''].join(
    '\n',
  );
}

/**
 * The filter of a subnet whose interfaces are behind `inner`: no state is kept, and the first entry that matches decides. It does not
 * concern the strangers, who speak through peerings only.
 */
export function subnetFilter(acl: Row | undefined, inner: string, strangers: string, peerings: readonly string[]): string {
  const rules = (side: Side): string[] =>
    objects(acl?.Entries)
      .filter((entry) => (entry.Egress === true) === (side === 'outbound'))
      .sort((left, right) => Number(left.RuleNumber) - Number(right.RuleNumber))
      .flatMap((entry) => {
        const ports = fields(entry.PortRange);
        const match = service(text(entry.Protocol) ?? '', ports?.From, ports?.To);
        const range = text(entry.CidrBlock) ?? text(entry.Ipv6CidrBlock) ?? '';
        return match === undefined ? [] : [`${peer(side, range)} ${match} ${entry.RuleAction === 'allow' ? 'accept' : 'drop'}`];
      });
  return [
    'table inet acl {',
    ...(['inbound', 'outbound'] as const).flatMap((side) => [`chain ${side} {`, ...rules(side), 'drop', '}']),
    'chain across {',
    'type filter hook forward priority 0; policy accept;',
    ...peerings.flatMap((device) => [
      `iifname "${strangers}" oifname "${device}" accept`,
      `iifname "${device}" oifname "${strangers}" accept`,
    ]),
    `iifname "${strangers}" drop`,
    `oifname "${strangers}" drop`,
    `iifname "${inner}" oifname != "${inner}" jump outbound`,
    `iifname != "${inner}" oifname "${inner}" jump inbound`,
    '}',
    '}',
    '',
  ].join('\n');
}

/** What is handed on at all. */
export function forwardFilter(rules: readonly string[]): string {
  const chain = ['chain across {', 'type filter hook forward priority 0; policy drop;', ...rules, '}'];
  return ['table inet through {', ...chain, '}', ''].join('\n');
}

/** One-to-one translation without state between the outside and an interface's private addresses; IPv6 passes as it is. */
export function gatewayFilter(outside: string, mapped: readonly (readonly [inside: string, outside: string])[]): string {
  const map = (name: string, pairs: readonly (readonly [string, string])[]): string[] => [
    `map ${name} {`,
    'type ipv4_addr : ipv4_addr',
    ...(pairs.length === 0 ? [] : [`elements = { ${pairs.map(([from, to]) => `${from} : ${to}`).join(', ')} }`]),
    '}',
  ];
  return [
    'table ip translation {',
    ...map('public', mapped),
    ...map(
      'private',
      mapped.map(([inside, out]) => [out, inside] as const),
    ),
    'chain arriving {',
    'type filter hook prerouting priority raw;',
    `iifname "${outside}" ip daddr set ip daddr map @private meta mark set 1 accept`,
    `iifname "${outside}" drop`,
    '}',
    'chain leaving {',
    'type filter hook postrouting priority raw;',
    `oifname "${outside}" ip saddr set ip saddr map @public meta mark set 1 accept`,
    `oifname "${outside}" drop`,
    '}',
    '}',
    forwardFilter([`iifname "${outside}" oifname != "${outside}" accept`, `iifname != "${outside}" oifname "${outside}" accept`]),
  ].join('\n');
}
