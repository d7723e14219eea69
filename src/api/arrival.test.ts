/** Slow senders, under a clock of the test's own. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { atEnd } from '../../tests/support/end.ts';
import { watchArrival } from './arrival.ts';

const WINDOW = 120_000;

interface Sender {
  readonly socket: Socket;
  /** Sends so many bytes of the body; done when the server has read them. */
  send(bytes: number): Promise<void>;
  /** What was answered until the server closed. */
  answer: Promise<string>;
}

/** A request whose head has arrived, with a body that never ends. */
async function sender(context: TestContext, streamed: boolean, answering?: (response: ServerResponse) => void): Promise<Sender> {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const server = createServer();
  const came = new Promise<IncomingMessage>((resolve) => {
    server.once('request', (request: IncomingMessage, response: ServerResponse) => {
      watchArrival(request, response, streamed);
      answering?.(response);
      request.on('error', () => undefined);
      resolve(request);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  atEnd(context, () => {
    socket.destroy();
    server.close();
    server.closeAllConnections();
  });
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000000\r\n\r\n');
  const answer = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.once('close', () => resolve(text));
  });
  const request = await came;
  let sent = 0;
  let read = 0;
  let arrived: (() => void) | undefined;
  request.on('data', (data: Buffer) => {
    read += data.length;
    if (read >= sent) arrived?.();
  });
  return {
    socket,
    answer,
    async send(bytes) {
      sent += bytes;
      const whole = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      socket.write(Buffer.alloc(bytes));
      await whole;
    },
  };
}

test('a request that is not whole after two minutes is refused in words', async (context) => {
  const { send, answer } = await sender(context, false);
  await send(2 ** 20);
  context.mock.timers.tick(WINDOW);
  const said = await answer;
  assert.match(said, /^HTTP\/1\.1 408 .*x-amzn-errortype: RequestTimeoutException.*"The request did not arrive in time/s);
});

test('a file may take hours as long as some of it comes, and not when none does', async (context) => {
  const { send, answer, socket } = await sender(context, true);
  for (let window = 0; window < 5; window++) {
    await send(2 ** 20);
    context.mock.timers.tick(WINDOW);
    assert.ok(!socket.readableEnded && !socket.destroyed, `${window}`);
  }
  await send(1000);
  context.mock.timers.tick(WINDOW);
  assert.match(await answer, /^HTTP\/1\.1 408 /);
});

test('not for ever: a file that has not come in six hours is given up', async (context) => {
  const { send, answer } = await sender(context, true);
  for (let window = 0; window < 179; window++) {
    await send(2 ** 20);
    context.mock.timers.tick(WINDOW);
  }
  await send(2 ** 20);
  context.mock.timers.tick(WINDOW);
  assert.match(await answer, /^HTTP\/1\.1 408 /);
});

test('who was refused and goes on sending is cut off', async (context) => {
  const { answer } = await sender(context, true, (response) => response.writeHead(403).end('no'));
  context.mock.timers.tick(WINDOW);
  assert.match(await answer, /^HTTP\/1\.1 403 .*no\r\n0\r\n\r\n$/s);
});
