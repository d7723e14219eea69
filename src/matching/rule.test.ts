import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spent } from '../../tests/support/spent.ts';
import { globText } from './rule.ts';

const GLOBS: readonly (readonly [glob: string, fits: readonly string[], not: readonly string[]])[] = [
  ['', [''], ['a']],
  ['*', ['', 'a', 'a/b\nc'], []],
  ['a', ['a'], ['', 'aa', 'b']],
  ['?', ['a', '\n'], ['', 'ab']],
  ['a*', ['a', 'ab'], ['ba']],
  ['*a', ['a', 'ba', 'aa'], ['ab']],
  ['a*b*c', ['abc', 'a1b2c', 'abcbc'], ['ab', 'acb']],
  ['**/lock', ['a/lock', '/lock'], ['lock', 'a/locks']],
  ['a?c', ['abc', 'a?c'], ['ac', 'abbc']],
  ['[a].+($)', ['[a].+($)'], ['a.+$']],
];

for (const [glob, fits, not] of GLOBS) {
  test(`glob ${JSON.stringify(glob)}`, () => {
    for (const text of fits) assert.equal(globText(glob)(text), true, JSON.stringify(text));
    for (const text of not) assert.equal(globText(glob)(text), false, JSON.stringify(text));
  });
}

test('globs answer like their meaning, tried out in every way', () => {
  const meaning = (glob: string, text: string): boolean =>
    glob === ''
      ? text === ''
      : glob[0] === '*'
        ? meaning(glob.slice(1), text) || (text !== '' && meaning(glob, text.slice(1)))
        : text !== '' && (glob[0] === '?' || glob[0] === text[0]) && meaning(glob.slice(1), text.slice(1));
  const letters = fc.constantFrom('a', 'b');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(letters, fc.constantFrom('*', '?')), { maxLength: 6 }),
      fc.array(letters, { maxLength: 7 }),
      (glob, text) => assert.equal(globText(glob.join(''))(text.join('')), meaning(glob.join(''), text.join(''))),
    ),
    { numRuns: 300 },
  );
});

test('hostile globs and paths take no time to speak of', async () => {
  const cost = await spent(() => {
    assert.equal(globText('*a'.repeat(40))(`${'a'.repeat(4000)}b`), false);
    assert.equal(globText('*?'.repeat(40))('a'.repeat(39)), false);
    assert.equal(globText(`*${'a'.repeat(2000)}b`)('a'.repeat(4000)), false);
  });
  assert.ok(cost < 1000, `${cost} ms`);
});
