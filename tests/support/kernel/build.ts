/**
 * An estate as namespaces: each interface one, each subnet's router one, and one for each thing that a route can lead to: the VPC's own
 * router, an Internet gateway, a peering. Each of those has a cable to every subnet that it serves and knows no way but to these, so that the
 * route tables alone decide, as the kernel reads them. It reads the rows as AWS gives them and shares no code with what it judges.
 */
import ipaddr from 'ipaddr.js';
import type { CallId } from '../../../src/estate/calls.ts';
import type { Estate, Row } from '../../../src/estate/estate.ts';
import { fields, text } from '../../../src/inventory/values.ts';
import { gatewayFilter, groupRules, interfaceFilter, objects, subnetFilter } from './filters.ts';
import type { Cable, Space } from './plan.ts';

export interface Interface {
  readonly id: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly addresses: readonly string[];
  /** Private and public address. */
  readonly mapped: readonly (readonly [string, string])[];
  readonly groups: readonly string[];
}

interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly ranges: readonly string[];
}

/** What a cable of a subnet leads to. */
interface Gateway {
  readonly id: string;
  /** VPCs whose subnets have a cable to it. */
  readonly vpcs: readonly string[];
  readonly nft?: string;
  readonly ip?: readonly string[];
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

/** The space of all who are on the Internet. */
export const INTERNET = 'internet';
/** The device to those of a subnet that no filter concerns: senders whose packets begin behind it. */
const STRANGERS = 'strangers';
/** The kernel's number for a subnet's route table. */
const ROUTES = 100;
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

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

/** The first address of a range that an interface can have: the router's. */
function routerOf(range: string): string {
  const [base] = ipaddr.parseCIDR(range);
  const bytes = base.toByteArray();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return ipaddr.fromByteArray(bytes).toString();
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

class Builder {
  readonly world: World;
  readonly spaces: Space[] = [];
  readonly cables: Cable[] = [];
  readonly #used: ReadonlySet<string>;
  readonly #names = new Map<string, string>();

  constructor(world: World, used: ReadonlySet<string>) {
    this.world = world;
    this.#used = used;
  }

  /** Devices have short names: `d` and a number for each thing that they lead to. */
  device(to: string): string {
    const known = this.#names.get(to);
    if (known !== undefined) return known;
    const made = `d${this.#names.size}`;
    this.#names.set(to, made);
    return made;
  }

  /** A cable without addresses between two spaces. */
  line(one: string, other: string): void {
    this.cables.push({
      kind: 'line',
      ends: [
        { name: one, device: this.device(other) },
        { name: other, device: this.device(one) },
      ],
    });
  }

  /** Lines that bring the ends of a space's lines up and send nothing to ask who is there. */
  up(others: readonly string[]): string[] {
    return others.flatMap((other) => [`link set ${this.device(other)} arp off up`]);
  }

  gatewaysOf(vpc: string): string[] {
    const { rows, peerings, vpnGateways } = this.world;
    const attached = rows('ec2.DescribeInternetGateways').filter((row) =>
      objects(row.Attachments).some((attachment) => attachment.VpcId === vpc),
    );
    return [
      `local ${vpc}`,
      ...attached.map((row) => text(row.InternetGatewayId) ?? ''),
      ...[...peerings].flatMap(([id, vpcs]) => (vpcs.includes(vpc) ? [id] : [])),
      ...[...vpnGateways].flatMap(([id, attachedTo]) => (attachedTo === vpc ? [id] : [])),
    ];
  }

  /** @param remote addresses behind a VPN gateway */
  gateways(remote: (gateway: string) => readonly string[]): Gateway[] {
    const { world } = this;
    const vpcs = [...new Set(world.subnets.map(({ vpc }) => vpc))];
    const subnetsOf = (vpc: string): readonly Subnet[] => world.subnets.filter((subnet) => subnet.vpc === vpc);
    return [
      ...vpcs.map((vpc) => ({ id: `local ${vpc}`, vpcs: [vpc] })),
      ...vpcs.flatMap((vpc) =>
        this.gatewaysOf(vpc)
          .filter((id) => id.startsWith('igw-'))
          .map((id) => {
            const mapped = world.interfaces.flatMap((one) => (one.vpc === vpc ? one.mapped : []));
            const out = this.device(INTERNET);
            this.line(id, INTERNET);
            const ip = [...this.up([INTERNET]), ...EVERYWHERE.map((range) => `route add ${range} dev ${out}`)];
            return { id, vpcs: [vpc], ip, nft: gatewayFilter(out, mapped) };
          }),
      ),
      ...[...world.vpnGateways].map(([id, vpc]) => ({
        id,
        vpcs: [vpc],
        ip: ['link set lo up', ...remote(id).map(onLoopback)],
      })),
      ...[...world.peerings].map(([id, sides]) => {
        const [one = [], other = []] = sides.map((vpc) => subnetsOf(vpc).map((subnet) => this.device(subnet.id)));
        const across = one.flatMap((left) =>
          other.flatMap((right) => [
            `iifname "${left}" oifname "${right}" accept`,
            `iifname "${right}" oifname "${left}" accept`,
          ]),
        );
        const chain = ['chain across {', 'type filter hook forward priority 0; policy drop;', ...across, '}'];
        return { id, vpcs: sides, nft: ['table inet through {', ...chain, '}', ''].join('\n') };
      }),
    ];
  }

  /** A namespace that hands what it gets to the subnet that has the address. */
  addGateway({ id, vpcs, nft = '', ip = [] }: Gateway): void {
    const served = this.world.subnets.filter(({ vpc }) => vpcs.includes(vpc));
    for (const subnet of served) this.line(id, subnet.id);
    const routes = served.flatMap(({ id: subnet, ranges }) =>
      ranges.map((range) => `route add ${range} dev ${this.device(subnet)}`),
    );
    this.spaces.push({ name: id, ip: [...ip, ...this.up(served.map((subnet) => subnet.id)), ...routes], nft });
  }

  /** A subnet's router: a bridge of its interfaces, and the route table for what they send beyond. */
  addSubnet(subnet: Subnet, strangers: readonly string[]): void {
    const { world } = this;
    const gateways = this.gatewaysOf(subnet.vpc);
    const inside = world.interfaces.filter((one) => one.subnet === subnet.id && this.#used.has(one.id));
    const behind = this.device(STRANGERS);
    const table = rowOf(world.rows('ec2.DescribeRouteTables'), subnet, (row) =>
      objects(row.Associations).some((association) => association.Main === true),
    );
    const acl = networkAclOf(world, subnet);
    const rules = ['inner', behind].map((device) => `rule add iif ${device} lookup ${ROUTES}`);
    const peerings = gateways.filter((id) => world.peerings.has(id)).map((id) => this.device(id));
    const ip = [
      'link set lo up',
      'link add inner type bridge mcast_snooping 0',
      'link set inner up',
      ...subnet.ranges.map((range) => addAddress(routerOf(range), range.split('/')[1], 'inner')),
      ...this.up(gateways),
      ...(strangers.length === 0 ? [] : [`link set ${behind} arp off up`]),
      ...inside.flatMap(({ id }) => [`link set ${this.device(id)} master inner up`]),
      ...rules,
      ...this.routes(subnet, table).map((line) => `${line} table ${ROUTES}`),
      ...strangers.map((address) => `route add ${address} dev ${behind}`),
    ];
    this.spaces.push({ name: subnet.id, ip, ip6: rules, nft: subnetFilter(acl, 'inner', behind, peerings) });
    if (strangers.length > 0) {
      const [out, name] = ['out', strangersOf(subnet.id)];
      this.cables.push({
        kind: 'line',
        ends: [
          { name: subnet.id, device: behind },
          { name, device: out },
        ],
      });
      const ways = EVERYWHERE.map((range) => `route add ${range} dev ${out}`);
      const ip = ['link set lo up', `link set ${out} arp off up`, ...strangers.map(onLoopback), ...ways];
      this.spaces.push({ name, ip, nft: '' });
    }
    for (const one of inside) this.addInterface(one, subnet);
  }

  /** A route table's rows; what leads to nothing that is here swallows. */
  routes(subnet: Subnet, table: Row | undefined): string[] {
    const gateways = this.gatewaysOf(subnet.vpc);
    return objects(table?.Routes).flatMap((row, place) => {
      const list = text(row.DestinationPrefixListId);
      const destination = text(row.DestinationCidrBlock) ?? text(row.DestinationIpv6CidrBlock);
      const destinations = list === undefined ? (destination ?? []) : this.world.listed(list);
      const target = text(row.GatewayId) ?? text(row.VpcPeeringConnectionId) ?? '';
      const id = target === 'local' ? `local ${subnet.vpc}` : target;
      const leads = row.State === 'active' && gateways.includes(id) ? `dev ${this.device(id)}` : undefined;
      // Of routes to one range the static one counts, then a prefix list's, then the propagated one.
      const rank = row.Origin === 'EnableVgwRoutePropagation' ? 3 : list === undefined ? 1 : 2;
      return [destinations]
        .flat()
        .map(
          (range) =>
            `route add ${leads === undefined ? `blackhole ${range}` : `${range} ${leads}`} metric ${rank * 1000 + place}`,
        );
    });
  }

  addInterface(one: Interface, subnet: Subnet): void {
    const { rows, interfaces } = this.world;
    const groups = rows('ec2.DescribeSecurityGroups').filter((row) => one.groups.includes(text(row.GroupId) ?? ''));
    const members = (group: string): string[] =>
      interfaces.flatMap(({ groups: carried, addresses }) => (carried.includes(group) ? addresses : []));
    const ip = [
      'link set lo up',
      'link set out up',
      ...one.addresses.map((address) => {
        const range = subnet.ranges.find((candidate) => holds(candidate, address));
        return addAddress(address, range?.split('/')[1], 'out');
      }),
      ...subnet.ranges
        .filter((range) => one.addresses.some((address) => holds(range, address)))
        .map((range) => `route add ${range.includes(':') ? '::/0' : '0.0.0.0/0'} via ${routerOf(range)}`),
    ];
    const [inbound, outbound] = (['inbound', 'outbound'] as const).map((side) =>
      groupRules(groups, side, members, this.world.listed),
    );
    this.spaces.push({ name: one.id, ip, nft: interfaceFilter(inbound ?? [], outbound ?? []) });
    this.cables.push({
      kind: 'port',
      ends: [
        { name: subnet.id, device: this.device(one.id) },
        { name: one.id, device: 'out' },
      ],
    });
  }

  /** Beyond all gateways: the clients, and which gateway an address of the estate is behind. */
  addInternet(clients: readonly string[]): void {
    const { world } = this;
    const attached = [...new Set(world.subnets.map(({ vpc }) => vpc))].flatMap((vpc) =>
      this.gatewaysOf(vpc)
        .filter((id) => id.startsWith('igw-'))
        .map((id) => ({ vpc, id })),
    );
    const routes = attached.flatMap(({ vpc, id }) => {
      const known = [
        ...world.interfaces.flatMap((one) => (one.vpc === vpc ? one.mapped.map(([, outside]) => outside) : [])),
        ...world.subnets.flatMap((subnet) => (subnet.vpc === vpc ? subnet.ranges.filter((range) => range.includes(':')) : [])),
      ];
      return known.map((range) => `route add ${range} dev ${this.device(id)}`);
    });
    const ip = ['link set lo up', ...clients.map(onLoopback), ...this.up(attached.map(({ id }) => id)), ...routes];
    this.spaces.push({ name: INTERNET, ip, nft: '' });
  }
}

/** An address that can be used at once: IPv6 would see first whether another has it. */
function addAddress(address: string, length: string | undefined, device: string): string {
  return `addr add ${address}/${length} dev ${device}${address.includes(':') ? ' nodad' : ''}`;
}

function onLoopback(address: string): string {
  return addAddress(address, address.includes(':') ? '128' : '32', 'lo');
}

/** The name of the space that sends for addresses of a subnet that no interface has. */
export function strangersOf(subnet: string): string {
  return `${STRANGERS} ${subnet}`;
}

/**
 * Spaces for those who send and receive; of the rest nothing is needed.
 *
 * @param used ids of interfaces
 * @param sources the addresses that are sent from in a space: the Internet, a VPN gateway, the strangers of a subnet
 */
export function buildSpaces(
  world: World,
  used: ReadonlySet<string>,
  sources: (space: string) => readonly string[],
): { readonly namespaces: readonly Space[]; readonly cables: readonly Cable[] } {
  const strange = (subnet: string): readonly string[] => sources(strangersOf(subnet));
  const isUsed = ({ id }: Subnet): boolean =>
    strange(id).length > 0 || world.interfaces.some((one) => one.subnet === id && used.has(one.id));
  const builder = new Builder({ ...world, subnets: world.subnets.filter(isUsed) }, used);
  for (const gateway of builder.gateways(sources)) builder.addGateway(gateway);
  for (const subnet of builder.world.subnets) builder.addSubnet(subnet, strange(subnet.id));
  builder.addInternet(sources(INTERNET));
  return { namespaces: builder.spaces, cables: builder.cables };
}
