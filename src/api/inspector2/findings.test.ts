/** Findings, aggregations, coverage and the catalogue, with the SDK's client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AggregationType,
  BatchGetCodeSnippetCommand,
  BatchGetFindingDetailsCommand,
  GetClustersForImageCommand,
  ListCoverageStatisticsCommand,
  ListFindingAggregationsCommand,
  ListFindingsCommand,
  paginateListCoverage,
  paginateListFindings,
  SearchVulnerabilitiesCommand,
  SortField,
  ValidationException,
} from '@aws-sdk/client-inspector2';
import { advisoryOf } from '../../../tests/support/database.ts';
import { writeSample } from '../../../tests/support/findings.ts';
import { ACCOUNTS, writeRandomFindings } from '../../../tests/support/random-findings.ts';
import { testService } from '../../../tests/support/service.ts';
import { memoryDatabase } from '../../advisories/database/index.ts';
import { ok } from '../../model/problem.ts';

const [ACCOUNT = ''] = ACCOUNTS;

test('a finding reaches the client as it is stored', async (context) => {
  const service = await testService(context);
  await writeSample(service.store);
  const client = await service.client({ account: '123456789012' });
  const { findings = [] } = await client.send(new ListFindingsCommand({}));
  const [finding] = findings;
  assert.equal(findings.length, 1);
  assert.equal(finding?.title, 'CVE-2024-6119 - openssl');
  assert.equal(finding?.inspectorScoreDetails?.adjustedCvss?.score, 7.5);
  assert.equal(finding?.packageVulnerabilityDetails?.vulnerablePackages?.[0]?.fixedInVersion, '0:3.0.13-0ubuntu3.4');
  assert.deepEqual(finding?.packageVulnerabilityDetails?.vendorCreatedAt, new Date('2024-09-03T16:15:07Z'));
  assert.equal(finding?.resources?.[0]?.details?.vm?.vmImageReference, 'ami-0123456789abcdef0');
  const { findingDetails = [], errors = [] } = await client.send(
    new BatchGetFindingDetailsCommand({
      findingArns: [finding?.findingArn ?? '', `arn:aws:inspector2:us-east-1:123456789012:finding/${'0'.repeat(32)}`],
    }),
  );
  assert.deepEqual([findingDetails[0]?.cwes, findingDetails[0]?.riskScore], [['CWE-843'], 40]);
  assert.deepEqual(
    errors.map(({ errorCode }) => errorCode),
    ['FINDING_DETAILS_NOT_FOUND'],
  );
});

test('every sort and page joins to the whole list, of the own account only', async (context) => {
  const service = await testService(context);
  await writeRandomFindings(service.store, 21);
  const client = await service.client({ account: ACCOUNT });
  const all = new Set(
    (await service.store.read.selectFrom('finding').select('arn').where('account', '=', ACCOUNT).execute()).map(({ arn }) => arn),
  );
  for (const field of Object.values(SortField)) {
    const met: string[] = [];
    for await (const page of paginateListFindings({ client, pageSize: 7 }, { sortCriteria: { field, sortOrder: 'DESC' } })) {
      assert.ok((page.findings ?? []).length > 0);
      met.push(...(page.findings ?? []).map(({ findingArn }) => findingArn ?? ''));
    }
    assert.equal(met.length, all.size);
    assert.deepEqual(new Set(met), all);
  }
});

test('every aggregation answers, and refuses the member of another type', async (context) => {
  const service = await testService(context);
  await writeRandomFindings(service.store, 22);
  const client = await service.client({ account: ACCOUNT });
  for (const aggregationType of Object.values(AggregationType)) {
    const answer = await client.send(new ListFindingAggregationsCommand({ aggregationType }));
    assert.equal(answer.aggregationType, aggregationType);
    for (const row of answer.responses ?? []) assert.ok(Object.values(row).every(({ accountId }) => accountId === ACCOUNT));
  }
  const wrong = { aggregationType: 'ACCOUNT' as const, aggregationRequest: { packageAggregation: {} } };
  await assert.rejects(client.send(new ListFindingAggregationsCommand(wrong)), ValidationException);
});

test('coverage lists what is assessed, and counts it in groups', async (context) => {
  const service = await testService(context);
  await writeRandomFindings(service.store, 23);
  const client = await service.client({ account: ACCOUNT });
  const stored = await service.store.read.selectFrom('resource').select('uid').where('account', '=', ACCOUNT).execute();
  const uids: (string | undefined)[] = [];
  for await (const page of paginateListCoverage({ client, pageSize: 2 }, {}))
    uids.push(...(page.coveredResources ?? []).map(({ resourceId }) => resourceId));
  assert.deepEqual(uids.sort(), stored.map(({ uid }) => uid).sort());
  const { totalCounts, countsByGroup = [] } = await client.send(new ListCoverageStatisticsCommand({ groupBy: 'RESOURCE_TYPE' }));
  assert.equal(totalCounts, stored.length);
  assert.equal(
    countsByGroup.reduce((sum, { count = 0 }) => sum + count, 0),
    stored.length,
  );
  assert.ok(countsByGroup.every(({ groupKey }) => groupKey === 'RESOURCE_TYPE'));
});

test('what is not there is said to be not there', async (context) => {
  const database = memoryDatabase([
    advisoryOf({ id: 'GHSA-1', vulnerabilities: ['CVE-2024-1'], title: 'a flaw', published: '2024-01-02T00:00:00Z' }),
  ]);
  const service = await testService(context, {
    services: { changed: async () => undefined, scanSbom: async (sbom) => sbom, advisories: async () => ok(database) },
  });
  const client = await service.client();
  const arn = `arn:aws:inspector2:us-east-1:123456789012:finding/${'0'.repeat(32)}`;
  const snippets = await client.send(new BatchGetCodeSnippetCommand({ findingArns: [arn] }));
  assert.equal(snippets.errors?.[0]?.errorCode, 'CODE_SNIPPET_NOT_FOUND');
  const resourceId = 'arn:aws:ecr:us-east-1:123456789012:repository/app';
  assert.deepEqual((await client.send(new GetClustersForImageCommand({ filter: { resourceId } }))).cluster, []);
  const search = async (id: string) =>
    (await client.send(new SearchVulnerabilitiesCommand({ filterCriteria: { vulnerabilityIds: [id] } }))).vulnerabilities ?? [];
  const [found] = await search('CVE-2024-1');
  assert.deepEqual([found?.id, found?.description, found?.relatedVulnerabilities], ['CVE-2024-1', 'a flaw', ['GHSA-1']]);
  assert.deepEqual(await search('CVE-2024-2'), []);
});
