/** Downloads of one file: conditional, resumable, checked, bounded, and put in place only when complete. */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Checksum, digestFile, googleChecksums } from './checksum.ts';
import { type Body, type Network, RequestFailed, request, withRetries } from './http.ts';

export interface DownloadRequest {
  readonly url: string;
  /** Where the file belongs. A partial download waits beside it as `….part`. */
  readonly target: string;
  /** Validators of the content that is in place. */
  readonly known?: { readonly etag?: string; readonly lastModified?: string };
  readonly expected: readonly Checksum[];
  readonly maxBytes: number;
  readonly received?: (bytes: number, total: number | undefined) => void;
}

export type Downloaded =
  | { readonly changed: false }
  | {
      readonly changed: true;
      readonly size: number;
      readonly sha256: string;
      readonly etag?: string;
      readonly lastModified?: string;
    };

interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

function validatorsOf(response: Response): Validators {
  const etag = response.headers.get('etag');
  const lastModified = response.headers.get('last-modified');
  return { ...(etag === null ? {} : { etag }), ...(lastModified === null ? {} : { lastModified }) };
}

/** What a range request may be tied to: a weak entity tag does not promise equal bytes. */
function strongValidator({ etag, lastModified }: Validators): string | undefined {
  return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
}

/** Where a partial download came from, so that it is only continued with the same content. */
interface Part {
  readonly url: string;
  readonly validator: string;
  readonly size: number;
}

async function readPart(target: string, url: string): Promise<Part | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(`${target}.part.json`, 'utf8'));
    const { size } = await stat(`${target}.part`);
    if (typeof note !== 'object' || note === null || !('url' in note) || !('validator' in note)) return undefined;
    return note.url === url && typeof note.validator === 'string' && size > 0
      ? { url, validator: note.validator, size }
      : undefined;
  } catch {
    return undefined;
  }
}

async function dropPart(target: string): Promise<void> {
  await rm(`${target}.part`, { force: true });
  await rm(`${target}.part.json`, { force: true });
}

/** Bytes that every file of a kind starts with: an error page sent as a success is not taken for data. */
const BEGINNINGS: readonly (readonly [name: RegExp, bytes: RegExp, kind: string])[] = [
  [/\.zip$/, /^PK[\x03\x05]/, 'zip archive'],
  [/\.gz$/, /^\x1f\x8b/, 'gzip file'],
  [/\.zst$/, /^\x28\xb5\x2f\xfd/, 'zstd file'],
  [/\.json$/, /^(?:\xef\xbb\xbf)?\s*[[{]/, 'JSON document'],
  [/\.csv$/, /^[^<]/, 'CSV file'],
];

async function assertKind(path: string, target: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    const start = buffer.toString('latin1', 0, bytesRead);
    const wrong = BEGINNINGS.find(([name, bytes]) => name.test(target) && !bytes.test(start));
    if (wrong) throw new RequestFailed(`what the server sent is no ${wrong[2]}`, { transient: false });
    if (bytesRead === 0) throw new RequestFailed('what the server sent is empty', { transient: false });
  } finally {
    await handle.close();
  }
}

/** Total size by `content-range` or `content-length`. */
function totalOf(response: Response, offset: number): number | undefined {
  const range = /\/(\d{1,15})$/.exec(response.headers.get('content-range') ?? '')?.[1];
  const length = response.headers.get('content-length');
  if (range !== undefined) return Number(range);
  return length !== null && /^\d{1,15}$/.test(length) && response.headers.get('content-encoding') === null
    ? offset + Number(length)
    : undefined;
}

async function writeBody(wanted: DownloadRequest, response: Response, body: Body, offset: number): Promise<void> {
  const { maxBytes, received } = wanted;
  const total = totalOf(response, offset);
  const oversized = () => new RequestFailed(`it is larger than the limit of ${maxBytes} bytes`, { transient: false });
  if (total !== undefined && total > maxBytes) throw oversized();
  const handle = await open(`${wanted.target}.part`, offset > 0 ? 'a' : 'w', 0o600);
  let size = offset;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxBytes) throw oversized();
      await handle.writeFile(chunk);
      received?.(size, total);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (total !== undefined && size !== total) throw new RequestFailed(`${size} of ${total} bytes arrived`, { transient: true });
}

async function attempt(how: Network, wanted: DownloadRequest): Promise<Downloaded> {
  const { url, target, known } = wanted;
  const part = await readPart(target, url);
  const headers: Record<string, string> = part
    ? { range: `bytes=${part.size}-`, 'if-range': part.validator }
    : {
        ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
        ...(known?.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified }),
      };
  return request(how, url, { headers, accept: [200, 206, 304, 416] }, async (response, body) => {
    const { status } = response;
    if (status === 304) return { changed: false };
    const start = /^bytes (\d{1,15})-/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (status === 416 || (status === 206 && (part === undefined || Number(start) !== part.size))) {
      await dropPart(target);
      throw new RequestFailed('the partial download could not be continued', { transient: true });
    }
    const validators = validatorsOf(response);
    const validator = strongValidator(validators);
    if (status === 200) {
      await dropPart(target);
      if (validator !== undefined) await writeFile(`${target}.part.json`, JSON.stringify({ url, validator }), { mode: 0o600 });
    }
    try {
      await writeBody(wanted, response, body, status === 206 && part ? part.size : 0);
    } catch (error) {
      // Without a validator, or when it is too large, what has arrived is of no use.
      if (validator === undefined || (error instanceof RequestFailed && !error.transient)) await dropPart(target);
      throw error;
    }
    return finish(wanted, validators, googleChecksums(response.headers.get('x-goog-hash')));
  });
}

async function finish(wanted: DownloadRequest, validators: Validators, offered: readonly Checksum[]): Promise<Downloaded> {
  const { target, expected } = wanted;
  const part = `${target}.part`;
  try {
    const { size, sha256, wrong } = await digestFile(part, [...expected, ...offered]);
    const [first] = wrong;
    if (first) throw new RequestFailed(`its ${first.algorithm} checksum is wrong`, { transient: true });
    await assertKind(part, target);
    await rename(part, target);
    return { changed: true, size, sha256, ...validators };
  } finally {
    await dropPart(target);
  }
}

/** Brings the file up to date. Throws `RequestFailed`; the file that is in place is only ever replaced by a complete, checked one. */
export async function download(how: Network, wanted: DownloadRequest): Promise<Downloaded> {
  await mkdir(dirname(wanted.target), { recursive: true, mode: 0o700 });
  return withRetries(how, wanted.url, () => attempt(how, wanted));
}
