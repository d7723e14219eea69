/** Rules of security groups: which lets a flow through, in words. */
import type { Direction } from './constraints.ts';
import type { PortRange } from './exposure.ts';
import type { GroupRule } from './model.ts';
import { contains, intersect, type Point, type Spans } from './sets/spans.ts';
import type { Because, Reading } from './stage.ts';

/** A rule of a security group. */
export interface NamedRule {
  readonly group: string;
  readonly rule: GroupRule;
  readonly words: string;
}

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

/** Every rule of these groups that lets any of these ports in from any of these addresses. */
export function rulesOver<P extends Point>(
  { constraints, protocol }: Reading<P>,
  ids: readonly string[],
  spans: Spans<P>,
  ports: PortRange,
  vpc: string | undefined,
): readonly NamedRule[] {
  const { pool, network } = constraints;
  const wanted = pool.range(ports.begin, ports.end);
  return ids.flatMap((group) =>
    (network.groups.get(group)?.inbound ?? []).flatMap((rule) => {
      if (pool.intersect(constraints.rulePorts(rule, protocol), wanted) === pool.none) return [];
      if (intersect(constraints.ruleSpans(rule, vpc), spans).length === 0) return [];
      return [{ group, rule, words: ruleWords(rule, 'inbound') }];
    }),
  );
}

/** The first rule of these groups that lets a flow through. */
export function matchingRule<P extends Point>(
  { constraints, protocol }: Reading<P>,
  ids: readonly string[],
  direction: Direction,
  address: P,
  port: number,
  vpc: string | undefined,
): NamedRule | undefined {
  for (const group of ids)
    for (const rule of constraints.network.groups.get(group)?.[direction] ?? [])
      if (contains(constraints.rulePorts(rule, protocol).spans, port) && contains(constraints.ruleSpans(rule, vpc), address))
        return { group, rule, words: ruleWords(rule, direction) };
  return undefined;
}

/** What of these groups lets a flow through, or that nothing does. */
export function groupWords<P extends Point>(
  reading: Reading<P>,
  ids: readonly string[],
  direction: Direction,
  address: P,
  port: number,
  vpc: string | undefined,
): Because {
  const found = matchingRule(reading, ids, direction, address, port, vpc);
  if (found !== undefined) {
    const { prefixLists } = reading.constraints.network;
    const list = found.rule.prefixLists.find((one) => prefixLists.get(one) === undefined);
    const isElse = list === undefined || found.rule.cidrs.some((cidr) => contains(reading.constraints.cidr(cidr), address));
    const why = { because: `${found.group}: ${found.words}`, rule: found.rule.id ?? found.group };
    if (isElse) return why;
    return { ...why, beyond: { type: 'AWS::EC2::PrefixList', id: list, because: 'its entries are not known' } };
  }
  const lost = ids.find((id) => !reading.constraints.network.groups.has(id));
  if (lost !== undefined) return { because: `security group ${lost} is not known` };
  const way = direction === 'inbound' ? 'from' : 'to';
  return { because: `no rule allows ${reading.protocol} ${port} ${way} ${reading.constraints.space.format(address)}` };
}
