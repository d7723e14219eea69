/** What every operation does alike, by clients that send anything: signatures, members that are missing, pages, tokens, filters, accounts. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as sdk from '@aws-sdk/client-inspector2';
import fc from 'fast-check';
import { INSPECTOR2 } from '../src/api/inspector2/service.ts';
import { encoded, shapeOf } from '../src/api/protocol/model.ts';
import { readAccount, saveAccount, saveOrganization } from '../src/store/accounts.ts';
import { begin, checkLog } from './service-clients/begin.ts';
import { sdkClient } from './service-clients/client.ts';
import { at, list, said } from './service-clients/look.ts';
import { botocoreClient } from './service-clients/python.ts';
import { ACCOUNT, MEMBERS, type Stage, stageFor } from './service-clients/stage.ts';
import { referencePasses } from './support/finding-reference.ts';
import { documents } from './support/model.ts';
import { FIELDS, fieldFilters } from './support/random-criteria.ts';

const { model, operations } = INSPECTOR2;

/** A valid input of an operation. */
function sample(name: string): Readonly<Record<string, unknown>> {
  const [found] = fc.sample(documents(model, name, 'none'), { numRuns: 1, seed: 5 });
  return found as Readonly<Record<string, unknown>>;
}

/** Without what grows while a test runs: hours of use. */
function timeless(items: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(items, (key, value: unknown) => (key === 'total' ? undefined : value)));
}

/** Clients that send what the service must refuse. */
const FREE = [
  ['the SDK for JavaScript', (_context: TestContext, stage: Stage) => sdkClient(stage)],
  ['botocore', botocoreClient],
] as const;

for (const [name, make] of FREE) {
  test(`${name}: every operation without each member that it needs, and with a wrong signature`, async (context) => {
    const begun = await begin(context, make);
    if (begun === undefined) return;
    const { client, stage } = begun;
    let missing = 0;
    for (const { name: operation, shapes, bindings } of operations) {
      if (!client.operations.includes(operation)) continue;
      const input = sample(shapes.input);
      const wrong = await client.ask({ service: 'inspector2', operation, input, secret: 'x'.repeat(40) });
      assert.deepEqual([wrong.error?.code, wrong.error?.status], ['InvalidSignatureException', 403], operation);
      for (const member of shapeOf(model, shapes.input).required ?? []) {
        // There is no path without its label: clients refuse by themselves.
        if (bindings.labels.includes(member)) continue;
        const { [member]: _left, ...rest } = input;
        const { error } = await client.ask({ service: 'inspector2', operation, input: rest });
        assert.deepEqual(
          [error?.code, error?.status, error?.reason],
          ['ValidationException', 400, 'FIELD_VALIDATION_FAILED'],
          operation,
        );
        assert.deepEqual(error?.fields, [member], operation);
        missing += 1;
      }
    }
    assert.ok(missing > 80, `${missing} inputs`);
    checkLog(stage);
  });

  test(`${name}: pages of one join to the whole list, and a token of elsewhere is refused`, async (context) => {
    const begun = await begin(context, make);
    if (begun === undefined) return;
    const { client, stage } = begun;
    const ask = (operation: string, input: Readonly<Record<string, unknown>>, more = {}) =>
      client.ask({ service: 'inspector2', operation, input, ...more });
    const does = async (operation: string, input: Readonly<Record<string, unknown>>) => {
      const { error, output } = await ask(operation, input);
      assert.equal(error, undefined);
      return output;
    };
    await does('EnableDelegatedAdminAccount', { delegatedAdminAccountId: ACCOUNT });
    for (const accountId of MEMBERS) await does('AssociateMember', { accountId });
    const targets = { accountIds: ['SELF'], targetResourceTags: { env: ['prod'] } };
    for (const one of ['a', 'b', 'c']) {
      await does('CreateFilter', { name: one, action: 'NONE', filterCriteria: {} });
      const cis = { scanName: one, securityLevel: 'LEVEL_1', schedule: { oneTime: {} }, targets };
      await does('CreateCisScanConfiguration', cis);
    }
    const given: Readonly<Record<string, object>> = {
      ListFindingAggregations: { aggregationType: 'PACKAGE' },
      ListCoverageStatistics: { groupBy: 'ACCOUNT_ID' },
      SearchVulnerabilities: { filterCriteria: { vulnerabilityIds: ['CVE-2025-0001'] } },
    };
    const elsewhere = said(at(await does('ListFilters', { maxResults: 1 }), 'nextToken'));
    const sizes: Record<string, number> = {};
    for (const { name: operation, shapes } of operations) {
      const members = shapeOf(model, shapes.input).members ?? {};
      if (members.nextToken === undefined || !client.operations.includes(operation)) continue;
      const input = { ...sample(shapes.input), ...given[operation] };
      // A token of another list; for a list of something that does not exist, that is told first.
      const { error } = await ask(operation, { ...input, nextToken: operation === 'ListFilters' ? 'stale' : elsewhere });
      if (error?.code !== 'ResourceNotFoundException') {
        assert.deepEqual([error?.code, error?.fields], ['ValidationException', ['nextToken']], operation);
      }
      if (!Object.hasOwn(sdk, `paginate${operation}`)) continue;
      const limited = members.maxResults !== undefined;
      const key = Object.entries(shapeOf(model, shapes.output).members ?? {}).find(
        ([, target]) => shapeOf(model, target).type === 'list',
      )?.[0];
      assert.ok(key !== undefined, operation);
      const { pages = [] } = await ask(operation, input, { pageSize: limited ? 1 : 0 });
      const rowsOf = (page: unknown) => list(at(page, key) ?? []);
      const items = pages.flatMap(rowsOf);
      sizes[operation] = items.length;
      if (limited) assert.equal(pages.length, Math.max(1, items.length), operation);
      assert.ok(pages.length === 1 || pages.every((page) => rowsOf(page).length > 0), operation);
      assert.deepEqual(
        pages.map((page) => at(page, 'nextToken') !== undefined),
        pages.map((_page, index) => index < pages.length - 1),
        operation,
      );
      const whole: unknown[] = [];
      const largest = limited ? { maxResults: Math.min(shapeOf(model, members.maxResults ?? '').max ?? 25, 100) } : {};
      for (let nextToken: unknown; ; ) {
        const page = await does(operation, { ...input, ...largest, ...(nextToken !== undefined && { nextToken }) });
        whole.push(...rowsOf(page));
        nextToken = at(page, 'nextToken');
        if (nextToken === undefined) break;
      }
      assert.deepEqual(timeless(items), timeless(whole), operation);
    }
    // Lists that are empty would prove nothing.
    for (const [operation, least] of [
      ['ListFindings', stage.findings.length],
      ['ListCoverage', stage.resources.length],
      ['ListFindingAggregations', 5],
      ['ListCoverageStatistics', 4],
      ['ListFilters', 3],
      ['ListCisScanConfigurations', 3],
      ['ListMembers', 3],
      ['ListUsageTotals', 4],
      ['ListAccountPermissions', 8],
      ['ListDelegatedAdminAccounts', 1],
      ['SearchVulnerabilities', 1],
    ] as const) {
      assert.ok((sizes[operation] ?? 0) >= least, `${operation}: ${sizes[operation]}`);
    }
    checkLog(stage);
  });
}

for (const [name, make] of FREE) {
  test(`${name}: every field of filters finds what it says`, async (context) => {
    const begun = await begin(context, make);
    if (begun === undefined) return;
    const { client, stage } = begun;
    const [account = ''] = MEMBERS;
    await stage.service.store.write((tx) => saveOrganization(tx, { autoEnable: [], paths: [], delegatedAdmin: ACCOUNT }));
    await stage.service.store.write(async (tx) =>
      saveAccount(tx, { ...(await readAccount(tx, account)), admin: ACCOUNT, relationship: 'ENABLED' }, 1),
    );
    const all: sdk.Finding[] = [];
    for await (const page of sdk.paginateListFindings({ client: await stage.service.client() }, {})) {
      all.push(...(page.findings ?? []));
    }
    assert.equal(FIELDS.length, 65);
    let found = 0;
    for (const field of FIELDS) {
      const [first, second] = fc.sample(fieldFilters(field, all), { numRuns: 2, seed: 9 });
      for (const filterCriteria of [first, second]) {
        const input = JSON.parse(encoded({ filterCriteria, maxResults: 100 }).json.toString());
        const { output, error } = await client.ask({ service: 'inspector2', operation: 'ListFindings', input });
        const told = `${JSON.stringify(input)}: ${JSON.stringify(error)}`;
        const wanted = all
          .filter((finding) => referencePasses(finding, filterCriteria ?? {}))
          .map(({ findingArn }) => findingArn);
        assert.equal(error, undefined, told);
        const got = list(at(output, 'findings')).map((one) => said(at(one, 'findingArn')));
        assert.deepEqual(got.sort(), wanted.sort(), told);
        found += got.length;
      }
    }
    assert.ok(found > 200, `${found} findings`);
  });
}

test('what belongs to another account is not found, or not seen', async (context) => {
  const stage = await stageFor(context);
  const [owner, stranger] = [await stage.service.client(), await stage.service.client({ account: '999988887777' })];
  const gone = { name: 'ResourceNotFoundException' };
  const { arn } = await owner.send(new sdk.CreateFilterCommand({ name: 'one', action: 'NONE', filterCriteria: {} }));
  await assert.rejects(stranger.send(new sdk.UpdateFilterCommand({ filterArn: arn, action: 'NONE' })), gone);
  await assert.rejects(stranger.send(new sdk.DeleteFilterCommand({ arn })), gone);
  await assert.rejects(stranger.send(new sdk.TagResourceCommand({ resourceArn: arn, tags: { a: 'b' } })), gone);
  await assert.rejects(stranger.send(new sdk.UntagResourceCommand({ resourceArn: arn, tagKeys: ['a'] })), gone);
  await assert.rejects(stranger.send(new sdk.ListTagsForResourceCommand({ resourceArn: arn })), gone);
  const s3Destination = { bucketName: 'reports', kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1' };
  const { reportId } = await owner.send(new sdk.CreateFindingsReportCommand({ reportFormat: 'JSON', s3Destination }));
  await assert.rejects(stranger.send(new sdk.GetFindingsReportStatusCommand({ reportId })), gone);
  await assert.rejects(stranger.send(new sdk.CancelFindingsReportCommand({ reportId })), gone);
  const bill = await owner.send(new sdk.CreateSbomExportCommand({ reportFormat: 'SPDX_2_3', s3Destination }));
  await assert.rejects(stranger.send(new sdk.GetSbomExportCommand({ reportId: bill.reportId })), gone);
  await assert.rejects(stranger.send(new sdk.CancelSbomExportCommand({ reportId: bill.reportId })), gone);
  const [finding] = stage.findings.filter(({ account }) => account === ACCOUNT).map((one) => one.arn);
  const details = await stranger.send(new sdk.BatchGetFindingDetailsCommand({ findingArns: [finding ?? ''] }));
  assert.deepEqual([details.findingDetails, details.errors?.[0]?.errorCode], [[], 'FINDING_DETAILS_NOT_FOUND']);
  assert.deepEqual((await stranger.send(new sdk.ListFindingsCommand({}))).findings, []);
  assert.deepEqual((await stranger.send(new sdk.ListCoverageCommand({}))).coveredResources, []);
  assert.deepEqual((await stranger.send(new sdk.ListFiltersCommand({}))).filters, []);
  // A token is good for the account that it was given to.
  const { nextToken } = await owner.send(new sdk.ListFindingsCommand({ maxResults: 1 }));
  assert.equal(typeof nextToken, 'string');
  await assert.rejects(stranger.send(new sdk.ListFindingsCommand({ maxResults: 1, nextToken })), { name: 'ValidationException' });
  checkLog(stage);
});

test('waiters: no connector is deleted at once, and none is ever connected', async (context) => {
  const stage = await stageFor(context);
  const client = await stage.service.client();
  const settings = { client, maxWaitTime: 2, minDelay: 1, maxDelay: 1 };
  assert.equal((await sdk.waitUntilConnectorDeleted(settings, {})).state, 'SUCCESS');
  assert.equal((await sdk.waitForConnectorConnected(settings, {})).state, 'TIMEOUT');
  assert.equal((await sdk.waitForConnectorEnabled(settings, {})).state, 'TIMEOUT');
});
