/** Registry credentials as Docker keeps them: `config.json` with `auths`, `credHelpers` and `credsStore`. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { incomplete, type Problem } from '../../model/problem.ts';
import { isRecord, textOf } from './manifest.ts';

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, as `docker-credential-*` helpers of cloud providers give it. */
  | { readonly kind: 'identity'; readonly token: string };

export interface CredentialsAnswer {
  readonly credentials?: Credentials;
  /** Why configured credentials could not be had; never contains them. */
  readonly problem?: Problem;
}

const HUB_KEY = 'https://index.docker.io/v1/';
const HELPER_MILLISECONDS = 30_000;
const MAX_HELPER_BYTES = 1024 * 1024;

/** The keys a registry may be listed under. */
function keysOf(registry: string): string[] {
  const hub = registry === 'registry-1.docker.io';
  const hosts = hub ? ['docker.io', 'index.docker.io', registry] : [registry];
  return [
    ...(hub ? [HUB_KEY] : []),
    ...hosts,
    ...hosts.flatMap((host) => [`https://${host}`, `http://${host}`, `https://${host}/v1/`]),
  ];
}

function identityOrBasic(username: string, secret: string): Credentials {
  return username === '<token>' ? { kind: 'identity', token: secret } : { kind: 'basic', username, password: secret };
}

function fromAuths(auths: unknown, keys: readonly string[]): Credentials | undefined {
  if (!isRecord(auths)) return undefined;
  for (const key of keys) {
    const entry = auths[key] ?? auths[key.replace(/\/$/, '')];
    if (!isRecord(entry)) continue;
    const identity = textOf(entry.identitytoken);
    if (identity) return { kind: 'identity', token: identity };
    const decoded = Buffer.from(textOf(entry.auth) ?? '', 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon > 0)
      return { kind: 'basic', username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
    const username = textOf(entry.username);
    const password = textOf(entry.password);
    if (username && password !== undefined) return { kind: 'basic', username, password };
  }
  return undefined;
}

/** Asks a helper program by its protocol: the server on stdin of `docker-credential-<name> get`, JSON on stdout. */
function askHelper(helper: string, server: string): Promise<CredentialsAnswer> {
  const program = `docker-credential-${helper}`;
  return new Promise((resolve) => {
    const options = { timeout: HELPER_MILLISECONDS, maxBuffer: MAX_HELPER_BYTES };
    const child = execFile(program, ['get'], options, (error, stdout) => {
      if (error !== null) {
        // "credentials not found" is the protocol's word for an anonymous registry.
        if (/credentials not found/i.test(stdout)) return resolve({});
        const why = 'code' in error && error.code === 'ENOENT' ? 'is not installed' : 'failed';
        return resolve({
          problem: incomplete(
            'credential-helper-failed',
            `The credential helper ${program} ${why}; ${server} was asked anonymously.`,
          ),
        });
      }
      try {
        const answer: unknown = JSON.parse(stdout);
        const username = isRecord(answer) ? textOf(answer.Username) : undefined;
        const secret = isRecord(answer) ? textOf(answer.Secret) : undefined;
        if (username !== undefined && secret !== undefined) return resolve({ credentials: identityOrBasic(username, secret) });
      } catch {
        // Told below; the answer itself may hold a secret.
      }
      resolve({ problem: incomplete('credential-helper-failed', `The credential helper ${program} gave no usable answer.`) });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(server);
  });
}

/** Credentials for a registry from Docker's configuration in `directory` (default `$DOCKER_CONFIG` or `~/.docker`). */
export async function findCredentials(registry: string, directory?: string): Promise<CredentialsAnswer> {
  const folder = directory ?? process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  let text: string;
  try {
    text = readFileSync(join(folder, 'config.json'), 'utf8');
  } catch {
    return {};
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    config = undefined;
  }
  if (!isRecord(config)) {
    return {
      problem: incomplete(
        'docker-config-invalid',
        `${join(folder, 'config.json')} is not valid JSON; registries were asked anonymously.`,
      ),
    };
  }
  const keys = keysOf(registry);
  const helpers = isRecord(config.credHelpers) ? config.credHelpers : {};
  const own = keys.find((key) => textOf(helpers[key]) !== undefined);
  const helper = own === undefined ? textOf(config.credsStore) : textOf(helpers[own]);
  // A helper's name becomes a program's name: letters, digits, dots, dashes and underscores only.
  if (helper !== undefined && /^[\w.-]+$/.test(helper)) {
    const answer = await askHelper(helper, own ?? keys[0] ?? registry);
    if (answer.credentials !== undefined) return answer;
    const stored = fromAuths(config.auths, keys);
    return stored === undefined ? answer : { credentials: stored };
  }
  const credentials = fromAuths(config.auths, keys);
  return credentials === undefined ? {} : { credentials };
}
