/** Scan types switched off and on, windows of images, and that neither lets a change of the advisories slip. */
import assert from 'node:assert/strict';
import { advisoryOf, affectedOf, compiledDatabase } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import type { Advisory } from '../model/advisory.ts';
import { type Account, readAccount, saveAccount } from '../store/accounts.ts';
import type { Store } from '../store/index.ts';
import { followActivation } from './activation.ts';
import { sweep } from './coverage.ts';
import { activate } from './fleet.ts';
import { ingest, rescan } from './ingest.ts';
import { matcher } from './matcher.ts';
import { rematchSome } from './rematch.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const DAY = 24 * 60 * 60 * 1000;
const TODAY = '2026-01-10';
const START = Date.parse(`${TODAY}T00:00:00Z`);

function advisory(id: string, name: string): Advisory {
  const affected = [affectedOf({ name, ranges: [{ introduced: '0', fixed: '2.0' }] })];
  return advisoryOf({ id: `ADV-${id}`, vulnerabilities: [id], affected });
}

function arrival(kind: 'host' | 'image', name: string) {
  const inventory = inventoryOf([packageOf({ type: 'npm', name: 'left', version: '1.0' })], systemOf('debian', '12'));
  return { description: { kind, name }, inventory, place: PLACE, origin: 'push', trigger: 'inventory' as const };
}

async function change(store: Store, over: Partial<Account>): Promise<void> {
  const account = await readAccount(store.read, PLACE.account);
  await store.write((tx) => saveAccount(tx, { ...account, ...over }, START));
}

function switched(type: 'EC2' | 'ECR', to: 'ENABLED' | 'DISABLED') {
  return async (store: Store) => {
    const { status } = await readAccount(store.read, PLACE.account);
    await change(store, { status: { ...status, [type]: to } });
  };
}

async function coverage(store: Store): Promise<readonly string[]> {
  const rows = await store.read.selectFrom('resource').select(['name', 'status_code', 'status_reason']).orderBy('name').execute();
  return rows.map((row) => `${row.name} ${row.status_code} ${row.status_reason}`);
}

async function findings(store: Store): Promise<readonly string[]> {
  const rows = await store.read
    .selectFrom('finding')
    .innerJoin('resource', 'resource.id', 'finding.resource_id')
    .select(['resource.name', 'finding.key', 'finding.status', 'finding.closed_by'])
    .orderBy('resource.name')
    .orderBy('finding.key')
    .execute();
  return rows.map(({ name, key, status, closed_by }) => [name, key, status, closed_by ?? ''].join(' ').trim());
}

onBothEngines('a type that is switched off has no findings, and has them again when it is on', async (store, context) => {
  const first = await compiledDatabase(context, [advisory('CVE-2025-0001', 'left')]);
  const second = await compiledDatabase(context, [advisory('CVE-2025-0001', 'left'), advisory('CVE-2025-0002', 'left')]);
  let now = START;
  const clock = () => now;
  await activate(store, undefined, first);
  for (const one of [arrival('host', 'web'), arrival('image', 'app')]) await ingest(store, matcher(first, TODAY), one, clock);
  assert.deepEqual(await followActivation(store, now), { switchedOff: 0, resumed: [], instances: false });

  await switched('EC2', 'DISABLED')(store);
  assert.equal((await followActivation(store, now)).switchedOff, 1);
  assert.equal((await followActivation(store, now)).switchedOff, 0);
  const off = ['app ACTIVE SUCCESSFUL', 'web INACTIVE PENDING_DISABLE'];
  assert.deepEqual(await coverage(store), off);
  assert.deepEqual(await findings(store), ['app CVE-2025-0001 ACTIVE', 'web CVE-2025-0001 CLOSED scan-disabled']);

  // Neither a new inventory nor new advisories make findings of it; a new host is kept the same way.
  await ingest(store, matcher(first, TODAY), arrival('host', 'web'), clock);
  await ingest(store, matcher(first, TODAY), arrival('host', 'zed'), clock);
  await activate(store, first, second);
  const two = matcher(second, TODAY);
  await rematchSome(store, two, clock);
  assert.deepEqual(await coverage(store), [...off, 'zed INACTIVE PENDING_DISABLE']);
  assert.deepEqual(await findings(store), [
    'app CVE-2025-0001 ACTIVE',
    'app CVE-2025-0002 ACTIVE',
    'web CVE-2025-0001 CLOSED scan-disabled',
  ]);

  now += DAY;
  await switched('EC2', 'ENABLED')(store);
  const { resumed, instances, switchedOff } = await followActivation(store, now);
  assert.deepEqual([resumed.length, instances, switchedOff], [2, true, 0]);
  for (const id of resumed) assert.ok(await rescan(store, two, id, clock));
  assert.deepEqual(await coverage(store), ['app ACTIVE SUCCESSFUL', 'web ACTIVE SUCCESSFUL', 'zed ACTIVE SUCCESSFUL']);
  assert.deepEqual(
    await findings(store),
    ['app', 'web', 'zed'].flatMap((name) => [`${name} CVE-2025-0001 ACTIVE`, `${name} CVE-2025-0002 ACTIVE`]),
  );
  assert.equal((await store.read.selectFrom('finding').select('arn').where('generation', '>', 0).execute()).length, 0);
});

onBothEngines('a rescan while units wait does not take the news from other resources', async (store, context) => {
  const first = await compiledDatabase(context, []);
  const second = await compiledDatabase(context, [advisory('CVE-2025-0003', 'left')]);
  await activate(store, undefined, first);
  const ids: number[] = [];
  for (const name of ['a', 'b']) {
    const done = await ingest(store, matcher(first, TODAY), arrival('host', name), () => START);
    ids.push(done?.resource ?? 0);
  }
  await activate(store, first, second);
  const two = matcher(second, TODAY);
  assert.equal((await rescan(store, two, ids[0] ?? 0, () => START))?.changes.created.length, 1);
  await rematchSome(store, two, () => START);
  assert.deepEqual(await findings(store), ['a CVE-2025-0003 ACTIVE', 'b CVE-2025-0003 ACTIVE']);
});

onBothEngines(
  'images leave the window that their account configured, and advisories do not bring them back',
  async (store, context) => {
    const first = await compiledDatabase(context, [advisory('CVE-2025-0001', 'left')]);
    const second = await compiledDatabase(context, [advisory('CVE-2025-0002', 'left')]);
    await activate(store, undefined, first);
    const done = await ingest(store, matcher(first, TODAY), arrival('image', 'app'), () => START);
    assert.equal(await sweep(store, START + 400 * DAY), 0);
    await change(store, { settings: { ecr: { rescanDuration: 'DAYS_14' } } });
    assert.equal(await sweep(store, START + 14 * DAY), 0);
    assert.equal(await sweep(store, START + 14 * DAY + 1), 1);
    const expired = ['app INACTIVE SCAN_ELIGIBILITY_EXPIRED'];
    assert.deepEqual(await coverage(store), expired);
    await activate(store, first, second);
    const two = matcher(second, TODAY);
    await rematchSome(store, two, () => START + 15 * DAY);
    assert.equal(await rescan(store, two, done?.resource ?? 0, () => START + 15 * DAY), undefined);
    assert.deepEqual(await coverage(store), expired);
    assert.deepEqual(await findings(store), ['app CVE-2025-0001 CLOSED not-eligible']);
    // Pushed again.
    await ingest(store, two, arrival('image', 'app'), () => START + 16 * DAY);
    assert.deepEqual(await findings(store), ['app CVE-2025-0001 CLOSED not-eligible', 'app CVE-2025-0002 ACTIVE']);
    assert.equal(await sweep(store, START + 16 * DAY), 0);
  },
);
