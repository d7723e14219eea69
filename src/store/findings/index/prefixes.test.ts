import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { beginsWithOneOf } from './prefixes.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ', '😀', '\u{10FFFF}'), maxLength: 5 });

test('a text begins with one of several prefixes when it begins with any of them', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), fc.array(text, { minLength: 1, maxLength: 20 }), (prefixes, texts) => {
      const begins = beginsWithOneOf(prefixes);
      for (const one of [...texts, ...prefixes]) {
        assert.equal(
          begins(one),
          prefixes.some((prefix) => one.startsWith(prefix)),
          JSON.stringify([one, prefixes]),
        );
      }
    }),
    { numRuns: 500 },
  );
});
