/** A service begins on a store that cannot be written: it is told once, and asked again until it can be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askWhenWritable } from './asking.ts';

const full = () => Object.assign(new Error('database or disk is full'), { errcode: 13 });

test('a full disk is told once and asked again until there is room; other errors are thrown', async () => {
  const told: object[] = [];
  const log = { error: (facts: object) => void told.push(facts) };
  const waiting: (() => void)[] = [];
  let asked = 0;
  const done = Promise.withResolvers<void>();
  const ask = async () => {
    asked++;
    if (asked < 3) throw full();
    done.resolve();
  };
  const later = (again: () => void) => void waiting.push(again);
  await askWhenWritable(ask, log, later);
  assert.equal(asked, 1);
  while (asked < 3) {
    waiting.shift()?.();
    await new Promise(setImmediate);
  }
  await done.promise;
  assert.equal(waiting.length, 0);
  assert.deepEqual(told, [{ code: 'store-full' }]);
  const wrong = new TypeError('a mistake');
  await assert.rejects(
    askWhenWritable(() => Promise.reject(wrong), log, later),
    wrong,
  );
  assert.equal(waiting.length, 0);
  // What goes wrong later is told, too.
  const failures = [full(), wrong];
  await askWhenWritable(() => Promise.reject(failures.shift()), log, later);
  waiting.shift()?.();
  while (told.length < 3) await new Promise(setImmediate);
  assert.deepEqual(told.slice(1), [{ code: 'store-full' }, { reason: 'a mistake' }]);
});
