/**
 * Building blocks of order-preserving keys. A number is its count of significant digits, then the digits: a longer number is a
 * greater one, so the count decides first. A short count is one byte; a longer one continues in a second byte, up to 4095
 * digits, above the longest version that any scheme accepts.
 */
import { significant } from './digits.ts';

const LONGEST = 4095;

/** Count prefixes starting at `base`, where counts below `long - base` take one byte and the others two. */
function prefixes(base: number, long: number): readonly string[] {
  return Array.from({ length: LONGEST + 1 }, (_, count) =>
    base + count < long ? String.fromCharCode(base + count) : String.fromCharCode(long + (count >> 8), count & 0xff),
  );
}

const PLAIN = prefixes(0, 0xf0);
const HIGH = prefixes(0x80, 0xe0);

/** A number as key bytes: `0` is one byte 0x00. */
export function numberKey(digits: string): string {
  const text = significant(digits);
  return (PLAIN[text.length] ?? '\xff') + text;
}

/** Like `numberKey`, with a first byte of 0x80 or more: above every ASCII character. */
export function highNumberKey(digits: string): string {
  const text = significant(digits);
  return (HIGH[text.length] ?? '\xff') + text;
}

/** A count from 0 to 65535 in two bytes. */
export function countKey(count: number): string {
  return String.fromCharCode((count >> 8) & 0xff, count & 0xff);
}
