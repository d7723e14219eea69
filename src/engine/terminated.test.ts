/** Instances that a snapshot lacks: which are gone, and which nobody knows of; over a store on both engines. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { compiledDatabase } from '../../tests/support/database.ts';
import { inventoryOf, packageOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import type { CallId } from '../estate/calls.ts';
import type { Estate, Row, Table } from '../estate/estate.ts';
import { openEstate } from '../estate/read.ts';
import { fields, items } from '../inventory/values.ts';
import type { Store } from '../store/index.ts';
import { activate } from './fleet.ts';
import { ingest } from './ingest.ts';
import { matcher } from './matcher.ts';
import { assessEstate } from './network.ts';
import { presentInstances } from './terminated.ts';

const DAY = 24 * 60 * 60 * 1000;
const START = Date.parse('2026-01-10T00:00:00Z');
const INSTANCES = 'ec2.DescribeInstances';

async function snapshot(): Promise<Estate> {
  const opened = await openEstate(join(import.meta.dirname, '../../examples/estate/snapshot'));
  assert.ok(opened.ok);
  return opened.value;
}

/** The snapshot with another answer to DescribeInstances everywhere. */
function changed({ regions, problems }: Estate, change: (table: Table) => Table): Estate {
  return {
    problems,
    regions: regions.map((place) => ({
      account: place.account,
      region: place.region,
      table: (call: CallId) => (call === INSTANCES ? change(place.table(call)) : place.table(call)),
      tables: (call: CallId) => place.tables(call),
    })),
  };
}

function eachInstance(change: (instance: Row) => readonly unknown[]): (table: Table) => Table {
  return (table) => {
    if (table.kind !== 'rows') return table;
    const rows = table.rows.map((row) => ({
      ...row,
      Instances: items(row.Instances).flatMap((one) => change(fields(one) ?? {})),
    }));
    return { kind: 'rows', rows };
  };
}

const lacks = (...uids: readonly string[]) => eachInstance((one) => (uids.includes(String(one.InstanceId)) ? [] : [one]));

/** Two instances of the snapshot that can be reached, in one region. */
async function reached(store: Store) {
  const rows = await store.read
    .selectFrom('resource')
    .innerJoin('finding', 'finding.resource_id', 'resource.id')
    .select(['resource.uid', 'resource.account', 'resource.region'])
    .distinct()
    .orderBy('resource.account')
    .orderBy('resource.region')
    .orderBy('resource.uid')
    .execute();
  const groups = Map.groupBy(rows, ({ account, region }) => `${account} ${region}`);
  const [one, two] = [...groups.values()].find((group) => group.length > 1) ?? [];
  assert.ok(one !== undefined && two !== undefined);
  return [one, two] as const;
}

async function stateOf(store: Store, uid: string) {
  const row = await store.read
    .selectFrom('resource')
    .select(['id', 'status_reason', 'removed_at'])
    .where('uid', '=', uid)
    .executeTakeFirstOrThrow();
  const findings = await store.read
    .selectFrom('finding')
    .select(['status', 'closed_by'])
    .distinct()
    .where('resource_id', '=', row.id)
    .execute();
  const said = findings.map(({ status, closed_by }) => (closed_by === null ? status : `${status} ${closed_by}`));
  return `${row.removed_at === null ? '' : 'removed '}${row.status_reason}: ${said.sort().join(', ')}`;
}

onBothEngines('an instance that a whole snapshot lacks is terminated, and back when one has it', async (store) => {
  const whole = await snapshot();
  await assessEstate(store, whole, () => START);
  const [gone, other] = await reached(store);
  const unmanaged = 'UNMANAGED_EC2_INSTANCE: ACTIVE';

  // What may hide it: the table failed, is absent, or has rows that name nothing.
  const failed: Table = { kind: 'failed', code: 'AccessDenied', message: 'not allowed' };
  for (const table of [failed, { kind: 'absent' } as const]) {
    await assessEstate(
      store,
      changed(whole, () => table),
      () => START + DAY,
    );
    assert.equal(await stateOf(store, gone.uid), unmanaged);
  }
  const nameless = eachInstance(({ InstanceId, ...rest }) => [InstanceId === gone.uid ? rest : { InstanceId, ...rest }]);
  await assessEstate(store, changed(whole, nameless), () => START + DAY);
  assert.equal(await stateOf(store, gone.uid), unmanaged);
  // Another region says nothing of this one.
  const elsewhere = whole.regions.filter(({ account, region }) => account !== gone.account || region !== gone.region);
  await assessEstate(store, { regions: elsewhere, problems: [] }, () => START + DAY);
  assert.equal(await stateOf(store, gone.uid), unmanaged);

  const ended = await assessEstate(store, changed(whole, lacks(gone.uid)), () => START + DAY);
  assert.equal(await stateOf(store, gone.uid), 'removed RESOURCE_TERMINATED: CLOSED resource-removed');
  assert.equal(await stateOf(store, other.uid), unmanaged);
  assert.ok(ended.changes.closed.length > 0);

  const back = await assessEstate(store, whole, () => START + 2 * DAY);
  assert.equal(await stateOf(store, gone.uid), unmanaged);
  assert.equal(back.changes.reopened.length, ended.changes.closed.length);

  const dead = eachInstance((one) => [one.InstanceId === gone.uid ? { ...one, State: { Name: 'terminated' } } : one]);
  await assessEstate(store, changed(whole, dead), () => START + 3 * DAY);
  assert.equal(await stateOf(store, gone.uid), 'removed RESOURCE_TERMINATED: CLOSED resource-removed');
});

onBothEngines('a host that reports itself is believed until it falls silent', async (store, context) => {
  const database = await compiledDatabase(context, []);
  await activate(store, undefined, database);
  const whole = await snapshot();
  await assessEstate(store, whole, () => START);
  const [{ uid, account, region }] = await reached(store);
  const hand = (name: string, instance: string) =>
    ingest(
      store,
      matcher(database, '2026-01-10'),
      {
        description: { kind: 'host', name, instance },
        inventory: inventoryOf([packageOf({ type: 'npm', name: 'left', version: '1.0' })]),
        place: { account, region },
        origin: 'agent',
        trigger: 'inventory',
      },
      () => START,
    );
  await hand('web', uid);
  // No snapshot ever had this one: it is a machine of somebody's own.
  await hand('own', 'i-0123456789abcdef0');
  const without = changed(whole, lacks(uid));
  await assessEstate(store, without, () => START + DAY);
  assert.equal(await stateOf(store, uid), 'SUCCESSFUL: ACTIVE');
  await assessEstate(store, without, () => START + 8 * DAY);
  assert.equal(await stateOf(store, uid), 'removed RESOURCE_TERMINATED: CLOSED resource-removed');
  assert.equal(await stateOf(store, 'i-0123456789abcdef0'), 'SUCCESSFUL: ');
});

test('a reservation without a list of instances may hold any', () => {
  const place = { account: '1', region: 'r', tables: () => new Map() };
  const rows = [{ Instances: [{ InstanceId: 'i-1' }] }, { ReservationId: 'r-2' }];
  assert.deepEqual(presentInstances({ ...place, table: () => ({ kind: 'rows', rows }) }), { ids: ['i-1'], isWhole: false });
});
