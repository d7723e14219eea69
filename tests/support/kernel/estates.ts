/** Random estates without what namespaces do not stand for here: rows of them are taken away, and what is left is an estate still. */
import { CALLS, type CallId } from '../../../src/estate/calls.ts';
import type { Estate, Row, Table } from '../../../src/estate/estate.ts';
import { type Answer, memoryEstate } from '../../../src/estate/memory.ts';
import { text } from '../../../src/inventory/values.ts';
import { randomEstate } from '../estates/random.ts';
import { objects } from './filters.ts';

const WITHOUT: ReadonlySet<CallId> = new Set([
  'ec2.DescribeVpcBlockPublicAccessOptions',
  'ec2.DescribeNatGateways',
  'ec2.DescribeEgressOnlyInternetGateways',
  'ec2.DescribeTransitGateways',
  'ec2.DescribeTransitGatewayAttachments',
  'ec2.DescribeTransitGatewayVpcAttachments',
  'ec2.DescribeTransitGatewayRouteTables',
  'elbv2.DescribeLoadBalancers',
  'elbv2.DescribeTargetGroups',
  'elb.DescribeLoadBalancers',
]);

/** Targets of routes that are built; `igw-other` is none of the VPC's. */
const TARGETS = ['GatewayId', 'VpcPeeringConnectionId'];

function without(call: CallId, rows: readonly Row[]): readonly Row[] {
  if (WITHOUT.has(call)) return [];
  if (call === 'ec2.DescribeNetworkInterfaces') {
    return rows
      .filter((row) => row.InterfaceType === 'interface' && text(row.Description) === undefined)
      .map((row) => ({ ...row, SourceDestCheck: true, Ipv4Prefixes: [], Ipv6Prefixes: [] }));
  }
  if (call !== 'ec2.DescribeRouteTables') return rows;
  return rows
    .filter((row) => objects(row.Associations).every(({ GatewayId }) => GatewayId === undefined))
    .map((row) => ({
      ...row,
      Routes: objects(row.Routes).filter((route) => TARGETS.some((member) => text(route[member]) !== undefined)),
    }));
}

/** An estate whose rows are others. */
function mapped(estate: Estate, change: (call: CallId, rows: readonly Row[]) => readonly Row[]): Estate {
  const answerOf = (call: CallId, table: Table): Answer | undefined => {
    if (table.kind === 'absent') return undefined;
    return table.kind === 'rows' ? change(call, table.rows) : { code: table.code, message: table.message };
  };
  const calls = Object.keys(CALLS).filter((call): call is CallId => call in CALLS);
  const known = (call: CallId, things: Iterable<readonly [string, Table]>) =>
    Object.fromEntries([...things].flatMap(([thing, table]) => [[thing, answerOf(call, table) ?? []]]));
  return memoryEstate(
    estate.regions.map((region) => ({
      account: region.account,
      region: region.region,
      tables: Object.fromEntries(calls.flatMap((call) => [[call, answerOf(call, region.table(call)) ?? []]])),
      perTables: Object.fromEntries(calls.map((call) => [call, known(call, region.tables(call))])),
    })),
  );
}

/** A random estate; every other one of both families, with references to groups, prefix lists, several addresses and VPN gateways. */
export function kernelEstate(seed: number): Estate {
  return seed % 2 === 0 ? randomEstate(seed, { kernel: true }) : mapped(randomEstate(seed), without);
}

const OPEN = [false, true].flatMap((Egress) =>
  [{ CidrBlock: '0.0.0.0/0' }, { Ipv6CidrBlock: '::/0' }].map((range, place) => ({
    RuleNumber: 1 + place,
    RuleAction: 'allow',
    Protocol: '-1',
    Egress,
    ...range,
  })),
);

/** An estate as one would see it who overlooks network ACLs, blackholes, or that rules of groups are for the first packet only. */
export function withoutFilters(estate: Estate, overlooked: 'acls' | 'blackholes' | 'groups'): Estate {
  return mapped(estate, (call, rows) => {
    if (overlooked === 'acls' && call === 'ec2.DescribeNetworkAcls') return rows.map((row) => ({ ...row, Entries: OPEN }));
    if (overlooked === 'blackholes' && call === 'ec2.DescribeRouteTables')
      return rows.map((row) => ({ ...row, Routes: objects(row.Routes).filter(({ State }) => State !== 'blackhole') }));
    if (overlooked === 'groups' && call === 'ec2.DescribeSecurityGroups')
      return rows.map((row) => ({ ...row, IpPermissions: row.IpPermissionsEgress }));
    return rows;
  });
}
