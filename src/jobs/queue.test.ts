/** The contract of queues, on the embedded one and on pg-boss. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { PgBoss } from 'pg-boss';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { atEnd } from '../../tests/support/end.ts';
import { newPlace, openFor } from '../../tests/support/stores.ts';
import type { Store } from '../store/index.ts';
import { embeddedQueue } from './embedded.ts';
import { openQueue } from './index.ts';
import { ATTEMPTS, type Job, type Queue } from './queue.ts';

interface Place {
  readonly store: Store;
  readonly place: string;
  /** Another queue over the same store, as another process would have it. */
  open(): Promise<Queue>;
}

function onBothQueues(name: string, check: (queue: Queue, place: Place) => Promise<void>): void {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(`${engine === 'sqlite' ? 'embedded' : 'pg-boss'}: ${name}`, async (context) => {
      const place = await newPlace(context, engine);
      if (place === undefined) return;
      const store = await openFor(context, place);
      const queues: Queue[] = [];
      const open = async () => {
        const opened = await openQueue(store, place, () => undefined);
        assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
        queues.push(opened.value);
        return opened.value;
      };
      try {
        await check(await open(), { store, place, open });
      } finally {
        await Promise.all(queues.map((queue) => queue.close(1_000)));
      }
    });
  }
}

/** Collects jobs and tells when there are enough. */
function collector() {
  const jobs: Job[] = [];
  let wanted = 0;
  let enough: () => void = () => undefined;
  return {
    jobs,
    take: async (job: Job): Promise<void> => {
      jobs.push(job);
      if (jobs.length >= wanted) enough();
    },
    until: (count: number): Promise<void> =>
      new Promise((resolve) => {
        wanted = count;
        enough = resolve;
        if (jobs.length >= count) resolve();
      }),
  };
}

onBothQueues('what is sent is handled once, whenever the worker comes', async (queue) => {
  const { take, until, jobs } = collector();
  assert.ok(await queue.send('scan', { resource: 1 }));
  await queue.work('scan', take, { concurrency: 2 });
  await queue.send('scan', { resource: 2 });
  await queue.send('other', { resource: 3 });
  await until(2);
  assert.deepEqual(jobs.map(({ payload }) => payload.resource).sort(), [1, 2]);
  assert.deepEqual(
    jobs.map(({ kind, attempt }) => [kind, attempt]),
    [
      ['scan', 1],
      ['scan', 1],
    ],
  );
});

onBothQueues('a key keeps a second waiting job out, not one of another kind or after the first began', async (queue) => {
  assert.deepEqual(await Promise.all([queue.send('a', { n: 1 }, { uniqueKey: 'k' }), queue.send('a', { n: 2 })]), [true, true]);
  assert.equal(await queue.send('a', { n: 3 }, { uniqueKey: 'k' }), false);
  assert.equal(await queue.send('a', { n: 4 }), true);
  assert.equal(await queue.send('b', { n: 5 }, { uniqueKey: 'k' }), true);
  const { take, until, jobs } = collector();
  let again: boolean | undefined;
  await queue.work('a', async (job) => {
    if (job.payload.n === 1) again = await queue.send('a', { n: 6 }, { uniqueKey: 'k' });
    await take(job);
  });
  await until(4);
  assert.equal(again, true);
  assert.deepEqual(jobs.map(({ payload }) => payload.n).sort(), [1, 2, 4, 6]);
});

onBothQueues('a job that belongs to a transaction is sent with it or not at all', async (queue, { store }) => {
  await queue.send('scan', { n: 0 });
  await assert.rejects(
    store.write(async (transaction) => {
      await queue.send('scan', { n: 1 }, { transaction });
      throw new Error('no');
    }),
  );
  await store.write(async (transaction) => {
    await queue.send('scan', { n: 2 }, { transaction });
  });
  const { take, until, jobs } = collector();
  await queue.work('scan', take);
  await until(2);
  assert.deepEqual(jobs.map(({ payload }) => payload.n).sort(), [0, 2]);
});

onBothQueues('a job whose time has not come waits, and is there for whoever comes after', async (queue, { open }) => {
  await queue.send('scan', { n: 1 }, { runAt: Date.now() + 3_600_000 });
  await queue.send('scan', { n: 2 });
  await queue.close();
  const next = await open();
  const { take, until, jobs } = collector();
  await next.work('scan', take);
  await until(1);
  assert.deepEqual(
    jobs.map(({ payload }) => payload.n),
    [2],
  );
});

onBothQueues('a job that fails is tried again', async (queue) => {
  const { take, until, jobs } = collector();
  await queue.work('scan', async (job) => {
    await take(job);
    if (job.attempt === 1) throw new Error('not yet');
  });
  await queue.send('scan', {});
  await until(2);
  assert.deepEqual(
    jobs.map(({ attempt }) => attempt),
    [1, 2],
  );
  assert.deepEqual(await queue.dead(), []);
});

onBothQueues('several workers share the jobs', async (queue, { store, open }) => {
  // The embedded store belongs to one process.
  const queues = store.engine === 'sqlite' ? [queue] : [queue, await open()];
  const { take, until, jobs } = collector();
  for (let n = 0; n < 20; n++) await queue.send('scan', { n });
  for (const one of queues) await one.work('scan', take, { concurrency: 10 });
  await until(20);
  assert.equal(new Set(jobs.map(({ payload }) => payload.n)).size, 20);
});

onBothQueues('a schedule is asked for again and again and stays one', async (queue, { store, open }) => {
  const queues = store.engine === 'sqlite' ? [queue] : [queue, await open()];
  for (const one of queues) await one.schedule('nightly', '0 3 * * *');
  await assert.rejects(queue.schedule('nightly', 'at night'));
});

onBothQueues('closing waits for what runs and tells it', async (queue) => {
  let told = false;
  let started: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  await queue.work('scan', async ({ signal }) => {
    started();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    told = true;
  });
  await queue.send('scan', {});
  await running;
  await queue.close();
  assert.ok(told);
});

test('pg-boss: what is given up is kept, told and replayed', async (context) => {
  const place = await newPlace(context, 'postgres');
  if (place === undefined) return;
  const store = await openFor(context, place);
  const opened = await openQueue(store, place, () => undefined);
  assert.ok(opened.ok);
  const queue = opened.value;
  const boss = new PgBoss({ connectionString: place, schema: 'vedette_jobs', supervise: false, schedule: false });
  await boss.start();
  try {
    await queue.send('scan', { n: 1 });
    // Its attempts take hours: the last one is made here.
    const [job] = await boss.fetch('scan', { includeMetadata: true });
    assert.equal(job?.retryLimit, ATTEMPTS - 1);
    await boss.getDb().executeSql(`update vedette_jobs.job set retry_count = retry_limit where name = 'scan'`);
    await boss.fail('scan', job?.id ?? '', { message: 'broken' });
    const [dead] = await queue.dead();
    assert.deepEqual([dead?.kind, dead?.payload, dead?.attempts, dead?.error], ['scan', { n: 1 }, ATTEMPTS, 'broken']);
    assert.equal(await queue.replay('other', dead?.id ?? ''), false);
    assert.equal(await queue.replay('scan', dead?.id ?? ''), true);
    const { take, until, jobs } = collector();
    await queue.work('scan', take);
    await until(1);
    assert.deepEqual([jobs[0]?.payload, jobs[0]?.attempt], [{ n: 1 }, 1]);
    assert.deepEqual(await queue.dead(), []);
  } finally {
    await boss.stop({ graceful: false });
    await queue.close(1_000);
  }
});

test('pg-boss: what cannot be reached is told', async (context) => {
  const store = await openFor(context, join(temporaryDirectory(context), 'vedette.db'));
  const opened = await openQueue(
    { ...store, engine: 'postgres' },
    'postgres://x@localhost/x?host=%2Fnonexistent',
    () => undefined,
  );
  assert.equal(opened.ok ? '' : opened.problem.code, 'jobs-unreachable');
});

test('embedded: an idle queue asks the store nothing until something is written or due', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const store = await openFor(context, join(temporaryDirectory(context), 'vedette.db'));
  let now = 1_000_000;
  let writes = 0;
  const counted: Store = {
    ...store,
    write(work) {
      writes += 1;
      return store.write(work);
    },
  };
  const queue = embeddedQueue(counted, { now: () => now, poll: 1_000 });
  atEnd(context, () => queue.close());
  const done: unknown[] = [];
  await queue.work('one', async ({ payload }) => void done.push(payload.number));
  await queue.send('one', { number: 1 });
  await queue.send('one', { number: 2 }, { runAt: now + 10_000 });
  const settled = async () => {
    await queue.tick();
    await queue.idle();
    await queue.tick();
  };
  await settled();
  assert.deepEqual(done, [1]);
  writes = 0;
  const poll = async () => {
    context.mock.timers.tick(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (let time = 0; time < 5; time++) await poll();
  assert.equal(writes, 0);
  // Another part of the process writes.
  await store.write((tx) => queue.send('one', { number: 3 }, { transaction: tx }));
  await poll();
  await settled();
  assert.deepEqual(done, [1, 3]);
  now += 10_000;
  writes = 0;
  await poll();
  assert.equal(writes > 0, true, 'its time has come');
  await settled();
  assert.deepEqual(done, [1, 3, 2]);
  writes = 0;
  now -= 3_600_000;
  await poll();
  assert.equal(writes > 0, true, 'the clock was put back');
  await settled();
});
