/** What the kernel's namespaces are made of, read from the rows as AWS gives them; it shares no code with what is judged. */
import ipaddr from 'ipaddr.js';
import type { CallId } from '../../../src/estate/calls.ts';
import type { Estate, Row } from '../../../src/estate/estate.ts';
import { fields, text } from '../../../src/inventory/values.ts';
import { objects } from './filters.ts';

export interface Interface {
  readonly id: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly addresses: readonly string[];
  /** Private and public address. */
  readonly mapped: readonly (readonly [string, string])[];
  readonly groups: readonly string[];
}

export interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly ranges: readonly string[];
}

export interface World {
  readonly interfaces: readonly Interface[];
  readonly subnets: readonly Subnet[];
  /** VPCs by the peerings that join them. */
  readonly peerings: ReadonlyMap<string, readonly string[]>;
  /** VPCs by the VPN gateways that are attached to them. */
  readonly vpnGateways: ReadonlyMap<string, string>;
  /** Address ranges of all VPCs. */
  readonly ranges: readonly string[];
  readonly rows: (call: CallId) => readonly Row[];
  /** The ranges of a prefix list. */
  readonly listed: (list: string) => readonly string[];
}

export function holds(range: string, address: string): boolean {
  const [base, length] = ipaddr.parseCIDR(range);
  const parsed = ipaddr.parse(address);
  return base.kind() === parsed.kind() && parsed.match(base, length);
}

export function readWorld(estate: Estate): World {
  const [region, ...others] = estate.regions;
  if (region === undefined || others.length > 0) throw new Error('the kernel takes estates of one region');
  const rows = (call: CallId): readonly Row[] => {
    const table = region.table(call);
    return table.kind === 'rows' ? table.rows : [];
  };
  const blocks = (row: Row): string[] => [
    ...new Set([
      ...(text(row.CidrBlock) === undefined ? [] : [text(row.CidrBlock) ?? '']),
      ...objects(row.CidrBlockAssociationSet).flatMap((block) => text(block.CidrBlock) ?? []),
      ...objects(row.Ipv6CidrBlockAssociationSet).flatMap((block) => text(block.Ipv6CidrBlock) ?? []),
    ]),
  ];
  const id = (row: Row, member: string): string => text(row[member]) ?? '';
  return {
    rows,
    listed: (list) => {
      const table = region.tables('ec2.GetManagedPrefixListEntries').get(list);
      return table?.kind === 'rows' ? table.rows.flatMap((row) => text(row.Cidr) ?? []) : [];
    },
    vpnGateways: new Map(
      rows('ec2.DescribeVpnGateways').flatMap((row) =>
        objects(row.VpcAttachments).flatMap(({ State, VpcId }) =>
          State === 'attached' ? [[id(row, 'VpnGatewayId'), text(VpcId) ?? ''] as const] : [],
        ),
      ),
    ),
    ranges: rows('ec2.DescribeVpcs').flatMap(blocks),
    subnets: rows('ec2.DescribeSubnets').map((row) => ({ id: id(row, 'SubnetId'), vpc: id(row, 'VpcId'), ranges: blocks(row) })),
    interfaces: rows('ec2.DescribeNetworkInterfaces').map((row) => ({
      id: id(row, 'NetworkInterfaceId'),
      vpc: id(row, 'VpcId'),
      subnet: id(row, 'SubnetId'),
      addresses: [
        ...objects(row.PrivateIpAddresses).flatMap((one) => text(one.PrivateIpAddress) ?? []),
        ...objects(row.Ipv6Addresses).flatMap((one) => text(one.Ipv6Address) ?? []),
      ],
      mapped: objects(row.PrivateIpAddresses).flatMap((one) => {
        const [inside, outside] = [text(one.PrivateIpAddress), text(fields(one.Association)?.PublicIp)];
        return inside === undefined || outside === undefined ? [] : [[inside, outside] as const];
      }),
      groups: objects(row.Groups).flatMap((group) => text(group.GroupId) ?? []),
    })),
    peerings: new Map(
      rows('ec2.DescribeVpcPeeringConnections')
        .filter((row) => fields(row.Status)?.Code === 'active')
        .map((row) => [
          id(row, 'VpcPeeringConnectionId'),
          [row.RequesterVpcInfo, row.AccepterVpcInfo].map((side) => text(fields(side)?.VpcId) ?? ''),
        ]),
    ),
  };
}

/** The row that is associated with a subnet, or else the VPC's own. */
function rowOf(rows: readonly Row[], { id, vpc }: Subnet, isDefault: (row: Row) => boolean): Row | undefined {
  const own = rows.find((row) => objects(row.Associations).some((association) => association.SubnetId === id));
  return own ?? rows.find((row) => row.VpcId === vpc && isDefault(row));
}

export function networkAclOf(world: World, subnet: Subnet): Row | undefined {
  return rowOf(world.rows('ec2.DescribeNetworkAcls'), subnet, (row) => row.IsDefault === true);
}

export function routeTableOf(world: World, subnet: Subnet): Row | undefined {
  const isMain = (row: Row): boolean => objects(row.Associations).some((association) => association.Main === true);
  return rowOf(world.rows('ec2.DescribeRouteTables'), subnet, isMain);
}

/** Whether an address is of a network that a VPC's route tables send to its VPN gateway. */
export function isBehind(world: World, gateway: string, address: string): boolean {
  const vpc = world.vpnGateways.get(gateway);
  const routes = world
    .rows('ec2.DescribeRouteTables')
    .flatMap((row) => (row.VpcId === vpc ? objects(row.Routes) : []))
    .filter((route) => route.GatewayId === gateway && route.State === 'active');
  const ranges = routes.flatMap((route) => text(route.DestinationCidrBlock) ?? text(route.DestinationIpv6CidrBlock) ?? []);
  return ranges.some((range) => holds(range, address)) && !world.ranges.some((range) => holds(range, address));
}
