/** What has changed between two states of a network, as far as it can be followed without looking at everything again. */
import { isDeepStrictEqual } from 'node:util';
import type { CallId } from '../estate/calls.ts';
import type { EstateRegion } from '../estate/estate.ts';
import { everyCall } from '../estate/names.ts';
import { readRouteTables } from './interpret/routing.ts';
import { Rows } from './interpret/rows.ts';
import { readAcls, readGroups } from './interpret/security.ts';
import type { Network, NetworkAcl, RouteTable, SecurityGroup } from './model.ts';

/** New states by id; undefined: it is gone. */
export interface NetworkChange {
  readonly groups: ReadonlyMap<string, SecurityGroup | undefined>;
  readonly acls: ReadonlyMap<string, NetworkAcl | undefined>;
  readonly routeTables: ReadonlyMap<string, RouteTable | undefined>;
}

function changed<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Map<string, T | undefined> {
  const found = new Map<string, T | undefined>();
  for (const [id, value] of after) {
    const old = before.get(id);
    if (old !== value && !isDeepStrictEqual(old, value)) found.set(id, value);
  }
  for (const id of before.keys()) if (!after.has(id)) found.set(id, undefined);
  return found;
}

/** Equal and in the same order: in some places the order decides. */
function isSame(a: unknown, b: unknown): boolean {
  if (!(a instanceof Map) || !(b instanceof Map)) return isDeepStrictEqual(a, b);
  if (a.size !== b.size) return false;
  const others = b.entries();
  for (const [key, value] of a) {
    const [otherKey, other] = others.next().value ?? [];
    if (key !== otherKey || !isDeepStrictEqual(value, other)) return false;
  }
  return true;
}

/** From one network to another; undefined when more than security groups, ACLs and route tables differ. */
export function changeBetween(before: Network, after: Network): NetworkChange | undefined {
  const { groups, acls, routeTables, problems: _, ...rest } = before;
  const isRestSame = Object.entries(rest).every(([member, value]) =>
    isSame(value, Object.entries(after).find(([name]) => name === member)?.[1]),
  );
  if (!isRestSame) return undefined;
  return {
    groups: changed(groups, after.groups),
    acls: changed(acls, after.acls),
    routeTables: changed(routeTables, after.routeTables),
  };
}

const FOLLOWED: readonly CallId[] = [
  'ec2.DescribeSecurityGroups',
  'ec2.DescribeSecurityGroupRules',
  'ec2.DescribeNetworkAcls',
  'ec2.DescribeRouteTables',
];

/** The parts that can be followed, of a region that holds nothing else; undefined when it does. */
function partsOf(region: EstateRegion, { missing }: Pick<Network, 'missing'>) {
  const others = everyCall().filter(([call]) => !FOLLOWED.includes(call));
  if (others.some(([call]) => region.table(call).kind !== 'absent' || region.tables(call).size > 0)) return undefined;
  const rows = new Rows(region);
  const isCollected = (account: string) => missing.has(`${account} ${region.region}`);
  const groups = new Map(readGroups(rows, isCollected).map((one) => [one.id, one]));
  const { acls, ...aclPlaces } = readAcls(rows);
  const { tables, ...tablePlaces } = readRouteTables(rows);
  return {
    groups,
    acls: new Map(acls.map((one) => [one.id, one])),
    routeTables: new Map(tables.map((one) => [one.id, one])),
    /** What is associated with them. */
    places: [aclPlaces, tablePlaces],
  };
}

/**
 * From rows of one region as they were and as they are: groups (each with its rows of `DescribeSecurityGroupRules`), ACLs and route
 * tables, of a network that has them. Undefined when it cannot be followed: other rows, or subnets and gateways that have another ACL
 * or table now.
 */
export function changeOfRows(network: Network, before: EstateRegion, after: EstateRegion): NetworkChange | undefined {
  const [old, now] = [partsOf(before, network), partsOf(after, network)];
  if (old === undefined || now === undefined || !isDeepStrictEqual(old.places, now.places)) return undefined;
  return {
    groups: changed(old.groups, now.groups),
    acls: changed(old.acls, now.acls),
    routeTables: changed(old.routeTables, now.routeTables),
  };
}
