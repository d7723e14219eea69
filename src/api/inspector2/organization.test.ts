/** Activation, configuration and the organization, with the real client. */
import assert from 'node:assert/strict';
import {
  AccessDeniedException,
  AssociateMemberCommand,
  BatchGetAccountStatusCommand,
  BatchGetFreeTrialInfoCommand,
  BatchGetMemberEc2DeepInspectionStatusCommand,
  BatchUpdateMemberEc2DeepInspectionStatusCommand,
  ConflictException,
  DescribeOrganizationConfigurationCommand,
  DisableCommand,
  DisableDelegatedAdminAccountCommand,
  DisassociateMemberCommand,
  EnableCommand,
  EnableDelegatedAdminAccountCommand,
  GetConfigurationCommand,
  GetDelegatedAdminAccountCommand,
  GetEc2DeepInspectionConfigurationCommand,
  GetEncryptionKeyCommand,
  GetMemberCommand,
  ListAccountPermissionsCommand,
  ListDelegatedAdminAccountsCommand,
  ListMembersCommand,
  ListUsageTotalsCommand,
  paginateListMembers,
  ResourceNotFoundException,
  UpdateConfigurationCommand,
  UpdateEc2DeepInspectionConfigurationCommand,
  UpdateOrganizationConfigurationCommand,
  UpdateOrgEc2DeepInspectionConfigurationCommand,
  ValidationException,
} from '@aws-sdk/client-inspector2';
import { ACCOUNT, testService } from '../../../tests/support/service.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';

const ADMIN = '222233334444';
const MEMBER = '333344445555';

onBothEngines('scan types are switched on and off', async (store, context) => {
  const service = await testService(context, { store });
  const client = await service.client();
  const first = await client.send(new BatchGetAccountStatusCommand({}));
  assert.equal(first.accounts?.[0]?.state?.status, 'ENABLED');
  assert.equal(first.accounts?.[0]?.resourceState?.lambdaCode?.status, 'DISABLED');
  const off = await client.send(new DisableCommand({ resourceTypes: ['EC2', 'LAMBDA'] }));
  assert.deepEqual(off.accounts, [
    {
      accountId: ACCOUNT,
      status: 'ENABLED',
      resourceStatus: { ec2: 'DISABLED', ecr: 'ENABLED', lambda: 'DISABLED', lambdaCode: 'DISABLED', codeRepository: 'ENABLED' },
    },
  ]);
  assert.deepEqual(off.failedAccounts, []);
  // Switching off what is off says the same and tells the engine nothing.
  await client.send(new DisableCommand({ resourceTypes: ['EC2'] }));
  assert.deepEqual(service.changes, [{ kind: 'activation', account: ACCOUNT }]);
  await client.send(new DisableCommand({}));
  const all = await client.send(new BatchGetAccountStatusCommand({ accountIds: [ACCOUNT, ADMIN, ACCOUNT] }));
  assert.equal(all.accounts?.length, 1);
  assert.equal(all.accounts?.[0]?.state?.status, 'DISABLED');
  assert.equal(all.failedAccounts?.[0]?.errorCode, 'ACCESS_DENIED');
  const on = await client.send(new EnableCommand({ resourceTypes: ['EC2', 'EC2'] }));
  assert.equal(on.accounts?.[0]?.resourceStatus?.ec2, 'ENABLED');
  await assert.rejects(client.send(new EnableCommand({ resourceTypes: ['LAMBDA_CODE'] })), ValidationException);
  const trial = await client.send(new BatchGetFreeTrialInfoCommand({ accountIds: [ACCOUNT, ADMIN] }));
  assert.deepEqual(trial.accounts, [{ accountId: ACCOUNT, freeTrialInfo: [] }]);
  assert.equal(trial.failedAccounts?.[0]?.code, 'ACCESS_DENIED');
});

onBothEngines('permissions are paged exactly', async (store, context) => {
  const client = await (await testService(context, { store })).client();
  const all = await client.send(new ListAccountPermissionsCommand({}));
  assert.equal(all.permissions?.length, 8);
  assert.equal(all.nextToken, undefined);
  const first = await client.send(new ListAccountPermissionsCommand({ maxResults: 7 }));
  assert.equal(first.permissions?.length, 7);
  const rest = await client.send(new ListAccountPermissionsCommand({ maxResults: 7, nextToken: first.nextToken }));
  assert.equal(rest.permissions?.length, 1);
  assert.equal(rest.nextToken, undefined);
  const exact = await client.send(new ListAccountPermissionsCommand({ service: 'EC2', maxResults: 2 }));
  assert.equal(exact.nextToken, undefined);
  await assert.rejects(
    client.send(new ListAccountPermissionsCommand({ service: 'EC2', nextToken: first.nextToken })),
    ValidationException,
  );
});

onBothEngines('configuration: defaults, changes that keep the rest', async (store, context) => {
  const service = await testService(context, { store });
  const client = await service.client();
  const { ecrConfiguration, ec2Configuration } = await client.send(new GetConfigurationCommand({}));
  assert.equal(ecrConfiguration?.rescanDurationState?.rescanDuration, 'LIFETIME');
  assert.deepEqual(ec2Configuration?.scanModeState, { scanMode: 'EC2_HYBRID', scanModeStatus: 'SUCCESS' });
  await client.send(
    new UpdateConfigurationCommand({ ecrConfiguration: { rescanDuration: 'DAYS_30', pullDateRescanDuration: 'DAYS_14' } }),
  );
  await client.send(new UpdateConfigurationCommand({ ecrConfiguration: { rescanDuration: 'DAYS_60' } }));
  await client.send(new UpdateConfigurationCommand({ ec2Configuration: { scanMode: 'EC2_SSM_AGENT_BASED' } }));
  const after = await client.send(new GetConfigurationCommand({ accountId: ACCOUNT }));
  const { updatedAt, ...state } = after.ecrConfiguration?.rescanDurationState ?? {};
  assert.ok(updatedAt instanceof Date);
  assert.deepEqual(state, { rescanDuration: 'DAYS_60', pullDateRescanDuration: 'DAYS_14', status: 'SUCCESS' });
  assert.equal(after.ec2Configuration?.scanModeState?.scanMode, 'EC2_SSM_AGENT_BASED');
  await assert.rejects(client.send(new GetConfigurationCommand({ accountId: MEMBER })), AccessDeniedException);
  const deep = await client.send(new UpdateEc2DeepInspectionConfigurationCommand({ packagePaths: ['/opt/app'] }));
  assert.deepEqual([deep.status, deep.packagePaths, deep.orgPackagePaths], ['ACTIVATED', ['/opt/app'], []]);
  const off = await client.send(new UpdateEc2DeepInspectionConfigurationCommand({ activateDeepInspection: false }));
  assert.deepEqual([off.status, off.packagePaths], ['DEACTIVATED', ['/opt/app']]);
  await assert.rejects(
    client.send(new GetEncryptionKeyCommand({ scanType: 'CODE', resourceType: 'AWS_LAMBDA_FUNCTION' })),
    ResourceNotFoundException,
  );
});

onBothEngines('an organization: one administrator, members that see and may do less', async (store, context) => {
  const service = await testService(context, { store });
  const management = await service.client();
  const admin = await service.client({ account: ADMIN });
  const member = await service.client({ account: MEMBER });
  await assert.rejects(management.send(new GetDelegatedAdminAccountCommand({})), ResourceNotFoundException);
  await assert.rejects(
    admin.send(new EnableDelegatedAdminAccountCommand({ delegatedAdminAccountId: ADMIN })),
    AccessDeniedException,
  );
  await assert.rejects(admin.send(new ListMembersCommand({})), AccessDeniedException);
  await management.send(new EnableDelegatedAdminAccountCommand({ delegatedAdminAccountId: ADMIN }));
  await management.send(new EnableDelegatedAdminAccountCommand({ delegatedAdminAccountId: ADMIN }));
  await assert.rejects(management.send(new EnableDelegatedAdminAccountCommand({ delegatedAdminAccountId: MEMBER })), (error) => {
    assert.ok(error instanceof ConflictException);
    assert.deepEqual([error.resourceId, error.resourceType], [ADMIN, 'DelegatedAdminAccount']);
    return true;
  });
  const listed = await management.send(new ListDelegatedAdminAccountsCommand({}));
  assert.deepEqual(listed.delegatedAdminAccounts, [{ accountId: ADMIN, status: 'ENABLED' }]);

  // What it set before it joins gives way.
  await member.send(new UpdateConfigurationCommand({ ecrConfiguration: { rescanDuration: 'DAYS_3' } }));
  await member.send(new DisableCommand({}));
  await admin.send(new UpdateOrganizationConfigurationCommand({ autoEnable: { ec2: true, ecr: false } }));
  const described = await admin.send(new DescribeOrganizationConfigurationCommand({}));
  assert.equal(described.maxAccountLimitReached, false);
  assert.deepEqual(described.autoEnable, { ec2: true, ecr: false, lambda: false, lambdaCode: false, codeRepository: false });
  await admin.send(new AssociateMemberCommand({ accountId: MEMBER }));
  await assert.rejects(admin.send(new AssociateMemberCommand({ accountId: MEMBER })), /already a member/);
  const { member: one } = await admin.send(new GetMemberCommand({ accountId: MEMBER }));
  assert.deepEqual([one?.relationshipStatus, one?.delegatedAdminAccountId], ['ENABLED', ADMIN]);
  const status = await admin.send(new BatchGetAccountStatusCommand({ accountIds: [MEMBER] }));
  assert.deepEqual(
    [status.accounts?.[0]?.resourceState?.ec2?.status, status.accounts?.[0]?.resourceState?.ecr?.status],
    ['ENABLED', 'DISABLED'],
  );

  // What a member may not do.
  await assert.rejects(member.send(new DisableCommand({})), /Member account 333344445555 is not authorized to disable itself/);
  await assert.rejects(
    member.send(new UpdateConfigurationCommand({ ec2Configuration: { scanMode: 'EC2_HYBRID' } })),
    AccessDeniedException,
  );
  await assert.rejects(
    member.send(new UpdateEc2DeepInspectionConfigurationCommand({ activateDeepInspection: false })),
    AccessDeniedException,
  );
  const permissions = await member.send(new ListAccountPermissionsCommand({}));
  assert.ok(permissions.permissions?.every(({ operation }) => operation?.startsWith('ENABLE')));

  // What the administrator sets holds for members, unless it set something for one.
  await admin.send(new UpdateConfigurationCommand({ ecrConfiguration: { rescanDuration: 'DAYS_7' } }));
  const rescan = async () =>
    (await member.send(new GetConfigurationCommand({}))).ecrConfiguration?.rescanDurationState?.rescanDuration;
  assert.equal(await rescan(), 'DAYS_7');
  await admin.send(new UpdateConfigurationCommand({ accountId: MEMBER, ecrConfiguration: { rescanDuration: 'DAYS_90' } }));
  assert.equal(await rescan(), 'DAYS_90');
  await admin.send(
    new UpdateConfigurationCommand({
      accountId: MEMBER,
      updateConfigurationInheritance: { ecrConfiguration: 'INHERIT_FROM_ADMIN' },
    }),
  );
  assert.equal(await rescan(), 'DAYS_7');
  await admin.send(new UpdateOrgEc2DeepInspectionConfigurationCommand({ orgPackagePaths: ['/srv'] }));
  assert.deepEqual((await member.send(new GetEc2DeepInspectionConfigurationCommand({}))).orgPackagePaths, ['/srv']);
  const updated = await admin.send(
    new BatchUpdateMemberEc2DeepInspectionStatusCommand({
      accountIds: [
        { accountId: MEMBER, activateDeepInspection: false },
        { accountId: ACCOUNT, activateDeepInspection: false },
      ],
    }),
  );
  assert.deepEqual(updated.accountIds, [{ accountId: MEMBER, status: 'DEACTIVATED' }]);
  assert.deepEqual(
    updated.failedAccountIds?.map(({ accountId }) => accountId),
    [ACCOUNT],
  );
  const inspected = await admin.send(new BatchGetMemberEc2DeepInspectionStatusCommand({}));
  assert.deepEqual(inspected.accountIds, [{ accountId: MEMBER, status: 'DEACTIVATED' }]);

  // The administrator cannot leave before its members.
  const kept = await admin.send(new DisableCommand({}));
  assert.equal(kept.failedAccounts?.[0]?.errorCode, 'DISASSOCIATE_ALL_MEMBERS');
  await admin.send(new DisassociateMemberCommand({ accountId: MEMBER }));
  await assert.rejects(admin.send(new DisassociateMemberCommand({ accountId: MEMBER })), ValidationException);
  assert.deepEqual((await admin.send(new ListMembersCommand({}))).members, []);
  const former = await admin.send(new ListMembersCommand({ onlyAssociated: false }));
  assert.equal(former.members?.[0]?.relationshipStatus, 'REMOVED');
  assert.equal((await admin.send(new BatchGetAccountStatusCommand({ accountIds: [MEMBER] }))).accounts?.length, 0);
  await management.send(new DisableDelegatedAdminAccountCommand({ delegatedAdminAccountId: ADMIN }));
  await assert.rejects(
    management.send(new DisableDelegatedAdminAccountCommand({ delegatedAdminAccountId: ADMIN })),
    ResourceNotFoundException,
  );
});

onBothEngines('members are paged without empty pages', async (store, context) => {
  const service = await testService(context, { store });
  await (await service.client()).send(new EnableDelegatedAdminAccountCommand({ delegatedAdminAccountId: ADMIN }));
  const client = await service.client({ account: ADMIN });
  const ids = Array.from({ length: 6 }, (_, at) => `90000000000${at}`);
  for (const accountId of ids) await client.send(new AssociateMemberCommand({ accountId }));
  const pages: string[][] = [];
  for await (const { members = [] } of paginateListMembers({ client, pageSize: 3 }, {})) {
    pages.push(members.map(({ accountId = '' }) => accountId));
  }
  assert.deepEqual(pages, [ids.slice(0, 3), ids.slice(3)]);
});

onBothEngines('usage of the last 30 days', async (store, context) => {
  const service = await testService(context, { store });
  const day = 86_400_000;
  const now = Date.now();
  const resource = (uid: string, type: string, first: number, removed: number | null) => ({
    uid,
    account: ACCOUNT,
    region: 'us-east-1',
    type,
    name: uid,
    details: '{}',
    tags: '{}',
    target: '{}',
    origin: 'push',
    status_code: 'ACTIVE',
    status_reason: 'SUCCESSFUL',
    units: '[]',
    problems: '[]',
    first_seen_at: first,
    updated_at: first,
    removed_at: removed,
  });
  await service.store.write((tx) =>
    tx
      .insertInto('resource')
      .values(
        [
          resource('i-1', 'AWS_EC2_INSTANCE', now - 10 * day, now - 5 * day),
          resource('i-2', 'AWS_EC2_INSTANCE', now - 90 * day, null),
          resource('i-3', 'AWS_EC2_INSTANCE', now - 90 * day, now - 60 * day),
          resource('image', 'AWS_ECR_CONTAINER_IMAGE', now - day, null),
        ].map((row) => ({
          ...row,
          platform: null,
          scan_mode: null,
          inventory_digest: null,
          inventory_at: null,
          scanned_at: null,
          exposure: null,
        })),
      )
      .execute(),
  );
  const { totals } = await (await service.client()).send(new ListUsageTotalsCommand({}));
  assert.equal(totals?.[0]?.accountId, ACCOUNT);
  const total = (type: string) => totals?.[0]?.usage?.find((usage) => usage.type === type)?.total ?? -1;
  assert.equal(Math.round(total('EC2_INSTANCE_HOURS')), (5 + 30) * 24);
  assert.deepEqual([total('ECR_INITIAL_SCAN'), total('ECR_RESCAN')], [1, 0]);
});
