/** Amazon SNS: the message is the event as a rule of EventBridge would hand it to the topic. */
import { createHash } from 'node:crypto';
import { type Fields, fields, items, text } from '../../../inventory/values.ts';
import { awsSender, awsSettings } from '../../aws-settings.ts';
import { envelope, envelopeOptions, envelopeSettings } from '../../formats/eventbridge.ts';
import { type Entry, sendPacks } from '../../packs.ts';
import { DELIVERED, type Delivery, type Outcome, type Sender, type TargetKind } from '../../target.ts';

const BATCH = 10;
const BYTES = 256 * 1024;

function attributesOf(values: Readonly<Record<string, string | undefined>>): Fields {
  const told = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told.map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]));
}

function open(configuration: Fields, secrets: Fields): Sender {
  const topic = text(configuration.topicArn) ?? '';
  const options = envelopeOptions(configuration, 'inspector');

  function entryOf({ id, ordering, event }: Delivery): Entry<Fields> | { readonly refused: string } {
    if (event.kind === 'metrics') return { refused: 'metrics are not for SNS' };
    const told = envelope(id, event, options);
    const finding = event.kind === 'finding' ? event.finding : undefined;
    const body = {
      Message: JSON.stringify(told),
      // What subscriptions filter by without looking into the message.
      MessageAttributes: attributesOf({
        'detail-type': told['detail-type'],
        account: told.account,
        severity: finding?.severity,
        status: finding?.status,
      }),
      ...(topic.endsWith('.fifo') && {
        MessageGroupId: createHash('sha256').update(ordering).digest('hex'),
        MessageDeduplicationId: id,
      }),
    };
    return { body, bytes: Buffer.byteLength(JSON.stringify(body)) };
  }

  return awsSender(
    'sns',
    configuration,
    secrets,
    (client, batch, signal) =>
      sendPacks(batch, entryOf, { entries: BATCH, entryBytes: BYTES, bytes: BYTES }, async (entries) => {
        const PublishBatchRequestEntries = entries.map((entry, index) => ({ Id: String(index), ...entry }));
        const { Successful, Failed } = await client.send('PublishBatch', { TopicArn: topic, PublishBatchRequestEntries }, signal);
        const outcomes = new Map<string | undefined, Outcome>();
        for (const one of items(Successful)) outcomes.set(text(fields(one)?.Id), DELIVERED);
        for (const one of items(Failed)) {
          const { Id, Code, Message } = fields(one) ?? {};
          outcomes.set(text(Id), { kind: 'failed', error: `${text(Code) ?? ''}: ${text(Message) ?? ''}` });
        }
        return entries.map((_, index) => outcomes.get(String(index)) ?? { kind: 'failed', error: 'SNS does not mention it' });
      }),
    topic,
  );
}

export const sns: TargetKind = {
  id: 'sns',
  title: 'Amazon SNS',
  specification: ['https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html'],
  takes: ['finding', 'scan', 'coverage'],
  batch: BATCH,
  concurrency: 4,
  settings: [
    {
      name: 'topicArn',
      type: 'text',
      required: true,
      meaning: 'ARN of the topic; a FIFO topic gets a group for each finding or resource',
      wrong: (value) => (/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/.test(value) ? undefined : 'must be the ARN of a topic'),
    },
    ...envelopeSettings('inspector'),
    ...awsSettings(false),
  ],
  open,
};
