/** Makes the stages of ways: security groups, network ACLs, routes, listeners, sources, and plain yes or no. */
import { aclEntry, aclOpening } from './acl-entries.ts';
import type { Constraints, Direction, Replaced } from './constraints.ts';
import { groupWords } from './group-rules.ts';
import type { LoadBalancer, Route } from './model.ts';
import type { ProtocolName } from './packet.ts';
import type { Grant, GrantPool } from './sets/grants.ts';
import { constant, type Partition, partAt } from './sets/partition.ts';
import type { Ports } from './sets/ports.ts';
import { contains, type Point, type Spans } from './sets/spans.ts';
import { type Because, balancerType, carries, type Probe, type Stage } from './stage.ts';

/** Stands for the Internet gateway of a VPC where gateways are not known. */
export const ANY_GATEWAY = 'igw-*';

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
      because: ({ source, port, client }) => aclEntry(this, id, direction, source, inbound ? port : client),
      opening: (probe) => {
        const port = inbound ? probe.port : probe.client;
        return aclOpening(this, id, direction, probe.source, port, this.#clients(probe));
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
      because: ({ port, client }) => aclEntry(this, id, direction, address, forward ? port : client),
      opening: ({ port, client }) => aclOpening(this, id, direction, address, forward ? port : client, this.host(address)),
    };
  }

  #asGrants(partition: Partition<P, Ports>, destination: boolean): Partition<P, Grant> {
    const { all } = this.constraints.pool;
    return partition.flatMap(({ from, to, value }) => {
      const grant = destination ? this.grants.of(value, all) : this.grants.of(all, value);
      return grant === undefined ? [] : [{ from, to, value: grant }];
    });
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
      because: ({ source, port }) => groupWords(this, ids, 'inbound', source, port, vpc),
      opening: (probe) =>
        `add a rule to ${ids[0] ?? 'a security group'} that allows ${protocol} ${probe.port} from ${this.#clients(probe)}`,
    };
  }

  /** What a sender's own groups let out to a fixed address; `grant` is what they let out there. */
  groupsTowards(ids: readonly string[], address: P, vpc: string, grant: Grant | undefined): Stage<P> {
    const { constraints, protocol } = this;
    return {
      direction: 'forward',
      type: 'AWS::EC2::SecurityGroup',
      id: ids.join(','),
      admits: () => (grant === undefined ? [] : constant(constraints.space.everything, grant)),
      because: ({ port }) => groupWords(this, ids, 'outbound', address, port, vpc),
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
