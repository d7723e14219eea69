/** Decisions about findings, on both engines: what is suppressed, told and brought back. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { compiledDatabase } from '../../tests/support/database.ts';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { beforeTwo } from '../../tests/support/engine.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import { addTarget } from '../delivery/manage.ts';
import { sealer } from '../store/seal.ts';
import { activate } from './fleet.ts';
import { ingest } from './ingest.ts';
import { matcher } from './matcher.ts';
import { type Decision, decide, expireTriage } from './triage.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const START = Date.parse('2026-01-10T00:00:00Z');
const DAY = 24 * 60 * 60 * 1000;

onBothEngines('a decision is about one finding of one resource, and every change of a status is told', async (store, context) => {
  const database = await compiledDatabase(context, [beforeTwo('CVE-2025-0001', 'left')]);
  await activate(store, undefined, database);
  const path = join(temporaryDirectory(context), 'events.ndjson');
  const target = { account: PLACE.account, name: 'events', kind: 'file', configuration: { path, events: ['finding'] } };
  await store.write((tx) => addTarget(tx, target, sealer(Buffer.alloc(32)), START));
  const inventory = inventoryOf([packageOf({ type: 'npm', name: 'left', version: '1.0' })], systemOf('debian', '12'));
  const one = matcher(database, '2026-01-10');
  for (const name of ['a', 'b']) {
    const arrival = { description: { kind: 'host' as const, name }, inventory, place: PLACE, origin: 'push' };
    await ingest(store, one, { ...arrival, trigger: 'inventory' }, () => START);
  }
  const [finding] = await store.read
    .selectFrom('finding')
    .select(['id', 'resource_id', 'key', 'account'])
    .orderBy('id')
    .execute();
  assert.ok(finding !== undefined);
  const statuses = async () =>
    (await store.read.selectFrom('finding').select('status').orderBy('id').execute()).map(({ status }) => status);
  const told = async () => {
    const rows = await store.read.selectFrom('outbox').select('payload').orderBy('id').execute();
    return rows.map(({ payload }) => JSON.parse(payload).change);
  };
  const decision = (over: Partial<Decision>): Decision => ({
    status: 'accepted',
    reason: null,
    owner: null,
    expiresAt: null,
    ...over,
  });
  const settle = (over: Partial<Decision> | undefined, now: number) =>
    store.write((tx) => decide(tx, finding, over && decision(over), 'ann', now));

  await settle({ expiresAt: START + DAY }, START);
  assert.deepEqual(await statuses(), ['SUPPRESSED', 'ACTIVE']);
  // Said again: nothing changes, nothing is told.
  await settle({ reason: 'still', expiresAt: START + DAY }, START + 1);
  assert.equal(await expireTriage(store, START + DAY - 1), 0);
  assert.equal(await expireTriage(store, START + DAY), 1);
  assert.deepEqual(await statuses(), ['ACTIVE', 'ACTIVE']);
  assert.equal(await expireTriage(store, START + DAY), 0);
  await settle({ status: 'false-positive' }, START + DAY);
  assert.deepEqual(await statuses(), ['SUPPRESSED', 'ACTIVE']);
  await settle({ status: 'mitigated' }, START + DAY);
  assert.deepEqual(await statuses(), ['ACTIVE', 'ACTIVE']);
  await settle(undefined, START + DAY);
  assert.deepEqual(await told(), ['created', 'created', 'suppressed', 'unsuppressed', 'suppressed', 'unsuppressed']);
  assert.equal((await store.read.selectFrom('triage_event').select('id').execute()).length, 5);
});
