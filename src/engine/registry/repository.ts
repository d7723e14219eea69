/** One repository of a watched registry: what its tags name is compared with what is known, and what differs is set right or queued. */
import type { RegistryClient } from '../../artifacts/image/client.ts';
import type { Problem, Result } from '../../model/problem.ts';
import { isSwitchedOn, SWITCHED_OFF } from '../activation.ts';
import { removeResource, setStatus } from '../coverage.ts';
import type { Frequency, Registry } from './configuration.ts';
import { type Content, contentOf, digestOf, listTags } from './listing.ts';
import type { Parts } from './parts.ts';
import {
  describe,
  type ImageRow,
  imageRows,
  MANUAL,
  ONCE,
  PENDING,
  repositoryUid,
  retag,
  setManual,
  storeRepository,
  storeUnreadImage,
} from './rows.ts';
import { forget, type RepositoryState, readState, tagsByImage, writeState } from './state.ts';

/** What to look at: everything, or these tags and digests. */
export type Scope = 'all' | { readonly tags: readonly string[]; readonly digests: readonly string[]; readonly at: number };

export interface Looked {
  readonly images: number;
  /** New ones that were queued. */
  readonly queued: number;
  /** Some are left for the next look, which should come soon. */
  readonly more: boolean;
  readonly problems: readonly Problem[];
}

/** New digests that one look deals with. */
const MOST_NEW = 1_000;
const AT_ONCE = 4;
/** So many failures in a row end the look at a repository. */
const PATIENCE = 5;
/** An image that could not be read is tried again by a poll after this long; the queue itself tries more often at first. */
const RETRY_MS = 6 * 60 * 60 * 1000;
/** An image that is missing is gone when it is missing again after this long. */
const VERIFY_MS = 5_000;
const TIMES_MISSING = 2;
/** Nothing went wrong with images in these states: nobody wanted them read. */
const AT_ONCE_AGAIN: readonly string[] = [MANUAL.reason, SWITCHED_OFF.reason, 'NO_INVENTORY'];
const UNREADABLE = ['UNSUPPORTED_MEDIA_TYPE', 'IMAGE_SIZE_EXCEEDED'];

/** Asks for several things, a few at a time; stops when it fails again and again. */
async function each<T>(
  list: readonly string[],
  problems: Problem[],
  ask: (one: string) => Promise<Result<T>>,
  take: (one: string, answer: T) => void,
): Promise<boolean> {
  let failures = 0;
  let next = 0;
  async function some(): Promise<void> {
    for (let at = next++; at < list.length && failures < PATIENCE; at = next++) {
      const one = list[at] ?? '';
      const answer = await ask(one);
      if (answer.ok) {
        failures = 0;
        take(one, answer.value);
      } else {
        failures++;
        problems.push(answer.problem);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return failures < PATIENCE;
}

interface Seen {
  readonly after: RepositoryState;
  /** Images that may be gone. */
  readonly suspects: readonly string[];
  /** What new digests are. */
  readonly contents: ReadonlyMap<string, Content>;
  readonly problems: readonly Problem[];
  /** The registry does not know the repository (any more). */
  readonly empty: boolean;
  readonly more: boolean;
}

/** Asks the registry. */
async function look(
  client: RegistryClient,
  registry: Registry,
  before: RepositoryState,
  known: ReadonlySet<string>,
  scope: Scope,
): Promise<Seen> {
  const problems: Problem[] = [];
  const listed = scope === 'all' ? await listTags(client) : undefined;
  if (listed?.problem !== undefined) problems.push(listed.problem);
  // New tags first: a look that is cut off has seen what matters.
  const names = listed?.names ?? (scope === 'all' ? [] : scope.tags);
  const ordered = [...names.filter((tag) => !(tag in before.tags)), ...names.filter((tag) => tag in before.tags)];
  const tags = new Map(Object.entries(before.tags));
  const isComplete = listed !== undefined && listed.problem === undefined;
  if (isComplete) {
    const listedNames = new Set(names);
    for (const tag of tags.keys()) if (!listedNames.has(tag)) tags.delete(tag);
  }
  await each(
    ordered,
    problems,
    (tag) => digestOf(client, tag),
    (tag, digest) => {
      if (digest === undefined) tags.delete(tag);
      else tags.set(tag, digest);
    },
  );
  const all = [...new Set(tags.values())].filter((digest) => !known.has(digest) && !(digest in before.indexes));
  const fresh = all.slice(0, MOST_NEW);
  const contents = new Map<string, Content>();
  await each(
    fresh,
    problems,
    (digest) => contentOf(client, digest, registry.platforms),
    (digest, content) => {
      contents.set(digest, content);
    },
  );
  const indexes = new Map(Object.entries(before.indexes));
  for (const [digest, content] of contents) if (content.kind === 'index') indexes.set(digest, content.images);
  const named = new Set(tags.values());
  for (const digest of indexes.keys()) if (!named.has(digest)) indexes.delete(digest);
  const inner = [...new Set([...contents.values()].flatMap((content) => (content.kind === 'index' ? content.images : [])))];
  const unknown = inner.filter((digest) => !known.has(digest) && !contents.has(digest));
  await each(
    unknown,
    problems,
    (digest) => contentOf(client, digest, registry.platforms),
    (digest, content) => {
      contents.set(digest, content);
    },
  );
  // What could not be looked at is not noted: it is new again next time.
  const after = {
    tags: Object.fromEntries([...tags].filter(([, digest]) => known.has(digest) || indexes.has(digest) || contents.has(digest))),
    indexes: Object.fromEntries(indexes),
    missing: before.missing,
  };
  const images = tagsByImage(after);
  const dropped = [...tagsByImage(before).keys()].filter((digest) => !images.has(digest));
  const candidates = isComplete ? [...known] : [...dropped, ...(scope === 'all' ? [] : scope.digests)];
  const suspects = [...new Set(candidates)].filter((digest) => known.has(digest) && (!images.has(digest) || !isComplete));
  const missing: Record<string, number> = { ...before.missing };
  const asked = await each(
    suspects,
    problems,
    (digest) => digestOf(client, digest),
    (digest, there) => {
      if (there === undefined) missing[digest] = (missing[digest] ?? 0) + 1;
      else delete missing[digest];
    },
  );
  const empty = isComplete && asked && names.length === 0 && known.size === 0;
  return { after: { ...after, missing }, suspects, contents, problems, empty, more: all.length > fresh.length };
}

/** What is to be done with an image that is there. */
function queueOf(row: ImageRow | undefined, content: Content | undefined, now: number): boolean {
  if (row === undefined) return content === undefined || content.kind === 'image';
  if (row.read || UNREADABLE.includes(row.reason) || row.reason === 'SCAN_ELIGIBILITY_EXPIRED') return false;
  return AT_ONCE_AGAIN.includes(row.reason) || now - row.updatedAt >= RETRY_MS;
}

/** Looks at a repository, and writes down and queues what follows. */
export async function watchRepository(
  parts: Parts,
  registry: Registry,
  given: { readonly repository: string; readonly frequency: Frequency; readonly client: RegistryClient; readonly scope: Scope },
): Promise<Looked> {
  const { store, queue, clock, maxImageBytes } = parts;
  const { repository, frequency, client, scope } = given;
  const before = await readState(store.read, registry, repository);
  const own = (await imageRows(store.read, registry, repository)).filter((row) => row.own);
  const seen = await look(client, registry, before, new Set(own.map(({ digest }) => digest)), scope);
  const now = clock();
  const pushedAt = scope === 'all' ? now : Math.min(scope.at, now);
  const on = await isSwitchedOn(store.read, registry.account, 'AWS_ECR_CONTAINER_IMAGE');
  const gone = Object.keys(seen.after.missing).filter((digest) => (seen.after.missing[digest] ?? 0) >= TIMES_MISSING);
  for (const digest of gone) {
    const row = own.find((one) => one.digest === digest);
    if (row !== undefined) await removeResource(store, registry.account, row.uid, now);
  }
  const there = new Set(own.map(({ digest }) => digest).filter((digest) => !gone.includes(digest)));
  const missing = Object.fromEntries(Object.entries(seen.after.missing).filter(([digest]) => there.has(digest)));
  const tags = Object.fromEntries(Object.entries(seen.after.tags).filter(([, digest]) => !gone.includes(digest)));
  let queued = 0;
  let images = 0;
  const resumed: number[] = [];
  await store.write(async (tx) => {
    queued = 0;
    resumed.length = 0;
    const state = await writeState(tx, registry, repository, { before, after: { ...seen.after, tags, missing }, now });
    const rows = await imageRows(tx, registry, repository);
    const byDigest = new Map(rows.map((row) => [row.digest, row]));
    const tagged = tagsByImage(state);
    images = tagged.size;
    for (const [digest, tags] of tagged) {
      const row = byDigest.get(digest);
      const content = seen.contents.get(digest);
      if (row === undefined && content === undefined) continue;
      if (row?.own === true && row.tags.join(' ') !== tags.join(' ')) await retag(tx, row, tags, now);
      const description = describe(registry, repository, { digest, tags, pushedAt: row?.pushedAt ?? pushedAt });
      const unread = (code: string, reason: string) =>
        storeUnreadImage(tx, registry, description, { status: { code, reason }, now });
      if (row === undefined && content?.kind === 'other') {
        await unread('INACTIVE', 'UNSUPPORTED_MEDIA_TYPE');
      } else if (row === undefined && content?.kind === 'image' && content.bytes > maxImageBytes) {
        await unread('INACTIVE', 'IMAGE_SIZE_EXCEEDED');
      } else if (frequency === 'MANUAL') {
        if (row === undefined) await unread(MANUAL.code, MANUAL.reason);
        else if (
          row.own &&
          row.reason !== MANUAL.reason &&
          row.reason !== SWITCHED_OFF.reason &&
          !UNREADABLE.includes(row.reason)
        ) {
          await setManual(tx, row, now);
        }
      } else if (on && queueOf(row, content, now)) {
        await unread(PENDING.code, PENDING.reason);
        const payload = {
          account: registry.account,
          registry: registry.name,
          repository,
          digest,
          pushedAt: row?.pushedAt ?? pushedAt,
        };
        const key = `${registry.account}/${registry.name}/${repository}@${digest}`;
        if (await queue.send('image', payload, { uniqueKey: key, transaction: tx })) queued++;
      } else if (row?.own === true && row.read) {
        if (row.reason === MANUAL.reason || (row.reason === ONCE.reason && frequency === 'CONTINUOUS_SCAN')) {
          await setStatus(tx, row.id, row.reason === MANUAL.reason ? PENDING : { code: 'ACTIVE', reason: 'SUCCESSFUL' }, now);
          resumed.push(row.id);
        } else if (row.reason === 'SUCCESSFUL' && frequency === 'SCAN_ON_PUSH') await setStatus(tx, row.id, ONCE, now);
      }
    }
    for (const row of rows) {
      if (row.own && !tagged.has(row.digest) && seen.suspects.includes(row.digest) && row.tags.length > 0) {
        await retag(tx, row, [], now);
      }
    }
    const [problem] = seen.problems;
    if (seen.empty) await forget(tx, registry, repository);
    else await storeRepository(tx, registry, { repository, frequency, on, now, ...(problem !== undefined && { problem }) });
    const again = Object.keys(missing);
    if (again.length > 0) {
      const payload = { account: registry.account, registry: registry.name, repository, digests: again.slice(0, 1000), at: now };
      const key = `${registry.account}/${registry.name}/${repository} ${again.length} ${again[0] ?? ''}`;
      await queue.send('registry-change', payload, { uniqueKey: key, transaction: tx, runAt: now + VERIFY_MS });
    }
  });
  if (seen.empty) await removeResource(store, registry.account, repositoryUid(registry, repository), now);
  for (const id of resumed) await parts.engine.rescan(id);
  return { images, queued, more: seen.more, problems: seen.problems };
}

/** A repository that is not watched any more: its images stay in coverage, as those that are scanned by hand. */
export async function unwatch({ store, clock }: Parts, registry: Registry, repository: string): Promise<void> {
  const rows = await imageRows(store.read, registry, repository);
  for (const row of rows) {
    if (row.own && row.reason !== MANUAL.reason) await store.write((tx) => setManual(tx, row, clock()));
  }
  await store.write(async (tx) => {
    await storeRepository(tx, registry, { repository, frequency: 'MANUAL', on: true, now: clock() });
    await forget(tx, registry, repository);
  });
}
