/** AWS Security Hub: findings in its own format, imported and updated. */
import { type Fields, fields, items, text } from '../../../inventory/values.ts';
import { awsSender, awsSettings } from '../../aws-settings.ts';
import { asff } from '../../formats/asff.ts';
import { type Entry, sendPacks } from '../../packs.ts';
import { DELIVERED, type Delivery, type Outcome, type Sender, type TargetKind } from '../../target.ts';

const BATCH = 100;
const FINDING_BYTES = 240 * 1024;
const REQUEST_BYTES = 6 * 1024 * 1024;

function open(configuration: Fields, secrets: Fields): Sender {
  const productArn = text(configuration.productArn);

  function entryOf({ event }: Delivery): Entry<Fields> | { readonly refused: string } {
    if (event.kind !== 'finding') return { refused: 'only findings are for Security Hub' };
    const body = asff(event, productArn);
    return { body, bytes: Buffer.byteLength(JSON.stringify(body)) };
  }

  return awsSender('securityhub', configuration, secrets, (client, batch, signal) =>
    sendPacks(batch, entryOf, { entries: BATCH, entryBytes: FINDING_BYTES, bytes: REQUEST_BYTES }, async (findings) => {
      const { FailedFindings } = await client.send('BatchImportFindings', { Findings: findings }, signal);
      const failed = new Map<string | undefined, Outcome>();
      for (const one of items(FailedFindings)) {
        const { Id, ErrorCode, ErrorMessage } = fields(one) ?? {};
        failed.set(text(Id), { kind: 'failed', error: `${text(ErrorCode) ?? ''}: ${text(ErrorMessage) ?? ''}` });
      }
      return findings.map(({ Id }) => failed.get(text(Id)) ?? DELIVERED);
    }),
  );
}

export const securityhub: TargetKind = {
  id: 'securityhub',
  title: 'AWS Security Hub',
  specification: [
    'https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html',
    'https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html',
  ],
  takes: ['finding'],
  batch: BATCH,
  concurrency: 2,
  settings: [
    {
      name: 'productArn',
      type: 'text',
      meaning: 'product that the findings are of; default is the finding’s account’s own (`…:product/ACCOUNT/default`)',
      wrong: (value) =>
        /^arn:[\w-]+:securityhub:[\w-]+:\d{0,12}:product\/\S+$/.test(value) ? undefined : 'must be a product ARN',
    },
    ...awsSettings(true),
  ],
  open,
};
