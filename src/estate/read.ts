/** Reading snapshots: a directory, or a tar of one (plain, gzip or zstd). docs/estate.md describes the format. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { FileContent, FileEntry, LayerVisitor, Limits } from '../artifacts/file.ts';
import { walkLayer } from '../artifacts/layer.ts';
import type { LayerBytes } from '../artifacts/source.ts';
import { withWorkspace } from '../artifacts/workspace.ts';
import { fields } from '../inventory/values.ts';
import { fail, incomplete, messageOf, notice, ok, type Problem, type Result } from '../model/problem.ts';
import type { Estate } from './estate.ts';
import { DESCRIPTION_FILE, type FileForm, meaningOf, type TablePlace } from './names.ts';
import { type Budget, readTableFile, unusable } from './table-file.ts';
import { TableCollection } from './tables.ts';

const GIBIBYTE = 1024 * 1024 * 1024;
const LIMITS: Limits = {
  maxFileBytes: 4 * GIBIBYTE,
  maxTotalBytes: 8 * GIBIBYTE,
  maxEntries: 1_000_000,
  maxDepth: 1,
  maxMilliseconds: 30 * 60 * 1000,
};
/** Those of a million network interfaces with what belongs to them; about 4 GB of memory. */
const MAX_VALUES = 100_000_000;
const SCHEMA_VERSION = 1;
/** Problems told of one kind; a hostile snapshot has millions. */
const MAX_TOLD = 100;

/** Collects problems, the first of each code only. */
class ProblemList {
  readonly #unsaid = new Map<string, { readonly like: Problem; count: number }>();
  readonly #problems: Problem[] = [];

  add(problem: Problem): void {
    const known = this.#unsaid.get(problem.code) ?? { like: problem, count: -MAX_TOLD };
    known.count++;
    this.#unsaid.set(problem.code, known);
    if (known.count <= 0) this.#problems.push(problem);
  }

  all(): readonly Problem[] {
    const more = [...this.#unsaid.values()].filter(({ count }) => count > 0);
    const told = more.map(({ like: { code, effect }, count }) => {
      return { code, effect, message: `There are ${count} more problems of this kind.` };
    });
    return [...this.#problems, ...told];
  }
}

/** The part of a path below a leading directory, which archives often have. */
function withoutLeading(path: string): string {
  const [first = '', second = ''] = path.split('/', 2);
  const leads = !/^\d{12}$/.test(first) && (/^\d{12}$/.test(second) || second === DESCRIPTION_FILE);
  return leads ? path.slice(first.length + 1) : path;
}

class SnapshotVisitor implements LayerVisitor {
  readonly problems = new ProblemList();
  readonly tables: TableCollection;
  readonly #pathOf: (path: string) => string;
  readonly #budget: Budget = { values: MAX_VALUES };
  #readable = true;

  constructor(isArchive: boolean) {
    this.tables = new TableCollection((problem) => this.problems.add(problem));
    this.#pathOf = isArchive ? withoutLeading : (path) => path;
  }

  /** False when the snapshot is of a version that is not known. */
  get readable(): boolean {
    return this.#readable;
  }

  entry(entry: FileEntry): 'skip' | 'content' {
    if (entry.kind === 'directory') return 'skip';
    const meaning = meaningOf(this.#pathOf(entry.path));
    if (meaning.kind === 'hidden') return 'skip';
    if (meaning.kind === 'unknown') {
      this.problems.add(
        notice('estate-unknown-file', `It is no part of a snapshot and was not read. ${meaning.advice}`, entry.path),
      );
      return 'skip';
    }
    if (entry.kind === 'file') return 'content';
    const problem = incomplete('estate-not-a-file', 'It is no regular file; links are not followed. Copy the file.', entry.path);
    this.#unusable(entry.path, problem);
    return 'skip';
  }

  magic(): boolean {
    return false;
  }

  file(entry: FileEntry, content: FileContent): void {
    const meaning = meaningOf(this.#pathOf(entry.path));
    if (meaning.kind === 'description') this.#description(entry.path, content);
    if (meaning.kind !== 'table') return;
    const read = readTableFile(content, meaning.place.call, meaning.form, this.#budget);
    if (read.ok) this.tables.add(meaning.place, { path: entry.path, form: meaning.form, answer: read.value });
    else this.#unusable(entry.path, { ...read.problem, path: entry.path });
  }

  problem(problem: Problem): void {
    if (problem.path === undefined) this.problems.add(problem);
    else this.#unusable(problem.path, problem);
  }

  /** A file that cannot be relied upon: told, and its table failed. */
  #unusable(path: string, problem: Problem): void {
    this.problems.add(problem);
    const meaning = meaningOf(this.#pathOf(path));
    if (meaning.kind !== 'table') return;
    this.#add(meaning.place, path, meaning.form, problem);
  }

  #add(place: TablePlace, path: string, form: FileForm, problem: Problem): void {
    this.tables.add(place, { path, form, answer: unusable(problem) });
  }

  #description(path: string, content: FileContent): void {
    const source = content.text(1024 * 1024);
    const version = source.ok ? versionOf(source.value) : undefined;
    if (version === SCHEMA_VERSION) return;
    this.#readable = false;
    const said = version === undefined ? 'It names no schemaVersion' : `Its schemaVersion is ${version}`;
    const advice = `${said}, and this program reads version ${SCHEMA_VERSION}. Collect again, or use a newer Vedette.`;
    this.problems.add(incomplete('estate-version', advice, path));
  }
}

function versionOf(json: string): number | undefined {
  try {
    const version = fields(JSON.parse(json))?.schemaVersion;
    return typeof version === 'number' ? version : undefined;
  } catch {
    return undefined;
  }
}

function bytesAt(path: string): Result<LayerBytes> {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return fail(incomplete('estate-missing', `There is no ${path}.`));
    const rules = { skipPaths: [], skipNames: [], exclude: [], oneFileSystem: false };
    if (stat.isDirectory()) return ok({ kind: 'directory', root: resolve(path), rules });
    if (stat.isFile()) return ok({ kind: 'tar', file: resolve(path), offset: 0, size: stat.size });
    return fail(incomplete('estate-missing', `${path} is neither a directory nor a tar file.`));
  } catch (error) {
    return fail(incomplete('estate-unreadable', `${path} cannot be looked at (${messageOf(error)}).`));
  }
}

/**
 * Opens a snapshot. What in it cannot be relied upon becomes a `failed` table and a problem; the result fails only when there is
 * no snapshot at all.
 */
export async function openEstate(path: string): Promise<Result<Estate>> {
  const bytes = bytesAt(path);
  if (!bytes.ok) return bytes;
  const visitor = new SnapshotVisitor(bytes.value.kind === 'tar');
  try {
    await withWorkspace((workspace) =>
      walkLayer(bytes.value, visitor, { limits: LIMITS, workspace: workspace.directory, name: basename(path) }),
    );
  } catch (error) {
    return fail(incomplete('estate-unreadable', `${path} cannot be read (${messageOf(error)}).`));
  }
  const regions = visitor.readable ? visitor.tables.regions() : [];
  const problems = visitor.problems.all();
  if (regions.length > 0) return ok({ regions, problems });
  const why = problems.find(({ effect }) => effect === 'incomplete') ?? problems[0];
  if (why?.code === 'estate-version') return fail(why);
  const hint = 'A snapshot is a directory (or a tar of one) with files called <account>/<region>/<service>/<Call>.json.';
  return fail(
    incomplete(
      'estate-empty',
      `${path} holds no answers of AWS. ${why === undefined ? hint : `${why.path ?? ''}: ${why.message}`}`,
    ),
  );
}
