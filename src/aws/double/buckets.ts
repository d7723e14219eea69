/** An S3 of one's own: objects written at once or in parts, checked as S3 checks them, with faults on demand. For tests; checks no signatures. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Answer, answer, bodyOf, ServiceError, type SinkFault, serve } from './http.ts';
import { escapeXml } from './xml.ts';

export type BucketCall =
  | 'PutObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'GetObject';

export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly kmsKey: string | undefined;
  readonly parts: number;
}

export interface BucketsOptions {
  /** Names of the buckets that there are. */
  readonly buckets: readonly string[];
  /** KMS keys that there are; all when absent. */
  readonly keys?: readonly string[];
  /** Asked for each request before it is answered. */
  readonly fault?: (call: BucketCall, key: string) => SinkFault | undefined;
}

export interface Buckets {
  readonly url: string;
  readonly calls: readonly BucketCall[];
  /** By `bucket/key`. */
  readonly objects: ReadonlyMap<string, StoredObject>;
  /** Uploads that were neither completed nor given up. */
  readonly open: () => number;
  close(): Promise<void>;
}

const LEAST_PART = 5 * 1024 * 1024;

interface Upload {
  readonly name: string;
  readonly headers: IncomingHttpHeaders;
  readonly parts: Map<number, Buffer>;
}

function callOf({ method }: IncomingMessage, query: URLSearchParams): BucketCall {
  const upload = query.has('uploadId');
  if (method === 'PUT') return upload ? 'UploadPart' : 'PutObject';
  if (method === 'POST') return upload ? 'CompleteMultipartUpload' : 'CreateMultipartUpload';
  if (method === 'DELETE' && upload) return 'AbortMultipartUpload';
  if (method === 'GET') return 'GetObject';
  throw new ServiceError(405, 'MethodNotAllowed');
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

/** Starts an S3 with these buckets. */
export async function serveBuckets(options: BucketsOptions): Promise<Buckets> {
  const calls: BucketCall[] = [];
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Upload>();

  function keep(name: string, headers: IncomingHttpHeaders, body: Buffer, parts: number): void {
    const kmsKey = headers['x-amz-server-side-encryption-aws-kms-key-id']?.toString();
    objects.set(name, { body, contentType: headers['content-type'], kmsKey, parts });
  }

  function checkKey(headers: IncomingHttpHeaders): void {
    const key = headers['x-amz-server-side-encryption-aws-kms-key-id']?.toString();
    if (key !== undefined && options.keys?.includes(key) === false)
      throw new ServiceError(400, 'KMS.NotFoundException', `Invalid keyId ${key}`);
  }

  function complete(id: string, { name, headers, parts }: Upload, body: string): Answer {
    const named = [...body.matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      tag: /<ETag>(.*?)</.exec(part)?.[1]?.replaceAll('&quot;', '"'),
    }));
    const bodies = named.map(({ number, tag }, index) => {
      const part = parts.get(number);
      if (part === undefined || etag(part) !== tag || number !== index + 1) throw new ServiceError(400, 'InvalidPart');
      if (index < named.length - 1 && part.length < LEAST_PART) throw new ServiceError(400, 'EntityTooSmall');
      return part;
    });
    keep(name, headers, Buffer.concat(bodies), bodies.length);
    uploads.delete(id);
    return { body: `<CompleteMultipartUploadResult><ETag>"x-${bodies.length}"</ETag></CompleteMultipartUploadResult>` };
  }

  function act(call: BucketCall, name: string, query: URLSearchParams, headers: IncomingHttpHeaders, body: Buffer): Answer {
    if (call === 'GetObject') {
      const found = objects.get(name);
      if (found === undefined) throw new ServiceError(404, 'NoSuchKey');
      return { body: found.body };
    }
    if (call === 'PutObject') {
      checkKey(headers);
      keep(name, headers, body, 1);
      return { headers: { etag: etag(body) } };
    }
    if (call === 'CreateMultipartUpload') {
      checkKey(headers);
      const id = `upload-${calls.length}`;
      uploads.set(id, { name, headers, parts: new Map() });
      return { body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>` };
    }
    const id = query.get('uploadId') ?? '';
    const upload = uploads.get(id);
    if (upload === undefined || upload.name !== name) throw new ServiceError(404, 'NoSuchUpload');
    if (call === 'CompleteMultipartUpload') return complete(id, upload, body.toString('utf8'));
    if (call === 'AbortMultipartUpload') {
      uploads.delete(id);
      return { status: 204 };
    }
    upload.parts.set(Number(query.get('partNumber')), body);
    return { headers: { etag: etag(body) } };
  }

  const { url, close } = await serve(async (request, response) => {
    try {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
      const name = decodeURIComponent(pathname.slice(1));
      const [bucket = ''] = name.split('/', 1);
      const call = callOf(request, searchParams);
      calls.push(call);
      const body = await bodyOf(request);
      const fault = options.fault?.(call, name.slice(bucket.length + 1));
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'error') throw new ServiceError(fault.status, fault.code);
      if (!options.buckets.includes(bucket)) throw new ServiceError(404, 'NoSuchBucket', `The bucket ${bucket} does not exist`);
      answer(response, act(call, name, searchParams, request.headers, body), fault?.kind === 'cut');
    } catch (error) {
      const { status, code, message } =
        error instanceof ServiceError ? error : new ServiceError(500, 'InternalError', String(error));
      const told = `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`;
      answer(response, { status, headers: { 'content-type': 'application/xml' }, body: told }, false);
    }
  });
  return { url, calls, objects, open: () => uploads.size, close };
}
