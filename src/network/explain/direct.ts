/** Ways that lead straight to an address, from outside and from other interfaces. */
import type { Family } from '../analyse.ts';
import type { Source } from '../exposure.ts';
import { sendersNamed } from '../lateral/senders.ts';
import type { LateralOf } from '../lateral/ways.ts';
import type { Network } from '../model.ts';
import { constant } from '../sets/partition.ts';
import { familyOf } from '../sets/space.ts';
import { intersect, type Point } from '../sets/spans.ts';
import { type Goal, type Way, waysTo } from '../ways.ts';
import { byVerdict, type ExplainedWay, type Question } from './question.ts';
import { explainWay, meet } from './way.ts';

/** Whether a source is what was asked about: addresses, the Internet, a gateway, a peering, an attachment or its gateway. */
export function isAsked({ attachments }: Network, { kind, id }: Source, from: string | undefined): boolean {
  if (sendersNamed(from) !== undefined) return kind === 'security-group';
  if (from === undefined || familyOf(from) !== undefined) return true;
  return from === 'igw' || from === 'internet' ? kind === 'internet' : id === from || attachments.get(id)?.gateway === from;
}

/** Every way to a goal from what was asked about. */
export function explainGoal<P extends Point>(
  network: Network,
  family: Family<P>,
  goal: Goal<P>,
  question: Question,
): ExplainedWay[] {
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
export function explainLaterally<P extends Point>(
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
