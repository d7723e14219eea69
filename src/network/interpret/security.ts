/** Security groups and network ACLs. */
import type { Row } from '../../estate/estate.ts';
import { fields, text } from '../../inventory/values.ts';
import type { AclEntry, GroupRule, NetworkAcl, SecurityGroup } from '../model.ts';
import { numberOf, type Rows, rowsOf } from './rows.ts';

interface RuleShape {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
}

function shapeOf(row: Row): RuleShape {
  const protocol = text(row.IpProtocol) ?? '-1';
  // Without ports all are meant: that is how "all traffic" and whole protocols are printed.
  return { protocol, fromPort: numberOf(row.FromPort) ?? -1, toPort: numberOf(row.ToPort) ?? -1 };
}

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
    ids.set(ruleKey(text(row.GroupId) ?? '', row.IsEgress === true, shapeOf(row), what), id);
  }
  return ids;
}

/** One permission names many sources: each becomes a rule of its own, because each has an id and can be taken away by itself. */
function rulesOf(value: unknown, group: string, egress: boolean, ids: RuleIds): GroupRule[] {
  return rowsOf(value).flatMap((row) => {
    const shape = shapeOf(row);
    const rule = (what: string, over: Partial<GroupRule>): GroupRule => {
      const id = ids.get(ruleKey(group, egress, shape, what));
      return { ...shape, cidrs: [], prefixLists: [], groups: [], ...over, ...(id === undefined ? {} : { id }) };
    };
    const named = (list: unknown, member: string) => rowsOf(list).flatMap((item) => text(item[member]) ?? []);
    return [
      ...named(row.IpRanges, 'CidrIp').map((cidr) => rule(cidr, { cidrs: [cidr] })),
      ...named(row.Ipv6Ranges, 'CidrIpv6').map((cidr) => rule(cidr, { cidrs: [cidr] })),
      ...named(row.PrefixListIds, 'PrefixListId').map((list) => rule(list, { prefixLists: [list] })),
      ...named(row.UserIdGroupPairs, 'GroupId').map((other) => rule(other, { groups: [other] })),
    ];
  });
}

export function readGroups(rows: Rows): SecurityGroup[] {
  const ids = ruleIds(rows);
  return rows.of('ec2.DescribeSecurityGroups', 'groups').flatMap((row) => {
    const id = rows.id(row, 'GroupId', 'ec2.DescribeSecurityGroups');
    if (id === undefined) return [];
    return {
      id,
      name: text(row.GroupName) ?? '',
      vpc: text(row.VpcId) ?? '',
      inbound: rulesOf(row.IpPermissions, id, false, ids),
      outbound: rulesOf(row.IpPermissionsEgress, id, true, ids),
    };
  });
}

function entryOf(row: Row, rows: Rows): AclEntry | undefined {
  const number = numberOf(row.RuleNumber);
  const cidr = text(row.CidrBlock) ?? text(row.Ipv6CidrBlock);
  const action = text(row.RuleAction);
  if (number === undefined || cidr === undefined || (action !== 'allow' && action !== 'deny')) {
    rows.malformed('ec2.DescribeNetworkAcls', 'an entry has no number, no range or no action');
    return undefined;
  }
  const ports = fields(row.PortRange);
  return {
    number,
    allow: action === 'allow',
    protocol: text(row.Protocol) ?? String(numberOf(row.Protocol) ?? -1),
    cidr,
    fromPort: numberOf(ports?.From) ?? 0,
    toPort: numberOf(ports?.To) ?? 65_535,
  };
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
    const entries = rowsOf(row.Entries)
      .map((entry) => ({ egress: entry.Egress === true, entry: entryOf(entry, rows) }))
      .sort((a, b) => (a.entry?.number ?? 0) - (b.entry?.number ?? 0));
    const side = (egress: boolean) => entries.flatMap((one) => (one.egress === egress ? (one.entry ?? []) : []));
    acls.push({ id, vpc, inbound: side(false), outbound: side(true) });
    for (const association of rowsOf(row.Associations)) {
      const subnet = text(association.SubnetId);
      if (subnet !== undefined) bySubnet.set(subnet, id);
    }
    if (row.IsDefault === true) defaults.set(vpc, id);
  }
  return { acls, bySubnet, defaults };
}
