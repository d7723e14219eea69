/** The compiled file as an `AdvisoryDatabase`. */
import type { AdvisoryDatabase, AffectedRow, DatabaseInfo, KeyedRange, VulnerabilityFacts } from '../../model/advisory.ts';
import { fail, ok, type Problem, type Result } from '../../model/problem.ts';
import { CorruptError } from './bytes.ts';
import { DamagedDatabase, reading } from './damage.ts';
import { type HeapSection, INCLUSIVE, type RecordSection, STATUSES, slotHash } from './format.ts';
import { type AdvisoryHead, byText, describing } from './merge.ts';
import { type Heap, Pages, type Records } from './pages.ts';
import { Prose } from './prose.ts';
import { factsDescription, rangeOf, readExtras, readVersion, type StoredVersion, unpackFacts, unpackHead } from './records.ts';

/** A database that is a file: has to be closed, and can be compared with another. Its methods throw `DamagedDatabase`. */
export interface FileDatabase extends AdvisoryDatabase {
  /** Problems of the build, e.g. records that were left out. */
  readonly problems: readonly Problem[];
  /** Every stream with its number of names, sorted. */
  streams(): readonly { readonly stream: string; readonly names: number }[];
  /** Every (stream, name) with a hash of what is said of it, sorted. */
  groups(): Iterable<{ readonly stream: string; readonly name: string; readonly hash: string }>;
  close(): void;
}

const REMEMBERED = 50_000;

/** Keeps an answer for the next time; forgets all when there are too many. */
function remember<T>(known: Map<number, T>, key: number, made: T): T {
  if (known.size >= REMEMBERED) known.clear();
  known.set(key, made);
  return made;
}

interface Header {
  readonly info: DatabaseInfo;
  readonly problems: readonly Problem[];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Written by us and guarded by a checksum: only the outline is looked at. */
function isHeader(value: unknown): value is Header {
  if (!isRecord(value) || !isRecord(value.info) || !Array.isArray(value.problems)) return false;
  return Array.isArray(value.info.sources) && typeof value.info.builtAt === 'string';
}

function headerOf(pages: Pages): Header {
  const json = pages.heap('info').whole().toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new CorruptError('its description is not JSON');
  }
  if (!isHeader(value)) throw new CorruptError('its description lacks its parts');
  return value;
}

class CompiledFile implements FileDatabase {
  readonly info: DatabaseInfo;
  readonly problems: readonly Problem[];
  readonly #path: string;
  readonly #pages: Pages;
  readonly #records: { readonly [Name in Exclude<RecordSection, 'proseBlocks'>]: Records };
  readonly #heaps: { readonly [Name in Exclude<HeapSection, 'info' | 'prose'>]: Heap };
  readonly #prose: Prose;
  readonly #streams = new Map<string, number>();
  readonly #heads = new Map<number, AdvisoryHead>();
  readonly #versions = new Map<number, StoredVersion>();

  constructor(path: string, pages: Pages) {
    this.#path = path;
    this.#pages = pages;
    this.#records = {
      streams: pages.records('streams'),
      groups: pages.records('groups'),
      groupHashes: pages.records('groupHashes'),
      groupTable: pages.records('groupTable'),
      rows: pages.records('rows'),
      ranges: pages.records('ranges'),
      advisories: pages.records('advisories'),
      advisoryGroups: pages.records('advisoryGroups'),
      identifiers: pages.records('identifiers'),
      identifierTable: pages.records('identifierTable'),
      identifierAdvisories: pages.records('identifierAdvisories'),
    };
    this.#heaps = {
      versions: pages.heap('versions'),
      extras: pages.heap('extras'),
      texts: pages.heap('texts'),
      heads: pages.heap('heads'),
      facts: pages.heap('facts'),
    };
    this.#prose = new Prose(pages.records('proseBlocks'), pages.heap('prose'));
    const { info, problems } = headerOf(pages);
    this.info = info;
    this.problems = problems;
    for (let stream = 0; stream < this.#records.streams.count; stream++) this.#streams.set(this.#streamName(stream), stream);
  }

  #text(position: number): string {
    return this.#heaps.texts.at(position).text();
  }

  #streamName(stream: number): string {
    return this.#text(this.#records.streams.word(stream, 0));
  }

  hasStream(stream: string): boolean {
    return this.#streams.has(stream);
  }

  streams(): readonly { readonly stream: string; readonly names: number }[] {
    return reading(this.#path, () =>
      [...this.#streams].map(([stream, number]) => ({ stream, names: this.#records.streams.word(number, 2) })),
    );
  }

  /** The number in an open-addressing table whose entry holds; undefined when there is none. */
  #find(table: 'groupTable' | 'identifierTable', hash: number, holds: (entry: number) => boolean): number | undefined {
    const slots = this.#records[table];
    for (let tried = 0; tried < slots.count; tried++) {
      const entry = slots.word((hash + tried) & (slots.count - 1), 0) - 1;
      if (entry < 0) return undefined;
      if (holds(entry)) return entry;
    }
    return undefined;
  }

  #version(reference: number): StoredVersion | undefined {
    if (reference === 0) return undefined;
    return (
      this.#versions.get(reference) ?? remember(this.#versions, reference, readVersion(this.#heaps.versions.at(reference - 1)))
    );
  }

  /** Most of the time of a scan's look-ups goes by here: no closures, no copies. */
  #row(row: number): AffectedRow {
    const { rows, ranges } = this.#records;
    const packed = rows.word(row, 1);
    const first = rows.word(row, 2);
    const extras = rows.word(row, 3);
    const status = STATUSES[packed & 7];
    if (status === undefined) throw new CorruptError('unknown status');
    const end = first + ranges.within(first, packed >>> 4);
    const keyed: KeyedRange[] = [];
    for (let range = first; range < end; range++) {
      const introduced = ranges.word(range, 0);
      const bound = ranges.word(range, 1);
      keyed.push(rangeOf(this.#version(introduced), this.#version((bound & ~INCLUSIVE) >>> 0), (bound & INCLUSIVE) !== 0));
    }
    const advisory = rows.word(row, 0);
    const names = (packed & 8) !== 0 ? 'source' : 'binary';
    if (extras === 0) return { advisory, status, names, ranges: keyed, versionKeys: [], unaffectedKeys: [] };
    return { advisory, status, names, ranges: keyed, ...readExtras(this.#heaps.extras.at(extras - 1)) };
  }

  lookup(stream: string, name: string): readonly AffectedRow[] {
    const number = this.#streams.get(stream);
    if (number === undefined) return [];
    return reading(this.#path, () => {
      const { groups, rows } = this.#records;
      const isGroup = (group: number) => groups.word(group, 1) === number && this.#text(groups.word(group, 0)) === name;
      const group = this.#find('groupTable', slotHash(number, name), isGroup);
      if (group === undefined) return [];
      const first = groups.word(group, 2);
      const end = first + rows.within(first, groups.word(group, 3));
      const found: AffectedRow[] = [];
      for (let row = first; row < end; row++) found.push(this.#row(row));
      return found;
    });
  }

  advisory(reference: number): AdvisoryHead {
    const known = this.#heads.get(reference);
    if (known !== undefined) return known;
    return reading(this.#path, () => {
      const place = this.#records.advisories.word(reference, 0);
      return remember(this.#heads, reference, unpackHead(this.#heaps.heads.at(place).text()));
    });
  }

  #identifier(id: string): number | undefined {
    const isIt = (identifier: number) => this.#text(this.#records.identifiers.word(identifier, 0)) === id;
    return this.#find('identifierTable', slotHash(0, id), isIt);
  }

  /** Facts as they are packed. */
  #packedFacts(id: string): string | undefined {
    const identifier = this.#identifier(id);
    const reference = identifier === undefined ? 0 : this.#records.identifiers.word(identifier, 1);
    return reference === 0 ? undefined : this.#heaps.facts.at(reference - 1).text();
  }

  facts(id: string): VulnerabilityFacts | undefined {
    return reading(this.#path, () => {
      const packed = this.#packedFacts(id);
      return packed === undefined ? undefined : unpackFacts(packed);
    });
  }

  description(id: string): string | undefined {
    return reading(this.#path, () => {
      const packed = this.#packedFacts(id);
      const own = packed === undefined ? 0 : factsDescription(packed);
      if (own > 0) return this.#prose.at(own);
      const described = this.advisoriesFor(id).flatMap((reference) => {
        const description = this.#records.advisories.word(reference, 3);
        return description === 0 ? [] : [{ head: this.advisory(reference), description }];
      });
      return this.#prose.at(describing(id, described)?.description ?? 0);
    });
  }

  advisoriesFor(id: string): readonly number[] {
    return reading(this.#path, () => {
      const identifier = this.#identifier(id);
      if (identifier === undefined) return [];
      const { identifiers, identifierAdvisories: list } = this.#records;
      const first = identifiers.word(identifier, 2);
      const count = list.within(first, identifiers.word(identifier, 3));
      return Array.from({ length: count }, (_, index) => list.word(first + index, 0));
    });
  }

  affectedBy(reference: number): readonly { readonly stream: string; readonly name: string }[] {
    return reading(this.#path, () => {
      const { advisories, advisoryGroups: list } = this.#records;
      const first = advisories.word(reference, 1);
      const count = list.within(first, advisories.word(reference, 2));
      const pairs = Array.from({ length: count }, (_, index) => this.#pair(list.word(first + index, 0)));
      return pairs.sort((a, b) => byText(a.stream, b.stream) || byText(a.name, b.name));
    });
  }

  #pair(group: number): { readonly stream: string; readonly name: string } {
    const { groups } = this.#records;
    return { stream: this.#streamName(groups.word(group, 1)), name: this.#text(groups.word(group, 0)) };
  }

  *groups(): Iterable<{ readonly stream: string; readonly name: string; readonly hash: string }> {
    const { groups, groupHashes } = this.#records;
    for (let group = 0; group < groups.count; group++) {
      yield reading(this.#path, () => {
        const hash = `${groupHashes.word(group, 0)}.${groupHashes.word(group, 1)}`;
        return { ...this.#pair(group), hash };
      });
    }
  }

  close(): void {
    this.#pages.close();
  }
}

/** Opens the file and uses it; it stays open only when that works. */
function using<T>(path: string, use: (pages: Pages) => T): Result<T> {
  const pages = Pages.open(path);
  if (!pages.ok) return pages;
  try {
    return ok(reading(path, () => use(pages.value)));
  } catch (error) {
    pages.value.close();
    if (error instanceof DamagedDatabase) return fail(error.problem);
    throw error;
  }
}

/**
 * Opens a compiled database: header and table of checksums at once, everything else block by block as it is looked at. Problems
 * `database-unreadable`, `database-foreign`, `database-version`, `database-corrupt`.
 */
export function openDatabase(path: string): Result<FileDatabase> {
  return using(path, (pages) => new CompiledFile(path, pages));
}

/** Reads the whole file and checks it. */
export function verifyDatabase(path: string): Result<true> {
  return using(path, (pages) => {
    pages.verify();
    pages.close();
    return true;
  });
}
