/** Network → exposures: every interface, every way to it, as exact sets, each with its path and a witness. */
import { type FindGoal, type Leg, legsOf, nodeReaches, Targets, type Translate } from './balancers.ts';
import { Constraints, type Mode, type Replaced } from './constraints.ts';
import { Folding } from './folding.ts';
import { type LateralOf, lateralOf } from './lateral/ways.ts';
import { nodeHops } from './leg-hops.ts';
import { INNER, type InterfaceAddress, type Network, type NetworkInterface } from './model.ts';
import { type Open, type Opening, openingOf, probeOf } from './opening.ts';
import { PROTOCOLS, type ProtocolName } from './packet.ts';
import { type Grant, GrantPool } from './sets/grants.ts';
import { constant, overlay, type Part, type Partition } from './sets/partition.ts';
import { PortPool } from './sets/ports.ts';
import { SPACE4, SPACE6, type Space } from './sets/space.ts';
import { type Point, subtract, unionAll } from './sets/spans.ts';
import { balancerType } from './stage.ts';
import { Stages } from './stages.ts';
import { hasUnknowns, unknownsOf } from './unknowns.ts';
import { type Goal, type Way, wayKey, waysTo } from './ways.ts';

/** Everything for one address family, protocol and mode. */
export interface Context<P extends Point> {
  readonly stages: Stages<P>;
  readonly folding: Folding<P>;
}

/** A family's contexts by mode and protocol, made when they are asked for. */
export class Family<P extends Point> {
  readonly space: Space<P>;
  readonly #contexts = new Map<string, Context<P>>();
  readonly #network: Network;
  readonly #constraints = new Map<Mode, Constraints<P>>();
  readonly grants: GrantPool;

  constructor(network: Network, space: Space<P>, grants: GrantPool) {
    this.#network = network;
    this.space = space;
    this.grants = grants;
  }

  context(mode: Mode, protocol: ProtocolName): Context<P> {
    const key = `${mode} ${protocol}`;
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    let constraints = this.#constraints.get(mode);
    if (constraints === undefined) {
      constraints = new Constraints(this.#network, this.space, mode, this.grants.pool);
      this.#constraints.set(mode, constraints);
    }
    const made = {
      stages: new Stages(constraints, this.grants, protocol),
      folding: new Folding<P>(this.grants, this.space.everything),
    };
    this.#contexts.set(key, made);
    return made;
  }

  /** Drops what was worked out of parts of the network that have changed since. */
  forget(old: Replaced): void {
    for (const constraints of this.#constraints.values()) constraints.forget(old);
    for (const { stages, folding } of this.#contexts.values()) folding.forget(stages.forget(old));
  }
}

export interface Families {
  readonly four: Family<number>;
  readonly six: Family<bigint>;
  readonly targets: Targets;
}

export function familiesOf(network: Network): Families {
  const grants = new GrantPool(new PortPool());
  return { four: new Family(network, SPACE4, grants), six: new Family(network, SPACE6, grants), targets: new Targets(network) };
}

export function goalOf<P extends Point>(
  network: Network,
  eni: NetworkInterface,
  address: InterfaceAddress,
  space: Space<P>,
  targets: Targets,
): Goal<P> | undefined {
  const subnet = network.subnets.get(eni.subnet);
  const vpc = network.vpcs.get(subnet?.vpc ?? eni.vpc);
  const span = space.cidr(address.private);
  if (subnet === undefined || vpc === undefined || span === undefined) return undefined;
  const balancer = targets.balancerOf(eni.id);
  const goal = { vpc, subnet, interface: eni, address, point: span[0] };
  if (balancer !== undefined) return { ...goal, balancer };
  // ELB describes the interfaces of its nodes like that.
  return eni.description.startsWith('ELB ') ? { ...goal, unlisted: true } : goal;
}

/** Ports that one set lets through and the other does not, whatever the client's port. */
function beyond<P extends Point>(
  possible: Partition<P, Grant>,
  certain: Partition<P, Grant>,
  grants: GrantPool,
): Partition<P, Grant> {
  const open = unionAll(certain.map(({ from, to }) => [from, to] as const));
  const all = unionAll(possible.map(({ from, to }) => [from, to] as const));
  const only = overlay(possible, constant(subtract(all, open), true), (grant) => grant);
  const more = overlay(possible, certain, (a, b) => grants.of(grants.pool.subtract(a.ports, b.ports), a.clients));
  return sorted([...only, ...more]);
}

/** Everything that one set lets through and the other does not; parts may overlap. */
function uncertain<P extends Point>(
  possible: Partition<P, Grant>,
  certain: Partition<P, Grant>,
  grants: GrantPool,
): Partition<P, Grant> {
  const clients = overlay(possible, certain, (a, b) =>
    grants.of(grants.pool.intersect(a.ports, b.ports), grants.pool.subtract(a.clients, b.clients)),
  );
  return clients.length === 0 ? beyond(possible, certain, grants) : sorted([...beyond(possible, certain, grants), ...clients]);
}

function sorted<P extends Point, V>(parts: Part<P, V>[]): Partition<P, V> {
  return parts.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
}

interface Scope<P extends Point> {
  readonly network: Network;
  readonly family: Family<P>;
  readonly families: Families;
  readonly targets: Targets;
  readonly unsure: boolean;
  readonly options: Options;
  readonly lateral: LateralOf<P> | undefined;
}

/** What is looked at besides what always is. */
export interface Options {
  /** Datagrams whose replies get lost. */
  readonly oneWay?: boolean;
  /** What consumers of endpoint services reach. */
  readonly privateLink?: boolean;
}

/** Besides these, what is looked at only when everything is worked out anew. */
interface AllOptions extends Options {
  /** What members of security groups reach: those of these interfaces. */
  readonly lateral?: (sender: NetworkInterface) => boolean;
}

/** Asks in the other family whether a node reaches a target. */
function translator<P extends Point>({ network, families, targets }: Scope<P>, { constraints, protocol }: Stages<P>): Translate {
  const ask = <Q extends Point>(other: Family<Q>): Translate => {
    const { stages } = other.context(constraints.mode, protocol);
    const goalAt = (eni: NetworkInterface, address: InterfaceAddress | undefined) =>
      address === undefined ? undefined : goalOf(network, eni, address, other.space, targets);
    return (node, target, address, port) => {
      const from = goalAt(
        node,
        node.addresses.find(({ family }) => family === other.space.family),
      );
      const to = goalAt(
        target,
        target.addresses.find((one) => one.private === address),
      );
      if (from === undefined || to === undefined || !nodeReaches(from, { goal: to, port }, stages)) return undefined;
      return () => nodeHops(from, to, port, stages);
    };
  };
  return constraints.space.family === 4 ? ask(families.six) : ask(families.four);
}

/** Behind a load balancer's node its targets. */
function legsBehind<P extends Point>(
  scope: Scope<P>,
  node: Goal<P>,
  reach: Partition<P, Grant>,
  stages: Stages<P>,
): Iterable<Leg<P>> {
  if (node.balancer === undefined || reach.length === 0) return [];
  const { network, family, targets } = scope;
  const findGoal: FindGoal<P> = (eni, address) => {
    const found = eni.addresses.find((one) => one.private === address);
    return found === undefined ? undefined : goalOf(network, eni, found, family.space, targets);
  };
  return legsOf(node, reach, stages, targets, findGoal, translator(scope, stages));
}

/** The node that a way leads to, with how it was reached: through PrivateLink targets never see the client. */
function nodeOf<P extends Point>({ goal, way }: Pick<Open<P>, 'goal' | 'way'>): Goal<P> {
  return way.source.kind === 'private-link' ? { ...goal, linked: true } : goal;
}

/** The way itself, and behind a load balancer's node the targets. */
function* certainly<P extends Point>(scope: Scope<P>, open: Open<P>): Iterable<Opening> {
  const opening = openingOf(open);
  if (opening === undefined) return;
  yield opening;
  const { reach: nodeReach, stages } = open;
  const node = nodeOf(open);
  for (const leg of legsBehind(scope, node, nodeReach, stages)) {
    const behind = openingOf({ ...open, goal: leg.goal, reach: leg.reach, behind: { node, leg } });
    if (behind !== undefined) yield behind;
  }
}

/** A way, as far as it is certain. */
interface Sure<P extends Point> {
  readonly way: Way<P>;
  readonly reach: Partition<P, Grant>;
}

/** What is possible by a way and not certain; `sure` are the same ways as far as they are certain. */
function* perhaps<P extends Point>(
  scope: Scope<P>,
  open: Omit<Open<P>, 'unknown'>,
  sure: readonly Sure<P>[],
  certain: Stages<P>,
): Iterable<Opening> {
  const { reach: nodeReach, stages, way } = open;
  const node = nodeOf(open);
  const { grants } = scope.family;
  const rest = (all: Partition<P, Grant>, known: readonly { readonly reach: Partition<P, Grant> }[]) =>
    known.reduce((left, one) => (left.length === 0 ? left : uncertain(left, one.reach, grants)), all);
  const reach = rest(nodeReach, sure);
  const probe = probeOf(reach);
  const unknown = probe === undefined ? [] : unknownsOf(sure[0]?.way, way, probe);
  const opening = openingOf({ ...open, reach, unknown });
  if (opening !== undefined) yield opening;
  if (node.balancer === undefined) return;
  const key = ({ goal, listener, group }: Leg<P>) =>
    [listener.protocol, listener.port, group.arn, goal.interface.id, goal.address.private].join(' ');
  const known = Map.groupBy(
    sure.flatMap((one) => [...legsBehind(scope, node, one.reach, certain)]),
    key,
  );
  const { balancer } = node;
  for (const leg of legsBehind(scope, node, nodeReach, stages)) {
    const beyondThem = rest(leg.reach, known.get(key(leg)) ?? []);
    const said = `${balancerType(balancer)} ${balancer.id}: whether it gets through to ${leg.goal.interface.id} is not known`;
    const behind = openingOf({
      ...open,
      ...{ goal: leg.goal, reach: beyondThem, unknown: unknown.length > 0 ? unknown : [said], behind: { node, leg } },
    });
    if (behind !== undefined) yield behind;
  }
}

function* openingsTo<P extends Point>(scope: Scope<P>, eni: NetworkInterface, address: InterfaceAddress): Iterable<Opening> {
  const { network, family, unsure, options, targets } = scope;
  const { oneWay = false, privateLink = false } = options;
  const asked = <Q extends Point>(all: readonly Way<Q>[]) =>
    privateLink ? all : all.filter(({ source }) => source.kind !== 'private-link');
  const goal = goalOf(network, eni, address, family.space, targets);
  if (goal === undefined) return;
  for (const protocol of protocolNames) {
    const { stages, folding } = family.context('certain', protocol);
    const ways = asked(waysTo(goal, stages)).map((way) => ({ way, reach: folding.fold(way.stages) }));
    for (const one of ways) yield* certainly(scope, { goal, ...one, stages, unknown: [] });
    // A datagram may do its work without an answer.
    if (oneWay && protocol === 'udp') {
      for (const { way, reach: both } of ways) {
        const there = folding.fold(way.stages.filter(({ direction }) => direction === 'forward'));
        const reach = beyond(there, both, family.grants);
        const opening = openingOf({ goal, way, reach, stages, unknown: [], ways: 'one-way' });
        if (opening !== undefined) yield opening;
      }
    }
    yield* lateralOpeningsTo(scope, goal, protocol);
    if (!unsure) continue;
    const possible = family.context('possible', protocol);
    const sure = new Map(ways.map((one) => [wayKey(one.way), one]));
    for (const way of asked(waysTo(goal, possible.stages))) {
      const reach = possible.folding.fold(way.stages);
      const known = sure.get(wayKey(way));
      yield* perhaps(scope, { goal, way, reach, stages: possible.stages }, known === undefined ? [] : [known], stages);
    }
  }
}

/** Sideways: what members of security groups reach. */
function* lateralOpeningsTo<P extends Point>(scope: Scope<P>, goal: Goal<P>, protocol: ProtocolName): Iterable<Opening> {
  const { family, unsure, lateral } = scope;
  if (lateral === undefined) return;
  const certain = family.context('certain', protocol);
  const sure = new Map<string, readonly Sure<P>[]>();
  for (const { key, ways } of lateral(certain.stages).waysTo(goal)) {
    const open = ways.map((way) => ({ way, reach: certain.folding.fold(way.stages) }));
    sure.set(key, open);
    for (const { way, reach } of open) yield* certainly(scope, { goal, way, reach, stages: certain.stages, unknown: [] });
  }
  if (!unsure) return;
  const possible = family.context('possible', protocol);
  for (const { key, ways } of lateral(possible.stages).waysTo(goal)) {
    for (const way of ways) {
      const reach = possible.folding.fold(way.stages);
      yield* perhaps(scope, { goal, way, reach, stages: possible.stages }, sure.get(key) ?? [], certain.stages);
    }
  }
}

const protocolNames = Object.keys(PROTOCOLS).filter((name): name is ProtocolName => name in PROTOCOLS);

/** Whether anything can enter by an interface. */
export function isReachable({ type }: NetworkInterface): boolean {
  return !INNER.has(type);
}

/** Interfaces that can be reached at all, by id. */
export function reachable(network: Network): readonly NetworkInterface[] {
  return [...network.interfaces.values()].filter(isReachable).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Everything that enters by one interface: what is open to it, and to the targets behind it where it is a load balancer's node. */
export function* openingsInto(
  network: Network,
  families: Families,
  options: Options,
  unsure: boolean,
  eni: NetworkInterface,
  senders?: { readonly four: LateralOf<number>; readonly six: LateralOf<bigint> },
): Iterable<Opening> {
  const { four, six, targets } = families;
  const common = { network, families, targets, unsure, options };
  for (const address of eni.addresses)
    yield* address.family === 4
      ? openingsTo({ ...common, family: four, lateral: senders?.four }, eni, address)
      : openingsTo({ ...common, family: six, lateral: senders?.six }, eni, address);
}

/** Everything that is open, by interface; nothing is held back, so that estates of any size pass through. */
export function* openings(
  network: Network,
  options: AllOptions = {},
  families: Families = familiesOf(network),
): Iterable<Opening> {
  const { four, six, targets } = families;
  const isAsked = options.lateral;
  const senders =
    isAsked === undefined
      ? undefined
      : { four: lateralOf(network, four.space, targets, isAsked), six: lateralOf(network, six.space, targets, isAsked) };
  const unsure = hasUnknowns(network);
  for (const eni of reachable(network)) yield* openingsInto(network, families, options, unsure, eni, senders);
}
