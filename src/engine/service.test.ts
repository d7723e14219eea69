/** Suppression, coverage, the estate and forgetting, over a store on both engines. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { advisoryOf, affectedOf, compiledDatabase } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import type { CallId } from '../estate/calls.ts';
import type { Row } from '../estate/estate.ts';
import { openEstate } from '../estate/read.ts';
import { items } from '../inventory/values.ts';
import type { AdvisorySeverity } from '../model/advisory.ts';
import { type EcrSettings, readAccount, saveAccount } from '../store/accounts.ts';
import { listCoverage } from '../store/findings/coverage.ts';
import type { Store } from '../store/index.ts';
import { removeResource, sweep } from './coverage.ts';
import { activate } from './fleet.ts';
import { type Arrival, ingest } from './ingest.ts';
import { type Matcher, matcher } from './matcher.ts';
import { assessEstate } from './network.ts';
import type { Description } from './resource.ts';
import { forget } from './retention.ts';
import { resuppress } from './suppression.ts';

const ACCOUNT = '123456789012';
const DAY = 24 * 60 * 60 * 1000;
const START = Date.parse('2026-01-10T00:00:00Z');
const VECTOR: AdvisorySeverity = { kind: 'cvss-v3', value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', source: 'nvd' };

/** Two vulnerable npm packages, one of them with a score. */
async function ready(context: TestContext, store: Store): Promise<Matcher> {
  const database = await compiledDatabase(context, [
    advisoryOf({ id: 'CVE-2025-0001', severities: [VECTOR], affected: [affectedOf({ name: 'left' })] }),
    advisoryOf({ id: 'CVE-2025-0002', affected: [affectedOf({ name: 'right' })] }),
  ]);
  await activate(store, undefined, database);
  return matcher(database, '2026-01-10');
}

function arrival(description: Description, names: readonly string[], region = 'eu-west-1'): Arrival {
  const packages = names.map((name) => packageOf({ type: 'npm', name, version: '1.0' }));
  const inventory = inventoryOf(packages, systemOf('debian', '12'), description.kind === 'host' ? 'host' : 'image');
  return { description, inventory, place: { account: ACCOUNT, region }, origin: 'push', trigger: 'inventory' };
}

async function statuses(store: Store): Promise<readonly string[]> {
  const rows = await store.read
    .selectFrom('finding')
    .innerJoin('resource', 'resource.id', 'finding.resource_id')
    .select(['resource.name', 'finding.key', 'finding.status'])
    .orderBy('resource.name')
    .orderBy('finding.key')
    .execute();
  return rows.map(({ name, key, status }) => `${name} ${key} ${status}`);
}

async function addFilter(store: Store, name: string, criteria: object): Promise<void> {
  const row = { name, arn: `arn:${name}`, account: ACCOUNT, action: 'SUPPRESS', criteria: JSON.stringify(criteria) };
  await store.write((tx) =>
    tx
      .insertInto('filter')
      .values({ ...row, description: null, reason: null, created_at: START, updated_at: START })
      .execute(),
  );
}

const WEB = { kind: 'host', name: 'web' } as const;
const APP = { kind: 'host', name: 'app' } as const;

onBothEngines('rules hide existing and new findings at once, and free them when they go', async (store, context) => {
  const one = await ready(context, store);
  const clock = () => START;
  const apply = () => store.write((tx) => resuppress(tx, ACCOUNT, START));
  await ingest(store, one, arrival(WEB, ['left', 'right']), clock);
  await addFilter(store, 'first', { vulnerabilityId: [{ comparison: 'EQUALS', value: 'CVE-2025-0001' }] });
  assert.equal((await apply()).length, 1);
  assert.deepEqual(await statuses(store), ['web CVE-2025-0001 SUPPRESSED', 'web CVE-2025-0002 ACTIVE']);
  await ingest(store, one, arrival(APP, ['left']), clock);
  assert.deepEqual((await statuses(store))[0], 'app CVE-2025-0001 SUPPRESSED');
  // A second rule that hides the same: when the first goes, nothing changes for the reader.
  await addFilter(store, 'second', { vulnerabilityId: [{ comparison: 'PREFIX', value: 'CVE-2025-0001' }] });
  assert.deepEqual(await apply(), []);
  await store.write((tx) => tx.deleteFrom('filter').where('name', '=', 'first').execute());
  assert.deepEqual(await apply(), []);
  await store.write((tx) => tx.deleteFrom('filter').execute());
  assert.equal((await apply()).length, 2);
  assert.ok((await statuses(store)).every((line) => line.endsWith('ACTIVE')));
});

onBothEngines("people's decisions hide until they expire", async (store, context) => {
  const one = await ready(context, store);
  await ingest(store, one, arrival(WEB, ['left']), () => START);
  const { resource_id, key } = await store.read.selectFrom('finding').select(['resource_id', 'key']).executeTakeFirstOrThrow();
  const decision = { status: 'accepted', reason: 'behind a proxy', owner: null, expires_at: START + DAY };
  await store.write((tx) =>
    tx
      .insertInto('triage')
      .values({ resource_id, key, ...decision, changed_at: START, changed_by: 'me' })
      .execute(),
  );
  await store.write((tx) => resuppress(tx, ACCOUNT, START));
  assert.deepEqual(await statuses(store), ['web CVE-2025-0001 SUPPRESSED']);
  await store.write((tx) => resuppress(tx, ACCOUNT, START + DAY));
  assert.deepEqual(await statuses(store), ['web CVE-2025-0001 ACTIVE']);
});

onBothEngines('silence, windows and removal', async (store, context) => {
  const one = await ready(context, store);
  await ingest(store, one, arrival(WEB, ['left']), () => START);
  await ingest(store, one, arrival({ kind: 'image', name: 'team/app' }, ['left']), () => START);
  const account = await readAccount(store.read, ACCOUNT);
  const settings = { ...account.settings, ecr: { rescanDuration: 'DAYS_14' as const } };
  await store.write((tx) => saveAccount(tx, { ...account, settings }, START));
  assert.equal(await sweep(store, START + 7 * DAY), 0);
  assert.equal(await sweep(store, START + 15 * DAY), 2);
  const reasons = async () =>
    (await store.read.selectFrom('resource').select(['name', 'status_reason']).orderBy('name').execute()).map(
      ({ name, status_reason }) => `${name} ${status_reason}`,
    );
  assert.deepEqual(await reasons(), ['team/app SCAN_ELIGIBILITY_EXPIRED', 'web STALE_INVENTORY']);
  // Inspector: the findings of a silent host stay, those of an image out of its window are closed.
  assert.deepEqual(await statuses(store), ['team/app CVE-2025-0001 CLOSED', 'web CVE-2025-0001 ACTIVE']);
  const { uid } = await store.read.selectFrom('resource').select('uid').where('name', '=', 'web').executeTakeFirstOrThrow();
  assert.equal(await removeResource(store, ACCOUNT, uid, START + 16 * DAY), true);
  assert.equal(await removeResource(store, ACCOUNT, uid, START + 16 * DAY), false);
  assert.deepEqual((await statuses(store))[1], 'web CVE-2025-0001 CLOSED');
});

onBothEngines('what was closed long ago is forgotten, and what nothing refers to', async (store, context) => {
  const one = await ready(context, store);
  await ingest(store, one, arrival(WEB, ['left', 'right']), () => START);
  await ingest(store, one, arrival(WEB, ['right']), () => START);
  assert.deepEqual(await forget(store, undefined, START + 400 * DAY), { findings: 0, details: 0, units: 1 });
  // Less than seven days is not kept: it could be reopened.
  assert.equal((await forget(store, DAY, START + 6 * DAY)).findings, 0);
  assert.deepEqual(await forget(store, DAY, START + 8 * DAY), { findings: 1, details: 1, units: 0 });
  assert.deepEqual(await statuses(store), ['web CVE-2025-0002 ACTIVE']);
});

onBothEngines(
  'when the clock is put back, times of findings do not go back, and what is closed reopens',
  async (store, context) => {
    const one = await ready(context, store);
    const read = async () =>
      store.read.selectFrom('finding').selectAll().where('key', '=', 'CVE-2025-0001').executeTakeFirstOrThrow();
    const hide = { vulnerabilityId: [{ comparison: 'EQUALS', value: 'CVE-2025-0001' }] };
    await ingest(store, one, arrival(WEB, ['left', 'right']), () => START);
    const first = await read();
    let [before, now] = [first, START];
    for (const [expected, change] of [
      ['CLOSED', () => ingest(store, one, arrival(WEB, ['right']), () => now)],
      ['ACTIVE', () => ingest(store, one, arrival(WEB, ['left', 'right']), () => now)],
      ['SUPPRESSED', () => addFilter(store, 'one', hide).then(() => store.write((tx) => resuppress(tx, ACCOUNT, now)))],
      ['CLOSED', () => ingest(store, one, arrival(WEB, ['right']), () => now)],
    ] as const) {
      now -= DAY;
      await change();
      const row = await read();
      assert.equal(row.status, expected);
      assert.ok(row.updated_at > before.updated_at, `${expected} is told as newer`);
      assert.ok(row.last_observed_at >= row.first_observed_at);
      assert.equal(row.arn, first.arn);
      before = row;
    }
  },
);

onBothEngines('an image past both windows is not assessed any more; one that may be in use is', async (store, context) => {
  const one = await ready(context, store);
  const image = (name: string, facts: NonNullable<Description['image']>) =>
    ingest(store, one, arrival({ kind: 'image', name, image: { ...facts, pushedAt: START } }, ['left']), () => START);
  await image('idle', { lastInUseAt: START, pulledAt: START + 20 * DAY });
  await image('used', { lastInUseAt: START + 20 * DAY, inUseCount: 2 });
  await image('unknown', {});
  const expired = async () => {
    const rows = store.read.selectFrom('resource').select('name').where('status_reason', '=', 'SCAN_ELIGIBILITY_EXPIRED');
    return (await rows.orderBy('name').execute()).map(({ name }) => name);
  };
  const account = await readAccount(store.read, ACCOUNT);
  const configure = (ecr: EcrSettings) =>
    store.write((tx) => saveAccount(tx, { ...account, settings: { ...account.settings, ecr } }, START));
  const windows = { rescanDuration: 'DAYS_14', pullDateRescanDuration: 'DAYS_7' } as const;
  await configure({ ...windows, pullDateRescanMode: 'LAST_PULL_DATE' });
  await sweep(store, START + 25 * DAY);
  assert.deepEqual(await expired(), []);
  await configure(windows);
  await sweep(store, START + 10 * DAY);
  assert.deepEqual(await expired(), []);
  await sweep(store, START + 25 * DAY);
  assert.deepEqual(await expired(), ['idle']);
  await sweep(store, START + 28 * DAY);
  assert.deepEqual(await expired(), ['idle', 'used']);
  const { rows } = await listCoverage(store.read, { scope: undefined, criteria: undefined, limit: 9, after: undefined });
  assert.deepEqual(
    rows.map(({ resourceMetadata }) => [resourceMetadata?.ecrImage?.inUseCount, resourceMetadata?.ecrImage?.imagePulledAt]),
    [
      [undefined, new Date(START + 20 * DAY)],
      [2, undefined],
      [undefined, undefined],
    ],
  );
});

onBothEngines('a host that was seen while the clock was wrong falls silent all the same', async (store, context) => {
  const one = await ready(context, store);
  await ingest(store, one, arrival(WEB, ['left']), () => START + 400 * DAY);
  assert.equal(await sweep(store, START), 0);
  assert.equal(await sweep(store, START + 8 * DAY), 1);
});

/** How coverage says that the network of each instance was looked at. */
async function networkReasons(store: Store): Promise<readonly string[]> {
  const criteria = { scanType: [{ comparison: 'EQUALS', value: 'NETWORK' } as const] };
  const { rows } = await listCoverage(store.read, { scope: undefined, criteria, limit: 1000, after: undefined });
  return rows.map(({ scanStatus }) => `${scanStatus?.statusCode} ${scanStatus?.reason}`);
}

onBothEngines('the estate brings network findings and scores in context', async (store, context) => {
  const one = await ready(context, store);
  const opened = await openEstate(join(import.meta.dirname, '../../examples/estate/snapshot'));
  assert.ok(opened.ok);
  const assessed = await assessEstate(store, opened.value, () => START);
  assert.ok(assessed.changes.created.length > 50);
  const rows = await store.read
    .selectFrom('resource')
    .select(['uid', 'region', 'account', 'exposure', 'status_reason'])
    .execute();
  assert.ok(rows.every(({ status_reason }) => status_reason === 'UNMANAGED_EC2_INSTANCE'));
  // Expected values: the vector's score by the equations of CVSS 3.1 as it is, with AV:A and with AV:L.
  const expected: Readonly<Record<string, number>> = { internet: 9.8, other: 8.8, none: 8.4, unknown: 9.8 };
  const kinds = new Set<string>();
  for (const { uid, region, account, exposure } of rows) {
    const kind = exposure ?? 'unknown';
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    const sent = arrival({ kind: 'host', name: uid, instance: uid }, ['left'], region);
    await ingest(store, one, { ...sent, place: { account, region } }, () => START);
    const found = await store.read
      .selectFrom('finding')
      .select(['score', 'adjustments'])
      .where('key', '=', 'CVE-2025-0001')
      .where('resource_id', '=', (eb) => eb.selectFrom('resource').select('id').where('uid', '=', uid))
      .executeTakeFirstOrThrow();
    assert.equal(found.score, expected[kind], kind);
    assert.equal(found.adjustments !== null, kind === 'other' || kind === 'none');
  }
  assert.deepEqual([...kinds].sort(), ['internet', 'none', 'other', 'unknown']);
  const networkRows = await networkReasons(store);
  assert.deepEqual(
    [networkRows.length, new Set(networkRows)],
    [rows.length, new Set(['ACTIVE SUCCESSFUL', 'INACTIVE ACCESS_DENIED'])],
  );
  // The same estate again changes nothing.
  const again = await assessEstate(store, opened.value, () => START + DAY);
  assert.deepEqual(again.changes, { created: [], updated: [], closed: [], reopened: [] });
});

onBothEngines('a snapshot that lacks something closes nothing and lowers no score', async (store, context) => {
  const one = await ready(context, store);
  const opened = await openEstate(join(import.meta.dirname, '../../examples/estate/snapshot'));
  assert.ok(opened.ok);
  await assessEstate(store, opened.value, () => START);
  const hidden = await store.read
    .selectFrom('resource')
    .select(['uid', 'account', 'region'])
    .where('exposure', '=', 'none')
    .executeTakeFirstOrThrow();
  const { uid, account, region } = hidden;
  const sent = arrival({ kind: 'host', name: uid, instance: uid }, ['left'], region);
  await ingest(store, one, { ...sent, place: { account, region } }, () => START);
  const denied = { kind: 'failed', code: 'AccessDenied', message: 'not allowed' } as const;
  const regions = opened.value.regions.map((place) => ({
    account: place.account,
    region: place.region,
    table: (call: CallId) => (call === 'ec2.DescribeSecurityGroups' ? denied : place.table(call)),
    tables: (call: CallId) => place.tables(call),
  }));
  const again = await assessEstate(store, { regions, problems: [] }, () => START + DAY);
  assert.equal(again.changes.closed.length, 0);
  const { score } = await store.read
    .selectFrom('finding')
    .select('score')
    .where('key', '=', 'CVE-2025-0001')
    .executeTakeFirstOrThrow();
  assert.equal(score, 9.8);
  // Coverage does not call it looked at.
  assert.deepEqual(new Set(await networkReasons(store)), new Set(['INACTIVE ACCESS_DENIED']));
});

onBothEngines(
  'what is never known keeps nothing open: a local gateway is not modelled, but the groups let nobody in',
  async (store) => {
    const opened = await openEstate(join(import.meta.dirname, '../../examples/estate/snapshot'));
    assert.ok(opened.ok);
    const before = await assessEstate(store, opened.value, () => START);
    assert.ok(before.changes.created.length > 0);
    const local = { DestinationCidrBlock: '203.0.113.0/24', LocalGatewayId: 'lgw-0123456789abcdef0', State: 'active' };
    const edits: Partial<Record<CallId, (row: Row) => Row>> = {
      'ec2.DescribeSecurityGroups': (row) => ({ ...row, IpPermissions: [] }),
      'ec2.DescribeRouteTables': (row) => ({ ...row, Routes: [...items(row.Routes), local] }),
    };
    const regions = opened.value.regions.map((place) => ({
      ...place,
      table: (call: CallId) => {
        const [table, edit] = [place.table(call), edits[call]];
        return table.kind === 'rows' && edit !== undefined ? { ...table, rows: table.rows.map(edit) } : table;
      },
    }));
    const after = await assessEstate(store, { regions, problems: [] }, () => START + DAY);
    assert.ok(after.problems.some(({ code }) => code === 'network-gateway-unmodelled'));
    assert.equal(after.changes.closed.length, before.changes.created.length);
  },
);

onBothEngines('a name with a NUL keeps nothing else from being assessed', async (store, context) => {
  const matching = await ready(context, store);
  const packages = [
    packageOf({ type: 'npm', name: 'left', version: '1.0' }),
    packageOf({ type: 'npm', name: 'ri\0ght', version: '1\0' }),
    packageOf({ type: 'npm', name: 'right', version: '1.0', locations: [{ path: 'a\0b' }] }),
  ];
  const description: Description = { kind: 'image', name: 'te\0am', tags: { 'k\0': 'v\0' } };
  for (const tags of [description.tags, { other: 'x' }]) {
    const inventory = inventoryOf(packages, systemOf('debian', '12'), 'image');
    const given = { ...arrival({ ...description, ...(tags && { tags }) }, []), inventory };
    await ingest(store, matching, given, () => START);
  }
  const found = (await statuses(store)).map((line) => line.replace(/^\S+ /, ''));
  assert.deepEqual(found, ['CVE-2025-0001 ACTIVE', 'CVE-2025-0002 ACTIVE']);
});
