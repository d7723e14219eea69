/** Amazon EventBridge: Inspector's events on a bus. */
import { type Fields, fields, items, text } from '../../../inventory/values.ts';
import { awsSender, awsSettings } from '../../aws-settings.ts';
import { envelope, envelopeOptions, envelopeSettings } from '../../formats/eventbridge.ts';
import { type Entry, sendPacks } from '../../packs.ts';
import { DELIVERED, type Delivery, type Outcome, type Sender, type TargetKind } from '../../target.ts';

const BATCH = 10;
const BYTES = 256 * 1024;
const TIME_BYTES = 14;
const RESERVED = 'NotAuthorizedForSourceException';
const ADVICE = 'AWS keeps sources that begin with "aws." for itself: set the target\'s `source` to a name of your own.';

function open(configuration: Fields, secrets: Fields): Sender {
  const bus = text(configuration.bus);
  const options = envelopeOptions(configuration, 'inspector');

  function entryOf({ id, event }: Delivery): Entry<Fields> | { readonly refused: string } {
    if (event.kind === 'metrics') return { refused: 'metrics are not for EventBridge' };
    const told = envelope(id, event, options);
    const [detail, type] = [JSON.stringify(told.detail), told['detail-type']];
    const texts = [told.source, type, detail, ...told.resources];
    const bytes = texts.reduce((sum, one) => sum + Buffer.byteLength(one), TIME_BYTES);
    const body = { Source: told.source, DetailType: type, Detail: detail, Resources: told.resources, Time: new Date(told.time) };
    return { body: bus === undefined ? body : { ...body, EventBusName: bus }, bytes };
  }

  return awsSender('eventbridge', configuration, secrets, (client, batch, signal) =>
    sendPacks(batch, entryOf, { entries: BATCH, entryBytes: BYTES, bytes: BYTES }, async (entries) => {
      const { Entries } = await client.send('PutEvents', { Entries: entries }, signal);
      return items(Entries).map((entry): Outcome => {
        const { ErrorCode, ErrorMessage } = fields(entry) ?? {};
        if (ErrorCode === undefined) return DELIVERED;
        // It says nothing about the event: everything waits until the target is set right.
        if (ErrorCode === RESERVED) throw Object.assign(new Error(ADVICE), { name: RESERVED });
        return { kind: 'failed', error: `${text(ErrorCode) ?? ''}: ${text(ErrorMessage) ?? ''}` };
      });
    }),
  );
}

export const eventbridge: TargetKind = {
  id: 'eventbridge',
  title: 'Amazon EventBridge',
  specification: [
    'https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html',
    'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html',
  ],
  takes: ['finding', 'scan', 'coverage'],
  batch: BATCH,
  concurrency: 4,
  settings: [
    { name: 'bus', type: 'text', meaning: 'name or ARN of the event bus; default `default`' },
    ...envelopeSettings('inspector'),
    ...awsSettings(true),
  ],
  open,
};
