/** Aggregations count what lists list. */
import assert from 'node:assert/strict';
import { AggregationType, type FilterCriteria } from '@aws-sdk/client-inspector2';
import { ACCOUNTS, writeRandomFindings } from '../../../tests/support/random-findings.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import { SEVERITY_ORDER } from '../schema.ts';
import type { Store } from '../store.ts';
import { type AggregateRequest, type AggregationPage, aggregateFindings } from './aggregate.ts';
import { countFindings } from './list.ts';

const ALL = { scope: undefined, accountIds: undefined, request: undefined, limit: 1000, after: undefined } as const;

type Row = Readonly<Record<string, unknown>> & { readonly severityCounts: Readonly<Record<string, number>> };

/** As the store answers, and by SQL: the same. */
async function aggregate(
  store: Store,
  request: Partial<AggregateRequest> & Pick<AggregateRequest, 'type'>,
): Promise<AggregationPage> {
  const whole = { ...ALL, ...request };
  const answered = await store.findings.aggregate(whole);
  assert.deepEqual(answered, await aggregateFindings(store.read, whole));
  return answered;
}

function members({ rows }: AggregationPage): Row[] {
  return rows.flatMap((row) => Object.values(row) as Row[]);
}

function is(value: unknown) {
  return [{ comparison: 'EQUALS' as const, value: String(value) }];
}

/** The list that a row of an aggregation stands for. */
const LISTS: Readonly<Record<AggregationType, (row: Row) => FilterCriteria>> = {
  ACCOUNT: () => ({}),
  FINDING_TYPE: () => ({}),
  PACKAGE: ({ packageName }) => ({ vulnerablePackages: [{ name: is(packageName)[0] }] }),
  TITLE: ({ title, vulnerabilityId }) => ({
    title: is(title),
    ...(vulnerabilityId !== undefined && { vulnerabilityId: is(vulnerabilityId) }),
  }),
  REPOSITORY: ({ repository }) => ({ ecrImageRepositoryName: is(repository) }),
  AMI: ({ ami }) => ({ ec2InstanceImageId: is(ami) }),
  AWS_EC2_INSTANCE: ({ instanceId }) => ({ resourceId: is(instanceId) }),
  AWS_ECR_CONTAINER: ({ resourceId }) => ({ resourceId: is(resourceId) }),
  IMAGE_LAYER: ({ resourceId, layerHash }) => ({
    resourceId: is(resourceId),
    vulnerablePackages: [{ sourceLayerHash: is(layerHash)[0] }],
  }),
  AWS_LAMBDA_FUNCTION: ({ resourceId }) => ({ resourceId: is(resourceId) }),
  LAMBDA_LAYER: ({ resourceId, layerArn }) => ({
    resourceId: is(resourceId),
    vulnerablePackages: [{ sourceLambdaLayerArn: is(layerArn)[0] }],
  }),
  CODE_REPOSITORY: ({ resourceId }) => ({ resourceId: is(resourceId) }),
  VM_INSTANCE: ({ resourceId }) => ({ resourceId: is(resourceId) }),
  CONTAINER_IMAGE: ({ resourceId }) => ({ resourceId: is(resourceId) }),
  SERVERLESS_FUNCTION: ({ resourceId }) => ({ resourceId: is(resourceId) }),
};

/** Types whose rows share no finding, and what all of them together list. */
const WHOLE: Partial<Record<AggregationType, FilterCriteria>> = {
  ACCOUNT: {},
  FINDING_TYPE: {},
  TITLE: {},
  REPOSITORY: { resourceType: is('AWS_ECR_CONTAINER_IMAGE') },
  AMI: { resourceType: is('AWS_EC2_INSTANCE') },
  AWS_EC2_INSTANCE: { resourceType: is('AWS_EC2_INSTANCE') },
  AWS_ECR_CONTAINER: { resourceType: is('AWS_ECR_CONTAINER_IMAGE') },
  AWS_LAMBDA_FUNCTION: { resourceType: is('AWS_LAMBDA_FUNCTION') },
  CODE_REPOSITORY: { resourceType: is('CODE_REPOSITORY') },
  VM_INSTANCE: { resourceType: is('AWS_EC2_INSTANCE') },
  CONTAINER_IMAGE: { resourceType: is('AWS_ECR_CONTAINER_IMAGE') },
  SERVERLESS_FUNCTION: { resourceType: is('AWS_LAMBDA_FUNCTION') },
};

const ACTIVE = { findingStatus: is('ACTIVE') };

onBothEngines('every row of every aggregation counts its list', async (store) => {
  await writeRandomFindings(store, 7);
  const count = (criteria: FilterCriteria) => countFindings(store.read, undefined, { ...ACTIVE, ...criteria });
  for (const type of Object.values(AggregationType)) {
    const rows = members(await aggregate(store, { type }));
    assert.ok(rows.length > 0, type);
    for (const row of rows) {
      const list = { ...LISTS[type](row), awsAccountId: is(row.accountId) };
      for (const severity of SEVERITY_ORDER) {
        assert.equal(
          row.severityCounts[severity.toLowerCase()],
          await count({ ...list, severity: is(severity) }),
          `${type} ${severity}`,
        );
      }
      assert.equal(row.severityCounts.all, await count(list), type);
      for (const name of ['exploitAvailableCount', 'exploitAvailableActiveFindingsCount'])
        if (name in row) assert.equal(row[name], await count({ ...list, exploitAvailable: is('YES') }));
      for (const name of ['fixAvailableCount', 'fixAvailableActiveFindingsCount'])
        if (name in row) assert.equal(row[name], await count({ ...list, fixAvailable: is('YES') }));
      if ('networkFindings' in row)
        assert.equal(row.networkFindings, await count({ ...list, findingType: is('NETWORK_REACHABILITY') }));
    }
    const whole = WHOLE[type];
    if (whole !== undefined)
      assert.equal(
        rows.reduce((sum, row) => sum + (row.severityCounts.all ?? 0), 0),
        await count(whole),
        type,
      );
  }
});

onBothEngines('aggregations are narrowed by what the request says', async (store) => {
  await writeRandomFindings(store, 8);
  const show = async (type: AggregationType, request: object, name: string) =>
    members(await aggregate(store, { type, request: request as never })).map((row) => row[name]);
  const prefix = [{ comparison: 'PREFIX' as const, value: 'openssl' }];
  const packages = await show('PACKAGE', { packageAggregation: { packageNames: prefix } }, 'packageName');
  assert.deepEqual([...new Set(packages)].sort(), ['openssl', 'openssl-libs']);
  const [layer] = await show('IMAGE_LAYER', { imageLayerAggregation: {} }, 'layerHash');
  const layers = await show('IMAGE_LAYER', { imageLayerAggregation: { layerHashes: is(layer) } }, 'layerHash');
  assert.deepEqual([...new Set(layers)], [layer]);
  const running = await show(
    'AWS_EC2_INSTANCE',
    { ec2InstanceAggregation: { operatingSystems: is('UBUNTU_22_04') } },
    'operatingSystem',
  );
  assert.deepEqual([...new Set(running)], ['UBUNTU_22_04']);
  const none = { vmInstanceAggregation: { cloudPartitions: is('aws-cn') } };
  assert.deepEqual(await show('VM_INSTANCE', none, 'resourceId'), []);
  assert.ok(
    (
      await show(
        'VM_INSTANCE',
        { vmInstanceAggregation: { cloudPartitions: is('aws'), cloudProviders: is('AWS') } },
        'resourceId',
      )
    ).length > 0,
  );
  const network = members(
    await aggregate(store, { type: 'ACCOUNT', request: { accountAggregation: { findingType: 'NETWORK_REACHABILITY' } } }),
  );
  const total = network.reduce((sum, row) => sum + (row.severityCounts.all ?? 0), 0);
  assert.equal(total, await countFindings(store.read, undefined, { ...ACTIVE, findingType: is('NETWORK_REACHABILITY') }));
});

onBothEngines('accounts: those asked for, of those visible', async (store) => {
  await writeRandomFindings(store, 9);
  const [first = '', second = ''] = ACCOUNTS;
  const seen = async (request: Partial<AggregateRequest>) =>
    members(await aggregate(store, { type: 'ACCOUNT', ...request })).map(({ accountId }) => accountId);
  assert.deepEqual((await seen({})).sort(), [...ACCOUNTS].sort());
  assert.deepEqual(await seen({ scope: [first], accountIds: is(second) }), []);
  assert.deepEqual(await seen({ scope: [first, second], accountIds: is(second) }), [second]);
});

onBothEngines('pages of an aggregation join to its whole, in both directions', async (store) => {
  await writeRandomFindings(store, 10);
  for (const sortOrder of ['ASC', 'DESC'] as const) {
    for (const sortBy of ['CRITICAL', 'HIGH', 'ALL'] as const) {
      const request = { packageAggregation: { sortBy, sortOrder } };
      const whole = await aggregate(store, { type: 'PACKAGE', request });
      const counts = members(whole).map(({ severityCounts }) => severityCounts[sortBy.toLowerCase()] ?? 0);
      const sign = sortOrder === 'ASC' ? 1 : -1;
      assert.deepEqual(
        counts,
        [...counts].sort((a, b) => sign * (a - b)),
      );
      const rows: unknown[] = [];
      for (let after: AggregateRequest['after'] | 'done' = undefined; after !== 'done'; ) {
        const page = await aggregate(store, { type: 'PACKAGE', request, limit: 2, after });
        assert.ok(page.rows.length > 0);
        rows.push(...page.rows);
        after = page.next ?? 'done';
      }
      assert.deepEqual(rows, whole.rows);
    }
  }
});
