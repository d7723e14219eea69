/** Access keys: made here, kept sealed in the store. docs/authentication.md. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hold, type Store, type Tables, type Write } from '../../store/index.ts';
import type { Sealer } from '../../store/seal.ts';
import { writeSecretFile } from '../../store/secret-file.ts';
import type { Principal } from '../context.ts';
import { isRole, type Role } from './roles.ts';
import { type SigningKeys, signingKeys } from './sigv4.ts';

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_LENGTH = 16;
const SECRET_LENGTH = 40;
const TOKEN_BYTES = 96;

export interface NewKey {
  readonly account: string;
  /** Whom it is for. */
  readonly name: string;
  readonly role: Role;
  readonly now: number;
  /** A key that ends, with a session token, after so many milliseconds. */
  readonly lifetime?: number;
}

/** What the owner of a key gets to see, once. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Letters and digits only, so that a secret can be pasted anywhere. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) text += randomBytes(length).toString('base64').replace(/[+/=]/g, '');
  return text.slice(0, length);
}

function randomId(prefix: string): string {
  return prefix + [...randomBytes(ID_LENGTH)].map((byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('');
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function rowOf(sealer: Sealer, key: NewKey): { readonly credentials: Credentials; readonly row: Tables['access_key'] } {
  const temporary = key.lifetime !== undefined;
  const credentials: Credentials = {
    accessKeyId: randomId(temporary ? 'ASIA' : 'AKIA'),
    secretAccessKey: randomText(SECRET_LENGTH),
    ...(temporary ? { sessionToken: randomBytes(TOKEN_BYTES).toString('base64') } : {}),
  };
  const row = {
    id: credentials.accessKeyId,
    account: key.account,
    name: key.name,
    role: key.role,
    secret: sealer.seal(credentials.secretAccessKey),
    session_digest: credentials.sessionToken === undefined ? null : digest(credentials.sessionToken).toString('hex'),
    expires_at: key.lifetime === undefined ? null : key.now + key.lifetime,
    created_at: key.now,
    disabled: 0,
  };
  return { credentials, row };
}

/** Who looks at the keys to decide about one holds them. */
async function holdKeys(tx: Write): Promise<void> {
  await hold(tx, 'keys');
}

/** Makes a key; the secret cannot be had again. */
export async function createKey(store: Store, sealer: Sealer, key: NewKey): Promise<Credentials> {
  const { credentials, row } = rowOf(sealer, key);
  await store.write((tx) => tx.insertInto('access_key').values(row).execute());
  return credentials;
}

/**
 * Disables a key of the account (`undefined`: of any), or enables it again. Somebody may have disabled the key that asks (`by`) since it asked: of two keys that
 * disable each other at the same time, one is left.
 */
export async function setDisabled(
  store: Store,
  {
    key,
    account,
    by,
    disabled,
  }: { readonly key: string; readonly account: string | undefined; readonly by: string; readonly disabled: boolean },
): Promise<'done' | 'unknown' | 'refused'> {
  return store.write(async (tx) => {
    await holdKeys(tx);
    const asking = tx.selectFrom('access_key').select('id').where('id', '=', by).where('disabled', '=', 0);
    if ((await asking.executeTakeFirst()) === undefined) return 'refused';
    const change = tx.updateTable('access_key').set({ disabled: disabled ? 1 : 0 });
    const own = account === undefined ? change : change.where('account', '=', account);
    const done = await own.where('id', '=', key).executeTakeFirst();
    return done.numUpdatedRows === 0n ? 'unknown' : 'done';
  });
}

/**
 * Makes the first key, of an administrator, when the store has none, and writes it to `credentials` in the directory (mode 0600) in the
 * form of `AWS_SHARED_CREDENTIALS_FILE`. Returns the file's path, whether it was made now or before.
 */
export async function firstCredentials(
  store: Store,
  sealer: Sealer,
  options: { readonly directory: string; readonly account: string; readonly now: number },
): Promise<{ readonly path: string; readonly made: boolean }> {
  const path = join(options.directory, 'credentials');
  const { credentials, row } = rowOf(sealer, {
    account: options.account,
    name: 'first administrator',
    role: 'admin',
    now: options.now,
  });
  const lines = [`aws_access_key_id = ${credentials.accessKeyId}`, `aws_secret_access_key = ${credentials.secretAccessKey}`];
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const made = await store.write(async (tx) => {
    await holdKeys(tx);
    if ((await tx.selectFrom('access_key').select('id').limit(1).executeTakeFirst()) !== undefined) return false;
    // The file is there before the key: a key that nobody knows would lock everyone out.
    writeSecretFile(path, `[default]\n${lines.join('\n')}\n`, true);
    await tx.insertInto('access_key').values(row).execute();
    return true;
  });
  return { path, made };
}

/** A key as it is looked up. */
export interface KnownKey {
  readonly principal: Principal;
  readonly secret: string;
  readonly signingKeys: SigningKeys;
  readonly expiresAt: number | undefined;
  /** Whether a session token is this key's; a key without one has none. */
  tokenMatches(token: string | undefined): boolean;
}

/** The key with that id, unless it is disabled. */
export async function findKey(store: Store, sealer: Sealer, id: string): Promise<KnownKey | undefined> {
  const row = await store.read.selectFrom('access_key').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined || row.disabled !== 0 || !isRole(row.role)) return undefined;
  const secret = sealer.open(row.secret);
  return {
    principal: { key: row.id, name: row.name, account: row.account, role: row.role },
    secret,
    signingKeys: signingKeys(secret),
    expiresAt: row.expires_at ?? undefined,
    tokenMatches(token) {
      if (row.session_digest === null || token === undefined) return row.session_digest === null && token === undefined;
      return timingSafeEqual(digest(token), Buffer.from(row.session_digest, 'hex'));
    },
  };
}
