/** Why a port can be reached, or what stops it first and what the smallest change would be that opens it. */
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import { type Families, type Family, familiesOf, goalOf, openings, unknownsOf } from './analyse.ts';
import type { Mode } from './constraints.ts';
import type { AddressRange, Exposure, Hop, Source } from './exposure.ts';
import { sendersNamed } from './lateral/senders.ts';
import { type LateralOf, lateralOf } from './lateral/ways.ts';
import type { InterfaceAddress, Network, NetworkInterface } from './model.ts';
import { type Detail, hopsAt, openingOf, packetOf, probeOf } from './opening.ts';
import type { Packet, ProtocolName } from './packet.ts';
import type { Grant } from './sets/grants.ts';
import { constant, overlay, type Partition } from './sets/partition.ts';
import { familyOf, SPACE4, SPACE6, type Space } from './sets/space.ts';
import { intersect, type Point } from './sets/spans.ts';
import type { Stage, Stages } from './stage.ts';
import { type Goal, hostOf, type Way, waysTo } from './ways.ts';

export interface Question {
  /** `i-…`, `eni-…`, a load balancer's ARN or name, or an address. */
  readonly target: string;
  readonly port: number;
  readonly protocol: ProtocolName;
  /**
   * A CIDR block or address, `igw`, the id of a gateway, peering, attachment or endpoint service; or of an interface, instance or
   * security group, which is held to its own rules; anything from outside when absent.
   */
  readonly from?: string;
}

export interface ExplainedWay {
  readonly source: Source;
  readonly interface: string;
  readonly address: string;
  readonly verdict: 'open' | 'unknown' | 'closed';
  /** Of an open or unknown way: hops there and back, and a packet that gets through, or may. */
  readonly detail?: Detail;
  /** Of an unknown one: what it depends on. */
  readonly unknown?: readonly string[];
  /** Of a closed one: the packet that was tried, the hops that it passes, there and then back, and what stops it first. */
  readonly packet?: Packet;
  readonly passed?: readonly Hop[];
  readonly blockedBy?: Hop;
  /** The fewest changes that together would let the packet through, as instructions. */
  readonly changes?: readonly string[];
}

export interface NetworkExplanation {
  readonly question: Question;
  readonly verdict: 'reachable' | 'unknown' | 'not-reachable';
  /** Open ones first, then those that lack least. */
  readonly ways: readonly ExplainedWay[];
}

/** `i-0123:22`, `eni-1:53/udp`, `[2001:db8::1]:443`. */
export function parseTarget(text: string): Pick<Question, 'target' | 'port' | 'protocol'> | undefined {
  const found = /^(?:\[([^\]]+)\]|(.+)):(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text);
  const [, bracketed, plain, digits, protocol = 'tcp'] = found ?? [];
  const port = Number(digits);
  const target = bracketed ?? plain;
  if (target === undefined || !(port <= 65_535)) return undefined;
  return { target, port, protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp' };
}

function matches(eni: NetworkInterface, address: InterfaceAddress, target: string, network: Network): boolean {
  if ([eni.id, eni.instance, address.private, address.public].includes(target)) return true;
  return [...network.loadBalancers.values()].some(
    ({ id, nodes }) => (id === target || id.split('/').at(-2) === target) && nodes.includes(eni.id),
  );
}

/** In the order in which a packet and then its reply meet them. */
function inOrder<P extends Point>(stages: readonly Stage<P>[]): readonly Stage<P>[] {
  const isForward = (stage: Stage<P>) => stage.direction === 'forward';
  return [...stages.filter(isForward), ...stages.filter((stage) => !isForward(stage)).reverse()];
}

type Flows<P extends Point> = Partition<P, Grant>;

function meet<P extends Point>(start: Flows<P>, stages: readonly Stage<P>[], all: Stages<P>): Flows<P> {
  return stages.reduce((rest, stage) => overlay(rest, stage.admits(), all.grants.meet), start);
}

/** Up to this many changes are worth telling. */
const MAX_CHANGES = 6;

const VERDICTS = ['open', 'unknown', 'closed'] as const;

/** Open ones first, then those that lack least. */
function byVerdict(a: ExplainedWay, b: ExplainedWay): number {
  const order = VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict);
  return order || (a.changes?.length ?? MAX_CHANGES + 1) - (b.changes?.length ?? MAX_CHANGES + 1);
}

function* choose<T>(list: readonly T[], count: number): Iterable<readonly T[]> {
  if (count === 0) yield [];
  for (const [index, item] of list.entries()) for (const rest of choose(list.slice(index + 1), count - 1)) yield [item, ...rest];
}

/** The fewest stages without which something gets through, and what does. */
function fewest<P extends Point>(start: Flows<P>, stages: readonly Stage<P>[], all: Stages<P>) {
  const shut = stages.filter((stage) => stage.gate !== true);
  for (let count = 1; count <= MAX_CHANGES; count++) {
    for (const left of choose(shut, count)) {
      const rest = stages.filter((stage) => !left.includes(stage));
      const probe = probeOf(meet(start, rest, all));
      if (probe !== undefined) return { left, probe };
    }
  }
  return undefined;
}

/** Of a way that is certainly closed: its first component that lets none of the flows that came so far on. */
function blocked<P extends Point>(goal: Goal<P>, way: Way<P>, start: Flows<P>, all: Stages<P>, asked: string | undefined) {
  const stages = inOrder(way.stages);
  let left = start;
  const stop = stages.findIndex((stage) => {
    const next = overlay(left, stage.admits(), all.grants.meet);
    if (next.length > 0) left = next;
    return next.length === 0;
  });
  const stage = stages[stop];
  const change = fewest(start, stages, all);
  // One packet for everything that is said, where there is one that the changes let through.
  const through = change !== undefined && change.left[0] === stage ? change.probe : undefined;
  const probe = through ?? probeOf(left);
  if (probe === undefined || stage === undefined) return undefined;
  const told = stages.slice(0, stop).filter(({ silent }) => silent !== true);
  const [blockedBy] = hopsAt(stage, probe);
  const changes = change?.left.map((one) =>
    one.opening({ ...change.probe, ...(asked === undefined ? {} : { asked }), goal: hostOf(goal) }),
  );
  return {
    packet: packetOf(goal, way, change?.probe ?? probe, all),
    passed: told.flatMap((one) => hopsAt(one, probe)),
    blockedBy,
    ...(changes === undefined ? {} : { changes }),
  };
}

function explainWay<P extends Point>(
  goal: Goal<P>,
  { certain, possible }: Readonly<Record<Mode, Way<P> | undefined>>,
  contexts: Readonly<Record<Mode, Stages<P>>>,
  start: Flows<P>,
  asked: string | undefined,
): ExplainedWay | undefined {
  if (certain === undefined) return undefined;
  const about = { source: certain.source, interface: goal.interface.id, address: goal.address.private };
  const opened = (way: Way<P>, mode: Mode, unknown: readonly string[]): Detail | undefined => {
    const reach = meet(start, way.stages, contexts[mode]);
    return openingOf({ goal, way, reach, stages: contexts[mode], unknown })?.at();
  };
  const detail = opened(certain, 'certain', []);
  if (detail !== undefined) return { ...about, verdict: 'open', detail };
  const maybe = possible === undefined ? undefined : probeOf(meet(start, possible.stages, contexts.possible));
  if (possible !== undefined && maybe !== undefined) {
    const unknown = unknownsOf(certain, possible, maybe);
    const may = opened(possible, 'possible', unknown);
    return { ...about, verdict: 'unknown', unknown, ...(may === undefined ? {} : { detail: may }) };
  }
  // What is only possible is no reason to call it closed.
  const found = blocked(goal, possible ?? certain, start, contexts.possible, asked);
  return found === undefined ? undefined : { ...about, verdict: 'closed', ...found };
}

/** Whether a source is what was asked about: addresses, the Internet, a gateway, a peering, an attachment or its gateway. */
function isAsked({ attachments }: Network, { kind, id }: Source, from: string | undefined): boolean {
  if (sendersNamed(from) !== undefined) return kind === 'security-group';
  if (from === undefined || familyOf(from) !== undefined) return true;
  return from === 'igw' || from === 'internet' ? kind === 'internet' : id === from || attachments.get(id)?.gateway === from;
}

function explainGoal<P extends Point>(network: Network, family: Family<P>, goal: Goal<P>, question: Question): ExplainedWay[] {
  const { port, protocol, from } = question;
  const contexts = { certain: family.context('certain', protocol).stages, possible: family.context('possible', protocol).stages };
  const { pool } = family.grants;
  const asked = from !== undefined && familyOf(from) !== undefined ? from : undefined;
  const grant = family.grants.of(pool.range(port, port), pool.all);
  const lists = { certain: waysTo(goal, contexts.certain), possible: waysTo(goal, contexts.possible) };
  return lists.certain.flatMap((way, index) => {
    if (grant === undefined || !isAsked(network, way.source, from)) return [];
    const isInternet = way.source.kind === 'internet';
    const block = asked === undefined ? undefined : contexts.certain.constraints.cidr(asked);
    // Of the Internet any address that was asked for: documentation and test ranges stand for others. Elsewhere what is there.
    const origin = way.origin?.() ?? family.space.everything;
    const clients = block === undefined ? origin : isInternet ? block : intersect(block, origin);
    if (clients.length === 0) return [];
    const open = (one: Way<P> | undefined) =>
      one === undefined || block === undefined
        ? one
        : { ...one, stages: one.stages.filter((stage) => stage.isInternet !== true) };
    const ways = { certain: open(way), possible: open(lists.possible[index]) };
    const found = explainWay(goal, ways, contexts, constant(clients, grant), asked);
    return found === undefined ? [] : [found];
  });
}

/** Of each class of senders the way that comes furthest. */
function explainLaterally<P extends Point>(
  family: Family<P>,
  lateral: LateralOf<P>,
  goal: Goal<P>,
  { port, protocol }: Question,
): ExplainedWay[] {
  const contexts = { certain: family.context('certain', protocol).stages, possible: family.context('possible', protocol).stages };
  const grant = family.grants.of(family.grants.pool.range(port, port), family.grants.pool.all);
  if (grant === undefined) return [];
  const possible = new Map([...lateral(contexts.possible).waysTo(goal)].map(({ key, ways }) => [key, ways]));
  return [...lateral(contexts.certain).waysTo(goal)].flatMap(({ key, ways }) => {
    const start = constant(ways[0]?.origin?.() ?? [], grant);
    const others = possible.get(key) ?? [];
    const maybe = others.find((way) => meet(start, way.stages, contexts.possible).length > 0) ?? others[0];
    const found = ways.flatMap((way) => explainWay(goal, { certain: way, possible: maybe }, contexts, start, undefined) ?? []);
    return found.sort(byVerdict).slice(0, 1);
  });
}

/** Whether addresses that were asked for are among those that reach it. */
function reaches({ reach, family }: Exposure, from: string | undefined, port: number): boolean {
  const asked = from === undefined ? undefined : familyOf(from);
  const within = <P extends Point>(space: Space<P>, { first, last }: AddressRange): boolean => {
    const [span, low, high] = [space.cidr(from ?? ''), space.address(first), space.address(last)];
    return span !== undefined && low !== undefined && high !== undefined && span[0] <= high && low < span[1];
  };
  return reach.some(({ sources, ports }) => {
    if (!ports.some(({ begin, end }) => begin <= port && port <= end)) return false;
    if (asked === undefined) return true;
    return asked === family && sources.some((range) => (family === 4 ? within(SPACE4, range) : within(SPACE6, range)));
  });
}

/** Ways through load balancers, which are found from their nodes on. */
function throughBalancers(
  network: Network,
  families: Families,
  goals: ReadonlySet<string>,
  { port, protocol, from }: Question,
): ExplainedWay[] {
  const ways: ExplainedWay[] = [];
  const lateral = sendersNamed(from);
  for (const opening of openings(network, { privateLink: true, ...(lateral === undefined ? {} : { lateral }) }, families)) {
    const { exposure } = opening;
    if (exposure.through === undefined || exposure.protocol !== protocol) continue;
    if (
      !goals.has(`${exposure.interface} ${exposure.address}`) ||
      !isAsked(network, exposure.source, from) ||
      !reaches(exposure, from, port)
    )
      continue;
    const detail = opening.at(port);
    if (detail === undefined) continue;
    const { source, interface: eni, address, unknown } = exposure;
    const about = { source, interface: eni, address, detail };
    ways.push(unknown.length > 0 ? { ...about, verdict: 'unknown', unknown } : { ...about, verdict: 'open' });
  }
  return ways;
}

/** Answers for every address of the target and every way to it. */
export function explainReachability(network: Network, question: Question): Result<NetworkExplanation> {
  const families = familiesOf(network);
  const { four, six, targets } = families;
  const ways: ExplainedWay[] = [];
  const goals = new Set<string>();
  const senders = sendersNamed(question.from);
  if (senders !== undefined && ![...network.interfaces.values()].some(senders)) {
    const message = `Nothing in the snapshot sends as ${question.from}: give an interface, an instance, or a security group that an interface carries.`;
    return fail(incomplete('network-source-missing', message));
  }
  const explainer = <P extends Point>(family: Family<P>) => {
    const lateral = senders === undefined ? undefined : lateralOf(network, family.space, targets, senders);
    return (eni: NetworkInterface, address: InterfaceAddress): readonly ExplainedWay[] => {
      const goal = goalOf(network, eni, address, family.space, targets);
      if (goal === undefined) return [];
      if (lateral !== undefined) return explainLaterally(family, lateral, goal, question);
      return explainGoal(network, family, goal, question);
    };
  };
  const explain = { 4: explainer(four), 6: explainer(six) };
  for (const eni of network.interfaces.values()) {
    for (const address of eni.addresses) {
      if (!matches(eni, address, question.target, network)) continue;
      goals.add(`${eni.id} ${address.private}`);
      ways.push(...explain[address.family](eni, address));
    }
  }
  if (goals.size === 0) {
    const message = `Nothing in the snapshot is ${question.target}: give an instance, an interface, a load balancer or an address that is in it.`;
    return fail(incomplete('network-target-missing', message));
  }
  ways.push(...throughBalancers(network, families, goals, question));
  const { from } = question;
  if (from !== undefined && ways.length === 0 && familyOf(from) === undefined && from !== 'igw' && from !== 'internet') {
    const message = `No way leads from ${from} to ${question.target}: give an address range, "igw", the id of a gateway, peering or attachment that is joined with its VPC, or an interface, instance or security group of the estate.`;
    return fail(incomplete('network-source-missing', message));
  }
  ways.sort(byVerdict);
  const verdict = ways.some((way) => way.verdict === 'open')
    ? 'reachable'
    : ways.some((way) => way.verdict === 'unknown')
      ? 'unknown'
      : 'not-reachable';
  return ok({ question, verdict, ways });
}
