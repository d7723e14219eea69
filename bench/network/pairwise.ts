/**
 * The plain way, to compare with: every interface with every source that has a way to it, port by port, each rule asked in turn.
 * Sources of the Internet are the addresses at which some rule begins or ends; of a peered VPC, its interfaces. IPv4, without load
 * balancers, gateways other than to the Internet, and unknowns: what the made-up estates have. Nothing is shared between pairs.
 */
import type { AclEntry, GroupRule, Network, NetworkInterface, RouteTable } from '../../src/network/model.ts';
import { SPACE4 } from '../../src/network/sets/space.ts';
import { pairs } from '../../src/network/sets/spans.ts';

/** Read once; what is compared is the looking, not the reading. */
interface Range {
  readonly from: number;
  readonly to: number;
}
interface Rule extends Range {
  readonly protocol: string;
  readonly block?: Range;
  readonly group?: string;
}
interface Entry extends Range {
  readonly protocol: string;
  readonly block: Range;
  readonly allow: boolean;
}

export interface Pairwise {
  /** Pairs of interface and protocol that something on the Internet reaches. */
  readonly internet: number;
  /** Triples of interface, protocol and peering over which some interface reaches it. */
  readonly peering: number;
  /** Combinations of source and port that were found open. */
  readonly open: number;
}

const NUMBERS: Readonly<Record<string, string>> = { tcp: '6', udp: '17' };

function blockOf(cidr: string): Range | undefined {
  const [from, to] = SPACE4.cidr(cidr) ?? [];
  return from === undefined || to === undefined ? undefined : { from, to: to - 1 };
}

function holds({ from, to }: Range, value: number): boolean {
  return value >= from && value <= to;
}

function covers(protocol: string, asked: string): boolean {
  return protocol === '-1' || protocol === asked || protocol === NUMBERS[asked];
}

function ruleOf({ protocol, fromPort, toPort, cidrs, groups }: GroupRule): Rule {
  const all = protocol === '-1' || fromPort < 0;
  const block = cidrs[0] === undefined ? undefined : blockOf(cidrs[0]);
  const [group] = groups;
  return {
    protocol,
    from: all ? 0 : fromPort,
    to: all ? 65_535 : toPort,
    ...(block === undefined ? {} : { block }),
    ...(group === undefined ? {} : { group }),
  };
}

function entryOf({ protocol, fromPort, toPort, cidr, allow }: AclEntry): Entry | readonly [] {
  const block = blockOf(cidr);
  const all = protocol === '-1';
  return block === undefined ? [] : { protocol, from: all ? 0 : fromPort, to: all ? 65_535 : toPort, block, allow };
}

function allows(entries: readonly Entry[], protocol: string, address: number, port: number): boolean {
  for (const entry of entries)
    if (covers(entry.protocol, protocol) && holds(entry.block, address) && holds(entry, port)) return entry.allow;
  return false;
}

function targetOf(routes: readonly (Range & { readonly target: string })[], address: number): string | undefined {
  let best: (Range & { readonly target: string }) | undefined;
  for (const route of routes)
    if (holds(route, address) && (best === undefined || route.to - route.from < best.to - best.from)) best = route;
  return best?.target;
}

/** Where ranges begin, and where they have just ended. */
function corners(ranges: readonly Range[]): number[] {
  return [...new Set(ranges.flatMap(({ from, to }) => [from, to + 1]))];
}

export function analysePairwise(network: Network): Pairwise {
  const rules = new Map([...network.groups].map(([id, { inbound }]) => [id, inbound.map(ruleOf)]));
  const acls = new Map(
    [...network.acls].map(([id, { inbound, outbound }]) => [
      id,
      { inbound: inbound.flatMap(entryOf), outbound: outbound.flatMap(entryOf) },
    ]),
  );
  const routesOf = ({ routes }: RouteTable) =>
    routes.flatMap(({ destination, target }) => ({ ...(blockOf(destination) ?? []), target }) as Range & { target: string });
  const tables = new Map([...network.routeTables].map(([id, table]) => [id, routesOf(table)]));
  const outside = [...pairs(SPACE4.internet)].map(([from, to]) => ({ from, to: to - 1 }));
  const members = Map.groupBy(network.interfaces.values(), ({ vpc }) => vpc);
  const addressOf = (eni: NetworkInterface): number => SPACE4.cidr(eni.addresses[0]?.private ?? '')?.[0] ?? 0;
  const addresses = new Map([...network.interfaces.values()].map((eni) => [eni.id, addressOf(eni)]));
  let [internet, peering, open] = [0, 0, 0];

  for (const eni of network.interfaces.values()) {
    const own = addresses.get(eni.id) ?? 0;
    const subnet = network.subnets.get(eni.subnet);
    const acl = acls.get(subnet?.acl ?? '') ?? { inbound: [], outbound: [] };
    const back = tables.get(subnet?.routeTable ?? '') ?? [];
    const gateway = network.vpcs.get(eni.vpc)?.internetGateway;
    for (const protocol of ['tcp', 'udp']) {
      const doors = eni.groups.flatMap((id) => (rules.get(id) ?? []).filter((rule) => covers(rule.protocol, protocol)));
      const clients = corners([...acl.outbound, { from: 0, to: 65_534 }]);
      /** Ports at which something begins or ends, and that a source reaches. */
      const opens = (source: number, groups: readonly string[]): number => {
        const own = doors.filter(({ block, group }) =>
          block === undefined ? groups.includes(group ?? '') : holds(block, source),
        );
        if (own.length === 0 || !clients.some((client) => client < 65_536 && allows(acl.outbound, protocol, source, client)))
          return 0;
        const ports = corners([...own, ...acl.inbound]);
        return ports.filter((port) => own.some((rule) => holds(rule, port)) && allows(acl.inbound, protocol, source, port))
          .length;
      };
      if (gateway !== undefined && eni.addresses.some((one) => one.public !== undefined)) {
        const places = [...doors.map(({ block }) => block ?? { from: 0, to: 0 }), ...outside, ...back];
        const blocks = [...places, ...acl.inbound.map(({ block }) => block), ...acl.outbound.map(({ block }) => block)];
        let found = 0;
        for (const source of corners(blocks))
          if (outside.some((range) => holds(range, source)) && targetOf(back, source) === gateway) found += opens(source, []);
        if (found > 0) internet++;
        open += found;
      }
      for (const { id, active, sides } of network.peerings.values()) {
        const peer = sides.find(({ vpc }) => vpc !== eni.vpc);
        if (!active || peer === undefined || !sides.some(({ vpc }) => vpc === eni.vpc)) continue;
        let found = 0;
        for (const client of members.get(peer.vpc) ?? []) {
          const source = addresses.get(client.id) ?? 0;
          const there = tables.get(network.subnets.get(client.subnet)?.routeTable ?? '') ?? [];
          if (targetOf(there, own) === id && targetOf(back, source) === id) found += opens(source, client.groups);
        }
        if (found > 0) peering++;
        open += found;
      }
    }
  }
  return { internet, peering, open };
}
