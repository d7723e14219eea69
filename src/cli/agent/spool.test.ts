/** The spool: order, bounds, and what a killed agent leaves. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { CommandError } from '../exit.ts';
import { holdSpool, openSpool, type Spool } from './spool.ts';

function add(spool: Spool, text: string, now: number): number {
  const place = spool.place();
  writeFileSync(place, text, { flag: 'wx' });
  return spool.add(place, now);
}

function texts(spool: Spool): readonly string[] {
  return spool.list().map((name) => readFileSync(spool.path(name), 'utf8'));
}

test('what is added is listed in its order, whatever the clock does, and is there after a restart', (context) => {
  const directory = join(temporaryDirectory(context), 'spool');
  const spool = openSpool(directory);
  for (const [index, now] of [1000, 1000, 500, 2000].entries()) assert.equal(add(spool, `body ${index}`, now), 0);
  const again = openSpool(directory);
  assert.deepEqual(texts(again), ['body 0', 'body 1', 'body 2', 'body 3']);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  again.remove(again.list()[0] ?? '');
  assert.equal(spool.list().length, 3);
});

test('it is bounded by files and bytes; the newest always stays', (context) => {
  const few = openSpool(temporaryDirectory(context), { files: 3, bytes: 1e9 });
  const dropped = [1, 2, 3, 4, 5].map((number) => add(few, `body ${number}`, number));
  assert.deepEqual(dropped, [0, 0, 0, 1, 1]);
  assert.deepEqual(texts(few), ['body 3', 'body 4', 'body 5']);
  const small = openSpool(temporaryDirectory(context), { files: 100, bytes: 1 });
  assert.equal(add(small, 'one', 1), 0);
  assert.equal(add(small, 'two', 2), 1);
  assert.deepEqual(texts(small), ['two']);
});

test('what was written and never added goes when the next is to be written', (context) => {
  const spool = openSpool(temporaryDirectory(context));
  add(spool, 'first', 1);
  const killed = spool.place();
  writeFileSync(killed, 'half');
  assert.deepEqual(texts(spool), ['first']);
  assert.notEqual(spool.place(), killed);
  assert.ok(!existsSync(killed));
  assert.deepEqual(texts(spool), ['first']);
});

test('one agent uses a spool at a time', (context) => {
  const directory = join(temporaryDirectory(context), 'spool');
  const held = holdSpool(directory);
  const refused = (said: RegExp, place = directory) =>
    assert.throws(
      () => holdSpool(place),
      (error) => error instanceof CommandError && said.test(error.message),
    );
  refused(/Another agent uses the spool/);
  held.close();
  holdSpool(directory).close();
  assert.deepEqual(openSpool(directory).list(), []);
  refused(/cannot be written/, '/dev/null/spool');
});
