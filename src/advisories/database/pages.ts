/** The file as one buffer that is filled, and checked against its checksums, block by block as it is looked at. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { ByteReader, CorruptError } from './bytes.ts';
import { BLOCK, FORMAT_VERSION, HEADER, MAGIC, type RecordSection, SECTIONS, type SectionName, WORDS } from './format.ts';
import { headerCrc } from './write.ts';

interface Place {
  readonly offset: number;
  readonly length: number;
}

const AGAIN = 'Run "vedette db update" to make it again.';

function corrupt(path: string, what: string) {
  return fail(incomplete('database-corrupt', `${path} is damaged (${what}). ${AGAIN}`, path));
}

/** Reads exactly; throws `CorruptError` when the file ends early. */
function readExactly(fd: number, into: Buffer, from: number, to: number): void {
  for (let at = from; at < to; ) {
    const count = readSync(fd, into, at, to - at, at);
    if (count === 0) throw new CorruptError('it ends early');
    at += count;
  }
}

/** A whole number that is an offset or length within the file. */
function within(value: number, limit: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > limit) throw new CorruptError('its header points outside of it');
  return value;
}

export class Pages {
  readonly #fd: number;
  readonly #bytes: Buffer;
  readonly #places: ReadonlyMap<SectionName, Place>;
  readonly #checksums: Buffer;
  /** Per block: 1 when it was read and is sound. */
  readonly #loaded: Uint8Array;
  readonly #end: number;

  private constructor(fd: number, bytes: Buffer, places: ReadonlyMap<SectionName, Place>, checksums: Buffer, end: number) {
    this.#fd = fd;
    this.#bytes = bytes;
    this.#places = places;
    this.#checksums = checksums;
    this.#loaded = new Uint8Array(checksums.length / 4);
    this.#end = end;
  }

  /** Opens and checks header and checksum table; the rest is checked when it is read. */
  static open(path: string): Result<Pages> {
    let fd: number;
    try {
      fd = openSync(path, 'r');
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
      const offset = within(head.readDoubleLE(HEADER.table + index * 16), checksumsAt);
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

  #load(start: number, end: number): void {
    const last = Math.min(end, this.#end);
    for (let block = Math.floor(start / BLOCK); block * BLOCK < last; block++) {
      if (block === 0 || this.#loaded[block - 1] === 1) continue;
      const from = block * BLOCK;
      readExactly(this.#fd, this.#bytes, from, from + BLOCK);
      const sum = this.#checksums.readUInt32LE((block - 1) * 4);
      if (crc32(this.#bytes.subarray(from, from + BLOCK)) !== sum)
        throw new CorruptError(`block ${block} does not match its checksum`);
      this.#loaded[block - 1] = 1;
    }
  }

  #place(name: SectionName): Place {
    return this.#places.get(name) ?? { offset: 0, length: 0 };
  }

  /** Records in a section of fixed-width records. */
  count(name: RecordSection): number {
    return this.#place(name).length / (4 * WORDS[name]);
  }

  /** A word of a record. */
  word(name: RecordSection, record: number, index: number): number {
    const { offset, length } = this.#place(name);
    const at = 4 * (record * WORDS[name] + index);
    if (at < 0 || at + 4 > length) throw new CorruptError(`a reference points outside of ${name}`);
    this.#load(offset + at, offset + at + 4);
    return this.#bytes.readUInt32LE(offset + at);
  }

  /** A reader at a position in a section of bytes. */
  at(name: Exclude<SectionName, RecordSection>, position: number): ByteReader {
    const { offset, length } = this.#place(name);
    if (position < 0 || position >= length) throw new CorruptError(`a reference points outside of ${name}`);
    const section = this.#bytes.subarray(offset, offset + length);
    return new ByteReader(section, position, (start, end) => this.#load(offset + start, offset + end));
  }

  /** A section as it is. */
  whole(name: Exclude<SectionName, RecordSection>): Buffer {
    const { offset, length } = this.#place(name);
    this.#load(offset, offset + length);
    return this.#bytes.subarray(offset, offset + length);
  }

  /** Reads and checks everything. */
  verify(): void {
    this.#load(BLOCK, this.#end);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
