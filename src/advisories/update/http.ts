/** Requests with timeouts and retries. Addresses may carry credentials; they are sent as a header and never told to anyone. */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../model/problem.ts';

export interface Network {
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal;
  /** Waits between attempts; injectable so that tests need not. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Attempts for one file. */
  readonly attempts: number;
  /** Hosts that gave no answer at all: they are asked once for each further file, without waiting. */
  readonly silent: Set<string>;
  /** Milliseconds without an answer or without further bytes after which a transfer counts as dead. */
  readonly idleTimeout: number;
}

export function network(options: Partial<Network>): Network {
  const { signal } = options;
  return {
    fetch: options.fetch ?? fetch,
    ...(signal === undefined ? {} : { signal }),
    sleep: options.sleep ?? ((milliseconds) => delay(milliseconds, undefined, signal === undefined ? {} : { signal })),
    attempts: options.attempts ?? 4,
    silent: new Set(),
    idleTimeout: options.idleTimeout ?? 60_000,
  };
}

/** Why a request did not give what it should. */
export class RequestFailed extends Error {
  readonly status: number | undefined;
  /** Trying again may help. */
  readonly transient: boolean;
  /** Seconds upstream asked to wait. */
  readonly retryAfter: number | undefined;
  /** There is no way to the host: waiting long will not help. */
  readonly unreachable: boolean;

  constructor(message: string, about: { status?: number; transient: boolean; retryAfter?: number; unreachable?: boolean }) {
    super(message);
    this.unreachable = about.unreachable === true;
    this.status = about.status;
    this.transient = about.transient;
    this.retryAfter = about.retryAfter;
  }
}

/** An address without user name, password, query and fragment. */
export function publicUrl(url: string): string {
  if (!URL.canParse(url)) return '(not an address)';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

function requestOf(url: string, headers: Record<string, string>): { readonly url: string; readonly headers: Headers } {
  const parsed = new URL(url);
  const all = new Headers({ 'user-agent': 'vedette', 'accept-encoding': 'identity', ...headers });
  if (parsed.username !== '') {
    const user = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
    all.set('authorization', `Basic ${Buffer.from(user).toString('base64')}`);
    parsed.username = '';
    parsed.password = '';
  }
  return { url: parsed.href, headers: all };
}

function statusFailure(response: Response): RequestFailed {
  const { status } = response;
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new RequestFailed(`the server answered ${status} ${response.statusText}`.trim(), {
    status,
    transient: status >= 500 || status === 429 || status === 408,
    ...(Number.isFinite(wait) && wait >= 0 ? { retryAfter: wait } : {}),
  });
}

/** Bytes as they come; fails when none come for too long. */
export type Body = AsyncIterable<Uint8Array>;

/**
 * One request: hands the answer to `use` while watching for silence. Answers other than those in `accept` and everything that goes
 * wrong underway become `RequestFailed`.
 */
export async function request<T>(
  how: Network,
  url: string,
  options: { readonly headers?: Record<string, string>; readonly accept: readonly number[] },
  use: (response: Response, body: Body) => Promise<T>,
): Promise<T> {
  const { signal, idleTimeout } = how;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), idleTimeout);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), idleTimeout);
  };
  try {
    const { url: address, headers } = requestOf(url, { ...options.headers });
    const signals = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    const response = await how.fetch(address, { headers, signal: signals, redirect: 'follow' });
    alive();
    if (!options.accept.includes(response.status)) {
      await response.body?.cancel();
      throw statusFailure(response);
    }
    const { body } = response;
    const bytes = (async function* () {
      if (body === null) return;
      for await (const chunk of body) {
        alive();
        yield chunk;
      }
    })();
    return await use(response, bytes);
  } catch (error) {
    if (error instanceof RequestFailed || signal?.aborted) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    const message = silence.signal.aborted ? `no data for ${idleTimeout / 1000} seconds` : `${messageOf(error)}${cause}`;
    throw new RequestFailed(message, { transient: true, unreachable: isUnreachable(error) });
  } finally {
    clearTimeout(timer);
  }
}

const NO_WAY = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']);

/** Whether the connection was never made: no such name, nobody there, no route. */
function isUnreachable(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return (
    typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' && NO_WAY.has(cause.code)
  );
}

const MAX_WAIT_SECONDS = 60;
/** A name that cannot be looked up may be a hiccup once, not three times. */
const UNREACHABLE_ATTEMPTS = 2;

/**
 * Runs `attempt` until it succeeds, fails for good or has been tried often enough; waits 1, 4, 16 … seconds in between. Without a
 * network that would cost every one of some hundred files its waits: a host that never answered is asked once from then on.
 */
export async function withRetries<T>(how: Network, url: string, attempt: () => Promise<T>): Promise<T> {
  const host = URL.canParse(url) ? new URL(url).host : url;
  const attempts = how.silent.has(host) ? 1 : how.attempts;
  for (let tried = 1; ; tried++) {
    try {
      const result = await attempt();
      how.silent.delete(host);
      return result;
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      const most = error.unreachable ? Math.min(attempts, UNREACHABLE_ATTEMPTS) : attempts;
      if (!error.transient || tried >= most || how.signal?.aborted) {
        if (error.transient && error.status === undefined) how.silent.add(host);
        throw error;
      }
      await how.sleep(1000 * Math.min(error.retryAfter ?? 4 ** (tried - 1), MAX_WAIT_SECONDS));
    }
  }
}

/** A small text, whole. */
export async function fetchText(how: Network, url: string, limit: number): Promise<string> {
  return withRetries(how, url, () =>
    request(how, url, { accept: [200] }, async (_response, body) => {
      const parts: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of body) {
        size += chunk.length;
        if (size > limit) throw new RequestFailed(`the answer is larger than ${limit} bytes`, { transient: false });
        parts.push(chunk);
      }
      return Buffer.concat(parts).toString('utf8');
    }),
  );
}
