/** Requests that do not arrive: who opens one and then sends next to nothing must not hold a connection for ever. docs/native-api.md. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a file, which takes as long as the line of its sender needs. */
    readonly streamed?: boolean;
  }
}

/** In so many milliseconds a whole request must arrive, and of a file at least so much of it; in so many all of the file. */
const PATIENCE_MS = 120_000;
const LEAST_BYTES = 2 ** 20;
const LONGEST_MS = 6 * 60 * 60_000;

const LATE = JSON.stringify({
  message: 'The request did not arrive in time: a whole one must within two minutes, and of a file at least 1 MiB in two minutes',
});

/** Answers a request that is not whole, past the framework: it waits for the rest. */
function refuse({ socket }: IncomingMessage, response: ServerResponse): void {
  if (!response.headersSent) {
    const head = [
      'HTTP/1.1 408 Request Timeout',
      'connection: close',
      'content-type: application/json',
      'x-amzn-errortype: RequestTimeoutException',
      `content-length: ${Buffer.byteLength(LATE)}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${LATE}`);
  }
  socket.destroySoon();
}

/** Ends the connection of a request that has not arrived in time. */
export function watchArrival(request: IncomingMessage, response: ServerResponse, streamed: boolean): void {
  const { socket } = request;
  // Requests that are made in the process itself are whole, and have no connection.
  if (!(socket instanceof Socket)) return;
  let seen = socket.bytesRead;
  let waited = 0;
  const look = () => {
    if (request.complete) return;
    waited += PATIENCE_MS;
    const came = socket.bytesRead - seen;
    seen = socket.bytesRead;
    // What follows an answer is read by nobody.
    const welcome = streamed && !response.writableEnded && came >= LEAST_BYTES && waited < LONGEST_MS;
    if (welcome) timer = setTimeout(look, PATIENCE_MS).unref();
    else refuse(request, response);
  };
  let timer = setTimeout(look, PATIENCE_MS).unref();
  request.once('close', () => clearTimeout(timer));
}
