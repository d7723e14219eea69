/** A second opinion on deliveries: the targets in AWS and the reports against moto's server, which others wrote. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { S3 } from '@aws-sdk/client-s3';
import { SecurityHub } from '@aws-sdk/client-securityhub';
import { SNS } from '@aws-sdk/client-sns';
import type { Event } from '../src/delivery/event.ts';
import { TARGET_KINDS } from '../src/delivery/registry.ts';
import { destinationOf, openReports, writeFindingsReport } from '../src/delivery/reports/index.ts';
import { fields, items, text } from '../src/inventory/values.ts';
import { messageOf } from '../src/model/problem.ts';
import { atEnd } from './support/end.ts';
import { ACCOUNT, findingEvent, metricsEvent } from './support/events.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { skipOrFail } from './support/shared.ts';

const region = 'eu-west-1';
const SECRETS = { accessKeyId: 'a', secretAccessKey: 'b' };
const never = new AbortController().signal;

/** Asks moto's SQS, without a signature: it checks none. */
async function sqs(url: string, call: string, body: object) {
  const authorization = `AWS4-HMAC-SHA256 Credential=a/20260101/${region}/sqs/aws4_request, SignedHeaders=host, Signature=0`;
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${call}`, authorization };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return fields(await response.json()) ?? {};
}

async function queue(url: string, name: string) {
  const QueueUrl = text((await sqs(url, 'CreateQueue', { QueueName: name })).QueueUrl);
  return {
    arn: `arn:aws:sqs:${region}:${ACCOUNT}:${name}`,
    async receive() {
      const { Messages } = await sqs(url, 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      return items(Messages).map((message) => fields(JSON.parse(text(fields(message)?.Body) ?? '')) ?? {});
    },
  };
}

async function send(kind: string, url: string, configuration: object, ...events: Event[]): Promise<void> {
  const sender = TARGET_KINDS.find(({ id }) => id === kind)?.open({ region, endpoint: url, ...configuration }, SECRETS);
  assert.ok(sender !== undefined);
  const batch = events.map((event, index) => ({
    id: `00000000-0000-8000-8000-00000000000${index}`,
    ordering: `${index}`,
    event,
  }));
  const told = await sender.send(batch, never);
  assert.deepEqual(
    told,
    batch.map(() => ({ kind: 'delivered' })),
  );
  await sender.close();
}

test('what is delivered arrives in moto', async (context: TestContext) => {
  let moto: Moto;
  try {
    moto = await startMoto();
  } catch (error) {
    return skipOrFail(context, messageOf(error));
  }
  atEnd(context, () => moto.stop());
  const { url } = moto;
  const connection = { endpoint: url, region, credentials: SECRETS };

  await context.test('eventbridge: the rule that consumers write matches', async () => {
    const received = await queue(url, 'events');
    const client = new EventBridge(connection);
    const pattern = {
      source: ['aws.inspector2'],
      'detail-type': ['Inspector2 Finding'],
      detail: { severity: ['HIGH', 'CRITICAL'], status: ['ACTIVE'] },
    };
    await client.putRule({ Name: 'high', EventPattern: JSON.stringify(pattern) });
    await client.putTargets({ Rule: 'high', Targets: [{ Id: '1', Arn: received.arn }] });
    await send('eventbridge', url, {}, findingEvent(1), findingEvent(2, 'closed'));
    const messages = await received.receive();
    assert.deepEqual(
      messages.map((message) => [message.source, fields(message.detail)?.title, fields(message.detail)?.updatedAt]),
      [['aws.inspector2', 'CVE-2024-1001 - openssl', 'Thu Sep 05 01:02:03.004 UTC 2024']],
    );
    client.destroy();
  });

  await context.test('sns: subscriptions get what they filter for', async () => {
    const received = await queue(url, 'messages');
    const client = new SNS(connection);
    const { TopicArn } = await client.createTopic({ Name: 'findings' });
    const Attributes = { FilterPolicy: JSON.stringify({ severity: ['HIGH'], status: ['CLOSED'] }) };
    await client.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: received.arn, Attributes });
    await send('sns', url, { topicArn: TopicArn }, findingEvent(1), findingEvent(2, 'closed'));
    const messages = (await received.receive()).map(({ Message }) => fields(JSON.parse(text(Message) ?? '')));
    assert.deepEqual(
      messages.map((message) => [message?.['detail-type'], fields(message?.detail)?.title]),
      [['Inspector2 Finding', 'CVE-2024-1002 - openssl']],
    );
    client.destroy();
  });

  await context.test('securityhub: findings are imported and updated', async () => {
    await send('securityhub', url, {}, findingEvent(1), findingEvent(2));
    await send('securityhub', url, {}, findingEvent(1, 'closed'));
    const client = new SecurityHub(connection);
    const { Findings = [] } = await client.getFindings({});
    const shown = Findings.map(({ Id, RecordState, Severity }) => [Id?.slice(-1), RecordState, Severity?.Label]).sort();
    assert.deepEqual(shown, [
      ['1', 'ARCHIVED', 'HIGH'],
      ['2', 'ACTIVE', 'HIGH'],
    ]);
    client.destroy();
  });

  await context.test('cloudwatch: counts can be asked for', async () => {
    const now = Date.now();
    const event = metricsEvent({ HIGH: 3, CRITICAL: 0 }, { ACTIVE: 7 }, now);
    await send('cloudwatch', url, {}, event);
    const client = new CloudWatch(connection);
    const ask = async (MetricName: string, Name: string, Value: string) => {
      const { Datapoints = [] } = await client.getMetricStatistics({
        Namespace: 'Vedette',
        MetricName,
        Dimensions: [
          { Name: 'AccountId', Value: ACCOUNT },
          { Name: 'Region', Value: region },
          { Name, Value },
        ],
        StartTime: new Date(now - 3_600_000),
        EndTime: new Date(now + 3_600_000),
        Period: 7_200,
        Statistics: ['Sum'],
      });
      return Datapoints.map(({ Sum, Unit }) => [Sum, Unit]);
    };
    assert.deepEqual(await ask('ActiveFindings', 'Severity', 'HIGH'), [[3, 'Count']]);
    assert.deepEqual(await ask('ActiveFindings', 'Severity', 'CRITICAL'), [[0, 'Count']]);
    assert.deepEqual(await ask('Resources', 'ScanStatus', 'ACTIVE'), [[7, 'Count']]);
    client.destroy();
  });

  await context.test('s3: reports are written in parts, and a bucket that is not there is told', async () => {
    const client = new S3({ ...connection, forcePathStyle: true });
    await client.createBucket({ Bucket: 'reports', CreateBucketConfiguration: { LocationConstraint: region } });
    const kmsKeyArn = `arn:aws:kms:${region}:${ACCOUNT}:key/11111111-1111-1111-1111-111111111111`;
    const reports = await openReports(connection);
    async function* findings() {
      for (let number = 0; number < 12; number++) {
        yield { ...findingEvent(number).finding, description: 'x'.repeat(1024 * 1024) };
      }
    }
    const write = (bucketName: string) => {
      const destination = destinationOf({ bucketName, keyPrefix: 'daily', kmsKeyArn });
      assert.ok(destination.ok);
      return writeFindingsReport(reports, 'JSON', findings(), {
        id: 'r1',
        destination: destination.value,
        now: 0,
        signal: never,
      });
    };
    assert.deepEqual(await write('reports'), { keys: 1 });
    const stored = await client.getObject({ Bucket: 'reports', Key: 'daily/r1.json' });
    assert.equal(stored.SSEKMSKeyId, kmsKeyArn);
    assert.equal(JSON.parse((await stored.Body?.transformToString()) ?? '').findings.length, 12);
    const outcome = await write('nowhere');
    assert.equal('code' in outcome ? outcome.code : '', 'BUCKET_NOT_FOUND');
    client.destroy();
    reports.destroy();
  });
});
