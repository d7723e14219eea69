/** Whoever opens a store with another key is told so before anything is written with it. */
import assert from 'node:assert/strict';
import { onBothEngines } from '../../tests/support/stores.ts';
import { checkKey } from './key-check.ts';
import { sealer } from './seal.ts';

onBothEngines('the first key of a store is the one for all', async (store) => {
  const [first, second] = [sealer(Buffer.alloc(32, 1)), sealer(Buffer.alloc(32, 2))];
  const together = await Promise.all([checkKey(store, first), checkKey(store, first)]);
  assert.deepEqual(
    together.map(({ ok }) => ok),
    [true, true],
  );
  const other = await checkKey(store, second);
  assert.ok(!other.ok);
  assert.equal(other.problem.code, 'key-differs');
  assert.match(other.problem.message, /VEDETTE_KEY/);
  assert.ok((await checkKey(store, first)).ok);
});

onBothEngines('with two keys at once, one is refused', async (store) => {
  const answers = await Promise.all([1, 2].map((byte) => checkKey(store, sealer(Buffer.alloc(32, byte)))));
  assert.deepEqual(answers.map(({ ok }) => ok).sort(), [false, true]);
});
