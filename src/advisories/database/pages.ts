/** The file as one buffer that is filled, and checked against its checksums, block by block as it is looked at. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { ByteReader, CorruptError } from './bytes.ts';
import { corrupted } from './damage.ts';
import {
  BLOCK,
  FORMAT_VERSION,
  HEADER,
  type HeapSection,
  MAGIC,
  type RecordSection,
  SECTIONS,
  type SectionName,
  WORDS,
} from './format.ts';
import { headerCrc } from './write.ts';

/**
 * Sections that one look-up touches anywhere and many touch everywhere. Reading them piece by piece costs more in calls than in
 * bytes, so that each read takes twice as many blocks as the one before. They are still checked one by one, when looked at.
 */
const SCATTERED: ReadonlySet<SectionName> = new Set([
  'groups',
  'groupTable',
  'texts',
  'advisories',
  'identifiers',
  'identifierTable',
]);
const MOST_AHEAD = 64;

/** States of blocks. */
const ABSENT = 0;
const UNCHECKED = 1;
const SOUND = 2;

interface Place {
  readonly offset: number;
  readonly length: number;
}

const AGAIN = 'Run "vedette db update" to make it again.';

function corrupt(path: string, what: string) {
  return fail(corrupted(path, what));
}

/** Reads exactly; throws `CorruptError` when the file ends early. */
function readExactly(fd: number, into: Buffer, from: number, to: number): void {
  for (let at = from; at < to; ) {
    let count: number;
    try {
      count = readSync(fd, into, at, to - at, at);
    } catch (error) {
      throw new CorruptError(`it cannot be read: ${messageOf(error)}`);
    }
    if (count === 0) throw new CorruptError('it ends early');
    at += count;
  }
}

/** A whole number that is an offset or length within the file. */
function within(value: number, limit: number, least = 0): number {
  if (!Number.isSafeInteger(value) || value < least || value > limit) throw new CorruptError('its header points outside of it');
  return value;
}

export class Pages {
  #fd: number;
  readonly #bytes: Buffer;
  readonly #places: ReadonlyMap<SectionName, Place>;
  readonly #checksums: Buffer;
  /** Per block of the file: whether it was read and is sound. */
  readonly #states: Uint8Array;
  /** How many blocks the next read in a scattered section takes. */
  readonly #ahead = new Map<SectionName, number>();
  readonly #end: number;

  private constructor(fd: number, bytes: Buffer, places: ReadonlyMap<SectionName, Place>, checksums: Buffer, end: number) {
    this.#fd = fd;
    this.#bytes = bytes;
    this.#places = places;
    this.#checksums = checksums;
    this.#states = new Uint8Array(1 + checksums.length / 4);
    this.#end = end;
  }

  /** Opens and checks header and checksum table; the rest is checked when it is read. */
  static open(path: string): Result<Pages> {
    let fd: number;
    try {
      // Without waiting for the other end of a pipe, which is no database.
      fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      return fail(incomplete('database-unreadable', `${path} cannot be opened (${messageOf(error)}). ${AGAIN}`, path));
    }
    try {
      const pages = Pages.#read(fd, path);
      if (!pages.ok) closeSync(fd);
      return pages;
    } catch (error) {
      closeSync(fd);
      if (error instanceof CorruptError) return corrupt(path, error.message);
      return fail(incomplete('database-unreadable', `${path} cannot be read (${messageOf(error)}). ${AGAIN}`, path));
    }
  }

  static #read(fd: number, path: string): Result<Pages> {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size < BLOCK)
      return fail(incomplete('database-foreign', `${path} is no Vedette database. ${AGAIN}`, path));
    const head = Buffer.alloc(BLOCK);
    readExactly(fd, head, 0, BLOCK);
    if (head.toString('latin1', 0, MAGIC.length) !== MAGIC)
      return fail(incomplete('database-foreign', `${path} is no Vedette database. ${AGAIN}`, path));
    const version = head.readUInt32LE(HEADER.formatVersion);
    if (version !== FORMAT_VERSION) {
      const message = `${path} has format ${version}, and this Vedette reads ${FORMAT_VERSION}. ${AGAIN}`;
      return fail(incomplete('database-version', message, path));
    }
    if (head.readUInt32LE(HEADER.headerCrc) !== headerCrc(head)) return corrupt(path, 'its header does not match its checksum');
    if (head.readDoubleLE(HEADER.fileLength) !== stat.size)
      return corrupt(path, `it has ${stat.size} bytes, not those it was written with`);
    const checksumsAt = within(head.readDoubleLE(HEADER.checksums), stat.size);
    const blocks = head.readUInt32LE(HEADER.blocks);
    if (checksumsAt !== BLOCK + blocks * BLOCK || checksumsAt + blocks * 4 !== stat.size)
      return corrupt(path, 'its parts do not fit');
    const places = new Map<SectionName, Place>();
    SECTIONS.forEach((name, index) => {
      const offset = within(head.readDoubleLE(HEADER.table + index * 16), checksumsAt, BLOCK);
      const length = within(head.readDoubleLE(HEADER.table + index * 16 + 8), checksumsAt - offset);
      if (name in WORDS && (offset % 4 !== 0 || length % 4 !== 0)) throw new CorruptError('a section is not aligned');
      places.set(name, { offset, length });
    });
    // Pages of memory that are never touched cost nothing, so the whole file may have its place.
    const bytes = Buffer.allocUnsafeSlow(stat.size);
    readExactly(fd, bytes, checksumsAt, stat.size);
    const checksums = bytes.subarray(checksumsAt);
    if (crc32(checksums) !== head.readUInt32LE(HEADER.checksumsCrc)) return corrupt(path, 'its table of checksums is damaged');
    return ok(new Pages(fd, bytes, places, checksums, checksumsAt));
  }

  /** Reads and checks the blocks that these bytes of the file lie in, unless that was done before. */
  load(start: number, end: number, section?: SectionName): void {
    const last = Math.min(end, this.#end);
    for (let block = Math.floor(start / BLOCK); block * BLOCK < last; block++) {
      if (this.#states[block] === SOUND) continue;
      if (this.#fd < 0) throw new Error('the database was closed');
      if (this.#states[block] === ABSENT) this.#fetch(block, section);
      const from = block * BLOCK;
      const sum = this.#checksums.readUInt32LE((block - 1) * 4);
      if (crc32(this.#bytes.subarray(from, from + BLOCK)) !== sum)
        throw new CorruptError(`block ${block} does not match its checksum`);
      this.#states[block] = SOUND;
    }
  }

  /** Reads a block, and those after it as far as the section wants and they are not there yet. */
  #fetch(block: number, section: SectionName | undefined): void {
    let end = block + 1;
    if (section !== undefined && SCATTERED.has(section)) {
      const ahead = this.#ahead.get(section) ?? 1;
      this.#ahead.set(section, Math.min(2 * ahead, MOST_AHEAD));
      const { offset, length } = this.#place(section);
      const limit = Math.min(block + ahead, Math.ceil((offset + length) / BLOCK));
      while (end < limit && this.#states[end] === ABSENT) end++;
    }
    readExactly(this.#fd, this.#bytes, block * BLOCK, end * BLOCK);
    this.#states.fill(UNCHECKED, block, end);
  }

  #place(name: SectionName): Place {
    return this.#places.get(name) ?? { offset: 0, length: 0 };
  }

  /** A section of fixed-width records. */
  records(name: RecordSection): Records {
    const { offset, length } = this.#place(name);
    return new Records(
      this,
      name,
      this.#states,
      new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset + offset, length / 4),
      offset,
    );
  }

  /** A section of bytes. */
  heap(name: HeapSection): Heap {
    const { offset, length } = this.#place(name);
    return new Heap(this, name, this.#bytes.subarray(offset, offset + length), offset);
  }

  /** Reads and checks everything. */
  verify(): void {
    this.load(BLOCK, this.#end);
  }

  /** Nothing can be read afterwards. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#states.fill(ABSENT);
  }
}

/** A section of fixed-width records. */
export class Records {
  /** How many there are. */
  readonly count: number;
  readonly #pages: Pages;
  readonly #name: RecordSection;
  readonly #width: number;
  readonly #offset: number;
  readonly #words: Uint32Array;
  readonly #states: Uint8Array;

  constructor(pages: Pages, name: RecordSection, states: Uint8Array, words: Uint32Array, offset: number) {
    this.#pages = pages;
    this.#name = name;
    this.#width = WORDS[name];
    this.#offset = offset;
    this.#words = words;
    this.#states = states;
    this.count = Math.floor(this.#words.length / this.#width);
  }

  /** A word of a record. */
  word(record: number, index: number): number {
    const at = record * this.#width + index;
    const start = this.#offset + at * 4;
    // A word never lies across two blocks.
    if (this.#states[Math.floor(start / BLOCK)] !== SOUND && at < this.#words.length)
      this.#pages.load(start, start + 4, this.#name);
    const word = this.#words[at];
    if (word === undefined) throw new CorruptError(`a reference points outside of ${this.#name}`);
    return word;
  }

  /** Checks that this many records from `first` on exist, so that a lying count costs nothing. */
  within(first: number, count: number): number {
    if (first + count > this.count) throw new CorruptError(`a count runs over the end of ${this.#name}`);
    return count;
  }
}

/** A section of bytes. */
export class Heap {
  readonly #pages: Pages;
  readonly #name: HeapSection;
  readonly #bytes: Buffer;
  readonly #load: (start: number, end: number) => void;

  constructor(pages: Pages, name: HeapSection, bytes: Buffer, offset: number) {
    this.#pages = pages;
    this.#name = name;
    this.#bytes = bytes;
    this.#load = (start, end) => this.#pages.load(offset + start, offset + end, name);
  }

  /** A reader at a position. */
  at(position: number): ByteReader {
    if (position < 0 || position >= this.#bytes.length) throw new CorruptError(`a reference points outside of ${this.#name}`);
    return new ByteReader(this.#bytes, position, this.#load);
  }

  /** Bytes between two positions. */
  bytes(start: number, end: number): Buffer {
    if (start > end || end > this.#bytes.length) throw new CorruptError(`a reference points outside of ${this.#name}`);
    this.#load(start, end);
    return this.#bytes.subarray(start, end);
  }

  /** All of it. */
  whole(): Buffer {
    this.#load(0, this.#bytes.length);
    return this.#bytes;
  }
}
