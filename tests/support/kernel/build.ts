/**
 * An estate as namespaces: each interface one, each subnet's router one, and one for each thing that a route can lead to: the VPC's own
 * router, an Internet gateway, a peering. Each of those has a cable to every subnet that it serves and knows no way but to these, so that the
 * route tables alone decide, as the kernel reads them.
 */
import ipaddr from 'ipaddr.js';
import { text } from '../../../src/inventory/values.ts';
import { forwardFilter, gatewayFilter, groupRules, interfaceFilter, objects, subnetFilter } from './filters.ts';
import type { Cable, Space } from './plan.ts';
import { holds, type Interface, networkAclOf, routeTableOf, type Subnet, type World } from './world.ts';

/** What a cable of a subnet leads to. */
interface Gateway {
  readonly id: string;
  /** VPCs whose subnets have a cable to it. */
  readonly vpcs: readonly string[];
  readonly nft?: string;
  readonly ip?: readonly string[];
}

/** The space of all who are on the Internet. */
export const INTERNET = 'internet';
/** The device to those of a subnet that no filter concerns: senders whose packets begin behind it. */
const STRANGERS = 'strangers';
/** The kernel's number for a subnet's route table. */
const ROUTES = 100;
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

/** The first address of a range that an interface can have: the router's. */
function routerOf(range: string): string {
  const [base] = ipaddr.parseCIDR(range);
  const bytes = base.toByteArray();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return ipaddr.fromByteArray(bytes).toString();
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
        nft: forwardFilter([]),
      })),
      ...[...world.peerings].map(([id, sides]) => {
        const [one = [], other = []] = sides.map((vpc) => subnetsOf(vpc).map((subnet) => this.device(subnet.id)));
        const across = one.flatMap((left) =>
          other.flatMap((right) => [
            `iifname "${left}" oifname "${right}" accept`,
            `iifname "${right}" oifname "${left}" accept`,
          ]),
        );
        return { id, vpcs: sides, nft: forwardFilter(across) };
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
      ...this.routes(subnet).map((line) => `${line} table ${ROUTES}`),
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
  routes(subnet: Subnet): string[] {
    const gateways = this.gatewaysOf(subnet.vpc);
    return objects(routeTableOf(this.world, subnet)?.Routes).flatMap((row, place) => {
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
