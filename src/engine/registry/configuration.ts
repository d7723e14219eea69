/** Watched registries as they are told and kept: documents of the kind `registry`, with their credentials sealed. docs/registries.md. */
import type { Credentials } from '../../artifacts/image/credentials.ts';
import { parseReference } from '../../artifacts/image/reference.ts';
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import { hold, type Store, type Write } from '../../store/index.ts';
import type { Sealer } from '../../store/seal.ts';
import type { Place } from '../resource.ts';

/** EcrScanFrequency of the API. */
export const FREQUENCIES = ['CONTINUOUS_SCAN', 'SCAN_ON_PUSH', 'MANUAL'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export interface RepositoryRule {
  /** `*` stands for any text, slashes too; everything else for itself. */
  readonly pattern: string;
  readonly frequency: Frequency;
}

/** What is told of a registry. */
export interface RegistryInput {
  /** `HOST` or `HOST:PORT`. */
  readonly address: string;
  /** The first rule that fits a repository counts; repositories that none fits are not watched. Default: all, continuously. */
  readonly repositories?: readonly RepositoryRule[];
  /** Of the images of an index, those for these platforms. */
  readonly platforms?: readonly string[];
  readonly intervalMinutes?: number;
  /** Plain http. */
  readonly insecure?: boolean;
  /** Absent: what was told before; null: none (then those of Docker's configuration file, if it has some). */
  readonly credentials?: { readonly username: string; readonly password: string } | null;
}

/** A registry as it is kept. */
export interface Registry extends Place {
  readonly name: string;
  readonly address: string;
  readonly repositories: readonly RepositoryRule[];
  readonly platforms: readonly string[];
  readonly intervalMinutes: number;
  readonly insecure: boolean;
  /** Sealed JSON. */
  readonly credentials?: string;
  readonly username?: string;
}

/** How the last poll went, and when the next one is due. */
export interface RegistryStatus {
  readonly polledAt?: number;
  readonly nextPollAt: number;
  /** A look is under way; until then at most. */
  readonly busyUntil?: number;
  readonly milliseconds?: number;
  readonly repositories?: number;
  readonly images?: number;
  /** Polls that failed since the last one that did not. */
  readonly failures: number;
  /** Where a poll that ran out of time goes on. */
  readonly after?: string;
  readonly problems: readonly Problem[];
}

const KIND = 'registry';
const STATUS = 'registry-status';
const MOST_REGISTRIES = 100;
const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const;
const INTERVAL_MINUTES = 15;
const NEVER_POLLED: RegistryStatus = { nextPollAt: 0, failures: 0, problems: [] };

function invalid(message: string): { readonly ok: false; readonly problem: Problem } {
  return fail(incomplete('registry-invalid', message));
}

/** The host as references name it: one without a dot or port gets its port, because it would be a user of Docker Hub. */
function addressOf(text: string, insecure: boolean): Result<string> {
  const host = text.toLowerCase();
  const full = host === 'localhost' || /[.:]/.test(host) ? host : `${host}:${insecure ? 80 : 443}`;
  const reference = parseReference(`${full}/repository`);
  if (reference.ok && /^[^/]+$/.test(full)) return ok(full);
  return invalid('The address of a registry is its host, with a port where it needs one, e.g. registry.example.com:5000.');
}

/** Whether a pattern fits a repository: in time that grows with their lengths only. */
export function fits(pattern: string, repository: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!repository.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return repository === first;
  let at = first.length;
  for (const part of rest) {
    const found = repository.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return repository.length - last.length >= at && repository.endsWith(last);
}

/** How often a repository is scanned; undefined: it is not watched. */
export function frequencyOf(registry: Registry, repository: string): Frequency | undefined {
  return registry.repositories.find(({ pattern }) => fits(pattern, repository))?.frequency;
}

/** The repositories that are named outright, when no rule has a pattern: then the catalog, which many registries do not show, is not asked. */
export function namedRepositories({ repositories }: Registry): readonly string[] | undefined {
  const names = repositories.map(({ pattern }) => pattern);
  return names.some((name) => name.includes('*')) ? undefined : [...new Set(names)].sort();
}

interface Key {
  readonly account: string;
  readonly name: string;
}

async function read(db: Store['read'], kind: string, { account, name }: Key): Promise<unknown> {
  const query = db.selectFrom('document').select('value').where('kind', '=', kind);
  const row = await query.where('account', '=', account).where('key', '=', name).executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** Writes a document. */
export async function writeDocument(tx: Write, kind: string, { account, name }: Key, value: object, now: number): Promise<void> {
  const text = JSON.stringify(value);
  await tx
    .insertInto('document')
    .values({ kind, account, key: name, value: text, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.columns(['kind', 'account', 'key']).doUpdateSet({ value: text, updated_at: now }))
    .execute();
}

/** Nobody else changes the registries of an account, or how they stand, until the transaction ends. */
async function holdRegistries(tx: Write, { account }: Pick<Key, 'account'>): Promise<void> {
  await hold(tx, KIND, account);
}

/** A registry by its name. */
export async function readRegistry(db: Store['read'], key: Key): Promise<Registry | undefined> {
  return (await read(db, KIND, key)) as Registry | undefined;
}

/** All registries, of one account or of all, by account and name. */
export async function listRegistries(db: Store['read'], account?: string): Promise<readonly Registry[]> {
  let query = db.selectFrom('document').select('value').where('kind', '=', KIND).orderBy('account').orderBy('key');
  if (account !== undefined) query = query.where('account', '=', account);
  return (await query.execute()).map(({ value }) => JSON.parse(value) as Registry);
}

export async function readStatus(db: Store['read'], key: Key): Promise<RegistryStatus> {
  return ((await read(db, STATUS, key)) as RegistryStatus | undefined) ?? NEVER_POLLED;
}

/** Changes how a registry stands from what is there now, by nobody else meanwhile; nothing when it was forgotten. Gives what it was. */
export async function changeStatus(
  tx: Write,
  key: Key,
  change: (before: RegistryStatus) => RegistryStatus,
  now: number,
): Promise<RegistryStatus | undefined> {
  await holdRegistries(tx, key);
  if ((await read(tx, KIND, key)) === undefined) return undefined;
  const before = await readStatus(tx, key);
  await writeDocument(tx, STATUS, key, change(before), now);
  return before;
}

/** Makes or changes a registry, which is then due. Problems: `registry-invalid`, `registry-too-many`. */
export async function putRegistry(
  tx: Write,
  sealer: Sealer,
  place: Place & { readonly name: string },
  input: RegistryInput,
  now: number,
): Promise<Result<Registry>> {
  const { name, account, region } = place;
  const { insecure = false, intervalMinutes = INTERVAL_MINUTES, platforms = PLATFORMS } = input;
  if (!/^[\w.-]{1,64}$/.test(name)) {
    return invalid('The name of a registry is 1 to 64 letters, digits, dots, dashes and underscores.');
  }
  const address = addressOf(input.address, insecure);
  if (!address.ok) return address;
  await holdRegistries(tx, place);
  const before = await readRegistry(tx, place);
  const others = (await listRegistries(tx, account)).filter((one) => one.name !== name);
  const same = others.find((one) => one.address === address.value);
  if (same !== undefined) return invalid(`${address.value} is watched as ${same.name} already.`);
  if (others.length >= MOST_REGISTRIES) {
    return fail(incomplete('registry-too-many', `An account watches ${MOST_REGISTRIES} registries at most.`));
  }
  const { credentials } = input;
  // A password is for the host it was given for.
  const kept = before?.address === address.value && before.insecure === insecure ? before : undefined;
  const secret =
    credentials === undefined
      ? { ...(kept?.credentials !== undefined && { credentials: kept.credentials, username: kept.username ?? '' }) }
      : credentials === null
        ? {}
        : { credentials: sealer.seal(JSON.stringify(credentials)), username: credentials.username };
  const registry: Registry = {
    name,
    account,
    region,
    address: address.value,
    repositories: input.repositories ?? [{ pattern: '*', frequency: 'CONTINUOUS_SCAN' }],
    platforms,
    intervalMinutes,
    insecure,
    ...secret,
  };
  await writeDocument(tx, KIND, place, registry, now);
  await changeStatus(tx, place, (status) => ({ ...status, nextPollAt: now }), now);
  return ok(registry);
}

/** Forgets a registry and how it went; what was found in it is dealt with by whoever asks. False: there was none. */
export async function deleteRegistry(tx: Write, { account, name }: Key): Promise<boolean> {
  await holdRegistries(tx, { account });
  const gone = (kind: string) =>
    tx.deleteFrom('document').where('kind', '=', kind).where('account', '=', account).where('key', '=', name).executeTakeFirst();
  await gone(STATUS);
  return (await gone(KIND)).numDeletedRows > 0n;
}

/** What a registry is logged in to with. */
export function credentialsOf({ credentials }: Registry, sealer: Sealer): Credentials | undefined {
  if (credentials === undefined) return undefined;
  const { username, password } = JSON.parse(sealer.open(credentials)) as { readonly username: string; readonly password: string };
  return { kind: 'basic', username, password };
}
