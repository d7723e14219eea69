/** Why a port can be reached or not, for people: each way with the hops it passes, what stops it, and what would open it. */

import type { ExplainedWay, NetworkExplanation } from '../../network/explain/question.ts';
import { count, type Paint, painter, plain, type Style, wrap } from '../text.ts';
import type { NetworkReport } from './format.ts';
import { hopLines } from './hops.ts';
import { comingFrom, doubtWords, hopThing, packetWords, thing, typeWords, withNames } from './words.ts';

type Names = NetworkReport['names'];

interface Look {
  readonly color: boolean;
  readonly width: number;
}

const VERDICTS = {
  reachable: ['REACHABLE', ['bold', 'red']],
  unknown: ['NOT KNOWN', ['bold', 'yellow']],
  'not-reachable': ['NOT REACHABLE', ['bold', 'green']],
} as const satisfies Record<NetworkExplanation['verdict'], readonly [string, readonly Style[]]>;

const WAYS = {
  open: ['open', ['red']],
  unknown: ['not known', ['yellow']],
  closed: ['closed', ['green']],
} as const satisfies Record<ExplainedWay['verdict'], readonly [string, readonly Style[]]>;

/** Ways that are told whole when nothing leads to the target. */
const MAX_CLOSED = 8;

/** What stops a way, in one line. */
function stopWords({ blockedBy, changes }: ExplainedWay, names: Names): string {
  if (blockedBy === undefined) return '';
  const { type, direction } = blockedBy;
  const what = direction === 'reply' ? 'stops the reply' : 'stops it';
  const more = (changes?.length ?? 0) > 1 ? `, and ${count((changes?.length ?? 1) - 1, 'other')} would` : '';
  return `${typeWords(type)} ${hopThing(blockedBy, names)} ${what}${more}`;
}

/** Where a way comes from, and through which load balancer. */
function startWords({ source, through }: ExplainedWay, names: Names): string {
  const from = comingFrom(source, names);
  return through === undefined ? from : `${from} through ${thing(through.loadBalancer, names)}:${through.listenerPort}`;
}

function* closedLines(way: ExplainedWay, names: Names, { width }: Look, paint: Paint): Iterable<string> {
  yield* hopLines(way.passed ?? [], names, width, paint, way.blockedBy);
  if (way.packet !== undefined) yield `    ${paint('tried', 'dim')}    ${packetWords(way.packet)}`;
  const changes = (way.changes ?? []).map((change) => plain(withNames(change, names)));
  const [first, ...others] = changes;
  if (first === undefined) yield `    ${paint('to open', 'dim')}  more than a few changes would be needed`;
  else if (others.length === 0) yield* hanging(paint('to open', 'dim'), first, width);
  else {
    yield `    ${paint('to open', 'dim')}  all of:`;
    for (const change of changes) yield* wrap(`- ${change}`, width, '             ');
  }
}

/** A label and a text that goes on under itself. */
function* hanging(label: string, text: string, width: number): Iterable<string> {
  const [first = '', ...rest] = wrap(text, width, '             ');
  yield `    ${label}  ${first.trimStart()}`;
  yield* rest;
}

function* wayLines(way: ExplainedWay, names: Names, look: Look, paint: Paint): Iterable<string> {
  const [word, style] = WAYS[way.verdict];
  const to = `${thing(way.interface, names)} ${way.address}`;
  yield `  ${paint(word, ...style)}  from ${plain(startWords(way, names))} to ${plain(to)}`;
  if (way.verdict === 'closed') return yield* closedLines(way, names, look, paint);
  yield* hopLines(way.detail?.path ?? [], names, look.width, paint);
  for (const why of way.unknown ?? []) yield* hanging(paint('unknown', 'yellow'), plain(doubtWords(why, names)), look.width);
  if (way.detail === undefined) return;
  const label = way.verdict === 'unknown' ? 'packet ' : 'witness';
  yield `    ${paint(label, 'dim')}  ${packetWords(way.detail.witness)}`;
}

/** Lines of the answer, the first of which is the verdict. Where something leads there, what does not is one line each. */
export function* renderExplanation(explanation: NetworkExplanation, names: Names, look: Look): Iterable<string> {
  const paint = painter(look.color);
  const { question, verdict, ways } = explanation;
  const [word, style] = VERDICTS[verdict];
  const from = question.from === undefined ? '' : ` from ${plain(question.from)}`;
  yield `${plain(thing(question.target, names))} ${question.protocol} ${question.port}${from}: ${paint(word, ...style)}\n`;
  if (ways.length === 0) yield '  No way leads to it: no gateway, peering or attachment of its VPC has such clients.\n';
  const closed = ways.filter((way) => way.verdict === 'closed');
  const whole = closed.length === ways.length ? closed.slice(0, MAX_CLOSED) : ways.filter((way) => way.verdict !== 'closed');
  for (const way of whole) {
    yield '\n';
    for (const line of wayLines(way, names, look, paint)) yield `${line}\n`;
  }
  const others = closed.length === ways.length ? closed.slice(MAX_CLOSED) : closed;
  if (others.length > 0) yield `\n  ${paint('closed', 'green')}\n`;
  const stops = Map.groupBy(others, (way) => `from ${startWords(way, names)}: ${stopWords(way, names)}`);
  for (const [text, same] of stops) {
    const times = same.length > 1 ? ` (${same.length} ways)` : '';
    for (const line of wrap(`${plain(text)}${times}`, look.width, '    ')) yield `${line}\n`;
  }
}
