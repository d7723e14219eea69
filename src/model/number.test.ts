import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { thousands } from './number.ts';

test('thousands are set apart', () => {
  assert.deepEqual([0, 7, 999, 1000, 12_345, 1_234_567].map(thousands), ['0', '7', '999', '1,000', '12,345', '1,234,567']);
  fc.assert(fc.property(fc.nat(), (number) => assert.equal(thousands(number), number.toLocaleString('en-US'))));
});
