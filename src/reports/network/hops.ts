/** Paths for people at a terminal: one line for each hop, in columns. */
import type { Hop } from '../../network/exposure.ts';
import { cut, type Paint, plain, wrap } from '../text.ts';
import type { NetworkReport } from './format.ts';
import { hopThing, hopWords, typeWords } from './words.ts';

const INDENT = 4;
const MAX_NAME = 64;
/** With less room than this for its reason, a hop has it on a line of its own. */
const LEAST = 40;

/** `→` on the way there, `←` on the way back, `?` where nobody knows. */
export function arrowOf({ direction, unknown }: Hop): string {
  if (unknown === true) return '?';
  return direction === 'forward' ? '→' : '←';
}

/** Lines of hops; `stop` is the one that ends it. */
export function* hopLines(
  path: readonly Hop[],
  names: NetworkReport['names'],
  width: number,
  paint: Paint,
  stop?: Hop,
): Iterable<string> {
  const hops = stop === undefined ? path : [...path, stop];
  const cells = hops.map((hop) => [
    hop === stop ? '✗' : arrowOf(hop),
    typeWords(hop.type),
    plain(hopThing(hop, names)),
    plain(hopWords(hop)),
  ]);
  const widest = (column: number): number => Math.max(0, ...cells.map((cell) => [...(cell[column] ?? '')].length));
  const [kind, name] = [widest(1), Math.min(MAX_NAME, widest(2))];
  const column = INDENT + 1 + 2 + kind + 2;
  const beside = column + name + 2;
  const reasons = width - beside >= LEAST ? beside : column;
  for (const [arrow = '', type = '', thing = '', why = ''] of cells) {
    const head = `${' '.repeat(INDENT)}${paint(arrow, 'dim')}  ${paint(type.padEnd(kind), 'dim')}  ${cut(thing, Math.max(20, width - column))}`;
    const [first = '', ...rest] = [...wrap(why, width, ' '.repeat(reasons))];
    const pad = ' '.repeat(Math.max(0, name - [...thing].length));
    if (first === '') yield head;
    else if (reasons === beside) yield `${head}${pad}  ${first.trimStart()}`;
    else yield* [head, first];
    yield* rest;
  }
}
