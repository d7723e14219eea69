/** Where packets come into a network: through Internet gateways, VPN gateways and peerings; and who blocks public access. */
import { fields, items, text } from '../../inventory/values.ts';
import { isGlobal, isPrivate, type Prefix, parsePrefix, prefixHolds } from './address.ts';
import type { Flow, Ruling } from './filters.ts';
import { type Arrival, DROPPED, missing, note, passes, unknown } from './journey.ts';
import { arrive, follow, type Walk } from './walk.ts';
import { type Eni, eniAt, eniHas, vpcHolds, type World } from './world.ts';

const ACTIVE = /^(create-complete|update-complete)$/;
const INACTIVE = /^(create-failed|delete-complete|disable-complete)$/;

/** Whether blocked public access lets a packet through an Internet gateway. `initiated` says who may have opened the flow. */
export function publicAccess(
  world: World,
  vpcId: string,
  subnetId: string,
  initiated: 'outside' | 'inside' | 'inside, by a gateway that only lets out',
): Ruling {
  const vpc = world.vpcs.get(vpcId);
  const region = world.estate.regions.find((one) => one.account === vpc?.owner && one.region === vpc.region);
  const id = vpc?.owner ?? vpcId;
  const table = region?.table('ec2.DescribeVpcBlockPublicAccessOptions');
  if (region === undefined || table?.kind !== 'rows') return { verdict: 'maybe', id };
  const options = table.rows[0];
  if (options === undefined) return { verdict: 'yes', id };
  const mode = text(options.InternetGatewayBlockMode);
  if (mode === 'off') return { verdict: 'yes', id };
  if (mode !== 'block-bidirectional' && mode !== 'block-ingress') return { verdict: 'maybe', id };
  if (mode === 'block-ingress' && initiated === 'inside, by a gateway that only lets out')
    return { verdict: 'yes', id, rule: mode };
  if (text(options.ExclusionsAllowed) === 'not-allowed') return { verdict: 'no', id, rule: mode };
  const exclusions = region.table('ec2.DescribeVpcBlockPublicAccessExclusions');
  if (exclusions.kind !== 'rows') return { verdict: 'maybe', id, rule: mode };
  let maybe = false;
  for (const row of exclusions.rows) {
    const resource = text(row.ResourceArn)?.split('/')[1];
    if (resource !== vpcId && resource !== subnetId) continue;
    const allowed = text(row.InternetGatewayExclusionMode);
    if (!(allowed === 'allow-bidirectional' || (allowed === 'allow-egress' && initiated !== 'outside'))) continue;
    const state = text(row.State) ?? '';
    if (ACTIVE.test(state)) return { verdict: 'yes', id, rule: text(row.ExclusionId) };
    if (!INACTIVE.test(state)) maybe = true;
  }
  return { verdict: maybe ? 'maybe' : 'no', id, rule: mode };
}

/** Who has an address of the Internet: a mapped public IPv4 address, or an IPv6 address. */
export function publicOwner(
  world: World,
  flow: Pick<Flow, 'family' | 'destination'>,
): { eni: Eni; address: bigint } | 'several' | undefined {
  if (flow.family === 4) return world.publicOwners.get(flow.destination);
  let found: { eni: Eni; address: bigint } | 'several' | undefined;
  for (const vpc of world.vpcs.keys()) {
    const eni = eniAt(world, vpc, 6, flow.destination);
    if (eni === undefined) continue;
    if (eni === 'several' || found !== undefined) found = 'several';
    else found = { eni, address: flow.destination };
  }
  return found;
}

/** Global unicast space as a whole: what AWS gives to interfaces, even where a snapshot shows documentation addresses instead. */
const UNICAST_SIX = parsePrefix('2000::/3');

/** Whether packets can be sent to an address over the Internet: a global one, or one that AWS has mapped to an interface. */
export function isAddressable(world: World, family: 4 | 6, value: bigint): boolean {
  if (isGlobal(family, value)) return true;
  if (family === 4) return world.publicOwners.has(value);
  return UNICAST_SIX !== undefined && prefixHolds(UNICAST_SIX, 6, value);
}

/** The public address of one of an interface's addresses. */
export function publicAddress(world: World, eni: Eni, family: 4 | 6, address: bigint): bigint | undefined {
  if (family === 6) return eniHas(eni, 6, address) ? address : undefined;
  for (const [outside, owner] of world.publicOwners) {
    if (owner !== 'several' && owner.eni === eni && owner.address === address) return outside;
  }
  return undefined;
}

/** Comes in from the Internet. */
export function fromInternet(walk: Walk, flow: Flow): Arrival {
  const { journey } = walk;
  const { world } = journey;
  const type = 'AWS::EC2::InternetGateway';
  const owner = publicOwner(world, flow);
  if (owner === 'several') return unknown(journey, type, '?', 'several interfaces have the address');
  if (owner === undefined) return missing(journey, 'ec2.DescribeNetworkInterfaces', type, '?', 'no interface has the address');
  const { eni, address } = owner;
  const gateway = world.internetGateways.get(eni.vpc);
  if (gateway === undefined) return missing(journey, 'ec2.DescribeInternetGateways', type, eni.vpc, 'none is attached');
  note(journey, type, gateway, 'pass');
  if (journey.direction === 'forward') {
    const ruling = publicAccess(world, eni.vpc, eni.subnet, 'outside');
    if (!passes(journey, 'AWS::EC2::VPCBlockPublicAccessOptions', ruling)) return DROPPED;
  }
  return throughEdge({ ...walk, other: { ...walk.other, strangers: true } }, eni.vpc, gateway, { ...flow, destination: address });
}

/** From a gateway that may have a route table of its own into its VPC. */
export function throughEdge(walk: Walk, vpc: string, gateway: string, flow: Flow): Arrival {
  const table = walk.journey.world.tableOfGateway.get(gateway);
  return table === undefined ? arrive(walk, vpc, flow, undefined) : follow(walk, table, flow, undefined);
}

/** Networks that are known to be somewhere; `whole` when there can be no others. */
export interface Networks {
  readonly prefixes: readonly Prefix[];
  readonly whole: boolean;
}

/** The networks that are known to be behind a VPN gateway, by its VPC's routes and its connections. */
export function remoteNetworks(world: World, vpc: string, gateway: string): Networks {
  let whole = true;
  const doubt = (): [] => {
    whole = false;
    return [];
  };
  const routed = (world.tablesOfVpc.get(vpc) ?? []).flatMap((table) =>
    (table.routes ?? doubt()).flatMap((route) => {
      if (route.blackhole || route.target.kind !== 'vpn' || route.target.id !== gateway) return [];
      return route.prefix ?? (route.list === undefined ? doubt() : (world.lists.get(route.list) ?? doubt()));
    }),
  );
  const connected = world
    .rows('ec2.DescribeVpnConnections')
    .flatMap(({ row }) =>
      row.VpnGatewayId !== gateway || row.State === 'deleted'
        ? []
        : items(row.Routes).flatMap((route) => parsePrefix(fields(route)?.DestinationCidrBlock) ?? []),
    );
  if (world.incomplete.has('ec2.DescribeVpnConnections') || world.incomplete.has('ec2.DescribeRouteTables')) doubt();
  return { prefixes: [...routed, ...connected], whole };
}

/**
 * Whether a network of unknown or known prefixes may have an address. Where no prefix is known any private address
 * that is not the VPC's own is assumed to be there; where more may be there than is known it is possible.
 */
export function behind(
  world: World,
  vpc: string | undefined,
  { prefixes, whole }: Networks,
  family: 4 | 6,
  address: bigint,
): 'yes' | 'no' | 'assumed' | 'maybe' {
  if (prefixes.some((prefix) => prefixHolds(prefix, family, address))) return 'yes';
  if (prefixes.length > 0 && whole) return 'no';
  if (!isPrivate(family, address) || (vpc !== undefined && vpcHolds(world, vpc, family, address))) return 'no';
  return prefixes.length > 0 ? 'maybe' : 'assumed';
}
