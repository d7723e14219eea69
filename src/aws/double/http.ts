/** What doubles of services share: requests read whole, answers that break on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What goes wrong with one request: an error of AWS, a connection that breaks in the middle of the answer, no answer at all, or some
 * entries (by position) that are not taken.
 */
export type SinkFault =
  | { readonly kind: 'error'; readonly status: number; readonly code: string }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'partial'; readonly positions: readonly number[]; readonly code: string };

/** An error that a service answers with. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message = `the double says ${code}`) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answers, or breaks the connection halfway. */
export function answer(response: ServerResponse, { status = 200, headers = {}, body = '' }: Answer, cut: boolean): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': Math.max(bytes.length, cut ? 2 : 0) });
  if (cut) response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  else response.end(bytes);
}

/** Starts a server on a free port of the loopback interface. */
export async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', done);
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
