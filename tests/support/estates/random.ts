/** Random small networks: every seed gives the same rows, full of overlaps and boundaries. */
import type { Estate, Row } from '../../../src/estate/estate.ts';
import { Network } from './builder.ts';

interface RandomOptions {
  /** Only what Linux namespaces can express: one family, Internet gateways, groups with ranges, network ACLs, routes, blackholes, peerings. */
  readonly kernel?: boolean;
  /** Calls that failed or were never made, and rows that cannot be read. */
  readonly gaps?: boolean;
}

/** A repeatable source of choices. */
interface Dice {
  /** A whole number from 0 up to, without, the limit. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** Some of the elements, in their order. */
  some<T>(from: readonly T[], probability: number): T[];
}

/** Dice of a seed (mulberry32). */
export function diceOf(seed: number): Dice {
  let state = (seed * 0x9e3779b1 + 0x85ebca6b) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const chance = (probability: number): boolean => next() < probability;
  return {
    below,
    chance,
    pick: (from) => from[below(from.length)] ?? from[0],
    some: (from, probability) => from.filter(() => chance(probability)),
  };
}

const CLIENTS = {
  4: [
    '0.0.0.0/0',
    '8.0.0.0/8',
    '8.8.0.0/16',
    '8.8.8.0/24',
    '8.8.8.8/32',
    '0.0.0.0/1',
    '128.0.0.0/1',
    '192.168.0.0/16',
    '192.168.7.0/24',
  ],
  6: ['::/0', '2a00::/16', '2a00:8::/32', '2a00:8::8/128', '2000::/4', 'fd00::/8'],
} as const;
const SERVICES = ['22', '80', '443', '0-65535', '20-25', '79-81', '1024-2000', '8080', '3306', '53'] as const;
const CLIENT_PORTS = ['1024-65535', '32768-60999', '49152-65535', '0-65535', '0-1023', '40000', '1024-32767'] as const;

interface Plan {
  readonly network: Network;
  readonly dice: Dice;
  readonly kernel: boolean;
  /** Public addresses are from a range for tests, as in snapshots that were made anonymous. */
  readonly anonymous: boolean;
  readonly families: readonly (4 | 6)[];
  readonly vpcs: VpcPlan[];
  readonly lists: string[];
}

interface VpcPlan {
  readonly id: string;
  readonly number: number;
  readonly cidrs: Readonly<Record<4 | 6, string>>;
  readonly subnets: { readonly id: string; readonly number: number; readonly zone: string }[];
  readonly groups: string[];
  /** Targets of routes, by family. */
  readonly targets: Record<4 | 6, string[]>;
  readonly enis: string[];
  readonly instances: string[];
  readonly addresses: Record<4 | 6, string[]>;
}

const GAPS = [
  'ec2.DescribeInstances',
  'ec2.DescribeNetworkInterfaces',
  'ec2.DescribeSecurityGroups',
  'ec2.DescribeVpcs',
  'ec2.DescribeSubnets',
  'ec2.DescribeRouteTables',
  'ec2.DescribeNetworkAcls',
  'ec2.DescribeInternetGateways',
  'ec2.DescribeVpcPeeringConnections',
  'ec2.DescribeVpnGateways',
  'ec2.DescribeTransitGatewayAttachments',
  'ec2.DescribeTransitGatewayVpcAttachments',
  'ec2.SearchTransitGatewayRoutes',
  'ec2.GetManagedPrefixListEntries',
  'ec2.DescribeVpcBlockPublicAccessOptions',
  'elbv2.DescribeLoadBalancers',
  'elbv2.DescribeListeners',
  'elbv2.DescribeRules',
  'elbv2.DescribeTargetGroups',
  'elbv2.DescribeTargetHealth',
  'elbv2.DescribeTargetGroupAttributes',
  'elbv2.DescribeLoadBalancerAttributes',
  'ec2.DescribeVpcEndpointServiceConfigurations',
  'ec2.DescribeVpcEndpointServicePermissions',
  'ec2.DescribeVpcEndpointConnections',
] as const;

function addGaps({ network, dice, vpcs }: Plan): void {
  const vpc = dice.pick(nonEmpty(vpcs));
  if (dice.chance(0.7)) network.fail(dice.pick(GAPS), dice.chance(0.5) ? 'failed' : 'absent');
  // A group of which one rule cannot be read.
  if (dice.chance(0.4)) {
    const range = { IpRanges: [{ CidrIp: '8.8.0.0/16' }] };
    const broken: readonly [Row, ...Row[]] = [
      { IpProtocol: 'tcp', ...range },
      { IpProtocol: 'tcp', FromPort: 20, ToPort: 25, IpRanges: [{ CidrIp: '8.8.0.0' }] },
      { FromPort: 20, ToPort: 25, ...range },
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, PrefixListIds: [{ PrefixListId: 'pl-unlisted' }] },
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: 'sg-theirs', UserId: '999999999999' }] },
    ];
    network.group(`sg-${vpc.number}-broken`, vpc.id, [dice.pick(broken)]);
    const subnet = dice.pick(nonEmpty(vpc.subnets));
    network.eni('eni-broken', subnet.id, {
      ip: [`10.${vpc.number}.${subnet.number}.30`],
      groups: [`sg-${vpc.number}-broken`],
      public: `54.${vpc.number}.${subnet.number}.30`,
    });
  }
}

/** A random estate of one region. */
export function randomEstate(seed: number, options: RandomOptions = {}): Estate {
  const dice = diceOf(seed);
  const kernel = options.kernel === true;
  const families: readonly (4 | 6)[] = kernel ? [dice.chance(0.8) ? 4 : 6] : dice.chance(0.5) ? [4, 6] : [4];
  const plan: Plan = {
    network: new Network(),
    dice,
    kernel,
    anonymous: !kernel && seed % 8 === 3,
    families,
    vpcs: [],
    lists: [],
  };
  if (!kernel && dice.chance(0.5)) addLists(plan);
  const count = 1 + dice.below(3);
  for (let number = 0; number < count; number++) addVpc(plan, number);
  addPeerings(plan);
  if (!kernel && dice.chance(0.2)) addStranger(plan);
  if (!kernel && dice.chance(0.5)) addTransitGateway(plan);
  for (const vpc of plan.vpcs) addGroups(plan, vpc);
  const enis = 1 + dice.below(6);
  for (let number = 0; number < enis; number++) addEni(plan, number);
  for (const vpc of plan.vpcs) addTables(plan, vpc);
  for (const vpc of plan.vpcs) addAcls(plan, vpc);
  if (!kernel && dice.chance(0.35)) addBalancer(plan);
  if (!kernel && dice.chance(0.06)) addBlock(plan);
  if (options.gaps === true) addGaps(plan);
  return plan.network.estate();
}

function addLists({ network, dice, lists }: Plan): void {
  for (let number = 0; number <= dice.below(2); number++) {
    const id = `pl-${number}`;
    const entries = dice.some<string>([...CLIENTS[4].slice(1), '10.0.0.0/8', '10.1.1.0/24', '10.0.1.10/32'], 0.3);
    network.prefixList(id, ...entries);
    lists.push(id);
  }
}

function publicAddress({ anonymous }: Plan, vpc: number, subnet: number, host: number): string {
  return anonymous ? `198.18.${vpc * 16 + subnet}.${host}` : `54.${vpc}.${subnet}.${host}`;
}

function addVpc(plan: Plan, number: number): void {
  const { network, dice, families, kernel } = plan;
  const id = `vpc-${number}`;
  const cidrs = { 4: `10.${number}.0.0/16`, 6: `2600:1f00:${number}:aa00::/56` };
  network.vpc(
    id,
    ...families.map((family) => cidrs[family]),
    ...(!kernel && dice.chance(0.15) ? [`100.${64 + number}.0.0/16`] : []),
  );
  const vpc: VpcPlan = {
    id,
    number,
    cidrs,
    subnets: [],
    groups: [],
    targets: { 4: [], 6: [] },
    enis: [],
    instances: [],
    addresses: { 4: [], 6: [] },
  };
  for (let subnet = 1; subnet <= 1 + dice.below(kernel ? 3 : 4); subnet++) {
    const name = `subnet-${number}-${subnet}`;
    const ranges = { 4: `10.${number}.${subnet}.0/24`, 6: `2600:1f00:${number}:aa0${subnet}::/64` };
    const zone = dice.chance(0.7) ? 'a' : 'b';
    network.subnet(
      name,
      id,
      families.map((family) => ranges[family]),
      zone,
    );
    vpc.subnets.push({ id: name, number: subnet, zone });
  }
  plan.vpcs.push(vpc);
  const reach = (target: string, ...of: readonly (4 | 6)[]): void => {
    for (const family of of) vpc.targets[family].push(target);
  };
  if (dice.chance(0.95)) {
    network.igw(`igw-${number}`, dice.chance(0.97) ? id : undefined);
    reach(`igw-${number}`, 4, 6);
  }
  if (kernel) return;
  if (families.includes(6) && dice.chance(0.4)) {
    network.eigw(`eigw-${number}`, id);
    reach(`eigw-${number}`, 6);
  }
  if (dice.chance(0.35)) {
    network.vgw(`vgw-${number}`, id, dice.chance(0.95) ? 'attached' : 'detached');
    reach(`vgw-${number}`, 4);
    if (dice.chance(0.3)) {
      network.add('ec2.DescribeVpnConnections', {
        VpnConnectionId: `vpn-${number}`,
        VpnGatewayId: `vgw-${number}`,
        State: dice.chance(0.8) ? 'available' : 'deleted',
        Routes: [{ DestinationCidrBlock: '172.16.0.0/14', State: 'available' }],
      });
    }
  }
  if (families.includes(4) && dice.chance(0.3)) {
    const subnet = dice.pick(nonEmpty(vpc.subnets));
    network.nat(
      `nat-${number}`,
      subnet.id,
      `10.${number}.${subnet.number}.200`,
      dice.chance(0.8) ? `54.${number}.250.200` : undefined,
    );
    reach(`nat-${number}`, 4);
  }
}

function nonEmpty<T>(list: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('an empty list');
  return [first, ...rest];
}

function addPeerings({ network, dice, vpcs }: Plan): void {
  for (const [index, one] of vpcs.entries()) {
    for (const other of vpcs.slice(index + 1)) {
      if (!dice.chance(0.6)) continue;
      const id = `pcx-${one.number}${other.number}`;
      network.peering(id, one.id, other.id, { status: dice.chance(0.95) ? 'active' : 'pending-acceptance' });
      for (const vpc of [one, other]) for (const family of [4, 6] as const) vpc.targets[family].push(id);
    }
  }
}

/** A peering with a VPC of an account that was not collected. */
function addStranger({ network, dice, vpcs, families }: Plan): void {
  const vpc = dice.pick(nonEmpty(vpcs));
  network.peering('pcx-other', vpc.id, 'vpc-other', {
    cidrs: ['172.20.0.0/16', ...(families.includes(6) ? ['2600:1f99::/56'] : [])],
  });
  for (const family of families) vpc.targets[family].push('pcx-other');
}

function addTransitGateway({ network, dice, vpcs, families }: Plan): void {
  network.transitGateway('tgw-0');
  const tables = ['tgw-rtb-0', ...(dice.chance(0.5) ? ['tgw-rtb-1'] : [])];
  const routes: string[] = [];
  const attach = (id: string, resource: string, cidrs: readonly string[], subnets: readonly string[] = []): void => {
    const table = dice.chance(0.95) ? dice.pick(nonEmpty(tables)) : undefined;
    network.attachment(id, 'tgw-0', resource, table, { subnets, referencing: dice.chance(0.5) });
    routes.push(...cidrs.map((cidr) => `${cidr} ${id}`));
  };
  for (const vpc of vpcs) {
    if (!dice.chance(0.8)) continue;
    const cidrs = families.map((family) => vpc.cidrs[family]);
    const first = dice.pick(nonEmpty(vpc.subnets));
    const other = vpc.subnets.find((subnet) => subnet.zone !== first.zone);
    attach(`tgw-attach-${vpc.number}`, vpc.id, cidrs, [first.id, ...(other !== undefined && dice.chance(0.6) ? [other.id] : [])]);
    for (const family of families) vpc.targets[family].push('tgw-0');
  }
  if (dice.chance(0.5)) attach('tgw-attach-vpn', 'vpn:vpn-0', ['192.168.0.0/16']);
  for (const table of tables) {
    const own = dice.some(routes, 0.85).map((text) => `${text}${dice.chance(0.5) ? ' propagated' : ''}`);
    network.transitTable(table, 'tgw-0', [
      ...own,
      ...(dice.chance(0.15) ? ['192.168.7.0/24 - blackhole'] : []),
      ...(dice.chance(0.15) ? ['10.0.1.0/24 - blackhole'] : []),
      ...(dice.chance(0.2) && routes[0] !== undefined ? [`0.0.0.0/0 ${routes[0].split(' ')[1]}`] : []),
    ]);
  }
}

/** A range that rules and routes are made of: clients, networks of the estate, single addresses. */
function range(plan: Plan, family: 4 | 6): string {
  const { dice, vpcs } = plan;
  if (dice.chance(0.55)) return CLIENTS[family][0];
  if (dice.chance(0.5)) return dice.pick(nonEmpty<string>(CLIENTS[family]));
  const vpc = dice.pick(nonEmpty(vpcs));
  const subnet = dice.pick(nonEmpty(vpc.subnets));
  const own = {
    4: [vpc.cidrs[4], `10.${vpc.number}.${subnet.number}.0/24`, `10.${vpc.number}.${subnet.number}.10/32`, '10.0.0.0/8'],
    6: [vpc.cidrs[6], `2600:1f00:${vpc.number}:aa0${subnet.number}::/64`, `2600:1f00:${vpc.number}:aa0${subnet.number}::10/128`],
  };
  return dice.pick(nonEmpty(own[family]));
}

function rule(plan: Plan, vpc: VpcPlan): string {
  const { dice, families, lists, kernel, vpcs } = plan;
  const protocol = dice.chance(0.15) ? 'all' : dice.chance(0.7) ? 'tcp' : 'udp';
  const odd = dice.chance(0.04) ? dice.pick(['icmp 22', '47', '6 22-80', '17 53', '58 443']) : undefined;
  const head = odd ?? (protocol === 'all' ? (dice.chance(0.2) ? 'all 22-22' : 'all') : `${protocol} ${dice.pick(SERVICES)}`);
  if (!kernel && dice.chance(0.15)) {
    const group = dice.chance(0.8)
      ? `sg-${vpc.number}-${dice.below(3)}`
      : `sg-${dice.pick(nonEmpty(vpcs)).number}-${dice.below(3)}`;
    return `${head} ${dice.chance(0.95) ? group : 'sg-gone'}`;
  }
  if (lists.length > 0 && dice.chance(0.15)) return `${head} ${dice.pick(nonEmpty(lists))}`;
  return `${head} ${range(plan, dice.pick(nonEmpty(families)))}`;
}

function addGroups(plan: Plan, vpc: VpcPlan): void {
  const { network, dice } = plan;
  for (let number = 0; number < 3; number++) {
    const id = `sg-${vpc.number}-${number}`;
    const rules = (limit: number): string[] => Array.from({ length: dice.below(limit + 1) }, () => rule(plan, vpc));
    network.group(id, vpc.id, [rule(plan, vpc), ...rules(2)], dice.chance(0.75) ? ['all 0.0.0.0/0', 'all ::/0'] : rules(2));
    vpc.groups.push(id);
  }
}

function addEni(plan: Plan, number: number): void {
  const { network, dice, vpcs, families, kernel } = plan;
  const vpc = dice.pick(nonEmpty(vpcs));
  const subnet = dice.pick(nonEmpty(vpc.subnets));
  const id = `eni-${number}`;
  const host = 10 + number;
  const four = `10.${vpc.number}.${subnet.number}.${host}`;
  const six = `2600:1f00:${vpc.number}:aa0${subnet.number}::${host}`;
  const second = !kernel && families.includes(4) && dice.chance(0.2) ? [`10.${vpc.number}.${subnet.number}.${host + 100}`] : [];
  const outside = (last: number): string => publicAddress(plan, vpc.number, subnet.number, last);
  const published = dice.chance(0.75) ? { [four]: outside(host) } : {};
  const also = second[0] !== undefined && dice.chance(0.5) ? { [second[0]]: outside(host + 100) } : {};
  const from = !kernel && dice.chance(0.05) ? dice.pick(nonEmpty(vpcs)) : vpc;
  const groups = dice.some(from.groups, 0.4);
  network.eni(id, subnet.id, {
    ip: [
      ...(families.includes(4) ? [four, ...second] : []),
      ...(families.includes(6) && dice.chance(kernel ? 1 : 0.7) ? [six] : []),
    ],
    groups: groups.length > 0 ? groups : [dice.pick(nonEmpty(from.groups))],
    ...(families.includes(4) ? { public: { ...published, ...also } } : {}),
    ...(!kernel && dice.chance(0.1) ? { prefixes: [`10.${vpc.number}.${subnet.number}.${64 + 16 * (number % 2)}/28`] } : {}),
    ...(!kernel && dice.chance(0.1) ? { state: 'stopped' } : {}),
    ...(!kernel && dice.chance(0.05) ? { checked: false } : {}),
  });
  vpc.enis.push(id);
  vpc.instances.push(id.replace('eni-', 'i-'));
  vpc.addresses[4].push(four);
}

function addTables(plan: Plan, vpc: VpcPlan): void {
  const { network, dice, lists, kernel } = plan;
  const routes = (): string[] => {
    const made = new Map<string, string>();
    const put = (destination: string, target: string): void => {
      if (!made.has(destination)) made.set(destination, `${destination} ${target}`);
    };
    for (const family of plan.families) {
      const targets = vpc.targets[family];
      const igw = targets.find((target) => target.startsWith('igw-'));
      if (igw !== undefined && dice.chance(0.65)) put(CLIENTS[family][0], igw);
      for (const target of targets) {
        const pcx = /^pcx-(\d)(\d)$/.exec(target);
        const other = pcx === null ? undefined : plan.vpcs[Number(pcx[1]) === vpc.number ? Number(pcx[2]) : Number(pcx[1])];
        if (other !== undefined && dice.chance(0.75)) put(dice.chance(0.8) ? other.cidrs[family] : '10.0.0.0/8', target);
        if (target === 'pcx-other' && dice.chance(0.8)) put(family === 4 ? '172.20.0.0/16' : '2600:1f99::/56', target);
        if (target.startsWith('vgw-') && dice.chance(0.3))
          put('172.16.0.0/12', `${target}${dice.chance(0.6) ? ' propagated' : ''}`);
        if (target.startsWith('tgw-') && dice.chance(0.8))
          for (const one of plan.vpcs) if (one !== vpc) put(one.cidrs[family], target);
        if (target.startsWith('tgw-') && family === 4 && dice.chance(0.5)) put('192.168.0.0/16', target);
        if (target.startsWith('vgw-') && dice.chance(0.8))
          put('192.168.0.0/16', `${target}${dice.chance(0.6) ? ' propagated' : ''}`);
      }
      for (let extra = dice.below(3); extra > 0 && targets.length > 0; extra--) {
        const destination = dice.pick(nonEmpty<string>(CLIENTS[family].filter((one) => one !== CLIENTS[family][0])));
        put(destination, `${dice.pick(nonEmpty(targets))}${dice.chance(0.25) ? ' blackhole' : ''}`);
      }
      if (!kernel && family === 4 && dice.chance(0.15)) {
        const subnet = dice.pick(nonEmpty(vpc.subnets));
        const more = dice.pick(nonEmpty([...targets, ...vpc.enis, 'vpce-firewall', 'local']));
        const flag = dice.pick(['', '', ' blackhole', ' propagated']);
        put(`10.${vpc.number}.${subnet.number}.${dice.chance(0.5) ? '0/24' : '8/29'}`, `${more}${flag}`);
      }
      const list = lists[0];
      if (list !== undefined && targets.length > 0 && dice.chance(0.3)) put(list, dice.pick(nonEmpty(targets)));
      if (!kernel && dice.chance(0.05)) for (const eni of vpc.enis.slice(0, 1)) put('10.9.0.0/16', eni);
    }
    // Of the two families, ranges of the wrong one are never routed.
    return [...made.values()].filter((text) => text.startsWith('pl-') || plan.families.includes(text.includes(':') ? 6 : 4));
  };
  network.table(`rtb-${vpc.number}-main`, vpc.id, ['main'], routes());
  const own = dice.some(vpc.subnets, 0.4).map((subnet) => subnet.id);
  if (own.length > 0) network.table(`rtb-${vpc.number}-own`, vpc.id, own, routes());
  const igw = vpc.targets[4].find((target) => target.startsWith('igw-'));
  if (!kernel && igw !== undefined && dice.chance(0.1)) {
    const subnet = dice.pick(nonEmpty(vpc.subnets));
    const target = dice.pick(nonEmpty([...vpc.enis, 'local', 'vpce-firewall', 'eni-gone blackhole']));
    network.table(`rtb-${vpc.number}-edge`, vpc.id, [igw], [`10.${vpc.number}.${subnet.number}.0/24 ${target}`]);
  }
}

function addAcls(plan: Plan, vpc: VpcPlan): void {
  const { network, dice, families } = plan;
  const side = (ports: readonly [string, ...string[]]): string[] => {
    const entries = new Map<number, string>();
    for (let count = 1 + dice.below(4); count > 0; count--) {
      const number = 100 + dice.below(6) * 10;
      const protocol = dice.chance(0.3) ? 'all' : dice.chance(0.75) ? 'tcp' : 'udp';
      const port = protocol === 'all' ? '' : `${dice.pick(ports)} `;
      const family = dice.pick(nonEmpty(families));
      if (!entries.has(number)) {
        entries.set(number, `${number} ${dice.chance(0.6) ? 'allow' : 'deny'} ${protocol} ${port}${range(plan, family)}`);
      }
    }
    if (dice.chance(0.6))
      for (const family of families) entries.set(900 + family, `${900 + family} allow all ${CLIENTS[family][0]}`);
    return [...entries.values()];
  };
  for (const subnet of vpc.subnets) {
    if (!dice.chance(0.45)) continue;
    network.acl(
      `acl-${vpc.number}-${subnet.number}`,
      vpc.id,
      [subnet.id],
      side([...SERVICES, '1024-65535']),
      side([...CLIENT_PORTS, '80']),
    );
  }
}

function addBalancer(plan: Plan): void {
  const { network, dice, vpcs, families } = plan;
  if (!families.includes(4)) return;
  const vpc = dice.pick(nonEmpty(vpcs));
  const kind = dice.pick(['application', 'network', 'classic']);
  const chosen = dice.some(vpc.subnets, 0.6);
  const subnets = chosen.length > 0 ? chosen : [vpc.subnets[0] ?? { id: '', number: 1, zone: 'a' }];
  const dual = families.includes(6) && dice.chance(0.5);
  const nodeOf = (number: number): string => {
    const six = `2600:1f00:${vpc.number}:aa0${number}::240`;
    return `10.${vpc.number}.${number}.240${dual ? ` ${six}` : ''}`;
  };
  const nodes = Object.fromEntries(subnets.map(({ id, number }) => [id, nodeOf(number)]));
  const scheme = dice.chance(0.8) ? 'internet-facing' : 'internal';
  const mapped = Object.fromEntries(subnets.map(({ id, number }) => [id, publicAddress(plan, vpc.number, number, 240)]));
  const common = {
    nodes,
    scheme,
    ...(scheme === 'internet-facing' ? { public: mapped } : {}),
    groups: kind === 'network' && dice.chance(0.4) ? [] : [dice.pick(nonEmpty(vpc.groups))],
  };
  const instances = dice.some(vpc.instances, 0.8);
  if (kind === 'classic') {
    network.classic('lb', { ...common, listeners: ['80 8080', '443 443'], instances, crossZone: dice.chance(0.5) });
    return;
  }
  const application = kind === 'application';
  network.balancer('lb', {
    ...common,
    kind: application ? 'application' : 'network',
    listeners: application
      ? { 'HTTP 80': ['one'], 'HTTPS 443': ['one', 'two'] }
      : { 'TCP 80': ['one'], 'TCP_UDP 53': ['two'], 'TLS 443': ['one'] },
    row: {
      IpAddressType: dual ? 'dualstack' : 'ipv4',
      ...(application ? {} : { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: dice.pick(['on', 'off']) }),
    },
    attributes: dice.chance(0.5) ? { 'load_balancing.cross_zone.enabled': dice.chance(0.5) ? 'true' : 'false' } : {},
  });
  network.targetGroup('one', {
    port: 8080,
    vpc: vpc.id,
    protocol: application ? 'HTTP' : 'TCP',
    targets: instances.map((id) => (dice.chance(0.2) ? `${id}#3306` : id)),
    attributes: !application && dice.chance(0.4) ? { 'preserve_client_ip.enabled': dice.chance(0.5) ? 'true' : 'false' } : {},
  });
  if (!application && dice.chance(0.6)) addService(plan);
  if (!application && dice.chance(0.3)) {
    network.targetGroup('two', { port: 80, vpc: vpc.id, type: 'alb', protocol: 'TCP', targets: [network.balancerArn('inner')] });
    network.balancer('inner', {
      nodes: Object.fromEntries(subnets.map(({ id, number }) => [id, `10.${vpc.number}.${number}.241`])),
      scheme: 'internal',
      groups: [dice.pick(nonEmpty(vpc.groups))],
      listeners: { 'HTTP 80': ['one'] },
    });
    return;
  }
  network.targetGroup('two', {
    port: 53,
    vpc: vpc.id,
    type: 'ip',
    protocol: application ? 'HTTP' : 'TCP_UDP',
    targets: dice.some(vpc.addresses[4], 0.7),
  });
}

/** The network load balancer offered through PrivateLink, to somebody or to nobody. */
function addService({ network, dice, families }: Plan): void {
  const [id, owner] = ['vpce-svc-lb', '999999999999'];
  network.add('ec2.DescribeVpcEndpointServiceConfigurations', {
    ServiceId: id,
    ServiceName: `com.amazonaws.vpce.${network.region}.${id}`,
    ServiceType: [{ ServiceType: 'Interface' }],
    ServiceState: dice.chance(0.95) ? 'Available' : 'Deleted',
    AcceptanceRequired: dice.chance(0.5),
    NetworkLoadBalancerArns: [network.balancerArn('lb', 'network')],
    SupportedIpAddressTypes: families.includes(6) && dice.chance(0.5) ? ['ipv4', 'ipv6'] : ['ipv4'],
  });
  const principals = dice.some(['*', `arn:aws:iam::${owner}:root`], 0.4);
  network.per(
    'ec2.DescribeVpcEndpointServicePermissions',
    id,
    principals.map((Principal) => ({ PrincipalType: Principal === '*' ? 'All' : 'Account', Principal })),
  );
  if (!dice.chance(0.5)) return;
  network.add('ec2.DescribeVpcEndpointConnections', {
    ServiceId: id,
    VpcEndpointId: 'vpce-theirs',
    VpcEndpointOwner: owner,
    VpcEndpointState: dice.pick(['available', 'available', 'pendingAcceptance', 'rejected']),
  });
}

function addBlock({ network, dice, vpcs }: Plan): void {
  const vpc = dice.pick(nonEmpty(vpcs));
  const exclusions = dice.chance(0.5)
    ? [`${dice.chance(0.5) ? vpc.id : (vpc.subnets[0]?.id ?? vpc.id)} allow-${dice.chance(0.7) ? 'bidirectional' : 'egress'}`]
    : [];
  network.block(dice.chance(0.5) ? 'block-ingress' : 'block-bidirectional', ...exclusions);
}
