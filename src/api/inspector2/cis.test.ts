/** CIS scan configurations: kept as asked for, listed by every filter and sort, in pages that hold while others write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-inspector2';
import { testNative } from '../../../tests/support/native.ts';
import { ACCOUNT, testService } from '../../../tests/support/service.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';

const SCHEDULE = { weekly: { startTime: { timeOfDay: '12:00', timezone: 'UTC' }, days: ['SUN'] } } satisfies sdk.Schedule;
const TARGETS = { accountIds: ['SELF'], targetResourceTags: { env: ['prod', 'test'] } };
const asked = (scanName: string, more: Partial<sdk.CreateCisScanConfigurationRequest> = {}) =>
  new sdk.CreateCisScanConfigurationCommand({
    scanName,
    securityLevel: 'LEVEL_1',
    schedule: SCHEDULE,
    targets: TARGETS,
    ...more,
  });

onBothEngines('a configuration is kept, changed in part, tagged and deleted, by its owner only', async (store, context) => {
  const service = await testService(context, { store });
  const client = await service.client();
  const { scanConfigurationArn = '' } = await client.send(asked('weekly', { tags: { team: 'web' } }));
  const list = async () => (await client.send(new sdk.ListCisScanConfigurationsCommand({}))).scanConfigurations;
  const kept = { scanConfigurationArn, ownerId: ACCOUNT, scanName: 'weekly', securityLevel: 'LEVEL_1', schedule: SCHEDULE };
  const targets = { ...TARGETS, accountIds: [ACCOUNT] };
  assert.deepEqual(await list(), [{ ...kept, targets, tags: { team: 'web' } }]);
  await client.send(new sdk.TagResourceCommand({ resourceArn: scanConfigurationArn, tags: { stage: 'one' } }));
  await client.send(new sdk.UntagResourceCommand({ resourceArn: scanConfigurationArn, tagKeys: ['team'] }));
  const schedule = { daily: { startTime: { timeOfDay: '03:30', timezone: 'Europe/Berlin' } } };
  await client.send(new sdk.UpdateCisScanConfigurationCommand({ scanConfigurationArn, scanName: 'daily', schedule }));
  const changed = { ...kept, scanName: 'daily', schedule, targets, tags: { stage: 'one' } };
  assert.deepEqual(await list(), [changed]);
  assert.match(service.log.join('\n'), /there are no CIS rules: nothing is scanned/);

  const other = await service.client({ account: '222233334444' });
  const gone = { name: 'ResourceNotFoundException' };
  await assert.rejects(other.send(new sdk.DeleteCisScanConfigurationCommand({ scanConfigurationArn })), gone);
  await assert.rejects(other.send(new sdk.UpdateCisScanConfigurationCommand({ scanConfigurationArn, scanName: 'x' })), gone);
  await assert.rejects(other.send(new sdk.ListTagsForResourceCommand({ resourceArn: scanConfigurationArn })), gone);
  assert.deepEqual((await other.send(new sdk.ListCisScanConfigurationsCommand({}))).scanConfigurations, []);
  await client.send(new sdk.DeleteCisScanConfigurationCommand({ scanConfigurationArn }));
  assert.deepEqual(await list(), []);
  await assert.rejects(client.send(new sdk.ListTagsForResourceCommand({ resourceArn: scanConfigurationArn })), gone);
});

test('a time zone that is none, reserved tags, accounts of others and too many are refused', async (context) => {
  const service = await testService(context);
  const client = await service.client();
  const refused = async (command: ReturnType<typeof asked>, field: string) =>
    assert.rejects(client.send(command), (error) => {
      assert.ok(error instanceof sdk.ValidationException, String(error));
      assert.deepEqual(
        error.fields?.map(({ name }) => name),
        [field],
      );
      return true;
    });
  const schedule = { daily: { startTime: { timeOfDay: '03:30', timezone: 'Nowhere/None' } } };
  await refused(asked('a', { schedule }), 'schedule.daily.startTime.timezone');
  await refused(asked('a', { tags: { 'aws:x': '1' } }), 'tags');
  const targets = { ...TARGETS, accountIds: ['222233334444'] };
  await assert.rejects(client.send(asked('a', { targets })), sdk.AccessDeniedException);
  assert.deepEqual((await client.send(new sdk.ListCisScanConfigurationsCommand({}))).scanConfigurations, []);

  const member = '222233334444';
  await client.send(new sdk.EnableDelegatedAdminAccountCommand({ delegatedAdminAccountId: ACCOUNT }));
  await client.send(new sdk.AssociateMemberCommand({ accountId: member }));
  await client.send(asked('all', { targets: { ...TARGETS, accountIds: ['ALL_ACCOUNTS', 'SELF'] } }));
  const [all] = (await client.send(new sdk.ListCisScanConfigurationsCommand({}))).scanConfigurations ?? [];
  assert.deepEqual(all?.targets?.accountIds, [ACCOUNT, member]);

  const rows = Array.from({ length: 499 }, (_, at) => ({
    kind: 'cis-configuration',
    account: ACCOUNT,
    key: `arn:aws:inspector2:us-east-1:${ACCOUNT}:owner/${ACCOUNT}/cis-configuration/${at}`,
    value: JSON.stringify({ scanName: `n${at}`, securityLevel: 'LEVEL_1', schedule: SCHEDULE, targets: TARGETS }),
    created_at: 1,
    updated_at: 1,
  }));
  await service.store.write((tx) => tx.insertInto('document').values(rows).execute());
  await assert.rejects(client.send(asked('one more')), /at most 500/);
});

test('every filter and sort, and pages that lose and repeat nothing while others write', async (context) => {
  const service = await testService(context);
  const client = await service.client();
  const arns = new Map<string, string>();
  for (const [name, env] of [
    ['beta', 'prod'],
    ['alpha', 'test'],
    ['alphabet', 'prod'],
    ['gamma', 'dev'],
  ] as const) {
    const targets = { accountIds: ['SELF'], targetResourceTags: { env: [env] } };
    arns.set(name, (await client.send(asked(name, { targets }))).scanConfigurationArn ?? '');
  }
  type Listed = sdk.ListCisScanConfigurationsRequest;
  const names = async (input: Listed) => {
    const { scanConfigurations = [] } = await client.send(new sdk.ListCisScanConfigurationsCommand(input));
    return scanConfigurations.map(({ scanName }) => scanName);
  };
  const byName = (filterCriteria: Listed['filterCriteria'], sortOrder: 'ASC' | 'DESC' = 'ASC') =>
    names({ filterCriteria, sortBy: 'SCAN_NAME', sortOrder });
  assert.deepEqual(await byName(undefined, 'DESC'), ['gamma', 'beta', 'alphabet', 'alpha']);
  const sorted = [...arns].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([name]) => name);
  assert.deepEqual(await names({ sortBy: 'SCAN_CONFIGURATION_ARN' }), sorted);
  const prefix = { comparison: 'PREFIX', value: 'alpha' } as const;
  assert.deepEqual(await byName({ scanNameFilters: [prefix, { comparison: 'EQUALS', value: 'beta' }] }), [
    'alpha',
    'alphabet',
    'beta',
  ]);
  assert.deepEqual(await byName({ scanNameFilters: [prefix, { comparison: 'NOT_EQUALS', value: 'alpha' }] }), ['alphabet']);
  const tag = (value: string) => ({ comparison: 'EQUALS', key: 'env', value }) as const;
  assert.deepEqual(await byName({ targetResourceTagFilters: [tag('prod'), tag('dev')] }), ['alphabet', 'beta', 'gamma']);
  const arn = arns.get('beta');
  assert.deepEqual(await byName({ scanConfigurationArnFilters: [{ comparison: 'EQUALS', value: arn }] }), ['beta']);
  const seen = [];
  const pages = sdk.paginateListCisScanConfigurations({ client, pageSize: 1 }, { sortBy: 'SCAN_NAME' });
  for await (const { scanConfigurations = [], nextToken } of pages) {
    assert.equal(scanConfigurations.length, 1);
    seen.push(scanConfigurations[0]?.scanName);
    assert.equal(nextToken === undefined, seen.length === 4);
    if (seen.length === 1) await client.send(asked('aaa'));
    if (seen.length !== 2) continue;
    await client.send(new sdk.DeleteCisScanConfigurationCommand({ scanConfigurationArn: arns.get('alphabet') }));
  }
  assert.deepEqual(seen, ['alpha', 'alphabet', 'beta', 'gamma']);
});

test('sessions of plugins are refused, and the status tells that nothing is scanned', async (context) => {
  const service = await testService(context);
  const client = await service.client();
  const scanJobId = '12345678-1234-1234-1234-123456789012';
  const session = { scanJobId, sessionToken: scanJobId };
  const calls = [
    client.send(new sdk.StartCisSessionCommand({ scanJobId, message: { sessionToken: scanJobId } })),
    client.send(new sdk.SendCisSessionHealthCommand(session)),
    client.send(
      new sdk.SendCisSessionTelemetryCommand({
        ...session,
        messages: [{ ruleId: 'r', status: 'PASSED', cisRuleDetails: new Uint8Array([1]) }],
      }),
    ),
    client.send(new sdk.StopCisSessionCommand({ ...session, message: { status: 'SUCCESS', progress: {} } })),
  ];
  for (const call of calls) await assert.rejects(call, { name: 'AccessDeniedException', message: /no CIS rules/ });

  const native = await testNative(context, []);
  assert.deepEqual((await native.ask('GET', '/status')).body.problems, []);
  const value = JSON.stringify({ scanName: 'x', securityLevel: 'LEVEL_1', schedule: SCHEDULE, targets: TARGETS });
  const row = { kind: 'cis-configuration', account: ACCOUNT, key: 'arn', value, created_at: 1, updated_at: 1 };
  await native.store.write((tx) => tx.insertInto('document').values(row).execute());
  const { problems } = (await native.ask('GET', '/status')).body;
  assert.deepEqual(
    problems.map(({ code }: { code: string }) => code),
    ['cis-not-scanned'],
  );
});

test('a tag may have any name', async (context) => {
  const client = await (await testService(context)).client();
  await client.send(asked('weekly'));
  for (const key of ['constructor', '__proto__', 'toString']) {
    const filter = { comparison: 'EQUALS', key, value: 'x' } as const;
    const criteria = { filterCriteria: { targetResourceTagFilters: [filter] } };
    const { scanConfigurations } = await client.send(new sdk.ListCisScanConfigurationsCommand(criteria));
    assert.deepEqual(scanConfigurations, [], key);
  }
});
