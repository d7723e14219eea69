/** The ways that lead to an address: from the Internet, peered VPCs, VPN gateways and transit gateways. */
import type { Source } from './exposure.ts';
import type { InterfaceAddress, LoadBalancer, NetworkInterface, Subnet, Vpc } from './model.ts';
import { privateLinkWays } from './private-link.ts';
import { contains, intersect, type Point, type Spans, subtract, union } from './sets/spans.ts';
import { balancerType, type Probe, type Stage } from './stage.ts';
import { ANY_GATEWAY, type Stages } from './stages.ts';
import { transitWays } from './transit.ts';

/** What is reached. */
export interface Goal<P extends Point> {
  readonly vpc: Vpc;
  readonly subnet: Subnet;
  readonly interface: NetworkInterface;
  readonly address: InterfaceAddress;
  /** The first address of what `address` says. */
  readonly point: P;
  /** Whose node the interface is; `unlisted` when that one is not in the snapshot. */
  readonly balancer?: LoadBalancer;
  /** Reached through PrivateLink: the load balancer's targets never see the client's address. */
  readonly linked?: true;
  readonly unlisted?: true;
}

export interface Way<P extends Point> {
  readonly source: Source;
  /** Tells several ways from one source apart. */
  readonly variant?: string;
  /** Addresses that are at the source, whether a route leads them here or not; any when absent. */
  origin?(): Spans<P>;
  /** From the client to the goal and back; security groups last. */
  readonly stages: readonly Stage<P>[];
}

/** What every way ends with: the subnet's ACL both ways and the interface's groups. */
function ending<P extends Point>(goal: Goal<P>, stages: Stages<P>, vpc: string | undefined): readonly Stage<P>[] {
  const { acl } = goal.subnet;
  return [stages.acl(acl, 'inbound'), stages.acl(acl, 'outbound'), ...doors(goal, stages, vpc)];
}

/** The interface's groups, and what a load balancer listens on. */
export function doors<P extends Point>(goal: Goal<P>, stages: Stages<P>, vpc: string | undefined): readonly Stage<P>[] {
  const { interface: eni, balancer } = goal;
  const said = 'the load balancer that it is a node of is not in the snapshot';
  const lost = stages.gate(stages.constraints.mode === 'possible', {
    ...{ type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', id: eni.description, yes: said, no: said },
    opening: `collect the load balancers of ${goal.vpc.region}`,
  });
  // A network load balancer may have no groups at all, and lets everything in then.
  const isOpen = (balancer?.kind === 'network' || eni.type === 'network_load_balancer') && eni.groups.length === 0;
  return [
    ...(goal.unlisted === true ? [lost] : []),
    ...(balancer === undefined ? [] : [stages.listeners(balancer)]),
    ...(isOpen ? [] : [stages.groups(eni.groups, vpc)]),
  ];
}

/** The goal's address as a block. */
export function hostOf<P extends Point>({ address }: Goal<P>): string {
  return address.private.includes('/') ? address.private : `${address.private}/${address.family === 4 ? 32 : 128}`;
}

/** What comes in by a gateway or an attachment's subnet is looked up in a table there, and may be sent somewhere else first. */
export function arrival<P extends Point>(table: string | undefined, goal: Goal<P>, stages: Stages<P>): readonly Stage<P>[] {
  const { constraints } = stages;
  if (table === undefined) return [];
  const route = constraints.routeFor(table, goal.point);
  const possible = constraints.mode === 'possible';
  const open =
    route === 'unknown'
      ? possible
      : route !== undefined &&
        !route.blackhole &&
        (route.target === 'local' || route.target === goal.interface.id || (possible && constraints.mayForward(route.target)));
  const { because, ...more } = stages.routeWords(table, goal.point);
  return [
    stages.gate(open, {
      type: 'AWS::EC2::RouteTable',
      id: table,
      yes: because,
      no: because,
      ...more,
      opening: `add a route for ${hostOf(goal)} to ${goal.interface.id} in ${table}`,
    }),
  ];
}

/** A gateway's own route table. */
function edge<P extends Point>(gateway: string, goal: Goal<P>, stages: Stages<P>): readonly Stage<P>[] {
  return arrival(stages.constraints.network.edgeTables.get(gateway), goal, stages);
}

/** Global unicast IPv6 as a whole: what AWS gives to interfaces, even where a snapshot shows documentation addresses instead. */
const UNICAST6 = '2000::/3';

/** Whether a load balancer takes what comes from the Internet. */
function facing<P extends Point>(balancer: LoadBalancer, family: 4 | 6, stages: Stages<P>): readonly Stage<P>[] {
  const about = { type: balancerType(balancer), id: balancer.id };
  const gate = (open: boolean | undefined, no: string, opening: string): Stage<P>[] => {
    if (open === true) return [];
    const said = open === undefined ? `whether it ${no} is not known` : no;
    return [
      stages.gate(open === undefined && stages.constraints.mode === 'possible', { ...about, yes: said, no: said, opening }),
    ];
  };
  return [
    ...gate(
      balancer.internetFacing,
      'is an internal load balancer: it takes nothing from the Internet',
      `replace ${balancer.id} by an internet-facing load balancer`,
    ),
    ...(family === 4
      ? []
      : gate(
          balancer.takesIpv6,
          'denies IPv6 from the Internet (ipv6.deny_all_igw_traffic)',
          `allow IPv6 from the Internet gateway at ${balancer.id}`,
        )),
  ];
}

function internetWay<P extends Point>(goal: Goal<P>, stages: Stages<P>): Way<P> | undefined {
  const { vpc, subnet, address, balancer } = goal;
  const { constraints } = stages;
  const { space } = constraints;
  const isPublic = address.family === 6 ? contains(constraints.cidr(UNICAST6), goal.point) : address.public !== undefined;
  const unknown = constraints.lacks(vpc, 'gateways');
  const possible = constraints.mode === 'possible';
  const gateway = vpc.internetGateway;
  const id = gateway ?? (unknown ? 'unknown' : 'none');
  const outside = address.public ?? address.private;
  const isBlocked = subnet.excludedFromBlock === true ? false : vpc.blocked;
  return {
    source: { kind: 'internet', id: gateway ?? (unknown ? 'unknown' : 'none') },
    // Nobody out there has an address of the VPC's own.
    origin: () => vpc.cidrs.reduce<Spans<P>>((rest, cidr) => subtract(rest, constraints.cidr(cidr)), space.internet),
    stages: [
      stages.gate(isPublic && (address.contested !== true || possible), {
        type: 'AWS::EC2::NetworkInterface',
        id: goal.interface.id,
        silent: true,
        yes:
          address.contested === true
            ? `rows contradict one another on whether ${outside} is its address`
            : `${outside} is its address on the Internet`,
        no: `${address.private} has no public address`,
        opening: `${address.family === 6 ? 'give a global IPv6 address to' : 'associate a public address with'} ${goal.interface.id} (${address.private})`,
      }),
      stages.gate(gateway !== undefined || (unknown && possible), {
        type: 'AWS::EC2::InternetGateway',
        id,
        yes: gateway === undefined ? `whether one is attached to ${vpc.id} is not known` : `attached to ${vpc.id}`,
        no: `${unknown ? 'whether an' : 'no'} Internet gateway is attached to ${vpc.id}${unknown ? ' is not known' : ''}`,
        opening: `attach an Internet gateway to ${vpc.id}`,
      }),
      ...(balancer === undefined ? [] : facing(balancer, address.family, stages)),
      ...(isBlocked === false
        ? []
        : [
            stages.gate(isBlocked === undefined && possible, {
              type: 'AWS::EC2::VPCBlockPublicAccessOptions',
              id: `${vpc.account}/${vpc.region}`,
              yes: 'whether public access is blocked is not known',
              no:
                isBlocked === undefined
                  ? 'whether public access is blocked is not known'
                  : `public access is blocked in ${vpc.region} and neither ${vpc.id} nor ${subnet.id} is excluded`,
              opening: `exclude ${subnet.id} from blocked public access`,
            }),
          ]),
      ...(gateway === undefined ? [] : edge(gateway, goal, stages)),
      stages.sources(`internet ${id}`, () => space.internet, {
        direction: 'forward',
        type: 'AWS::EC2::InternetGateway',
        id,
        silent: true,
        isInternet: true,
        words: 'from an address of the Internet',
      }),
      stages.replies(subnet.routeTable, gateway ?? (unknown ? ANY_GATEWAY : '')),
      ...ending(goal, stages, undefined),
    ],
  };
}

/** Who can send to a goal through a gateway; goals with the same senders share one answer. */
export interface Senders<P extends Point> {
  readonly key: string;
  readonly spans: Spans<P>;
}

/** Addresses of a VPC that have a route to the goal through a gateway; all of them where its subnets are not known. */
export function sendersIn<P extends Point>(
  vpc: string,
  cidrs: readonly string[],
  gateway: string,
  goal: Goal<P>,
  stages: Stages<P>,
  reaches: (subnet: Subnet) => boolean = () => true,
  label = '',
): Senders<P> {
  const { constraints } = stages;
  const home = constraints.network.vpcs.get(vpc);
  if (home === undefined || (constraints.mode === 'possible' && constraints.lacks(home, 'subnets')))
    return { key: 'all', spans: cidrs.reduce<Spans<P>>((sum, cidr) => union(sum, constraints.cidr(cidr)), []) };
  // Subnets that share a table come and go together.
  const leading = new Set(
    [...constraints.tablesIn(vpc)].filter((table) => contains(stages.routedTo(table, gateway), goal.point)),
  );
  const key = `${label} ${[...leading].join(' ')}`;
  const senders = () => constraints.subnetsOf(vpc).filter((subnet) => leading.has(subnet.routeTable) && reaches(subnet));
  return { key, spans: constraints.spansOfSubnets(`${vpc} ${gateway} ${key}`, senders) };
}

/** Addresses of a VPC's subnets, in some zones; of one that is not in the snapshot, all that it has. */
export function addressesIn<P extends Point>(
  vpc: string,
  cidrs: readonly string[],
  { constraints }: Stages<P>,
  zones?: readonly string[],
): Spans<P> {
  const subnets = () => constraints.subnetsOf(vpc).filter(({ zone }) => zones === undefined || zones.includes(zone));
  if (constraints.network.vpcs.has(vpc)) return constraints.spansOfSubnets(`all of ${vpc} ${zones?.join(' ')}`, subnets);
  return cidrs.reduce<Spans<P>>((sum, cidr) => union(sum, constraints.cidr(cidr)), []);
}

/** What lets a sender in a VPC send to the goal through a gateway. */
export function sendingRoute<P extends Point>(vpc: string, gateway: string, { constraints }: Stages<P>) {
  return ({ source, goal = 'its address' }: Probe<P>): string => {
    const home = constraints.subnetsOf(vpc).find(({ cidrs }) => cidrs.some((cidr) => contains(constraints.cidr(cidr), source)));
    return `add a route for ${goal} to ${gateway} in ${home?.routeTable ?? `the sender's route table in ${vpc}`}`;
  };
}

function peeringWays<P extends Point>(goal: Goal<P>, stages: Stages<P>, end: readonly Stage<P>[]): Way<P>[] {
  return stages.constraints.peeringsOf(goal.vpc.id).flatMap((peering): Way<P>[] => {
    const own = peering.sides.findIndex(({ vpc }) => vpc === goal.vpc.id);
    const peer = peering.sides[own === 0 ? 1 : 0];
    if (own < 0 || peer === undefined) return [];
    const type = 'AWS::EC2::VPCPeeringConnection';
    const cidrs = stages.constraints.network.vpcs.get(peer.vpc)?.cidrs ?? peer.cidrs;
    const senders = sendersIn(peer.vpc, cidrs, peering.id, goal, stages);
    return [
      {
        source: { kind: 'peering', id: peering.id },
        origin: () => addressesIn(peer.vpc, peer.cidrs, stages),
        stages: [
          stages.gate(peering.active, {
            type,
            id: peering.id,
            yes: `joins ${peer.vpc} and ${goal.vpc.id}`,
            no: `${peering.id} is not active`,
            opening: `accept ${peering.id}`,
          }),
          stages.sources(`peer ${peering.id} ${peer.vpc} ${senders.key}`, () => senders.spans, {
            direction: 'forward',
            type,
            id: peering.id,
            silent: true,
            words: `of ${peer.vpc} only subnets with a route to it`,
            opening: sendingRoute(peer.vpc, peering.id, stages),
          }),
          stages.replies(goal.subnet.routeTable, peering.id),
          ...end,
        ],
      },
    ];
  });
}

/**
 * Addresses behind a gateway: the networks that are known to be there, or any private one that is not the VPC's own.
 *
 * @param whole whether no others can be there
 */
export function remote<P extends Point>(
  known: readonly string[],
  whole: boolean,
  goal: Goal<P>,
  stages: Stages<P>,
): Senders<P> & { readonly assumed: boolean } {
  const { constraints } = stages;
  const sum = (list: readonly string[]) => list.reduce<Spans<P>>((all, cidr) => union(all, constraints.cidr(cidr)), []);
  const { cidrs } = goal.vpc;
  const rest = () => subtract(constraints.space.private, sum(cidrs));
  if (known.length === 0) return { key: `assumed not ${cidrs.join(' ')}`, spans: rest(), assumed: true };
  if (!whole && constraints.mode === 'possible')
    return { key: `${known.join(' ')} or not ${cidrs.join(' ')}`, spans: union(sum(known), rest()), assumed: true };
  const spans = sum(known);
  const own = sum(goal.subnet.cidrs);
  // Replies to its own subnet never leave it.
  if (intersect(spans, own).length > 0)
    return { key: `${known.join(' ')} not ${goal.subnet.id}`, spans: subtract(spans, own), assumed: false };
  return { key: known.join(' '), spans, assumed: false };
}

function vpnWay<P extends Point>(goal: Goal<P>, stages: Stages<P>, end: readonly Stage<P>[]): Way<P> | undefined {
  const { vpc, subnet } = goal;
  const gateway = vpc.vpnGateway;
  if (gateway === undefined) return undefined;
  const { constraints } = stages;
  const routed = constraints.routesTo(vpc.id, gateway);
  const known = [...routed.cidrs, ...(constraints.network.vpnRoutes.get(gateway) ?? [])];
  const whole = routed.whole && !constraints.lacks(vpc, 'vpn-connections') && !constraints.lacks(vpc, 'routes');
  const { key, spans, assumed } = remote(known, whole, goal, stages);
  return {
    source: { kind: 'vpn-gateway', id: gateway, ...(assumed ? { assumed: true } : {}) },
    origin: () => spans,
    stages: [
      ...edge(gateway, goal, stages),
      stages.sources(`vpn ${gateway} ${key}`, () => spans, {
        direction: 'forward',
        type: 'AWS::EC2::VPNGateway',
        id: gateway,
        words: 'from a network behind it',
      }),
      stages.replies(subnet.routeTable, gateway),
      ...end,
    ],
  };
}

const UNLISTED = [
  { missing: 'peerings', prefix: 'pcx-', kind: 'peering', type: 'AWS::EC2::VPCPeeringConnection' },
  { missing: 'vpn-gateways', prefix: 'vgw-', kind: 'vpn-gateway', type: 'AWS::EC2::VPNGateway' },
  { missing: 'transit', prefix: 'tgw-', kind: 'transit-gateway', type: 'AWS::EC2::TransitGateway' },
] as const;

/** Gateways that the VPC's routes name where the table that would tell of them is missing: possible ways from any private address. */
function unlistedWays<P extends Point>(goal: Goal<P>, stages: Stages<P>, end: readonly Stage<P>[]): Way<P>[] {
  const { constraints } = stages;
  return UNLISTED.flatMap(({ missing, prefix, kind, type }): Way<P>[] => {
    if (!constraints.lacks(goal.vpc, missing)) return [];
    return constraints.gatewaysIn(goal.vpc.id, prefix).flatMap((id): Way<P>[] => {
      if (constraints.network.peerings.has(id) || goal.vpc.vpnGateway === id) return [];
      if ([...constraints.network.attachments.values()].some(({ gateway }) => gateway === id)) return [];
      const said = 'is named by routes and not in the snapshot: what it joins is not known';
      const { key, spans } = remote([], false, goal, stages);
      return [
        {
          source: { kind, id, assumed: true },
          stages: [
            stages.gate(constraints.mode === 'possible', { type, id, yes: said, no: said, opening: `collect ${id}` }),
            stages.sources(`unlisted ${id} ${key}`, () => spans, { direction: 'forward', type, id, silent: true, words: said }),
            stages.replies(goal.subnet.routeTable, id),
            ...end,
          ],
        },
      ];
    });
  });
}

/** Tells one way to a goal from the others, whether they are certain or possible. */
export function wayKey<P extends Point>({ source, variant }: Way<P>): string {
  return `${source.kind} ${source.id} ${variant}`;
}

/** Every way to a goal, whether it is open or not. */
export function waysTo<P extends Point>(goal: Goal<P>, stages: Stages<P>): readonly Way<P>[] {
  const inside = ending(goal, stages, goal.vpc.id);
  return [
    ...[internetWay(goal, stages)].filter((way) => way !== undefined),
    ...peeringWays(goal, stages, inside),
    ...[vpnWay(goal, stages, inside)].filter((way) => way !== undefined),
    ...transitWays(goal, stages, doors(goal, stages, goal.vpc.id)),
    ...privateLinkWays(goal, stages),
    ...unlistedWays(goal, stages, inside),
  ];
}
