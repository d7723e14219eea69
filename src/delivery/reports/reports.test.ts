/** Reports and exports, written through the real SDK to the double of S3 and its faults. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Finding } from '@aws-sdk/client-inspector2';
import { assessment } from '../../../tests/support/assessment.ts';
import { atEnd } from '../../../tests/support/end.ts';
import { findingEvent } from '../../../tests/support/events.ts';
import { type Buckets, type BucketsOptions, serveBuckets } from '../../aws/double/buckets.ts';
import {
  destinationOf,
  openReports,
  type ReportFailure,
  type ReportInput,
  type ReportOutcome,
  type ResourceInventory,
  writeFindingsReport,
  writeSbomExport,
} from './index.ts';

const ID = 'a1b2c3d4-5678-90ab-cdef-000000000001';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1';
const NOW = Date.parse('2024-09-14T16:59:44Z');

/** The header of a findings report, verbatim from a real one. */
const HEADER =
  'AWS Account Id,Severity,Fix Available,Finding Type,Title,Description,Finding ARN,First Seen,Last Seen,Last Updated,Resource ID,Container Image Tags,Region,Platform,Resource Tags,Affected Packages,Package Installed Version,Fixed in Version,Package Remediation,File Path,Network Paths,Age (Days),Remediation,Inspector Score,Inspector Score Vector,Status,Vulnerability Id,Vendor,Vendor Severity,Vendor Advisory,Vendor Advisory Published,NVD CVSS3 Score,NVD CVSS3 Vector,NVD CVSS2 Score,NVD CVSS2 Vector,Vendor CVSS3 Score,Vendor CVSS3 Vector,Vendor CVSS2 Score,Vendor CVSS2 Vector,Resource Type,Ami,Resource Public Ipv4,Resource Private Ipv4,Resource Ipv6,Resource Vpc,Port Range,Epss Score,Exploit Available,Last Exploited At,Lambda Layers,Lambda Package Type,Lambda Last Updated At,Reference Urls,Detector Name,Package Manager';

async function start(context: TestContext, options: Partial<BucketsOptions> = {}) {
  const s3 = await serveBuckets({ buckets: ['reports'], ...options });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const client = await openReports({ endpoint: s3.url, region: 'eu-west-1', credentials, attempts: 1 });
  atEnd(context, () => {
    client.destroy();
    return s3.close();
  });
  return { s3, client };
}

function input(over: Partial<ReportInput> = {}): ReportInput {
  const destination = destinationOf({ bucketName: 'reports', keyPrefix: 'daily', kmsKeyArn: KEY });
  assert.ok(destination.ok);
  return { id: ID, destination: destination.value, now: NOW, signal: new AbortController().signal, ...over };
}

async function* findings(count: number, over: object = {}): AsyncGenerator<Finding> {
  for (let number = 0; number < count; number++) yield { ...findingEvent(number).finding, ...over };
}

function failed(outcome: ReportOutcome): ReportFailure {
  assert.ok('code' in outcome, JSON.stringify(outcome));
  return outcome;
}

function textOf(s3: Buckets, key: string): string {
  const found = s3.objects.get(`reports/${key}`);
  assert.ok(found !== undefined, [...s3.objects.keys()].join());
  return found.body.toString('utf8');
}

test('a CSV report has the columns of Inspector, encrypted with the key', async (context) => {
  const { s3, client } = await start(context);
  assert.deepEqual(await writeFindingsReport(client, 'CSV', findings(2), input()), { keys: 1 });
  const lines = textOf(s3, `daily/${ID}.csv`).split('\r\n');
  assert.equal(lines[0], HEADER);
  assert.equal(lines.length, 4);
  const row = (lines[1] ?? '').split(',');
  const value = (column: string) => row[HEADER.split(',').indexOf(column)];
  for (const [column, expected] of [
    ['AWS Account Id', '123456789012'],
    ['Severity', 'HIGH'],
    ['First Seen', '2024-09-04T16:59:44.356Z'],
    ['Resource Tags', 'updatedAt:2020-01-01T00:00:00Z'],
    ['Platform', 'DEBIAN_12'],
    ['Affected Packages', 'openssl'],
    ['Package Installed Version', '0:3.0.11-1'],
    ['Fixed in Version', '0:3.0.13-1'],
    ['Age (Days)', '9'],
    ['Inspector Score', '7.5'],
    ['NVD CVSS3 Score', '9.8'],
    ['Vendor CVSS3 Score', ''],
    ['Epss Score', '0.12'],
    ['Reference Urls', 'https://example.org/a'],
    ['Package Manager', 'OS'],
  ] as const) {
    assert.equal(value(column), expected, column);
  }
  assert.equal(row.length, 55);
  const stored = s3.objects.get(`reports/daily/${ID}.csv`);
  assert.deepEqual([stored?.kmsKey, stored?.contentType, stored?.parts], [KEY, 'text/csv', 1]);
});

test('network findings and hosts fill their columns, and nothing is a formula', async (context) => {
  const { s3, client } = await start(context);
  const steps = [
    { componentId: 'igw-1', componentType: 'AWS::EC2::InternetGateway' },
    { componentId: 'i-1', componentType: 'AWS::EC2::Instance' },
  ];
  const awsEc2Instance = {
    ipV4Addresses: ['10.0.0.1', '203.0.114.9'],
    ipV6Addresses: ['2001:db8::1'],
    vpcId: 'vpc-1',
    imageId: 'ami-1',
  };
  const over = {
    title: '=cmd()',
    packageVulnerabilityDetails: undefined,
    networkReachabilityDetails: { openPortRange: { begin: 22, end: 23 }, protocol: 'TCP', networkPath: { steps } },
    resources: [{ id: 'i-1', type: 'AWS_EC2_INSTANCE', details: { awsEc2Instance } }],
  };
  await writeFindingsReport(client, 'CSV', findings(1, over), input());
  const row = (textOf(s3, `daily/${ID}.csv`).split('\r\n')[1] ?? '').split(',');
  const value = (column: string) => row[HEADER.split(',').indexOf(column)];
  assert.equal(value('Title'), "'=cmd()");
  assert.equal(value('Network Paths'), 'igw-1 (AWS::EC2::InternetGateway) -> i-1 (AWS::EC2::Instance)');
  assert.deepEqual(
    ['Port Range', 'Resource Public Ipv4', 'Resource Private Ipv4', 'Resource Ipv6', 'Resource Vpc', 'Ami'].map(value),
    ['22-23', '203.0.114.9', '10.0.0.1', '2001:db8::1', 'vpc-1', 'ami-1'],
  );
});

test('a JSON report is one object with all findings', async (context) => {
  const { s3, client } = await start(context);
  await writeFindingsReport(client, 'JSON', findings(3), input());
  const report = JSON.parse(textOf(s3, `daily/${ID}.json`));
  assert.deepEqual(report.findings[2], findingEvent(2).finding);
  assert.equal(report.findings.length, 3);
});

test('a large report is written in parts, holding no more than a few', async (context) => {
  const { s3, client } = await start(context);
  let ahead = 0;
  let most = 0;
  const sent = () => s3.calls.filter((call) => call === 'UploadPart').length;
  const long = 'x'.repeat(1024 * 1024);
  async function* many(): AsyncGenerator<Finding> {
    for (let number = 0; number < 30; number++) {
      ahead += 1;
      most = Math.max(most, ahead - sent() * 8);
      yield { ...findingEvent(number).finding, description: long };
    }
  }
  assert.deepEqual(await writeFindingsReport(client, 'JSON', many(), input()), { keys: 1 });
  const stored = s3.objects.get(`reports/daily/${ID}.json`);
  assert.equal(stored?.parts, 4);
  assert.equal(stored.kmsKey, KEY);
  assert.equal(JSON.parse(stored.body.toString('utf8')).findings.length, 30);
  assert.ok(most <= 25, `${most} MiB were read ahead`);
});

test('what goes wrong has the code of the API', async (context) => {
  const outcome = async (options: Partial<BucketsOptions>) => {
    const { client } = await start(context, options);
    return failed(await writeFindingsReport(client, 'CSV', findings(1), input())).code;
  };
  const fault = (status: number, code: string) => ({ fault: () => ({ kind: 'error', status, code }) as const });
  assert.equal(await outcome({ buckets: [] }), 'BUCKET_NOT_FOUND');
  assert.equal(await outcome({ keys: [] }), 'MALFORMED_KMS_KEY');
  assert.equal(await outcome(fault(403, 'AccessDenied')), 'INVALID_PERMISSIONS');
  assert.equal(await outcome(fault(301, 'PermanentRedirect')), 'INCOMPATIBLE_BUCKET_REGION');
  assert.equal(await outcome(fault(400, 'AuthorizationHeaderMalformed')), 'INCOMPATIBLE_BUCKET_REGION');
  assert.equal(await outcome(fault(503, 'SlowDown')), 'INTERNAL_ERROR');
  assert.equal(await outcome({ fault: () => ({ kind: 'cut' }) }), 'INTERNAL_ERROR');
  const { client } = await start(context);
  assert.equal(failed(await writeFindingsReport(client, 'CSV', findings(0), input())).code, 'NO_FINDINGS_FOUND');
  async function* broken(): AsyncGenerator<Finding> {
    yield findingEvent(1).finding;
    throw new Error('the store is gone');
  }
  assert.deepEqual(failed(await writeFindingsReport(client, 'CSV', broken(), input())).code, 'INTERNAL_ERROR');
});

test('an upload that fails or is cancelled halfway leaves nothing', async (context) => {
  const large = () => findings(20, { description: 'x'.repeat(1024 * 1024) });
  let parts = 0;
  const { s3, client } = await start(context, {
    fault: (call) => (call === 'UploadPart' && ++parts === 2 ? { kind: 'error', status: 500, code: 'InternalError' } : undefined),
  });
  assert.equal(failed(await writeFindingsReport(client, 'JSON', large(), input())).code, 'INTERNAL_ERROR');
  assert.deepEqual([s3.objects.size, s3.open()], [0, 0]);
  const cancel = new AbortController();
  const other = await start(context, {
    fault: (call) => {
      if (call === 'UploadPart') cancel.abort();
      return undefined;
    },
  });
  assert.equal(
    failed(await writeFindingsReport(other.client, 'JSON', large(), input({ signal: cancel.signal }))).code,
    'INTERNAL_ERROR',
  );
  assert.deepEqual([other.s3.objects.size, other.s3.open()], [0, 0]);
});

test('exports have an object for each resource, under the keys of Inspector', async (context) => {
  const { s3, client } = await start(context);
  const digest = `sha256:${'b'.repeat(64)}`;
  async function* resources(): AsyncGenerator<ResourceInventory> {
    const uid = `arn:aws:ecr:eu-west-1:123456789012:repository/app/${digest}`;
    yield { account: '123456789012', type: 'AWS_ECR_CONTAINER_IMAGE', uid, inventory: assessment };
    for (let number = 0; number < 9; number++) {
      yield { account: '123456789012', type: 'AWS_EC2_INSTANCE', uid: `i-${number}`, inventory: assessment };
    }
  }
  for (const format of ['CYCLONEDX_1_4', 'SPDX_2_3'] as const) {
    assert.deepEqual(await writeSbomExport(client, format, resources(), input()), { keys: 10 });
    const folder = `daily/${format}_outputs_${ID}/account=123456789012`;
    const image = `arn:aws:ecr:eu-west-1:123456789012:repository_app_${digest}_${format}.json`;
    const document = JSON.parse(textOf(s3, `${folder}/resource=AWS_ECR_CONTAINER_IMAGE/${image}`));
    if (format === 'SPDX_2_3') assert.equal(document.spdxVersion, 'SPDX-2.3');
    else assert.deepEqual([document.specVersion, document.vulnerabilities.length > 0], ['1.4', true]);
    textOf(s3, `${folder}/resource=AWS_EC2_INSTANCE/i-8_${format}.json`);
  }
  assert.equal(new Set([...s3.objects.values()].map(({ kmsKey }) => kmsKey)).size, 1);
});

test('an export that fails tells why, and stops', async (context) => {
  let asked = 0;
  const { client } = await start(context, {
    fault: (_, key) => (key.includes('i-3') ? { kind: 'error', status: 403, code: 'AccessDenied' } : undefined),
  });
  async function* resources(): AsyncGenerator<ResourceInventory> {
    for (let number = 0; number < 100; number++) {
      asked += 1;
      yield { account: '123456789012', type: 'AWS_EC2_INSTANCE', uid: `i-${number}`, inventory: assessment };
    }
  }
  assert.equal(failed(await writeSbomExport(client, 'SPDX_2_3', resources(), input())).code, 'INVALID_PERMISSIONS');
  assert.ok(asked < 50);
});

test('destinations', () => {
  assert.ok(!destinationOf({}).ok);
  assert.deepEqual(destinationOf({ bucketName: 'b', keyPrefix: 'a/b/' }), { ok: true, value: { bucket: 'b', prefix: 'a/b/' } });
  assert.deepEqual(destinationOf({ bucketName: 'b', kmsKeyArn: KEY }), {
    ok: true,
    value: { bucket: 'b', prefix: '', kmsKeyArn: KEY },
  });
});
