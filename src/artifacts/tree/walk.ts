/** Directory trees: a mounted or unpacked root file system, the live host, a project. Symlinks are never followed. */
import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { incomplete, messageOf } from '../../model/problem.ts';
import type { FileEntry, LayerVisitor, Limits } from '../file.ts';
import { pacer } from '../pace.ts';
import { basenameOf, joinPath } from '../paths.ts';
import type { TreePart, TreeRules } from '../source.ts';
import { readFully } from '../tar/cursor.ts';
import { fdContent } from '../zip/walk.ts';
import { globPattern } from './glob.ts';

export interface TreeLayer {
  readonly root: string;
  readonly rules: TreeRules;
  readonly part?: TreePart;
}

export interface TreeWalkOptions {
  readonly limits: Limits;
  readonly name: string;
  readonly signal?: AbortSignal;
  readonly mayMatter?: (path: string) => boolean;
}

const MAX_DEPTH = 200;
const MAX_TOLD = 50;
const MAGIC_BYTES = 512;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const WHOLE: TreePart = { subtrees: [''], folders: [], files: [] };

class TreeWalk {
  readonly #layer: TreeLayer;
  readonly #visitor: LayerVisitor;
  readonly #options: TreeWalkOptions;
  readonly #skipPaths: ReadonlySet<string>;
  readonly #skipNames: ReadonlySet<string>;
  readonly #exclude: readonly RegExp[];
  readonly #head = Buffer.allocUnsafe(MAGIC_BYTES);
  #device: number | undefined;
  #entries = 0;
  #bytes = 0;
  #told = 0;
  #stopped = false;
  readonly #pace = pacer();

  constructor(layer: TreeLayer, visitor: LayerVisitor, options: TreeWalkOptions) {
    this.#layer = layer;
    this.#visitor = visitor;
    this.#options = options;
    this.#skipPaths = new Set(layer.rules.skipPaths);
    this.#skipNames = new Set(layer.rules.skipNames);
    this.#exclude = layer.rules.exclude.map(globPattern);
  }

  #absolute(path: string): string {
    return this.#layer.root.endsWith('/') ? this.#layer.root + path : `${this.#layer.root}/${path}`;
  }

  #unreadable(path: string, error: unknown): void {
    const code = codeOf(error);
    // A file that vanished between listing and looking is what a live system does.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESTALE') return;
    if (this.#told++ < MAX_TOLD) {
      const advice = code === 'EACCES' || code === 'EPERM' ? 'run as a user who may read it' : messageOf(error);
      this.#visitor.problem(incomplete('file-unreadable', `It cannot be read and was not looked at: ${advice}.`, path));
    } else if (this.#told === MAX_TOLD + 1) {
      this.#visitor.problem(incomplete('file-unreadable', `More than ${MAX_TOLD} files or directories cannot be read.`));
    }
  }

  #stop(code: string, message: string): void {
    if (!this.#stopped) this.#visitor.problem(incomplete(code, message));
    this.#stopped = true;
  }

  #excluded(path: string): boolean {
    return this.#exclude.some((pattern) => pattern.test(path));
  }

  /** False when the directory must not be entered. */
  #enters(path: string, name: string): boolean {
    if (this.#skipNames.has(name) || this.#skipPaths.has(path) || this.#excluded(path)) return false;
    if (!this.#layer.rules.oneFileSystem) return true;
    try {
      this.#device ??= lstatSync(this.#layer.root).dev;
      return lstatSync(this.#absolute(path)).dev === this.#device;
    } catch (error) {
      this.#unreadable(path, error);
      return false;
    }
  }

  #symlink(path: string): void {
    try {
      const link = readlinkSync(this.#absolute(path));
      this.#visitor.entry({ path, kind: 'symlink', size: 0, mode: 0o777, link });
    } catch (error) {
      this.#unreadable(path, error);
    }
  }

  async #file(path: string): Promise<void> {
    const { limits } = this.#options;
    const absolute = this.#absolute(path);
    let fd: number | undefined;
    try {
      const stat = lstatSync(absolute);
      if (!stat.isFile()) return;
      const entry: FileEntry = { path, kind: 'file', size: stat.size, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
      const interest = this.#visitor.entry(entry);
      if (interest === 'skip') return;
      // Never through a symlink that was put there meanwhile, and never hanging on a pipe.
      fd = openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      if (interest === 'magic') {
        const length = readFully(fd, this.#head, Math.min(MAGIC_BYTES, stat.size), 0);
        if (!this.#visitor.magic(entry, this.#head.subarray(0, length))) return;
      }
      const opened = fstatSync(fd);
      if (!opened.isFile()) return;
      if (opened.size > limits.maxFileBytes) {
        const message = `The file has ${opened.size} bytes, more than the limit of ${limits.maxFileBytes}; it was not looked at.`;
        this.#visitor.problem(incomplete('file-too-large', message, path));
        return;
      }
      this.#bytes += opened.size;
      if (this.#bytes > limits.maxTotalBytes) {
        this.#stop('archive-too-large', `More than ${limits.maxTotalBytes} bytes were wanted; the rest was not looked at.`);
        return;
      }
      const done = this.#visitor.file({ ...entry, size: opened.size }, fdContent(path, fd, opened.size, entry.mode));
      if (done !== undefined) await done;
    } catch (error) {
      this.#unreadable(path, error);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #list(path: string): Dirent[] {
    try {
      return readdirSync(this.#absolute(path), { withFileTypes: true });
    } catch (error) {
      this.#unreadable(path === '' ? '.' : path, error);
      return [];
    }
  }

  /** Shows the entries of one directory; answers the directories to go on with. */
  async #directory(path: string, descend = true): Promise<string[]> {
    const below: string[] = [];
    const matters = this.#options.mayMatter;
    for (const entry of this.#list(path)) {
      if (++this.#entries > this.#options.limits.maxEntries) {
        this.#stop(
          'archive-too-many-entries',
          `There are more than ${this.#options.limits.maxEntries} entries; the rest was not looked at.`,
        );
      }
      const pause = this.#pace();
      if (pause !== undefined) await pause;
      if (this.#options.signal?.aborted) {
        const message = `${this.#options.name} was not read to its end: the time limit was reached or the scan was stopped.`;
        this.#stop('scan-interrupted', message);
      }
      if (this.#stopped) return [];
      const child = joinPath(path, entry.name);
      if (entry.isDirectory()) {
        if (descend && this.#enters(child, entry.name)) below.push(child);
      } else if (matters !== undefined && !matters(child)) {
      } else if (this.#exclude.length > 0 && this.#excluded(child)) {
      } else if (entry.isFile()) await this.#file(child);
      else if (entry.isSymbolicLink()) this.#symlink(child);
    }
    return below;
  }

  /** Splits the walk level by level until there are `least` directories to share; undefined for a smaller tree. */
  plan(least: number, shares: number): TreePart[] | undefined {
    const folders: string[] = [];
    let level = [''];
    while (level.length > 0 && level.length < least) {
      folders.push(...level);
      level = level.flatMap((path) => {
        const directories = this.#list(path).filter((entry) => entry.isDirectory());
        return directories.map(({ name }) => joinPath(path, name)).filter((child) => this.#enters(child, basenameOf(child)));
      });
    }
    if (level.length === 0) return undefined;
    // Neighbours are alike in size, so shares take turns.
    const parts = Array.from({ length: shares }, (_, share): TreePart => {
      return {
        subtrees: level.filter((_path, index) => index % shares === share),
        folders: share === 0 ? folders : [],
        files: [],
      };
    });
    return parts;
  }

  async run(): Promise<void> {
    const { subtrees, folders, files } = this.#layer.part ?? WHOLE;
    for (const path of files) await this.#file(path);
    for (const path of folders) await this.#directory(path, false);
    const pending = [...subtrees];
    for (let path = pending.pop(); path !== undefined && !this.#stopped; path = pending.pop()) {
      const below = await this.#directory(path);
      if (below.length > 0 && below[0] !== undefined && below[0].split('/').length > MAX_DEPTH) {
        this.#visitor.problem(
          incomplete('archive-too-deep', `Directories nest deeper than ${MAX_DEPTH}; those below were not looked at.`, path),
        );
      } else for (const child of below) pending.push(child);
    }
  }
}

/** Shows the files and symlinks below the root to `visitor` (only those `mayMatter` holds for); directories are not shown. */
export async function walkTree(layer: TreeLayer, visitor: LayerVisitor, options: TreeWalkOptions): Promise<void> {
  const root = statSync(layer.root, { throwIfNoEntry: false });
  if (root?.isDirectory() !== true) {
    visitor.problem(incomplete('directory-unreadable', `${options.name} is not a directory that can be read.`));
    return;
  }
  await new TreeWalk(layer, visitor, options).run();
}

/** Shares of a walk for several threads, or undefined when the tree is too small to be worth it. */
export function planTree(layer: TreeLayer, limits: Limits, least: number, shares: number): TreePart[] | undefined {
  const silent: LayerVisitor = { entry: () => 'skip', magic: () => false, file: () => {}, problem: () => {} };
  return new TreeWalk(layer, silent, { limits, name: layer.root }).plan(least, shares);
}
