/** The store itself: opening, tables, transactions, and what two processes and two versions do to each other. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { openStore } from './index.ts';
import type { Store } from './store.ts';

async function open(test: TestContext, path = join(temporaryDirectory(test), 'data', 'vedette.db')): Promise<Store> {
  const opened = await openStore(path);
  assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
  test.after(() => opened.value.close());
  return opened.value;
}

test('what was written is read, after closing too', async (test) => {
  const path = join(temporaryDirectory(test), 'vedette.db');
  const first = await openStore(path);
  assert.ok(first.ok);
  await first.value.write((tx) => tx.insertInto('setting').values({ name: 'a', value: '1' }).execute());
  await first.value.close();
  const store = await open(test, path);
  assert.deepEqual(await store.read.selectFrom('setting').selectAll().execute(), [{ name: 'a', value: '1' }]);
});

test('a transaction that fails leaves nothing', async (test) => {
  const store = await open(test);
  await assert.rejects(
    store.write(async (tx) => {
      await tx.insertInto('setting').values({ name: 'a', value: '1' }).execute();
      await tx.insertInto('setting').values({ name: 'a', value: '2' }).execute();
    }),
    /UNIQUE/,
  );
  assert.deepEqual(await store.read.selectFrom('setting').selectAll().execute(), []);
});

test('transactions wait for each other', async (test) => {
  const store = await open(test);
  await store.write((tx) => tx.insertInto('setting').values({ name: 'n', value: '0' }).execute());
  const one = () =>
    store.write(async (tx) => {
      const { value } = await tx.selectFrom('setting').select('value').where('name', '=', 'n').executeTakeFirstOrThrow();
      await tx
        .updateTable('setting')
        .set({ value: String(Number(value) + 1) })
        .execute();
    });
  await Promise.all(Array.from({ length: 20 }, one));
  assert.deepEqual(await store.read.selectFrom('setting').select('value').execute(), [{ value: '20' }]);
});

test('a second opening is refused, in plain words', async (test) => {
  const path = join(temporaryDirectory(test), 'vedette.db');
  await open(test, path);
  const second = await openStore(path);
  assert.ok(!second.ok);
  assert.equal(second.problem.code, 'store-in-use');
  assert.match(second.problem.message, /stop the other one/);
});
