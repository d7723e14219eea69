/** Events as Inspector's users know them. The expected forms are those of the Amazon Inspector user guide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as inspector2 from '@aws-sdk/client-inspector2';
import { findingEvent } from '../../../tests/support/events.ts';
import { operationOf, type Shape } from '../../aws/double/shape.ts';
import { fields } from '../../inventory/values.ts';
import { envelope } from './eventbridge.ts';
import { inspectorDate, TIMES } from './times.ts';

const ID = '9eb1603b-4263-19ec-8be2-33184694cb92';

test('dates', () => {
  assert.equal(inspectorDate(new Date('2024-09-04T16:59:44.356Z')), 'Wed Sep 04 16:59:44.356 UTC 2024');
  assert.equal(inspectorDate(new Date('2024-02-29T00:00:00Z')), 'Thu Feb 29 00:00:00.000 UTC 2024');
});

test('every time of a Finding is known, and nothing else has such a name', () => {
  const found = new Set<string>();
  const others = new Set<string>();
  const walk = (shape: Shape, name: string, depth: number): void => {
    if (depth > 14) return;
    if (shape.kind === 'timestamp') found.add(name);
    else if (shape.kind === 'structure') for (const member of shape.members) walk(member.shape(), member.name, depth + 1);
    else {
      others.add(name);
      if (shape.kind === 'list') walk(shape.of(), '', depth + 1);
    }
  };
  for (const { name, shape } of operationOf(inspector2, 'ListFindings').output) walk(shape(), name, 0);
  assert.deepEqual([...found].sort(), [...TIMES].sort());
  assert.deepEqual(
    [...others].filter((name) => TIMES.has(name)),
    [],
  );
});

test('a finding', () => {
  const event = findingEvent(1);
  const told = envelope(ID, event, {});
  const { detail, ...outside } = told;
  assert.deepEqual(outside, {
    version: '0',
    id: ID,
    'detail-type': 'Inspector2 Finding',
    source: 'aws.inspector2',
    account: '123456789012',
    time: '2024-09-05T13:06:56Z',
    region: 'eu-west-1',
    resources: ['i-12345678901234567'],
  });
  const finding = fields(detail);
  assert.equal(finding?.firstObservedAt, 'Wed Sep 04 16:59:44.356 UTC 2024');
  assert.equal(finding?.updatedAt, 'Thu Sep 05 01:02:03.004 UTC 2024');
  assert.equal(fields(finding?.packageVulnerabilityDetails)?.vendorCreatedAt, 'Sun Sep 01 00:00:00.000 UTC 2024');
  const text = JSON.stringify(detail);
  assert.ok(text.includes('"launchedAt":"Wed Sep 04 17:41:24.000 UTC 2024"'));
  // A tag is what its owner wrote.
  assert.ok(text.includes('"tags":{"updatedAt":"2020-01-01T00:00:00Z"}'));
  assert.equal(fields(finding)?.inspectorScore, 7.5);
  // With ISO 8601 it is what the API shows.
  assert.deepEqual(envelope(ID, event, { dates: 'iso8601' }).detail, event.finding);
  assert.equal(envelope(ID, event, { source: 'mine' }).source, 'mine');
});

test('first scans', () => {
  const base = { kind: 'scan', account: '111122223333', region: 'us-east-1', time: '2024-09-05T13:06:56.000Z' } as const;
  const counts = { CRITICAL: 0, HIGH: 1, MEDIUM: 2, TOTAL: 4 };
  const repository = 'arn:aws:ecr:us-east-1:111122223333:repository/inspector2';
  const image = { repository, digest: `sha256:${'a'.repeat(64)}`, tags: ['ubuntu22'] };
  const resource = `${repository}/${image.digest}`;
  const scanned = envelope(ID, { ...base, resources: [resource], resourceType: 'AWS_ECR_CONTAINER_IMAGE', counts, image }, {});
  assert.equal(scanned['detail-type'], 'Inspector2 Scan');
  assert.deepEqual(scanned.resources, [repository]);
  assert.deepEqual(scanned.detail, {
    'scan-status': 'INITIAL_SCAN_COMPLETE',
    'repository-name': repository,
    'finding-severity-counts': counts,
    'image-digest': image.digest,
    'image-tags': ['ubuntu22'],
    version: '1.0',
  });
  const host = envelope(ID, { ...base, resources: ['i-1'], resourceType: 'AWS_EC2_INSTANCE', counts }, {});
  assert.deepEqual(host.detail, {
    'scan-status': 'INITIAL_SCAN_COMPLETE',
    'instance-id': 'i-1',
    'finding-severity-counts': counts,
    version: '1.0',
  });
  const lambda = envelope(ID, { ...base, resources: ['arn:aws:lambda:f'], resourceType: 'AWS_LAMBDA_FUNCTION', counts }, {});
  assert.deepEqual(Object.keys(fields(lambda.detail) ?? {}), ['scan-status', 'finding-severity-counts', 'version']);
});

test('changes of coverage', () => {
  const event = {
    kind: 'coverage',
    account: '111122223333',
    region: 'us-east-1',
    time: '2023-01-20T22:51:35.665Z',
    resources: ['i-087d63509b8c97098'],
    statusCode: 'INACTIVE',
    reason: 'UNMANAGED_EC2_INSTANCE',
    scanType: 'PACKAGE',
  } as const;
  assert.deepEqual(envelope(ID, event, {}).detail, {
    scanStatus: { reason: 'UNMANAGED_EC2_INSTANCE', statusCodeValue: 'INACTIVE' },
    scanType: 'PACKAGE',
    provider: 'AWS',
    providerAccountId: '111122223333',
    providerRegion: 'us-east-1',
    eventTimestamp: '2023-01-20T22:51:35.665Z',
    version: '1.0',
  });
});
