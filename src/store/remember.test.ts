import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onBothEngines } from '../../tests/support/stores.ts';
import { remembering } from './remember.ts';

test('what was read is kept until something is written, and what is not there is not', async () => {
  let revision: number | undefined = 1;
  const asked: string[] = [];
  const values = new Map([['a', 1]]);
  const read = remembering({ revision: () => revision }, async (name) => {
    asked.push(name);
    return values.get(name);
  });
  assert.deepEqual([await read('a'), await read('a'), await read('b'), await read('b')], [1, 1, undefined, undefined]);
  assert.deepEqual(asked.splice(0), ['a', 'b', 'b']);
  values.set('a', 2);
  revision = 2;
  assert.deepEqual([await read('a'), await read('a')], [2, 2]);
  assert.deepEqual(asked.splice(0), ['a']);
  revision = undefined;
  assert.deepEqual([await read('a'), await read('a')], [2, 2]);
  assert.deepEqual(asked.splice(0), ['a', 'a'], 'where others write too, every time');
});

test('what was read before a write that came meanwhile is not kept', async () => {
  let revision = 1;
  const pending: ((value: string) => void)[] = [];
  const read = remembering({ revision: () => revision }, () => new Promise<string>((resolve) => pending.push(resolve)));
  const old = read('a');
  revision = 2;
  const fresh = read('a');
  pending[1]?.('new');
  assert.equal(await fresh, 'new');
  pending[0]?.('old');
  assert.equal(await old, 'old');
  assert.equal(await read('a'), 'new');
});

onBothEngines('a store tells of its writes where it knows of all', async (store) => {
  const name = remembering(
    store,
    async (key) => (await store.read.selectFrom('setting').select('value').where('name', '=', key).executeTakeFirst())?.value,
  );
  const save = (value: string) =>
    store.write((tx) =>
      tx
        .insertInto('setting')
        .values({ name: 'x', value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute(),
    );
  assert.equal(await name('x'), undefined);
  for (const value of ['1', '2']) {
    await save(value);
    assert.equal(await name('x'), value);
    assert.equal(await name('x'), value);
  }
});
