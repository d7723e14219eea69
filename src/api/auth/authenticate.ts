/** Who sends a request. The cheap half runs before the body is read, so that nobody unknown can make the server read a large one. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Store } from '../../store/index.ts';
import { remembering } from '../../store/remember.ts';
import type { Sealer } from '../../store/seal.ts';
import type { Principal } from '../context.ts';
import { ApiError } from '../protocol/errors.ts';
import { findKey, type KnownKey } from './keys.ts';
import { type Claim, readClaim, type SignedRequest, signatureMatches } from './sigv4.ts';

const SKEW_MILLISECONDS = 15 * 60_000;

export interface Authenticated {
  readonly principal: Principal;
  /** The region that was signed for; `undefined` with a bearer token, which names none. */
  readonly region: string | undefined;
}

/** A request whose key is known, and whose signature is not checked yet. */
export interface Pending {
  readonly principal: Principal;
  /** Checks the signature over the body; throws when it is not the key's. */
  finish(body: Buffer): Authenticated;
}

export interface Authenticator {
  /** For the AWS APIs: the service name that must have been signed for. */
  signed(request: SignedRequest, service: string): Promise<Pending>;
  /** For the native API: `Authorization: Bearer <access key id>:<secret>`, or signed for `inspector2`. */
  bearerOrSigned(request: SignedRequest): Promise<Pending>;
}

export interface AuthenticatorOptions {
  readonly store: Store;
  readonly sealer: Sealer;
  /** Regions that are answered for. */
  readonly regions: readonly string[];
  readonly now: () => number;
}

function unrecognized(): ApiError {
  return new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
}

function badSignature(message: string): ApiError {
  return new ApiError('InvalidSignatureException', message);
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';

function basic(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

function checkTime(claim: Claim, now: number): void {
  if (claim.date !== claim.timestamp.slice(0, 8)) {
    throw badSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ${claim.timestamp}`,
    );
  }
  if (claim.expires === undefined) {
    if (Math.abs(now - claim.time) <= SKEW_MILLISECONDS) return;
    const words = `The request was signed at ${claim.timestamp}, the time of the server is ${basic(now)}`;
    throw new ApiError('RequestTimeTooSkewed', `${words}: the difference is more than 15 minutes. Set the clock of the client.`);
  }
  if (claim.time - now > SKEW_MILLISECONDS)
    throw badSignature(`Signature not yet current: ${claim.timestamp} is after ${basic(now)}`);
  const end = claim.time + claim.expires * 1000;
  if (now > end) throw badSignature(`Signature expired: ${basic(end)} is now earlier than ${basic(now)}`);
}

function checkScope(claim: Claim, service: string, regions: readonly string[]): void {
  if (claim.service !== service) {
    throw badSignature(`Credential should be scoped to correct service: '${service}'.`);
  }
  if (!regions.includes(claim.region)) {
    const answered = regions.map((region) => `'${region}'`).join(', ');
    throw badSignature(`Credential should be scoped to a valid region: this installation answers for ${answered}.`);
  }
}

function checkKey(key: KnownKey, now: number): void {
  if (key.expiresAt !== undefined && now >= key.expiresAt) {
    throw new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
  }
}

const BEARER = /^Bearer ([A-Z0-9]{16,32}):([\x21-\x7e]{1,256})$/;

function sameText(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return x !== undefined && y !== undefined && timingSafeEqual(x, y);
}

export function createAuthenticator({ store, sealer, regions, now }: AuthenticatorOptions): Authenticator {
  const keyOf = remembering(store, (id) => findKey(store, sealer, id));
  async function signed(request: SignedRequest, service: string): Promise<Pending> {
    const claim = readClaim(request);
    checkScope(claim, service, regions);
    const key = await keyOf(claim.keyId);
    if (key === undefined || !key.tokenMatches(claim.token)) throw unrecognized();
    checkTime(claim, now());
    checkKey(key, now());
    return {
      principal: key.principal,
      finish(body) {
        if (!signatureMatches(claim, request, body, key.signingKeys)) throw badSignature(MISMATCH);
        return { principal: key.principal, region: claim.region };
      },
    };
  }
  return {
    signed,
    async bearerOrSigned(request) {
      const { authorization } = request.headers;
      if (typeof authorization !== 'string' || !authorization.startsWith('Bearer ')) return signed(request, 'inspector2');
      const [, id = '', secret = ''] = BEARER.exec(authorization) ?? [];
      const key = id === '' ? undefined : await keyOf(id);
      // A key that has a session token is not good without it.
      if (key === undefined || !key.tokenMatches(undefined) || !sameText(key.secret, secret)) throw unrecognized();
      checkKey(key, now());
      return { principal: key.principal, finish: () => ({ principal: key.principal, region: undefined }) };
    },
  };
}
