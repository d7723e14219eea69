/** What metrics count. */
import assert from 'node:assert/strict';
import { ACCOUNT, putTarget } from '../../tests/support/events.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import { enqueueMetrics } from './metrics.ts';

onBothEngines('metrics count active findings and present resources, for targets that take them', async (store) => {
  const resource = {
    account: ACCOUNT,
    region: 'eu-west-1',
    type: 'AWS_EC2_INSTANCE',
    name: 'a',
    platform: null,
    details: '{}',
    tags: '{}',
    target: '{}',
    origin: 'agent',
    scan_mode: null,
    status_code: 'ACTIVE',
    status_reason: 'SUCCESSFUL',
    inventory_digest: null,
    units: '[]',
    inventory_at: null,
    scanned_at: null,
    problems: '[]',
    exposure: null,
    first_seen_at: 0,
    updated_at: 0,
    removed_at: null,
  };
  await store.write(async (tx) => {
    for (const [uid, over] of [
      ['a', {}],
      ['b', { status_code: 'INACTIVE' }],
      ['c', { removed_at: 5 }],
      ['d', { region: 'us-east-1' }],
    ] as const) {
      await tx
        .insertInto('resource')
        .values({ ...resource, uid, ...over })
        .execute();
    }
  });
  const finding = {
    account: ACCOUNT,
    region: 'eu-west-1',
    resource_id: 1,
    detail_id: 1,
    vulnerability: null,
    generation: 0,
    type: 'PACKAGE_VULNERABILITY',
    filter_id: null,
    score: null,
    epss: null,
    fix: null,
    exploit: null,
    title: 't',
    source: null,
    vendor_severity: null,
    protocol: null,
    resource_type: 'AWS_EC2_INSTANCE',
    component: null,
    repository: null,
    registry: null,
    pushed_at: null,
    adjustments: null,
    first_observed_at: 0,
    last_observed_at: 0,
    updated_at: 0,
    closed_at: null,
    closed_by: null,
  };
  await store.write(async (tx) => {
    for (const [key, severity, status] of [
      ['a', 5, 'ACTIVE'],
      ['b', 5, 'CLOSED'],
      ['c', 2, 'ACTIVE'],
    ] as const) {
      await tx
        .insertInto('finding')
        .values({ ...finding, arn: key, key, severity, status })
        .execute();
    }
  });
  assert.equal(await store.write((tx) => enqueueMetrics(tx, 0)), 0);
  await putTarget(store, 'webhook', { url: 'http://127.0.0.1:1' });
  assert.equal(await store.write((tx) => enqueueMetrics(tx, 0)), 0);
  await putTarget(store, 'cloudwatch', { region: 'eu-west-1' });
  assert.equal(await store.write((tx) => enqueueMetrics(tx, 86_400_000)), 2);
  const rows = await store.read.selectFrom('outbox').select(['ordering', 'payload']).orderBy('ordering').execute();
  assert.deepEqual(
    rows.map(({ ordering }) => ordering),
    [`metrics:${ACCOUNT}:eu-west-1`, `metrics:${ACCOUNT}:us-east-1`],
  );
  const { findingCounts, resourceCounts, time } = JSON.parse(rows[0]?.payload ?? '');
  assert.deepEqual([resourceCounts, time], [{ ACTIVE: 1, INACTIVE: 1 }, '1970-01-02T00:00:00.000Z']);
  assert.deepEqual(findingCounts, { UNTRIAGED: 0, INFORMATIONAL: 0, LOW: 1, MEDIUM: 0, HIGH: 0, CRITICAL: 1 });
});
