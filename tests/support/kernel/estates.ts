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

function answerOf(call: CallId, table: Table): Answer | undefined {
  if (table.kind === 'absent') return undefined;
  return table.kind === 'rows' ? without(call, table.rows) : { code: table.code, message: table.message };
}

/** A random estate of both families, with references to groups, prefix lists, several addresses and VPN gateways; every other one is simpler. */
export function kernelEstate(seed: number): Estate {
  if (seed % 2 === 0) return randomEstate(seed, { kernel: true });
  const calls = Object.keys(CALLS).filter((call): call is CallId => call in CALLS);
  return memoryEstate(
    randomEstate(seed).regions.map((region) => ({
      account: region.account,
      region: region.region,
      tables: Object.fromEntries(
        calls.flatMap((call) => {
          const answer = answerOf(call, region.table(call));
          return answer === undefined ? [] : [[call, answer]];
        }),
      ),
      perTables: Object.fromEntries(
        calls.map((call) => [
          call,
          Object.fromEntries([...region.tables(call)].map(([thing, table]) => [thing, answerOf(call, table) ?? []])),
        ]),
      ),
    })),
  );
}
