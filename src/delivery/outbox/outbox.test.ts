/** The outbox: what is promised about order, loss, repetition and neighbours, on both engines. */
import assert from 'node:assert/strict';
import { ACCOUNT, allDelivered, findingEvent, putTarget, scripted } from '../../../tests/support/events.ts';
import { clocked, START, taking, told } from '../../../tests/support/outbox.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import type { TargetKind } from '../target.ts';
import { claim } from './claim.ts';
import { backlog } from './dead.ts';
import { activeTargets, enqueue } from './enqueue.ts';

const LEASE = { until: START + 90_000, latest: Number.MAX_SAFE_INTEGER };

onBothEngines(
  'nothing is written without targets; each target gets what it takes of its account and its members',
  async (store, context) => {
    const { kind, sent } = taking();
    const { put, open } = clocked(context, store, [kind]);
    assert.equal(await put(findingEvent(1)), 0);
    assert.deepEqual(await store.write((tx) => activeTargets(tx)), []);
    await putTarget(store, kind.id);
    await putTarget(store, kind.id, { events: ['scan'] }, 'scans');
    await putTarget(store, kind.id, {}, 'other', '999999999999');
    await putTarget(store, kind.id, {}, 'admin', '222222222222');
    const off = await putTarget(store, kind.id, {}, 'off');
    await store.write((tx) => tx.updateTable('target').set({ enabled: 0 }).where('id', '=', off).execute());
    assert.equal(await put(findingEvent(1)), 1);
    const account = {
      id: ACCOUNT,
      name: null,
      admin: '222222222222',
      relationship: 'ENABLED',
      status: '{}',
      configuration: '{}',
    };
    await store.write((tx) =>
      tx
        .insertInto('account')
        .values({ ...account, created_at: 0, updated_at: 0 })
        .execute(),
    );
    assert.equal(await put(findingEvent(2), findingEvent(3)), 4);
    await open().pass();
    assert.deepEqual(sent.sort(), ['1 created', '2 created', '2 created', '3 created', '3 created']);
    assert.deepEqual(await backlog(store), []);
  },
);

onBothEngines('what is not committed is not sent', async (store, context) => {
  const kind = scripted(allDelivered);
  await putTarget(store, kind.id);
  await assert.rejects(
    store.write(async (tx) => {
      assert.equal(await enqueue(tx, [findingEvent(1)], START, [kind]), 1);
      throw new Error('no');
    }),
  );
  const { open } = clocked(context, store, [kind]);
  await open().pass();
  assert.deepEqual(await store.read.selectFrom('outbox').selectAll().execute(), []);
});

onBothEngines('events of one finding are sent in order, never two of it at once', async (store, context) => {
  const batches: string[][] = [];
  const kind = scripted((batch) => {
    batches.push(told(batch));
    return allDelivered(batch);
  });
  await putTarget(store, kind.id);
  const { put, open } = clocked(context, store, [kind]);
  await put(findingEvent(1), findingEvent(2), findingEvent(1, 'updated'));
  await put(findingEvent(1, 'closed'));
  await open().pass();
  assert.deepEqual(batches, [['1 created', '2 created'], ['1 updated'], ['1 closed']]);
});

onBothEngines('two workers never send the same event, unless a lease ran out', async (store, context) => {
  const counts = new Map<string, number>();
  let let1: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    let1 = resolve;
  });
  let hold = false;
  const kind = scripted(async (batch) => {
    for (const name of told(batch)) counts.set(name, (counts.get(name) ?? 0) + 1);
    if (hold) await held;
    return allDelivered(batch);
  });
  await putTarget(store, kind.id);
  const { put, open, clock } = clocked(context, store, [{ ...kind, concurrency: 2 }]);
  await put(...Array.from({ length: 60 }, (_, index) => findingEvent(index)));
  const [one, two] = [open({ timeout: 60_000 }), open({ timeout: 60_000 })];
  await Promise.all([one.pass(), two.pass()]);
  assert.equal(counts.size, 60);
  assert.deepEqual([...new Set(counts.values())], [1]);
  // One worker hangs beyond its lease (its own clock stands still), another takes over.
  await put(findingEvent(100));
  hold = true;
  const slow = one.pass();
  while (!counts.has('100 created')) await new Promise((done) => setTimeout(done, 5));
  hold = false;
  await two.pass();
  assert.equal(counts.get('100 created'), 1);
  clock.now += 151_001;
  await two.pass();
  assert.equal(counts.get('100 created'), 2);
  let1();
  await slow;
  assert.deepEqual(await backlog(store), []);
});

onBothEngines('closing ends what is under way; it is sent by the next', async (store, context) => {
  let hang = true;
  const asked = Promise.withResolvers<void>();
  const { kind, sent } = taking(() => {
    asked.resolve();
    return hang ? new Promise<never>(() => undefined) : undefined;
  });
  await putTarget(store, kind.id);
  const { put, open } = clocked(context, store, [kind]);
  await put(findingEvent(1));
  const one = open();
  const pass = one.pass();
  await asked.promise;
  await one.close();
  await pass;
  hang = false;
  await open().pass();
  assert.deepEqual(sent, ['1 created']);
});

onBothEngines(
  'closing after events were taken up and before they are sent: nothing is sent, and it ends',
  async (store, context) => {
    const { kind, sent } = taking();
    let closed: Promise<void> | undefined;
    const closing = (): void => {
      closed ??= one.close();
    };
    const closes: TargetKind = {
      ...kind,
      open(configuration, secrets) {
        closing();
        return kind.open(configuration, secrets);
      },
    };
    await putTarget(store, kind.id);
    const { put, open } = clocked(context, store, [closes]);
    await put(findingEvent(1));
    const one = open();
    await one.pass();
    await closed;
    assert.deepEqual(sent, []);
    await open().pass();
    assert.deepEqual(sent, ['1 created']);
  },
);

onBothEngines(
  'lanes that see changed settings at the same time share one sender, and the old one is closed',
  async (store, context) => {
    const { kind, sent } = taking();
    const closing = Promise.withResolvers<void>();
    const senders: { closed: boolean }[] = [];
    const counted: TargetKind = {
      ...kind,
      batch: 1,
      concurrency: 2,
      open(configuration, secrets) {
        const state = { closed: false };
        senders.push(state);
        const close = async () => {
          // Until then the other lane has opened the new one.
          if (state === senders[0]) await closing.promise;
          state.closed = true;
        };
        return { ...kind.open(configuration, secrets), close };
      },
    };
    const target = await putTarget(store, kind.id);
    const { put, open } = clocked(context, store, [counted]);
    const one = open();
    await put(findingEvent(1));
    await one.pass();
    await store.write((tx) => tx.updateTable('target').set({ configuration: '{"a":1}' }).where('id', '=', target).execute());
    await put(findingEvent(2), findingEvent(3));
    const pass = one.pass();
    while (senders.length < 2) await new Promise(setImmediate);
    closing.resolve();
    await pass;
    await one.close();
    assert.deepEqual(sent.sort(), ['1 created', '2 created', '3 created']);
    assert.deepEqual(senders, [{ closed: true }, { closed: true }]);
  },
);

onBothEngines('who is alone takes up at once what a process that was killed had under way', async (store, context) => {
  const { kind, sent } = taking();
  const target = await putTarget(store, kind.id);
  const { put, open, clock } = clocked(context, store, [kind]);
  await put(findingEvent(1));
  assert.equal((await claim(store, target, 10, clock.now, LEASE)).batch.length, 1);
  await open().pass();
  assert.deepEqual(sent, []);
  await open({ alone: true }).pass();
  assert.deepEqual(sent, ['1 created']);
});
