import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kept } from './kept.ts';

test('what was not asked for longest goes when there is too much', () => {
  const kept = new Kept(10);
  const there = () => [1, 2, 3, 4].filter((id) => kept.get(id) !== undefined);
  for (const id of [1, 2, 3]) kept.set(id, { text: 'abc' });
  assert.deepEqual(there(), [1, 2, 3]);
  kept.get(1);
  kept.set(4, { text: 'abc' });
  assert.deepEqual(there(), [1, 3, 4]);
  kept.set(3, { text: 'abcd' });
  assert.deepEqual(there(), [1, 3, 4], 'a text is replaced, not counted twice');
  kept.delete(1);
  kept.set(2, { text: 'a'.repeat(11) });
  assert.deepEqual(there(), [], 'what is too large for all is not kept');
});
