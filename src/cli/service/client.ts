/** Talking to a Vedette server: whose key, which address, and what to do when it does not answer. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { fields, text as stringOf } from '../../inventory/values.ts';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { CommandError, EXIT } from '../exit.ts';
import { stateHome } from './state-home.ts';

export interface ClientOptions {
  /** Address of the server. */
  readonly server: string;
  /** File with the key, as AWS's credentials files. */
  readonly credentials?: string;
  /** Send the key over plain http to another machine. */
  readonly insecure?: boolean;
}

export interface Client {
  readonly url: string;
  /** Posts JSON. Problems: `server-refused` (this body will never be taken), and those that may pass: `server-unreachable`, `server-busy`, `server-denied`, `server-unknown`. */
  post(path: string, body: string | Uint8Array, type?: string): Promise<Result<unknown>>;
}

const TIMEOUT_MS = 120_000;

/** What a status says about the request. A key that is not known today may be tomorrow: only what the body itself is refused for is final. */
function codeOf(status: number): string {
  if (status === 400 || status === 413 || status === 422) return 'server-refused';
  if (status === 401 || status === 403) return 'server-denied';
  return status === 429 || status >= 500 ? 'server-busy' : 'server-unknown';
}

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

function addressOf({ server, insecure }: ClientOptions): URL {
  let url: URL;
  try {
    url = new URL(/^https?:\/\//.test(server) ? server : `https://${server}`);
  } catch {
    throw new CommandError(`--server takes an address such as https://vedette.example:8042; "${server}" is none.`, EXIT.usage);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && insecure !== true) {
    throw new CommandError(
      `${url.origin} is not encrypted: the key would be sent in clear. Use https, or --insecure where nobody listens.`,
      EXIT.usage,
    );
  }
  return url;
}

/** A client for the server; ends the command when address or key make no sense. */
export function clientFor(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): Client {
  const url = addressOf(options);
  const { id, secret } = keyOf(options, env);
  return {
    url: url.origin,
    async post(path, body, type = 'application/json') {
      let response: Response;
      let text: string;
      try {
        response = await fetch(new URL(path, url), {
          method: 'POST',
          headers: { authorization: `Bearer ${id}:${secret}`, 'content-type': type },
          body,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        text = await response.text();
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
        return fail(incomplete('server-unreachable', `${url.origin} does not answer (${cause}).`));
      }
      const value = jsonOf(text);
      if (response.ok && value === undefined) {
        return fail(incomplete('server-unknown', `${url.origin} answers, but not as a Vedette server does.`));
      }
      if (response.ok) return ok(value);
      const said = stringOf(fields(value)?.message) ?? `status ${response.status}`;
      return fail(incomplete(codeOf(response.status), `${url.origin} answered: ${said}`));
    },
  };
}
