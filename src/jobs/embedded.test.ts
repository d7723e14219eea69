/** The embedded queue's times: waits, leases, schedules, and clocks that are put back and forward. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { atEnd } from '../../tests/support/end.ts';
import { openStore } from '../store/index.ts';
import { type EmbeddedQueue, embeddedQueue } from './embedded.ts';
import { ATTEMPTS, LEASE_MS } from './queue.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-01-01T00:00:00Z');

/** The embedded queue with a clock of the test's. */
async function clocked(context: TestContext) {
  const opened = await openStore(join(temporaryDirectory(context), 'vedette.db'));
  assert.ok(opened.ok);
  const store = opened.value;
  const clock = { now: START };
  const queues: EmbeddedQueue[] = [];
  const again = (): EmbeddedQueue => {
    const queue = embeddedQueue(store, { now: () => clock.now, random: () => 0.5, poll: 0 });
    queues.push(queue);
    return queue;
  };
  atEnd(context, async () => {
    for (const queue of queues) await queue.close(0);
    await store.close();
  });
  const queue = again();
  const pass = async (ms: number) => {
    clock.now += ms;
    const last = queues.at(-1);
    await last?.tick();
    await last?.idle();
    await last?.tick();
  };
  return { queue, again, pass, clock };
}

test('waits between attempts double; after the last the job is dead and can be replayed', async (context) => {
  const { queue, pass } = await clocked(context);
  let attempts = 0;
  let works = false;
  await queue.work('scan', async () => {
    attempts += 1;
    if (!works) throw new Error('broken');
  });
  await queue.send('scan', { n: 1 });
  await pass(0);
  assert.equal(attempts, 1);
  await pass(749);
  assert.equal(attempts, 1);
  await pass(1);
  assert.equal(attempts, 2);
  await pass(1_499);
  assert.equal(attempts, 2);
  for (let n = 0; n < 20; n++) await pass(HOUR);
  assert.equal(attempts, ATTEMPTS);
  const [dead] = await queue.dead();
  assert.deepEqual([dead?.kind, dead?.payload, dead?.attempts, dead?.error], ['scan', { n: 1 }, ATTEMPTS, 'broken']);
  assert.equal(await queue.replay('scan', '999'), false);
  works = true;
  assert.equal(await queue.replay('scan', dead?.id ?? ''), true);
  await pass(0);
  assert.equal(attempts, ATTEMPTS + 1);
  assert.deepEqual(await queue.dead(), []);
});

test('a job of a worker that fell silent is taken over, not before its lease ran out', async (context) => {
  const { queue, again, pass } = await clocked(context);
  let started = 0;
  await queue.work('scan', () => {
    started += 1;
    return new Promise(() => undefined);
  });
  await queue.send('scan', {});
  await queue.tick();
  const other = again();
  const attempts: number[] = [];
  await other.work('scan', async ({ attempt }) => {
    attempts.push(attempt);
  });
  await pass(LEASE_MS - 1);
  assert.deepEqual([started, attempts], [1, []]);
  await pass(1);
  assert.deepEqual([started, attempts], [1, [2]]);
});

test('a schedule fires at its times, once for all that were missed, and follows its expression', async (context) => {
  const { queue, again, pass } = await clocked(context);
  let fired = 0;
  await queue.work('hourly', async () => {
    fired += 1;
  });
  await queue.schedule('hourly', '0 * * * *');
  await queue.schedule('hourly', '0 * * * *');
  await pass(3_599_999);
  assert.equal(fired, 0);
  await pass(1);
  assert.equal(fired, 1);
  await pass(0);
  assert.equal(fired, 1);
  // Three hours pass while nobody runs.
  const later = again();
  await later.work('hourly', async () => {
    fired += 1;
  });
  await pass(3 * HOUR);
  assert.equal(fired, 2);
  await pass(HOUR);
  assert.equal(fired, 3);
  await later.schedule('hourly', '30 * * * *');
  await pass(1_800_000);
  assert.equal(fired, 4);
  await pass(1_800_000);
  assert.equal(fired, 4);
});

for (const [name, step] of [
  ['an hour', HOUR],
  ['a day', DAY],
] as const) {
  test(`put back by ${name}: what was sent and what failed before is done now, and nothing twice`, async (context) => {
    const { queue, pass } = await clocked(context);
    const done: number[] = [];
    let works = false;
    await queue.send('scan', { n: 1 });
    await queue.work('other', async ({ payload }) => {
      done.push(Number(payload.n));
      if (!works) throw new Error('broken');
    });
    await queue.send('other', { n: 2 });
    await pass(0);
    assert.deepEqual(done, [2]);
    works = true;
    await queue.work('scan', async ({ payload }) => void done.push(Number(payload.n)));
    await pass(-step);
    assert.deepEqual(done.sort(), [1, 2, 2]);
    await pass(2 * step);
    assert.equal(done.length, 3);
  });

  test(`put back by ${name}: schedules keep their times`, async (context) => {
    const { queue, pass } = await clocked(context);
    let fired = 0;
    await queue.work('hourly', async () => {
      fired += 1;
    });
    await queue.schedule('hourly', '30 * * * *');
    await pass(45 * 60_000);
    assert.equal(fired, 1);
    await pass(-step);
    assert.equal(fired, 1);
    await pass(HOUR);
    assert.equal(fired, 2);
    await pass(HOUR);
    assert.equal(fired, 3);
  });

  test(`put back by ${name} while nothing runs: the next start does what waits`, async (context) => {
    const { queue, again, pass } = await clocked(context);
    await queue.send('scan', { n: 1 });
    await queue.send('scan', { n: 2 }, { runAt: START + 5_000 });
    await queue.schedule('hourly', '30 * * * *');
    const later = again();
    const done: unknown[] = [];
    await later.work('scan', async ({ payload }) => void done.push(payload.n));
    await later.work('hourly', async () => void done.push('hourly'));
    await pass(-step);
    assert.deepEqual(done, [1]);
    await pass(5_000);
    assert.deepEqual(done, [1, 2]);
    await pass(30 * 60_000);
    assert.deepEqual(done, [1, 2, 'hourly']);
  });

  test(`put back by ${name}: a job of a worker that fell silent is taken over`, async (context) => {
    const { queue, again, pass } = await clocked(context);
    await queue.work('scan', () => new Promise(() => undefined));
    await queue.send('scan', {});
    await queue.tick();
    const other = again();
    let taken = 0;
    await other.work('scan', async () => {
      taken += 1;
    });
    await pass(-step);
    assert.equal(taken, 1);
  });
}

test('put forward and back: what runs here is not started a second time, and is tried again when it fails', async (context) => {
  const { queue, pass, clock } = await clocked(context);
  const attempts: number[] = [];
  let fail: (error: Error) => void = () => undefined;
  await queue.work(
    'scan',
    ({ attempt }) => {
      attempts.push(attempt);
      return attempt > 1 ? Promise.resolve() : new Promise((_, reject) => (fail = reject));
    },
    { concurrency: 3 },
  );
  await queue.send('scan', {});
  await queue.tick();
  for (const step of [DAY, -DAY, -DAY]) {
    clock.now += step;
    await queue.tick();
  }
  assert.deepEqual(attempts, [1]);
  fail(new Error('broken'));
  await queue.idle();
  await pass(HOUR);
  assert.deepEqual(attempts, [1, 2]);
});
