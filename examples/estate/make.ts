/** Writes the example snapshot anew: `node examples/estate/make.ts`. Ids are derived from names, so that it is always the same. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Estate, Row } from '../../src/estate/estate.ts';
import { type Answer, memoryEstate, type RegionContent } from '../../src/estate/memory.ts';
import { writeEstate } from '../../src/estate/write.ts';
import { fields, items, text } from '../../src/inventory/values.ts';
import { company } from './company.ts';

/** Longest first. */
const PREFIXES = 'tgw-attach|tgw-rtb|subnet|vpce|tgw|vpc|eni|igw|pcx|vgw|vpn|nat|rtb|acl|sg|pl|i';
const ID = new RegExp(`^(${PREFIXES})-([a-z0-9-]+)$`);
/** The same inside of ARNs and lists. */
const WITHIN = new RegExp(`(?<![\\w-])(${PREFIXES})-([a-z][a-z0-9-]*)`, 'g');

function hash(name: string, length: number): string {
  return createHash('sha256').update(name).digest('hex').slice(0, length);
}

function realId(prefix: string, name: string): string {
  return `${prefix}-0${hash(`${prefix} ${name}`, 16)}`;
}

/** What usually has a name tag. */
const TAGGED =
  /^(?:InstanceId|VpcId|SubnetId|RouteTableId|NetworkAclId|InternetGatewayId|VpnGatewayId|VpcPeeringConnectionId|TransitGatewayId|TransitGatewayAttachmentId|TransitGatewayRouteTableId|NatGatewayId|VpcEndpointId|VpnConnectionId)$/;

/** Ids as AWS makes them; names where AWS has them. */
function real(value: unknown, member: string, account: string): unknown {
  if (typeof value === 'string') {
    if (member === 'GroupName' || member === 'PrefixListName') return value.replace(/^(?:sg|pl)-/, '');
    if (member === 'UserId') return account;
    return value
      .replace(WITHIN, (_, prefix: string, name: string) => realId(prefix, name))
      .replace(
        /((?:loadbalancer|listener|targetgroup)\/(?:(?:app|net)\/)?([a-z-]+))\/1\b/g,
        (_, lead: string, name: string) => `${lead}/${hash(name, 16)}`,
      )
      .replace(/(ELB (?:app|net)\/([a-z-]+))\/1$/, (_, lead: string, name: string) => `${lead}/${hash(name, 16)}`);
  }
  if (Array.isArray(value)) return value.map((one) => real(one, member, account));
  const row = fields(value);
  return row === undefined ? value : realRow(row, account);
}

function realRow(row: Row, account: string): Row {
  const made = Object.fromEntries(Object.entries(row).map(([member, value]) => [member, real(value, member, account)]));
  const [member, id] = Object.entries(row)[0] ?? ['', ''];
  const name = TAGGED.test(member) ? ID.exec(text(id) ?? '')?.[2] : undefined;
  return name === undefined || Object.keys(row).length < 3 ? made : { ...made, Tags: [{ Key: 'Name', Value: name }] };
}

/** The rules of security groups one by one, which only their own call gives ids. */
function rules(groups: readonly Row[]): Row[] {
  const permissions = (group: Row, egress: boolean): Row[] =>
    items(egress ? group.IpPermissionsEgress : group.IpPermissions).flatMap((permission) => {
      const {
        IpProtocol,
        FromPort = -1,
        ToPort = -1,
        IpRanges,
        Ipv6Ranges,
        PrefixListIds,
        UserIdGroupPairs,
      } = fields(permission) ?? {};
      const sources = [
        ...items(IpRanges).map((one) => ({ CidrIpv4: fields(one)?.CidrIp })),
        ...items(Ipv6Ranges).map((one) => ({ CidrIpv6: fields(one)?.CidrIpv6 })),
        ...items(PrefixListIds).map((one) => ({ PrefixListId: fields(one)?.PrefixListId })),
        ...items(UserIdGroupPairs).map((one) => ({ ReferencedGroupInfo: one })),
      ];
      return sources.map((source): Row => {
        const rule = { GroupId: group.GroupId, IsEgress: egress, IpProtocol, FromPort, ToPort, ...source };
        return { SecurityGroupRuleId: `sgr-0${hash(JSON.stringify(rule), 16)}`, ...rule };
      });
    });
  return groups.flatMap((group) => [...permissions(group, false), ...permissions(group, true)]);
}

function isRows(answer: Answer | undefined): answer is readonly Row[] {
  return Array.isArray(answer);
}

function realAnswer(answer: Answer, account: string): Answer {
  return isRows(answer) ? answer.map((row) => realRow(row, account)) : answer;
}

function realRegion({ account, region, tables = {}, perTables = {} }: RegionContent): RegionContent {
  const made: RegionContent['tables'] = Object.fromEntries(
    Object.entries(tables).map(([call, answer]) => [call, realAnswer(answer, account)]),
  );
  const groups = made['ec2.DescribeSecurityGroups'];
  const per = Object.entries(perTables).map(([call, answers]) => {
    const all = Object.entries(answers).map(([thing, answer]) => [real(thing, '', account), realAnswer(answer, account)]);
    return [call, Object.fromEntries(all)];
  });
  return {
    account,
    region,
    tables: { ...made, 'ec2.DescribeSecurityGroupRules': isRows(groups) ? rules(groups) : [] },
    perTables: Object.fromEntries(per),
  };
}

/** The estate of the example. */
export function exampleEstate(): Estate {
  return memoryEstate(company().map(realRegion));
}

if (import.meta.main) {
  const directory = join(import.meta.dirname, 'snapshot');
  rmSync(directory, { recursive: true, force: true });
  writeEstate(directory, exampleEstate());
}
