/** The compiled file as an `AdvisoryDatabase`. */
import type { AdvisoryDatabase, AffectedRow, DatabaseInfo, VulnerabilityFacts } from '../../model/advisory.ts';
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import { CorruptError } from './bytes.ts';
import { INCLUSIVE, STATUSES, slotHash } from './format.ts';
import { type AdvisoryHead, byText } from './merge.ts';
import { Pages } from './pages.ts';
import { type Extras, rangeOf, readExtras, readVersion, unpackFacts, unpackHead } from './records.ts';

/** A database that is a file: has to be closed, and can be compared with another. */
export interface FileDatabase extends AdvisoryDatabase {
  /** Problems of the build, e.g. records that were left out. */
  readonly problems: readonly Problem[];
  /** Every stream with its number of names, sorted. */
  streams(): readonly { readonly stream: string; readonly names: number }[];
  /** Every (stream, name) with a hash of what is said of it, sorted. */
  groups(): Iterable<{ readonly stream: string; readonly name: string; readonly hash: string }>;
  close(): void;
}

type Group = { readonly stream: number; readonly first: number; readonly count: number };
type End = ReturnType<typeof readVersion>;

const NO_EXTRAS: Extras = { versionKeys: [], unaffectedKeys: [] };
const REMEMBERED = 50_000;

/** Answers kept for the next time, up to a bound. */
function remember<T>(known: Map<number, T>, key: number, make: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  if (known.size >= REMEMBERED) known.clear();
  known.set(key, made);
  return made;
}

interface Header {
  readonly info: DatabaseInfo;
  readonly problems: readonly Problem[];
}

function isHeader(value: unknown): value is Header {
  return typeof value === 'object' && value !== null && 'info' in value && 'problems' in value && Array.isArray(value.problems);
}

function headerOf(pages: Pages): Header {
  let value: unknown;
  try {
    value = JSON.parse(pages.whole('info').toString('utf8'));
  } catch (error) {
    if (error instanceof CorruptError) throw error;
    throw new CorruptError('its description is not JSON');
  }
  // Written by us and guarded by a checksum: only the outline is looked at.
  if (!isHeader(value)) throw new CorruptError('its description lacks its parts');
  return value;
}

class File implements FileDatabase {
  readonly info: DatabaseInfo;
  readonly problems: readonly Problem[];
  readonly #pages: Pages;
  readonly #streams = new Map<string, number>();
  readonly #heads = new Map<number, AdvisoryHead>();
  readonly #versions = new Map<number, End>();

  constructor(pages: Pages) {
    this.#pages = pages;
    const { info, problems } = headerOf(pages);
    this.info = info;
    this.problems = problems;
    for (let stream = 0; stream < pages.count('streams'); stream++) this.#streams.set(this.#streamName(stream), stream);
  }

  #text(position: number): string {
    return this.#pages.at('texts', position).text();
  }

  #streamName(stream: number): string {
    return this.#text(this.#pages.word('streams', stream, 0));
  }

  hasStream(stream: string): boolean {
    return this.#streams.has(stream);
  }

  streams(): readonly { readonly stream: string; readonly names: number }[] {
    return [...this.#streams].map(([stream, number]) => ({ stream, names: this.#pages.word('streams', number, 2) }));
  }

  #group(stream: number, name: string): Group | undefined {
    const slots = this.#pages.count('groupTable');
    if (slots === 0) return undefined;
    let slot = slotHash(stream, name) & (slots - 1);
    for (let tried = 0; tried < slots; tried++) {
      const group = this.#pages.word('groupTable', slot, 0) - 1;
      if (group < 0) return undefined;
      if (this.#pages.word('groups', group, 1) === stream && this.#text(this.#pages.word('groups', group, 0)) === name) {
        return { stream, first: this.#pages.word('groups', group, 2), count: this.#pages.word('groups', group, 3) };
      }
      slot = (slot + 1) & (slots - 1);
    }
    return undefined;
  }

  #version(reference: number): End | undefined {
    if (reference === 0) return undefined;
    return remember(this.#versions, reference, () => readVersion(this.#pages.at('versions', reference - 1)));
  }

  #row(row: number): AffectedRow {
    const pages = this.#pages;
    const packed = pages.word('rows', row, 1);
    const first = pages.word('rows', row, 2);
    const extras = pages.word('rows', row, 3);
    const count = packed >>> 4;
    const status = STATUSES[packed & 7];
    if (status === undefined) throw new CorruptError('unknown status');
    if (first + count > pages.count('ranges')) throw new CorruptError('a row has more ranges than there are');
    const ranges = Array.from({ length: count }, (_, index) => {
      const end = pages.word('ranges', first + index, 1);
      const inclusive = (end & INCLUSIVE) !== 0;
      return rangeOf(this.#version(pages.word('ranges', first + index, 0)), this.#version((end & ~INCLUSIVE) >>> 0), inclusive);
    });
    return {
      advisory: pages.word('rows', row, 0),
      status,
      names: (packed & 8) !== 0 ? 'source' : 'binary',
      ranges,
      ...(extras === 0 ? NO_EXTRAS : readExtras(pages.at('extras', extras - 1))),
    };
  }

  lookup(stream: string, name: string): readonly AffectedRow[] {
    const number = this.#streams.get(stream);
    const group = number === undefined ? undefined : this.#group(number, name);
    if (group === undefined) return [];
    if (group.first + group.count > this.#pages.count('rows')) throw new CorruptError('a name has more rows than there are');
    return Array.from({ length: group.count }, (_, index) => this.#row(group.first + index));
  }

  advisory(reference: number): AdvisoryHead {
    return remember(this.#heads, reference, () =>
      unpackHead(this.#pages.at('heads', this.#pages.word('advisories', reference, 0)).text()),
    );
  }

  #identifier(id: string): number | undefined {
    const slots = this.#pages.count('identifierTable');
    let slot = slotHash(0, id) & (slots - 1);
    for (let tried = 0; tried < slots; tried++) {
      const identifier = this.#pages.word('identifierTable', slot, 0) - 1;
      if (identifier < 0) return undefined;
      if (this.#text(this.#pages.word('identifiers', identifier, 0)) === id) return identifier;
      slot = (slot + 1) & (slots - 1);
    }
    return undefined;
  }

  facts(id: string): VulnerabilityFacts | undefined {
    const identifier = this.#identifier(id);
    const reference = identifier === undefined ? 0 : this.#pages.word('identifiers', identifier, 1);
    return reference === 0 ? undefined : unpackFacts(this.#pages.at('facts', reference - 1).text());
  }

  advisoriesFor(id: string): readonly number[] {
    const identifier = this.#identifier(id);
    if (identifier === undefined) return [];
    const first = this.#pages.word('identifiers', identifier, 2);
    const count = this.#pages.word('identifiers', identifier, 3);
    if (first + count > this.#pages.count('identifierAdvisories'))
      throw new CorruptError('an id has more advisories than there are');
    return Array.from({ length: count }, (_, index) => this.#pages.word('identifierAdvisories', first + index, 0));
  }

  affectedBy(reference: number): readonly { readonly stream: string; readonly name: string }[] {
    const first = this.#pages.word('advisories', reference, 1);
    const count = this.#pages.word('advisories', reference, 2);
    if (first + count > this.#pages.count('advisoryGroups')) throw new CorruptError('an advisory has more names than there are');
    const pairs = Array.from({ length: count }, (_, index) => this.#pair(this.#pages.word('advisoryGroups', first + index, 0)));
    return pairs.sort((a, b) => byText(a.stream, b.stream) || byText(a.name, b.name));
  }

  #pair(group: number): { readonly stream: string; readonly name: string } {
    const stream = this.#streamName(this.#pages.word('groups', group, 1));
    return { stream, name: this.#text(this.#pages.word('groups', group, 0)) };
  }

  *groups(): Iterable<{ readonly stream: string; readonly name: string; readonly hash: string }> {
    for (let group = 0; group < this.#pages.count('groups'); group++) {
      const hash = `${this.#pages.word('groupHashes', group, 0)}.${this.#pages.word('groupHashes', group, 1)}`;
      yield { ...this.#pair(group), hash };
    }
  }

  close(): void {
    this.#pages.close();
  }
}

function guarded<T>(path: string, pages: Pages, use: () => T): Result<T> {
  try {
    return ok(use());
  } catch (error) {
    pages.close();
    if (!(error instanceof CorruptError)) throw error;
    return fail(
      incomplete('database-corrupt', `${path} is damaged (${error.message}). Run "vedette db update" to make it again.`, path),
    );
  }
}

/**
 * Opens a compiled database: header and table of checksums at once, everything else block by block as it is looked at. Problems
 * `database-unreadable`, `database-foreign`, `database-version`, `database-corrupt`. Damage that is met later throws, because there
 * is no answer that would be true.
 */
export function openDatabase(path: string): Result<FileDatabase> {
  const pages = Pages.open(path);
  return pages.ok ? guarded(path, pages.value, () => new File(pages.value)) : pages;
}

/** Reads the whole file and checks it. */
export function verifyDatabase(path: string): Result<true> {
  const pages = Pages.open(path);
  if (!pages.ok) return pages;
  const verified = guarded(path, pages.value, () => {
    pages.value.verify();
    return true as const;
  });
  if (verified.ok) pages.value.close();
  return verified;
}
