/** The tar walker: every entry is shown to a visitor, bodies nobody wants are skipped by counting. */
import { incomplete, type Problem } from '../../model/problem.ts';
import type { EntryKind, FileEntry, LayerVisitor, Limits } from '../file.ts';
import { contentFrom } from '../memory.ts';
import { pacer } from '../pace.ts';
import { normalisePath } from '../paths.ts';
import type { TarCursor } from './cursor.ts';
import { BLOCK, parseHeader, parsePax, type TarHeader } from './header.ts';

export interface WalkOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  /** What the archive is called in problems. */
  readonly name: string;
}

/** Extended headers above this are hostile: Linux paths end at 4096 bytes, extended attributes at 64 KiB. */
const MAX_EXTENSION = 1024 * 1024;
const MAGIC_BYTES = 512;
/** As long as a path can be (PATH_MAX of Linux); container runtimes refuse longer ones. */
const MAX_PATH = 4096;
/** Names of all entries together: they are kept until the layers have been laid over each other. */
const MAX_NAMES = 256 * 1024 * 1024;
/** Problems of single entries that are told one by one. */
const MAX_TOLD = 50;

const KINDS: Readonly<Record<string, EntryKind>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'other',
  '4': 'other',
  '5': 'directory',
  '6': 'other',
  '7': 'file',
  D: 'directory',
  S: 'file',
};
/** GNU tar's note of what the archive is called. */
const VOLUME_LABEL = 'V';
/** Types that have no body whatever their size field says: container runtimes read them so. */
const HEADER_ONLY = '123456';

interface Extensions {
  name?: string;
  link?: string;
  pax?: Map<string, string>;
}

interface Facts {
  readonly entry: FileEntry | undefined;
  /** Bytes of body in the archive. */
  readonly stored: number;
  readonly sparse: boolean;
  readonly rawName: string;
}

function paxNumber(records: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = records.get(key);
  if (text === undefined) return undefined;
  const value = /^\d{1,16}(\.\d*)?$/.test(text) ? Math.trunc(Number(text)) : Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Joins a header with the extensions before it; undefined when their numbers are damaged. */
function factsOf(header: TarHeader, extensions: Extensions, globals: ReadonlyMap<string, string>): Facts | undefined {
  const pax = globals.size === 0 ? extensions.pax : new Map([...globals, ...(extensions.pax ?? [])]);
  const stored = (pax && paxNumber(pax, 'size')) ?? header.size;
  const sparse =
    header.sparse !== undefined || (pax !== undefined && (pax.has('GNU.sparse.major') || pax.has('GNU.sparse.size')));
  const realSize =
    header.sparse?.size ??
    (sparse && pax ? (paxNumber(pax, 'GNU.sparse.realsize') ?? paxNumber(pax, 'GNU.sparse.size')) : undefined);
  if (Number.isNaN(stored) || Number.isNaN(realSize ?? 0)) return undefined;
  // An empty record takes back what a global header said.
  const rawName = (sparse && pax?.get('GNU.sparse.name')) || pax?.get('path') || extensions.name || header.name;
  const rawLink = pax?.get('linkpath') || extensions.link || header.link;
  const body = HEADER_ONLY.includes(header.type) ? 0 : stored;
  const path = normalisePath(rawName);
  const kind = KINDS[header.type];
  if (path === undefined || kind === undefined) return { entry: undefined, stored: body, sparse, rawName };
  const directory = kind === 'directory' || (kind === 'file' && rawName.endsWith('/'));
  const link = kind === 'symlink' ? rawLink : kind === 'hardlink' ? normalisePath(rawLink) : undefined;
  if (kind === 'hardlink' && link === undefined) return { entry: undefined, stored: body, sparse, rawName };
  const entry: FileEntry = {
    path,
    kind: directory ? 'directory' : kind,
    size: kind === 'file' && !directory ? (realSize ?? body) : 0,
    mode: header.mode,
    uid: (pax && paxNumber(pax, 'uid')) ?? header.uid,
    gid: (pax && paxNumber(pax, 'gid')) ?? header.gid,
    link,
  };
  return { entry, stored: body, sparse, rawName };
}

/** A name for a message: short and printable. */
function printable(name: string): string {
  const clean = name.slice(0, 120).replace(/[\x00-\x1f\x7f]/g, '?');
  return name.length > 120 ? `${clean}…` : clean;
}

class TarWalk {
  readonly #cursor: TarCursor;
  readonly #visitor: LayerVisitor;
  readonly #options: WalkOptions;
  readonly #globals = new Map<string, string>();
  #extensions: Extensions = {};
  #entries = 0;
  #bytes = 0;
  #names = 0;
  #told = 0;

  constructor(cursor: TarCursor, visitor: LayerVisitor, options: WalkOptions) {
    this.#cursor = cursor;
    this.#visitor = visitor;
    this.#options = options;
  }

  #problem(code: string, message: string, path?: string): void {
    this.#visitor.problem(incomplete(code, message, path));
  }

  /** For problems that a hostile archive can have millions of. */
  #entryProblem(problem: Problem): void {
    if (this.#told++ < MAX_TOLD) this.#visitor.problem(problem);
    else if (this.#told === MAX_TOLD + 1) {
      this.#problem('archive-corrupt', `More than ${MAX_TOLD} entries of ${this.#options.name} could not be looked at.`);
    }
  }

  #truncated(where: string): false {
    this.#problem(
      'archive-truncated',
      `${this.#options.name} ends early (${where}); what follows was not looked at. Fetch it again.`,
    );
    return false;
  }

  /** `where` is a place or the name of the entry. */
  #skip(size: number, where: string | FileEntry): boolean | Promise<boolean> {
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    const done = padded === 0 || this.#cursor.skip(padded);
    if (done === true) return true;
    const told = (): false => this.#truncated(typeof where === 'string' ? where : `in ${printable(where.path)}`);
    return done === false ? told() : done.then((whole) => whole || told());
  }

  /** The body of an extended header, or undefined after telling why not. */
  async #extension(size: number): Promise<Buffer | undefined> {
    if (size > MAX_EXTENSION) {
      this.#problem('archive-corrupt', `${this.#options.name} has an extended header of ${size} bytes; reading stopped there.`);
      return undefined;
    }
    const bytes = Buffer.from(await this.#cursor.peek(size));
    if (bytes.length < size) {
      this.#truncated('in an extended header');
      return undefined;
    }
    return (await this.#skip(size, 'after an extended header')) ? bytes : undefined;
  }

  /** Long names (GNU `L`, `K`) and PAX records (`x`, `g`): false = stop, undefined = an ordinary header. */
  async #extend(header: TarHeader): Promise<boolean | undefined> {
    if (!'LKxg'.includes(header.type)) return undefined;
    const bytes = await this.#extension(header.size);
    if (bytes === undefined) return false;
    if (header.type === 'L' || header.type === 'K') {
      const end = bytes.indexOf(0);
      const text = bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
      if (header.type === 'L') this.#extensions.name = text;
      else this.#extensions.link = text;
      return true;
    }
    const records = parsePax(bytes);
    if (records === undefined) {
      this.#problem('archive-corrupt', `${this.#options.name} has a damaged PAX header; reading stopped there.`);
      return false;
    }
    if (header.type === 'x') this.#extensions.pax = records;
    else for (const [key, value] of records) this.#globals.set(key, value);
    return true;
  }

  /** Map blocks of an old GNU sparse file. */
  async #sparseMap(header: TarHeader): Promise<boolean> {
    let extended = header.sparse?.extended === true;
    while (extended) {
      const block = await this.#cursor.peek(BLOCK);
      if (block.length < BLOCK) return this.#truncated('in a sparse map');
      extended = block[504] === 1;
      if (!(await this.#skip(BLOCK, 'in a sparse map'))) return false;
    }
    return true;
  }

  #file(entry: FileEntry, facts: Facts): boolean | Promise<boolean> {
    const interest = this.#visitor.entry(entry);
    if (interest === 'skip') return this.#skip(facts.stored, entry);
    if (facts.sparse) {
      this.#entryProblem(
        incomplete('archive-sparse', 'The file is stored sparse, which is not read; it was not looked at.', entry.path),
      );
      return this.#skip(facts.stored, entry);
    }
    return this.#content(entry, facts, interest === 'magic');
  }

  async #content(entry: FileEntry, facts: Facts, ask: boolean): Promise<boolean> {
    if (ask) {
      const wanted = Math.min(MAGIC_BYTES, entry.size);
      const peeked = this.#cursor.peek(wanted);
      const head = peeked instanceof Promise ? await peeked : peeked;
      if (head.length < wanted) return this.#truncated(`in ${printable(entry.path)}`);
      if (!this.#visitor.magic(entry, head)) return this.#skip(facts.stored, entry);
    }
    if (entry.size > this.#options.limits.maxFileBytes) {
      const message = `The file has ${entry.size} bytes, more than the limit of ${this.#options.limits.maxFileBytes}; it was not looked at.`;
      this.#entryProblem(incomplete('file-too-large', message, entry.path));
      return this.#skip(facts.stored, entry);
    }
    const opened = this.#cursor.body(facts.stored);
    const body = opened instanceof Promise ? await opened : opened;
    if (body === undefined) return this.#truncated(`in ${printable(entry.path)}`);
    try {
      const done = this.#visitor.file(entry, contentFrom(entry.path, entry.size, entry.mode, body.read));
      if (done !== undefined) await done;
    } finally {
      body.close();
    }
    const left = this.#cursor.afterBody(facts.stored);
    const padding = Math.ceil(facts.stored / BLOCK) * BLOCK - facts.stored;
    const moved = this.#cursor.skip(left + padding);
    return (moved instanceof Promise ? await moved : moved) || this.#truncated(`in ${printable(entry.path)}`);
  }

  /** One header and what belongs to it; false = stop. */
  #next(header: TarHeader): boolean | Promise<boolean> {
    const facts = factsOf(header, this.#extensions, this.#globals);
    this.#extensions = {};
    if (facts === undefined) {
      this.#problem('archive-corrupt', `${this.#options.name} has a damaged size in a PAX header; reading stopped there.`);
      return false;
    }
    this.#bytes += facts.stored;
    if (this.#bytes > this.#options.limits.maxTotalBytes) {
      const message = `${this.#options.name} holds more than the limit of ${this.#options.limits.maxTotalBytes} bytes; the rest was not looked at.`;
      this.#problem('archive-too-large', message);
      return false;
    }
    if (header.sparse === undefined) return this.#entry(header, facts);
    return this.#sparseMap(header).then((whole) => whole && this.#entry(header, facts));
  }

  #entry(header: TarHeader, facts: Facts): boolean | Promise<boolean> {
    const { entry } = facts;
    if (entry === undefined) {
      if (header.type !== VOLUME_LABEL) {
        const known = Object.hasOwn(KINDS, header.type);
        const why = known ? 'leads out of the archive' : `is of the unknown type ${printable(header.type)}`;
        const message = `An entry ${why} (${printable(facts.rawName)}); it was not looked at.`;
        this.#entryProblem(incomplete(known ? 'archive-path-escape' : 'archive-unsupported', message));
      }
      return this.#skip(facts.stored, 'in an entry');
    }
    const { length } = entry.link ?? '';
    if (entry.path.length > MAX_PATH || length > MAX_PATH) {
      const message = `An entry has a name of ${Math.max(entry.path.length, length)} characters (${printable(entry.path)} …); it was not looked at.`;
      this.#entryProblem(incomplete('archive-path-too-long', message));
      return this.#skip(facts.stored, 'in an entry');
    }
    this.#names += entry.path.length + length;
    if (this.#names > MAX_NAMES) {
      const message = `The names in ${this.#options.name} have more than ${MAX_NAMES} characters; the rest was not looked at.`;
      this.#problem('archive-too-many-entries', message);
      return false;
    }
    if (entry.path === '') {
      if (entry.kind === 'file') {
        this.#entryProblem(incomplete('archive-corrupt', 'A file has no name; it was not looked at.'));
      }
      return this.#skip(facts.stored, 'in the root entry');
    }
    if (entry.kind === 'file') return this.#file(entry, facts);
    this.#visitor.entry(entry);
    return this.#skip(facts.stored, entry);
  }

  /** At a zero block: the end, or damage that container runtimes refuse as well. */
  async #ended(): Promise<void> {
    await this.#cursor.skip(BLOCK);
    const second = await this.#cursor.peek(BLOCK);
    if (second.length === BLOCK && parseHeader(Buffer.from(second)) !== 'end') {
      this.#problem('archive-corrupt', `${this.#options.name} goes on after an end marker; what follows was not looked at.`);
    }
  }

  /** An extended header has been read whose entry must follow. */
  #announced(): boolean {
    const { name, link, pax } = this.#extensions;
    return name !== undefined || link !== undefined || pax !== undefined;
  }

  async run(): Promise<void> {
    const { limits, signal, name } = this.#options;
    const pace = pacer();
    for (;;) {
      const peeked = this.#cursor.peek(BLOCK);
      const block = peeked instanceof Promise ? await peeked : peeked;
      if (block.length < BLOCK) {
        if (block.length > 0) this.#truncated('in a header');
        else if (!this.#cursor.selfTerminating || this.#announced()) this.#truncated('without an end marker');
        return;
      }
      const header = parseHeader(block);
      if (header === 'end') {
        if (this.#announced()) this.#truncated('after an extended header');
        return this.#ended();
      }
      if (header === 'corrupt') {
        this.#problem(
          'archive-corrupt',
          `${name} has a damaged header after ${this.#entries} entries; what follows was not looked at.`,
        );
        return;
      }
      const pause = pace();
      if (pause !== undefined) await pause;
      // A signal changes in other turns of the event loop only, and asking it has a price.
      if ((pause !== undefined || this.#entries === 0) && signal?.aborted) {
        this.#problem('scan-interrupted', `${name} was not read to its end: the time limit was reached or the scan was stopped.`);
        return;
      }
      if (++this.#entries > limits.maxEntries) {
        this.#problem(
          'archive-too-many-entries',
          `${name} has more than ${limits.maxEntries} entries; the rest was not looked at.`,
        );
        return;
      }
      const moved = this.#cursor.skip(BLOCK);
      if (moved instanceof Promise) await moved;
      const extended = 'LKxg'.includes(header.type) ? await this.#extend(header) : undefined;
      const goesOn = extended ?? this.#next(header);
      if (!(typeof goesOn === 'boolean' ? goesOn : await goesOn)) return;
    }
  }
}

/** Shows every entry of a tar to `visitor`. Damage becomes problems; the promise rejects only for errors of the input itself. */
export function walkTar(cursor: TarCursor, visitor: LayerVisitor, options: WalkOptions): Promise<void> {
  return new TarWalk(cursor, visitor, options).run();
}
