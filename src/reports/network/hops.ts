/** Paths for people at a terminal: one line for each hop, in columns. */
import type { Hop } from '../../network/exposure.ts';
import { columns, type Paint, plain } from '../text.ts';
import type { NetworkReport } from './format.ts';
import { hopThing, hopWords, typeWords } from './words.ts';

const WIDTHS = [1, 24, 64, 200] as const;
const INDENT = 4;

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
  const titles = WIDTHS.map((max) => ({ title: '', max }));
  const lines = [...columns(titles, cells, width - INDENT, (text, column) => (column < 2 ? paint(text, 'dim') : text))];
  for (const line of lines.slice(1)) yield `${' '.repeat(INDENT)}${line}`;
}
