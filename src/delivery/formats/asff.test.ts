/** The mapping to the AWS Security Finding Format: what the Security Hub and Inspector user guides show of Inspector v2's findings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingEvent } from '../../../tests/support/events.ts';
import { fields, items } from '../../inventory/values.ts';
import type { FindingEvent } from '../event.ts';
import { asff } from './asff.ts';

function changed(over: object, change: FindingEvent['change'] = 'created'): FindingEvent {
  const event = findingEvent(1, change);
  return { ...event, finding: { ...event.finding, ...over } };
}

test('a package finding', () => {
  const event = findingEvent(1);
  const { Vulnerabilities, Resources, ...others } = asff(event);
  assert.deepEqual(others, {
    SchemaVersion: '2018-10-08',
    Id: event.finding.findingArn,
    ProductArn: 'arn:aws:securityhub:eu-west-1:123456789012:product/123456789012/default',
    ProductName: 'Inspector',
    CompanyName: 'Amazon',
    GeneratorId: 'AWSInspector',
    AwsAccountId: '123456789012',
    Region: 'eu-west-1',
    Types: ['Software and Configuration Checks/Vulnerabilities/CVE'],
    FirstObservedAt: '2024-09-04T16:59:44.356Z',
    LastObservedAt: '2024-09-04T16:59:44.356Z',
    CreatedAt: '2024-09-04T16:59:44.356Z',
    UpdatedAt: '2024-09-05T01:02:03.004Z',
    Severity: { Label: 'HIGH', Normalized: 70 },
    Title: 'CVE-2024-1001 - openssl',
    Description: 'A flaw.',
    Remediation: others.Remediation,
    ProductFields: {
      'aws/inspector/ProductVersion': '2',
      'aws/inspector/FindingStatus': 'ACTIVE',
      'aws/inspector/inspectorScore': '7.5',
      'aws/inspector/instanceId': 'i-12345678901234567',
      'aws/inspector/resources/1/resourceDetails/awsEc2InstanceDetails/platform': 'DEBIAN_12',
    },
    WorkflowState: 'NEW',
    Workflow: { Status: 'NEW' },
    RecordState: 'ACTIVE',
    FindingProviderFields: { Severity: { Label: 'HIGH' }, Types: ['Software and Configuration Checks/Vulnerabilities/CVE'] },
  });
  assert.deepEqual(Resources, [
    {
      Type: 'AwsEc2Instance',
      Id: 'arn:aws:ec2:eu-west-1:123456789012:instance/i-12345678901234567',
      Partition: 'aws',
      Region: 'eu-west-1',
      Tags: { updatedAt: '2020-01-01T00:00:00Z' },
      Details: { AwsEc2Instance: { Type: 't2.small', LaunchedAt: '2024-09-04T17:41:24.000Z' } },
    },
  ]);
  assert.deepEqual(Vulnerabilities, [
    {
      Id: 'CVE-2024-1001',
      VulnerablePackages: [
        {
          Name: 'openssl',
          Version: '3.0.11',
          Epoch: '0',
          Release: '1',
          Architecture: 'X86_64',
          PackageManager: 'OS',
          FixedInVersion: '0:3.0.13-1',
        },
      ],
      Cvss: [
        { Version: '3.1', BaseScore: 9.8, BaseVector: 'CVSS:3.1/AV:N', Source: 'NVD' },
        {
          Version: '3.1',
          BaseScore: 7.5,
          BaseVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H',
          Source: 'NVD',
          Adjustments: [{ Metric: 'Attack Vector', Reason: 'Nothing on the internet reaches it.' }],
        },
      ],
      Vendor: {
        Name: 'DEBIAN_CVE',
        Url: 'https://security-tracker.debian.org/tracker/CVE-2024-1000',
        VendorSeverity: 'medium',
        VendorCreatedAt: '2024-09-01T00:00:00.000Z',
      },
      ReferenceUrls: ['https://example.org/a'],
      RelatedVulnerabilities: ['CVE-2024-1'],
      FixAvailable: 'YES',
      ExploitAvailable: 'NO',
      EpssScore: 0.12,
    },
  ]);
});

test('severities', () => {
  for (const [severity, label, normalized] of [
    ['CRITICAL', 'CRITICAL', 90],
    ['HIGH', 'HIGH', 70],
    ['MEDIUM', 'MEDIUM', 40],
    ['LOW', 'LOW', 1],
    ['INFORMATIONAL', 'INFORMATIONAL', 0],
    ['UNTRIAGED', 'INFORMATIONAL', 0],
  ] as const) {
    assert.deepEqual(asff(changed({ severity })).Severity, { Label: label, Normalized: normalized });
  }
});

test('what is over is archived', () => {
  assert.equal(asff(findingEvent(1, 'closed')).RecordState, 'ARCHIVED');
  assert.equal(asff(findingEvent(1, 'suppressed')).RecordState, 'ARCHIVED');
  assert.equal(asff(findingEvent(1, 'reopened')).RecordState, 'ACTIVE');
});

test('a network finding', () => {
  const event = changed({
    type: 'NETWORK_REACHABILITY',
    title: `Port 22 ${'x'.repeat(400)}`,
    packageVulnerabilityDetails: undefined,
    fixAvailable: undefined,
    remediation: { recommendation: { text: 'Close it.' } },
  });
  const finding = asff(event, 'arn:aws:securityhub:eu-west-1::product/aws/inspector');
  assert.deepEqual(finding.Types, ['Software and Configuration Checks/AWS Security Best Practices/Network Reachability']);
  assert.equal(String(finding.Title).length, 256);
  assert.deepEqual(finding.Remediation, { Recommendation: { Text: 'Close it.' } });
  assert.equal(finding.ProductArn, 'arn:aws:securityhub:eu-west-1::product/aws/inspector');
  assert.ok(!('Vulnerabilities' in finding));
});

test('images and functions', () => {
  const of = (type: string, id: string, details: object) => {
    const resources = [{ type, id, partition: 'aws', region: 'eu-west-1', details }];
    return fields(items(asff(changed({ resources })).Resources)[0]);
  };
  const image = {
    repositoryName: 'app',
    imageHash: 'sha256:1',
    imageTags: ['1'],
    registry: '123456789012',
    architecture: 'amd64',
  };
  const id = 'arn:aws:ecr:eu-west-1:123456789012:repository/app/sha256:1';
  assert.deepEqual(of('AWS_ECR_CONTAINER_IMAGE', id, { awsEcrContainerImage: image }), {
    Type: 'AwsEcrContainerImage',
    Id: id,
    Partition: 'aws',
    Region: 'eu-west-1',
    Details: {
      AwsEcrContainerImage: {
        RegistryId: '123456789012',
        RepositoryName: 'app',
        Architecture: 'amd64',
        ImageDigest: 'sha256:1',
        ImageTags: ['1'],
      },
    },
  });
  const lambda = { functionName: 'f', runtime: 'PYTHON_3_11', version: '$LATEST', codeSha256: 'x' };
  const shown = of('AWS_LAMBDA_FUNCTION', 'arn:aws:lambda:f', { awsLambdaFunction: lambda });
  assert.deepEqual(shown?.Details, {
    AwsLambdaFunction: { FunctionName: 'f', Runtime: 'PYTHON_3_11', Version: '$LATEST', CodeSha256: 'x' },
  });
  assert.equal(of('CODE_REPOSITORY', 'project', {})?.Type, 'Other');
});
