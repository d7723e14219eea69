/** VPCs, subnets, route tables and the gateways of a region. */
import type { Row } from '../../estate/estate.ts';
import { fields, items, text } from '../../inventory/values.ts';
import type { Peering, Route, RouteTable, Subnet, Vpc } from '../model.ts';
import { firstText, isBlock, type Rows, rowsOf } from './rows.ts';

/** CIDR blocks of a VPC or subnet that are in use. */
function blocks(list: unknown, member: string, state: string): string[] {
  return rowsOf(list).flatMap((row) => {
    const now = text(fields(row[state])?.State) ?? 'associated';
    return now === 'associated' || now === 'associating' ? (text(row[member]) ?? []) : [];
  });
}

/** What a route leads to, in the order of how specific the member is; a NAT or gateway id stands in exactly one. */
const TARGETS = [
  'VpcPeeringConnectionId',
  'TransitGatewayId',
  'NatGatewayId',
  'EgressOnlyInternetGatewayId',
  'NetworkInterfaceId',
  'CarrierGatewayId',
  'LocalGatewayId',
  'CoreNetworkArn',
  'OdbNetworkArn',
  'InstanceId',
  'GatewayId',
] as const;

/** What a row of a route table says; `unclear` when it does not say where what goes. */
function routeOf(row: Row): Route | 'unclear' {
  const destination = firstText(row, 'DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId');
  const target = firstText(row, ...TARGETS);
  const blackhole = text(row.State) === 'blackhole';
  const isList = destination !== undefined && destination === text(row.DestinationPrefixListId);
  if (destination === undefined || (target === undefined && !blackhole)) return 'unclear';
  if (!isList && !isBlock(destination)) return 'unclear';
  return { destination, target: target ?? '', blackhole, propagated: text(row.Origin) === 'EnableVgwRoutePropagation' };
}

/** Two routes for one destination that lead to different places: which one counts is unknown. */
function contradicts(routes: readonly Route[]): boolean {
  const targets = new Map<string, string>();
  return routes.some(({ destination, propagated, target, blackhole }) => {
    const key = `${destination} ${propagated}`;
    const known = targets.get(key);
    targets.set(key, known ?? `${target} ${blackhole}`);
    return known !== undefined && known !== `${target} ${blackhole}`;
  });
}

export interface ReadTables {
  readonly tables: readonly RouteTable[];
  readonly bySubnet: ReadonlyMap<string, string>;
  readonly byGateway: ReadonlyMap<string, string>;
  /** By VPC: the table of subnets that none is associated with. */
  readonly main: ReadonlyMap<string, string>;
}

export function readRouteTables(rows: Rows): ReadTables {
  const tables: RouteTable[] = [];
  const bySubnet = new Map<string, string>();
  const byGateway = new Map<string, string>();
  const main = new Map<string, string>();
  for (const row of rows.of('ec2.DescribeRouteTables', 'routes')) {
    const id = rows.id(row, 'RouteTableId', 'ec2.DescribeRouteTables');
    if (id === undefined) continue;
    const vpc = text(row.VpcId) ?? '';
    // A route that the table filters out is listed but not used.
    const read = items(row.Routes)
      .map((route) => fields(route) ?? {})
      .flatMap((route) => (text(route.State) === 'filtered' ? [] : [routeOf(route)]));
    const unclear = !Array.isArray(row.Routes) || read.includes('unclear');
    if (unclear) rows.malformed('ec2.DescribeRouteTables', `a route of ${id} cannot be read`);
    const routes = read.filter((route) => route !== 'unclear');
    tables.push({ id, vpc, routes, ...(unclear || contradicts(routes) ? { unclear: true as const } : {}) });
    for (const association of rowsOf(row.Associations)) {
      const state = text(fields(association.AssociationState)?.State) ?? 'associated';
      if (state !== 'associated' && state !== 'associating') continue;
      const subnet = text(association.SubnetId);
      const gateway = text(association.GatewayId);
      if (subnet !== undefined) bySubnet.set(subnet, id);
      else if (gateway !== undefined) byGateway.set(gateway, id);
      else if (association.Main === true) main.set(vpc, id);
    }
  }
  return { tables, bySubnet, byGateway, main };
}

/** Gateways by the VPC they are attached to. */
function attached(list: readonly Row[], member: string, attachments: string): ReadonlyMap<string, string> {
  const byVpc = new Map<string, string>();
  for (const row of list) {
    const id = text(row[member]);
    if (id === undefined) continue;
    for (const attachment of rowsOf(row[attachments])) {
      const state = text(attachment.State) ?? 'attached';
      const vpc = text(attachment.VpcId);
      if (vpc !== undefined && (state === 'available' || state === 'attached')) byVpc.set(vpc, id);
    }
  }
  return byVpc;
}

interface Blocking {
  /** Undefined when it is not known. */
  readonly all?: boolean;
  /** VPCs and subnets that are excluded. */
  readonly excluded: ReadonlySet<string>;
  /** Those of which that is being changed. */
  readonly changing: ReadonlySet<string>;
}

const LIVE = /^(?:create-complete|update-complete)$/;
const DEAD = /^(?:create-failed|delete-complete|disable-complete)$/;

/** `block-bidirectional` and `block-ingress` both stop what comes in; exclusions for egress do not let it in. */
function blocking(rows: Rows): Blocking {
  const none: ReadonlySet<string> = new Set();
  const call = 'ec2.DescribeVpcBlockPublicAccessOptions';
  const options = rows.of(call, 'public-access')[0];
  const mode = rows.has(call) ? (options === undefined ? 'off' : text(options.InternetGatewayBlockMode)) : undefined;
  if (mode === 'off') return { all: false, excluded: none, changing: none };
  const isOn = mode === 'block-bidirectional' || mode === 'block-ingress';
  if (isOn && text(options?.ExclusionsAllowed) === 'not-allowed') return { all: true, excluded: none, changing: none };
  const exclusions = rows.of('ec2.DescribeVpcBlockPublicAccessExclusions', isOn ? 'public-access' : undefined);
  const named = (wanted: (state: string) => boolean) =>
    new Set(
      exclusions.flatMap((row) => {
        const both = text(row.InternetGatewayExclusionMode) === 'allow-bidirectional';
        // `arn:aws:ec2:…:subnet/subnet-1` or `…:vpc/vpc-1`.
        return both && wanted(text(row.State) ?? '') ? ((text(row.ResourceArn) ?? '').split('/').at(-1) ?? []) : [];
      }),
    );
  const known = isOn && rows.has('ec2.DescribeVpcBlockPublicAccessExclusions');
  return {
    ...(known ? { all: true } : {}),
    excluded: named((state) => LIVE.test(state)),
    changing: named((state) => !LIVE.test(state) && !DEAD.test(state)),
  };
}

/** Whether public access to a VPC is blocked; an exclusion in change, of it or of a subnet, leaves that open. */
function isBlocked({ all, excluded, changing }: Blocking, vpc: string, subnets: readonly string[]): { blocked?: boolean } {
  if (all === false || excluded.has(vpc)) return { blocked: false };
  const open = all === undefined || [vpc, ...subnets].some((id) => changing.has(id));
  return open ? {} : { blocked: true };
}

export interface ReadVpcs {
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
}

function idsOf(subnets: readonly Row[], vpc: string): string[] {
  return subnets.flatMap((row) => (text(row.VpcId) === vpc ? (text(row.SubnetId) ?? []) : []));
}

export function readVpcs(
  rows: Rows,
  tables: ReadTables,
  acls: { bySubnet: ReadonlyMap<string, string>; defaults: ReadonlyMap<string, string> },
): ReadVpcs {
  const igws = attached(rows.of('ec2.DescribeInternetGateways', 'gateways'), 'InternetGatewayId', 'Attachments');
  const vgws = attached(rows.of('ec2.DescribeVpnGateways', 'vpn-gateways'), 'VpnGatewayId', 'VpcAttachments');
  const blocked = blocking(rows);
  const subnetRows = rows.of('ec2.DescribeSubnets', 'subnets');
  const vpcs = rows.of('ec2.DescribeVpcs', 'vpcs').flatMap((row): Vpc[] => {
    const id = rows.id(row, 'VpcId', 'ec2.DescribeVpcs');
    if (id === undefined) return [];
    const own = text(row.CidrBlock);
    const cidrs = [
      ...(own === undefined ? [] : [own]),
      ...blocks(row.CidrBlockAssociationSet, 'CidrBlock', 'CidrBlockState'),
      ...blocks(row.Ipv6CidrBlockAssociationSet, 'Ipv6CidrBlock', 'Ipv6CidrBlockState'),
    ];
    const [igw, vgw] = [igws.get(id), vgws.get(id)];
    return [
      {
        id,
        account: rows.account,
        region: rows.region,
        cidrs: [...new Set(cidrs)],
        ...(igw === undefined ? {} : { internetGateway: igw }),
        ...(vgw === undefined ? {} : { vpnGateway: vgw }),
        ...isBlocked(blocked, id, idsOf(subnetRows, id)),
        // Its owner alone sees its gateways and who blocks public access.
        ...((text(row.OwnerId) ?? rows.account) === rows.account ? {} : { foreign: true as const, blocked: undefined }),
      },
    ];
  });
  const open = blocked.excluded;
  const subnets = subnetRows.flatMap((row): Subnet[] => {
    const id = rows.id(row, 'SubnetId', 'ec2.DescribeSubnets');
    if (id === undefined) return [];
    const vpc = text(row.VpcId) ?? '';
    const own = text(row.CidrBlock);
    const table = tables.bySubnet.get(id) ?? tables.main.get(vpc);
    const acl = acls.bySubnet.get(id) ?? acls.defaults.get(vpc);
    return [
      {
        id,
        vpc,
        zone: text(row.AvailabilityZone) ?? text(row.AvailabilityZoneId) ?? '',
        cidrs: [
          ...(own === undefined ? [] : [own]),
          ...blocks(row.Ipv6CidrBlockAssociationSet, 'Ipv6CidrBlock', 'Ipv6CidrBlockState'),
        ],
        ...(table === undefined ? {} : { routeTable: table }),
        ...(acl === undefined ? {} : { acl }),
        ...(open.has(id) ? { excludedFromBlock: true as const } : {}),
      },
    ];
  });
  return { vpcs, subnets };
}

/** What static VPN connections lead to, by their gateway. */
export function readVpnRoutes(rows: Rows): ReadonlyMap<string, readonly string[]> {
  const routes = new Map<string, string[]>();
  for (const row of rows.of('ec2.DescribeVpnConnections', 'vpn-connections')) {
    const gateway = text(row.VpnGatewayId);
    if (gateway === undefined || text(row.State) === 'deleted') continue;
    const list = routes.get(gateway) ?? [];
    list.push(...rowsOf(row.Routes).flatMap((route) => text(route.DestinationCidrBlock) ?? []));
    routes.set(gateway, list);
  }
  return routes;
}

export function readPeerings(rows: Rows): Peering[] {
  return rows.of('ec2.DescribeVpcPeeringConnections', 'peerings').flatMap((row): Peering[] => {
    const id = rows.id(row, 'VpcPeeringConnectionId', 'ec2.DescribeVpcPeeringConnections');
    if (id === undefined) return [];
    const sides = [fields(row.RequesterVpcInfo), fields(row.AccepterVpcInfo)].map((side) => {
      const own = text(side?.CidrBlock);
      const sets = [
        ...rowsOf(side?.CidrBlockSet).flatMap((block) => text(block.CidrBlock) ?? []),
        ...rowsOf(side?.Ipv6CidrBlockSet).flatMap((block) => text(block.Ipv6CidrBlock) ?? []),
      ];
      return { vpc: text(side?.VpcId) ?? '', cidrs: [...new Set([...(own === undefined ? [] : [own]), ...sets])] };
    });
    if (sides.some(({ vpc }) => vpc === '')) {
      rows.missing.add('peerings');
      rows.malformed('ec2.DescribeVpcPeeringConnections', `${id} does not say which VPCs it joins`);
      return [];
    }
    return [{ id, active: text(fields(row.Status)?.Code) === 'active', sides }];
  });
}

/** Endpoints that routes lead to for S3 and DynamoDB; they carry what begins inside only. */
export function readGatewayEndpoints(rows: Rows): readonly string[] {
  return rows
    .of('ec2.DescribeVpcEndpoints')
    .flatMap((row) => (text(row.VpcEndpointType) === 'Gateway' ? (text(row.VpcEndpointId) ?? []) : []));
}
