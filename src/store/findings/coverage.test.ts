/** Coverage: every field of its filters, pages, and groups, against plain predicates on the stored resources. */
import assert from 'node:assert/strict';
import type { CoverageFilterCriteria, GroupKey, ResourceDetails } from '@aws-sdk/client-inspector2';
import type { Selectable } from 'kysely';
import { insertResource } from '../../../tests/support/findings.ts';
import { ACCOUNTS, TIMES, writeRandomFindings } from '../../../tests/support/random-findings.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import type { ResourceTable } from '../schema.ts';
import type { Store } from '../store.ts';
import { coverageStatistics, listCoverage } from './coverage.ts';
import { resourceCriteria } from './criteria.ts';
import { COVERAGE_FIELDS, RESOURCE_FIELDS } from './fields.ts';
import { readDetails } from './resource.ts';

interface Row extends Selectable<ResourceTable> {
  readonly read: ResourceDetails;
  readonly tag: Record<string, string>;
  /** An instance whose network was analysed is a row for each type of scan. */
  readonly scan: 'PACKAGE' | 'NETWORK';
}

type Values = readonly (string | number | Date | null | undefined)[];

const ecr = ({ read }: Row) => read.awsEcrContainerImage;
const lambda = ({ read }: Row) => read.awsLambdaFunction;
/** Attributes that are not in the details: what the test below writes for one image and one project. */
const PULLED = 'pulled';
const NETWORK_AT = 1_700_000_003_000;
const COMMIT = 'a'.repeat(40);

type Plain = Exclude<
  keyof CoverageFilterCriteria,
  'ec2InstanceTags' | 'lambdaFunctionTags' | 'cloudVmInstanceTags' | 'cloudServerlessFunctionTags'
>;

const VALUES: Readonly<Record<Plain, (row: Row) => Values>> = {
  scanStatusCode: (row) => [row.status_code],
  scanStatusReason: (row) => [row.status_reason],
  accountId: (row) => [row.account],
  resourceId: (row) => [row.uid],
  resourceType: (row) => [row.type],
  scanType: (row) => [row.scan],
  ecrRepositoryName: (row) => [ecr(row)?.repositoryName],
  ecrImageTags: (row) => ecr(row)?.imageTags ?? [],
  lambdaFunctionName: (row) => [lambda(row)?.functionName],
  lambdaFunctionRuntime: (row) => [lambda(row)?.runtime],
  lastScannedAt: (row) => [row.scanned_at],
  scanMode: (row) => [row.scan_mode],
  imagePulledAt: (row) => [row.uid === PULLED ? TIMES[1] : undefined],
  ecrImageLastInUseAt: (row) => [ecr(row)?.lastInUseAt],
  ecrImageInUseCount: (row) => [ecr(row)?.inUseCount],
  codeRepositoryProjectName: (row) => [row.read.codeRepository?.projectName],
  codeRepositoryProviderType: (row) => [row.read.codeRepository?.providerType],
  codeRepositoryProviderTypeVisibility: (row) => [row.uid === 'project' ? 'PRIVATE' : undefined],
  lastScannedCommitId: (row) => [row.uid === 'project' ? COMMIT : undefined],
  cloudProvider: () => ['AWS'],
  cloudProviderAccountId: (row) => [row.account],
  cloudProviderRegion: (row) => [row.region],
  cloudProviderOrgId: () => [],
  cloudContainerImageTags: (row) => ecr(row)?.imageTags ?? [],
  cloudContainerRepositoryName: (row) => [ecr(row)?.repositoryName],
  cloudContainerRegistryName: (row) => [ecr(row)?.registry],
  cloudServerlessFunctionName: (row) => [lambda(row)?.functionName],
  cloudServerlessFunctionRuntime: (row) => [lambda(row)?.runtime],
};
const TAGS = {
  ec2InstanceTags: 'AWS_EC2_INSTANCE',
  cloudVmInstanceTags: 'AWS_EC2_INSTANCE',
  lambdaFunctionTags: 'AWS_LAMBDA_FUNCTION',
  cloudServerlessFunctionTags: 'AWS_LAMBDA_FUNCTION',
} as const;
const DATES = new Set(['lastScannedAt', 'imagePulledAt', 'ecrImageLastInUseAt']);

async function fill(store: Store): Promise<Row[]> {
  await writeRandomFindings(store, 31);
  await store.write(async (tx) => {
    const [, pulled = 0] = TIMES;
    const image = { repositoryName: 'app', registry: '1', imageHash: `sha256:${'f'.repeat(64)}` };
    await insertResource(
      tx,
      { uid: PULLED, type: 'AWS_ECR_CONTAINER_IMAGE', details: { awsEcrContainerImage: image }, change: { scanned_at: null } },
      { imagePulledAt: new Date(pulled) },
    );
    await insertResource(
      tx,
      {
        uid: 'project',
        type: 'CODE_REPOSITORY',
        details: { codeRepository: { projectName: 'p', providerType: 'GITHUB' } },
        change: { scan_mode: 'EC2_AGENTLESS', status_code: 'INACTIVE', status_reason: 'NO_INVENTORY', region: 'eu-west-1' },
      },
      { lastScannedCommitId: COMMIT, codeRepositoryProviderTypeVisibility: 'PRIVATE' },
    );
  });
  const analysed = { network_at: NETWORK_AT, network_reason: 'SUCCESSFUL' };
  await store.write(async (tx) => {
    await tx.updateTable('resource').set(analysed).where('type', '=', 'AWS_EC2_INSTANCE').execute();
    const unsure = tx.updateTable('resource').set('network_reason', 'ACCESS_DENIED').where('uid', '=', 'i-4');
    assert.equal((await unsure.executeTakeFirst()).numUpdatedRows, 1n);
    const gone = { status_code: 'INACTIVE', status_reason: 'RESOURCE_TERMINATED' };
    await tx.updateTable('resource').set(gone).where('uid', '=', 'i-8').execute();
  });
  const rows = await store.read.selectFrom('resource').selectAll().orderBy('id').execute();
  return rows.flatMap((row) => {
    const more = { read: readDetails(row.details), tag: JSON.parse(row.tags) };
    const packages: Row = { ...row, ...more, scan: 'PACKAGE' };
    if (row.network_at === null) return [packages];
    const status = row.network_reason === 'SUCCESSFUL' ? 'ACTIVE' : 'INACTIVE';
    const network = { scan: 'NETWORK', scan_mode: null, scanned_at: row.network_at } as const;
    const stands =
      row.status_reason === 'RESOURCE_TERMINATED' ? {} : { status_code: status, status_reason: row.network_reason ?? '' };
    return [packages, { ...packages, ...network, ...stands }];
  });
}

async function selected(store: Store, criteria: object): Promise<(string | undefined)[]> {
  const { rows } = await listCoverage(store.read, { scope: undefined, criteria, limit: 1000, after: undefined });
  return rows.map(({ resourceId }) => resourceId);
}

onBothEngines('every field and comparison of coverage selects what it says', async (store) => {
  const rows = await fill(store);
  assert.deepEqual([...Object.keys(VALUES), ...Object.keys(TAGS)].sort(), Object.keys(COVERAGE_FIELDS).sort());
  const those = (passes: (row: Row) => boolean) => rows.filter(passes).map(({ uid }) => uid);
  for (const [field, read] of Object.entries(VALUES)) {
    const values = [...new Set(rows.flatMap(read).map((value) => (value instanceof Date ? value.getTime() : value)))];
    const plain = (row: Row) => read(row).map((value) => (value instanceof Date ? value.getTime() : value));
    for (const value of [...values, 'nothing']) {
      if (typeof value === 'number') {
        const bound = DATES.has(field) ? new Date(value) : value;
        const [low, high] = DATES.has(field) ? ['startInclusive', 'endInclusive'] : ['lowerInclusive', 'upperInclusive'];
        const above = (row: Row) => plain(row).some((one) => typeof one === 'number' && one >= value);
        const equal = (row: Row) => plain(row).includes(value);
        assert.deepEqual(await selected(store, { [field]: [{ [low ?? '']: bound }] }), those(above), field);
        assert.deepEqual(await selected(store, { [field]: [{ [low ?? '']: bound, [high ?? '']: bound }] }), those(equal), field);
      } else if (typeof value === 'string' && !DATES.has(field) && field !== 'ecrImageInUseCount') {
        const has = (row: Row) => read(row).includes(value);
        const name = `${field} ${value}`;
        assert.deepEqual(await selected(store, { [field]: [{ comparison: 'EQUALS', value }] }), those(has), name);
        const not = await selected(store, { [field]: [{ comparison: 'NOT_EQUALS', value }] });
        assert.deepEqual(
          not,
          those((row) => !has(row)),
          name,
        );
      }
    }
  }
  for (const [field, type] of Object.entries(TAGS)) {
    for (const value of ['a', 'ab', undefined]) {
      const found = await selected(store, {
        [field]: [{ comparison: 'EQUALS', key: 'env', ...(value !== undefined && { value }) }],
      });
      const expected = those(
        (row) => row.type === type && row.tag.env !== undefined && (value === undefined || row.tag.env === value),
      );
      assert.deepEqual(found, expected, field);
    }
  }
});

onBothEngines('the fields of SBOM exports select as those of coverage', async (store) => {
  const rows = await fill(store);
  const [{ uid = '' } = {}] = rows;
  const query = store.read.selectFrom('resource').select('uid').orderBy('id');
  const one = await query.where(resourceCriteria({ resourceId: [{ comparison: 'EQUALS', value: uid }] })).execute();
  assert.deepEqual(one, [{ uid }]);
  const lambdas = await query.where(resourceCriteria({ lambdaFunctionTags: [{ comparison: 'EQUALS', key: 'env' }] })).execute();
  assert.ok(lambdas.length > 0);
  assert.deepEqual(
    lambdas.map((row) => row.uid),
    await selected(store, { lambdaFunctionTags: [{ comparison: 'EQUALS', key: 'env' }] }),
  );
  assert.equal(Object.keys(RESOURCE_FIELDS).length, 19);
});

onBothEngines('pages of coverage, of visible accounts', async (store) => {
  const rows = await fill(store);
  const [account = ''] = ACCOUNTS;
  const met: string[] = [];
  for (let after: number | undefined, more = true; more; ) {
    const page = await listCoverage(store.read, { scope: [account], criteria: undefined, limit: 1, after });
    assert.equal(page.rows.length, 1);
    met.push(...page.rows.map(({ resourceId, scanType }) => `${resourceId} ${scanType}`));
    after = page.next;
    more = after !== undefined;
  }
  assert.deepEqual(
    met,
    rows.filter((row) => row.account === account).map(({ uid, scan }) => `${uid} ${scan}`),
  );
});

onBothEngines('groups of coverage count what has the value', async (store) => {
  const rows = await fill(store);
  const groups: Readonly<Record<GroupKey, (row: Row) => string | null | undefined>> = {
    SCAN_STATUS_CODE: (row) => row.status_code,
    SCAN_STATUS_REASON: (row) => row.status_reason,
    ACCOUNT_ID: (row) => row.account,
    RESOURCE_TYPE: (row) => row.type,
    ECR_REPOSITORY_NAME: (row) => ecr(row)?.repositoryName,
    PROVIDER: () => 'AWS',
    PROVIDER_ACCOUNT_ID: (row) => row.account,
    PROVIDER_REGION: (row) => row.region,
    PROVIDER_ORG_ID: () => undefined,
  };
  for (const [key, read] of Object.entries(groups)) {
    const { total, groups: found } = await coverageStatistics(store.read, undefined, undefined, key as GroupKey);
    const expected = Map.groupBy(
      rows.flatMap((row) => read(row) ?? []),
      (value) => value,
    );
    assert.equal(total, rows.length);
    assert.deepEqual(
      found,
      [...expected].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, list]) => ({ value, count: list.length })),
      key,
    );
  }
});
