/** Why a port can be reached or not, for people: each way with the hops it passes, what stops it, and what would open it. */

import type { ExplainedWay, NetworkExplanation } from '../../network/explain.ts';
import type { Hop } from '../../network/exposure.ts';
import { type Paint, painter, plain, type Style, wrap } from '../text.ts';
import type { NetworkReport } from './format.ts';
import { hopThing, packetWords, thing, typeWords, withNames } from './words.ts';

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

const ARROWS = { forward: '→', reply: '←' } as const;

function* hopLines(hops: readonly Hop[], names: Names, paint: Paint): Iterable<string> {
  for (const hop of hops) {
    const because = hop.because === undefined ? '' : `  ${paint(plain(withNames(hop.because, names)), 'dim')}`;
    yield `    ${ARROWS[hop.direction]} ${typeWords(hop.type).padEnd(18)} ${plain(hopThing(hop, names))}${because}`;
  }
}

function* wayLines(way: ExplainedWay, names: Names, { width }: Look, paint: Paint): Iterable<string> {
  const [word, style] = WAYS[way.verdict];
  const { kind, id } = way.source;
  yield `  ${paint(word, ...style)}  from ${kind === 'internet' ? 'the Internet' : `${kind} ${plain(thing(id, names))}`} to ${plain(thing(way.interface, names))} ${way.address}`;
  if (way.detail !== undefined) {
    yield* hopLines(way.detail.path, names, paint);
    yield `    witness  ${packetWords(way.detail.witness)}`;
    return;
  }
  yield* hopLines(way.passed ?? [], names, paint);
  if (way.blockedBy !== undefined) {
    const { type, id: stop, because = '', direction } = way.blockedBy;
    const what = way.verdict === 'unknown' ? 'not known beyond' : direction === 'reply' ? 'stops the reply' : 'stops here';
    yield `    ${paint('✗', ...style)} ${typeWords(type)} ${plain(thing(stop, names))} ${paint(what, 'bold')}: ${plain(withNames(because, names))}`;
  }
  const [first, ...others] = way.changes ?? [];
  if (first !== undefined) {
    yield* wrap(
      `smallest change that would open it: ${plain(withNames([first, ...others].join('; and '), names))}`,
      width,
      '    ',
    );
  }
}

/** Lines of the answer, the first of which is the verdict. */
export function* renderExplanation(explanation: NetworkExplanation, names: Names, look: Look): Iterable<string> {
  const paint = painter(look.color);
  const { question, verdict, ways } = explanation;
  const [word, style] = VERDICTS[verdict];
  const from = question.from === undefined ? '' : ` from ${plain(question.from)}`;
  yield `${plain(thing(question.target, names))}:${question.port}/${question.protocol}${from}: ${paint(word, ...style)}\n`;
  if (ways.length === 0)
    yield '  No way leads to it: it has no public address, and no gateway or peering is attached to its VPC.\n';
  for (const way of ways) {
    yield '\n';
    for (const line of wayLines(way, names, look, paint)) yield `${line}\n`;
  }
}
