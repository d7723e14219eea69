/** Jobs of transactions that are open while workers look for work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPlace, openFor } from '../../tests/support/stores.ts';
import { openQueue } from './index.ts';

test('pg-boss: a job that waits already begins when the transaction that asks for it too has ended', async (context) => {
  const place = await newPlace(context, 'postgres');
  if (place === undefined) return;
  const store = await openFor(context, place);
  const opened = await openQueue(store, place, () => undefined);
  assert.ok(opened.ok);
  const queue = opened.value;
  const go = Promise.withResolvers<void>();
  try {
    const seen: string[] = [];
    const [began, beganAfter, asked] = [1, 2, 3].map(() => Promise.withResolvers<void>());
    assert.ok(began && beganAfter && asked);
    await queue.send('follow', {}, { uniqueKey: 'changed' });
    const changing = store.write(async (tx) => {
      await tx.insertInto('setting').values({ name: 'change', value: '1' }).execute();
      assert.equal(await queue.send('follow', {}, { uniqueKey: 'changed', transaction: tx }), false);
      asked.resolve();
      await go.promise;
    });
    await asked.promise;
    // A later one of the same kind: when it begins, the one before it has begun or is held.
    await queue.send('follow', { later: true });
    await queue.work('follow', async ({ payload }) => {
      const rows = await store.read.selectFrom('setting').select('value').where('name', '=', 'change').execute();
      seen.push(`${payload.later === true ? 'later' : 'changed'} ${rows.length}`);
      if (payload.later === true) began.resolve();
      else beganAfter.resolve();
    });
    await began.promise;
    assert.deepEqual(seen, ['later 0']);
    go.resolve();
    await changing;
    await beganAfter.promise;
    assert.deepEqual(seen, ['later 0', 'changed 1']);
  } finally {
    go.resolve();
    await queue.close(1_000);
  }
});
