/** Debian and Ubuntu versions: `[epoch:]upstream[-revision]`. */

import { defineScheme, isPrintableAscii } from '../define.ts';
import { compareDigits, isDigits } from '../digits.ts';
import { numberKey } from '../key.ts';

interface DebVersion {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/** Refuses what dpkg refuses: blanks, a bad epoch, an empty upstream version or revision. Odd characters only make dpkg warn. */
function parse(text: string): DebVersion | undefined {
  if (!isPrintableAscii(text)) return undefined;
  const colon = text.indexOf(':');
  const epoch = colon < 0 ? '0' : text.slice(0, colon);
  const hyphen = text.lastIndexOf('-');
  const upstream = text.slice(colon + 1, hyphen > colon ? hyphen : undefined);
  const revision = hyphen > colon ? text.slice(hyphen + 1) : '0';
  return isDigits(epoch) && upstream !== '' && revision !== '' ? { epoch, upstream, revision } : undefined;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** Weight of a character outside numbers; NaN stands for the end of the text, which sorts as a digit does. */
function weight(code: number): number {
  if (Number.isNaN(code) || isDigit(code)) return 0;
  if (code === 0x7e) return -1;
  return isLetter(code) ? code : code + 256;
}

function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a.charCodeAt(i))) || (j < b.length && !isDigit(b.charCodeAt(j)))) {
      const order = weight(a.charCodeAt(i)) - weight(b.charCodeAt(j));
      if (order !== 0) return order;
      i += 1;
      j += 1;
    }
    const fromA = i;
    const fromB = j;
    while (i < a.length && isDigit(a.charCodeAt(i))) i += 1;
    while (j < b.length && isDigit(b.charCodeAt(j))) j += 1;
    const order = compareDigits(a.slice(fromA, i), b.slice(fromB, j));
    if (order !== 0) return order;
  }
  return 0;
}

function compare(a: DebVersion, b: DebVersion): number {
  return compareDigits(a.epoch, b.epoch) || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision);
}

/** Key bytes of characters outside numbers: `~` 1, end of the run 2, letters as they are, all others with the high bit. */
const BYTES = Array.from({ length: 128 }, (_, code) =>
  String.fromCharCode(code === 0x7e ? 1 : isLetter(code) ? code : code | 0x80),
);
const END = '\x02';

/** Runs alternate: other characters, number, other characters, … and always end with a number and an empty run. */
function encodePart(part: string): string {
  let key = '';
  let index = 0;
  do {
    let code = part.charCodeAt(index);
    while (index < part.length && !isDigit(code)) {
      key += BYTES[code];
      index += 1;
      code = part.charCodeAt(index);
    }
    const from = index;
    while (index < part.length && isDigit(part.charCodeAt(index))) index += 1;
    key += END + numberKey(part.slice(from, index));
  } while (index < part.length);
  return key + END;
}

function encode(version: DebVersion): string {
  return numberKey(version.epoch) + encodePart(version.upstream) + encodePart(version.revision);
}

export const deb = defineScheme<DebVersion>({
  id: 'deb',
  specification: ['https://www.debian.org/doc/debian-policy/ch-controlfields.html#version'],
  examples: ['1.2.3', '1:2.4.2-6+lenny1', '1.2.3-1~deb7u1', '2.7.4+reloaded2-13ubuntu1'],
  parse,
  compare,
  encode,
});
