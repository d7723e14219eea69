/**
 * Composer: numbers, padded with zeros as Composer's normalisation does, then stability words. Branches (`dev-main`) are not
 * versions; `1.x-dev` stands above all of 1. Words that Composer does not know sort before the release, as in PHP's version_compare.
 */
import { defineScheme, isPrintableAscii } from '../define.ts';
import { compareWorded, encodeWorded, parseWorded, RELEASE_RANK, type Word, type WordedVersion } from '../words.ts';

/** By the beginning of the word, the first that fits, as version_compare reads them: `post` and `patch` are both `p`. */
const RANKS: readonly (readonly [beginning: string, rank: number])[] = [
  ['dev', 2],
  ['a', 3],
  ['b', 4],
  ['rc', 5],
  ['p', RELEASE_RANK + 1],
];

function word(text: string): Word {
  const [, rank] = RANKS.find(([beginning]) => text.startsWith(beginning)) ?? [];
  return rank === undefined ? { rank: 1, text } : { rank, text: '' };
}

const BRANCH_NUMBER = '9999999';

function parse(text: string): WordedVersion | undefined {
  if (!isPrintableAscii(text) || !/^[vV]?\d/.test(text)) return undefined;
  const version = text
    .replace(/^[vV]/, '')
    .replace(/\+.*$/, '')
    .replace(/[-_.]?stable[.-]?\d*$/i, '');
  const [, prefix] = /^(\d+(?:\.\d+){0,2})\.[xX*](?:\.[xX*])*(?:-dev)?$/.exec(version) ?? [];
  if (prefix === undefined) return version.includes('*') || version.includes('#') ? undefined : parseWorded(version, word);
  const numbers = prefix.split('.');
  return { numbers: [...numbers, ...Array<string>(4 - numbers.length).fill(BRANCH_NUMBER)], rest: [{ rank: 2, text: '' }] };
}

export const composer = defineScheme<WordedVersion>({
  id: 'composer',
  specification: [
    'https://getcomposer.org/doc/articles/versions.md',
    'https://www.php.net/manual/en/function.version-compare.php',
  ],
  examples: ['v1.2.3', '1.0.0-beta2', '4.3-2RC1', '1.0pl1', '2.x-dev'],
  parse,
  compare: compareWorded,
  encode: encodeWorded,
});
