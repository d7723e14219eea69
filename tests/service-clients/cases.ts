/** The story that every client tells: each operation with what must come back, in this order. Inputs are JSON of the wire. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OperationName } from '../../src/api/inspector2/handler.ts';
import type { NewerName } from '../../src/api/inspector2/newer.ts';
import { INSPECTOR2 } from '../../src/api/inspector2/service.ts';
import { documents } from '../support/model.ts';
import { REGION } from '../support/service.ts';
import type { Output } from './client.ts';
import { ACCOUNT, MEMBERS, type Stage, type StoredFinding } from './stage.ts';

type Input = Readonly<Record<string, unknown>>;

/** What answers told and later questions need. */
export type Facts = Record<string, string>;

export interface Refusal {
  readonly code: string;
  readonly status: number;
  /** Fields that a ValidationException names. */
  readonly fields?: readonly string[];
  readonly message?: RegExp;
}

export interface Case {
  readonly operation: OperationName | NewerName | 'ScanSbom';
  readonly input: Input | ((facts: Facts, stage: Stage) => Input);
  /** Looks at the answer, and keeps what later questions need. */
  readonly answers?: (output: Output, stage: Stage, facts: Facts) => void;
  readonly refuses?: Refusal;
  /** The operation, or a member of its input, is newer than the AWS CLI 2.9: that one cannot say it. */
  readonly newer?: true;
  /** The worker does its work before this. */
  readonly after?: 'work';
}

const UNKNOWN = '999999999999';
const ID = '12345678-1234-1234-1234-123456789012';
const arn = (rest: string) => `arn:aws:inspector2:${REGION}:${ACCOUNT}:${rest}`;
const FINDING = arn(`finding/${'0'.repeat(32)}`);
const INTEGRATION = arn(`codesecurity-integration/${ID}`);
const CODE_CONFIGURATION = arn(`owner/${ACCOUNT}/codesecurity-configuration/${ID}`);
const CONNECTOR = arn(`connector/${ID}`);
const CIS_SCAN = arn(`owner/${ACCOUNT}/cis-scan/${ID}`);
const CIS_CONFIGURATION = arn(`owner/${ACCOUNT}/cis-configuration/${ID}`);
const FILTER = arn(`owner/${ACCOUNT}/filter/0123456789abcdef`);
const DESTINATION = { bucketName: 'reports', keyPrefix: 'p', kmsKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${ID}` };

const equals = (value: string) => [{ comparison: 'EQUALS', value }];
const gone: Refusal = { code: 'ResourceNotFoundException', status: 404 };
const denied: Refusal = { code: 'AccessDeniedException', status: 403 };
const invalid = (...fields: readonly string[]): Refusal => ({ code: 'ValidationException', status: 400, fields });
const notEnabled = (message: RegExp): Refusal => ({ ...denied, message });

/** A valid input, when nothing in it matters. */
function anyInput(operation: OperationName): Input {
  const shape = INSPECTOR2.model.operations[operation]?.input ?? '';
  const [found] = fc.sample(documents(INSPECTOR2.model, shape, 'none'), { numRuns: 1, seed: 3 });
  return found as Input;
}

const arnsOf = (findings: readonly { readonly findingArn: string }[]) => findings.map(({ findingArn }) => findingArn).sort();
const storedArns = (stage: Stage, is: (finding: StoredFinding) => boolean) =>
  stage.findings
    .filter(is)
    .map((one) => one.arn)
    .sort();

/** Findings of criteria: all of them, no other, on one page or more. */
function finds(filterCriteria: Input, is: (finding: StoredFinding) => boolean, more: Partial<Case> = {}): Case {
  const answers = ({ findings, nextToken }: Output, stage: Stage) => {
    const wanted = storedArns(stage, is);
    assert.ok(wanted.length > 0 && wanted.length <= 100, `${wanted.length} findings to find`);
    assert.deepEqual(arnsOf(findings), wanted);
    assert.equal(nextToken, undefined);
  };
  return { operation: 'ListFindings', input: { filterCriteria, maxResults: 100 }, answers, ...more };
}

const AGGREGATIONS = INSPECTOR2.model.shapes.AggregationType?.enum ?? [];
const SORTS = INSPECTOR2.model.shapes.SortField?.enum ?? [];
const GROUPS = INSPECTOR2.model.shapes.GroupKey?.enum ?? [];

const organization: readonly Case[] = [
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
      const { updatedAt, ...rest } = member;
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
        members.map(({ accountId }: { accountId: string }) => accountId),
        MEMBERS,
      ),
  },
  {
    operation: 'UpdateOrganizationConfiguration',
    input: { autoEnable: { ec2: true, ecr: false } },
    answers: ({ autoEnable }) => assert.deepEqual([autoEnable.ec2, autoEnable.ecr], [true, false]),
  },
  {
    operation: 'DescribeOrganizationConfiguration',
    input: {},
    answers: ({ autoEnable, maxAccountLimitReached }) =>
      assert.deepEqual([autoEnable.ec2, autoEnable.ecr, maxAccountLimitReached], [true, false, false]),
  },
  { operation: 'DisassociateMember', input: { accountId: UNKNOWN }, refuses: invalid('accountId') },
];

const activation: readonly Case[] = [
  {
    operation: 'BatchGetAccountStatus',
    input: { accountIds: [ACCOUNT, UNKNOWN] },
    answers: ({ accounts, failedAccounts }) => {
      assert.deepEqual([accounts.length, accounts[0].accountId, accounts[0].state.status], [1, ACCOUNT, 'ENABLED']);
      assert.equal(accounts[0].resourceState.ecr.status, 'ENABLED');
      assert.deepEqual([failedAccounts[0].accountId, failedAccounts[0].errorCode], [UNKNOWN, 'ACCESS_DENIED']);
    },
  },
  {
    operation: 'Disable',
    input: { resourceTypes: ['LAMBDA'] },
    answers: ({ accounts }) => assert.equal(accounts[0].resourceStatus.lambda, 'DISABLED'),
  },
  {
    operation: 'BatchGetAccountStatus',
    input: {},
    answers: ({ accounts }) =>
      assert.deepEqual(
        [accounts[0].state.status, accounts[0].resourceState.lambda.status, accounts[0].resourceState.ec2.status],
        ['ENABLED', 'DISABLED', 'ENABLED'],
      ),
  },
  {
    operation: 'Enable',
    input: { resourceTypes: ['EC2', 'ECR', 'LAMBDA'] },
    answers: ({ accounts, failedAccounts = [] }) => {
      assert.deepEqual([accounts[0].status, accounts[0].resourceStatus.lambda], ['ENABLED', 'ENABLED']);
      assert.deepEqual(failedAccounts, []);
    },
  },
  {
    operation: 'Enable',
    input: { resourceTypes: ['EC2'], accountIds: [UNKNOWN] },
    answers: ({ accounts, failedAccounts }) => assert.deepEqual([accounts, failedAccounts[0].errorCode], [[], 'ACCESS_DENIED']),
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
      assert.deepEqual([failedAccounts[0].accountId, failedAccounts[0].code], [UNKNOWN, 'ACCESS_DENIED']);
    },
  },
  {
    operation: 'ListUsageTotals',
    input: { accountIds: [ACCOUNT] },
    answers: ({ totals }) => {
      assert.deepEqual([totals.length, totals[0].accountId], [1, ACCOUNT]);
      const { type, total, estimatedMonthlyCost, currency } = totals[0].usage[0];
      assert.deepEqual([type, total > 0, estimatedMonthlyCost, currency], ['EC2_INSTANCE_HOURS', true, 0, 'USD']);
    },
  },
];

const findings: readonly Case[] = [
  finds(
    { severity: equals('CRITICAL'), findingStatus: equals('ACTIVE') },
    ({ severity, status }) => severity === 'CRITICAL' && status === 'ACTIVE',
  ),
  finds({ findingType: equals('NETWORK_REACHABILITY') }, ({ type }) => type === 'NETWORK_REACHABILITY'),
  finds({ resourceType: equals('AWS_LAMBDA_FUNCTION') }, ({ resourceType }) => resourceType === 'AWS_LAMBDA_FUNCTION'),
  finds({ resourceType: equals('CODE_REPOSITORY') }, ({ resourceType }) => resourceType === 'CODE_REPOSITORY'),
  finds({ vulnerabilityId: equals('CVE-2025-0001') }, ({ vulnerability }) => vulnerability === 'CVE-2025-0001'),
  finds({ inspectorScore: [{ lowerInclusive: 7 }] }, ({ score }) => score !== null && score >= 7),
  finds({ epssScore: [{ lowerInclusive: 0.5 }] }, ({ epss }) => epss !== null && epss >= 0.5, { newer: true }),
  ...SORTS.map(
    (field): Case => ({
      operation: 'ListFindings',
      input: { sortCriteria: { field, sortOrder: 'DESC' }, maxResults: 100 },
      answers: ({ findings: found, nextToken }, stage) => {
        assert.equal(found.length, Math.min(100, stage.findings.length), field);
        assert.equal(typeof nextToken, stage.findings.length > 100 ? 'string' : 'undefined');
        assert.ok(found.every((one: Output) => typeof one.firstObservedAt === 'number' && one.resources.length === 1));
      },
    }),
  ),
  {
    operation: 'ListFindings',
    input: { maxResults: 101 },
    refuses: {
      ...invalid('maxResults'),
      message:
        /^1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100$/,
    },
  },
  { operation: 'ListFindings', input: { nextToken: 'stale' }, refuses: invalid('nextToken') },
  {
    operation: 'ListFindings',
    input: { filterCriteria: { severity: [{ comparison: 'LIKE', value: 'x' }] } },
    refuses: invalid('filterCriteria.severity.1.member.comparison'),
  },
  ...AGGREGATIONS.map(
    (aggregationType): Case => ({
      operation: 'ListFindingAggregations',
      input: { aggregationType },
      answers: (output, stage) => {
        assert.equal(output.aggregationType, aggregationType);
        assert.ok(output.responses.length > 0, aggregationType);
        if (aggregationType !== 'ACCOUNT') return;
        const active = stage.findings.filter(({ status }) => status === 'ACTIVE');
        const sum = (name: string) =>
          output.responses.reduce((total: number, one: Output) => total + one.accountAggregation.severityCounts[name], 0);
        assert.equal(sum('all'), active.length);
        assert.equal(sum('high'), active.filter(({ severity }) => severity === 'HIGH').length);
        // Clients that know all counts are told all.
        if (output.responses[0].accountAggregation.severityCounts.low === undefined) return;
        const parts = ['critical', 'high', 'medium', 'low', 'informational', 'untriaged'].map(sum);
        assert.equal(
          parts.reduce((total, part) => total + part),
          active.length,
        );
      },
    }),
  ),
  {
    operation: 'ListFindingAggregations',
    input: {
      aggregationType: 'TITLE',
      aggregationRequest: { titleAggregation: { sortBy: 'CRITICAL', sortOrder: 'DESC' } },
    },
    answers: ({ responses }) => {
      const counts = responses.map((one: Output) => one.titleAggregation.severityCounts.critical);
      assert.deepEqual(
        counts,
        counts.toSorted((a: number, b: number) => b - a),
      );
    },
  },
  {
    operation: 'ListFindingAggregations',
    input: { aggregationType: 'TITLE', aggregationRequest: { accountAggregation: {} } },
    refuses: invalid('aggregationRequest'),
  },
  {
    operation: 'BatchGetFindingDetails',
    input: (_facts, stage) => ({ findingArns: [storedArns(stage, ({ type }) => type === 'PACKAGE_VULNERABILITY')[0], FINDING] }),
    answers: ({ findingDetails, errors }, stage) => {
      assert.equal(findingDetails[0].findingArn, storedArns(stage, ({ type }) => type === 'PACKAGE_VULNERABILITY')[0]);
      assert.ok(findingDetails[0].riskScore >= 0 && findingDetails[0].evidences.length > 0);
      assert.deepEqual([errors.length, errors[0].findingArn, errors[0].errorCode], [1, FINDING, 'FINDING_DETAILS_NOT_FOUND']);
    },
    newer: true,
  },
  {
    operation: 'BatchGetCodeSnippet',
    input: { findingArns: [FINDING] },
    answers: ({ errors }) => assert.deepEqual([errors[0].findingArn, errors[0].errorCode], [FINDING, 'CODE_SNIPPET_NOT_FOUND']),
    newer: true,
  },
  {
    operation: 'SearchVulnerabilities',
    input: { filterCriteria: { vulnerabilityIds: ['CVE-2025-0001'] } },
    answers: ({ vulnerabilities }) => assert.deepEqual([vulnerabilities.length, vulnerabilities[0].id], [1, 'CVE-2025-0001']),
    newer: true,
  },
  {
    operation: 'SearchVulnerabilities',
    input: { filterCriteria: { vulnerabilityIds: ['CVE-2021-44228'] } },
    answers: ({ vulnerabilities }) => assert.deepEqual(vulnerabilities, []),
    newer: true,
  },
  {
    operation: 'GetClustersForImage',
    input: { filter: { resourceId: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/app/sha256:${'c'.repeat(64)}` } },
    answers: ({ cluster }) => assert.deepEqual(cluster, []),
    newer: true,
  },
];

const coverage: readonly Case[] = [
  ...['AWS_EC2_INSTANCE', 'AWS_ECR_CONTAINER_IMAGE', 'AWS_LAMBDA_FUNCTION', 'CODE_REPOSITORY'].map(
    (type): Case => ({
      operation: 'ListCoverage',
      input: { filterCriteria: { resourceType: equals(type), scanType: equals('PACKAGE') } },
      answers: ({ coveredResources }, stage) => {
        const found = coveredResources.map(({ resourceId }: { resourceId: string }) => resourceId).sort();
        const there = stage.resources.filter((one) => one.type === type).map(({ uid }) => uid);
        assert.deepEqual(found, there.sort());
        assert.ok(coveredResources.every((one: Output) => one.scanStatus.statusCode !== undefined));
      },
    }),
  ),
  ...GROUPS.map(
    (groupBy): Case => ({
      operation: 'ListCoverageStatistics',
      input: { groupBy },
      answers: ({ countsByGroup = [], totalCounts }) => {
        const counted = countsByGroup.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
        if (groupBy !== 'ECR_REPOSITORY_NAME' && groupBy !== 'PROVIDER_ORG_ID') assert.equal(counted, totalCounts, groupBy);
        assert.ok(countsByGroup.every(({ groupKey }: { groupKey: string }) => groupKey === groupBy));
      },
    }),
  ),
  { operation: 'ListCoverage', input: { maxResults: 201 }, refuses: invalid('maxResults') },
];

const filters: readonly Case[] = [
  {
    operation: 'CreateFilter',
    input: {
      name: 'accept-risk-1',
      action: 'SUPPRESS',
      reason: 'ticket-42',
      filterCriteria: { vulnerabilityId: equals('CVE-2025-0002') },
      tags: { team: 'web' },
    },
    answers: ({ arn: made }, _stage, facts) => {
      assert.match(made, new RegExp(`^${arn(`owner/${ACCOUNT}/filter/`)}[0-9a-f]+$`));
      facts.filter = made;
    },
  },
  {
    operation: 'CreateFilter',
    input: { name: 'accept-risk-1', action: 'NONE', filterCriteria: {} },
    refuses: { code: 'BadRequestException', status: 400 },
  },
  {
    operation: 'ListFindings',
    after: 'work',
    input: { filterCriteria: { findingStatus: equals('SUPPRESSED'), vulnerabilityId: equals('CVE-2025-0002') } },
    answers: ({ findings: found }) => assert.deepEqual(found.length, 1),
  },
  {
    operation: 'ListFilters',
    input: { action: 'SUPPRESS' },
    answers: ({ filters: found }, _stage, facts) => {
      const [{ arn: made, name, action, reason, ownerId, criteria, createdAt, tags }] = found;
      assert.deepEqual([found.length, made, name, action, reason], [1, facts.filter, 'accept-risk-1', 'SUPPRESS', 'ticket-42']);
      assert.deepEqual(criteria, { vulnerabilityId: equals('CVE-2025-0002') });
      assert.deepEqual([ownerId, typeof createdAt, tags], [ACCOUNT, 'number', { team: 'web' }]);
    },
  },
  {
    operation: 'TagResource',
    input: ({ filter = '' }) => ({ resourceArn: filter, tags: { a: 'b', 'x/y': 'ü+=&' } }),
    answers: (output) => assert.deepEqual(output, {}),
  },
  {
    operation: 'ListTagsForResource',
    input: ({ filter = '' }) => ({ resourceArn: filter }),
    answers: ({ tags }) => assert.deepEqual(tags, { team: 'web', a: 'b', 'x/y': 'ü+=&' }),
  },
  {
    operation: 'UntagResource',
    input: ({ filter = '' }) => ({ resourceArn: filter, tagKeys: ['a', 'x/y', 'none'] }),
    answers: (output) => assert.deepEqual(output, {}),
  },
  {
    operation: 'ListTagsForResource',
    input: ({ filter = '' }) => ({ resourceArn: filter }),
    answers: ({ tags }) => assert.deepEqual(tags, { team: 'web' }),
  },
  { operation: 'TagResource', input: { resourceArn: FILTER, tags: { a: 'b' } }, refuses: gone },
  { operation: 'UntagResource', input: { resourceArn: FILTER, tagKeys: ['a'] }, refuses: gone },
  { operation: 'ListTagsForResource', input: { resourceArn: FILTER }, refuses: gone },
  {
    operation: 'UpdateFilter',
    input: ({ filter = '' }) => ({ filterArn: filter, action: 'NONE' }),
    answers: ({ arn: changed }, _stage, facts) => assert.equal(changed, facts.filter),
  },
  { operation: 'UpdateFilter', input: { filterArn: FILTER, action: 'NONE' }, refuses: gone },
  {
    operation: 'ListFindings',
    after: 'work',
    input: { filterCriteria: { findingStatus: equals('ACTIVE'), vulnerabilityId: equals('CVE-2025-0002') } },
    answers: ({ findings: found }) => assert.deepEqual(found.length, 1),
  },
  {
    operation: 'DeleteFilter',
    input: ({ filter = '' }) => ({ arn: filter }),
    answers: ({ arn: deleted }, _stage, facts) => assert.equal(deleted, facts.filter),
  },
  { operation: 'DeleteFilter', input: { arn: FILTER }, refuses: gone },
  { operation: 'ListFilters', input: {}, answers: ({ filters: found }) => assert.deepEqual(found, []) },
];

const reports: readonly Case[] = [
  { operation: 'GetFindingsReportStatus', input: {}, refuses: gone },
  {
    operation: 'CreateFindingsReport',
    input: { reportFormat: 'CSV', s3Destination: DESTINATION },
    answers: ({ reportId }, _stage, facts) => {
      facts.report = reportId;
    },
  },
  {
    operation: 'CreateFindingsReport',
    input: { reportFormat: 'CSV', s3Destination: DESTINATION },
    refuses: { code: 'ValidationException', status: 400, message: /in progress/ },
  },
  {
    operation: 'GetFindingsReportStatus',
    after: 'work',
    input: {},
    answers: ({ reportId, status, destination }, stage, facts) => {
      assert.deepEqual([reportId, status, destination], [facts.report, 'SUCCEEDED', DESTINATION]);
      assert.ok(stage.objects.has(`reports/p/${reportId}.csv`));
    },
  },
  { operation: 'CancelFindingsReport', input: ({ report = '' }) => ({ reportId: report }), refuses: invalid() },
  { operation: 'GetFindingsReportStatus', input: { reportId: ID }, refuses: gone },
  { operation: 'CancelFindingsReport', input: { reportId: ID }, refuses: gone },
  {
    operation: 'CreateSbomExport',
    input: {
      reportFormat: 'CYCLONEDX_1_4',
      s3Destination: DESTINATION,
      resourceFilterCriteria: { resourceType: equals('AWS_EC2_INSTANCE'), accountId: equals(ACCOUNT) },
    },
    answers: ({ reportId }, _stage, facts) => {
      facts.export = reportId;
    },
    newer: true,
  },
  {
    operation: 'GetSbomExport',
    after: 'work',
    input: ({ export: reportId = '' }) => ({ reportId }),
    answers: ({ reportId, status, format }, _stage, facts) =>
      assert.deepEqual([reportId, status, format], [facts.export, 'SUCCEEDED', 'CYCLONEDX_1_4']),
    newer: true,
  },
  { operation: 'GetSbomExport', input: { reportId: ID }, refuses: gone, newer: true },
  { operation: 'CancelSbomExport', input: { reportId: ID }, refuses: gone, newer: true },
];

const configuration: readonly Case[] = [
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
    answers: ({ ecrConfiguration: { rescanDurationState: state } }) =>
      assert.deepEqual([state.rescanDuration, state.status, typeof state.updatedAt], ['DAYS_30', 'SUCCESS', 'number']),
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
      assert.equal(failedAccountIds[0].accountId, UNKNOWN);
    },
    newer: true,
  },
  {
    operation: 'BatchGetMemberEc2DeepInspectionStatus',
    input: { accountIds: [MEMBERS[0], MEMBERS[1]] },
    answers: ({ accountIds }) =>
      assert.deepEqual(
        accountIds.map(({ status }: { status: string }) => status),
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

const cis: readonly Case[] = (
  [
    {
      operation: 'CreateCisScanConfiguration',
      input: {
        scanName: 'weekly',
        securityLevel: 'LEVEL_1',
        schedule: { weekly: { startTime: { timeOfDay: '12:00', timezone: 'UTC' }, days: ['SUN'] } },
        targets: { accountIds: ['SELF'], targetResourceTags: { env: ['prod'] } },
      },
      answers: ({ scanConfigurationArn }, _stage, facts) => {
        facts.cis = scanConfigurationArn;
      },
    },
    {
      operation: 'UpdateCisScanConfiguration',
      input: ({ cis: scanConfigurationArn = '' }) => ({ scanConfigurationArn, securityLevel: 'LEVEL_2' }),
      answers: ({ scanConfigurationArn }, _stage, facts) => assert.equal(scanConfigurationArn, facts.cis),
    },
    { operation: 'UpdateCisScanConfiguration', input: { scanConfigurationArn: CIS_CONFIGURATION }, refuses: gone },
    {
      operation: 'ListCisScanConfigurations',
      input: { filterCriteria: { scanNameFilters: equals('weekly') } },
      answers: ({ scanConfigurations: [one] }, _stage, facts) => {
        assert.deepEqual([one.scanConfigurationArn, one.securityLevel, one.ownerId], [facts.cis, 'LEVEL_2', ACCOUNT]);
        assert.deepEqual([one.targets.accountIds, one.schedule.weekly.days], [[ACCOUNT], ['SUN']]);
      },
    },
    { operation: 'ListCisScans', input: {}, answers: ({ scans }) => assert.deepEqual(scans, []) },
    ...(['ListCisScanResultsAggregatedByChecks', 'ListCisScanResultsAggregatedByTargetResource'] as const).map(
      (operation): Case => ({
        operation,
        input: { scanArn: CIS_SCAN },
        answers: (output) => assert.deepEqual(output, {}),
      }),
    ),
    {
      operation: 'GetCisScanResultDetails',
      input: { scanArn: CIS_SCAN, targetResourceId: 'i-0123456789abcdef0', accountId: ACCOUNT },
      answers: (output) => assert.deepEqual(output, {}),
    },
    { operation: 'GetCisScanReport', input: { scanArn: CIS_SCAN, reportFormat: 'CSV' }, refuses: gone },
    ...(['StartCisSession', 'SendCisSessionTelemetry', 'SendCisSessionHealth', 'StopCisSession'] as const).map(
      (operation): Case => ({ operation, input: anyInput(operation), refuses: notEnabled(/no CIS rules/) }),
    ),
    {
      operation: 'DeleteCisScanConfiguration',
      input: ({ cis: scanConfigurationArn = '' }) => ({ scanConfigurationArn }),
      answers: ({ scanConfigurationArn }, _stage, facts) => assert.equal(scanConfigurationArn, facts.cis),
    },
    { operation: 'DeleteCisScanConfiguration', input: { scanConfigurationArn: CIS_CONFIGURATION }, refuses: gone },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const refusedCode = [
  'CreateCodeSecurityIntegration',
  'CreateCodeSecurityScanConfiguration',
  'BatchAssociateCodeSecurityScanConfiguration',
  'BatchDisassociateCodeSecurityScanConfiguration',
  'StartCodeSecurityScan',
] as const;

const code: readonly Case[] = (
  [
    ...refusedCode.map(
      (operation): Case => ({ operation, input: anyInput(operation), refuses: notEnabled(/Code security is not enabled/) }),
    ),
    {
      operation: 'UpdateCodeSecurityIntegration',
      input: { integrationArn: INTEGRATION, details: { gitlabSelfManaged: { authCode: 'x' } } },
      refuses: gone,
    },
    { operation: 'GetCodeSecurityIntegration', input: { integrationArn: INTEGRATION }, refuses: gone },
    { operation: 'DeleteCodeSecurityIntegration', input: { integrationArn: INTEGRATION }, refuses: gone },
    {
      operation: 'UpdateCodeSecurityScanConfiguration',
      input: { scanConfigurationArn: CODE_CONFIGURATION, configuration: { ruleSetCategories: ['SAST'] } },
      refuses: gone,
    },
    { operation: 'GetCodeSecurityScanConfiguration', input: { scanConfigurationArn: CODE_CONFIGURATION }, refuses: gone },
    { operation: 'DeleteCodeSecurityScanConfiguration', input: { scanConfigurationArn: CODE_CONFIGURATION }, refuses: gone },
    {
      operation: 'ListCodeSecurityScanConfigurationAssociations',
      input: { scanConfigurationArn: CODE_CONFIGURATION },
      refuses: gone,
    },
    { operation: 'GetCodeSecurityScan', input: anyInput('GetCodeSecurityScan'), refuses: gone },
    {
      operation: 'ListCodeSecurityIntegrations',
      input: { maxResults: 5 },
      answers: ({ integrations }) => assert.deepEqual(integrations, []),
    },
    {
      operation: 'ListCodeSecurityScanConfigurations',
      input: { maxResults: 5 },
      answers: ({ configurations }) => assert.deepEqual(configurations, []),
    },
    { operation: 'ListCodeSecurityIntegrations', input: { maxResults: 500 }, refuses: invalid('maxResults') },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const connectors: readonly Case[] = (
  [
    {
      operation: 'CreateConnector',
      input: anyInput('CreateConnector'),
      refuses: notEnabled(/Connectors to other clouds are not/),
    },
    { operation: 'UpdateConnector', input: { connectorArn: CONNECTOR, description: 'x' }, refuses: gone },
    { operation: 'DeleteConnector', input: { connectorArn: CONNECTOR }, refuses: gone },
    { operation: 'ListConnectors', input: {}, answers: ({ items }) => assert.deepEqual(items, []) },
    {
      operation: 'ListConnectorScanConfigurations',
      input: {},
      answers: ({ scanConfigurations }) => assert.deepEqual(scanConfigurations, []),
    },
    { operation: 'UpdateConnectorScanConfiguration', input: anyInput('UpdateConnectorScanConfiguration'), refuses: gone },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const AMI = { resourceId: 'ami-0123456789abcdef0', resourceType: 'AMI' };

/** Newer than the SDK for JavaScript, too. */
const machineImages: readonly Case[] = (
  [
    { operation: 'StartOnDemandScan', input: AMI, refuses: notEnabled(/Machine images are not scanned/) },
    { operation: 'GetOnDemandScanStatus', input: { ...AMI, scanId: 'a1' }, refuses: gone },
    { operation: 'ListOnDemandScans', input: AMI, answers: ({ items }) => assert.deepEqual(items, []) },
    { operation: 'ListOnDemandScans', input: { ...AMI, nextToken: 'stale' }, refuses: invalid('nextToken') },
    { operation: 'ListOnDemandScans', input: { resourceType: 'AMI', resourceId: 'x' }, refuses: invalid('resourceId') },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const SBOM = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  components: [{ type: 'library', 'bom-ref': 'a', name: 'left', version: '1.0', purl: 'pkg:npm/left@1.0' }],
};

const scan: readonly Case[] = (
  [
    {
      operation: 'ScanSbom',
      input: { sbom: SBOM, outputFormat: 'CYCLONE_DX_1_5' },
      answers: ({ sbom }) =>
        assert.deepEqual(
          [sbom.bomFormat, sbom.vulnerabilities.map(({ id }: { id: string }) => id)],
          ['CycloneDX', ['CVE-2025-0001']],
        ),
    },
    {
      operation: 'ScanSbom',
      input: { sbom: SBOM, outputFormat: 'INSPECTOR' },
      answers: ({ sbom }) => assert.equal(sbom.vulnerabilities[0].id, 'CVE-2025-0001'),
    },
    {
      operation: 'ScanSbom',
      input: { sbom: { bomFormat: 'SPDX' } },
      refuses: { code: 'ValidationException', status: 400, message: /not a CycloneDX/ },
    },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const end: readonly Case[] = [
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

export const STORY: readonly Case[] = [
  ...organization,
  ...activation,
  ...findings,
  ...coverage,
  ...filters,
  ...reports,
  ...configuration,
  ...cis,
  ...code,
  ...connectors,
  ...machineImages,
  ...scan,
  ...end,
];
