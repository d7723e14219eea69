/**
 * Versions of software found by its version string, of no known scheme. Numbers by value, zeros at the end do not count, letters
 * behind a number are later (OpenSSL 1.1.1k), pre-release words earlier. Anything else only separates.
 */
import { defineScheme } from '../define.ts';
import { compareWorded, encodeWorded, parseWorded, RELEASE_RANK, type Word, type WordedVersion } from '../words.ts';

const RANKS: ReadonlyMap<string, number> = new Map([
  ['dev', 1],
  ['snapshot', 1],
  ['nightly', 1],
  ['alpha', 2],
  ['beta', 3],
  ['milestone', 4],
  ['pre', 5],
  ['preview', 5],
  ['ea', 5],
  ['rc', 6],
]);
/** `1.0a1` is an alpha, but `1.1.1a` a patch. */
const SHORT: ReadonlyMap<string, number> = new Map([
  ['a', 2],
  ['b', 3],
]);

function word(text: string, followedByDigit: boolean): Word {
  const rank = RANKS.get(text) ?? (followedByDigit ? SHORT.get(text) : undefined);
  return rank === undefined ? { rank: RELEASE_RANK + 1, text } : { rank, text: '' };
}

export const generic = defineScheme<WordedVersion>({
  id: 'generic',
  specification: ['https://repology.org/docs/about'],
  examples: ['1.1.1k', '3.0.0-alpha17', '7.4.3p1', '2.4.57-rc1', '22.04'],
  parse: (text) => parseWorded(/^v\d/i.test(text) ? text.slice(1) : text, word),
  compare: compareWorded,
  encode: encodeWorded,
});
