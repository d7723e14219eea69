/** Security groups and network ACLs. */
import type { Row } from '../../estate/estate.ts';
import { fields, items, text } from '../../inventory/values.ts';
import type { AclEntry, GroupRule, NetworkAcl, SecurityGroup } from '../model.ts';
import { isBlock, numberOf, type Rows, rowsOf } from './rows.ts';

interface RuleShape {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly doubtful?: true;
}

/** Protocols whose rules always say ports. */
const WITH_PORTS = /^(?:tcp|udp|6|17)$/;
const KNOWN_PROTOCOL = /^(?:-1|tcp|udp|icmp|icmpv6|\d{1,3})$/;

function portOf(value: unknown): number | undefined {
  const port = numberOf(value);
  return port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

/** What cannot be read may be anything, and makes the whole doubtful. */
function shapeOf(said: unknown, from: unknown, to: unknown): RuleShape {
  const protocol = (typeof said === 'number' ? String(said) : text(said))?.toLowerCase();
  if (protocol === undefined || !KNOWN_PROTOCOL.test(protocol))
    return { protocol: '-1', fromPort: -1, toPort: -1, doubtful: true };
  const [fromPort, toPort] = [portOf(from), portOf(to)];
  if (!WITH_PORTS.test(protocol)) return { protocol, fromPort: fromPort ?? -1, toPort: toPort ?? -1 };
  if (fromPort === undefined || toPort === undefined) return { protocol, fromPort: -1, toPort: -1, doubtful: true };
  return { protocol, fromPort, toPort };
}

/** Stands for a source or range that cannot be read. */
const ANYWHERE = ['0.0.0.0/0', '::/0'] as const;

/** Ids of rules by what they say: the group's own rows do not carry them. */
type RuleIds = ReadonlyMap<string, string>;

function ruleKey(group: string, egress: boolean, shape: RuleShape, what: string): string {
  return [group, egress, shape.protocol, shape.fromPort, shape.toPort, what].join(' ');
}

function ruleIds(rows: Rows): RuleIds {
  const ids = new Map<string, string>();
  for (const row of rows.of('ec2.DescribeSecurityGroupRules')) {
    const id = text(row.SecurityGroupRuleId);
    const what =
      text(row.CidrIpv4) ?? text(row.CidrIpv6) ?? text(row.PrefixListId) ?? text(fields(row.ReferencedGroupInfo)?.GroupId);
    if (id === undefined || what === undefined) continue;
    ids.set(ruleKey(text(row.GroupId) ?? '', row.IsEgress === true, shapeOf(row.IpProtocol, row.FromPort, row.ToPort), what), id);
  }
  return ids;
}

const SOURCES = [
  ['IpRanges', 'CidrIp'],
  ['Ipv6Ranges', 'CidrIpv6'],
  ['PrefixListIds', 'PrefixListId'],
  ['UserIdGroupPairs', 'GroupId'],
] as const;

/** What a rule says of one source; undefined when that cannot be read. */
function sourceOf(
  member: (typeof SOURCES)[number][0],
  item: Row,
  what: string | undefined,
  group: Owner,
): Partial<GroupRule> | undefined {
  if (what === undefined) return undefined;
  switch (member) {
    case 'IpRanges':
    case 'Ipv6Ranges':
      return isBlock(what) ? { cidrs: [what] } : undefined;
    case 'PrefixListIds':
      return { prefixLists: [what] };
    case 'UserIdGroupPairs': {
      const account = text(item.UserId);
      return { groups: [what], ...(account === undefined || group.isCollected(account) ? {} : { foreign: true }) };
    }
  }
}

interface Owner {
  readonly id: string;
  /** Whether an account's groups of this region are in the snapshot. */
  isCollected(account: string): boolean;
}

const STALE = /^(?:deleted|rejected|expired|failed)$/;

/** One permission names many sources: each becomes a rule of its own, because each has an id and can be taken away by itself. */
function rulesOf(value: unknown, group: Owner, egress: boolean, ids: RuleIds, rows: Rows): GroupRule[] {
  const broken = (what: string) => rows.malformed('ec2.DescribeSecurityGroups', `${what} of ${group.id} cannot be read`);
  const anything: GroupRule = {
    ...{ protocol: '-1', fromPort: -1, toPort: -1, doubtful: true },
    ...{ cidrs: ANYWHERE, prefixLists: [], groups: [] },
  };
  if (!Array.isArray(value)) {
    broken('the rules');
    return [anything];
  }
  return value.flatMap((permission: unknown) => {
    const row = fields(permission) ?? {};
    const shape = shapeOf(row.IpProtocol, row.FromPort, row.ToPort);
    if (shape.doubtful === true) broken('protocol or ports of a rule');
    return SOURCES.flatMap(([list, member]): GroupRule[] => {
      const unreadable = (): GroupRule => {
        broken('a source of a rule');
        return { ...anything, ...shape, doubtful: true };
      };
      if (row[list] !== undefined && row[list] !== null && !Array.isArray(row[list])) return [unreadable()];
      return items(row[list]).flatMap((one): GroupRule | readonly [] => {
        const item = fields(one) ?? {};
        // The peering that the group was named over is gone.
        if (STALE.test(text(item.PeeringStatus) ?? '')) return [];
        const what = text(item[member]);
        const source = sourceOf(list, item, what, group);
        if (what === undefined || source === undefined) return unreadable();
        const id = ids.get(ruleKey(group.id, egress, shape, what));
        return { ...shape, cidrs: [], prefixLists: [], groups: [], ...source, ...(id === undefined ? {} : { id }) };
      });
    });
  });
}

/** `isCollected`: whether an account's groups of this region are in the snapshot. */
export function readGroups(rows: Rows, isCollected: (account: string) => boolean): SecurityGroup[] {
  const ids = ruleIds(rows);
  return rows.of('ec2.DescribeSecurityGroups', 'groups').flatMap((row) => {
    const id = rows.id(row, 'GroupId', 'ec2.DescribeSecurityGroups');
    if (id === undefined) return [];
    const owner = { id, isCollected };
    return {
      id,
      name: text(row.GroupName) ?? '',
      vpc: text(row.VpcId) ?? '',
      inbound: rulesOf(row.IpPermissions, owner, false, ids, rows),
      outbound: rulesOf(row.IpPermissionsEgress, owner, true, ids, rows),
    };
  });
}

interface ReadEntry {
  /** Undefined when it may be of either direction. */
  readonly egress?: boolean;
  readonly entries: readonly AclEntry[];
}

/** An entry whose action cannot be read may be of either. */
function entryOf(row: Row, acl: string, rows: Rows): ReadEntry {
  const number = numberOf(row.RuleNumber);
  const cidr = text(row.CidrBlock) ?? text(row.Ipv6CidrBlock);
  const action = text(row.RuleAction);
  const egress = typeof row.Egress === 'boolean' ? row.Egress : undefined;
  const ports = fields(row.PortRange);
  const { doubtful, ...shape } = shapeOf(row.Protocol, ports?.From, ports?.To);
  const actions = action === 'allow' ? [true] : action === 'deny' ? [false] : [true, false];
  const unclear = doubtful === true || number === undefined || egress === undefined || actions.length > 1 || !isBlock(cidr);
  if (unclear) rows.malformed('ec2.DescribeNetworkAcls', `an entry of ${acl} cannot be read`);
  const about = { ...shape, number: number ?? 0, ...(unclear ? { doubtful: true as const } : {}) };
  const blocks = isBlock(cidr) ? [cidr] : ANYWHERE;
  const entries = actions.flatMap((allow) => blocks.map((block): AclEntry => ({ ...about, allow, cidr: block })));
  return { entries, ...(egress === undefined ? {} : { egress }) };
}

export interface ReadAcls {
  readonly acls: readonly NetworkAcl[];
  /** By subnet. */
  readonly bySubnet: ReadonlyMap<string, string>;
  /** By VPC: the ACL of subnets that none is associated with. */
  readonly defaults: ReadonlyMap<string, string>;
}

export function readAcls(rows: Rows): ReadAcls {
  const acls: NetworkAcl[] = [];
  const bySubnet = new Map<string, string>();
  const defaults = new Map<string, string>();
  for (const row of rows.of('ec2.DescribeNetworkAcls', 'acls')) {
    const id = rows.id(row, 'NetworkAclId', 'ec2.DescribeNetworkAcls');
    if (id === undefined) continue;
    const vpc = text(row.VpcId) ?? '';
    // An ACL whose entries cannot be read is not known: it stays out, and what names it is unknown.
    if (!Array.isArray(row.Entries)) rows.malformed('ec2.DescribeNetworkAcls', `the entries of ${id} cannot be read`);
    else {
      const entries = row.Entries.map((entry: unknown) => entryOf(fields(entry) ?? {}, id, rows));
      const side = (other: boolean) =>
        entries.flatMap((one) => (one.egress === other ? [] : one.entries)).sort((a, b) => a.number - b.number);
      acls.push({ id, vpc, inbound: side(true), outbound: side(false) });
    }
    for (const association of rowsOf(row.Associations)) {
      const subnet = text(association.SubnetId);
      if (subnet !== undefined) bySubnet.set(subnet, id);
    }
    if (row.IsDefault === true) defaults.set(vpc, id);
  }
  return { acls, bySubnet, defaults };
}
