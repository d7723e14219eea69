/**
 * Maven: the order of ComparableVersion, as the POM reference states it. Tokens between dots, hyphens and changes from digits to
 * letters, each with its separator; `null` tokens (0, ga, final, release) are dropped at the end and before each hyphen.
 */

import { defineScheme, isPrintableAscii } from '../define.ts';
import { compareDigits, compareText, isDigits, significant } from '../digits.ts';
import { numberKey } from '../key.ts';

interface Token {
  /** A change between digits and letters counts as a hyphen, and so does a dot before letters. */
  readonly separator: '.' | '-';
  readonly text: string;
  readonly numeric: boolean;
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['ga', ''],
  ['final', ''],
  ['release', ''],
  ['cr', 'rc'],
]);
/** When a digit follows directly. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
]);
/** Known qualifiers in order; others follow them, by text. */
const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const RELEASE = QUALIFIERS.indexOf('');

function isNull(token: Token): boolean {
  return token.numeric ? significant(token.text) === '' : token.text === '';
}

function trim(tokens: Token[]): void {
  for (let last = tokens.at(-1); last !== undefined && isNull(last); last = tokens.at(-1)) tokens.pop();
}

function parse(text: string): readonly Token[] | undefined {
  // A property that nobody resolved is no version.
  if (!isPrintableAscii(text) || text.includes('$')) return undefined;
  const tokens: Token[] = [];
  let separator: '.' | '-' = '.';

  function add(word: string, followedByDigit: boolean): void {
    const numeric = word === '' || isDigits(word);
    const known = (followedByDigit ? SHORT.get(word) : undefined) ?? ALIASES.get(word) ?? word;
    const token: Token = { separator: numeric ? separator : '-', text: known, numeric };
    if (token.separator === '-') trim(tokens);
    tokens.push(token);
  }

  for (const part of text.toLowerCase().split(/([.-])/)) {
    if (part === '.' || part === '-') {
      separator = part;
      continue;
    }
    const words = part.match(/\d+|\D+/g) ?? [''];
    for (const [index, word] of words.entries()) {
      add(word, index + 1 < words.length);
      separator = '-';
    }
  }
  trim(tokens);
  return tokens;
}

function rankOf(qualifier: string): number {
  const rank = QUALIFIERS.indexOf(qualifier);
  return rank < 0 ? QUALIFIERS.length : rank;
}

/** Against the end of the other version: a number is not below 0, a qualifier stands before or after the release. */
function compareToEnd(rest: readonly Token[]): number {
  for (const token of rest) {
    if (isNull(token)) continue;
    return token.numeric ? 1 : rankOf(token.text) - RELEASE;
  }
  return 0;
}

function compareTokens(a: Token, b: Token): number {
  if (a.numeric !== b.numeric) return a.numeric ? 1 : -1;
  if (!a.numeric) return rankOf(a.text) - rankOf(b.text) || compareText(a.text, b.text);
  if (a.separator !== b.separator) return a.separator === '.' ? 1 : -1;
  return compareDigits(a.text, b.text);
}

function compare(a: readonly Token[], b: readonly Token[]): number {
  const length = Math.min(a.length, b.length);
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (index >= length || right === undefined) break;
    const order = compareTokens(left, right);
    if (order !== 0) return order;
  }
  return compareToEnd(a.slice(length)) || -compareToEnd(b.slice(length));
}

/** Qualifiers up to the release 1–6, the end 7, a release followed by more 8, later qualifiers 9 and 10, numbers 11 and 12. */
const END = '\x07';

function encodeToken(token: Token): string {
  if (token.numeric) return (token.separator === '-' ? '\x0b' : '\x0c') + numberKey(token.text);
  const rank = rankOf(token.text);
  if (rank < RELEASE) return String.fromCharCode(rank + 1);
  if (rank === RELEASE) return '\x08';
  return rank === QUALIFIERS.length ? `\x0a${token.text}\0` : '\x09';
}

export const maven = defineScheme<readonly Token[]>({
  id: 'maven',
  specification: ['https://maven.apache.org/pom.html#version-order-specification'],
  examples: ['1.0.0', '2.0-beta9', '1.0-alpha-1-SNAPSHOT', '4.1.0.Final', '12.8.1.jre11'],
  parse,
  compare,
  encode: (tokens) => tokens.map(encodeToken).join('') + END,
});
