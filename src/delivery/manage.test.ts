/** Targets in the store. */
import assert from 'node:assert/strict';
import { ACCOUNT, findingEvent } from '../../tests/support/events.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import { both, together } from '../../tests/support/together.ts';
import type { Store } from '../store/index.ts';
import { sealer } from '../store/seal.ts';
import { addTarget, changeTarget, listTargets, removeTarget, type TargetChange, type TargetInput } from './manage.ts';
import { enqueue } from './outbox/enqueue.ts';

const keys = sealer(Buffer.alloc(32, 1));
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const input: TargetInput = {
  account: ACCOUNT,
  name: 'siem',
  kind: 'webhook',
  configuration: { url: 'https://example.org/' },
  secrets: { secret: SECRET },
};

onBothEngines('targets are made, shown without their secrets, changed and removed', async (store) => {
  const add = (one: TargetInput) => store.write((tx) => addTarget(tx, one, keys, 5));
  const made = await add(input);
  assert.ok(made.ok);
  const id = made.value;
  for (const [wrong, code] of [
    [input, 'target-exists'],
    [{ ...input, name: 'a b' }, 'target-invalid'],
    [{ ...input, kind: 'pigeon' }, 'target-invalid'],
    [{ ...input, name: 'b', secrets: {} }, 'target-invalid'],
  ] as const) {
    const result = await add(wrong);
    assert.equal(result.ok ? '' : result.problem.code, code);
  }
  const view = { id, account: ACCOUNT, name: 'siem', kind: 'webhook', configuration: input.configuration, secrets: ['secret'] };
  assert.deepEqual(await listTargets(store, keys), [{ ...view, enabled: true, createdAt: 5 }]);
  const row = await store.read.selectFrom('target').selectAll().executeTakeFirstOrThrow();
  assert.ok(!JSON.stringify(row).includes(SECRET.slice(6)));

  const change = (what: object, which = id) => store.write((tx) => changeTarget(tx, which, what, keys));
  assert.ok((await change({ enabled: false, configuration: { url: 'https://example.org/b' } })).ok);
  const changed = await store.read.selectFrom('target').selectAll().executeTakeFirstOrThrow();
  assert.equal(keys.open(changed.secrets ?? ''), JSON.stringify({ secret: SECRET }));
  assert.deepEqual([changed.enabled, changed.configuration], [0, '{"url":"https://example.org/b"}']);
  assert.ok(!(await change({ configuration: {} })).ok);
  assert.ok(!(await change({ secrets: {} })).ok);
  assert.ok(!(await change({}, id + 1)).ok);
  assert.ok((await change({ enabled: true })).ok);
  assert.equal(await store.write((tx) => enqueue(tx, [findingEvent(1)], 0)), 1);
  assert.equal(await store.write((tx) => removeTarget(tx, id)), true);
  assert.equal(await store.write((tx) => removeTarget(tx, id)), false);
  assert.deepEqual(await store.read.selectFrom('outbox').selectAll().execute(), []);
});

onBothEngines(
  "targets that are made and changed at the same time: names are one target's, and nothing said is lost",
  async (store) => {
    const add = (on: Store) => on.write((tx) => addTarget(tx, input, keys, 5));
    const [made, second] = both(await together(store, add, add));
    assert.ok(made.ok);
    assert.equal(second.ok ? '' : second.problem.code, 'target-exists');
    const change = (what: TargetChange) => (on: Store) => on.write((tx) => changeTarget(tx, made.value, what, keys));
    both(await together(store, change({ name: 'other' }), change({ enabled: false })));
    const { name, enabled } = await store.read.selectFrom('target').selectAll().executeTakeFirstOrThrow();
    assert.deepEqual([name, enabled], ['other', 0]);
  },
);

onBothEngines('what is about to be sent to a target goes with it', async (store) => {
  const made = await store.write((tx) => addTarget(tx, input, keys, 5));
  assert.ok(made.ok);
  const removed = await together(
    store,
    (held) => held.write((tx) => enqueue(tx, [findingEvent(1)], 0)),
    () => store.write((tx) => removeTarget(tx, made.value)),
  );
  assert.deepEqual(both(removed), [1, true]);
  assert.deepEqual(await store.read.selectFrom('outbox').selectAll().execute(), []);
});
