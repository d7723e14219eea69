/** Terminal text: colour, width, columns. Control characters of the target never reach the terminal. */
import type { Severity } from '../model/finding.ts';
import { thousands } from '../model/number.ts';

export type Paint = (text: string, ...styles: readonly Style[]) => string;

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, gray: 90 } as const;
export type Style = keyof typeof STYLES;

/** A painter that colours or, without colour, returns the text as it is. */
export function painter(color: boolean): Paint {
  if (!color) return (text) => text;
  return (text, ...styles) =>
    styles.length === 0 ? text : `\u001b[${styles.map((style) => STYLES[style]).join(';')}m${text}\u001b[0m`;
}

export const SEVERITY_STYLE: Readonly<Record<Severity, readonly Style[]>> = {
  CRITICAL: ['bold', 'magenta'],
  HIGH: ['bold', 'red'],
  MEDIUM: ['yellow'],
  LOW: ['blue'],
  INFORMATIONAL: ['gray'],
  UNTRIAGED: ['gray'],
};

/** Text from a target or an advisory made safe for a terminal: control characters become `?`, line breaks a space. */
export function plain(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
}

/** Cuts to `width` columns with an ellipsis. Width is counted in code points, which is right for what advisories contain. */
export function cut(text: string, width: number): string {
  const points = [...text];
  return points.length <= width ? text : `${points.slice(0, Math.max(0, width - 1)).join('')}…`;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}

export interface Column {
  readonly title: string;
  /** The widest it may grow, in columns. */
  readonly max: number;
  /** How narrow it may get where there is little room; it keeps its own width when absent. */
  readonly min?: number;
}

/** Takes room from the widest of the columns that may be narrower, until all fit or none can give more; the last one gives first. */
function shrink(widths: number[], heads: readonly Column[], width: number): void {
  const last = heads.length - 1;
  const rest = Math.min(widths[last] ?? 0, heads[last]?.min ?? 8);
  let over = widths.slice(0, last).reduce((sum, next) => sum + next + 2, rest) - width;
  for (; over > 0; over--) {
    const widest = heads.reduce<number | undefined>((best, { min }, index) => {
      const own = widths[index] ?? 0;
      return index !== last && min !== undefined && own > min && own > (widths[best ?? -1] ?? 0) ? index : best;
    }, undefined);
    if (widest === undefined) return;
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
}

/**
 * Aligned rows. Each cell is plain text; `paint` colours a cell after it has been padded, so that escape codes never count as width.
 * The last column takes what is left of `width`.
 */
export function* columns(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: (text: string, column: number, row: readonly string[] | undefined) => string,
): Iterable<string> {
  const widths = heads.map((head, index) =>
    Math.min(head.max, Math.max(head.title.length, ...rows.map((row) => [...(row[index] ?? '')].length))),
  );
  shrink(widths, heads, width);
  const used = widths.slice(0, -1).reduce((sum, next) => sum + next + 2, 0);
  const last = heads.length - 1;
  widths[last] = Math.max(8, Math.min(widths[last] ?? 8, width - used));
  const line = (cells: readonly string[], row: readonly string[] | undefined): string =>
    cells
      .map((cell, index) => {
        const room = widths[index] ?? 8;
        const text = cut(cell, room);
        return paint(index === last ? text : padded(text, room), index, row);
      })
      .join('  ')
      .trimEnd();
  yield line(
    heads.map((head) => head.title),
    undefined,
  );
  for (const row of rows) yield line(row, row);
}

/** `1 package`, `3 packages`. */
export function count(number: number, word: string, plural = `${word}s`): string {
  return `${thousands(number)} ${number === 1 ? word : plural}`;
}

/** Breaks text into lines of at most `width` columns, each led by `indent`. */
export function* wrap(text: string, width: number, indent: string): Iterable<string> {
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width - indent.length) {
      yield indent + line;
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') yield indent + line;
}
