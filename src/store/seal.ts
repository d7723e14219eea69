/**
 * Secrets at rest: AES-256-GCM under the key of the installation. The key is not in the store, so that a copy of the database alone
 * opens nothing. docs/authentication.md.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, incomplete, messageOf, ok, type Result } from '../model/problem.ts';
import { writeSecretFile } from './secret-file.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1.';
const KEY_FILE = 'key';

export interface Sealer {
  /** Text that only the same key opens; twice the same text looks different. */
  seal(text: string): string;
  /** Throws when it was sealed with another key, or changed since. */
  open(sealed: string): string;
}

/** Seals with a key of 32 bytes. */
export function sealer(key: Buffer): Sealer {
  if (key.length !== KEY_BYTES) throw new RangeError(`the key has ${key.length} bytes, not ${KEY_BYTES}`);
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return VERSION + sealed.toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
      if (!sealed.startsWith(VERSION) || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('this is not a sealed secret');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        throw new Error('a secret in the store cannot be opened: it was sealed with another key than that of this installation');
      }
    },
  };
}

function parseKey(text: string): Buffer | undefined {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return key.length === KEY_BYTES ? key : undefined;
}

/** Reads the key file; makes it first when there is none and nobody else makes it at this moment. */
function readOrMake(path: string): string {
  if (!existsSync(path)) writeSecretFile(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, false);
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return readFileSync(path, 'utf8').trim();
}

/**
 * The key of the installation: `VEDETTE_KEY` (32 bytes, base64 or hex), or the file `key` in the data directory, which is made at first
 * (mode 0600). Processes that share a PostgreSQL store must have the same key.
 */
export function keyFor(directory: string, environment: NodeJS.ProcessEnv = process.env): Result<Buffer> {
  const given = environment.VEDETTE_KEY;
  if (given !== undefined && given !== '') {
    const key = parseKey(given.trim());
    return key !== undefined ? ok(key) : fail(incomplete('key-invalid', 'VEDETTE_KEY must be 32 bytes in base64 or hexadecimal'));
  }
  const path = join(directory, KEY_FILE);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const key = parseKey(readOrMake(path));
    if (key !== undefined) return ok(key);
    return fail(incomplete('key-invalid', `${path} does not hold 32 bytes in base64: restore it from a backup`, path));
  } catch (error) {
    return fail(incomplete('key-unreadable', `The key of this installation cannot be read or made: ${messageOf(error)}`, path));
  }
}
