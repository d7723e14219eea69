/** The targets in AWS, through the real SDK, against the double of src/aws/double and its faults. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { atEnd } from '../../../tests/support/end.ts';
import { findingEvent, metricsEvent } from '../../../tests/support/events.ts';
import { type SinkOptions, type Sinks, serveSinks } from '../../aws/double/sinks.ts';
import { fields, items, text } from '../../inventory/values.ts';
import type { Event, FindingEvent } from '../event.ts';
import type { Delivery, Outcome, TargetKind } from '../target.ts';
import { cloudwatch } from './cloudwatch/index.ts';
import { eventbridge } from './eventbridge/index.ts';
import { securityhub } from './securityhub/index.ts';
import { sns } from './sns/index.ts';

const SECRETS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:findings';
const never = new AbortController().signal;

async function sinks(context: TestContext, options: SinkOptions = {}): Promise<Sinks> {
  const started = await serveSinks(options);
  atEnd(context, () => started.close());
  return started;
}

function deliveries(...events: Event[]): Delivery[] {
  return events.map((event, index) => ({ id: `00000000-0000-8000-8000-00000000000${index}`, ordering: `key ${index}`, event }));
}

function open(context: TestContext, kind: TargetKind, { url }: Pick<Sinks, 'url'>, configuration: object = {}) {
  const topic = kind.id === 'sns' ? { topicArn: TOPIC } : {};
  const sender = kind.open({ region: 'eu-west-1', endpoint: url, ...topic, ...configuration }, SECRETS);
  atEnd(context, () => sender.close());
  return sender;
}

const metrics = metricsEvent({ HIGH: 3, CRITICAL: 0 }, { ACTIVE: 7 }, Date.parse('2026-01-01T00:00:00Z'));

function kindsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ kind }) => kind);
}

test('eventbridge: entries', async (context) => {
  const server = await sinks(context);
  const sender = open(context, eventbridge, server, { bus: 'security', source: 'my.vedette' });
  const outcomes = await sender.send(deliveries(findingEvent(1), metrics, findingEvent(2)), never);
  assert.deepEqual(kindsOf(outcomes), ['delivered', 'refused', 'delivered']);
  const [entry] = server.events;
  const { Detail, ...others } = entry ?? {};
  assert.deepEqual(others, {
    Source: 'my.vedette',
    DetailType: 'Inspector2 Finding',
    EventBusName: 'security',
    Resources: ['i-12345678901234567'],
    Time: Date.parse('2024-09-05T13:06:56Z') / 1000,
  });
  assert.equal(fields(JSON.parse(text(Detail) ?? ''))?.updatedAt, 'Thu Sep 05 01:02:03.004 UTC 2024');
});

test('sns: messages, with attributes to filter by', async (context) => {
  const server = await sinks(context);
  assert.deepEqual(kindsOf(await open(context, sns, server).send(deliveries(findingEvent(1), findingEvent(2)), never)), [
    'delivered',
    'delivered',
  ]);
  const [message] = server.messages;
  const body = fields(JSON.parse(text(message?.Message) ?? ''));
  assert.equal(body?.['detail-type'], 'Inspector2 Finding');
  const attributes = Object.entries(message ?? {}).filter(([name]) => name.startsWith('MessageAttributes'));
  assert.ok(attributes.some(([, value]) => value === 'severity') && attributes.some(([, value]) => value === 'HIGH'));
  assert.equal(message?.MessageGroupId, undefined);
  const fifo = open(context, sns, server, { topicArn: `${TOPIC}.fifo` });
  await fifo.send(deliveries(findingEvent(3)), never);
  const last = server.messages.at(-1);
  assert.match(text(last?.MessageGroupId) ?? '', /^[0-9a-f]{64}$/);
  assert.equal(last?.MessageDeduplicationId, '00000000-0000-8000-8000-000000000000');
});

test('securityhub: findings are imported, updated under the same id and archived', async (context) => {
  const server = await sinks(context);
  const sender = open(context, securityhub, server);
  await sender.send(deliveries(findingEvent(1), findingEvent(2)), never);
  await sender.send(deliveries(findingEvent(1, 'closed')), never);
  assert.deepEqual(
    [...server.findings.values()].map(({ RecordState }) => RecordState),
    ['ARCHIVED', 'ACTIVE'],
  );
});

test('cloudwatch: counts', async (context) => {
  const server = await sinks(context);
  const sender = open(context, cloudwatch, server);
  assert.deepEqual(kindsOf(await sender.send(deliveries(metrics, findingEvent(1)), never)), ['delivered', 'refused']);
  assert.deepEqual(
    server.metrics.map(({ MetricName, Value, Dimensions }) => [
      MetricName,
      Value,
      items(Dimensions).map((one) => fields(one)?.Value),
    ]),
    [
      ['ActiveFindings', 3, ['123456789012', 'eu-west-1', 'HIGH']],
      ['ActiveFindings', 0, ['123456789012', 'eu-west-1', 'CRITICAL']],
      ['Resources', 7, ['123456789012', 'eu-west-1', 'ACTIVE']],
    ],
  );
});

/** A finding whose description makes it as large as wanted. */
function large(number: number, bytes: number): FindingEvent {
  const event = findingEvent(number);
  const packageVulnerabilityDetails = { ...event.finding.packageVulnerabilityDetails, referenceUrls: ['x'.repeat(bytes)] };
  return { ...event, finding: { ...event.finding, packageVulnerabilityDetails } as FindingEvent['finding'] };
}

for (const kind of [eventbridge, sns, securityhub, cloudwatch]) {
  const event = (number: number): Event =>
    kind === cloudwatch ? { ...metrics, resourceCounts: { ACTIVE: number === 2 ? 666 : number } } : findingEvent(number);

  test(`${kind.id}: a service that cannot be used, or is not there, rejects`, async (context) => {
    for (const fault of [
      { kind: 'error', status: 400, code: 'ThrottlingException' },
      { kind: 'error', status: 500, code: 'InternalFailure' },
      { kind: 'error', status: 403, code: 'AccessDeniedException' },
      { kind: 'cut' },
    ] as const) {
      const server = await sinks(context, { fault: () => fault });
      await assert.rejects(
        open(context, kind, server).send(deliveries(event(1)), never),
        (error) => error instanceof Error && !/secret/.test(error.message),
      );
      assert.equal(server.calls.length, 1, 'the outbox tries again, not the SDK');
    }
    // Nobody is there, and somebody who does not speak TLS.
    const { url } = await sinks(context);
    for (const wrong of ['http://127.0.0.1:1', url.replace('http:', 'https:')]) {
      await assert.rejects(open(context, kind, { url: wrong }).send(deliveries(event(1)), never));
    }
  });

  test(`${kind.id}: a service that hangs is left when the time is over`, async (context) => {
    const server = await sinks(context, { fault: () => ({ kind: 'hang' }) });
    await assert.rejects(open(context, kind, server).send(deliveries(event(1)), AbortSignal.timeout(100)));
  });

  test(`${kind.id}: a request refused for one bad entry is sent again entry by entry`, async (context) => {
    const bad = (entries: readonly unknown[]) => /CVE-2024-1002|"Value":666/.test(JSON.stringify(entries));
    const server = await sinks(context, {
      fault: (_, entries) => (bad(entries) ? { kind: 'error', status: 400, code: 'ValidationException' } : undefined),
    });
    const outcomes = await open(context, kind, server).send(deliveries(event(1), event(2), event(3)), never);
    assert.deepEqual(kindsOf(outcomes), ['delivered', 'failed', 'delivered']);
    assert.equal(server.calls.length, 4);
  });

  if (kind === cloudwatch) continue;

  test(`${kind.id}: each entry has its own outcome`, async (context) => {
    const server = await sinks(context, { fault: () => ({ kind: 'partial', positions: [1], code: 'InternalError' }) });
    const outcomes = await open(context, kind, server).send(deliveries(event(1), event(2), event(3)), never);
    assert.deepEqual(kindsOf(outcomes), ['delivered', 'failed', 'delivered']);
    assert.match(JSON.stringify(outcomes[1]), /InternalError/);
  });

  test(`${kind.id}: what is too large is refused, what is too much is sent in several requests`, async (context) => {
    const server = await sinks(context);
    const sender = open(context, kind, server);
    const kib = 1024;
    const outcomes = await sender.send(deliveries(large(1, 300 * kib), large(2, 150 * kib), large(3, 150 * kib)), never);
    assert.deepEqual(kindsOf(outcomes), ['refused', 'delivered', 'delivered']);
    assert.equal(server.calls.length, kind === securityhub ? 1 : 2);
  });
}

test('eventbridge: a source that AWS keeps for itself pauses the target and says what to set', async (context) => {
  const server = await sinks(context, {
    fault: () => ({ kind: 'partial', positions: [0, 1], code: 'NotAuthorizedForSourceException' }),
  });
  await assert.rejects(
    open(context, eventbridge, server).send(deliveries(findingEvent(1), findingEvent(2)), never),
    /NotAuthorizedForSourceException.*`source`/,
  );
});
