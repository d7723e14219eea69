/** Command lines as people write them: shorthand, lists of words, paging by the CLI, and what the CLI refuses by itself. */
import assert from 'node:assert/strict';
import type { Fields } from '../../src/inventory/values.ts';
import type { Facts } from './case.ts';
import type { Answer } from './client.ts';
import { at, list, members, said } from './look.ts';
import { ACCOUNT, type Stage } from './stage.ts';

export interface Line {
  /** Words behind `aws`; `{name}` is what an earlier line kept. */
  readonly words: readonly string[];
  readonly answers?: (output: Fields, stage: Stage, facts: Facts) => void;
  /** What `--query` leaves of the answer. */
  readonly leaves?: unknown;
  /** Code of the service's error, or a text that the CLI itself says. */
  readonly refuses?: string | RegExp;
  /** Newer than the AWS CLI 2.9. */
  readonly newer?: true;
}

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012';

/** Words at single spaces; what is in '…' is one. */
function line(text: string, more: Omit<Line, 'words'>): Line {
  const words = [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  return { words, ...more };
}

const count = (name: string, wanted: (stage: Stage) => number) => (output: Fields, stage: Stage) =>
  assert.equal(list(output[name]).length, wanted(stage));

export const LINES: readonly Line[] = [
  line('inspector2 enable --resource-types EC2 ECR LAMBDA', {
    answers: ({ accounts }) => assert.deepEqual([list(accounts).length, at(accounts, 0, 'status')], [1, 'ENABLED']),
  }),
  line('inspector2 batch-get-account-status', {
    answers: ({ accounts }) => assert.deepEqual([list(accounts).length, at(accounts, 0, 'accountId')], [1, ACCOUNT]),
  }),
  line('inspector2 enable', { refuses: /the following arguments are required: --resource-types/ }),
  line(
    `inspector2 list-findings --filter-criteria '{"findingStatus":[{"comparison":"EQUALS","value":"ACTIVE"}]}' --sort-criteria field=INSPECTOR_SCORE,sortOrder=DESC`,
    {
      answers: ({ findings, nextToken }) => {
        assert.deepEqual([list(findings).length, nextToken], [3, undefined]);
        assert.ok(list(findings).every((one) => at(one, 'status') === 'ACTIVE' && at(one, 'awsAccountId') === ACCOUNT));
      },
    },
  ),
  line(
    `inspector2 list-findings --filter-criteria '{"vulnerablePackages":[{"name":{"comparison":"PREFIX","value":"lef"}}]}' --query findings[].title`,
    { leaves: ['CVE-2025-0001 - left', 'CVE-2025-0001 - left'] },
  ),
  line('inspector2 list-findings --filter-criteria severity=[{comparison=EQUALS,value=UNTRIAGED}] --page-size 1', {
    answers: count('findings', () => 3),
  }),
  line('inspector2 list-findings --max-items 1', {
    answers: ({ findings, NextToken }, _stage, facts) => {
      assert.equal(list(findings).length, 1);
      facts.token = said(NextToken);
      facts.first = said(at(findings, 0, 'findingArn'));
    },
  }),
  line('inspector2 list-findings --max-items 5 --starting-token {token}', {
    answers: ({ findings, NextToken }, _stage, facts) => {
      assert.deepEqual([list(findings).length, NextToken], [2, undefined]);
      assert.ok(list(findings).every((one) => at(one, 'findingArn') !== facts.first));
    },
  }),
  line('inspector2 list-findings --max-results 101', { refuses: 'ValidationException' }),
  line('inspector2 list-findings --next-token stale', { refuses: 'ValidationException' }),
  line('inspector2 list-finding-aggregations --aggregation-type ACCOUNT --query aggregationType', {
    leaves: 'ACCOUNT',
  }),
  line('inspector2 list-finding-aggregations --aggregation-type PACKAGE --aggregation-request packageAggregation={sortBy=ALL}', {
    answers: ({ responses }) =>
      assert.deepEqual(
        list(responses)
          .map((one) => at(one, 'packageAggregation'))
          .map((one) => [at(one, 'packageName'), at(one, 'severityCounts', 'all')])
          .sort(),
        [
          ['left', 2],
          ['right', 1],
        ],
      ),
  }),
  line('inspector2 batch-get-finding-details --finding-arns {first}', {
    answers: ({ findingDetails }, _stage, { first }) => assert.equal(at(findingDetails, 0, 'findingArn'), said(first)),
    newer: true,
  }),
  line('inspector2 search-vulnerabilities --filter-criteria vulnerabilityIds=CVE-2025-0001', {
    answers: ({ vulnerabilities }) => assert.equal(at(vulnerabilities, 0, 'id'), 'CVE-2025-0001'),
    newer: true,
  }),
  line('inspector2 list-coverage --filter-criteria resourceType=[{comparison=EQUALS,value=AWS_EC2_INSTANCE}] --page-size 1', {
    answers: count('coveredResources', () => 2),
  }),
  line('inspector2 list-coverage-statistics --group-by RESOURCE_TYPE', {
    answers: (output) =>
      assert.deepEqual([output.totalCounts, output.countsByGroup], [2, [{ count: 2, groupKey: 'RESOURCE_TYPE' }]]),
  }),
  line(
    `inspector2 create-filter --name accept-risk-1 --action SUPPRESS --reason ticket-42 --filter-criteria '{"vulnerabilityId":[{"comparison":"EQUALS","value":"CVE-2023-0001"}]}' --tags team=web`,
    {
      answers: ({ arn }, _stage, facts) => {
        facts.filter = said(arn);
      },
    },
  ),
  line('inspector2 update-filter --filter-arn {filter} --action NONE', {
    answers: ({ arn }, _stage, facts) => assert.equal(arn, facts.filter),
  }),
  line('inspector2 list-filters --action SUPPRESS', { answers: count('filters', () => 0) }),
  line('inspector2 list-filters --arns {filter}', { answers: count('filters', () => 1) }),
  line('inspector2 tag-resource --resource-arn {filter} --tags a=b,c=d', { answers: (output) => assert.deepEqual(output, {}) }),
  line('inspector2 untag-resource --resource-arn {filter} --tag-keys a team', {
    answers: (output) => assert.deepEqual(output, {}),
  }),
  line('inspector2 list-tags-for-resource --resource-arn {filter}', {
    answers: ({ tags }) => assert.deepEqual(tags, { c: 'd' }),
  }),
  line('inspector2 delete-filter --arn {filter}', { answers: ({ arn }, _stage, facts) => assert.equal(arn, facts.filter) }),
  line('inspector2 delete-filter --arn {filter}', { refuses: 'ResourceNotFoundException' }),
  line('inspector2 get-findings-report-status', { refuses: 'ResourceNotFoundException' }),
  line(
    `inspector2 create-findings-report --report-format CSV --s3-destination bucketName=reports,keyPrefix=p/,kmsKeyArn=${KEY}`,
    {
      answers: ({ reportId }, _stage, facts) => {
        facts.report = said(reportId);
      },
    },
  ),
  line('inspector2 get-findings-report-status --report-id {report}', {
    answers: ({ status }) => assert.equal(status, 'IN_PROGRESS'),
  }),
  line('inspector2 cancel-findings-report --report-id {report}', {
    answers: ({ reportId }, _stage, { report }) => assert.equal(reportId, report),
  }),
  line('inspector2 get-findings-report-status', { answers: ({ status }) => assert.equal(status, 'CANCELLED') }),
  line(
    `inspector2 create-sbom-export --report-format CYCLONEDX_1_4 --s3-destination bucketName=reports,kmsKeyArn=${KEY} --resource-filter-criteria '{"resourceType":[{"comparison":"EQUALS","value":"AWS_ECR_CONTAINER_IMAGE"}]}'`,
    {
      answers: ({ reportId }, _stage, facts) => {
        facts.export = said(reportId);
      },
      newer: true,
    },
  ),
  line('inspector2 cancel-sbom-export --report-id {export}', {
    answers: ({ reportId }, _stage, facts) => assert.equal(reportId, facts.export),
    newer: true,
  }),
  line('inspector2 get-configuration', {
    answers: ({ ecrConfiguration }) => assert.equal(at(ecrConfiguration, 'rescanDurationState', 'rescanDuration'), 'LIFETIME'),
  }),
  line('inspector2 update-configuration --ecr-configuration rescanDuration=DAYS_30', {
    answers: (output) => assert.deepEqual(output, {}),
  }),
  line('inspector2 update-configuration --ec2-configuration scanMode=EC2_HYBRID', {
    answers: (output) => assert.deepEqual(output, {}),
    newer: true,
  }),
  line('inspector2 update-ec2-deep-inspection-configuration --activate-deep-inspection --package-paths /opt/app', {
    answers: ({ packagePaths }) => assert.deepEqual(packagePaths, ['/opt/app']),
    newer: true,
  }),
  line(
    `inspector2 create-cis-scan-configuration --scan-name weekly --security-level LEVEL_1 --schedule '{"weekly":{"startTime":{"timeOfDay":"12:00","timezone":"UTC"},"days":["SUN"]}}' --targets '{"accountIds":["SELF"],"targetResourceTags":{"env":["prod"]}}'`,
    {
      answers: ({ scanConfigurationArn }) => assert.match(said(scanConfigurationArn), /cis-configuration\/[0-9a-f-]{36}$/),
      newer: true,
    },
  ),
  line('inspector2 list-cis-scans', { answers: count('scans', () => 0), newer: true }),
  line('inspector2 get-encryption-key --scan-type CODE --resource-type AWS_LAMBDA_FUNCTION', {
    refuses: 'ResourceNotFoundException',
    newer: true,
  }),
  line('inspector2 list-code-security-integrations --max-results 5', {
    answers: ({ integrations }) => assert.deepEqual(integrations, []),
    newer: true,
  }),
  line('inspector2 list-usage-totals', { answers: count('totals', () => 1) }),
  line('inspector2 list-account-permissions --service EC2', { answers: count('permissions', () => 2) }),
  line(`inspector-scan scan-sbom --sbom '{"bomFormat":"CycloneDX","specVersion":"1.5"}' --output-format CYCLONE_DX_1_5`, {
    answers: ({ sbom }) => assert.equal(at(sbom, 'bomFormat'), 'CycloneDX'),
    newer: true,
  }),
];

/** Asserts what a line must come to. */
export function checkLine({ words, answers, leaves, refuses }: Line, answer: Answer, stage: Stage, facts: Facts): void {
  const told = `${words.join(' ')}: ${JSON.stringify(answer).slice(0, 600)}`;
  if (refuses instanceof RegExp) assert.match(answer.unsayable ?? '', refuses, told);
  else assert.equal(answer.unsayable, undefined, told);
  if (refuses instanceof RegExp) return;
  assert.equal(answer.error?.code, refuses, told);
  if (leaves !== undefined) assert.deepEqual(answer.output, leaves, told);
  if (refuses === undefined && answers !== undefined) answers(members(answer.output), stage, facts);
}
