/** The story: the organization, what is switched on, and configuration. */
import assert from 'node:assert/strict';
import { type Case, DESTINATION, denied, gone, invalid, notEnabled, UNKNOWN } from './case.ts';
import { at, list, members } from './look.ts';
import { ACCOUNT, MEMBERS } from './stage.ts';

export const organization: readonly Case[] = [
  { operation: 'DescribeOrganizationConfiguration', input: {}, refuses: denied },
  { operation: 'GetDelegatedAdminAccount', input: {}, refuses: gone },
  {
    operation: 'EnableDelegatedAdminAccount',
    input: { delegatedAdminAccountId: ACCOUNT },
    answers: ({ delegatedAdminAccountId }) => assert.equal(delegatedAdminAccountId, ACCOUNT),
  },
  {
    operation: 'EnableDelegatedAdminAccount',
    input: { delegatedAdminAccountId: UNKNOWN },
    refuses: { code: 'ConflictException', status: 409, message: /is the delegated administrator already/ },
  },
  {
    operation: 'GetDelegatedAdminAccount',
    input: {},
    answers: ({ delegatedAdmin }) => assert.deepEqual(delegatedAdmin, { accountId: ACCOUNT, relationshipStatus: 'ENABLED' }),
  },
  {
    operation: 'ListDelegatedAdminAccounts',
    input: {},
    answers: ({ delegatedAdminAccounts }) =>
      assert.deepEqual(delegatedAdminAccounts, [{ accountId: ACCOUNT, status: 'ENABLED' }]),
  },
  ...MEMBERS.map(
    (accountId): Case => ({
      operation: 'AssociateMember',
      input: { accountId },
      answers: (output) => assert.deepEqual(output, { accountId }),
    }),
  ),
  {
    operation: 'AssociateMember',
    input: { accountId: MEMBERS[0] },
    refuses: {
      ...invalid('accountId'),
      message:
        /^The request is rejected because the given account ID is already a member or associated member of the current account\.$/,
    },
  },
  {
    operation: 'GetMember',
    input: { accountId: MEMBERS[1] },
    answers: ({ member }) => {
      const { updatedAt, ...rest } = members(member);
      assert.equal(typeof updatedAt, 'number');
      assert.deepEqual(rest, { accountId: MEMBERS[1], relationshipStatus: 'ENABLED', delegatedAdminAccountId: ACCOUNT });
    },
  },
  { operation: 'GetMember', input: { accountId: UNKNOWN }, refuses: gone },
  {
    operation: 'ListMembers',
    input: {},
    answers: ({ members }) =>
      assert.deepEqual(
        list(members).map((one) => at(one, 'accountId')),
        MEMBERS,
      ),
  },
  {
    operation: 'UpdateOrganizationConfiguration',
    input: { autoEnable: { ec2: true, ecr: false } },
    answers: ({ autoEnable }) => assert.deepEqual([at(autoEnable, 'ec2'), at(autoEnable, 'ecr')], [true, false]),
  },
  {
    operation: 'DescribeOrganizationConfiguration',
    input: {},
    answers: ({ autoEnable, maxAccountLimitReached }) =>
      assert.deepEqual([at(autoEnable, 'ec2'), at(autoEnable, 'ecr'), maxAccountLimitReached], [true, false, false]),
  },
  { operation: 'DisassociateMember', input: { accountId: UNKNOWN }, refuses: invalid('accountId') },
];

export const activation: readonly Case[] = [
  {
    operation: 'BatchGetAccountStatus',
    input: { accountIds: [ACCOUNT, UNKNOWN] },
    answers: ({ accounts, failedAccounts }) => {
      const [one, ...others] = list(accounts);
      assert.deepEqual([others.length, at(one, 'accountId'), at(one, 'state', 'status')], [0, ACCOUNT, 'ENABLED']);
      assert.equal(at(one, 'resourceState', 'ecr', 'status'), 'ENABLED');
      assert.deepEqual([at(failedAccounts, 0, 'accountId'), at(failedAccounts, 0, 'errorCode')], [UNKNOWN, 'ACCESS_DENIED']);
    },
  },
  {
    operation: 'Disable',
    input: { resourceTypes: ['LAMBDA'] },
    answers: ({ accounts }) => assert.equal(at(accounts, 0, 'resourceStatus', 'lambda'), 'DISABLED'),
  },
  {
    operation: 'BatchGetAccountStatus',
    input: {},
    answers: ({ accounts }) =>
      assert.deepEqual(
        [['state'], ['resourceState', 'lambda'], ['resourceState', 'ec2']].map((path) => at(accounts, 0, ...path, 'status')),
        ['ENABLED', 'DISABLED', 'ENABLED'],
      ),
  },
  {
    operation: 'Enable',
    input: { resourceTypes: ['EC2', 'ECR', 'LAMBDA'] },
    answers: ({ accounts, failedAccounts = [] }) => {
      assert.deepEqual([at(accounts, 0, 'status'), at(accounts, 0, 'resourceStatus', 'lambda')], ['ENABLED', 'ENABLED']);
      assert.deepEqual(failedAccounts, []);
    },
  },
  {
    operation: 'Enable',
    input: { resourceTypes: ['EC2'], accountIds: [UNKNOWN] },
    answers: ({ accounts, failedAccounts }) =>
      assert.deepEqual([accounts, at(failedAccounts, 0, 'errorCode')], [[], 'ACCESS_DENIED']),
  },
  { operation: 'Enable', input: { resourceTypes: ['LAMBDA_CODE'] }, refuses: invalid('resourceTypes') },
  {
    operation: 'ListAccountPermissions',
    input: { service: 'EC2' },
    answers: ({ permissions }) =>
      assert.deepEqual(permissions, [
        { service: 'EC2', operation: 'ENABLE_SCANNING' },
        { service: 'EC2', operation: 'DISABLE_SCANNING' },
      ]),
  },
  {
    operation: 'BatchGetFreeTrialInfo',
    input: { accountIds: [ACCOUNT, UNKNOWN] },
    answers: ({ accounts, failedAccounts }) => {
      assert.deepEqual(accounts, [{ accountId: ACCOUNT, freeTrialInfo: [] }]);
      assert.deepEqual([at(failedAccounts, 0, 'accountId'), at(failedAccounts, 0, 'code')], [UNKNOWN, 'ACCESS_DENIED']);
    },
  },
  {
    operation: 'ListUsageTotals',
    input: { accountIds: [ACCOUNT] },
    answers: ({ totals }) => {
      assert.deepEqual([list(totals).length, at(totals, 0, 'accountId')], [1, ACCOUNT]);
      const { type, total, estimatedMonthlyCost, currency } = members(at(totals, 0, 'usage', 0));
      assert.deepEqual([type, Number(total) > 0, estimatedMonthlyCost, currency], ['EC2_INSTANCE_HOURS', true, 0, 'USD']);
    },
  },
];

export const configuration: readonly Case[] = [
  {
    operation: 'UpdateConfiguration',
    input: { ecrConfiguration: { rescanDuration: 'DAYS_30' } },
    answers: (output) => assert.deepEqual(output, {}),
  },
  {
    operation: 'UpdateConfiguration',
    input: { ec2Configuration: { scanMode: 'EC2_HYBRID' } },
    answers: (output) => assert.deepEqual(output, {}),
    newer: true,
  },
  {
    operation: 'GetConfiguration',
    input: {},
    answers: ({ ecrConfiguration }) => {
      const { rescanDuration, status, updatedAt } = members(at(ecrConfiguration, 'rescanDurationState'));
      assert.deepEqual([rescanDuration, status, typeof updatedAt], ['DAYS_30', 'SUCCESS', 'number']);
    },
  },
  { operation: 'GetConfiguration', input: { accountId: UNKNOWN }, refuses: denied, newer: true },
  {
    operation: 'UpdateConfiguration',
    input: { ecrConfiguration: { rescanDuration: 'DAYS_31' } },
    refuses: invalid('ecrConfiguration.rescanDuration'),
  },
  {
    operation: 'UpdateEc2DeepInspectionConfiguration',
    input: { activateDeepInspection: true, packagePaths: ['/opt/app'] },
    answers: ({ packagePaths, status }) => assert.deepEqual([packagePaths, status], [['/opt/app'], 'ACTIVATED']),
    newer: true,
  },
  {
    operation: 'UpdateOrgEc2DeepInspectionConfiguration',
    input: { orgPackagePaths: ['/srv'] },
    answers: (output) => assert.deepEqual(output, {}),
    newer: true,
  },
  {
    operation: 'GetEc2DeepInspectionConfiguration',
    input: {},
    answers: ({ packagePaths, orgPackagePaths }) => assert.deepEqual([packagePaths, orgPackagePaths], [['/opt/app'], ['/srv']]),
    newer: true,
  },
  {
    operation: 'BatchUpdateMemberEc2DeepInspectionStatus',
    input: { accountIds: [MEMBERS[0], UNKNOWN].map((accountId) => ({ accountId, activateDeepInspection: false })) },
    answers: ({ accountIds, failedAccountIds }) => {
      assert.deepEqual(accountIds, [{ accountId: MEMBERS[0], status: 'DEACTIVATED' }]);
      assert.equal(at(failedAccountIds, 0, 'accountId'), UNKNOWN);
    },
    newer: true,
  },
  {
    operation: 'BatchGetMemberEc2DeepInspectionStatus',
    input: { accountIds: [MEMBERS[0], MEMBERS[1]] },
    answers: ({ accountIds }) =>
      assert.deepEqual(
        list(accountIds).map((one) => at(one, 'status')),
        ['DEACTIVATED', 'ACTIVATED'],
      ),
    newer: true,
  },
  { operation: 'GetEncryptionKey', input: { scanType: 'CODE', resourceType: 'AWS_LAMBDA_FUNCTION' }, refuses: gone, newer: true },
  {
    operation: 'ResetEncryptionKey',
    input: { scanType: 'CODE', resourceType: 'AWS_LAMBDA_FUNCTION' },
    refuses: gone,
    newer: true,
  },
  {
    operation: 'UpdateEncryptionKey',
    input: { kmsKeyId: DESTINATION.kmsKeyArn, scanType: 'CODE', resourceType: 'AWS_LAMBDA_FUNCTION' },
    refuses: notEnabled(/nothing to encrypt/),
    newer: true,
  },
];

export const end: readonly Case[] = [
  {
    operation: 'DisassociateMember',
    input: { accountId: MEMBERS[2] },
    answers: (output) => assert.deepEqual(output, { accountId: MEMBERS[2] }),
  },
  {
    operation: 'DisableDelegatedAdminAccount',
    input: { delegatedAdminAccountId: ACCOUNT },
    answers: (output) => assert.deepEqual(output, { delegatedAdminAccountId: ACCOUNT }),
  },
  { operation: 'DisableDelegatedAdminAccount', input: { delegatedAdminAccountId: ACCOUNT }, refuses: gone },
];
