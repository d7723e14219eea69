/** Changes of an estate's rows that must change what is reached in a known way, or not at all. */
import ipaddr from 'ipaddr.js';
import { CALLS, type CallId } from '../../../src/estate/calls.ts';
import type { Estate, Row } from '../../../src/estate/estate.ts';
import { type Answer, memoryEstate } from '../../../src/estate/memory.ts';
import { fields } from '../../../src/inventory/values.ts';
import { rowsOf } from '../../../src/network/interpret/rows.ts';
import type { diceOf } from './random.ts';

type Dice = ReturnType<typeof diceOf>;
type Table = ReturnType<Estate['regions'][number]['table']>;

function answerOf(table: Table, change: (rows: readonly Row[]) => readonly Row[]): Answer {
  if (table.kind === 'rows') return change(table.rows);
  return table.kind === 'failed' ? { code: table.code, message: table.message } : { code: 'Absent', message: 'absent' };
}

/** The estate with each call's rows changed; `rename` changes the things that calls are asked for. */
export function rewrite(
  estate: Estate,
  change: (call: CallId, rows: readonly Row[]) => readonly Row[],
  rename: (thing: string) => string = (thing) => thing,
): Estate {
  return memoryEstate(
    estate.regions.map(({ account, region, table, tables }) => {
      const single: Partial<Record<CallId, Answer>> = {};
      const several: Partial<Record<CallId, Record<string, Answer>>> = {};
      for (const call of Object.keys(CALLS) as CallId[]) {
        const rows = (all: readonly Row[]) => change(call, all);
        const own = table(call);
        if (own.kind !== 'absent') single[call] = answerOf(own, rows);
        const each = [...tables(call)];
        if (each.length > 0) several[call] = Object.fromEntries(each.map(([thing, one]) => [rename(thing), answerOf(one, rows)]));
      }
      return { account, region, tables: single, perTables: several };
    }),
  );
}

/** Changes the rows of one call only. */
export function changing(estate: Estate, call: CallId, change: (row: Row, index: number) => Row): Estate {
  return rewrite(estate, (asked, rows) => (asked === call ? rows.map(change) : rows));
}

/** Another order of everything that has none. */
export function shuffled<T>(dice: Dice, list: readonly T[]): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(dice.below(left.length), 1));
}

/** Every list inside a row in another order. */
export function shuffledRow(dice: Dice, row: Row): Row {
  const mix = (value: unknown): unknown => {
    if (Array.isArray(value)) return shuffled(dice, value).map(mix);
    const inner = fields(value);
    return inner === undefined ? value : Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, mix(one)]));
  };
  return fields(mix(row)) ?? row;
}

/** The two halves of a range; of a single address itself. */
export function halves(cidr: string): readonly string[] {
  const [address, length] = ipaddr.parseCIDR(cidr);
  const bytes = address.toByteArray();
  if (length >= bytes.length * 8) return [cidr];
  const low = bytes.map((byte, index) => byte & ((0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff));
  const high = low.map((byte, index) => (index === length >> 3 ? byte | (0x80 >> (length & 7)) : byte));
  return [low, high].map((half) => `${ipaddr.fromByteArray(half)}/${length + 1}`);
}

/** Entries of a network ACL, the kept final denials apart. */
export function entriesOf(row: Row): { readonly own: readonly Row[]; readonly last: readonly Row[] } {
  const all = rowsOf(row.Entries);
  const isLast = ({ RuleNumber }: Row) => typeof RuleNumber === 'number' && RuleNumber >= 32_767;
  return { own: all.filter((entry) => !isLast(entry)), last: all.filter(isLast) };
}

/** Ids with their ends turned round: twice gives the first again, and hardly any order survives. */
export function renamed(text: string): string {
  const pattern = /\b(vpce-svc|vpce|vpc|subnet|sg|eni|eigw|igw|vgw|pcx|tgw-attach|tgw-rtb|tgw|nat|acl|rtb|pl|i)-([0-9a-z-]+)/g;
  return text.replace(pattern, (_, kind: string, rest: string) => `${kind}-${[...rest].reverse().join('')}`);
}

/** An IPv4 range or address at the same place in an IPv6 network. */
export function mapped(text: string): string {
  const [address = '', length] = text.split('/');
  const bytes = ipaddr.IPv4.parse(address).toByteArray();
  const six = ipaddr.fromByteArray([0x2a, 0x00, 0x44, 0x44, ...bytes, 0, 0, 0, 0, 0, 0, 0, 0]).toString();
  return length === undefined ? six : `${six}/${32 + Number(length)}`;
}

const BLOCKS = { AssociationSet: 'CidrBlockState', Set: undefined } as const;

/** Rows of a network of IPv4 as those of the same one of IPv6; what has no counterpart stays. */
export function asIpv6(call: CallId, row: Row): Row {
  const text = (value: unknown) => (typeof value === 'string' ? mapped(value) : undefined);
  const list = (value: unknown) => rowsOf(value).map((one) => ({ CidrIpv6: text(one.CidrIp) }));
  const rules = (value: unknown) =>
    rowsOf(value).map(({ IpRanges, ...rule }) => ({ ...rule, IpRanges: [], Ipv6Ranges: list(IpRanges) }));
  const blocks = (value: unknown) =>
    rowsOf(value).map((one) => ({ Ipv6CidrBlock: text(one.CidrBlock), Ipv6CidrBlockState: one[BLOCKS.AssociationSet] }));
  switch (call) {
    case 'ec2.DescribeSecurityGroups':
      return { ...row, IpPermissions: rules(row.IpPermissions), IpPermissionsEgress: rules(row.IpPermissionsEgress) };
    case 'ec2.DescribeNetworkAcls': {
      const entry = ({ CidrBlock, ...one }: Row): Row => ({ ...one, Ipv6CidrBlock: text(CidrBlock) ?? one.Ipv6CidrBlock });
      return { ...row, Entries: rowsOf(row.Entries).map(entry) };
    }
    case 'ec2.DescribeRouteTables': {
      const route = ({ DestinationCidrBlock, ...one }: Row): Row => ({
        ...one,
        DestinationIpv6CidrBlock: text(DestinationCidrBlock),
      });
      return { ...row, Routes: rowsOf(row.Routes).map(route) };
    }
    case 'ec2.DescribeVpcs':
    case 'ec2.DescribeSubnets': {
      const { CidrBlock, CidrBlockAssociationSet = [{ CidrBlock }], ...rest } = row;
      return { ...rest, Ipv6CidrBlockAssociationSet: blocks(CidrBlockAssociationSet) };
    }
    case 'ec2.DescribeVpcPeeringConnections': {
      const side = (value: unknown) => {
        const { CidrBlock, CidrBlockSet, ...rest } = fields(value) ?? {};
        return { ...rest, Ipv6CidrBlockSet: blocks(CidrBlockSet) };
      };
      return { ...row, RequesterVpcInfo: side(row.RequesterVpcInfo), AccepterVpcInfo: side(row.AccepterVpcInfo) };
    }
    case 'ec2.DescribeNetworkInterfaces': {
      const { PrivateIpAddress, PrivateIpAddresses, Association, ...rest } = row;
      return { ...rest, Ipv6Addresses: rowsOf(PrivateIpAddresses).map((one) => ({ Ipv6Address: text(one.PrivateIpAddress) })) };
    }
    default:
      return row;
  }
}
