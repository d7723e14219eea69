/**
 * The advisory database that the service uses. The file in use is kept beside the store, so that a newer one can be compared with it
 * whenever it turns up; processes that share PostgreSQL get it from there.
 */
import { copyFileSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FileDatabase, openDatabase } from '../advisories/database/index.ts';
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import type { Store } from '../store/index.ts';
import { obtain, publish } from './advisory-file.ts';
import { type Activated, activate, markSystems } from './fleet.ts';
import { CURRENT_DATABASE } from './in-use.ts';
import { readLost, unsureStreams } from './lost.ts';

export interface AdvisoriesOptions {
  readonly store: Store;
  /** Of this process; the file in use is kept here. */
  readonly directory: string;
  readonly now: () => number;
}

function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** When the database that the store's findings come from was built; undefined in a new store. */
async function inUse(store: Store): Promise<string | undefined> {
  const row = await store.read.selectFrom('setting').select('value').where('name', '=', CURRENT_DATABASE).executeTakeFirst();
  const value: unknown = row === undefined ? undefined : JSON.parse(row.value);
  return typeof value === 'string' ? value : undefined;
}

function openAs(path: string, builtAt: string): FileDatabase | undefined {
  const opened = openDatabase(path);
  if (!opened.ok) return undefined;
  if (opened.value.info.builtAt === builtAt) return opened.value;
  opened.value.close();
  return undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Makes `to` the same file as `from` in one step, by a link where the file system has them. */
function place(from: string, to: string): void {
  // Several processes may share the directory.
  const next = `${to}.${process.pid}`;
  rmSync(next, { force: true });
  try {
    linkSync(from, next);
  } catch {
    try {
      copyFileSync(from, next);
    } catch (error) {
      // Half a copy would keep a full disk full.
      rmSync(next, { force: true });
      throw error;
    }
  }
  renameSync(next, to);
}

/** The database in use, on a day. */
export interface InUse {
  readonly database: FileDatabase;
  /** Its file; another one is there once another database is in use. */
  readonly path: string;
  /** ISO date: ends of life are judged on it. */
  readonly today: string;
  /** Beginnings of streams of which it may not have all: engine/lost. */
  readonly unsure: readonly string[];
}

/** Opens, compares and follows the database in use. */
export class Advisories {
  readonly #options: AdvisoriesOptions;
  readonly #active: string;
  readonly #next: string;
  #database: FileDatabase | undefined;
  #inUse: InUse | undefined;

  constructor(options: AdvisoriesOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#active = join(options.directory, 'advisories-in-use.vdb');
    this.#next = join(options.directory, 'advisories-next.vdb');
  }

  /** The database in use, which another process may have changed. Problem: `advisories-not-ready`. */
  async current(): Promise<Result<InUse>> {
    const { store, now } = this.#options;
    const wanted = await inUse(store);
    if (wanted === undefined) {
      const message = 'No advisory database is in use yet: nothing can be matched. It is being made; see the log of the server.';
      return fail(incomplete('advisories-not-ready', message));
    }
    let database = this.#database;
    if (database?.info.builtAt !== wanted) {
      const found = openAs(this.#active, wanted) ?? this.#settle(wanted) ?? (await this.#obtain(wanted));
      if (found === undefined) {
        const message = `The advisory database of ${wanted} is in use and its file is not here: run "vedette db update" or restart the server with --mirror.`;
        return fail(incomplete('advisories-not-ready', message));
      }
      this.#use(found);
      database = found;
    }
    const today = dayOf(now());
    if (this.#inUse === undefined || this.#inUse.today !== today) {
      const lost = await readLost(store.read);
      // Another one came in use meanwhile.
      if (database !== this.#database) return this.current();
      this.#inUse = { database, path: this.#active, today, unsure: unsureStreams(database.info, lost) };
      await markSystems(store, today);
    }
    return ok(this.#inUse);
  }

  /** Another process, or a run that was cut off, put the next file in use: it becomes the one in use here too. */
  #settle(wanted: string): FileDatabase | undefined {
    const found = openAs(this.#next, wanted);
    if (found !== undefined) this.#rename();
    return found;
  }

  #rename(): void {
    try {
      renameSync(this.#next, this.#active);
    } catch (error) {
      // A process that shares the directory did it.
      if (!isMissing(error)) throw error;
    }
  }

  async #obtain(wanted: string): Promise<FileDatabase | undefined> {
    if (!(await obtain(this.#options.store, wanted, this.#next))) return undefined;
    return this.#settle(wanted);
  }

  #use(database: FileDatabase): void {
    this.#database?.close();
    this.#database = database;
    this.#inUse = undefined;
  }

  /**
   * Puts a compiled file in use; undefined when it is in use already. What is then pending has to be matched again (engine/rematch).
   */
  async adopt(path: string): Promise<Result<Activated | undefined>> {
    const { store } = this.#options;
    const opened = openDatabase(path);
    if (!opened.ok) return opened;
    const { builtAt } = opened.value.info;
    for (;;) {
      const wanted = await inUse(store);
      if (wanted === builtAt) {
        const known = openAs(this.#active, builtAt);
        known?.close();
        if (known === undefined) place(path, this.#active);
        if (this.#database?.info.builtAt === builtAt) opened.value.close();
        else this.#use(opened.value);
        return ok(undefined);
      }
      const older = wanted === undefined ? undefined : await this.#older(wanted);
      place(path, this.#next);
      if (store.engine === 'postgres') await publish(store, builtAt, this.#next, wanted);
      const activated = await activate(store, older, opened.value, wanted);
      if (older !== this.#database) older?.close();
      // Another process was quicker: what changed since its file is another thing.
      if (activated === undefined) continue;
      this.#rename();
      this.#use(opened.value);
      return ok(activated);
    }
  }

  async #older(wanted: string): Promise<FileDatabase | undefined> {
    if (this.#database?.info.builtAt === wanted) return this.#database;
    return openAs(this.#active, wanted) ?? this.#settle(wanted) ?? (await this.#obtain(wanted));
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
    this.#inUse = undefined;
  }
}
