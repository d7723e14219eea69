/**
 * Members of a zip archive of advisories, one at a time, by its central directory (PKWARE APPNOTE 6.3.10, with ZIP64: the npm
 * export has more than 65,535 members). Kept apart from `artifacts/`, which comes after this room and serves other needs.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import { messageOf } from '../../model/problem.ts';
import { MAX_RECORD_BYTES, type Member } from './archive.ts';

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_DIRECTORY_BYTES = 512 * 1024 * 1024;
const WINDOW = 1024 * 1024;

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

/** Reads ranges of a file through one window, because members lie one after another. */
class FileWindow {
  readonly size: number;
  readonly #descriptor: number;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }

  /** The bytes at an offset; undefined when they are not all in the file. Valid until the next call. */
  read(offset: number, length: number): Buffer | undefined {
    if (offset < 0 || length < 0 || offset + length > this.size) return undefined;
    if (offset < this.#start || offset + length > this.#start + this.#window.length) {
      const wanted = Math.min(Math.max(length, WINDOW), this.size - offset);
      const window = Buffer.allocUnsafe(wanted);
      let filled = 0;
      while (filled < wanted) {
        const got = readSync(this.#descriptor, window, filled, wanted - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      this.#window = window.subarray(0, filled);
      this.#start = offset;
      if (filled < length) return undefined;
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + length);
  }
}

function findDirectory(file: FileWindow): Directory | undefined {
  const tail = file.read(Math.max(0, file.size - 65_557), Math.min(file.size, 65_557));
  if (tail === undefined) return undefined;
  const base = file.size - tail.length;
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END) continue;
    const plain = { count: tail.readUInt16LE(at + 10), size: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) };
    if (at >= 20 && tail.readUInt32LE(at - 20) === LOCATOR64) {
      const record = file.read(Number(tail.readBigUInt64LE(at - 12)), 56);
      if (record === undefined || record.readUInt32LE(0) !== END64) return undefined;
      return {
        count: Number(record.readBigUInt64LE(32)),
        size: Number(record.readBigUInt64LE(40)),
        offset: Number(record.readBigUInt64LE(48)),
      };
    }
    return base + at >= plain.offset + plain.size ? plain : undefined;
  }
  return undefined;
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

/** Replaces 32-bit fields that say "see the ZIP64 field". */
function widen(extra: Buffer, fields: readonly [size: number, compressed: number, offset: number]): [number, number, number] {
  const result: [number, number, number] = [...fields];
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      let value = at + 4;
      const end = Math.min(at + 4 + length, extra.length);
      fields.forEach((field, index) => {
        if (field !== 0xffffffff || value + 8 > end) return;
        result[index] = Number(extra.readBigUInt64LE(value));
        value += 8;
      });
      break;
    }
    at += 4 + length;
  }
  return result;
}

function* entriesOf(bytes: Buffer, count: number): Generator<Entry | string> {
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) {
      yield `its list of members breaks off after ${index} of ${count}`;
      return;
    }
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const next = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
    const extraStart = at + 46 + nameLength;
    const [size, compressed, offset] = widen(bytes.subarray(extraStart, extraStart + extraLength), [
      bytes.readUInt32LE(at + 24),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
    ]);
    yield {
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      crc: bytes.readUInt32LE(at + 16),
      compressed,
      size,
      offset,
    };
    at = next;
  }
}

/** The bytes of a member, or what is wrong with it. */
function contentOf(file: FileWindow, entry: Entry): Buffer | string {
  if (entry.encrypted) return 'it is encrypted';
  if (entry.size > MAX_RECORD_BYTES) return `it is larger than ${MAX_RECORD_BYTES} bytes`;
  const local = file.read(entry.offset, 30);
  if (local === undefined || local.readUInt32LE(0) !== LOCAL) return 'its header is damaged';
  const start = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = entry.compressed > MAX_RECORD_BYTES ? undefined : file.read(start, entry.compressed);
  if (packed === undefined) return 'its data are cut off';
  if (entry.method !== 0 && entry.method !== 8) return `its compression method ${entry.method} is not supported`;
  try {
    // One byte more than claimed is enough to notice a lie; zlib wants at least one.
    const content = entry.method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: entry.size + 1 });
    if (content.length !== entry.size || crc32(content) !== entry.crc) return 'its data do not match their checksum';
    return content;
  } catch (error) {
    return `its data are damaged (${messageOf(error)})`;
  }
}

/** Every file of the archive in the order of its directory. Contents are valid until the next member. */
export function* zipMembers(path: string): Generator<Member> {
  const descriptor = openSync(path, 'r');
  try {
    const file = new FileWindow(descriptor);
    const directory = findDirectory(file);
    const bytes =
      directory === undefined || directory.size > MAX_DIRECTORY_BYTES ? undefined : file.read(directory.offset, directory.size);
    if (directory === undefined || bytes === undefined) {
      yield { name: '', fault: 'it is cut off or no zip archive' };
      return;
    }
    for (const entry of entriesOf(Buffer.from(bytes), directory.count)) {
      if (typeof entry === 'string') yield { name: '', fault: entry };
      else if (!entry.name.endsWith('/')) {
        const content = contentOf(file, entry);
        yield typeof content === 'string' ? { name: entry.name, fault: content } : { name: entry.name, content };
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
