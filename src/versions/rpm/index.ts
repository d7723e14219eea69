/**
 * rpm versions: `[epoch:]version[-release]`; a missing epoch is 0.
 *
 * rpm itself compares only the versions when one side has no release. That is not an order (1-1 = 1 = 1-2), so here a version
 * without release sorts just below all its releases. As bounds of ranges this gives what rpm gives: `fixed: 1.2` excludes every
 * 1.2-x and `introduced: 1.2` includes them; for `lastAffected: 1.2` the family key stands above them, so it includes them too.
 * An installed package without release counts as the earliest release: perhaps affected, never silently safe.
 */

import { defineScheme } from '../define.ts';
import { compareDigits, compareText, isDigits } from '../digits.ts';
import { highNumberKey, numberKey } from '../key.ts';

interface RpmVersion {
  readonly epoch: string;
  readonly version: string;
  readonly release?: string;
}

/** Like rpm: only digits before the first colon are an epoch, otherwise the colon is a separator as any other. */
function parse(text: string): RpmVersion | undefined {
  const colon = text.indexOf(':');
  const hasEpoch = colon > 0 && isDigits(text.slice(0, colon));
  const rest = hasEpoch ? text.slice(colon + 1) : text;
  const hyphen = rest.lastIndexOf('-');
  const epoch = hasEpoch ? text.slice(0, colon) : '0';
  if (rest === '') return undefined;
  return hyphen < 0 ? { epoch, version: rest } : { epoch, version: rest.slice(0, hyphen), release: rest.slice(hyphen + 1) };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

const TILDE = 0x7e;
const CARET = 0x5e;

function skipSeparators(text: string, from: number): number {
  let index = from;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (isDigit(code) || isLetter(code) || code === TILDE || code === CARET) break;
    index += 1;
  }
  return index;
}

function endOfSegment(text: string, from: number): number {
  const belongs = isDigit(text.charCodeAt(from)) ? isDigit : isLetter;
  let index = from;
  while (index < text.length && belongs(text.charCodeAt(index))) index += 1;
  return index;
}

/** Segment by segment; `~` < end < `^` < letters < numbers. */
function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  for (;;) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(j);
    if (left === TILDE || right === TILDE) {
      if (left !== right) return left === TILDE ? -1 : 1;
      i += 1;
      j += 1;
      continue;
    }
    if (left === CARET || right === CARET) {
      if (i >= a.length) return -1;
      if (j >= b.length) return 1;
      if (left !== right) return left === CARET ? -1 : 1;
      i += 1;
      j += 1;
      continue;
    }
    if (i >= a.length || j >= b.length) return Number(i < a.length) - Number(j < b.length);
    if (isDigit(left) !== isDigit(right)) return isDigit(left) ? 1 : -1;
    const endA = endOfSegment(a, i);
    const endB = endOfSegment(b, j);
    const order = (isDigit(left) ? compareDigits : compareText)(a.slice(i, endA), b.slice(j, endB));
    if (order !== 0) return order;
    i = endA;
    j = endB;
  }
}

function compare(a: RpmVersion, b: RpmVersion): number {
  const order = compareDigits(a.epoch, b.epoch) || compareParts(a.version, b.version);
  if (order !== 0) return order;
  if (a.release === undefined || b.release === undefined)
    return Number(a.release !== undefined) - Number(b.release !== undefined);
  return compareParts(a.release, b.release);
}

/** `~` 1, end 2, `^` 3, letters as they are up to a 0, numbers from 0x80. */
function encodePart(part: string): string {
  let key = '';
  let index = skipSeparators(part, 0);
  while (index < part.length) {
    const code = part.charCodeAt(index);
    if (code === TILDE || code === CARET) {
      key += code === TILDE ? '\x01' : '\x03';
      index = skipSeparators(part, index + 1);
      continue;
    }
    const end = endOfSegment(part, index);
    const segment = part.slice(index, end);
    key += isDigit(code) ? highNumberKey(segment) : `${segment}\0`;
    index = skipSeparators(part, end);
  }
  return `${key}\x02`;
}

function encode({ epoch, version, release }: RpmVersion): string {
  const start = numberKey(epoch) + encodePart(version);
  return release === undefined ? `${start}\x01` : `${start}\x02${encodePart(release)}`;
}

export const rpm = defineScheme<RpmVersion>({
  id: 'rpm',
  specification: [
    'https://rpm-software-management.github.io/rpm/man/rpm-version.7',
    'https://rpm.org/docs/4.20.x/manual/dependencies.html',
  ],
  examples: ['1.0', '0:3.10.0-229.1.2.el7', '1.0~rc1-1', '1.0^git1-2.amzn2023'],
  parse,
  compare,
  encode,
  encodeFamily: (parsed) => (parsed.release === undefined ? `${encode(parsed).slice(0, -1)}\xff` : encode(parsed)),
});
