/** Amazon CloudWatch: how many findings and resources there are, as metrics. Inspector v2 itself publishes none. */
import { type Fields, text } from '../../../inventory/values.ts';
import { awsSender, awsSettings } from '../../aws-settings.ts';
import type { MetricsEvent } from '../../event.ts';
import { DELIVERED, type Sender, type TargetKind } from '../../target.ts';

const NAMESPACE = 'Vedette';

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

function open(configuration: Fields, secrets: Fields): Sender {
  const Namespace = text(configuration.namespace) ?? NAMESPACE;
  return awsSender('cloudwatch', configuration, secrets, async (client, batch, signal) => {
    // Eight values of one account and region: an event is always within the limits of one request.
    const MetricData = batch.flatMap(({ event }) => (event.kind === 'metrics' ? dataOf(event) : []));
    if (MetricData.length > 0) await client.send('PutMetricData', { Namespace, MetricData }, signal);
    return batch.map(({ event }) =>
      event.kind === 'metrics' ? DELIVERED : { kind: 'refused', error: 'only metrics are for CloudWatch' },
    );
  });
}

export const cloudwatch: TargetKind = {
  id: 'cloudwatch',
  title: 'Amazon CloudWatch',
  specification: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html'],
  takes: ['metrics'],
  batch: 20,
  concurrency: 1,
  settings: [
    { name: 'namespace', type: 'text', meaning: `namespace of the metrics; default \`${NAMESPACE}\`` },
    ...awsSettings(true),
  ],
  open,
};
