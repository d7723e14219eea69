/** A client of the distribution API v2 (https://github.com/opencontainers/distribution-spec): authorisation, retries, redirects. */
import { fail, incomplete, messageOf, notice, ok, type Problem, type Result } from '../../model/problem.ts';
import { parseChallenges } from './challenge.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { isRecord, textOf } from './manifest.ts';
import { isLoopback, type Reference } from './reference.ts';

export interface ClientOptions {
  /** Use http for this registry; loopback registries are tried with both anyway. */
  readonly insecure?: boolean;
  /** Where Docker's config.json is; it is not looked at when credentials are given. */
  readonly dockerConfig?: string;
  readonly credentials?: Credentials;
  readonly signal?: AbortSignal;
  /** Bound of one answer with its body, milliseconds; default none. */
  readonly answerMilliseconds?: number;
  /** Pause before the first retry, milliseconds; doubles each time. */
  readonly retryMilliseconds?: number;
}

type Method = 'GET' | 'HEAD';

export interface RegistryClient {
  /** GET (or HEAD) below `/v2/<repository>/`. The caller reads or cancels the body. */
  get(path: string, headers: Readonly<Record<string, string>>, method?: Method): Promise<Result<Response>>;
  /** What went wrong with credentials without stopping the scan. */
  readonly problems: readonly Problem[];
}

export interface RegistryConnection {
  /** A client for one repository, or for the catalog of the whole registry. */
  client(repository?: string): RegistryClient;
}

const MAX_REDIRECTS = 5;
const MAX_ATTEMPTS = 4;
const RETRY_MILLISECONDS = 500;
const MAX_PAUSE_MILLISECONDS = 30_000;
/** A server that accepts a connection and says nothing is given up. */
const HEADER_MILLISECONDS = 30_000;
const MAX_TOKEN_BYTES = 1024 * 1024;
/** Errors of connections that trying again soon may mend. */
const TRANSIENT = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT']);
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** Reads a small body and gives up above `limit`. */
export async function readBody(response: Response, limit: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > limit) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === '' ? messageOf(cause) : code;
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener('abort', finish);
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    }
  });
}

/** One request, following redirects by hand so that credentials never reach another origin. */
async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  authorization: string,
  options: ClientOptions,
  method: Method,
): Promise<Response> {
  const { origin } = url;
  const { signal, answerMilliseconds } = options;
  let current = url;
  for (let step = 0; step <= MAX_REDIRECTS; step++) {
    const sent = new Headers(headers);
    if (authorization !== '' && current.origin === origin) sent.set('authorization', authorization);
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(new Error('no answer in time')), HEADER_MILLISECONDS);
    const signals = [giveUp.signal, ...(signal === undefined ? [] : [signal])];
    if (answerMilliseconds !== undefined) signals.push(AbortSignal.timeout(answerMilliseconds));
    let response: Response;
    try {
      response = await fetch(current, { method, headers: sent, redirect: 'manual', signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, current);
    if (next.protocol !== 'https:' && !(next.protocol === 'http:' && current.protocol === 'http:')) {
      throw new Error('it redirects from https to something else');
    }
    current = next;
  }
  throw new Error(`it redirects more than ${MAX_REDIRECTS} times`);
}

function retryPause(response: Response | undefined, attempt: number, first: number): number {
  const after = Number(response?.headers.get('retry-after') ?? Number.NaN);
  const wanted = Number.isFinite(after) && after >= 0 ? after * 1000 : first * 2 ** attempt;
  return Math.min(wanted, MAX_PAUSE_MILLISECONDS);
}

async function requestWithRetries(
  url: URL,
  headers: Readonly<Record<string, string>>,
  authorization: string,
  options: ClientOptions,
  method: Method = 'GET',
): Promise<Result<Response>> {
  const first = options.retryMilliseconds ?? RETRY_MILLISECONDS;
  let why = '';
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    let response: Response | undefined;
    try {
      response = await request(url, headers, authorization, options, method);
      if (!RETRIED.has(response.status) || attempt === MAX_ATTEMPTS - 1) return ok(response);
      await response.body?.cancel();
    } catch (error) {
      why = causeOf(error);
      if (options.signal?.aborted || !TRANSIENT.has(why)) break;
    }
    if (attempt < MAX_ATTEMPTS - 1) await pause(retryPause(response, attempt, first), options.signal);
  }
  return fail(incomplete('registry-unreachable', `${url.origin} cannot be reached (${why}).`));
}

/** Fetches a bearer token where the challenge says; credentials go to that realm only over https (or on this machine). */
async function fetchToken(
  parameters: ReadonlyMap<string, string>,
  scope: string,
  credentials: Credentials | undefined,
  options: ClientOptions,
): Promise<Result<string>> {
  const realm = URL.parse(parameters.get('realm') ?? '');
  const safe =
    realm?.protocol === 'https:' || (realm?.protocol === 'http:' && (isLoopback(realm.host) || options.insecure === true));
  if (realm === null || !safe) {
    return fail(
      incomplete('registry-unauthorised', 'The registry asks to log in at an address that is not https; nothing was sent.'),
    );
  }
  const service = parameters.get('service');
  let response: Result<Response>;
  if (credentials?.kind === 'identity') {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.token,
      client_id: 'vedette',
      scope,
    });
    if (service !== undefined) body.set('service', service);
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(HEADER_MILLISECONDS), ...(options.signal ? [options.signal] : [])]);
      response = ok(await fetch(realm, { method: 'POST', body, redirect: 'error', signal }));
    } catch (error) {
      response = fail(incomplete('registry-unreachable', `${realm.origin} cannot be reached (${causeOf(error)}).`));
    }
  } else {
    if (service !== undefined) realm.searchParams.set('service', service);
    realm.searchParams.set('scope', scope);
    response = await requestWithRetries(realm, {}, basicOf(credentials), options);
  }
  if (!response.ok) return response;
  if (!response.value.ok) {
    await response.value.body?.cancel();
    const message = `${realm.origin} gives no token (HTTP ${response.value.status}). Log in with docker login, or check the credentials.`;
    return fail(incomplete('registry-unauthorised', message));
  }
  try {
    const body: unknown = JSON.parse((await readBody(response.value, MAX_TOKEN_BYTES))?.toString('utf8') ?? '');
    const token = isRecord(body) ? (textOf(body.token) ?? textOf(body.access_token)) : undefined;
    if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return ok(token);
  } catch {
    // Told below; the answer itself is a secret.
  }
  return fail(incomplete('registry-unauthorised', `${realm.origin} answered without a usable token.`));
}

function basicOf(credentials: Credentials | undefined): string {
  if (credentials?.kind !== 'basic') return '';
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

/** Finds out how the registry is reached: https, or http where that was asked for or is this machine. */
async function baseOf(registry: string, options: ClientOptions): Promise<Result<URL>> {
  const tried: string[] = [];
  const schemes = options.insecure === true ? ['http'] : isLoopback(registry) ? ['http', 'https'] : ['https'];
  let why = '';
  for (const scheme of schemes) {
    const base = URL.parse(`${scheme}://${registry}/v2/`);
    if (base === null) continue;
    tried.push(base.href);
    const answer = await requestWithRetries(base, {}, '', options);
    if (answer.ok) {
      await answer.value.body?.cancel();
      // A TLS server answers plain http with 400.
      if (scheme === 'http' && schemes.length > 1 && answer.value.status === 400) continue;
      return ok(base);
    }
    why = answer.problem.message;
  }
  return fail(incomplete('registry-unreachable', `${registry} cannot be reached (tried ${tried.join(', ')}): ${why}`));
}

/** What the clients of a registry share. */
interface Connected {
  readonly registry: string;
  readonly base: URL;
  readonly lookUp: () => Promise<Credentials | undefined>;
  readonly problems: readonly Problem[];
  readonly options: ClientOptions;
}

/** A client of one repository or, without one, of the catalog. */
function clientOf({ registry, base, lookUp, problems, options }: Connected, repository: string | undefined): RegistryClient {
  const scope = repository === undefined ? 'registry:catalog:*' : `repository:${repository}:pull`;
  const wanted = repository === undefined ? 'its catalog' : `${registry}/${repository}`;
  let authorization = '';
  let refreshing: Promise<Result<string>> | undefined;

  /** A new `Authorization` for the challenges of a 401; a problem when there is nothing (more) to try. */
  async function authorise(header: string): Promise<Result<string>> {
    const known = await lookUp();
    for (const { scheme, parameters } of parseChallenges(header)) {
      if (scheme === 'bearer') {
        const token = await fetchToken(parameters, scope, known, options);
        return token.ok ? ok(`Bearer ${token.value}`) : token;
      }
      const basic = basicOf(known);
      const secret = base.protocol === 'http:' && !isLoopback(registry) && options.insecure !== true;
      if (basic !== '' && !secret) return ok(basic);
    }
    const message = `${registry} wants a login for ${wanted}. Log in with docker login ${registry}.`;
    return fail(incomplete('registry-unauthorised', message));
  }

  async function get(path: string, headers: Readonly<Record<string, string>>, method?: Method): Promise<Result<Response>> {
    const url = new URL(repository === undefined ? path : `${repository}/${path}`, base);
    for (let attempt = 0; ; attempt++) {
      const used = authorization;
      const answer = await requestWithRetries(url, headers, used, options, method);
      if (!answer.ok || answer.value.ok) return answer;
      const { status } = answer.value;
      await answer.value.body?.cancel();
      if (status === 401 && attempt === 0) {
        // Several layers find an expired token at once; one of them fetches the next.
        if (authorization === used) {
          refreshing ??= authorise(answer.value.headers.get('www-authenticate') ?? '').finally(() => {
            refreshing = undefined;
          });
          const fresh = await refreshing;
          if (!fresh.ok) return fresh;
          authorization = fresh.value;
        }
        continue;
      }
      if (status === 401 || status === 403) {
        const message = `${registry} refuses ${wanted} (HTTP ${status}): it does not exist or these credentials may not read it.`;
        return fail(incomplete('registry-unauthorised', message));
      }
      if (status === 404) return fail(incomplete('image-not-found', `${registry} has no ${path} of ${wanted}.`));
      return fail(incomplete('registry-failed', `${registry} answered HTTP ${status} to ${path}. Try again later.`));
    }
  }
  return { get, problems };
}

/** Finds out how a registry is reached. */
export async function connect(registry: string, options: ClientOptions): Promise<Result<RegistryConnection>> {
  const base = await baseOf(registry, options);
  if (!base.ok) return base;
  const problems: Problem[] = [];
  let credentials: Promise<Credentials | undefined> | undefined;
  const lookUp = (): Promise<Credentials | undefined> => {
    if (options.credentials !== undefined) return Promise.resolve(options.credentials);
    credentials ??= findCredentials(registry, options.dockerConfig).then((answer) => {
      if (answer.problem !== undefined) problems.push(notice(answer.problem.code, answer.problem.message));
      return answer.credentials;
    });
    return credentials;
  };
  const connected: Connected = { registry, base: base.value, lookUp, problems, options };
  return ok({ client: (repository) => clientOf(connected, repository) });
}

/** Opens a client for one repository. */
export async function openClient(reference: Reference, options: ClientOptions): Promise<Result<RegistryClient>> {
  const connected = await connect(reference.registry, options);
  if (connected.ok) return ok(connected.value.client(reference.repository));
  const { problem } = connected;
  return fail({ ...problem, message: `There is no such file, and ${problem.message}` });
}
