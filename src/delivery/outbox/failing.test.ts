/** Targets that fail, hang, refuse or cannot be opened: what becomes of their events, and of their neighbours. */
import assert from 'node:assert/strict';
import { allDelivered, findingEvent, putTarget, scripted } from '../../../tests/support/events.ts';
import { clocked, taking, told } from '../../../tests/support/outbox.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import { DELIVERED, type Outcome, type TargetKind } from '../target.ts';
import { backlog, deadLetters, discard, replay } from './dead.ts';

onBothEngines(
  'an event that fails holds back its own successors only, and comes again with the same id',
  async (store, context) => {
    const sent: string[] = [];
    const ids: string[] = [];
    let broken = true;
    const kind = scripted((batch) =>
      batch.map(({ id, ordering }, index): Outcome => {
        const [name = ''] = told(batch.slice(index, index + 1));
        sent.push(name);
        if (!ordering.endsWith('1')) return DELIVERED;
        ids.push(id);
        return broken ? { kind: 'failed', error: 'not this one' } : DELIVERED;
      }),
    );
    await putTarget(store, kind.id);
    const { put, open, clock, troubles } = clocked(context, store, [kind]);
    await put(findingEvent(1), findingEvent(1, 'updated'), findingEvent(2), findingEvent(2, 'updated'));
    const one = open();
    await one.pass();
    assert.deepEqual(sent, ['1 created', '2 created', '2 updated']);
    assert.deepEqual(
      troubles.map(({ error, later, dead }) => [error, later, dead]),
      [['not this one', 1, 0]],
    );
    clock.now += 1_999;
    await one.pass();
    assert.equal(sent.length, 3);
    clock.now += 1;
    await one.pass();
    assert.equal(sent.length, 4);
    clock.now += 3_999;
    broken = false;
    await one.pass();
    assert.equal(sent.length, 4);
    clock.now += 1;
    await one.pass();
    assert.deepEqual(sent.slice(3), ['1 created', '1 created', '1 updated']);
    assert.equal(new Set(ids).size, 2);
    assert.match(ids[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  },
);

onBothEngines('a target that is down for a day loses nothing and keeps the order', async (store, context) => {
  let down = true;
  let asked = 0;
  const { kind, sent } = taking(() => {
    asked += 1;
    if (down) throw new Error('connection refused');
  });
  await putTarget(store, kind.id);
  const { put, open, clock } = clocked(context, store, [kind]);
  const one = open();
  const expected: string[] = [];
  for (let hour = 0; hour < 24; hour++) {
    await put(findingEvent(hour % 5, 'updated'), findingEvent(hour % 3, 'closed'));
    expected.push(`${hour % 5} updated`, `${hour % 3} closed`);
    for (let minute = 0; minute < 60; minute += 20) {
      clock.now += 20 * 60_000;
      await one.pass();
    }
  }
  // It was asked now and then, not once for every event.
  assert.ok(asked > 24 && asked <= 72, `${asked}`);
  down = false;
  clock.now += 300_000;
  await one.pass();
  assert.equal(sent.length, expected.length);
  for (let number = 0; number < 5; number++) {
    const of = (list: readonly string[]) => list.filter((text) => text.startsWith(`${number} `));
    assert.deepEqual(of(sent), of(expected));
  }
  assert.deepEqual(await backlog(store), []);
});

onBothEngines('a target that hangs slows nobody, and its events come again', async (store, context) => {
  let hang = true;
  const hanging = scripted((batch) => (hang ? new Promise<never>(() => undefined) : allDelivered(batch)), 'hanging');
  const { kind: good, sent } = taking(undefined, 'good');
  for (const { id } of [hanging, good]) await putTarget(store, id);
  const { put, open, clock, troubles } = clocked(context, store, [hanging, good]);
  await put(findingEvent(1));
  const one = open({ timeout: 600_000 });
  const first = one.pass();
  while (sent.length === 0) await new Promise((done) => setTimeout(done, 5));
  await put(findingEvent(2));
  one.wake();
  while (sent.length === 1) await new Promise((done) => setTimeout(done, 5));
  assert.equal(troubles.length, 0);
  await one.close();
  await first;
  const other = open({ timeout: 300 });
  await other.pass();
  assert.deepEqual(
    troubles.map(({ name, error }) => [name, error]),
    [
      ['hanging', 'Vedette is closing'],
      ['hanging', 'no answer within 0.3 s'],
    ],
  );
  hang = false;
  clock.now += 1_000;
  await other.pass();
  assert.deepEqual(await backlog(store), []);
});

onBothEngines('one poisonous event does not keep the others from a target that chokes on it', async (store, context) => {
  const { kind, sent } = taking((batch) => {
    if (told(batch)[0]?.startsWith('1 ')) throw new Error('reset');
  });
  await putTarget(store, kind.id);
  const { put, open, clock } = clocked(context, store, [{ ...kind, batch: 1 }]);
  const one = open();
  await put(findingEvent(1), findingEvent(2), findingEvent(3));
  await one.pass();
  clock.now += 1_000;
  await one.pass();
  await one.pass();
  assert.ok(sent.includes('2 created'));
  clock.now += 2_000;
  await one.pass();
  assert.deepEqual(sent, ['2 created', '3 created']);
});

onBothEngines('what is given up is kept, listed, replayed or thrown away, and holds nothing back', async (store, context) => {
  let answer: Outcome = { kind: 'refused', error: 'too large' };
  const sent: string[] = [];
  const kind = scripted((batch) =>
    batch.map(({ event }, index) => {
      assert.ok(event.kind === 'finding');
      sent.push(...told(batch.slice(index, index + 1)));
      return event.change === 'created' ? answer : DELIVERED;
    }),
  );
  const target = await putTarget(store, kind.id);
  const { put, open, clock, troubles } = clocked(context, store, [kind]);
  const one = open({ patience: { firstWait: 1, longestWait: 1, attempts: 3, age: 1_000_000 } });
  await put(findingEvent(1), findingEvent(1, 'updated'));
  await one.pass();
  assert.deepEqual(sent, ['1 created', '1 updated']);
  assert.deepEqual(
    troubles.map(({ later, dead }) => [later, dead]),
    [[0, 1]],
  );
  const [letter, ...others] = await deadLetters(store, { target }, 0, 10);
  assert.deepEqual([letter?.error, letter?.attempts, others.length], ['too large', 1, 0]);
  assert.deepEqual(await backlog(store), [{ target, waiting: 0, dead: 1, oldest: null }]);
  assert.deepEqual(await deadLetters(store, {}, letter?.id ?? 0, 10), []);
  // Failing three times is the end, too.
  answer = { kind: 'failed', error: 'no' };
  await put(findingEvent(2));
  for (let time = 0; time < 5; time++) {
    await one.pass();
    clock.now += 1;
  }
  assert.equal(sent.filter((name) => name === '2 created').length, 3);
  assert.equal(await store.write((tx) => replay(tx, { ids: [letter?.id ?? 0] }, clock.now)), 1);
  answer = DELIVERED;
  await one.pass();
  assert.equal((await deadLetters(store, {}, 0, 10)).length, 1);
  assert.equal(await store.write((tx) => discard(tx, { ids: [] })), 0);
  assert.equal(await store.write((tx) => discard(tx, { target })), 1);
  assert.deepEqual(await backlog(store), []);
});

onBothEngines('an event too old is given up even when the target never answered', async (store, context) => {
  const kind = scripted(() => {
    throw new Error('down');
  });
  await putTarget(store, kind.id);
  const { put, open, clock } = clocked(context, store, [kind]);
  const one = open();
  await put(findingEvent(1));
  await one.pass();
  clock.now += 7 * 24 * 3_600_000;
  await one.pass();
  assert.deepEqual(
    (await deadLetters(store, {}, 0, 10)).map(({ error }) => error),
    ['down'],
  );
});

onBothEngines('settings that cannot be opened pause the target, and new ones are used at once', async (store, context) => {
  const opened: unknown[] = [];
  const kind: TargetKind = {
    ...scripted(allDelivered),
    open: (configuration, secrets) => {
      opened.push([configuration, secrets]);
      return { send: async (batch) => allDelivered(batch), close: async () => undefined };
    },
  };
  const target = await putTarget(store, kind.id, { path: '/a' });
  const change = (set: object) => store.write((tx) => tx.updateTable('target').set(set).where('id', '=', target).execute());
  await change({ secrets: 'sealed' });
  const { put, open, clock, troubles } = clocked(context, store, [kind]);
  let key = false;
  const one = open({
    open: () => {
      if (!key) throw new Error('another key');
      return '{"secret":"x"}';
    },
  });
  await put(findingEvent(1));
  await one.pass();
  assert.deepEqual(
    troubles.map(({ error }) => error),
    ['another key'],
  );
  key = true;
  clock.now += 1_000;
  await one.pass();
  await change({ configuration: '{"path":"/b"}' });
  await put(findingEvent(2));
  await one.pass();
  await put(findingEvent(3));
  await one.pass();
  assert.deepEqual(opened, [
    [{ path: '/a' }, { secret: 'x' }],
    [{ path: '/b' }, { secret: 'x' }],
  ]);
});
