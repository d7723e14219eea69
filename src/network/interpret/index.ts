/** Estate → network: the rows of all regions joined, what is missing remembered, what is malformed or dangling told. */
import type { Estate } from '../../estate/estate.ts';
import { text } from '../../inventory/values.ts';
import { notice, type Problem } from '../../model/problem.ts';
import type { Missing, Network } from '../model.ts';
import { readBalancers } from './balancers.ts';
import { readInterfaces } from './interfaces.ts';
import { withContested } from './publics.ts';
import { readGatewayEndpoints, readPeerings, readRouteTables, readVpcs, readVpnRoutes } from './routing.ts';
import { Rows } from './rows.ts';
import { readAcls, readGroups } from './security.ts';
import { readServices } from './services.ts';
import { readTransit } from './transit.ts';

/** Things of several regions by id; the second of two with one id is left out and told. */
class Register<T> {
  readonly found = new Map<string, T>();
  readonly twice = new Set<string>();
  readonly #shared = new Set<string>();

  /** `shared`: another account may tell more of it. */
  add(id: string, thing: T, shared = false): void {
    if (!this.found.has(id) || this.#shared.has(id)) {
      this.found.set(id, thing);
      if (shared) this.#shared.add(id);
      else this.#shared.delete(id);
    } else if (!shared) this.twice.add(id);
  }
}

function readPrefixLists(rows: Rows, into: Map<string, readonly string[] | undefined>): void {
  for (const row of rows.of('ec2.DescribeManagedPrefixLists')) {
    const id = text(row.PrefixListId);
    if (id === undefined || (into.has(id) && into.get(id) !== undefined)) continue;
    into.set(
      id,
      rows.for('ec2.GetManagedPrefixListEntries', id)?.flatMap((entry) => text(entry.Cidr) ?? []),
    );
  }
}

function dangling(network: Network): Problem[] {
  const problems: Problem[] = [];
  const unknown = new Map<string, Set<string>>();
  const miss = (what: string, id: string) => unknown.set(what, (unknown.get(what) ?? new Set()).add(id));
  for (const { subnet, groups } of network.interfaces.values()) {
    if (!network.subnets.has(subnet)) miss('subnets', subnet);
    for (const group of groups) if (!network.groups.has(group)) miss('security groups', group);
  }
  for (const { vpc } of network.subnets.values()) if (!network.vpcs.has(vpc)) miss('VPCs', vpc);
  for (const [what, ids] of unknown) {
    const all = [...ids].sort();
    const shown = `${all.slice(0, 5).join(', ')}${all.length > 5 ? ` and ${all.length - 5} more` : ''}`;
    problems.push(
      notice('estate-dangling', `${what} are named but not in the snapshot: ${shown}. What depends on them is unknown.`),
    );
  }
  return problems;
}

/** Rules that name groups of a collected account that are not there: these were deleted in the other VPC, and match nothing. */
function stale(network: Network): Problem[] {
  const naming = new Map<string, Set<string>>();
  for (const { id, inbound, outbound } of network.groups.values())
    for (const { groups, foreign } of [...inbound, ...outbound])
      for (const group of groups)
        if (foreign !== true && !network.groups.has(group)) naming.set(group, (naming.get(group) ?? new Set()).add(id));
  if (naming.size === 0) return [];
  const all = [...naming].map(([group, by]) => `${group} (in ${[...by].sort().slice(0, 3).join(', ')})`).sort();
  const shown = `${all.slice(0, 5).join(', ')}${all.length > 5 ? ` and ${all.length - 5} more` : ''}`;
  return [notice('network-stale-rule', `Rules name security groups that are gone: ${shown}. They match nothing: remove them.`)];
}

/** Reads every region. Never fails: what is missing makes answers unknown. */
export function interpret(estate: Estate): Network {
  const registers = {
    vpcs: new Register<Network['vpcs'] extends ReadonlyMap<string, infer T> ? T : never>(),
    subnets: new Register<Network['subnets'] extends ReadonlyMap<string, infer T> ? T : never>(),
    groups: new Register<Network['groups'] extends ReadonlyMap<string, infer T> ? T : never>(),
    acls: new Register<Network['acls'] extends ReadonlyMap<string, infer T> ? T : never>(),
    routeTables: new Register<Network['routeTables'] extends ReadonlyMap<string, infer T> ? T : never>(),
    interfaces: new Register<Network['interfaces'] extends ReadonlyMap<string, infer T> ? T : never>(),
    loadBalancers: new Register<Network['loadBalancers'] extends ReadonlyMap<string, infer T> ? T : never>(),
    targetGroups: new Register<Network['targetGroups'] extends ReadonlyMap<string, infer T> ? T : never>(),
  };
  const edgeTables = new Map<string, string>();
  // Both accounts of a peering show it.
  const peerings = new Map<string, ReturnType<typeof readPeerings>[number]>();
  const prefixLists = new Map<string, readonly string[] | undefined>();
  const services: Network['services'][number][] = [];
  const gatewayEndpoints = new Set<string>();
  const vpnRoutes = new Map<string, readonly string[]>();
  const missing = new Map<string, ReadonlySet<Missing>>();
  const problems: Problem[] = [...estate.problems];
  const regions: Rows[] = [];
  for (const region of estate.regions) {
    const rows = new Rows(region);
    regions.push(rows);
    const [acls, tables] = [readAcls(rows), readRouteTables(rows)];
    const { vpcs, subnets } = readVpcs(rows, tables, acls);
    for (const vpc of vpcs) registers.vpcs.add(vpc.id, vpc, vpc.foreign);
    for (const subnet of subnets) registers.subnets.add(subnet.id, subnet);
    for (const group of readGroups(rows, (account) =>
      estate.regions.some((one) => one.account === account && one.region === region.region),
    ))
      registers.groups.add(group.id, group);
    for (const acl of acls.acls) registers.acls.add(acl.id, acl);
    for (const table of tables.tables) registers.routeTables.add(table.id, table);
    for (const [gateway, table] of tables.byGateway) edgeTables.set(gateway, table);
    const interfaces = readInterfaces(rows);
    for (const one of interfaces) registers.interfaces.add(one.id, one);
    for (const peering of readPeerings(rows)) peerings.set(peering.id, peering);
    readPrefixLists(rows, prefixLists);
    const { balancers, targetGroups } = readBalancers(rows, interfaces);
    for (const one of balancers) registers.loadBalancers.add(one.id, one);
    for (const one of targetGroups) registers.targetGroups.add(one.arn, one);
    services.push(...readServices(rows));
    for (const id of readGatewayEndpoints(rows)) gatewayEndpoints.add(id);
    for (const [gateway, routes] of readVpnRoutes(rows)) vpnRoutes.set(gateway, [...(vpnRoutes.get(gateway) ?? []), ...routes]);
  }
  const transit = readTransit(regions);
  for (const rows of regions) {
    missing.set(`${rows.account} ${rows.region}`, rows.missing);
    problems.push(...rows.problems);
  }
  for (const [what, { twice }] of Object.entries(registers))
    for (const id of twice)
      problems.push(notice('estate-duplicate', `${id} is in ${what} more than once: the first one counts.`));
  const { interfaces, problems: contradictions } = withContested(registers.interfaces.found, regions);
  problems.push(...contradictions);
  const network: Network = {
    vpcs: registers.vpcs.found,
    subnets: registers.subnets.found,
    groups: registers.groups.found,
    acls: registers.acls.found,
    routeTables: registers.routeTables.found,
    edgeTables,
    interfaces,
    peerings,
    attachments: new Map(transit.attachments.map((one) => [one.id, one])),
    transitTables: new Map(transit.tables.map((one) => [one.id, one])),
    prefixLists,
    loadBalancers: registers.loadBalancers.found,
    targetGroups: registers.targetGroups.found,
    services,
    gatewayEndpoints,
    vpnRoutes,
    missing,
    problems,
  };
  const isWhole = [...missing.values()].every((one) => !one.has('groups'));
  return { ...network, problems: [...problems, ...dangling(network), ...(isWhole ? stale(network) : [])] };
}
