/** The story: findings, coverage, filters and reports. */
import assert from 'node:assert/strict';
import { INSPECTOR2 } from '../../src/api/inspector2/service.ts';
import type { Fields } from '../../src/inventory/values.ts';
import { REGION } from '../support/service.ts';
import { arn, type Case, DESTINATION, equals, FILTER, FINDING, gone, ID, type Input, invalid } from './case.ts';
import { at, list, members, said } from './look.ts';
import { ACCOUNT, type Stage, type StoredFinding } from './stage.ts';

const sorted = (rows: unknown, member: string) =>
  list(rows)
    .map((one) => said(at(one, member)))
    .sort();
const storedArns = (stage: Stage, is: (finding: StoredFinding) => boolean) =>
  stage.findings
    .filter(is)
    .map((one) => one.arn)
    .sort();

/** Findings of criteria: all of them, no other, on one page or more. */
function finds(filterCriteria: Input, is: (finding: StoredFinding) => boolean, more: Partial<Case> = {}): Case {
  const answers = ({ findings, nextToken }: Fields, stage: Stage) => {
    const wanted = storedArns(stage, is);
    assert.ok(wanted.length > 0 && wanted.length <= 100, `${wanted.length} findings to find`);
    assert.deepEqual(sorted(findings, 'findingArn'), wanted);
    assert.equal(nextToken, undefined);
  };
  return { operation: 'ListFindings', input: { filterCriteria, maxResults: 100 }, answers, ...more };
}

const AGGREGATIONS = INSPECTOR2.model.shapes.AggregationType?.enum ?? [];
const SORTS = INSPECTOR2.model.shapes.SortField?.enum ?? [];
const GROUPS = INSPECTOR2.model.shapes.GroupKey?.enum ?? [];

export const findings: readonly Case[] = [
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
        assert.equal(list(found).length, Math.min(100, stage.findings.length), field);
        assert.equal(typeof nextToken, stage.findings.length > 100 ? 'string' : 'undefined');
        assert.ok(
          list(found).every((one) => typeof at(one, 'firstObservedAt') === 'number' && list(at(one, 'resources')).length === 1),
        );
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
        const responses = list(output.responses);
        assert.ok(responses.length > 0, aggregationType);
        if (aggregationType !== 'ACCOUNT') return;
        const active = stage.findings.filter(({ status }) => status === 'ACTIVE');
        const countOf = (one: unknown, name: string) => at(one, 'accountAggregation', 'severityCounts', name);
        const sum = (name: string) => responses.reduce((total: number, one) => total + Number(countOf(one, name)), 0);
        assert.equal(sum('all'), active.length);
        assert.equal(sum('high'), active.filter(({ severity }) => severity === 'HIGH').length);
        // Clients that know all counts are told all.
        if (countOf(responses[0], 'low') === undefined) return;
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
      const counts = list(responses).map((one) => Number(at(one, 'titleAggregation', 'severityCounts', 'critical')));
      assert.ok(counts.every((count) => count >= 0));
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => b - a),
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
      const { findingArn, riskScore, evidences } = members(at(findingDetails, 0));
      assert.equal(findingArn, storedArns(stage, ({ type }) => type === 'PACKAGE_VULNERABILITY')[0]);
      assert.ok(Number(riskScore) >= 0 && list(evidences).length > 0);
      assert.equal(list(errors).length, 1);
      assert.deepEqual([at(errors, 0, 'findingArn'), at(errors, 0, 'errorCode')], [FINDING, 'FINDING_DETAILS_NOT_FOUND']);
    },
    newer: true,
  },
  {
    operation: 'BatchGetCodeSnippet',
    input: { findingArns: [FINDING] },
    answers: ({ errors }) =>
      assert.deepEqual([at(errors, 0, 'findingArn'), at(errors, 0, 'errorCode')], [FINDING, 'CODE_SNIPPET_NOT_FOUND']),
    newer: true,
  },
  {
    operation: 'SearchVulnerabilities',
    input: { filterCriteria: { vulnerabilityIds: ['CVE-2025-0001'] } },
    answers: ({ vulnerabilities }) =>
      assert.deepEqual([list(vulnerabilities).length, at(vulnerabilities, 0, 'id')], [1, 'CVE-2025-0001']),
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

export const coverage: readonly Case[] = [
  ...['AWS_EC2_INSTANCE', 'AWS_ECR_CONTAINER_IMAGE', 'AWS_LAMBDA_FUNCTION', 'CODE_REPOSITORY'].map(
    (type): Case => ({
      operation: 'ListCoverage',
      input: { filterCriteria: { resourceType: equals(type), scanType: equals('PACKAGE') } },
      answers: ({ coveredResources }, stage) => {
        const there = stage.resources.filter((one) => one.type === type).map(({ uid }) => uid);
        assert.deepEqual(sorted(coveredResources, 'resourceId'), there.sort());
        assert.ok(list(coveredResources).every((one) => at(one, 'scanStatus', 'statusCode') !== undefined));
      },
    }),
  ),
  ...GROUPS.map(
    (groupBy): Case => ({
      operation: 'ListCoverageStatistics',
      input: { groupBy },
      answers: ({ countsByGroup = [], totalCounts }) => {
        const counted = list(countsByGroup).reduce((sum: number, one) => sum + Number(at(one, 'count')), 0);
        if (groupBy !== 'ECR_REPOSITORY_NAME' && groupBy !== 'PROVIDER_ORG_ID') assert.equal(counted, totalCounts, groupBy);
        assert.ok(list(countsByGroup).every((one) => at(one, 'groupKey') === groupBy));
      },
    }),
  ),
  { operation: 'ListCoverage', input: { maxResults: 201 }, refuses: invalid('maxResults') },
];

export const filters: readonly Case[] = [
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
      facts.filter = said(made);
      assert.match(facts.filter, new RegExp(`^${arn(`owner/${ACCOUNT}/filter/`)}[0-9a-f]+$`));
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
    answers: ({ findings: found }) => assert.equal(list(found).length, 1),
  },
  {
    operation: 'ListFilters',
    input: { action: 'SUPPRESS' },
    answers: ({ filters: found }, _stage, facts) => {
      const { arn: made, name, action, reason, ownerId, criteria, createdAt, tags } = members(at(found, 0));
      assert.deepEqual(
        [list(found).length, made, name, action, reason],
        [1, facts.filter, 'accept-risk-1', 'SUPPRESS', 'ticket-42'],
      );
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
    answers: ({ findings: found }) => assert.equal(list(found).length, 1),
  },
  {
    operation: 'DeleteFilter',
    input: ({ filter = '' }) => ({ arn: filter }),
    answers: ({ arn: deleted }, _stage, facts) => assert.equal(deleted, facts.filter),
  },
  { operation: 'DeleteFilter', input: { arn: FILTER }, refuses: gone },
  { operation: 'ListFilters', input: {}, answers: ({ filters: found }) => assert.deepEqual(found, []) },
];

export const reports: readonly Case[] = [
  { operation: 'GetFindingsReportStatus', input: {}, refuses: gone },
  {
    operation: 'CreateFindingsReport',
    input: { reportFormat: 'CSV', s3Destination: DESTINATION },
    answers: ({ reportId }, _stage, facts) => {
      facts.report = said(reportId);
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
      facts.export = said(reportId);
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
