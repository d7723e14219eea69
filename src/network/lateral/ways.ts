/**
 * Ways from one security group's members to an interface: the sender's own groups, network ACL and routes on the way there, and theirs
 * on the way back. Only by private addresses: within a VPC, over a peering connection, over a transit gateway.
 */
import type { Targets } from '../balancers.ts';
import type { Network, NetworkInterface } from '../model.ts';
import { constant, type Partition, partAt } from '../sets/partition.ts';
import type { Ports } from '../sets/ports.ts';
import type { Space } from '../sets/space.ts';
import type { Point, Spans } from '../sets/spans.ts';
import type { Stage } from '../stage.ts';
import type { Stages } from '../stages.ts';
import { doors, type Goal, type Way } from '../ways.ts';
import { ANYWHERE, replyTargets, routed } from './replies.ts';
import { part, type SenderClass, type SenderGroup, senderAt, senderGroups } from './senders.ts';
import { type Alternatives, mayComeDownIn, transitReplies, transitThere } from './transit.ts';

/** Whether a target is an active peering connection of two VPCs. */
function joins({ peerings }: Network, target: string, one: string, other: string): boolean {
  const peering = peerings.get(target);
  if (peering?.active !== true || one === other) return false;
  return [one, other].every((vpc) => peering.sides.some((side) => side.vpc === vpc));
}

/** Senders, for one address family, protocol and mode. */
class Lateral<P extends Point> {
  readonly #stages: Stages<P>;
  readonly #classes: readonly SenderGroup<P>[];
  readonly #egress = new Map<string, Partition<P, Ports>>();
  readonly #returns = new Map<string, ReadonlyMap<string, Spans<P>>>();

  constructor(stages: Stages<P>, classes: readonly SenderGroup<P>[]) {
    this.#stages = stages;
    this.#classes = classes;
  }

  /** By class: every way from its members to a goal, of which it is none itself; at least one, be it closed. Keys are those of any mode. */
  *waysTo(goal: Goal<P>): Iterable<{ readonly key: string; readonly ways: readonly Way<P>[] }> {
    for (const one of this.#classes) {
      const inside = one.bySubnet.get(goal.subnet.id);
      if (inside === undefined) {
        yield { key: one.key, ways: this.#farWays(one, goal) };
        continue;
      }
      const beside = inside.filter((member) => member.interface !== goal.interface.id);
      const near = part(one, 'near', beside);
      // Neighbours are met by no route and no network ACL.
      if (beside.length > 0) yield { key: near.key, ways: [this.#way(near, goal, 'near', [], [])] };
      const outside = [...one.bySubnet].flatMap(([subnet, members]) => (subnet === goal.subnet.id ? [] : members));
      const far = part(one, `not ${goal.subnet.id}`, outside);
      if (outside.length > 0) yield { key: far.key, ways: this.#farWays(far, goal) };
    }
  }

  #way(from: SenderClass<P>, goal: Goal<P>, variant: string, there: readonly Stage<P>[], back: readonly Stage<P>[]): Way<P> {
    const inside = doors(goal, this.#stages, goal.vpc.id);
    return {
      source: { kind: 'security-group', id: from.groups.join(',') },
      variant: `${from.key} ${variant}`,
      origin: () => from.spans,
      // Stages of the reply are told from the client on, as they are of every way.
      stages: [this.#senders(from), this.#leaving(from, goal.point), ...there, ...back.toReversed(), ...inside],
    };
  }

  #senders(from: SenderClass<P>): Stage<P> {
    const { constraints, grants } = this.#stages;
    const { format } = constraints.space;
    return {
      direction: 'forward',
      type: 'AWS::EC2::NetworkInterface',
      id: from.members[0]?.interface ?? '',
      admits: () => constant(from.spans, grants.all),
      because: ({ source }) => {
        const id = senderAt(from, source);
        return { ...(id === undefined ? {} : { id }), because: `sends from ${format(source)}` };
      },
      opening: ({ source }) => `give ${format(source)} to a member of ${from.groups.join(', ')}`,
    };
  }

  /** What the sender's own groups let out to the goal. */
  #leaving(from: SenderClass<P>, to: P): Stage<P> {
    const { constraints, protocol, grants } = this.#stages;
    const key = `${from.vpc} ${from.groups.join(',')}`;
    let open = this.#egress.get(key);
    if (open === undefined) {
      open = constraints.groups(from.groups, 'outbound', protocol, from.vpc);
      this.#egress.set(key, open);
    }
    const ports = partAt(open, to)?.value ?? constraints.pool.none;
    return this.#stages.groupsTowards(from.groups, to, from.vpc, grants.of(ports, constraints.pool.all));
  }

  #farWays(from: SenderClass<P>, goal: Goal<P>): Way<P>[] {
    const back = this.#back(from, goal);
    return this.#there(from, goal).flatMap((out) =>
      back.map((home) => this.#way(from, goal, `${out.variant} ${home.variant}`, out.stages, home.stages)),
    );
  }

  /** Whether a table's target leads from one VPC to the other; what it is not known to do is possible. */
  #leads(target: string, one: string, other: string): boolean {
    const { network, mode } = this.#stages.constraints;
    if (target === 'local') return one === other;
    const { constraints } = this.#stages;
    if (mode === 'possible' && (target === ANYWHERE || constraints.mayForward(target))) return true;
    // A peering connection that routes name and no table lists.
    if (mode === 'possible' && target.startsWith('pcx-') && !network.peerings.has(target) && constraints.lacksAny('peerings'))
      return true;
    return joins(network, target, one, other);
  }

  /** From the sender's subnet by its route for the goal. */
  #there(from: SenderClass<P>, goal: Goal<P>): Alternatives<P> {
    const { constraints } = this.#stages;
    const table = from.subnet.routeTable;
    const route = constraints.routeFor(table, goal.point);
    const known = route === undefined || route === 'unknown' || route.blackhole ? '' : route.target;
    const target = route === 'unknown' ? ANYWHERE : known === goal.interface.id ? 'local' : known;
    const isTransit = target.startsWith('tgw-');
    const { because } = this.#stages.routeWords(table, goal.point);
    const leave = [
      this.#stages.aclTowards(from.subnet.acl, goal.point, 'outbound'),
      this.#stages.gate(isTransit || this.#leads(target, from.vpc, goal.vpc.id), {
        type: 'AWS::EC2::RouteTable',
        id: table ?? 'unknown',
        yes: because,
        no: because,
        opening: `add a route for ${constraints.space.format(goal.point)} that leads to ${goal.vpc.id} in ${table}`,
      }),
    ];
    if (!isTransit) {
      // By a transit gateway it may come in within the goal's own subnet.
      const enter =
        target === ANYWHERE && mayComeDownIn(goal, this.#stages) ? [] : [this.#stages.acl(goal.subnet.acl, 'inbound')];
      return [{ variant: target, stages: [...leave, ...enter] }];
    }
    return transitThere(from, goal, target, this.#stages).map(({ variant, stages }) => ({
      variant,
      stages: [...leave, ...stages],
    }));
  }

  #replyTargets(from: SenderClass<P>, goal: Goal<P>): ReadonlyMap<string, Spans<P>> {
    const table = goal.subnet.routeTable;
    const key = `${from.key} ${table}`;
    const known = this.#returns.get(key) ?? replyTargets(from, table, this.#stages);
    this.#returns.set(key, known);
    return known;
  }

  /** From the goal's subnet by its routes for the sender's addresses, which may lead different ways. */
  #back(from: SenderClass<P>, goal: Goal<P>): Alternatives<P> {
    const table = goal.subnet.routeTable;
    const leave = this.#stages.acl(goal.subnet.acl, 'outbound');
    const enter = this.#stages.aclTowards(from.subnet.acl, goal.point, 'inbound');
    const found = [...this.#replyTargets(from, goal)].flatMap(([target, spans]): Alternatives<P> => {
      const home = routed(table, spans, this.#stages);
      if (this.#leads(target, from.vpc, goal.vpc.id)) return [{ variant: target, stages: [leave, home, enter] }];
      if (!target.startsWith('tgw-')) return [];
      const ways = transitReplies(from, goal, target, this.#stages);
      return ways.map(({ variant, stages }) => ({ variant, stages: [leave, home, ...stages] }));
    });
    return found.length > 0 ? found : [{ variant: 'none', stages: [leave, routed(table, [], this.#stages), enter] }];
  }
}

export type LateralOf<P extends Point> = (stages: Stages<P>) => Lateral<P>;

/** The ways of those interfaces that `isAsked`, in each mode and protocol. */
export function lateralOf<P extends Point>(
  network: Network,
  space: Space<P>,
  targets: Targets,
  isAsked: (sender: NetworkInterface) => boolean,
): LateralOf<P> {
  const classes = senderGroups(network, space, targets, isAsked);
  const made = new Map<Stages<P>, Lateral<P>>();
  return (stages) => {
    const known = made.get(stages) ?? new Lateral(stages, classes);
    made.set(stages, known);
    return known;
  };
}
