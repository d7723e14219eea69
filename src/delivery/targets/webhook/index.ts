/** Webhooks: one signed POST per event, as Standard Webhooks asks for it. */
import { createHmac } from 'node:crypto';
import { type Fields, text } from '../../../inventory/values.ts';
import { messageOf } from '../../../model/problem.ts';
import { envelope, envelopeOptions, envelopeSettings } from '../../formats/eventbridge.ts';
import { DELIVERED, type Delivery, type Outcome, type Sender, type TargetKind, wrongAddress } from '../../target.ts';

const PREFIX = 'whsec_';
/** The server is there, but not for us now: statuses that say nothing about the event. */
const UNUSABLE = new Set([401, 403, 404, 405, 407, 408, 410, 421, 429, 502, 503, 504]);
const ANSWER_LENGTH = 300;

/** The bytes of a secret: base64 after `whsec_`. */
function keyOf(secret: string): Buffer {
  return Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
}

function wrongSecret(value: string): string | undefined {
  const { length } = keyOf(value);
  return length >= 24 && length <= 64 ? undefined : 'must be 24 to 64 bytes in base64, after whsec_';
}

/** `webhook-signature`: HMAC-SHA256 over id, time in seconds and body, joined by dots. */
function signature(secret: string, id: string, seconds: number, body: string): string {
  return `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}

async function answerOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  const said = new TextDecoder()
    .decode(value)
    .slice(0, ANSWER_LENGTH)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return `HTTP ${response.status}${said === '' ? '' : `: ${said}`}`;
}

/** `fetch` says only that it failed; why is in the cause. */
function unreachable(error: unknown): never {
  const { cause } = error instanceof Error ? error : {};
  if (cause === undefined) throw error;
  // Where a name has several addresses: one error each, and no words of its own.
  const why = cause instanceof AggregateError ? cause.errors[0] : cause;
  throw new Error(`The receiver cannot be reached: ${messageOf(why)}`, { cause: error });
}

function open(configuration: Fields, secrets: Fields): Sender {
  const url = text(configuration.url) ?? '';
  const keys = [text(secrets.secret), text(secrets.previousSecret)].filter((key) => key !== undefined);
  const options = envelopeOptions(configuration, 'iso8601');

  async function post({ id, event }: Delivery, signal: AbortSignal): Promise<Outcome> {
    if (event.kind === 'metrics') return { kind: 'refused', error: 'metrics are not for webhooks' };
    const body = JSON.stringify(envelope(id, event, options));
    const seconds = Math.floor(Date.now() / 1000);
    const response = await fetch(url, {
      method: 'POST',
      body,
      signal,
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'vedette',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': keys.map((key) => signature(key, id, seconds, body)).join(' '),
      },
    }).catch(unreachable);
    if (response.ok) {
      await response.body?.cancel();
      return DELIVERED;
    }
    const error = await answerOf(response);
    if (UNUSABLE.has(response.status) || response.status < 400) throw new Error(error);
    return { kind: response.status === 413 ? 'refused' : 'failed', error };
  }

  return {
    async send(batch, signal) {
      const outcomes: Outcome[] = [];
      for (const delivery of batch) outcomes.push(await post(delivery, signal));
      return outcomes;
    },
    close: async () => undefined,
  };
}

export const webhook: TargetKind = {
  id: 'webhook',
  title: 'Webhook',
  specification: ['https://www.standardwebhooks.com/'],
  takes: ['finding', 'scan', 'coverage'],
  batch: 1,
  concurrency: 4,
  settings: [
    { name: 'url', type: 'text', required: true, meaning: 'where to POST to', wrong: wrongAddress },
    ...envelopeSettings('iso8601'),
    {
      name: 'secret',
      type: 'text',
      required: true,
      secret: true,
      meaning: 'signs: `whsec_` and base64 of 24 to 64 bytes',
      wrong: wrongSecret,
    },
    {
      name: 'previousSecret',
      type: 'text',
      secret: true,
      meaning: 'signs too, while receivers change to a new secret',
      wrong: wrongSecret,
    },
  ],
  open,
};
