/** Resources, sources, hops and ports in words. */
import type { Hop, PortRange } from '../../network/exposure.ts';
import type { Packet } from '../../network/packet.ts';
import { count } from '../text.ts';
import type { NetworkReport } from './format.ts';
import { type Found, groupOf, type NetworkRow, type PortName } from './rows.ts';

type Names = NetworkReport['names'];

const TYPES: Readonly<Record<string, string>> = {
  'AWS::EC2::InternetGateway': 'Internet gateway',
  'AWS::EC2::VPCPeeringConnection': 'peering',
  'AWS::EC2::VPNGateway': 'VPN gateway',
  'AWS::EC2::TransitGatewayAttachment': 'TGW attachment',
  'AWS::EC2::TransitGatewayRouteTable': 'TGW route table',
  'AWS::EC2::VPCBlockPublicAccessOptions': 'block public access',
  'AWS::EC2::VPCEndpointService': 'endpoint service',
  'AWS::EC2::RouteTable': 'route table',
  'AWS::EC2::NetworkAcl': 'network ACL',
  'AWS::EC2::SecurityGroup': 'security group',
  'AWS::EC2::NetworkInterface': 'interface',
  'AWS::EC2::Instance': 'instance',
  'AWS::EC2::VPCEndpoint': 'VPC endpoint',
  'AWS::EC2::PrefixList': 'prefix list',
  'AWS::EC2::LocalGateway': 'local gateway',
  'AWS::EC2::CarrierGateway': 'carrier gateway',
  'AWS::NetworkManager::CoreNetwork': 'core network',
  'AWS::ElasticLoadBalancing::LoadBalancer': 'load balancer',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'load balancer',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'target group',
};

/** A CloudFormation type as people call it. */
export function typeWords(type: string): string {
  return TYPES[type] ?? type;
}

/** An ARN's own part: `app/shop/50dc6c495c0c9188`; other identifiers stay as they are. */
function shortId(id: string): string {
  return /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:loadbalancer\/|targetgroup\/)?(.+)$/.exec(id)?.[1] ?? id;
}

/** `bastion (i-0abc)`; load balancers and target groups by their name. */
export function thing(id: string, names: Names): string {
  const name = names.get(id);
  const short = shortId(id);
  if (name === undefined) return short;
  return id.startsWith('arn:') ? name : `${name} (${short})`;
}

const BALANCERS: Readonly<Record<string, string>> = {
  app: 'application load balancer',
  net: 'network load balancer',
  gwy: 'gateway load balancer',
};

/** What kind of resource a finding is about. */
export function resourceKind({ exposure }: Found): string {
  if (exposure.instance !== undefined) return 'instance';
  if (exposure.loadBalancer === undefined) return 'interface';
  return exposure.loadBalancer.startsWith('arn:')
    ? (BALANCERS[shortId(exposure.loadBalancer).split('/', 1)[0] ?? ''] ?? 'load balancer')
    : 'classic load balancer';
}

/** The resources of a row: the first by name, and how many more. */
export function resourceWords({ first, resources }: NetworkRow, names: Names): string {
  const [id = ''] = resources;
  const one = first.exposure.loadBalancer === undefined ? thing(id, names) : `${thing(id, names)} (${resourceKind(first)})`;
  return resources.length === 1 ? one : `${one} and ${count(resources.length - 1, 'other')}`;
}

export function portWords({ begin, end }: PortRange): string {
  if (begin === 0 && end === 65_535) return 'all ports';
  return begin === end ? String(begin) : `${begin}-${end}`;
}

/** `SSH 22, HTTP 80, 8000-8100`. */
export function portsWords(ports: readonly PortName[]): string {
  const byName = Map.groupBy(ports, ({ service, range }) => service ?? portWords(range));
  return [...byName]
    .map(([name, all]) =>
      all[0]?.service === undefined ? name : `${name} ${all.map(({ range }) => portWords(range)).join('+')}`,
    )
    .join(', ');
}

/** Ids in a text replaced by the names of what they are of. */
export function withNames(text: string, names: Names): string {
  return text.replace(/\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17}\b/g, (id) => names.get(id) ?? id);
}

const SOURCES = {
  internet: 'Internet',
  peering: 'peering',
  'vpn-gateway': 'VPN gateway',
  'transit-gateway': 'transit gateway',
  'private-link': 'PrivateLink',
  'security-group': 'security group',
} as const satisfies Record<Found['finding']['source']['kind'], string>;

/** `anyone with an AWS account`, `222222222222 and 3 more`. */
function consumersWords(consumers: readonly string[]): string {
  if (consumers.includes('*')) return 'anyone with an AWS account';
  const more = consumers.length - 1;
  return `${consumers[0]}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `Internet`, `peering shop-analytics`, `PrivateLink vpce-svc-0abc (anyone with an AWS account)`. */
export function sourceWords({ finding, exposure }: Found, names: Names): string {
  const { kind, id, assumed, consumers = [] } = finding.source;
  const family = exposure.family === 6 ? ' over IPv6' : '';
  const own = kind === 'internet' ? '' : ` ${names.get(id) ?? shortId(id)}`;
  const whose = consumers.length === 0 ? '' : ` (${consumersWords(consumers)})`;
  return `${SOURCES[kind]}${own}${whose}${family}${assumed === true ? ' (addresses assumed)' : ''}`;
}

/** Where a way comes from: `the Internet`, `peering shop-analytics`. */
export function comingFrom({ kind, id }: Found['finding']['source'], names: Names): string {
  return kind === 'internet' ? 'the Internet' : `${SOURCES[kind]} ${names.get(id) ?? shortId(id)}`;
}

/** What an unknown depends on, with names. */
export function doubtWords(text: string, names: Names): string {
  const [, type = '', id = '', why = ''] = /^(\S+) (\S+): (.*)$/s.exec(text) ?? [];
  return why === '' ? withNames(text, names) : `${typeWords(type)} ${thing(id, names)}: ${withNames(why, names)}`;
}

/** The kind of source that a finding is reached from. */
export function sourceKind({ finding }: Found): string {
  return SOURCES[finding.source.kind];
}

/** Ranges of clients, the first few. */
export function rangeWords({ from }: NetworkRow, most: number): readonly string[] {
  return from.length > most ? [...from.slice(0, most - 1), `and ${from.length - most + 1} more`] : from;
}

/** Where a row's clients are: the source, and their ranges when they are few. */
export function fromWords(row: NetworkRow, names: Names, most = 3): string {
  const source = sourceWords(row.first, names);
  return row.from.length === 0 ? source : `${source}: ${rangeWords(row, most).join(', ')}`;
}

export function throughWords({ first, listeners }: NetworkRow, names: Names): string {
  const balancer = first.exposure.through?.loadBalancer;
  return balancer === undefined ? '' : `${names.get(balancer) ?? shortId(balancer)}:${listeners.join('+')}`;
}

const GRADES = {
  any: undefined,
  ephemeral: 'some client ports only',
  crafted: 'crafted client ports only',
} as const satisfies Record<Found['finding']['clientPorts'], string | undefined>;

/** What is special about a finding. */
export function notes({ finding }: Found): string[] {
  return [
    finding.state === 'potential' ? 'stopped' : undefined,
    finding.ways === 'one-way' ? 'one way: replies get lost' : undefined,
    GRADES[finding.clientPorts],
  ].filter((note) => note !== undefined);
}

export function packetWords({ protocol, source, sourcePort, destination, destinationPort, family }: Packet): string {
  const at = (address: string, port: number): string => (family === 6 ? `[${address}]:${port}` : `${address}:${port}`);
  return `${protocol} ${at(source, sourcePort)} → ${at(destination, destinationPort)}`;
}

/** `igw-…` with its name. */
export function hopThing(hop: Hop, names: Names): string {
  // What AWS calls interfaces of load balancers is long, and says nothing that the path does not.
  if (hop.type === 'AWS::EC2::NetworkInterface') return hop.id;
  return thing(groupOf(hop), names);
}

/** Why a hop lets it through, without what the id of its group says already. */
export function hopWords(hop: Hop): string {
  const { because = '' } = hop;
  const group = groupOf(hop);
  return because.startsWith(`${group}: `) ? because.slice(group.length + 2) : because;
}
