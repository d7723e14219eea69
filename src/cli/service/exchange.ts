/** One request over HTTP or HTTPS in bounded memory: files are sent as they are read, and of an answer only so much is taken. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';

/** What is sent: a text, bytes, or a file that holds them compressed. */
export type Body = string | Uint8Array | { readonly gzip: string };

export interface Exchange {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** File of certificates (PEM): servers are trusted that these vouch for, and no others. */
  readonly ca?: string | undefined;
  /** Ends it early. */
  readonly stop?: AbortSignal | undefined;
}

export interface Reply {
  readonly status: number;
  /** Where the server sends the client to. */
  readonly location?: string;
  readonly text: string;
}

/** So long may nothing come or go; a server that matches a large inventory says nothing meanwhile. */
const SILENCE_MS = 120_000;
/** What the largest answer takes: a thousand problems with paths. */
const MOST_ANSWER = 8 * 2 ** 20;

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_ANSWER) throw new Error(`its answer has more than ${MOST_ANSWER / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function open({ url, headers, ca, stop }: Exchange, length: number): Promise<ClientRequest> {
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-length': length },
    timeout: SILENCE_MS,
    ...(stop && { signal: stop }),
  };
  if (url.protocol === 'http:') return requestHttp(url, options);
  // TLS takes some megabytes of memory, which agents of a server on the same machine go without.
  const { request } = await import('node:https');
  return request(url, { ...options, ...(ca !== undefined && { ca: readFileSync(ca) }) });
}

/** Posts the body; redirects are not followed. Throws when there is no answer, with the cause as the message. */
export async function exchange(given: Exchange): Promise<Reply> {
  const { body } = given;
  const file = typeof body === 'string' || body instanceof Uint8Array ? undefined : body.gzip;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined;
  const request = await open(given, bytes?.byteLength ?? statSync(file ?? '').size);
  request.once('timeout', () => request.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
  if (file === undefined) request.end(bytes);
  else
    createReadStream(file)
      .on('error', (error) => request.destroy(error))
      .pipe(request);
  const response = await answered;
  const { statusCode: status = 0 } = response;
  const { location } = response.headers;
  return { status, text: await textOf(response), ...(location !== undefined && { location }) };
}
