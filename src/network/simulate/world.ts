/** Everything of an estate that the simulator asks for, by identifier. What was not collected or cannot be read makes its call incomplete. */
import type { CallId } from '../../estate/calls.ts';
import type { Estate, EstateRegion, Row } from '../../estate/estate.ts';
import { type Address, inPrefixes, type Prefix, prefixHolds } from './address.ts';
import type { AclEntry, GroupRule, Route } from './rules.ts';

export interface Eni {
  readonly id: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly region: string;
  readonly account: string;
  /** Undefined where the row does not say. */
  readonly groups: readonly string[] | undefined;
  readonly type: string;
  readonly description: string;
  /** Primary first. */
  readonly addresses: readonly Address[];
  readonly prefixes: readonly Prefix[];
  readonly attached: boolean;
  readonly instance?: string;
  readonly primary: boolean;
  readonly checked: boolean;
}

export interface Vpc {
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  readonly prefixes: readonly Prefix[];
}

export interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly zone: string;
  readonly prefixes: readonly Prefix[];
}

export interface RouteTable {
  readonly id: string;
  readonly vpc: string;
  readonly routes: readonly Route[] | undefined;
}

export interface Acl {
  readonly id: string;
  readonly entries: readonly AclEntry[] | undefined;
}

export interface PeeringSide {
  readonly vpc: string;
  readonly prefixes: readonly Prefix[];
}

export interface Attachment {
  readonly id: string;
  readonly gateway: string;
  readonly type: string;
  readonly resource: string;
  readonly state: string;
  readonly table?: string;
}

export interface Placed {
  readonly row: Row;
  readonly region: EstateRegion;
}

/** Where a public IPv4 address leads; `several` when rows contradict each other. */
export type PublicOwner = { readonly eni: Eni; readonly address: bigint } | 'several';

export interface World {
  readonly estate: Estate;
  readonly incomplete: ReadonlySet<CallId>;
  readonly enis: ReadonlyMap<string, Eni>;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly groups: ReadonlyMap<string, { readonly ingress?: readonly GroupRule[]; readonly egress?: readonly GroupRule[] }>;
  /** Interfaces by each group they carry. */
  readonly members: ReadonlyMap<string, readonly Eni[]>;
  readonly tableOfSubnet: ReadonlyMap<string, RouteTable>;
  readonly tableOfGateway: ReadonlyMap<string, RouteTable>;
  readonly mainTable: ReadonlyMap<string, RouteTable>;
  readonly tablesOfVpc: ReadonlyMap<string, readonly RouteTable[]>;
  readonly aclOfSubnet: ReadonlyMap<string, Acl>;
  readonly defaultAcl: ReadonlyMap<string, Acl>;
  readonly lists: ReadonlyMap<string, readonly Prefix[]>;
  readonly states: ReadonlyMap<string, string>;
  /** Internet gateways by the VPC they are attached to. */
  readonly internetGateways: ReadonlyMap<string, string>;
  readonly vpnGateways: ReadonlyMap<string, string>;
  readonly peerings: ReadonlyMap<string, { readonly active: boolean; readonly sides: readonly PeeringSide[] }>;
  readonly attachments: readonly Attachment[];
  readonly attachmentSubnets: ReadonlyMap<string, readonly string[]>;
  /** Whether security groups may be referenced across an attachment, and across a transit gateway as a whole. */
  readonly referencing: ReadonlyMap<string, boolean>;
  /** Attachments whose traffic keeps to no zone. */
  readonly appliances: ReadonlySet<string>;
  readonly publicOwners: ReadonlyMap<bigint, PublicOwner>;
  readonly byAddress: ReadonlyMap<string, Eni | 'several'>;
  readonly withPrefixes: readonly Eni[];
  rows(call: CallId): readonly Placed[];
  /** Rows of a call asked once for each thing; undefined when they are not known. */
  rowsOf(call: CallId, thing: string): readonly Row[] | undefined;
}

export function addressKey(vpc: string, family: 4 | 6, value: bigint): string {
  return `${vpc} ${family} ${value}`;
}

/** The interface that has an address in a VPC. */
export function eniAt(world: World, vpc: string, family: 4 | 6, value: bigint): Eni | 'several' | undefined {
  const known = world.byAddress.get(addressKey(vpc, family, value));
  if (known !== undefined) return known;
  const [found, ...others] = world.withPrefixes.filter((eni) => eni.vpc === vpc && inPrefixes(eni.prefixes, family, value));
  return others.length > 0 ? 'several' : found;
}

/** Whether an address is one of the interface's private ones. */
export function eniHas(eni: Eni, family: 4 | 6, value: bigint): boolean {
  return eni.addresses.some((one) => one.family === family && one.value === value) || inPrefixes(eni.prefixes, family, value);
}

export function vpcHolds(world: World, vpc: string, family: 4 | 6, value: bigint): boolean {
  return world.vpcs.get(vpc)?.prefixes.some((prefix) => prefixHolds(prefix, family, value)) ?? false;
}
