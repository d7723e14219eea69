/** Schemes that are nothing but lists of numbers, where a longer list is greater: R and Haskell. */

import { defineScheme, type SchemeParts } from './define.ts';
import { compareDigits, compareLists } from './digits.ts';
import { numberKey } from './key.ts';
import type { VersionScheme } from './scheme.ts';

export function defineDotted(
  facts: Pick<SchemeParts<unknown>, 'id' | 'specification' | 'examples'>,
  separator: RegExp,
): VersionScheme {
  return defineScheme<readonly string[]>({
    ...facts,
    parse(text) {
      const numbers = text.split(separator);
      return numbers.every((number) => /^\d+$/.test(number)) ? numbers : undefined;
    },
    compare: (a, b) => compareLists(a, b, compareDigits),
    encode: (numbers) => numbers.map(numberKey).join(''),
  });
}
