/**
 * Alpine versions: `number{.number}[letter]{_suffix[number]}[~hash][-rN]`. Like apk, what does not fit the grammar is compared up
 * to there; the odd one then sorts below the other.
 */

import { defineScheme, isPrintableAscii } from '../define.ts';
import { compareDigits, compareText } from '../digits.ts';
import { numberKey } from '../key.ts';

/** Kinds of token from the lowest to the highest where two versions differ in kind; the suffixes before `end` are pre-releases. */
const KINDS = [
  'invalid',
  'empty',
  'alpha',
  'beta',
  'pre',
  'rc',
  'end',
  'revision',
  'hash',
  'suffix-number',
  'cvs',
  'svn',
  'git',
  'hg',
  'p',
  'letter',
  'fraction',
  'number',
] as const;
type Kind = (typeof KINDS)[number];
const RANKS: ReadonlyMap<Kind, number> = new Map(KINDS.map((kind, rank) => [kind, rank + 1]));
const SUFFIXES: ReadonlyMap<string, Kind> = new Map(
  (['alpha', 'beta', 'pre', 'rc', 'cvs', 'svn', 'git', 'hg', 'p'] as const).map((suffix) => [suffix, suffix]),
);

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const STEP = /(?:\.(\d*)|(\d+)|([a-z])|_([a-z]+)(\d*)|~([0-9a-f]+)|-r(?![A-Za-z])(\d*))/y;

/** A later number with a leading zero is compared as text: 1.02 < 1.1 but 1.02 < 1.021. */
function component(digits: string): Token {
  if (digits === '') return { kind: 'empty', text: '' };
  return { kind: digits.startsWith('0') ? 'fraction' : 'number', text: digits };
}

/** The order in which the grammar's parts follow each other. */
const STAGES = { number: 0, letter: 1, suffix: 2, hash: 3, revision: 4 } as const;

function parse(text: string): readonly Token[] | undefined {
  if (!isPrintableAscii(text)) return undefined;
  const initial = /^\d*/.exec(text)?.[0] ?? '';
  const tokens: Token[] = [{ kind: 'number', text: initial }];
  let stage: number = STAGES.number;
  let index = initial.length;
  while (index < text.length) {
    STEP.lastIndex = index;
    const [step, dotted, digits, letter, suffix, suffixNumber, hash, revision] = STEP.exec(text) ?? [];
    const kind = suffix === undefined ? undefined : SUFFIXES.get(suffix);
    if (step === undefined) break;
    if (dotted !== undefined && stage === STAGES.number) tokens.push(component(dotted));
    else if (digits !== undefined && stage === STAGES.letter) tokens.push(component(digits));
    else if (letter !== undefined && stage === STAGES.number) {
      tokens.push({ kind: 'letter', text: letter });
      stage = STAGES.letter;
    } else if (kind !== undefined && stage <= STAGES.suffix) {
      tokens.push({ kind, text: '' });
      if (suffixNumber) tokens.push({ kind: 'suffix-number', text: suffixNumber });
      stage = STAGES.suffix;
    } else if (hash !== undefined && stage < STAGES.hash) {
      tokens.push({ kind: 'hash', text: hash });
      stage = STAGES.hash;
    } else if (revision !== undefined && stage < STAGES.revision) {
      tokens.push({ kind: 'revision', text: revision });
      stage = STAGES.revision;
    } else break;
    index += step.length;
  }
  tokens.push({ kind: index < text.length ? 'invalid' : 'end', text: '' });
  return tokens;
}

function compare(a: readonly Token[], b: readonly Token[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) break;
    const byKind = KINDS.indexOf(left.kind) - KINDS.indexOf(right.kind);
    if (byKind !== 0) return byKind;
    const asText = left.kind === 'fraction' || left.kind === 'letter' || left.kind === 'hash';
    const order = asText ? compareText(left.text, right.text) : compareDigits(left.text, right.text);
    if (order !== 0) return order;
  }
  return 0;
}

function encodeToken({ kind, text }: Token): string {
  const rank = String.fromCharCode(RANKS.get(kind) ?? 0);
  switch (kind) {
    case 'number':
    case 'suffix-number':
    case 'revision':
      return rank + numberKey(text);
    case 'fraction':
    case 'letter':
    case 'hash':
      return `${rank}${text}\0`;
    default:
      return rank;
  }
}

export const apk = defineScheme<readonly Token[]>({
  id: 'apk',
  specification: ['https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk-package.5.scd'],
  examples: ['1.2.3-r0', '2.12r-r4', '4.5_p1-r1', '0.1_pre20060817', '1.00_beta2'],
  parse,
  compare,
  encode: (tokens) => tokens.map(encodeToken).join(''),
});
