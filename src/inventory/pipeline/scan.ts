/** What one layer says by itself: extracts of the files catalogers want, and the names that decide what stays visible. Plain data. */
import type { FileContent, FileEntry, Interest, LayerVisitor, Limits } from '../../artifacts/file.ts';
import { walkLayer } from '../../artifacts/layer.ts';
import { basenameOf, joinPath, parentOf } from '../../artifacts/paths.ts';
import type { LayerBytes } from '../../artifacts/source.ts';
import { incomplete, messageOf, type Problem } from '../../model/problem.ts';
import type { Cataloger, Extract, ExtractContext } from '../cataloger.ts';
import { type Classifier, compilePatterns, isExecutableMagic, isLibraryName } from '../classifier.ts';
import { NameCollector } from './names.ts';

/** What one cataloger says about one file. */
export interface FileExtract {
  /** Where the cataloger saw it: the file itself, or the link whose name made it interesting. */
  readonly path: string;
  /** The file in this layer that has the bytes, when it is another one. */
  readonly realPath?: string;
  readonly cataloger: string;
  readonly extract: Extract;
}

/** A file that is only interesting under another name, which a link gives it. */
export interface Want {
  /** The regular file in this layer. */
  readonly path: string;
  /** The link. */
  readonly as: string;
  readonly catalogers: readonly string[];
}

export interface LayerScan {
  readonly extracts: readonly FileExtract[];
  /** Every name of the layer but whiteouts, packed by `NameCollector`. */
  readonly names: string;
  /** Symlinks: path and target as written. */
  readonly symlinks: readonly (readonly [string, string])[];
  /** Hard links: path and target in the same layer. */
  readonly hardlinks: readonly (readonly [string, string])[];
  /** Names that the layer removes from those below. */
  readonly whiteouts: readonly string[];
  /** Directories of which nothing below stays visible. */
  readonly opaques: readonly string[];
  /** Files that only catalogers which do not run would have read. */
  readonly unread: readonly string[];
  readonly problems: readonly Problem[];
}

export interface ScanJob {
  readonly bytes: LayerBytes;
  readonly name: string;
  readonly limits: Limits;
  readonly workspace: string;
  /** Ids of the catalogers that run. */
  readonly catalogers: readonly string[];
  /** Only these files are read when given: the second pass. */
  readonly wants?: readonly Want[];
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Bytes that the extraction of one file may inflate over all nesting levels. */
const MAX_INFLATED = 4 * 1024 * 1024 * 1024;

interface Reading {
  /** Over all catalogers. */
  readonly classifier: Classifier;
  readonly catalogers: readonly Cataloger[];
  /** By position: does it run? */
  readonly runs: readonly boolean[];
  readonly limits: Limits;
}

const NONE: readonly number[] = [];

/** Runs one cataloger on one file; whatever it throws becomes a problem of that file. */
async function extractFile(reading: Reading, cataloger: Cataloger, content: FileContent): Promise<Extract> {
  let budget = Math.min(MAX_INFLATED, reading.limits.maxTotalBytes);
  const context: ExtractContext = {
    mayMatter: reading.classifier.mayMatter,
    depth: reading.limits.maxDepth,
    spend: (bytes) => {
      budget -= bytes;
      return budget >= 0;
    },
  };
  try {
    return await cataloger.extract(content, context);
  } catch (error) {
    const message = `The ${cataloger.title} cataloger failed on this file (${messageOf(error)}); it was not assessed. Please report it.`;
    return { packages: [], problems: [incomplete('cataloger-failed', message, content.path)] };
  }
}

function saysNothing(extract: Extract): boolean {
  const { packages, problems = [], owns = [], os, data } = extract;
  return packages.length === 0 && problems.length === 0 && owns.length === 0 && os === undefined && data === undefined;
}

/** The visitor of a whole layer. */
class LayerScanner implements LayerVisitor {
  readonly #reading: Reading;
  /** Only tars have whiteouts; in a tree on disk names are looked up there. */
  readonly #kind: LayerBytes['kind'];
  readonly #names = new NameCollector();
  readonly extracts: FileExtract[] = [];
  readonly symlinks: [string, string][] = [];
  readonly hardlinks: [string, string][] = [];
  readonly whiteouts: string[] = [];
  readonly opaques: string[] = [];
  readonly unread: string[] = [];
  readonly problems: Problem[] = [];
  #wanted: readonly number[] = NONE;
  #ifExecutable: readonly number[] = NONE;

  constructor(reading: Reading, kind: LayerBytes['kind']) {
    this.#reading = reading;
    this.#kind = kind;
  }

  entry(entry: FileEntry): Interest {
    const { path, kind } = entry;
    if (this.#kind === 'tar' && path.includes(WHITEOUT) && this.#whiteout(path)) return 'skip';
    if (kind === 'directory') {
      this.#names.add(path, true);
      return 'skip';
    }
    if (this.#kind !== 'directory') this.#names.add(path, false);
    if (kind === 'symlink') this.symlinks.push([path, entry.link ?? '']);
    else if (kind === 'hardlink') this.hardlinks.push([path, entry.link ?? '']);
    if (kind !== 'file') return 'skip';
    const { classifier, runs } = this.#reading;
    const byName = classifier.byName(path);
    this.#wanted = byName.filter((position) => runs[position]);
    if (byName.length > 0 && this.#wanted.length === 0) this.unread.push(path);
    const executable = entry.size >= 64 && ((entry.mode & 0o111) !== 0 || isLibraryName(path));
    this.#ifExecutable = executable ? classifier.ifExecutable(path).filter((position) => runs[position]) : NONE;
    if (this.#ifExecutable.length > 0) return 'magic';
    return this.#wanted.length > 0 ? 'content' : 'skip';
  }

  magic(_entry: FileEntry, head: Uint8Array): boolean {
    if (!isExecutableMagic(head)) this.#ifExecutable = NONE;
    return this.#wanted.length + this.#ifExecutable.length > 0;
  }

  async file(entry: FileEntry, content: FileContent): Promise<void> {
    const positions = [...this.#wanted, ...this.#ifExecutable.filter((position) => !this.#wanted.includes(position))];
    for (const position of positions) {
      const cataloger = this.#reading.catalogers[position];
      if (cataloger === undefined) continue;
      const extract = await extractFile(this.#reading, cataloger, content);
      if (!saysNothing(extract)) this.extracts.push({ path: entry.path, cataloger: cataloger.id, extract });
    }
  }

  problem(problem: Problem): void {
    this.problems.push(problem);
  }

  scan(): LayerScan {
    const { extracts, symlinks, hardlinks, whiteouts, opaques, unread, problems } = this;
    return { extracts, names: this.#names.pack(), symlinks, hardlinks, whiteouts, opaques, unread, problems };
  }

  #whiteout(path: string): boolean {
    const name = basenameOf(path);
    if (name === OPAQUE) this.opaques.push(parentOf(path));
    // AUFS bookkeeping (`.wh..wh.plnk` and the like) is no file of the image either.
    else if (name.startsWith(WHITEOUT)) {
      if (!name.startsWith(`${WHITEOUT}${WHITEOUT}`)) this.whiteouts.push(joinPath(parentOf(path), name.slice(WHITEOUT.length)));
    } else return false;
    return true;
  }
}

/** The visitor of a second pass: only wanted files, under the names that made them interesting. */
class WantScanner implements LayerVisitor {
  readonly #reading: Reading;
  readonly #wants = new Map<string, Want[]>();
  readonly #read = new Set<string>();
  readonly extracts: FileExtract[] = [];
  readonly problems: Problem[] = [];

  constructor(reading: Reading, wants: readonly Want[]) {
    this.#reading = reading;
    for (const want of wants) this.#wants.set(want.path, [...(this.#wants.get(want.path) ?? []), want]);
  }

  entry(entry: FileEntry): Interest {
    return entry.kind === 'file' && this.#wants.has(entry.path) ? 'content' : 'skip';
  }

  magic(): boolean {
    return true;
  }

  async file(entry: FileEntry, content: FileContent): Promise<void> {
    const wants = this.#wants.get(entry.path) ?? [];
    this.#read.add(entry.path);
    for (const want of wants) {
      for (const id of want.catalogers) {
        const cataloger = this.#reading.catalogers.find((candidate) => candidate.id === id);
        if (cataloger === undefined) continue;
        const extract = await extractFile(this.#reading, cataloger, { ...content, path: want.as });
        if (!saysNothing(extract)) this.extracts.push({ path: want.as, realPath: entry.path, cataloger: id, extract });
      }
    }
  }

  /** The first pass has told the layer's problems already; only those of wanted files are new. */
  problem(problem: Problem): void {
    if (problem.path === undefined || !this.#wants.has(problem.path)) return;
    this.#read.add(problem.path);
    // Packages are placed where the links are.
    for (const { as } of this.#wants.get(problem.path) ?? []) this.problems.push({ ...problem, path: as });
  }

  /** Tells the links whose files did not turn up. */
  finish(): void {
    for (const [path, wants] of this.#wants) {
      if (this.#read.has(path)) continue;
      for (const { as } of wants) {
        this.problems.push(incomplete('link-target-unread', `It leads to ${path}, which could not be read.`, as));
      }
    }
  }
}

/** Walks one layer with the catalogers named in the job (others of `all` only count what they would have read). */
export async function scanLayer(job: ScanJob, all: readonly Cataloger[], abort?: AbortSignal): Promise<LayerScan> {
  const classifier = compilePatterns(all);
  const runs = all.map((cataloger) => job.catalogers.includes(cataloger.id));
  const reading: Reading = { classifier, catalogers: all, runs, limits: job.limits };
  const timeout = AbortSignal.timeout(job.limits.maxMilliseconds);
  const signal = abort === undefined ? timeout : AbortSignal.any([abort, timeout]);
  const { limits, workspace, name } = job;
  if (job.wants !== undefined) {
    const visitor = new WantScanner(reading, job.wants);
    const files = [...new Set(job.wants.map((want) => want.path))];
    const bytes = job.bytes.kind === 'directory' ? { ...job.bytes, part: { subtrees: [], folders: [], files } } : job.bytes;
    await walkLayer(bytes, visitor, { limits, workspace, name, signal });
    visitor.finish();
    const { extracts, problems } = visitor;
    return { extracts, names: '', symlinks: [], hardlinks: [], whiteouts: [], opaques: [], unread: [], problems };
  }
  const visitor = new LayerScanner(reading, job.bytes.kind);
  await walkLayer(job.bytes, visitor, { limits, workspace, name, signal, mayMatter: classifier.mayMatter });
  return visitor.scan();
}

/** Joins the scans of the shares of one tree. */
export function joinScans(scans: readonly LayerScan[]): LayerScan {
  return {
    extracts: scans.flatMap((scan) => scan.extracts),
    names: '',
    symlinks: scans.flatMap((scan) => scan.symlinks),
    hardlinks: [],
    whiteouts: [],
    opaques: [],
    unread: scans.flatMap((scan) => scan.unread),
    problems: scans.flatMap((scan) => scan.problems),
  };
}
