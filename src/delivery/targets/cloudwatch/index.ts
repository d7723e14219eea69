/** Amazon CloudWatch: how many findings and resources there are, as metrics. Inspector v2 itself publishes none. */
import { type Fields, text } from '../../../inventory/values.ts';
import { awsSender, awsSettings } from '../../aws-settings.ts';
import type { MetricsEvent } from '../../event.ts';
import { type Entry, sendPacks } from '../../packs.ts';
import { DELIVERED, type Delivery, type Sender, type TargetKind } from '../../target.ts';

const NAMESPACE = 'Vedette';
/** Events of eight values each: fewer than the 1,000 that one request takes. */
const BATCH = 20;
const BYTES = 1024 * 1024;

function dataOf({ account, region, time, findingCounts, resourceCounts }: MetricsEvent): readonly Fields[] {
  const series = (name: string, dimension: string, counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([value, count]) => ({
      MetricName: name,
      Dimensions: [
        { Name: 'AccountId', Value: account },
        { Name: 'Region', Value: region },
        { Name: dimension, Value: value },
      ],
      Timestamp: new Date(time),
      Value: count,
      Unit: 'Count',
    }));
  return [...series('ActiveFindings', 'Severity', findingCounts), ...series('Resources', 'ScanStatus', resourceCounts)];
}

function entryOf({ event }: Delivery): Entry<readonly Fields[]> | { readonly refused: string } {
  if (event.kind !== 'metrics') return { refused: 'only metrics are for CloudWatch' };
  const body = dataOf(event);
  return { body, bytes: Buffer.byteLength(JSON.stringify(body)) };
}

function open(configuration: Fields, secrets: Fields): Sender {
  const Namespace = text(configuration.namespace) ?? NAMESPACE;
  return awsSender('cloudwatch', configuration, secrets, (client, batch, signal) =>
    sendPacks(batch, entryOf, { entries: BATCH, entryBytes: BYTES, bytes: BYTES }, async (entries) => {
      await client.send('PutMetricData', { Namespace, MetricData: entries.flat() }, signal);
      return entries.map(() => DELIVERED);
    }),
  );
}

export const cloudwatch: TargetKind = {
  id: 'cloudwatch',
  title: 'Amazon CloudWatch',
  specification: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html'],
  takes: ['metrics'],
  batch: BATCH,
  concurrency: 1,
  settings: [
    { name: 'namespace', type: 'text', meaning: `namespace of the metrics; default \`${NAMESPACE}\`` },
    ...awsSettings(true),
  ],
  open,
};
