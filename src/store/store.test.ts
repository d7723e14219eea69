/** The store itself, on both engines: opening, tables, transactions, and what two processes do to each other. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { onBothEngines, openFor } from '../../tests/support/stores.ts';
import { openStore } from './index.ts';

onBothEngines('what was written is read, after closing too', async (store, context, place) => {
  await store.write((tx) => tx.insertInto('setting').values({ name: 'a', value: '1' }).execute());
  await store.close();
  const again = await openFor(context, place);
  assert.deepEqual(await again.read.selectFrom('setting').selectAll().execute(), [{ name: 'a', value: '1' }]);
});

onBothEngines('numbers are numbers, and rows count up', async (store) => {
  const row = {
    account: '1',
    name: 'a',
    kind: 'file',
    configuration: '{}',
    secrets: null,
    enabled: 1,
    created_at: 1_700_000_000_123,
  };
  const first = await store.write((tx) => tx.insertInto('target').values(row).returning('id').executeTakeFirstOrThrow());
  await store.write((tx) => tx.deleteFrom('target').execute());
  const second = await store.write((tx) => tx.insertInto('target').values(row).returning('id').executeTakeFirstOrThrow());
  assert.deepEqual([typeof first.id, typeof second.id, second.id > first.id], ['number', 'number', true]);
  const read = await store.read.selectFrom('target').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual(read, { id: second.id, ...row });
});

onBothEngines('a transaction that fails leaves nothing', async (store) => {
  await assert.rejects(
    store.write(async (tx) => {
      await tx.insertInto('setting').values({ name: 'a', value: '1' }).execute();
      await tx.insertInto('setting').values({ name: 'a', value: '2' }).execute();
    }),
    /unique/i,
  );
  assert.deepEqual(await store.read.selectFrom('setting').selectAll().execute(), []);
});

onBothEngines('a transaction is not seen before it is committed', async (store) => {
  await store.write(async (tx) => {
    await tx.insertInto('setting').values({ name: 'a', value: '1' }).execute();
    assert.deepEqual(await store.read.selectFrom('setting').selectAll().execute(), []);
  });
  assert.equal((await store.read.selectFrom('setting').selectAll().execute()).length, 1);
});

onBothEngines('transactions that change the same row wait for each other', async (store) => {
  await store.write((tx) => tx.insertInto('setting').values({ name: 'n', value: '0' }).execute());
  const one = () =>
    store.write((tx) =>
      tx
        .updateTable('setting')
        .set({ value: sql<string>`cast(cast(value as integer) + 1 as text)` })
        .where('name', '=', 'n')
        .execute(),
    );
  await Promise.all(Array.from({ length: 20 }, one));
  assert.deepEqual(await store.read.selectFrom('setting').select('value').execute(), [{ value: '20' }]);
});

onBothEngines('transactions that collide run again', async (store) => {
  await store.write(async (tx) => {
    for (const name of ['a', 'b']) await tx.insertInto('setting').values({ name, value: '0' }).execute();
  });
  const read = new Set<string>();
  let bothHaveRead: () => void = () => undefined;
  const meeting = new Promise<void>((resolve) => {
    bothHaveRead = resolve;
  });
  let runs = 0;
  // Both read both rows before either writes: one of the two cannot be serialized.
  const crossing = (own: string) =>
    store.write(async (tx) => {
      runs += 1;
      if (store.engine === 'postgres') await sql`set transaction isolation level serializable`.execute(tx);
      const rows = await tx.selectFrom('setting').select('value').execute();
      read.add(own);
      if (read.size === 2) bothHaveRead();
      if (store.engine === 'postgres') await meeting;
      const value = String(1 + rows.reduce((sum, row) => sum + Number(row.value), 0));
      await tx.updateTable('setting').set({ value }).where('name', '=', own).execute();
    });
  await Promise.all([crossing('a'), crossing('b')]);
  const values = (await store.read.selectFrom('setting').select('value').execute()).map(({ value }) => Number(value));
  assert.deepEqual(
    values.sort((a, b) => a - b),
    [1, 2],
  );
  assert.equal(runs, store.engine === 'postgres' ? 3 : 2);
});

onBothEngines('a failure that would come again is told at once', async (store) => {
  let runs = 0;
  await assert.rejects(
    store.write(async () => {
      runs += 1;
      throw new Error('no');
    }),
    /^Error: no$/,
  );
  assert.equal(runs, 1);
});

test('sqlite: a second opening is refused, in plain words', async (context) => {
  const place = join(temporaryDirectory(context), 'vedette.db');
  await openFor(context, place);
  const second = await openStore(place);
  assert.ok(!second.ok);
  assert.equal(second.problem.code, 'store-in-use');
  assert.match(second.problem.message, /stop the other one/);
});

onBothEngines('who shares a store sees what others wrote', async (store, context, place) => {
  if (store.engine === 'sqlite') return;
  const other = await openFor(context, place);
  await store.write((tx) => tx.insertInto('setting').values({ name: 'a', value: '1' }).execute());
  assert.equal((await other.read.selectFrom('setting').selectAll().execute()).length, 1);
});

test('postgres: what cannot be reached is told without the password', async () => {
  const opened = await openStore('postgres://vedette:secret-word@localhost/x?host=%2Fnonexistent');
  assert.ok(!opened.ok);
  assert.equal(opened.problem.code, 'store-unreachable');
  assert.doesNotMatch(opened.problem.message, /secret-word/);
});

test('a process that closes its store while it is asked something ends well', (context) => {
  const directory = temporaryDirectory(context);
  const place = join(directory, 'vedette.db');
  const code = `
    const { openStore } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)});
    const opened = await openStore(${JSON.stringify(place)});
    if (!opened.ok) throw new Error(opened.problem.message);
    const { read, findings, close } = opened.value;
    const asked = [
      findings.list({ scope: undefined, criteria: undefined, sort: undefined, limit: 1, after: undefined }),
      read.selectFrom('setting').selectAll().execute(),
    ];
    await close();
    await Promise.allSettled(asked);`;
  const program = join(directory, 'program.mjs');
  writeFileSync(program, code);
  const ran = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 300_000 });
  assert.deepEqual([ran.status, ran.signal], [0, null], ran.stderr);
});
