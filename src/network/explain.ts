/** Why a port can be reached, or what stops it first and what the smallest change would be that opens it. */
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import { type Families, type Family, familiesOf, goalOf, openings } from './analyse.ts';
import type { Mode } from './constraints.ts';
import type { AddressRange, Exposure, Hop, Source } from './exposure.ts';
import type { InterfaceAddress, Network, NetworkInterface } from './model.ts';
import { type Detail, openingOf, probeOf } from './opening.ts';
import type { ProtocolName } from './packet.ts';
import type { Grant } from './sets/grants.ts';
import { constant, overlay, type Partition } from './sets/partition.ts';
import { familyOf, SPACE4, SPACE6, type Space } from './sets/space.ts';
import type { Point, Spans } from './sets/spans.ts';
import type { Probe, Stage, Stages } from './stage.ts';
import { type Goal, type Way, waysTo } from './ways.ts';

export interface Question {
  /** `i-…`, `eni-…`, a load balancer's ARN or name, or an address. */
  readonly target: string;
  readonly port: number;
  readonly protocol: ProtocolName;
  /** A CIDR block or address, `igw`, or the id of a gateway, peering or attachment; anything when absent. */
  readonly from?: string;
}

export interface ExplainedWay {
  readonly source: Source;
  readonly interface: string;
  readonly address: string;
  readonly verdict: 'open' | 'unknown' | 'closed';
  /** Of an open way. */
  readonly detail?: Detail;
  /** Of a closed one: what stops it first, after the hops that it passes. */
  readonly passed?: readonly Hop[];
  readonly blockedBy?: Hop;
  /** The fewest changes that would open it, as instructions. */
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

/** Stages that a flow gets through, one after another; what is left before the one that stops it. */
function firstBlock<P extends Point>(start: Partition<P, Grant>, stages: readonly Stage<P>[], all: Stages<P>) {
  let left = start;
  for (const [index, stage] of stages.entries()) {
    const next = overlay(left, stage.admits(), all.grants.meet);
    if (next.length === 0) return { index, left };
    left = next;
  }
  return { index: stages.length, left };
}

function without<P extends Point>(
  start: Partition<P, Grant>,
  stages: readonly Stage<P>[],
  left: readonly Stage<P>[],
  all: Stages<P>,
) {
  return stages.reduce((rest, stage) => (left.includes(stage) ? rest : overlay(rest, stage.admits(), all.grants.meet)), start);
}

/** Up to this many changes are worth telling. */
const MAX_CHANGES = 6;

function* choose<T>(list: readonly T[], count: number): Iterable<readonly T[]> {
  if (count === 0) yield [];
  for (const [index, item] of list.entries()) for (const rest of choose(list.slice(index + 1), count - 1)) yield [item, ...rest];
}

/** The fewest stages without which something gets through. */
function smallestChange<P extends Point>(
  start: Partition<P, Grant>,
  stages: readonly Stage<P>[],
  all: Stages<P>,
): readonly string[] | undefined {
  const shut = stages.filter((stage) => stage.gate !== true);
  for (let count = 1; count <= MAX_CHANGES; count++) {
    for (const left of choose(shut, count)) {
      const probe = probeOf(without(start, stages, left, all));
      if (probe !== undefined) return left.map((stage) => stage.opening(probe));
    }
  }
  return undefined;
}

function hopOf<P extends Point>(stage: Stage<P>, probe: Probe<P>): Hop {
  return { direction: stage.direction, type: stage.type, id: stage.id, ...stage.because(probe) };
}

function explainWay<P extends Point>(
  goal: Goal<P>,
  ways: Readonly<Record<Mode, Way<P> | undefined>>,
  contexts: Readonly<Record<Mode, Stages<P>>>,
  start: Partition<P, Grant>,
): ExplainedWay | undefined {
  const { certain, possible } = ways;
  if (certain === undefined) return undefined;
  const stages = contexts.certain;
  const about = { source: certain.source, interface: goal.interface.id, address: goal.address.private };
  const reach = without(start, certain.stages, [], stages);
  const opening = openingOf({ goal, way: certain, reach, stages, unknown: [] });
  if (opening !== undefined) {
    const { path, witness } = opening.exposure;
    return { ...about, verdict: 'open', detail: { path, witness } };
  }
  const maybe = possible === undefined ? [] : without(start, possible.stages, [], contexts.possible);
  const { index, left } = firstBlock(start, certain.stages, stages);
  const probe = probeOf(left);
  const stage = certain.stages[index];
  if (probe === undefined || stage === undefined) return undefined;
  const passed = certain.stages.slice(0, index).filter(({ silent }) => silent !== true);
  const changes = maybe.length > 0 ? undefined : smallestChange(start, certain.stages, stages);
  return {
    ...about,
    verdict: maybe.length > 0 ? 'unknown' : 'closed',
    passed: passed.map((one) => hopOf(one, probe)),
    blockedBy: hopOf(stage, probe),
    ...(changes === undefined ? {} : { changes }),
  };
}

function isAsked(source: Source, from: string | undefined): boolean {
  if (from === undefined || familyOf(from) !== undefined) return true;
  return from === 'igw' ? source.kind === 'internet' : source.id === from;
}

function explainGoal<P extends Point>(family: Family<P>, goal: Goal<P>, { port, protocol, from }: Question): ExplainedWay[] {
  const contexts = { certain: family.context('certain', protocol).stages, possible: family.context('possible', protocol).stages };
  const { pool } = family.grants;
  const given = from !== undefined && familyOf(from) !== undefined;
  const grant = family.grants.of(pool.range(port, port), pool.all);
  const asked = (kind: Source['kind']): Spans<P> => {
    if (given) return contexts.certain.constraints.cidr(from);
    return kind === 'internet' ? family.space.internet : family.space.everything;
  };
  const lists = { certain: waysTo(goal, contexts.certain), possible: waysTo(goal, contexts.possible) };
  return lists.certain.flatMap((way, index) => {
    if (!isAsked(way.source, from)) return [];
    const start = grant === undefined ? [] : constant(asked(way.source.kind), grant);
    // Addresses that were asked for may be none of the Internet's: documentation and test ranges.
    const open = (one: Way<P> | undefined) =>
      one === undefined || !given ? one : { ...one, stages: one.stages.filter(({ isInternet }) => isInternet !== true) };
    const found = explainWay(goal, { certain: open(way), possible: open(lists.possible[index]) }, contexts, start);
    return found === undefined ? [] : [found];
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
  for (const opening of openings(network, { privateLink: true }, families)) {
    const { exposure } = opening;
    if (exposure.through === undefined || exposure.protocol !== protocol) continue;
    if (
      !goals.has(`${exposure.interface} ${exposure.address}`) ||
      !isAsked(exposure.source, from) ||
      !reaches(exposure, from, port)
    )
      continue;
    const detail = opening.at(port);
    if (detail === undefined) continue;
    const { source, interface: eni, address, unknown } = exposure;
    ways.push({ source, interface: eni, address, verdict: unknown.length > 0 ? 'unknown' : 'open', detail });
  }
  return ways;
}

const VERDICTS = ['open', 'unknown', 'closed'] as const;

/** Answers for every address of the target and every way to it. */
export function explainReachability(network: Network, question: Question): Result<NetworkExplanation> {
  const families = familiesOf(network);
  const { four, six, targets } = families;
  const ways: ExplainedWay[] = [];
  const goals = new Set<string>();
  for (const eni of network.interfaces.values()) {
    for (const address of eni.addresses) {
      if (!matches(eni, address, question.target, network)) continue;
      goals.add(`${eni.id} ${address.private}`);
      if (address.family === 4) {
        const goal = goalOf(network, eni, address, four.space, targets);
        if (goal !== undefined) ways.push(...explainGoal(four, goal, question));
      } else {
        const goal = goalOf(network, eni, address, six.space, targets);
        if (goal !== undefined) ways.push(...explainGoal(six, goal, question));
      }
    }
  }
  if (goals.size === 0) {
    const message = `Nothing in the snapshot is ${question.target}: give an instance, an interface, a load balancer or an address that is in it.`;
    return fail(incomplete('network-target-missing', message));
  }
  ways.push(...throughBalancers(network, families, goals, question));
  ways.sort(
    (a, b) =>
      VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
      (a.changes?.length ?? MAX_CHANGES + 1) - (b.changes?.length ?? MAX_CHANGES + 1),
  );
  const verdict = ways.some((way) => way.verdict === 'open')
    ? 'reachable'
    : ways.some((way) => way.verdict === 'unknown')
      ? 'unknown'
      : 'not-reachable';
  return ok({ question, verdict, ways });
}
