/** Webhooks, received by a server that checks them as docs/delivery.md tells its readers to. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '../../../../tests/support/end.ts';
import { findingEvent } from '../../../../tests/support/events.ts';
import type { Delivery } from '../../target.ts';
import { webhook } from './index.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OLD = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that answers with the next status; 0 cuts the connection. */
async function receiver(context: TestContext, statuses: readonly number[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = statuses[received.length] ?? 200;
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    if (status === 0) response.destroy();
    else response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(status < 300 ? '' : 'Sorry\u001b[31m');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  atEnd(context, () => {
    server.close();
    server.closeAllConnections();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b` };
}

/** The function that docs/delivery.md gives its readers. */
async function documented(): Promise<(headers: IncomingHttpHeaders, body: string, secret: string) => boolean> {
  const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/delivery.md'), 'utf8');
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? '';
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).isGenuine;
}

const delivery: Delivery = { id: '00000000-0000-8000-8000-000000000001', ordering: 'a', event: findingEvent(1) };
const never = new AbortController().signal;

test('an event arrives whole and signed with both secrets', async (context) => {
  const { received, url } = await receiver(context, []);
  const sender = webhook.open({ url }, { secret: SECRET, previousSecret: OLD });
  assert.deepEqual(await sender.send([delivery], never), [{ kind: 'delivered' }]);
  const [one] = received;
  assert.ok(one !== undefined);
  const isGenuine = await documented();
  const { headers } = one;
  assert.ok(isGenuine(headers, one.body, SECRET) && isGenuine(headers, one.body, OLD));
  assert.ok(!isGenuine(headers, one.body, `whsec_${'A'.repeat(44)}`));
  assert.ok(!isGenuine(headers, one.body.replace('HIGH', 'LOW'), SECRET));
  assert.ok(!isGenuine({ ...headers, 'webhook-timestamp': '1' }, one.body, SECRET));
  assert.ok(!isGenuine({}, one.body, SECRET));
  assert.equal(one.headers['webhook-id'], delivery.id);
  const body = JSON.parse(one.body);
  assert.deepEqual(
    [body.id, body['detail-type'], body.detail.updatedAt],
    [delivery.id, 'Inspector2 Finding', '2024-09-05T01:02:03.004Z'],
  );
  assert.deepEqual(body.detail, delivery.event.kind === 'finding' ? delivery.event.finding : {});
});

test('what an answer means', async (context) => {
  for (const [status, meaning] of [
    [204, 'delivered'],
    [400, 'failed'],
    [500, 'failed'],
    [413, 'refused'],
    [401, 'unusable'],
    [404, 'unusable'],
    [429, 'unusable'],
    [503, 'unusable'],
    [302, 'unusable'],
    [0, 'unusable'],
  ] as const) {
    const { url, received } = await receiver(context, [status]);
    const answer = webhook.open({ url }, { secret: SECRET }).send([delivery], never);
    if (meaning === 'unusable')
      await assert.rejects(
        answer,
        status === 0 ? /cannot be reached: other side closed/ : new RegExp(`^Error: HTTP ${status}: Sorry \\[31m$`),
      );
    else assert.equal((await answer)[0]?.kind, meaning, String(status));
    // Redirects are not followed: the secret's owner is the one that was named.
    assert.equal(received.length, 1);
  }
});

test('a receiver that is not there, and one that takes too long', async (context) => {
  const nobody = webhook.open({ url: 'http://127.0.0.1:1/' }, { secret: SECRET }).send([delivery], never);
  await assert.rejects(nobody, /The receiver cannot be reached: bad port/);
  const { url } = await receiver(context, [200]);
  // It does not speak TLS.
  await assert.rejects(webhook.open({ url: url.replace('http:', 'https:') }, { secret: SECRET }).send([delivery], never));
  await assert.rejects(webhook.open({ url }, { secret: SECRET }).send([delivery], AbortSignal.abort()));
});
