/** Reading an estate's rows into the simulator's world. */
import type { CallId } from '../../estate/calls.ts';
import type { Estate, Row } from '../../estate/estate.ts';
import { fields, items, text, texts } from '../../inventory/values.ts';
import { type Address, type Prefix, parseAddress, parsePrefix } from './address.ts';
import { readAclEntries, readGroupRules, readRoutes } from './rules.ts';
import {
  type Acl,
  type Attachment,
  addressKey,
  type Eni,
  type PeeringSide,
  type Placed,
  type PublicOwner,
  type RouteTable,
  type World,
} from './world.ts';

function prefixesOf(value: unknown, member: string, state: string): Prefix[] {
  return items(value).flatMap((item) => {
    const row = fields(item);
    const gone = /^(disassociated|disassociating|failing|failed)$/.test(text(fields(row?.[state])?.State) ?? '');
    return gone ? [] : (parsePrefix(row?.[member]) ?? []);
  });
}

function readEni({ row, region }: Placed): Eni | undefined {
  const id = text(row.NetworkInterfaceId);
  const vpc = text(row.VpcId);
  const subnet = text(row.SubnetId);
  if (id === undefined || vpc === undefined || subnet === undefined) return undefined;
  const attachment = fields(row.Attachment);
  const privates = items(row.PrivateIpAddresses).map((item) => fields(item)?.PrivateIpAddress);
  const texts = [row.PrivateIpAddress, ...privates, ...items(row.Ipv6Addresses).map((item) => fields(item)?.Ipv6Address)];
  const addresses = new Map<string, Address>();
  for (const address of texts.flatMap((one) => parseAddress(one) ?? [])) {
    const key = addressKey('', address.family, address.value);
    if (!addresses.has(key)) addresses.set(key, address);
  }
  const groups = Array.isArray(row.Groups) ? row.Groups.map((group: unknown) => text(fields(group)?.GroupId)) : undefined;
  return {
    id,
    vpc,
    subnet,
    region: region.region,
    account: text(row.OwnerId) ?? region.account,
    groups: groups === undefined || groups.includes(undefined) ? undefined : groups.flatMap((group) => group ?? []),
    type: text(row.InterfaceType) ?? 'interface',
    description: text(row.Description) ?? '',
    addresses: [...addresses.values()],
    prefixes: [
      ...items(row.Ipv4Prefixes).flatMap((item) => parsePrefix(fields(item)?.Ipv4Prefix) ?? []),
      ...items(row.Ipv6Prefixes).flatMap((item) => parsePrefix(fields(item)?.Ipv6Prefix) ?? []),
    ],
    attached: text(row.Status) !== 'available',
    instance: text(attachment?.InstanceId),
    primary: attachment?.DeviceIndex === 0 && (attachment.NetworkCardIndex ?? 0) === 0,
    checked: row.SourceDestCheck !== false,
  };
}

function readSide(value: unknown): PeeringSide | undefined {
  const row = fields(value);
  const vpc = text(row?.VpcId);
  if (vpc === undefined) return undefined;
  return {
    vpc,
    prefixes: [
      parsePrefix(row?.CidrBlock),
      ...items(row?.CidrBlockSet).map((item) => parsePrefix(fields(item)?.CidrBlock)),
      ...items(row?.Ipv6CidrBlockSet).map((item) => parsePrefix(fields(item)?.Ipv6CidrBlock)),
    ].flatMap((prefix) => prefix ?? []),
  };
}

const worlds = new WeakMap<Estate, World>();

/** The world of an estate, read once. */
export function worldOf(estate: Estate): World {
  const known = worlds.get(estate);
  if (known !== undefined) return known;
  const made = readWorld(estate);
  worlds.set(estate, made);
  return made;
}

function readWorld(estate: Estate): World {
  const incomplete = new Set<CallId>();
  const placed = new Map<CallId, readonly Placed[]>();
  const rows = (call: CallId): readonly Placed[] => {
    const known = placed.get(call);
    if (known !== undefined) return known;
    const made = estate.regions.flatMap((region) => {
      const table = region.table(call);
      if (table.kind !== 'rows') {
        incomplete.add(call);
        return [];
      }
      return table.rows.flatMap((row) => {
        if (fields(row) !== undefined) return { row, region };
        incomplete.add(call);
        return [];
      });
    });
    placed.set(call, made);
    return made;
  };
  const rowsOf = (call: CallId, thing: string): readonly Row[] | undefined => {
    for (const region of estate.regions) {
      const table = region.tables(call).get(thing);
      if (table?.kind === 'rows') return table.rows.every((row) => fields(row) !== undefined) ? table.rows : undefined;
    }
    return undefined;
  };
  /** Calls back with each row that has the member; the same thing seen from several accounts counts once. */
  function index<T>(call: CallId, member: string, read: (placed: Placed, id: string) => T | undefined): Map<string, T> {
    const found = new Map<string, T>();
    for (const one of rows(call)) {
      const id = text(one.row[member]);
      if (id !== undefined && found.has(id)) continue;
      const value = id === undefined ? undefined : read(one, id);
      if (id === undefined || value === undefined) incomplete.add(call);
      else found.set(id, value);
    }
    return found;
  }

  const enis = index('ec2.DescribeNetworkInterfaces', 'NetworkInterfaceId', readEni);
  const members = new Map<string, Eni[]>();
  const byAddress = new Map<string, Eni | 'several'>();
  for (const eni of enis.values()) {
    for (const group of eni.groups ?? []) members.set(group, [...(members.get(group) ?? []), eni]);
    for (const { family, value } of eni.addresses) {
      const key = addressKey(eni.vpc, family, value);
      byAddress.set(key, byAddress.has(key) ? 'several' : eni);
    }
  }

  const publicOwners = new Map<bigint, PublicOwner>();
  const own = (publicText: unknown, id: string | undefined, privateText: unknown): void => {
    const address = parseAddress(publicText);
    const inside = parseAddress(privateText);
    const eni = id === undefined ? undefined : enis.get(id);
    if (address?.family !== 4 || inside?.family !== 4 || eni === undefined) return;
    const before = publicOwners.get(address.value);
    const same = before === undefined || (before !== 'several' && before.eni === eni && before.address === inside.value);
    publicOwners.set(address.value, same ? { eni, address: inside.value } : 'several');
  };
  for (const { row } of rows('ec2.DescribeNetworkInterfaces')) {
    const id = text(row.NetworkInterfaceId);
    own(fields(row.Association)?.PublicIp, id, row.PrivateIpAddress);
    for (const item of items(row.PrivateIpAddresses)) {
      own(fields(fields(item)?.Association)?.PublicIp, id, fields(item)?.PrivateIpAddress);
    }
  }
  for (const { row } of rows('ec2.DescribeAddresses')) own(row.PublicIp, text(row.NetworkInterfaceId), row.PrivateIpAddress);

  const tableOfSubnet = new Map<string, RouteTable>();
  const tableOfGateway = new Map<string, RouteTable>();
  const mainTable = new Map<string, RouteTable>();
  const tablesOfVpc = new Map<string, RouteTable[]>();
  index('ec2.DescribeRouteTables', 'RouteTableId', ({ row }, id) => {
    const table = { id, vpc: text(row.VpcId) ?? '', routes: readRoutes(row.Routes) };
    tablesOfVpc.set(table.vpc, [...(tablesOfVpc.get(table.vpc) ?? []), table]);
    for (const item of items(row.Associations)) {
      const association = fields(item);
      if (/^(disassociating|disassociated|failed)$/.test(text(fields(association?.AssociationState)?.State) ?? '')) continue;
      const subnet = text(association?.SubnetId);
      const gateway = text(association?.GatewayId);
      if (subnet !== undefined) tableOfSubnet.set(subnet, table);
      if (gateway !== undefined) tableOfGateway.set(gateway, table);
      if (association?.Main === true) mainTable.set(table.vpc, table);
    }
    return table;
  });

  const aclOfSubnet = new Map<string, Acl>();
  const defaultAcl = new Map<string, Acl>();
  index('ec2.DescribeNetworkAcls', 'NetworkAclId', ({ row }, id) => {
    const acl = { id, entries: readAclEntries(row.Entries) };
    if (row.IsDefault === true) defaultAcl.set(text(row.VpcId) ?? '', acl);
    for (const subnet of items(row.Associations).flatMap((item) => text(fields(item)?.SubnetId) ?? []))
      aclOfSubnet.set(subnet, acl);
    return acl;
  });

  const lists = new Map<string, Prefix[]>();
  for (const region of estate.regions) {
    for (const [id, table] of region.tables('ec2.GetManagedPrefixListEntries')) {
      if (table.kind !== 'rows') continue;
      const prefixes = table.rows.map((row) => parsePrefix(fields(row)?.Cidr));
      if (!prefixes.includes(undefined))
        lists.set(
          id,
          prefixes.flatMap((prefix) => prefix ?? []),
        );
    }
  }

  const states = new Map<string, string>();
  for (const { row } of rows('ec2.DescribeInstances')) {
    for (const item of items(row.Instances)) {
      const instance = fields(item);
      const id = text(instance?.InstanceId);
      const state = text(fields(instance?.State)?.Name);
      if (id !== undefined && state !== undefined) states.set(id, state);
    }
  }

  const internetGateways = new Map<string, string>();
  index('ec2.DescribeInternetGateways', 'InternetGatewayId', ({ row }, id) => {
    for (const item of items(row.Attachments)) {
      const vpc = text(fields(item)?.VpcId);
      if (vpc !== undefined && /^(available|attached)$/.test(text(fields(item)?.State) ?? 'available'))
        internetGateways.set(vpc, id);
    }
    return id;
  });
  const vpnGateways = new Map<string, string>();
  index('ec2.DescribeVpnGateways', 'VpnGatewayId', ({ row }, id) => {
    for (const item of items(row.VpcAttachments)) {
      const vpc = text(fields(item)?.VpcId);
      if (vpc !== undefined && text(fields(item)?.State) === 'attached' && text(row.State) !== 'deleted')
        vpnGateways.set(vpc, id);
    }
    return id;
  });

  const attachments: Attachment[] = [];
  for (const { row } of rows('ec2.DescribeTransitGatewayAttachments')) {
    const id = text(row.TransitGatewayAttachmentId);
    const gateway = text(row.TransitGatewayId);
    if (id === undefined || gateway === undefined) incomplete.add('ec2.DescribeTransitGatewayAttachments');
    // The same attachment is listed by both accounts; a peering is one attachment of two gateways.
    else if (!attachments.some((one) => one.id === id && one.gateway === gateway)) {
      const association = fields(row.Association);
      attachments.push({
        id,
        gateway,
        type: text(row.ResourceType) ?? '?',
        resource: text(row.ResourceId) ?? '?',
        state: text(row.State) ?? 'available',
        table:
          (text(association?.State) ?? 'associated') === 'associated' ? text(association?.TransitGatewayRouteTableId) : undefined,
      });
    }
  }

  const referencing = new Map<string, boolean>();
  const appliances = new Set<string>();
  for (const { row } of rows('ec2.DescribeTransitGatewayVpcAttachments')) {
    const id = text(row.TransitGatewayAttachmentId);
    const option = text(fields(row.Options)?.SecurityGroupReferencingSupport);
    if (id !== undefined) referencing.set(id, option === 'enable');
    if (id !== undefined && text(fields(row.Options)?.ApplianceModeSupport) === 'enable') appliances.add(id);
  }
  for (const { row } of rows('ec2.DescribeTransitGateways')) {
    const id = text(row.TransitGatewayId);
    if (id !== undefined) referencing.set(id, text(fields(row.Options)?.SecurityGroupReferencingSupport) !== 'disable');
  }

  return {
    estate,
    incomplete,
    rows,
    rowsOf,
    enis,
    members,
    byAddress,
    withPrefixes: [...enis.values()].filter((eni) => eni.prefixes.length > 0),
    publicOwners,
    appliances,
    vpcs: index('ec2.DescribeVpcs', 'VpcId', ({ row, region }, id) => ({
      id,
      owner: text(row.OwnerId) ?? region.account,
      region: region.region,
      prefixes: [
        ...[parsePrefix(row.CidrBlock)].flatMap((prefix) => prefix ?? []),
        ...prefixesOf(row.CidrBlockAssociationSet, 'CidrBlock', 'CidrBlockState'),
        ...prefixesOf(row.Ipv6CidrBlockAssociationSet, 'Ipv6CidrBlock', 'Ipv6CidrBlockState'),
      ],
    })),
    subnets: index('ec2.DescribeSubnets', 'SubnetId', ({ row }, id) => {
      const vpc = text(row.VpcId);
      if (vpc === undefined) return undefined;
      return {
        id,
        vpc,
        zone: text(row.AvailabilityZone) ?? text(row.AvailabilityZoneId) ?? '?',
        prefixes: [
          ...[parsePrefix(row.CidrBlock)].flatMap((prefix) => prefix ?? []),
          ...prefixesOf(row.Ipv6CidrBlockAssociationSet, 'Ipv6CidrBlock', 'Ipv6CidrBlockState'),
        ],
      };
    }),
    groups: index('ec2.DescribeSecurityGroups', 'GroupId', ({ row }) => ({
      ingress: readGroupRules(row.IpPermissions),
      egress: readGroupRules(row.IpPermissionsEgress),
    })),
    tableOfSubnet,
    tableOfGateway,
    mainTable,
    tablesOfVpc,
    aclOfSubnet,
    defaultAcl,
    lists,
    states,
    internetGateways,
    vpnGateways,
    peerings: index('ec2.DescribeVpcPeeringConnections', 'VpcPeeringConnectionId', ({ row }) => {
      const sides = [readSide(row.AccepterVpcInfo), readSide(row.RequesterVpcInfo)].flatMap((side) => side ?? []);
      return sides.length === 2 ? { active: text(fields(row.Status)?.Code) === 'active', sides } : undefined;
    }),
    attachments,
    // The owner of a transit gateway sees attachments of others without their subnets.
    attachmentSubnets: new Map(
      rows('ec2.DescribeTransitGatewayVpcAttachments').flatMap(({ row }) => {
        const id = text(row.TransitGatewayAttachmentId);
        const subnets = texts(row.SubnetIds);
        return id === undefined || subnets.length === 0 ? [] : [[id, subnets] as const];
      }),
    ),
    referencing,
  };
}
