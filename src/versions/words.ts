/**
 * Dotted numbers followed by words and numbers, where some words mean "before the release": Composer and versions of no known
 * scheme. Zeros at the end of the leading numbers do not count.
 */
import { compareDigits, compareLists, compareNumbersPadded, compareText, isDigits, withoutTrailingZeros } from './digits.ts';
import { numberKey } from './key.ts';

/** Rank of a word from 0 to 250: below `RELEASE_RANK` sorts before the release, above it after. */
export const RELEASE_RANK = 100;

export interface Word {
  readonly rank: number;
  /** Distinguishes words of one rank; empty for known words with spellings of their own. */
  readonly text: string;
}

export interface WordedVersion {
  readonly numbers: readonly string[];
  readonly rest: readonly (Word | string)[];
}

function compareParts(a: Word | string, b: Word | string): number {
  if (typeof a === 'string') return typeof b === 'string' ? compareDigits(a, b) : 1;
  return typeof b === 'string' ? -1 : a.rank - b.rank || compareText(a.text, b.text);
}

/** A number behind, or a later word, is greater than nothing; an earlier word is less. */
function compareToNothing(part: Word | string | undefined): number {
  if (part === undefined) return 0;
  return typeof part === 'string' ? 1 : part.rank - RELEASE_RANK;
}

export function compareWorded(a: WordedVersion, b: WordedVersion): number {
  const length = Math.min(a.rest.length, b.rest.length);
  return (
    compareNumbersPadded(a.numbers, b.numbers) ||
    compareLists(a.rest.slice(0, length), b.rest.slice(0, length), compareParts) ||
    compareToNothing(a.rest[length]) ||
    -compareToNothing(b.rest[length])
  );
}

const NUMBER = '\xff';

export function encodeWorded({ numbers, rest }: WordedVersion): string {
  const parts = rest.map((part) =>
    typeof part === 'string' ? NUMBER + numberKey(part) : `${String.fromCharCode(part.rank)}${part.text}\0`,
  );
  return (
    withoutTrailingZeros(numbers)
      .map((number) => NUMBER + numberKey(number))
      .join('') +
    parts.join('') +
    String.fromCharCode(RELEASE_RANK)
  );
}

/** Splits into runs of digits and runs of letters; everything else separates. `word` gives a word its rank by what precedes and follows it. */
export function parseWorded(
  text: string,
  word: (word: string, followedByDigit: boolean) => Word | undefined,
): WordedVersion | undefined {
  const tokens = [...text.matchAll(/\d+|[A-Za-z]+/g)];
  const rest: (Word | string)[] = [];
  const numbers: string[] = [];
  for (const { 0: token, index } of tokens) {
    if (isDigits(token)) (rest.length === 0 ? numbers : rest).push(token);
    else {
      const found = word(token.toLowerCase(), isDigits(text.charAt(index + token.length)));
      if (found === undefined) return undefined;
      rest.push(found);
    }
  }
  return numbers.length === 0 ? undefined : { numbers, rest };
}
