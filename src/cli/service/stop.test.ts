/** One stop may come as several signals; what it cuts off is told why. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Stopped, toldToStop, unlessTold } from './stop.ts';

const SAME = 1_000;

function told(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const signals = new EventEmitter();
  return { signals, stop: toldToStop(signals, SAME) };
}

test('signals of the same stop are one; a later one is left to end the process', (context) => {
  const { signals, stop } = told(context);
  assert.equal(stop.aborted, false);
  for (const name of ['SIGTERM', 'SIGTERM', 'SIGINT']) assert.ok(signals.emit(name, name));
  assert.ok(stop.reason instanceof Stopped);
  assert.equal(stop.reason.signal, 'SIGTERM');
  context.mock.timers.tick(SAME - 1);
  assert.ok(signals.emit('SIGINT', 'SIGINT'), 'still the same');
  context.mock.timers.tick(1);
  for (const name of ['SIGTERM', 'SIGINT']) assert.equal(signals.emit(name, name), false, 'nobody listens any more');
});

test('a step is what it comes to; one that is cut off is left alone, and the next is not begun', async (context) => {
  const { signals, stop } = told(context);
  assert.equal(await unlessTold(stop, async () => 7), 7);
  await assert.rejects(
    unlessTold(stop, () => Promise.reject(new Error('no'))),
    /no/,
  );
  const step = Promise.withResolvers<void>();
  const cut = unlessTold(stop, () => step.promise);
  signals.emit('SIGINT', 'SIGINT');
  await assert.rejects(cut, (error) => error === stop.reason);
  // What becomes of it later is nobody's concern, also when it fails.
  step.reject(new Error('the store was closed'));
  await assert.rejects(
    unlessTold(stop, () => assert.fail('it was begun')),
    (error) => error === stop.reason,
  );
});
