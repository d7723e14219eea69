/** Rows of security groups, network ACLs and route tables read into rules that one packet can be held against. */
import type { Row } from '../../estate/estate.ts';
import { fields, items, text } from '../../inventory/values.ts';
import { type Prefix, parsePrefix } from './address.ts';

/** The objects of an array. */
export function objects(value: unknown): Row[] {
  return items(value)
    .map(fields)
    .filter((one) => one !== undefined);
}

/** `undefined` where the row does not say it legibly: whether a packet matches is then unknown. */
interface Ports {
  readonly protocol: number | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export interface GroupReference {
  readonly group: string;
  readonly account?: string;
  readonly peering?: string;
  readonly deleted: boolean;
}

export interface GroupRule extends Ports {
  readonly label: string;
  readonly prefixes: readonly Prefix[];
  readonly lists: readonly string[];
  readonly references: readonly GroupReference[];
  /** A source that cannot be read may be any. */
  readonly broken: boolean;
}

export interface AclEntry extends Ports {
  readonly number: number;
  readonly egress: boolean | undefined;
  readonly allow: boolean | undefined;
  readonly prefix: Prefix | undefined;
}

export type RouteTarget =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'internet' | 'egress-only' | 'vpn' | 'endpoint' | 'nat' | 'transit' | 'peering' | 'interface';
      readonly id: string;
    }
  | { readonly kind: 'unmodelled'; readonly id: string; readonly type: string };

export interface Route {
  readonly label: string;
  /** Exactly one of these three; a destination that cannot be read may be any. */
  readonly prefix?: Prefix;
  readonly list?: string;
  readonly broken?: true;
  readonly propagated: boolean;
  readonly blackhole: boolean;
  readonly target: RouteTarget;
}

const PROTOCOL_NAMES: Readonly<Record<string, number>> = { '-1': -1, tcp: 6, udp: 17, icmp: 1, icmpv6: 58 };

function protocolNumber(value: unknown): number | undefined {
  const name = typeof value === 'number' ? String(value) : text(value)?.toLowerCase();
  if (name === undefined) return undefined;
  const named = PROTOCOL_NAMES[name];
  if (named !== undefined) return named;
  return /^\d{1,3}$/.test(name) ? Number(name) : undefined;
}

function port(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535 ? value : undefined;
}

export function readGroupRules(permissions: unknown): GroupRule[] | undefined {
  if (!Array.isArray(permissions)) return undefined;
  return permissions.map((permission: unknown) => {
    const row = fields(permission) ?? {};
    const four = items(row.IpRanges).map((range) => parsePrefix(fields(range)?.CidrIp));
    const six = items(row.Ipv6Ranges).map((range) => parsePrefix(fields(range)?.CidrIpv6));
    const lists = items(row.PrefixListIds).map((list) => text(fields(list)?.PrefixListId));
    const pairs = items(row.UserIdGroupPairs).map((pair) => ({ group: text(fields(pair)?.GroupId), pair: fields(pair) }));
    const broken =
      four.some((prefix) => prefix?.family !== 4) ||
      six.some((prefix) => prefix?.family !== 6) ||
      lists.includes(undefined) ||
      pairs.some(({ group }) => group === undefined);
    return {
      label: `${text(row.IpProtocol) ?? '?'} ${String(row.FromPort ?? '')}-${String(row.ToPort ?? '')}`,
      protocol: protocolNumber(row.IpProtocol),
      from: port(row.FromPort),
      to: port(row.ToPort),
      prefixes: [...four.filter((prefix) => prefix?.family === 4), ...six.filter((prefix) => prefix?.family === 6)].flatMap(
        (prefix) => prefix ?? [],
      ),
      lists: lists.flatMap((list) => list ?? []),
      references: pairs.flatMap(({ group, pair }) =>
        group === undefined
          ? []
          : {
              group,
              account: text(pair?.UserId),
              peering: text(pair?.VpcPeeringConnectionId),
              deleted: /^(deleted|rejected|expired|failed)$/.test(text(pair?.PeeringStatus) ?? ''),
            },
      ),
      broken,
    };
  });
}

export function readAclEntries(rows: unknown): AclEntry[] | undefined {
  if (!Array.isArray(rows)) return undefined;
  const entries = rows.map((entry: unknown) => {
    const row = fields(entry) ?? {};
    const action = text(row.RuleAction);
    const range = fields(row.PortRange);
    return {
      // An entry that does not say its place may be the first.
      number: typeof row.RuleNumber === 'number' ? row.RuleNumber : 0,
      egress: typeof row.Egress === 'boolean' ? row.Egress : undefined,
      allow: action === 'allow' ? true : action === 'deny' ? false : undefined,
      protocol: protocolNumber(row.Protocol),
      from: port(range?.From),
      to: port(range?.To),
      prefix: parsePrefix(row.CidrBlock ?? row.Ipv6CidrBlock),
    };
  });
  return entries.sort((left, right) => left.number - right.number);
}

const TARGET_MEMBERS = [
  ['EgressOnlyInternetGatewayId', 'egress-only'],
  ['NatGatewayId', 'nat'],
  ['TransitGatewayId', 'transit'],
  ['VpcPeeringConnectionId', 'peering'],
  ['NetworkInterfaceId', 'interface'],
] as const;

const UNMODELLED = [
  ['LocalGatewayId', 'AWS::EC2::LocalGateway'],
  ['CarrierGatewayId', 'AWS::EC2::CarrierGateway'],
  ['CoreNetworkArn', 'AWS::NetworkManager::CoreNetwork'],
  ['OdbNetworkArn', 'AWS::ODB::OdbNetwork'],
  ['InstanceId', 'AWS::EC2::Instance'],
] as const;

function readTarget(row: Row): RouteTarget {
  const gateway = text(row.GatewayId);
  if (gateway === 'local') return { kind: 'local' };
  if (gateway?.startsWith('igw-')) return { kind: 'internet', id: gateway };
  if (gateway?.startsWith('vgw-')) return { kind: 'vpn', id: gateway };
  if (gateway?.startsWith('vpce-')) return { kind: 'endpoint', id: gateway };
  for (const [member, kind] of TARGET_MEMBERS) {
    const id = text(row[member]);
    if (id !== undefined) return { kind, id };
  }
  for (const [member, type] of UNMODELLED) {
    const id = text(row[member]);
    if (id !== undefined) return { kind: 'unmodelled', id, type };
  }
  return { kind: 'unmodelled', id: gateway ?? '?', type: 'AWS::EC2::Route' };
}

export function readRoutes(rows: unknown): Route[] | undefined {
  if (!Array.isArray(rows)) return undefined;
  return rows.flatMap((entry: unknown) => {
    const row = fields(entry) ?? {};
    // A route that the route table filters out is listed but not used.
    if (text(row.State) === 'filtered') return [];
    const destination = text(row.DestinationCidrBlock) ?? text(row.DestinationIpv6CidrBlock);
    const list = text(row.DestinationPrefixListId);
    const prefix = parsePrefix(destination);
    return {
      label: destination ?? list ?? '?',
      ...(prefix !== undefined
        ? { prefix }
        : destination === undefined && list !== undefined
          ? { list }
          : { broken: true as const }),
      propagated: text(row.Origin) === 'EnableVgwRoutePropagation',
      blackhole: text(row.State) === 'blackhole',
      target: readTarget(row),
    };
  });
}

const TRANSIT_RANKS: Readonly<Record<string, number>> = { vpc: 2, 'direct-connect-gateway': 3, connect: 4, vpn: 5, peering: 6 };

export interface TransitRoute {
  readonly label: string;
  readonly prefixes: readonly Prefix[];
  /** Lower wins among equal prefixes: static, from a prefix list, then propagated by kind of attachment. */
  readonly rank: number;
  readonly blackhole: boolean;
  readonly attachments: readonly string[];
}

/** A route of a transit gateway; undefined when its destination is not known. */
export function readTransitRoute(row: Row, lists: ReadonlyMap<string, readonly Prefix[]>): TransitRoute | undefined {
  const destination = text(row.DestinationCidrBlock);
  const list = text(row.PrefixListId);
  const own = parsePrefix(destination);
  const prefixes =
    destination === undefined ? (list === undefined ? undefined : lists.get(list)) : own === undefined ? undefined : [own];
  if (prefixes === undefined) return undefined;
  const attachments = items(row.TransitGatewayAttachments).map((item) => fields(item));
  const kind = text(attachments[0]?.ResourceType) ?? '';
  return {
    label: destination ?? list ?? '?',
    prefixes,
    rank: text(row.Type) !== 'propagated' ? (list === undefined ? 0 : 1) : (TRANSIT_RANKS[kind] ?? 7),
    blackhole: text(row.State) === 'blackhole',
    attachments: attachments.flatMap((attachment) => text(attachment?.TransitGatewayAttachmentId) ?? []),
  };
}
