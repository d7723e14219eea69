/** A network as the analysis sees it: what AWS rows say, with names resolved and nothing decided yet. */
import type { Problem } from '../model/problem.ts';

/** A rule of a security group; it only ever allows. */
export interface GroupRule {
  /** `sgr-…`, where it is known. */
  readonly id?: string;
  /** `-1` for all, `tcp`, `udp` or a number as text. */
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrs: readonly string[];
  readonly prefixLists: readonly string[];
  /** Groups whose members' private addresses are meant. */
  readonly groups: readonly string[];
  /** Of `groups`: they are of an account whose groups and members are not in the snapshot. */
  readonly foreign?: true;
  /** Cannot be read whole: what cannot be may be anything, and whether it lets anything in is unknown. */
  readonly doubtful?: true;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly vpc: string;
  readonly inbound: readonly GroupRule[];
  readonly outbound: readonly GroupRule[];
}

export interface AclEntry {
  readonly number: number;
  readonly allow: boolean;
  readonly protocol: string;
  readonly cidr: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** Cannot be read whole: whether it decides anything is unknown. */
  readonly doubtful?: true;
}

export interface NetworkAcl {
  readonly id: string;
  readonly vpc: string;
  /** Sorted by number: the first that matches decides, and nothing matching is denied. */
  readonly inbound: readonly AclEntry[];
  readonly outbound: readonly AclEntry[];
}

export interface Route {
  /** CIDR block or prefix list id. */
  readonly destination: string;
  /** `local`, or the id of what it leads to. */
  readonly target: string;
  readonly blackhole: boolean;
  readonly propagated: boolean;
}

export interface RouteTable {
  readonly id: string;
  readonly vpc: string;
  readonly routes: readonly Route[];
  /** Not all of its routes can be read: where it sends anything is unknown. */
  readonly unclear?: true;
}

export interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly zone: string;
  readonly cidrs: readonly string[];
  readonly routeTable?: string;
  readonly acl?: string;
  /** Excluded from the blocking of public access. */
  readonly excludedFromBlock?: true;
}

export interface Vpc {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly cidrs: readonly string[];
  /** Attached ones. */
  readonly internetGateway?: string;
  readonly vpnGateway?: string;
  /** Inbound from the Internet is blocked, unless a subnet is excluded. Undefined when that is not known. */
  readonly blocked?: boolean;
  /** Shared by an account that is not in the snapshot: what is attached to it is not all listed. */
  readonly foreign?: true;
}

export interface InterfaceAddress {
  readonly family: 4 | 6;
  /** An address, or the CIDR block of a delegated prefix. */
  readonly private: string;
  /** IPv4 only: what the Internet gateway maps to it. */
  readonly public?: string;
  /** Rows contradict one another on who has the public address. */
  readonly contested?: true;
}

export interface NetworkInterface {
  readonly id: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly groups: readonly string[];
  readonly addresses: readonly InterfaceAddress[];
  readonly instance?: string;
  /** The instance's first interface: the one that target groups mean. */
  readonly primary: boolean;
  /** `interface`, `nat_gateway`, `network_load_balancer`, `vpc_endpoint` … */
  readonly type: string;
  readonly description: string;
  /** Packets that are not for its own addresses are dropped. */
  readonly checked: boolean;
  /** Whether the instance runs; an interface of something else counts as running. */
  readonly running: boolean;
}

/** Interfaces that nothing reaches from outside: they only send, or are the inside of a gateway. */
export const INNER: ReadonlySet<string> = new Set([
  'nat_gateway',
  'transit_gateway',
  'gateway_load_balancer',
  'gateway_load_balancer_endpoint',
  'vpc_endpoint',
]);

export interface Peering {
  readonly id: string;
  readonly active: boolean;
  readonly sides: readonly { readonly vpc: string; readonly cidrs: readonly string[] }[];
}

export interface TransitRoute {
  readonly destination: string;
  /** Attachments; none for a blackhole. */
  readonly attachments: readonly string[];
  /** Of equal prefixes the lowest wins. */
  readonly rank: number;
}

export interface TransitAttachment {
  readonly id: string;
  readonly gateway: string;
  /** `vpc`, `vpn`, `direct-connect-gateway`, `peering`, `connect`. */
  readonly kind: string;
  /** Id of the VPC or whatever is attached. */
  readonly resource: string;
  /** Of a VPC: the subnets its traffic goes through. Undefined when they are not known. */
  readonly subnets?: readonly string[];
  /** Rules may name groups of other VPCs on the gateway. */
  readonly references: boolean;
  /** Appliance mode: what comes in may come by any of its subnets, whatever the sender's zone. */
  readonly anyZone?: true;
  /** The table its traffic is looked up in. */
  readonly table?: string;
}

export interface TransitTable {
  readonly id: string;
  readonly gateway: string;
  /** Undefined when its routes are not known. */
  readonly routes?: readonly TransitRoute[];
}

export interface Target {
  /** Instance id, address, ARN of a function or load balancer. */
  readonly id: string;
  readonly port?: number;
  /** `all` or absent: any zone. */
  readonly zone?: string;
}

export interface TargetGroup {
  readonly arn: string;
  readonly kind: string;
  readonly protocol: string;
  readonly port: number;
  readonly vpc?: string;
  /** Of the addresses that instances are reached by. */
  readonly family: 4 | 6;
  /** Undefined when that is not known. */
  readonly preservesClient?: boolean;
  /** As the load balancer has it, when undefined. */
  readonly crossZone?: boolean | 'unknown';
  readonly targets: readonly Target[];
}

export interface Listener {
  readonly protocol: string;
  readonly port: number;
  /** ARNs with a weight above 0, of every rule that forwards. */
  readonly targetGroups: readonly string[];
}

export interface LoadBalancer {
  /** ARN; the name of a classic one. */
  readonly id: string;
  readonly kind: 'application' | 'network' | 'gateway' | 'classic';
  /** Undefined when that is not known, as below. */
  readonly internetFacing?: boolean;
  /** What comes over IPv6 through the Internet gateway is taken. */
  readonly takesIpv6?: boolean;
  readonly vpc: string;
  readonly groups: readonly string[];
  /** What comes through PrivateLink does not have to pass its groups. */
  readonly trustsPrivateLink?: true;
  readonly crossZone?: boolean;
  /** Interfaces of its nodes. */
  readonly nodes: readonly string[];
  readonly listeners?: readonly Listener[];
}

/** Network load balancers offered to consumers in other VPCs and accounts (PrivateLink). */
export interface EndpointService {
  /** `vpce-svc-…` */
  readonly id: string;
  /** ARNs of network load balancers; a service of gateway load balancers has none and exposes nothing by itself. */
  readonly loadBalancers: readonly string[];
  /** Address families that endpoints can have. */
  readonly families: readonly (4 | 6)[];
  /** Who certainly can send: owners of accepted endpoints, and where none has to be accepted whoever may make one. `*` is anyone. */
  readonly consumers: readonly string[];
  /** There may be others: who is allowed or accepted is not known. */
  readonly unsure: boolean;
}

/** Tables that could not be had: what depends on them is unknown. */
export type Missing =
  | 'interfaces'
  | 'instances'
  | 'groups'
  | 'acls'
  | 'vpcs'
  | 'subnets'
  | 'routes'
  | 'gateways'
  | 'peerings'
  | 'vpn-gateways'
  | 'vpn-connections'
  | 'transit'
  | 'transit-subnets'
  | 'transit-tables'
  | 'balancers'
  | 'public-access'
  | 'services';

export interface Network {
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly groups: ReadonlyMap<string, SecurityGroup>;
  readonly acls: ReadonlyMap<string, NetworkAcl>;
  readonly routeTables: ReadonlyMap<string, RouteTable>;
  /** By gateway: the route table that its inbound traffic is looked up in. */
  readonly edgeTables: ReadonlyMap<string, string>;
  readonly interfaces: ReadonlyMap<string, NetworkInterface>;
  readonly peerings: ReadonlyMap<string, Peering>;
  readonly attachments: ReadonlyMap<string, TransitAttachment>;
  readonly transitTables: ReadonlyMap<string, TransitTable>;
  /** CIDR blocks; undefined when the entries are not known. */
  readonly prefixLists: ReadonlyMap<string, readonly string[] | undefined>;
  readonly loadBalancers: ReadonlyMap<string, LoadBalancer>;
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  readonly services: readonly EndpointService[];
  /** Endpoints of S3 and DynamoDB that routes lead to: nothing comes in by them. */
  readonly gatewayEndpoints: ReadonlySet<string>;
  /** CIDR blocks that connections of a VPN gateway route to. */
  readonly vpnRoutes: ReadonlyMap<string, readonly string[]>;
  /** By `account region`. */
  readonly missing: ReadonlyMap<string, ReadonlySet<Missing>>;
  readonly problems: readonly Problem[];
}
