/**
 * AWS Signature Version 4, the checking side.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../protocol/errors.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const UNSIGNED = 'UNSIGNED-PAYLOAD';
/** The longest life of a presigned request, in seconds. */
const LONGEST_EXPIRY = 604_800;

/** A request as it came. */
export interface SignedRequest {
  readonly method: string;
  /** Path as sent, percent-encoded. */
  readonly path: string;
  /** Query as sent, without the question mark. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What a request says of its own signature; nothing of it is proven. */
export interface Claim {
  readonly keyId: string;
  /** `20261121`, region, service. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `20261121T103000Z`, and as milliseconds. */
  readonly timestamp: string;
  readonly time: number;
  /** Seconds that a presigned request is good for. */
  readonly expires: number | undefined;
  readonly token: string | undefined;
  /** The body is not part of what is signed. */
  readonly unsignedPayload: boolean;
}

function header({ headers }: SignedRequest, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}

function incomplete(message: string): ApiError {
  return new ApiError('IncompleteSignatureException', message);
}

/** Name and value of each parameter, decoded. A plus sign is itself: clients encode spaces as `%20` when they sign. */
function parameters(query: string): [string, string][] {
  if (query === '') return [];
  try {
    return query.split('&').map((part) => {
      const at = part.indexOf('=');
      const name = at < 0 ? part : part.slice(0, at);
      return [decodeURIComponent(name), at < 0 ? '' : decodeURIComponent(part.slice(at + 1))];
    });
  } catch {
    throw incomplete('The query string has a malformed percent-encoding');
  }
}

const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

function timeOf(timestamp: string): number {
  const found = TIMESTAMP.exec(timestamp);
  const time = found ? Date.parse(`${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}Z`) : Number.NaN;
  if (Number.isNaN(time)) throw incomplete(`Date must be in ISO-8601 'basic format' (YYYYMMDD'T'HHMMSS'Z'), not '${timestamp}'`);
  return time;
}

/** The `x-amz-date` header, or the `Date` header in its basic form. */
function timestampOf(request: SignedRequest): string {
  const given = header(request, 'x-amz-date');
  if (given !== undefined) return given;
  const date = Date.parse(header(request, 'date') ?? '');
  if (Number.isNaN(date)) throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header");
  return new Date(date).toISOString().replace(/[-:]|\.\d+/g, '');
}

function scopeOf(credential: string): Pick<Claim, 'keyId' | 'date' | 'region' | 'service'> {
  const [keyId = '', date = '', region = '', service = '', last, ...more] = credential.split('/');
  if (keyId === '' || last !== 'aws4_request' || more.length > 0) {
    throw incomplete("Credential must have the form '<access key id>/<date>/<region>/<service>/aws4_request'");
  }
  return { keyId, date, region, service };
}

const HEADERS_NEVER_UNSIGNED = /^(?:host$|x-amz-)/;

function checkSignedHeaders(request: SignedRequest, signed: readonly string[]): void {
  const unsigned = ['host', ...Object.keys(request.headers)].filter(
    (name) => HEADERS_NEVER_UNSIGNED.test(name) && !signed.includes(name),
  );
  if (unsigned.length > 0) throw incomplete(`These headers must be signed: ${[...new Set(unsigned)].join(', ')}`);
}

function fromHeader(request: SignedRequest, authorization: string): Claim {
  const rest = authorization.slice(ALGORITHM.length);
  const parts = new Map(
    rest.split(',').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
    }),
  );
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => parts.get(name));
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters");
  }
  const signed = signedHeaders.split(';');
  checkSignedHeaders(request, signed);
  const timestamp = timestampOf(request);
  return {
    ...scopeOf(credential),
    signedHeaders: signed,
    signature,
    timestamp,
    time: timeOf(timestamp),
    expires: undefined,
    token: header(request, 'x-amz-security-token'),
    unsignedPayload: header(request, 'x-amz-content-sha256') === UNSIGNED,
  };
}

function fromQuery(request: SignedRequest, query: ReadonlyMap<string, string>): Claim {
  const need = (name: string): string => {
    const value = query.get(name);
    if (value === undefined) throw incomplete(`A presigned request requires the query parameter '${name}'`);
    return value;
  };
  if (need('X-Amz-Algorithm') !== ALGORITHM) throw incomplete(`The only algorithm is ${ALGORITHM}`);
  const signed = need('X-Amz-SignedHeaders').split(';');
  checkSignedHeaders(request, signed);
  const timestamp = need('X-Amz-Date');
  const expires = Number(need('X-Amz-Expires'));
  if (!Number.isInteger(expires) || expires < 1 || expires > LONGEST_EXPIRY) {
    throw incomplete(`X-Amz-Expires must be between 1 and ${LONGEST_EXPIRY} seconds`);
  }
  return {
    ...scopeOf(need('X-Amz-Credential')),
    signedHeaders: signed,
    signature: need('X-Amz-Signature'),
    timestamp,
    time: timeOf(timestamp),
    expires,
    token: query.get('X-Amz-Security-Token'),
    unsignedPayload: (query.get('X-Amz-Content-Sha256') ?? header(request, 'x-amz-content-sha256')) === UNSIGNED,
  };
}

/** Reads the signature of a request from its header or query; throws when there is none, or one that cannot be read. */
export function readClaim(request: SignedRequest): Claim {
  const authorization = header(request, 'authorization');
  if (authorization?.startsWith(`${ALGORITHM} `)) return fromHeader(request, authorization);
  const query = new Map(parameters(request.query));
  if (authorization === undefined && query.has('X-Amz-Signature')) return fromQuery(request, query);
  if (authorization === undefined) throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  throw incomplete(`The Authorization header must begin with '${ALGORITHM}'`);
}

function sha256(data: string | Buffer): string {
  return hash('sha256', data, 'hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

/** RFC 3986: everything but unreserved characters is encoded. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The path without `.`, `..` and empty segments, each segment encoded once more than it was sent. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  const joined = `/${segments.join('/')}`;
  return path.endsWith('/') && joined !== '/' ? `${joined}/` : joined;
}

function canonicalQuery(query: string): string {
  return parameters(query)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** What signs requests of one day, region and service, made of the secret. */
export type SigningKeys = (claim: Pick<Claim, 'date' | 'region' | 'service'>) => Buffer;

/** Clients sign with the same one all day: the last one is kept. */
export function signingKeys(secret: string): SigningKeys {
  let kept: { readonly scope: string; readonly key: Buffer } | undefined;
  return ({ date, region, service }) => {
    const scope = `${date}/${region}/${service}`;
    if (kept?.scope !== scope) {
      kept = { scope, key: hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request') };
    }
    return kept.key;
  };
}

/** The signature that a request must have when it was signed with one of these keys. */
function signatureOf(claim: Claim, request: SignedRequest, body: Buffer, keys: SigningKeys): Buffer {
  const headers = claim.signedHeaders.map((name) => `${name}:${(header(request, name) ?? '').trim().replace(/\s+/g, ' ')}\n`);
  const canonical = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.join(''),
    claim.signedHeaders.join(';'),
    claim.unsignedPayload ? UNSIGNED : sha256(body),
  ].join('\n');
  const { date, region, service, timestamp } = claim;
  const scope = `${date}/${region}/${service}/aws4_request`;
  return hmac(keys(claim), [ALGORITHM, timestamp, scope, sha256(canonical)].join('\n'));
}

/** Whether the request was signed with one of these keys. Takes the same time for every wrong signature. */
export function signatureMatches(claim: Claim, request: SignedRequest, body: Buffer, keys: SigningKeys): boolean {
  const given = Buffer.from(claim.signature, 'hex');
  const expected = signatureOf(claim, request, body, keys);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
