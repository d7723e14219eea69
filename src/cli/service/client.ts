/** Talking to a Vedette server: whose key, which address, and what to do when it does not answer. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { fields, text as stringOf } from '../../inventory/values.ts';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { CommandError, EXIT } from '../exit.ts';
import { type Body, exchange, type Reply } from './exchange.ts';
import { stateHome } from './state-home.ts';

export interface ClientOptions {
  /** Address of the server. */
  readonly server: string;
  /** File with the key, as AWS's credentials files. */
  readonly credentials?: string;
  /** Send the key over plain http to another machine. */
  readonly allowHttp?: boolean;
  /** File of certificates (PEM): servers are trusted that these vouch for, and no others. */
  readonly ca?: string;
}

/** What a request may have beside its body. */
export interface PostOptions {
  /** Media type of the body. */
  readonly type?: string;
  /** Ends it early. */
  readonly stop?: AbortSignal;
}

export interface Client {
  readonly url: string;
  /**
   * Posts JSON. Problems: `server-refused` (this body will never be taken), and those that may pass: `server-unreachable`, `server-busy`,
   * `server-failed` (perhaps over this body), `server-denied`, `server-unknown`.
   */
  post(path: string, body: Body, options?: PostOptions): Promise<Result<unknown>>;
}

/** What a status says about the request. A key that is not known today may be tomorrow: only what the body itself is refused for is final. */
function codeOf(status: number): string {
  if (status === 400 || status === 413 || status === 422) return 'server-refused';
  if (status === 401 || status === 403) return 'server-denied';
  if (status === 500) return 'server-failed';
  return status === 429 || status > 500 ? 'server-busy' : 'server-unknown';
}

const HINTS: Readonly<Record<string, string>> = {
  'server-denied': ' Is the key (--credentials) one of this server, and of a role that may do this?',
  'server-unknown': '. Is it the address of a Vedette server?',
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Key {
  readonly id: string;
  readonly secret: string;
}

/** The default profile of an AWS credentials file. */
function keyIn(path: string): Key {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(
      `The key cannot be read (${messageOf(error)}). Give --credentials FILE or VEDETTE_ACCESS_KEY_ID and VEDETTE_SECRET_ACCESS_KEY.`,
      EXIT.usage,
    );
  }
  const value = (name: string) => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(text)?.[1];
  const [id, secret] = [value('aws_access_key_id'), value('aws_secret_access_key')];
  if (id === undefined || secret === undefined) {
    throw new CommandError(`${path} has no aws_access_key_id and aws_secret_access_key.`, EXIT.usage);
  }
  return { id, secret };
}

function keyOf({ credentials }: ClientOptions, env: NodeJS.ProcessEnv): Key {
  const { VEDETTE_ACCESS_KEY_ID: id, VEDETTE_SECRET_ACCESS_KEY: secret } = env;
  if (credentials === undefined && id !== undefined && secret !== undefined) return { id, secret };
  return keyIn(credentials ?? env.VEDETTE_CREDENTIALS ?? join(stateHome(env), 'data', 'credentials'));
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

function addressOf({ server, allowHttp }: ClientOptions): URL {
  let url: URL;
  try {
    url = new URL(/^https?:\/\//.test(server) ? server : `https://${server}`);
  } catch {
    throw new CommandError(`--server takes an address such as https://vedette.example:8042; "${server}" is none.`, EXIT.usage);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && allowHttp !== true) {
    throw new CommandError(
      `${url.origin} is not encrypted: the key would be sent in clear. Use https, or --allow-http where nobody listens.`,
      EXIT.usage,
    );
  }
  return url;
}

function checked(file: string | undefined): void {
  if (file === undefined) return;
  try {
    new X509Certificate(readFileSync(file));
  } catch (error) {
    throw new CommandError(`--ca takes a file of certificates in PEM; ${file} cannot be used (${messageOf(error)}).`, EXIT.usage);
  }
}

const WRONG_SCHEME = 'is it http or https, and the right port?';
/** Codes of errors of connections whose own messages help nobody, and what can be done about them. */
const ADVICE: Readonly<Record<string, string>> = {
  EPROTO: WRONG_SCHEME,
  ECONNRESET: WRONG_SCHEME,
  HPE_INVALID_CONSTANT: WRONG_SCHEME,
  ...Object.fromEntries(
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ].map((code) => [code, 'give the certificate of its authority with --ca FILE']),
  ),
};

/** Why there is no answer, in one line. */
function causeOf(error: unknown): string {
  // Where a name has several addresses: one error each.
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const advice = ADVICE[code];
  // After a semicolon Node gives advice of its own, on Node; OpenSSL tells where in its sources it is.
  const cause = code === 'EPROTO' ? 'it does not speak TLS there' : messageOf(error).replace(/;.*/s, '');
  return advice === undefined ? cause : `${cause}; ${advice}`;
}

/** A client for the server; ends the command when address, key or certificates make no sense. */
export function clientFor(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): Client {
  const url = addressOf(options);
  const { id, secret } = keyOf(options, env);
  const { ca } = options;
  checked(ca);
  return {
    url: url.origin,
    async post(path, body, { type = 'application/json', stop } = {}) {
      const packed = typeof body === 'object' && 'gzip' in body;
      let reply: Reply;
      try {
        const headers = {
          authorization: `Bearer ${id}:${secret}`,
          'content-type': type,
          ...(packed && { 'content-encoding': 'gzip' }),
        };
        reply = await exchange({ url: new URL(path, url), headers, body, ca, stop });
      } catch (error) {
        return fail(incomplete('server-unreachable', `${url.origin} does not answer (${causeOf(error)}).`));
      }
      const { status, location } = reply;
      const value = jsonOf(reply.text);
      const taken = status >= 200 && status < 300;
      if (taken && value === undefined) {
        return fail(incomplete('server-unknown', `${url.origin} answers, but not as a Vedette server does.`));
      }
      if (taken) return ok(value);
      const code = codeOf(status);
      const said = stringOf(fields(value)?.message) ?? `status ${status}${location === undefined ? '' : `, go to ${location}`}`;
      return fail(incomplete(code, `${url.origin} answered: ${said}${HINTS[code] ?? ''}`));
    },
  };
}
