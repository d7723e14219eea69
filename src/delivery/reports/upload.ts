/** Objects in S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/): written piece by piece in bounded memory, whole or not at all. */
import type { ReportingErrorCode } from '@aws-sdk/client-inspector2';
import { awsError, type Client } from '../../aws/clients.ts';
import { type Fields, text } from '../../inventory/values.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';

/** All parts but the last have 5 MiB at least. */
const PART_BYTES = 8 * 1024 * 1024;

export interface Place {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  /** The object is encrypted with it. */
  readonly kmsKeyArn?: string;
}

export type Pieces = AsyncIterable<string> | Iterable<string>;

/** The pieces gathered into buffers of the size of a part; the last one is smaller. */
async function* parts(pieces: Pieces): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    for (let from = 0; from < bytes.length; ) {
      const some = bytes.subarray(from, from + PART_BYTES - size);
      gathered.push(some);
      size += some.length;
      from += some.length;
      if (size < PART_BYTES) continue;
      yield Buffer.concat(gathered);
      [gathered, size] = [[], 0];
    }
  }
  if (size > 0) yield Buffer.concat(gathered);
}

/** Writes an object; rejects with the SDK's error, and then nothing is left of it. */
export async function upload(client: Client, place: Place, pieces: Pieces, signal: AbortSignal): Promise<void> {
  const where = { Bucket: place.bucket, Key: place.key };
  const made: Fields = {
    ...where,
    ContentType: place.contentType,
    ...(place.kmsKeyArn !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: place.kmsKeyArn }),
  };
  const source = parts(pieces);
  const first = await source.next();
  const second = await source.next();
  if (second.done === true) {
    await client.send('PutObject', { ...made, Body: first.done === true ? Buffer.alloc(0) : first.value }, signal);
    return;
  }
  const { UploadId } = await client.send('CreateMultipartUpload', made, signal);
  try {
    const Parts: Fields[] = [];
    const put = async (Body: Buffer) => {
      const PartNumber = Parts.length + 1;
      const { ETag } = await client.send('UploadPart', { ...where, UploadId, PartNumber, Body }, signal);
      Parts.push({ PartNumber, ETag });
    };
    if (first.done !== true) await put(first.value);
    await put(second.value);
    for await (const part of source) await put(part);
    await client.send('CompleteMultipartUpload', { ...where, UploadId, MultipartUpload: { Parts } }, signal);
  } catch (error) {
    // Parts cost money until the upload is given up; a bucket that is gone has none.
    await client.send('AbortMultipartUpload', { ...where, UploadId }).catch(() => undefined);
    throw error;
  }
}

const CODES: readonly (readonly [RegExp, ReportingErrorCode])[] = [
  [/^NoSuchBucket$/, 'BUCKET_NOT_FOUND'],
  [
    /^(?:PermanentRedirect|Redirect|301|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/,
    'INCOMPATIBLE_BUCKET_REGION',
  ],
  [/^KMS\./, 'MALFORMED_KMS_KEY'],
  [/^(?:AccessDenied|AllAccessDisabled|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|403)$/, 'INVALID_PERMISSIONS'],
];

/** A report that could not be written, as the API tells it. */
export interface ReportFailure {
  readonly code: ReportingErrorCode;
  readonly message: string;
}

/** What an error of S3 means for a report. */
export function reportFailure(thrown: unknown): ReportFailure {
  const { code: name, message } = awsError(thrown);
  const kms = name === 'InvalidArgument' && /kms/i.test(message);
  const code = kms ? 'MALFORMED_KMS_KEY' : (CODES.find(([pattern]) => pattern.test(name))?.[1] ?? 'INTERNAL_ERROR');
  return { code, message: `${name}: ${message}` };
}

/** Where a report goes: `Destination` of the API. Problem: `destination-invalid`. */
export interface ReportDestination {
  readonly bucket: string;
  readonly prefix: string;
  readonly kmsKeyArn?: string;
}

/** Reads a `Destination`. A prefix that is told without a slash at its end gets one. */
export function destinationOf(told: Fields): Result<ReportDestination> {
  const [bucket, prefix = '', kmsKeyArn] = [text(told.bucketName), text(told.keyPrefix), text(told.kmsKeyArn)];
  if (bucket === undefined || bucket === '') return fail(incomplete('destination-invalid', 'The destination names no bucket.'));
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return ok({ bucket, prefix: folder, ...(kmsKeyArn !== undefined && kmsKeyArn !== '' && { kmsKeyArn }) });
}
