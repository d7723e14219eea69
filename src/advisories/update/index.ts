/** Bringing advisory sources up to date: from upstream, from a mirror over http, or from a mirror directory that is used in place. */
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { incomplete, messageOf, notice, type Problem } from '../../model/problem.ts';
import type { Feed, FeedFile } from '../feed.ts';
import { type ChosenFile, chooseFiles, listFiles, notCovered, readListing, type Wanted } from './choose.ts';
import { download } from './download.ts';
import { mirrorOf, upstreamOf } from './follow.ts';
import { fetchText, type Network, network, publicUrl, RequestFailed } from './http.ts';
import { type FileState, readStates, writeStates } from './state.ts';

export type { Wanted } from './choose.ts';
export type { FileState } from './state.ts';

export interface UpdateProgress {
  readonly path: string;
  readonly step: 'checking' | 'receiving' | 'unchanged' | 'fetched' | 'failed';
  /** Bytes received so far and in all, while receiving. */
  readonly bytes?: number;
  readonly total?: number;
}

export interface UpdateOptions {
  /** A directory (used in place, nothing is copied) or an http(s) address with the layout of the feeds' paths. Absent = upstream. */
  readonly mirror?: string;
  /** Where sources are kept, in the mirror layout. Not used with a mirror directory. */
  readonly directory: string;
  readonly feeds: readonly Feed[];
  /** Only sources that feed these streams; side tables always. Default all. */
  readonly wanted?: Wanted;
  readonly progress?: (progress: UpdateProgress) => void;
  readonly signal?: AbortSignal;
  readonly now: () => Date;
  readonly fetch?: typeof fetch;
  readonly sleep?: Network['sleep'];
  readonly attempts?: number;
  readonly idleTimeout?: number;
  /** The most that one file may hold, in bytes. */
  readonly maxBytes?: number;
  /** Downloads at a time. */
  readonly concurrency?: number;
}

/** A source that can be read now. */
export interface SourceFile {
  readonly feed: Feed;
  readonly file: FeedFile;
  readonly absolutePath: string;
  readonly url: string;
  readonly fetchedAt: string;
  readonly size: number;
  /** Absent for files of a mirror directory. */
  readonly sha256?: string;
  readonly stale?: FileState['stale'];
}

export interface UpdateResult {
  readonly origin: 'network' | 'mirror';
  /** In the feeds' order: everything wanted that is there, fresh or stale. */
  readonly sources: readonly SourceFile[];
  /** How many files have new content. */
  readonly changed: number;
  readonly problems: readonly Problem[];
}

const MAX_BYTES = 4 * 1024 * 1024 * 1024;
const CONCURRENCY = 4;
const SECOND = 1000;
/** Names listed in one message. */
const SHOWN = 5;

function isAddress(mirror: string): boolean {
  return /^https?:\/\//i.test(mirror);
}

function timestamp(date: Date): string {
  return new Date(Math.floor(date.getTime() / SECOND) * SECOND).toISOString().replace('.000Z', 'Z');
}

/** Sources of a directory, as they are. */
async function fromDirectory(mirror: string, options: UpdateOptions): Promise<UpdateResult> {
  const root = resolve(mirror);
  let present: readonly string[];
  try {
    present = await listFiles(root, options.feeds);
  } catch (error) {
    const message = `The mirror cannot be read (${messageOf(error)}); give a directory or an http(s) address.`;
    return { origin: 'mirror', sources: [], changed: 0, problems: [incomplete('mirror-unreadable', message, mirror)] };
  }
  const sources: SourceFile[] = [];
  const problems: Problem[] = [];
  const wanted = options.wanted ?? 'all';
  // An empty directory must not be taken for "ask upstream".
  const chosen = present.length === 0 ? [] : chooseFiles(options.feeds, present, wanted);
  for (const { feed, file } of chosen) {
    const absolutePath = join(root, file.path);
    try {
      const { size, mtime } = await stat(absolutePath);
      sources.push({ feed, file, absolutePath, url: absolutePath, fetchedAt: timestamp(mtime), size });
    } catch (error) {
      problems.push(incomplete('source-unreadable', `A source of the mirror cannot be read: ${messageOf(error)}.`, file.path));
    }
  }
  const lacking = [...new Set(notCovered(options.feeds, chosen, wanted).map(({ feed, file }) => `${feed.title} (${file.path})`))];
  if (lacking.length > 0) {
    const more = lacking.length > SHOWN ? ` and ${lacking.length - SHOWN} more` : '';
    const message = `The mirror has no file of ${lacking.slice(0, SHOWN).join(', ')}${more}; what only they know will be missed. Add them or update from upstream.`;
    problems.push(notice('source-not-in-mirror', message, mirror));
  }
  return { origin: 'mirror', sources, changed: 0, problems };
}

/** What a mirror over http says that it has; nothing when it does not say. */
async function listingOf(how: Network, mirror: string): Promise<readonly string[]> {
  try {
    return readListing(await fetchText(how, new URL('files.txt', mirror).href, 16 * 1024 * 1024));
  } catch (error) {
    if (error instanceof RequestFailed && error.status !== undefined && !error.transient) return [];
    throw error;
  }
}

interface Outcome {
  readonly state?: FileState;
  readonly changed?: boolean;
  readonly problem?: Problem;
}

class Updater {
  readonly #options: UpdateOptions;
  readonly #how: Network;
  readonly #mirror: string | undefined;
  readonly #states: Record<string, FileState>;

  constructor(options: UpdateOptions, how: Network, mirror: string | undefined, states: Readonly<Record<string, FileState>>) {
    this.#options = options;
    this.#how = how;
    this.#mirror = mirror;
    this.#states = { ...states };
  }

  /** All files, a few at a time; states are saved after each, so that an interruption loses nothing. */
  async run(chosen: readonly ChosenFile[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    let next = 0;
    let saving = Promise.resolve();
    const work = async () => {
      while (next < chosen.length) {
        const index = next++;
        const file = chosen[index]?.file;
        if (file === undefined) return;
        const outcome = await this.#update(file);
        outcomes[index] = outcome;
        if (outcome.state === undefined) continue;
        this.#states[file.path] = outcome.state;
        saving = saving.then(() => writeStates(this.#options.directory, this.#states));
        await saving;
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency ?? CONCURRENCY }, work));
    return outcomes;
  }

  /** The recorded state, as long as the file it describes is there in full. */
  async #known(file: FeedFile): Promise<FileState | undefined> {
    const state = Object.hasOwn(this.#states, file.path) ? this.#states[file.path] : undefined;
    const found = await stat(join(this.#options.directory, file.path)).catch(() => undefined);
    return state !== undefined && found?.isFile() === true && found.size === state.size ? state : undefined;
  }

  async #update(file: FeedFile): Promise<Outcome> {
    const { progress, directory, maxBytes, now } = this.#options;
    const tell = (step: UpdateProgress['step'], more: Partial<UpdateProgress> = {}) =>
      progress?.({ path: file.path, step, ...more });
    const known = await this.#known(file);
    try {
      this.#how.signal?.throwIfAborted();
      tell('checking');
      const { url, expected } = await this.#locate(file);
      const address = publicUrl(url);
      if (known !== undefined && expected.some(({ algorithm, value }) => algorithm === 'sha256' && value === known.sha256)) {
        tell('unchanged');
        return { state: fresh(known, timestamp(now())) };
      }
      const result = await download(this.#how, {
        url,
        target: join(directory, file.path),
        ...(known !== undefined && known.url === address ? { known } : {}),
        expected,
        maxBytes: maxBytes ?? MAX_BYTES,
        received: (bytes, total) => tell('receiving', { bytes, ...(total === undefined ? {} : { total }) }),
      });
      if (!result.changed) {
        if (known === undefined)
          throw new RequestFailed('the server says "unchanged" of a file that is not here', { transient: false });
        tell('unchanged');
        return { state: fresh(known, timestamp(now())) };
      }
      tell('fetched');
      const { changed: _, ...content } = result;
      return { state: { url: address, ...content, fetchedAt: timestamp(now()) }, changed: content.sha256 !== known?.sha256 };
    } catch (error) {
      tell('failed');
      return this.#failed(file, known, error);
    }
  }

  async #locate(file: FeedFile) {
    if (this.#mirror !== undefined) return mirrorOf(this.#how, file, this.#mirror);
    if (file.url === undefined) throw new RequestFailed('it is published in mirrors only', { status: 404, transient: false });
    return upstreamOf(this.#how, file, file.url);
  }

  #failed(file: FeedFile, known: FileState | undefined, error: unknown): Outcome {
    const reason = this.#how.signal?.aborted ? 'the update was interrupted' : messageOf(error).slice(0, 300);
    if (known !== undefined) {
      const since = known.stale?.since ?? timestamp(this.#options.now());
      const message = `Could not be updated: ${reason}. The data of ${known.fetchedAt} stay in use; try again later.`;
      return { state: { ...known, stale: { since, reason } }, problem: notice('source-stale', message, file.path) };
    }
    const absent = error instanceof RequestFailed && (error.status === 404 || error.status === 403 || error.status === 410);
    if (absent && file.optional) return {};
    const message = `Could not be fetched: ${reason}. Vulnerabilities that only this source knows will be missed; try again or use a mirror.`;
    return { problem: incomplete('source-missing', message, file.path) };
  }
}

/** Upstream has confirmed what is here. */
function fresh({ stale: _, ...state }: FileState, fetchedAt: string): FileState {
  return { ...state, fetchedAt };
}

/**
 * Brings every wanted source up to date, or tells why not. A source that cannot be fetched keeps its last good content and is
 * marked stale; files are replaced atomically. Never throws for what upstream does; throws when `directory` cannot be written.
 */
export async function updateSources(options: UpdateOptions): Promise<UpdateResult> {
  const { mirror, directory, feeds, wanted = 'all' } = options;
  if (mirror !== undefined && !isAddress(mirror)) return fromDirectory(mirror, options);
  const origin = mirror === undefined ? 'network' : 'mirror';
  const how = network(options);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const base = mirror === undefined ? undefined : mirror.endsWith('/') ? mirror : `${mirror}/`;
  const problems: Problem[] = [];
  let present: readonly string[] = [];
  if (base !== undefined) {
    try {
      present = await listingOf(how, base);
    } catch (error) {
      problems.push(notice('mirror-unlisted', `The mirror's files.txt could not be read: ${messageOf(error)}.`, publicUrl(base)));
    }
  }
  const chosen = chooseFiles(feeds, present, wanted);
  const outcomes = await new Updater(options, how, base, await readStates(directory)).run(chosen);
  const sources = chosen.flatMap(({ feed, file }, index): SourceFile[] => {
    const state = outcomes[index]?.state;
    if (state === undefined) return [];
    const { url, fetchedAt, size, sha256, stale } = state;
    return [
      {
        feed,
        file,
        absolutePath: join(directory, file.path),
        url,
        fetchedAt,
        size,
        sha256,
        ...(stale === undefined ? {} : { stale }),
      },
    ];
  });
  problems.push(...outcomes.flatMap(({ problem }) => (problem === undefined ? [] : [problem])));
  return { origin, sources, changed: outcomes.filter(({ changed }) => changed === true).length, problems };
}
