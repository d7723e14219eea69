/** Clocks that are put back and forward: what waits is sent, nothing twice at once, nothing lost. */
import assert from 'node:assert/strict';
import { allDelivered, findingEvent, putTarget, scripted } from '../../../tests/support/events.ts';
import { clocked, taking } from '../../../tests/support/outbox.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import type { Outcome } from '../target.ts';
import { claim } from './claim.ts';
import { backlog } from './dead.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

for (const [name, step] of [
  ['an hour', HOUR],
  ['a day', DAY],
] as const) {
  onBothEngines(
    `put back by ${name}: a target that was left alone is asked, and all that waits arrives`,
    async (store, context) => {
      let down = true;
      const { kind, sent } = taking(() => {
        if (down) throw new Error('down');
      });
      await putTarget(store, kind.id);
      const { put, open, clock } = clocked(context, store, [kind]);
      const one = open();
      await put(findingEvent(1));
      await one.pass();
      // Not looked at before the step.
      await put(findingEvent(1, 'updated'), findingEvent(2));
      down = false;
      clock.now -= step;
      await put(findingEvent(2, 'closed'));
      await one.pass();
      assert.deepEqual(sent.sort(), ['1 created', '1 updated', '2 closed', '2 created']);
    },
  );

  onBothEngines(`put back by ${name}: an event that failed is tried again`, async (store, context) => {
    let outcome: Outcome = { kind: 'failed', error: 'no' };
    let asked = 0;
    const kind = scripted((batch) => {
      asked += batch.length;
      return batch.map(() => outcome);
    });
    await putTarget(store, kind.id);
    const { put, open, clock } = clocked(context, store, [kind]);
    const one = open();
    await put(findingEvent(1));
    await one.pass();
    clock.now -= step;
    outcome = { kind: 'delivered' };
    await one.pass();
    assert.equal(asked, 2);
    assert.deepEqual(await backlog(store), []);
  });

  onBothEngines(`put back by ${name} while nothing runs: the next start sends what waits`, async (store, context) => {
    const { kind, sent } = taking();
    await putTarget(store, kind.id);
    const { put, open, clock } = clocked(context, store, [kind]);
    await put(findingEvent(1));
    clock.now -= step;
    await open().pass();
    assert.deepEqual(sent, ['1 created']);
  });

  onBothEngines(`put back by ${name}: what a process that was killed held is sent by another`, async (store, context) => {
    const { kind, sent } = taking();
    const target = await putTarget(store, kind.id);
    const { put, open, clock } = clocked(context, store, [kind]);
    await put(findingEvent(1));
    const lease = { until: clock.now + 90_000, latest: clock.now + 180_000 };
    assert.equal((await claim(store, target, 10, clock.now, lease)).batch.length, 1);
    clock.now -= step;
    await open().pass();
    assert.deepEqual(sent, ['1 created']);
  });
}

onBothEngines('put back while a batch is under way: it is not sent a second time', async (store, context) => {
  let asked = 0;
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const kind = scripted(async (batch) => {
    asked += batch.length;
    await held;
    return allDelivered(batch);
  });
  await putTarget(store, kind.id);
  const { put, open, clock } = clocked(context, store, [{ ...kind, concurrency: 2 }]);
  const one = open();
  await put(findingEvent(1));
  const pass = one.pass();
  while (asked === 0) await new Promise((done) => setTimeout(done, 5));
  clock.now -= DAY;
  one.wake();
  await put(findingEvent(2));
  for (let look = 0; asked === 1 && look < 500; look++) {
    one.wake();
    await new Promise((done) => setTimeout(done, 5));
  }
  answer();
  await pass;
  assert.equal(asked, 2);
  assert.deepEqual(await backlog(store), []);
});

onBothEngines('put forward by a day and back: nothing is lost, and the order is kept', async (store, context) => {
  let down = true;
  const { kind, sent } = taking(() => {
    if (down) throw new Error('down');
  });
  await putTarget(store, kind.id);
  const { put, open, clock } = clocked(context, store, [kind]);
  const one = open();
  await put(findingEvent(1));
  clock.now += DAY;
  await put(findingEvent(1, 'updated'));
  await one.pass();
  clock.now -= DAY;
  down = false;
  await put(findingEvent(1, 'closed'));
  await one.pass();
  assert.deepEqual(sent, ['1 created', '1 updated', '1 closed']);
});
