/** What the routes of all APIs share: who asks, how often, and what a handler gets. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { visibleAccounts } from '../store/accounts.ts';
import { remembering } from '../store/remember.ts';
import { storeTrouble } from '../store/trouble.ts';
import { type Authenticated, type Authenticator, createAuthenticator, type Pending } from './auth/authenticate.ts';
import type { SignedRequest } from './auth/sigv4.ts';
import type { RequestContext } from './context.ts';
import { createRateLimiter } from './limits.ts';
import { ApiError, internal, throttled } from './protocol/errors.ts';
import type { ServerOptions } from './server.ts';

export interface Runtime {
  /** First half of authentication, before the body is read; counts against the key's rate. */
  begin(request: FastifyRequest, how: (authenticator: Authenticator, signed: SignedRequest) => Promise<Pending>): Promise<void>;
  /** Second half, over the body. */
  finish(request: FastifyRequest, body: Buffer): RequestContext;
  /** Names what a request turned out to be, for log and metrics. */
  name(request: FastifyRequest, operation: string): void;
  operationOf(request: FastifyRequest): string | undefined;
  /** Who a request is from, once that is proven. */
  authenticated(request: FastifyRequest): Authenticated | undefined;
}

function signedRequest(request: FastifyRequest): SignedRequest {
  const url = request.raw.url ?? '/';
  const at = url.indexOf('?');
  return {
    method: request.method,
    path: at < 0 ? url : url.slice(0, at),
    query: at < 0 ? '' : url.slice(at + 1),
    headers: request.headers,
  };
}

/** Requests that one key may make, unless the options say otherwise. */
const RATE = { perSecond: 500, burst: 1000 };

export function createRuntime(options: ServerOptions, pagingKey: Buffer): Runtime {
  const { store, sealer, regions, now, services, managementAccount, logger } = options;
  const authenticator = createAuthenticator({ store, sealer, regions, now });
  const limiter = createRateLimiter(options.rate ?? RATE, now);
  const visible = remembering(store, (account) => visibleAccounts(store.read, account));
  const pendings = new WeakMap<FastifyRequest, Pending>();
  const proven = new WeakMap<FastifyRequest, Authenticated>();
  const names = new WeakMap<FastifyRequest, string>();
  return {
    async begin(request, how) {
      const pending = await how(authenticator, signedRequest(request));
      pendings.set(request, pending);
      const wait = limiter.take(pending.principal.key);
      if (wait !== undefined) throw throttled(wait);
    },
    finish(request, body) {
      const pending = pendings.get(request);
      if (pending === undefined) throw new Error('a route without authentication');
      const authenticated = pending.finish(body);
      proven.set(request, authenticated);
      const { principal, region = regions[0] } = authenticated;
      return {
        store,
        services,
        principal,
        account: principal.account,
        visibleAccounts: () => visible(principal.account),
        region,
        managementAccount,
        pagingKey,
        now,
        requestId: request.id,
        logger: logger.child({ requestId: request.id }),
      };
    },
    name: (request, operation) => names.set(request, operation),
    operationOf: (request) => names.get(request),
    authenticated: (request) => proven.get(request),
  };
}

export interface Answering {
  /** Members of the API's internal error. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The native API: what the store cannot do now is 503 there. Inspector's only error of its own is 500. */
  readonly isNative: boolean;
}

/** Seconds that a client is asked to wait for the store. */
const STORE_WAIT = 10;

/** Any failure as an answer; what is the client's fault by Fastify's word keeps its status, and so does what can be done later (503). */
export function asApiError(error: unknown, { members, isNative }: Answering): ApiError {
  if (error instanceof ApiError) return error;
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  if (statusCode === 413) return new ApiError('RequestEntityTooLargeException', 'The request body is too large');
  // Fastify's own, and of a client that hung up before it had sent all.
  const isOfRequest = code === 'ECONNRESET' || code?.startsWith('FST_') === true;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500 && isOfRequest) {
    return new ApiError('ValidationException', message ?? 'The request cannot be read', { reason: 'CANNOT_PARSE' });
  }
  if (statusCode === 503 && message !== undefined) return new ApiError('ServiceUnavailableException', message);
  const trouble = storeTrouble(error);
  if (trouble === undefined) return internal(error, members);
  const words = `${trouble.message} [${trouble.code}]`;
  if (!isNative) return internal(error, members, words);
  return new ApiError('ServiceUnavailableException', words, {}, { retryAfterSeconds: STORE_WAIT, cause: error });
}

/** Sends an error as AWS services do: its name in a header, its members in the body. */
export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  reply.code(error.status).header('content-type', 'application/json').header('x-amzn-errortype', error.code);
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  // Bytes: Fastify would add a charset to a text's content type.
  return reply.send(Buffer.from(JSON.stringify({ message: error.message, ...error.members })));
}
