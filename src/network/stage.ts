/** One component that a flow has to pass, as the set of flows it lets through. A way is a list of stages; its reach is their meet. */
import type { Constraints, Direction, Replaced } from './constraints.ts';
import type { Hop, PortRange } from './exposure.ts';
import type { GroupRule, LoadBalancer, Route } from './model.ts';
import type { ProtocolName } from './packet.ts';
import type { Grant, GrantPool } from './sets/grants.ts';
import { constant, overlay, type Partition, partAt } from './sets/partition.ts';
import type { Ports } from './sets/ports.ts';
import { contains, intersect, type Point, type Spans } from './sets/spans.ts';

/** A concrete flow, to ask stages about. */
export interface Probe<P extends Point> {
  readonly source: P;
  readonly port: number;
  readonly client: number;
  /** The block of clients that was asked about, as text. */
  readonly asked?: string;
  /** What is asked about, as a block: stages are shared by many. */
  readonly goal?: string;
}

export interface Because {
  /** The component, where which one it is depends on the flow. */
  readonly id?: string;
  readonly because: string;
  readonly rule?: string;
  /** What comes next and is not known or not modelled. */
  readonly beyond?: Pick<Hop, 'type' | 'id' | 'because'>;
}

/** Stands for the Internet gateway of a VPC where gateways are not known. */
export const ANY_GATEWAY = 'igw-*';

/** A rule of a security group. */
export interface NamedRule {
  readonly group: string;
  readonly rule: GroupRule;
  readonly words: string;
}

export interface Stage<P extends Point> extends Pick<Hop, 'direction' | 'type' | 'id'> {
  /** A yes or no for every flow. */
  readonly gate?: boolean;
  /** One object for all ways that pass it: what it lets through may be remembered. */
  readonly shared?: true;
  /** Admits exactly the addresses of the Internet. */
  readonly isInternet?: true;
  admits(): Partition<P, Grant>;
  /** What lets a flow through here, or stops it. */
  because(probe: Probe<P>): Because;
  /** Not worth a hop of its own in a path that is open. */
  readonly silent?: true;
  /** The smallest change that would open it, as an instruction. */
  readonly opening: (probe: Probe<P>) => string;
}

/** Whether a stage lets one flow through. */
export function passes<P extends Point>(stage: Stage<P>, { source, port, client }: Probe<P>): boolean {
  return stage
    .admits()
    .some(
      ({ from, to, value }) =>
        source >= from && source < to && contains(value.ports.spans, port) && contains(value.clients.spans, client),
    );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The map inside of a map. */
function within<A, B, V>(outer: Map<A, Map<B, V>>, key: A): Map<B, V> {
  const known = outer.get(key);
  if (known !== undefined) return known;
  const made = new Map<B, V>();
  outer.set(key, made);
  return made;
}

/** Makes stages out of constraints of one address family and protocol. */
export class Stages<P extends Point> {
  readonly constraints: Constraints<P>;
  readonly grants: GrantPool;
  readonly protocol: ProtocolName;
  readonly #acls = { inbound: new Map<string | undefined, Stage<P>>(), outbound: new Map<string | undefined, Stage<P>>() };
  readonly #sources = new Map<string, Stage<P>>();
  readonly #listeners = new Map<string, Stage<P>>();
  /** By route table. */
  readonly #replies = new Map<string | undefined, Map<string, Stage<P>>>();
  readonly #routed = new Map<string, Map<string, Spans<P>>>();

  constructor(constraints: Constraints<P>, grants: GrantPool, protocol: ProtocolName) {
    this.constraints = constraints;
    this.grants = grants;
    this.protocol = protocol;
  }

  /** The one stage of a key. */
  #share<K>(stages: Map<K, Stage<P>>, key: K, make: () => Stage<P>): Stage<P> {
    const known = stages.get(key);
    if (known !== undefined) return known;
    const stage = make();
    const made: Stage<P> = { ...stage, shared: true, admits: once(stage.admits) };
    stages.set(key, made);
    return made;
  }

  /** Drops the stages of parts that have changed since, and tells which. */
  forget({ acls, routeTables }: Pick<Replaced, 'acls' | 'routeTables'>): ReadonlySet<Stage<P>> {
    const dropped = new Set<Stage<P>>();
    for (const { id } of acls)
      for (const stages of Object.values(this.#acls)) {
        const stage = stages.get(id);
        if (stage !== undefined) dropped.add(stage);
        stages.delete(id);
      }
    for (const { id } of routeTables) {
      for (const stage of this.#replies.get(id)?.values() ?? []) dropped.add(stage);
      this.#replies.delete(id);
      this.#routed.delete(id);
    }
    return dropped;
  }

  /** A yes or no for every flow. */
  gate(
    open: boolean,
    stage: Pick<Stage<P>, 'type' | 'id' | 'silent'> &
      Pick<Because, 'beyond' | 'rule'> & { readonly yes: string; readonly no: string; readonly opening: string },
  ): Stage<P> {
    const { yes, no, opening, beyond, rule, ...about } = stage;
    const more = { ...(beyond === undefined ? {} : { beyond }), ...(rule === undefined ? {} : { rule }) };
    const everything = open ? this.constraints.space.everything : [];
    return {
      ...about,
      gate: open,
      direction: 'forward',
      admits: () => constant(everything, this.grants.all),
      because: () => ({ because: open ? yes : no, ...more }),
      opening: () => opening,
    };
  }

  /** A single address as a block. */
  host(address: P): string {
    const { space } = this.constraints;
    return `${space.format(address)}/${space.family === 4 ? 32 : 128}`;
  }

  /** Clients as openings name them: the block that was asked about, or the one address. */
  #clients({ source, asked }: Probe<P>): string {
    return asked ?? this.host(source);
  }

  /** Only clients with these addresses. */
  sources(
    key: string,
    spans: () => Spans<P>,
    stage: Pick<Stage<P>, 'type' | 'id' | 'direction' | 'silent' | 'isInternet'> & {
      readonly words: string;
      readonly opening?: (probe: Probe<P>) => string;
    },
  ): Stage<P> {
    const { words, opening, ...about } = stage;
    return this.#share(this.#sources, key, () => ({
      ...about,
      admits: () => constant(spans(), this.grants.all),
      because: () => ({ because: words }),
      opening: (probe) =>
        opening?.(probe) ?? `send from an address that ${about.id} carries instead of ${this.host(probe.source)}`,
    }));
  }

  /** An ACL towards the client: inbound it filters destination ports, outbound (replies) the client's own. */
  acl(id: string | undefined, direction: Direction): Stage<P> {
    const { constraints, protocol } = this;
    const inbound = direction === 'inbound';
    return this.#share(this.#acls[direction], id, () => ({
      direction: inbound ? 'forward' : 'reply',
      type: 'AWS::EC2::NetworkAcl',
      id: id ?? 'unknown',
      admits: () => this.#asGrants(constraints.acl(id, direction, protocol), inbound),
      because: ({ source, port, client }) => this.#aclEntry(id, direction, source, inbound ? port : client),
      opening: (probe) => {
        const port = inbound ? probe.port : probe.client;
        return this.#aclOpening(id, direction, probe.source, port, this.#clients(probe));
      },
    }));
  }

  /** An ACL on the way to a fixed address: outbound it filters destination ports on the way there, inbound the client's on the way back. */
  aclTowards(id: string | undefined, address: P, direction: Direction): Stage<P> {
    const { constraints, grants, protocol } = this;
    const forward = direction === 'outbound';
    return {
      direction: forward ? 'forward' : 'reply',
      type: 'AWS::EC2::NetworkAcl',
      id: id ?? 'unknown',
      admits: once(() => {
        const ports = partAt(constraints.acl(id, direction, protocol), address)?.value ?? constraints.pool.none;
        const grant = forward ? grants.of(ports, constraints.pool.all) : grants.of(constraints.pool.all, ports);
        return grant === undefined ? [] : constant(constraints.space.everything, grant);
      }),
      because: ({ port, client }) => this.#aclEntry(id, direction, address, forward ? port : client),
      opening: ({ port, client }) => this.#aclOpening(id, direction, address, forward ? port : client, this.host(address)),
    };
  }

  #aclOpening(id: string | undefined, direction: Direction, address: P, port: number, place: string): string {
    const { rule = '*' } = this.#aclEntry(id, direction, address, port);
    const before = rule === '*' ? '' : ` before rule ${rule}`;
    const way = direction === 'inbound' ? 'from' : 'to';
    return `add an ${direction} rule to ${id}${before} that allows ${this.protocol} ${port} ${way} ${place}`;
  }

  #asGrants(partition: Partition<P, Ports>, destination: boolean): Partition<P, Grant> {
    const { all } = this.constraints.pool;
    return partition.flatMap(({ from, to, value }) => {
      const grant = destination ? this.grants.of(value, all) : this.grants.of(all, value);
      return grant === undefined ? [] : [{ from, to, value: grant }];
    });
  }

  #aclEntry(id: string | undefined, direction: Direction, address: P, port: number): Because {
    const acl = id === undefined ? undefined : this.constraints.network.acls.get(id);
    if (acl === undefined) return { because: 'the network ACL is not known' };
    const { space, pool } = this.constraints;
    const way = direction === 'inbound' ? 'from' : 'to';
    for (const entry of acl[direction]) {
      if (!contains(this.constraints.cidr(entry.cidr), address)) continue;
      const ports = this.constraints.rulePorts(entry, this.protocol);
      if (ports === pool.none || !contains(ports.spans, port)) continue;
      // AWS shows its own last rules so.
      const rule = entry.number > LAST_RULE ? '*' : String(entry.number);
      const words = `rule ${rule} ${entry.allow ? 'allows' : 'denies'} ${this.protocol} ${port} ${way} ${entry.cidr}`;
      return { because: words, rule };
    }
    return { because: `no rule allows ${this.protocol} ${port} ${way} ${space.format(address)}`, rule: '*' };
  }

  /** Security groups; `vpc`: where clients can be members of groups that rules name. */
  groups(ids: readonly string[], vpc: string | undefined): Stage<P> {
    const { constraints, grants, protocol } = this;
    const { all } = constraints.pool;
    return {
      direction: 'forward',
      type: 'AWS::EC2::SecurityGroup',
      id: ids.join(','),
      // Nearly every interface has its own combination: kept with the stage, not for all.
      admits: once(() =>
        constraints.groups(ids, 'inbound', protocol, vpc).flatMap(({ from, to, value }) => {
          const grant = grants.of(value, all);
          return grant === undefined ? [] : [{ from, to, value: grant }];
        }),
      ),
      because: ({ source, port }) => this.#groupWords(ids, 'inbound', source, port, vpc),
      opening: (probe) =>
        `add a rule to ${ids[0] ?? 'a security group'} that allows ${protocol} ${probe.port} from ${this.#clients(probe)}`,
    };
  }

  #groupWords(ids: readonly string[], direction: Direction, address: P, port: number, vpc: string | undefined): Because {
    const found = this.matchingRule(ids, direction, address, port, vpc);
    if (found !== undefined) {
      const { prefixLists } = this.constraints.network;
      const list = found.rule.prefixLists.find((one) => prefixLists.get(one) === undefined);
      const isElse = list === undefined || found.rule.cidrs.some((cidr) => contains(this.constraints.cidr(cidr), address));
      const why = { because: `${found.group}: ${found.words}`, rule: found.rule.id ?? found.group };
      if (isElse) return why;
      return { ...why, beyond: { type: 'AWS::EC2::PrefixList', id: list, because: 'its entries are not known' } };
    }
    const lost = ids.find((id) => !this.constraints.network.groups.has(id));
    if (lost !== undefined) return { because: `security group ${lost} is not known` };
    const way = direction === 'inbound' ? 'from' : 'to';
    return { because: `no rule allows ${this.protocol} ${port} ${way} ${this.constraints.space.format(address)}` };
  }

  /** What a sender's own groups let out to a fixed address; `grant` is what they let out there. */
  groupsTowards(ids: readonly string[], address: P, vpc: string, grant: Grant | undefined): Stage<P> {
    const { constraints, protocol } = this;
    return {
      direction: 'forward',
      type: 'AWS::EC2::SecurityGroup',
      id: ids.join(','),
      admits: () => (grant === undefined ? [] : constant(constraints.space.everything, grant)),
      because: ({ port }) => this.#groupWords(ids, 'outbound', address, port, vpc),
      opening: ({ port }) =>
        `add a rule to ${ids[0] ?? 'a security group'} that allows ${protocol} ${port} to ${this.host(address)} outbound`,
    };
  }

  /** The ports that a load balancer listens on. */
  listeners(balancer: LoadBalancer): Stage<P> {
    const { pool, space } = this.constraints;
    const unknown = this.constraints.mode === 'possible' ? pool.all : pool.none;
    const listened = balancer.listeners
      ?.filter(({ protocol }) => carries(protocol, this.protocol))
      .reduce((all, { port }) => pool.union(all, pool.range(port, port)), pool.none);
    const ports = listened ?? unknown;
    return this.#share(this.#listeners, balancer.id, () => ({
      direction: 'forward',
      type: balancerType(balancer),
      id: balancer.id,
      admits: () => {
        const grant = this.grants.of(ports, pool.all);
        return grant === undefined ? [] : constant(space.everything, grant);
      },
      because: ({ port }) => ({
        because:
          listened === undefined
            ? 'its listeners are not known'
            : contains(ports.spans, port)
              ? `listens on ${this.protocol} ${port}`
              : `has no listener on ${this.protocol} ${port}`,
      }),
      opening: ({ port }) => `add a listener on ${this.protocol} ${port} to ${balancer.id}`,
    }));
  }

  /** Every rule of these groups that lets any of these ports in from any of these addresses. */
  rulesOver(ids: readonly string[], spans: Spans<P>, ports: PortRange, vpc: string | undefined): readonly NamedRule[] {
    const { pool, network } = this.constraints;
    const wanted = pool.range(ports.begin, ports.end);
    return ids.flatMap((group) =>
      (network.groups.get(group)?.inbound ?? []).flatMap((rule) => {
        if (pool.intersect(this.constraints.rulePorts(rule, this.protocol), wanted) === pool.none) return [];
        if (intersect(this.constraints.ruleSpans(rule, vpc), spans).length === 0) return [];
        return [{ group, rule, words: ruleWords(rule, 'inbound') }];
      }),
    );
  }

  /** The first rule of these groups that lets a flow through. */
  matchingRule(
    ids: readonly string[],
    direction: Direction,
    address: P,
    port: number,
    vpc: string | undefined,
  ): NamedRule | undefined {
    const { constraints } = this;
    for (const group of ids)
      for (const rule of constraints.network.groups.get(group)?.[direction] ?? [])
        if (
          contains(constraints.rulePorts(rule, this.protocol).spans, port) &&
          contains(constraints.ruleSpans(rule, vpc), address)
        )
          return { group, rule, words: ruleWords(rule, direction) };
    return undefined;
  }

  /** Replies that are routed to a gateway. What leads through something that is not modelled is possible only. */
  replies(table: string | undefined, gateway: string): Stage<P> {
    const { grants } = this;
    return this.#share(within(this.#replies, table), gateway, () => ({
      direction: 'reply',
      type: 'AWS::EC2::RouteTable',
      id: table ?? 'unknown',
      admits: () => constant(this.routedTo(table, gateway), grants.all),
      because: ({ source }) => this.routeWords(table, source),
      opening: (probe) => {
        const to = gateway === '' || gateway === ANY_GATEWAY ? 'the Internet gateway' : gateway;
        return `add a route for ${this.#clients(probe)} to ${to} in ${table}`;
      },
    }));
  }

  /** Addresses that a table sends to a target. */
  routedTo(table: string | undefined, target: string): Spans<P> {
    if (table === undefined) return this.constraints.unknown;
    const known = within(this.#routed, table);
    const made = known.get(target) ?? this.#routedTo(table, target);
    known.set(target, made);
    return made;
  }

  #routedTo(table: string, target: string): Spans<P> {
    const { constraints } = this;
    if (constraints.isUnclear(table)) return constraints.unknown;
    const spans: P[] = [];
    const possible = constraints.mode === 'possible';
    for (const { from, to, value } of constraints.table(table)) {
      const isIt = value.target === target || (target === ANY_GATEWAY && value.target.startsWith('igw-'));
      const leads = !value.blackhole && (isIt || (possible && constraints.mayForward(value.target)));
      if (!leads) continue;
      if (spans.at(-1) === from) spans[spans.length - 1] = to;
      else spans.push(from, to);
    }
    return spans;
  }

  routeWords(table: string | undefined, address: P): Because {
    const route = this.constraints.routeFor(table, address);
    if (route === 'unknown') return { because: `${table ?? 'the route table'} is not known` };
    if (route === undefined) return { because: `no route for ${this.constraints.space.format(address)}` };
    const words = { because: `route ${route.destination} leads to ${targetWords(route)}`, rule: route.destination };
    const { target, blackhole } = route;
    if (blackhole || !this.constraints.mayForward(target)) return words;
    return { ...words, beyond: { type: typeOfTarget(target), id: target, because: 'what it lets through is not modelled' } };
  }
}

/** Whether a listener or target group of this protocol carries TCP or UDP. */
export function carries(protocol: string, name: ProtocolName): boolean {
  const datagrams = /UDP|QUIC/.test(protocol);
  return name === 'udp' ? datagrams : !datagrams || protocol.startsWith('TCP_');
}

/** CloudFormation type of a load balancer. */
export function balancerType({ kind }: LoadBalancer): string {
  return kind === 'classic' ? 'AWS::ElasticLoadBalancing::LoadBalancer' : 'AWS::ElasticLoadBalancingV2::LoadBalancer';
}

/** CloudFormation types of what routes lead to and is not modelled, by the beginning of its id. */
const TARGETS: readonly (readonly [prefix: string, type: string])[] = [
  ['vpce-', 'AWS::EC2::VPCEndpoint'],
  ['eni-', 'AWS::EC2::NetworkInterface'],
  ['i-', 'AWS::EC2::Instance'],
  ['lgw-', 'AWS::EC2::LocalGateway'],
  ['cagw-', 'AWS::EC2::CarrierGateway'],
  ['arn:', 'AWS::NetworkManager::CoreNetwork'],
];

function typeOfTarget(id: string): string {
  return TARGETS.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'AWS::EC2::Route';
}

function targetWords({ target, blackhole }: Route): string {
  return blackhole ? `nothing: ${target || 'its target'} is gone (blackhole)` : target;
}

/** The highest number that a rule of a network ACL can be given. */
const LAST_RULE = 32_766;

function portWords({ protocol, fromPort, toPort }: GroupRule): string {
  if (protocol === '-1') return 'all traffic';
  if (fromPort === -1 && toPort === -1) return `all ${protocol}`;
  return fromPort === toPort ? `${protocol} ${fromPort}` : `${protocol} ${fromPort}-${toPort}`;
}

/** `allows tcp 22 from 0.0.0.0/0`. */
function ruleWords(rule: GroupRule, direction: Direction): string {
  const ends = [...rule.cidrs, ...rule.prefixLists, ...rule.groups].join(', ');
  return `${rule.id === undefined ? '' : `${rule.id} `}allows ${portWords(rule)} ${direction === 'inbound' ? 'from' : 'to'} ${ends}`;
}

interface Step<P extends Point> {
  readonly reach: Partition<P, Grant>;
  readonly next: Map<Stage<P>, Step<P>>;
}

/** What all stages let through; equal beginnings are worked out once. */
export class Folding<P extends Point> {
  readonly #grants: GrantPool;
  readonly #root: Step<P>;

  constructor(grants: GrantPool, everything: Spans<P>) {
    this.#grants = grants;
    this.#root = { reach: constant(everything, grants.all), next: new Map() };
  }

  fold(stages: readonly Stage<P>[]): Partition<P, Grant> {
    let step: Step<P> | undefined = this.#root;
    let { reach } = this.#root;
    for (const stage of stages) {
      if (stage.gate === true) continue;
      if (stage.gate === false) return [];
      const known: Step<P> | undefined = stage.shared === true ? step?.next.get(stage) : undefined;
      if (known !== undefined) {
        step = known;
        ({ reach } = known);
      } else {
        reach = overlay(reach, stage.admits(), this.#grants.meet);
        const made: Step<P> | undefined = stage.shared === true && step !== undefined ? { reach, next: new Map() } : undefined;
        if (made !== undefined) step?.next.set(stage, made);
        step = made;
      }
      if (reach.length === 0) return reach;
    }
    return reach;
  }

  /** Drops what was worked out with these stages. */
  forget(stages: ReadonlySet<Stage<P>>): void {
    const prune = (step: Step<P>): void => {
      for (const [stage, next] of step.next)
        if (stages.has(stage)) step.next.delete(stage);
        else prune(next);
    };
    if (stages.size > 0) prune(this.#root);
  }
}
