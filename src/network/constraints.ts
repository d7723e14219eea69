/**
 * Security groups, network ACLs and route tables as sets of one address family. Each is made once. What is not known admits nothing
 * where certainty is asked for and everything where possibility is: an exposure that is only possible is told as unknown.
 */
import type {
  AclEntry,
  GroupRule,
  Missing,
  Network,
  NetworkAcl,
  Peering,
  Route,
  RouteTable,
  SecurityGroup,
  Subnet,
  Vpc,
} from './model.ts';
import { PROTOCOLS, type ProtocolName } from './packet.ts';
import {
  constant,
  elementary,
  longestPrefix,
  merge,
  type Part,
  type Partition,
  type Prefixed,
  partAt,
} from './sets/partition.ts';
import type { PortPool, Ports } from './sets/ports.ts';
import type { Space } from './sets/space.ts';
import { type Point, type Spans, subtract, union, unionAll } from './sets/spans.ts';

export type Mode = 'certain' | 'possible';
export type Direction = 'inbound' | 'outbound';

/** Parts of a network as they were before a change. */
export interface Replaced {
  readonly groups: readonly SecurityGroup[];
  readonly acls: readonly NetworkAcl[];
  readonly routeTables: readonly RouteTable[];
}

/** Middleboxes, firewalls and networks whose inner workings are not modelled: what is behind them is unknown. */
export function isUnmodelled(target: string): boolean {
  return /^(?:vpce-|eni-|i-|lgw-|cagw-|arn:)/.test(target);
}

/** Whether a rule's protocol covers this one. */
function coversProtocol(protocol: string, name: ProtocolName): boolean {
  return protocol === '-1' || protocol === name || protocol === String(PROTOCOLS[name]);
}

interface Destinations {
  readonly cidrs: readonly string[];
  readonly whole: boolean;
}

export class Constraints<P extends Point> {
  readonly network: Network;
  readonly space: Space<P>;
  readonly mode: Mode;
  readonly pool: PortPool;
  readonly #cidrs = new Map<string, Spans<P>>();
  /** By VPC and group. */
  readonly #groups = {
    inbound: {
      tcp: new Map<string, Map<string, Partition<P, Ports>>>(),
      udp: new Map<string, Map<string, Partition<P, Ports>>>(),
    },
    outbound: {
      tcp: new Map<string, Map<string, Partition<P, Ports>>>(),
      udp: new Map<string, Map<string, Partition<P, Ports>>>(),
    },
  };
  readonly #plain = new Map<readonly GroupRule[], boolean>();
  readonly #acls = new Map<string, Partition<P, Ports>>();
  readonly #tables = new Map<string, Partition<P, Route>>();
  readonly #unclear = new Map<string, boolean>();
  readonly #ruleSpans = new Map<string, Map<GroupRule, Spans<P>>>();
  readonly #referables = new Map<string, ReadonlySet<string>>();
  readonly #routesTo = new Map<string, Destinations>();
  #tablesByVpc: ReadonlyMap<string, readonly RouteTable[]> | undefined;
  readonly #choices = new Map<string, Spans<P>>();
  readonly #tablesIn = new Map<string, ReadonlySet<string | undefined>>();
  #subnets: ReadonlyMap<string, readonly Subnet[]> | undefined;
  #peerings: ReadonlyMap<string, readonly Peering[]> | undefined;
  #members: ReadonlyMap<string, ReadonlyMap<string, Spans<P>>> | undefined;

  constructor(network: Network, space: Space<P>, mode: Mode, pool: PortPool) {
    this.network = network;
    this.space = space;
    this.mode = mode;
    this.pool = pool;
  }

  /** What stands in for a fact that is not known. */
  get unknown(): Spans<P> {
    return this.mode === 'possible' ? this.space.everything : [];
  }

  cidr(text: string): Spans<P> {
    const known = this.#cidrs.get(text);
    if (known !== undefined) return known;
    const span = this.space.cidr(text);
    const spans: Spans<P> = span ?? [];
    this.#cidrs.set(text, spans);
    return spans;
  }

  subnetsOf(vpc: string): readonly Subnet[] {
    this.#subnets ??= Map.groupBy(this.network.subnets.values(), (subnet) => subnet.vpc);
    return this.#subnets.get(vpc) ?? [];
  }

  /** Identifiers of the route tables that a VPC's subnets have. */
  tablesIn(vpc: string): ReadonlySet<string | undefined> {
    const known = this.#tablesIn.get(vpc) ?? new Set(this.subnetsOf(vpc).map(({ routeTable }) => routeTable));
    this.#tablesIn.set(vpc, known);
    return known;
  }

  peeringsOf(vpc: string): readonly Peering[] {
    if (this.#peerings === undefined) {
      const ends = [...this.network.peerings.values()].flatMap((peering) =>
        peering.sides.map((side) => ({ peering, vpc: side.vpc })),
      );
      const byVpc = Map.groupBy(ends, (end) => end.vpc);
      this.#peerings = new Map([...byVpc].map(([id, list]) => [id, [...new Set(list.map(({ peering }) => peering))]]));
    }
    return this.#peerings.get(vpc) ?? [];
  }

  /** Whether a route may lead on through something that is not modelled. An interface that checks destinations drops what is not its own. */
  mayForward(target: string): boolean {
    if (!isUnmodelled(target) || this.network.gatewayEndpoints.has(target)) return false;
    return this.network.interfaces.get(target)?.checked !== true;
  }

  /** Whether what the owner of a VPC is told of it is not in the snapshot. */
  lacks({ account, region, foreign }: Vpc, what: Missing): boolean {
    return foreign === true || this.network.missing.get(`${account} ${region}`)?.has(what) === true;
  }

  /** Whether any region lacks a table. */
  lacksAny(what: Missing): boolean {
    return [...this.network.missing.values()].some((missing) => missing.has(what));
  }

  /** The CIDR blocks of a destination; undefined when they are not known. */
  blocksOf(destination: string): readonly string[] | undefined {
    return destination.startsWith('pl-') ? this.network.prefixLists.get(destination) : [destination];
  }

  /** What the tables of a VPC send to a gateway; `whole` when that is all of it. */
  routesTo(vpc: string, gateway: string): Destinations {
    const key = `${vpc} ${gateway}`;
    const known = this.#routesTo.get(key);
    if (known !== undefined) return known;
    const routes = this.#tablesOf(vpc).flatMap((table) => table.routes);
    const live = routes.filter(({ target, blackhole }) => target === gateway && !blackhole);
    const blocks = live.map(({ destination }) => this.blocksOf(destination));
    const found = { cidrs: blocks.flatMap((list) => list ?? []), whole: !blocks.includes(undefined) };
    this.#routesTo.set(key, found);
    return found;
  }

  /** Gateways of a kind (`pcx-`, `vgw-`, `tgw-`) that a VPC's tables lead to. */
  gatewaysIn(vpc: string, kind: string): readonly string[] {
    const live = this.#tablesOf(vpc).flatMap(({ routes }) => routes.filter(({ blackhole }) => !blackhole));
    return [...new Set(live.flatMap(({ target }) => (target.startsWith(kind) ? target : [])))].sort();
  }

  #tablesOf(vpc: string): readonly RouteTable[] {
    this.#tablesByVpc ??= Map.groupBy(this.network.routeTables.values(), (table) => table.vpc);
    return this.#tablesByVpc.get(vpc) ?? [];
  }

  /** Addresses of subnets; `key` names the choice. */
  spansOfSubnets(key: string, subnets: () => readonly Subnet[]): Spans<P> {
    const known = this.#choices.get(key);
    if (known !== undefined) return known;
    const spans = subnets().reduce<Spans<P>>(
      (all, { cidrs }) => cidrs.reduce((sum, cidr) => union(sum, this.cidr(cidr)), all),
      [],
    );
    this.#choices.set(key, spans);
    return spans;
  }

  prefixList(id: string): Spans<P> {
    const entries = this.network.prefixLists.get(id);
    if (entries === undefined) return this.unknown;
    return entries.reduce<Spans<P>>((all, entry) => union(all, this.cidr(entry)), []);
  }

  /** Private addresses of the interfaces that carry a group, as far as a rule used in this VPC can mean them. */
  members(group: string, vpc: string): Spans<P> {
    if (this.mode === 'possible' && this.lacksAny('interfaces')) return this.space.everything;
    this.#members ??= this.#collectMembers();
    const byVpc = this.#members.get(group);
    if (byVpc === undefined) return [];
    let spans: Spans<P> = [];
    for (const home of [vpc, ...this.#referable(vpc)]) spans = union(spans, byVpc.get(home) ?? []);
    return spans;
  }

  #collectMembers(): ReadonlyMap<string, ReadonlyMap<string, Spans<P>>> {
    const lists = new Map<string, Map<string, (readonly [P, P])[]>>();
    for (const { vpc, groups, addresses } of this.network.interfaces.values()) {
      for (const { family, private: address } of addresses) {
        const span = family === this.space.family ? this.space.cidr(address) : undefined;
        if (span === undefined) continue;
        for (const group of groups) {
          const byVpc = lists.get(group) ?? new Map<string, (readonly [P, P])[]>();
          lists.set(group, byVpc);
          const list = byVpc.get(vpc);
          if (list === undefined) byVpc.set(vpc, [span]);
          else list.push(span);
        }
      }
    }
    return new Map([...lists].map(([group, byVpc]) => [group, new Map([...byVpc].map(([vpc, list]) => [vpc, unionAll(list)]))]));
  }

  /** Other VPCs whose groups rules can name: actively peered ones of the region, and those on a transit gateway that allows it. */
  #referable(vpc: string): ReadonlySet<string> {
    const known = this.#referables.get(vpc);
    if (known !== undefined) return known;
    const home = this.network.vpcs.get(vpc);
    const region = home?.region;
    const all = [...this.network.vpcs.values()].filter((other) => other.id !== vpc && other.region === region);
    if (this.mode === 'possible' && (['peerings', 'transit', 'transit-subnets'] as const).some((what) => this.lacksAny(what))) {
      const anywhere = new Set(all.map(({ id }) => id));
      this.#referables.set(vpc, anywhere);
      return anywhere;
    }
    const peered = this.peeringsOf(vpc).flatMap(({ active, sides }) => (active ? sides.map((side) => side.vpc) : []));
    const attachments = [...this.network.attachments.values()].filter(({ kind, references }) => kind === 'vpc' && references);
    const gateways = new Set(attachments.filter(({ resource }) => resource === vpc).map(({ gateway }) => gateway));
    const attached = attachments.flatMap(({ gateway, resource }) => (gateways.has(gateway) ? resource : []));
    const others = [...peered, ...attached].filter((other) => all.some(({ id }) => id === other));
    const found = new Set(others);
    this.#referables.set(vpc, found);
    return found;
  }

  /** Addresses that a rule is about. Members of groups only in a VPC, if one is given: from the Internet nobody is one. */
  ruleSpans(rule: GroupRule, vpc: string | undefined): Spans<P> {
    const key = rule.groups.length === 0 ? '' : (vpc ?? '');
    let cache = this.#ruleSpans.get(key);
    if (cache === undefined) {
      cache = new Map();
      this.#ruleSpans.set(key, cache);
    }
    const known = cache.get(rule);
    if (known !== undefined) return known;
    const members = (group: string, home: string) => (rule.foreign === true ? this.unknown : this.members(group, home));
    const lists = [
      ...rule.cidrs.map((cidr) => this.cidr(cidr)),
      ...rule.prefixLists.map((list) => this.prefixList(list)),
      ...(vpc === undefined ? [] : rule.groups.map((group) => members(group, vpc))),
    ];
    const spans = lists.reduce<Spans<P>>((all, one) => union(all, one), []);
    cache.set(rule, spans);
    return spans;
  }

  rulePorts(rule: GroupRule | AclEntry, protocol: ProtocolName): Ports {
    if (!coversProtocol(rule.protocol, protocol)) return this.pool.none;
    // One in doubt lets nothing in where certainty is asked for, and stops nothing where possibility is.
    const stops = 'allow' in rule && !rule.allow;
    if (rule.doubtful === true && (this.mode === 'certain') !== stops) return this.pool.none;
    // All ports, whatever the ports say: "-1", and whole protocols that are printed without ports.
    if (rule.protocol === '-1' || (rule.fromPort === -1 && rule.toPort === -1)) return this.pool.all;
    return this.pool.range(Math.max(0, rule.fromPort), Math.min(65_535, rule.toPort));
  }

  /** Ports that a group lets through, by the address at the other end. */
  group(id: string, direction: Direction, protocol: ProtocolName, vpc: string | undefined): Partition<P, Ports> {
    // Only rules that name groups mean something else in each VPC.
    const group = this.network.groups.get(id);
    const isFixed = group !== undefined && (vpc === undefined || this.#namesNoGroup(group[direction]));
    const place = isFixed ? '' : (vpc ?? '');
    let cache = this.#groups[direction][protocol].get(place);
    if (cache === undefined) {
      cache = new Map();
      this.#groups[direction][protocol].set(place, cache);
    }
    const known = cache.get(id);
    if (known !== undefined) return known;
    const made =
      group === undefined
        ? constant(this.unknown, this.pool.all)
        : group[direction].reduce<Partition<P, Ports>>((all, rule) => {
            const ports = this.rulePorts(rule, protocol);
            if (ports === this.pool.none) return all;
            return merge(all, constant(this.ruleSpans(rule, vpc), ports), (a, b) => this.pool.union(a, b));
          }, []);
    cache.set(id, made);
    return made;
  }

  #namesNoGroup(rules: readonly GroupRule[]): boolean {
    const known = this.#plain.get(rules);
    if (known !== undefined) return known;
    const plain = rules.every((rule) => rule.groups.length === 0);
    this.#plain.set(rules, plain);
    return plain;
  }

  /** The union over several groups. */
  groups(ids: readonly string[], direction: Direction, protocol: ProtocolName, vpc: string | undefined): Partition<P, Ports> {
    const [first, ...others] = ids;
    if (first === undefined) return [];
    const start = this.group(first, direction, protocol, vpc);
    return others.reduce(
      (all, id) => merge(all, this.group(id, direction, protocol, vpc), (a, b) => this.pool.union(a, b)),
      start,
    );
  }

  /** Ports that an ACL lets through, by the address at the other end: of each port the first entry decides. */
  acl(id: string | undefined, direction: Direction, protocol: ProtocolName): Partition<P, Ports> {
    const acl = id === undefined ? undefined : this.network.acls.get(id);
    if (acl === undefined) return constant(this.unknown, this.pool.all);
    const key = `${id} ${direction} ${protocol}`;
    const known = this.#acls.get(key);
    if (known !== undefined) return known;
    const made = this.#decide(acl[direction], protocol);
    this.#acls.set(key, made);
    return made;
  }

  #decide(entries: readonly AclEntry[], protocol: ProtocolName): Partition<P, Ports> {
    const relevant = entries.flatMap((entry) => {
      const span = this.space.cidr(entry.cidr);
      const ports = this.rulePorts(entry, protocol);
      return span === undefined || ports === this.pool.none
        ? []
        : [{ span, ports, allow: entry.allow, sure: entry.doubtful !== true }];
    });
    const parts: Part<P, Ports>[] = [];
    for (const [from, to] of elementary(relevant.map(({ span }) => span))) {
      let open = this.pool.all;
      let allowed = this.pool.none;
      for (const { span, ports, allow, sure } of relevant) {
        if (span[0] > from || span[1] < to) continue;
        if (allow) allowed = this.pool.union(allowed, this.pool.intersect(open, ports));
        // One that may not match leaves the ports to those after it; one that may deny takes them where certainty is asked for.
        if (sure || !allow) open = this.pool.subtract(open, ports);
        if (open === this.pool.none) break;
      }
      const last = parts.at(-1);
      if (allowed === this.pool.none) continue;
      if (last !== undefined && last.to === from && last.value === allowed) parts[parts.length - 1] = { ...last, to };
      else parts.push({ from, to, value: allowed });
    }
    return parts;
  }

  /** The route for each address: longest prefix, then static, prefix list, propagated; what is local yields to no propagated route. */
  table(id: string): Partition<P, Route> {
    const known = this.#tables.get(id);
    if (known !== undefined) return known;
    const made = this.#route(this.network.routeTables.get(id)?.routes ?? []);
    this.#tables.set(id, made);
    return made;
  }

  #route(routes: readonly Route[]): Partition<P, Route> {
    const local = routes
      .filter(({ target }) => target === 'local')
      .reduce<Spans<P>>((all, { destination }) => union(all, this.cidr(destination)), []);
    const candidates: Prefixed<P, Route>[] = [];
    for (const route of routes) {
      const list = route.destination.startsWith('pl-');
      const entries = list ? (this.network.prefixLists.get(route.destination) ?? []) : [route.destination];
      for (const entry of entries) {
        const span = this.space.cidr(entry);
        if (span === undefined) continue;
        const spans = route.propagated ? subtract(span, local) : span;
        const size = BigInt(span[1]) - BigInt(span[0]);
        candidates.push({ spans, size, rank: route.propagated ? 2 : list ? 1 : 0, value: route });
      }
    }
    return longestPrefix(candidates);
  }

  /** The route for an address: undefined when there is none, `unknown` when the table or what it says is not known. */
  routeFor(id: string | undefined, address: P): Route | 'unknown' | undefined {
    if (id === undefined || this.isUnclear(id)) return 'unknown';
    return partAt(this.table(id), address)?.value;
  }

  /** Whether a table is not known, cannot be read whole, or has prefix lists of unknown entries, which may claim any address. */
  isUnclear(id: string): boolean {
    const known = this.#unclear.get(id);
    if (known !== undefined) return known;
    const { unclear, routes } = this.network.routeTables.get(id) ?? { unclear: true, routes: [] };
    const isLost = ({ destination }: Route) =>
      destination.startsWith('pl-') && this.network.prefixLists.get(destination) === undefined;
    const made = unclear === true || routes.some(isLost);
    this.#unclear.set(id, made);
    return made;
  }

  /** Drops what was worked out of parts that have changed since; nothing else is made of them here. */
  forget({ groups, acls, routeTables }: Replaced): void {
    for (const { id, inbound, outbound } of groups) {
      for (const byProtocol of Object.values(this.#groups))
        for (const byPlace of Object.values(byProtocol)) for (const cache of byPlace.values()) cache.delete(id);
      for (const rules of [inbound, outbound]) this.#plain.delete(rules);
      for (const rule of [...inbound, ...outbound]) {
        for (const cache of this.#ruleSpans.values()) cache.delete(rule);
      }
    }
    for (const { id } of acls) {
      for (const direction of ['inbound', 'outbound'])
        for (const protocol of Object.keys(PROTOCOLS)) this.#acls.delete(`${id} ${direction} ${protocol}`);
    }
    for (const { id } of routeTables) for (const cache of [this.#tables, this.#unclear]) cache.delete(id);
    if (routeTables.length > 0) {
      this.#routesTo.clear();
      this.#tablesByVpc = undefined;
    }
  }
}
