/** What archives of advisories have in common, and the tar reader. Nothing here trusts a size, a name or an order. */
import { createReadStream } from 'node:fs';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf } from '../../model/problem.ts';

/** One file of an archive, or what is wrong with it; an empty name means the archive itself. */
export type Member =
  | { readonly name: string; readonly content: Buffer; readonly fault?: undefined }
  | { readonly name: string; readonly fault: string };

/** The largest advisory document that is read; the largest known are a tenth of it. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;
/** The most that an archive may unpack to. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024 * 1024;

const BLOCK = 512;
const MAX_NAME_BYTES = 64 * 1024;

function text(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

function octal(block: Buffer, start: number, length: number): number {
  if (((block[start] ?? 0) & 0x80) !== 0) return Number(block.readBigUInt64BE(start + length - 8));
  const digits = text(block, start, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : digits === '' ? 0 : Number.NaN;
}

function checksumHolds(block: Buffer): boolean {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at > 155) sum += block[at] ?? 0;
  return sum === octal(block, 148, 8);
}

/** The `path` record of a PAX header. */
function paxPath(bytes: Buffer): string | undefined {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    if (space < 0) return undefined;
    const length = Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= 0) return undefined;
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    if (record.startsWith('path=')) return record.slice(5);
    at += length;
  }
  return undefined;
}

type Use = 'content' | 'long-name' | 'pax' | 'skip';

/** Cuts a stream of bytes into members: feed it chunks, take what is complete. */
class TarCutter {
  /** Set when nothing more can be read. */
  done = false;
  #rest: Buffer = Buffer.alloc(0);
  #name = '';
  #longName: string | undefined;
  #use: Use = 'skip';
  /** Bytes of data and padding that are still to come. */
  #data = 0;
  #padding = 0;
  #parts: Buffer[] = [];

  /** Whether the stream may end here. */
  get atBoundary(): boolean {
    return this.done || (this.#data === 0 && this.#padding === 0 && this.#rest.length === 0);
  }

  *push(chunk: Buffer): Generator<Member> {
    let at = 0;
    while (!this.done) {
      if (this.#data > 0) {
        const piece = chunk.subarray(at, at + this.#data);
        if (piece.length === 0) return;
        at += piece.length;
        this.#data -= piece.length;
        if (this.#use !== 'skip') this.#parts.push(piece);
        if (this.#data > 0) return;
        yield* this.#finish();
      }
      if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, chunk.length - at);
        at += skipped;
        this.#padding -= skipped;
        if (this.#padding > 0) return;
      }
      const needed = BLOCK - this.#rest.length;
      const piece = chunk.subarray(at, at + needed);
      at += piece.length;
      const block = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
      if (block.length < BLOCK) {
        this.#rest = Buffer.from(block);
        return;
      }
      this.#rest = Buffer.alloc(0);
      yield* this.#header(block);
    }
  }

  *#header(block: Buffer): Generator<Member> {
    if (block.every((byte) => byte === 0)) {
      this.done = true;
      return;
    }
    const size = octal(block, 124, 12);
    if (!checksumHolds(block) || !Number.isSafeInteger(size) || size > MAX_UNPACKED_BYTES) {
      this.done = true;
      yield { name: '', fault: `a header is damaged${this.#name === '' ? '' : ` after ${this.#name}`}` };
      return;
    }
    const type = String.fromCharCode(block[156] ?? 0);
    const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
    const short = text(block, 0, 100);
    const isFile = type === '0' || type === '\0' || type === '7';
    const limit = isFile ? MAX_RECORD_BYTES : MAX_NAME_BYTES;
    this.#use = type === 'L' ? 'long-name' : type === 'x' ? 'pax' : isFile ? 'content' : 'skip';
    if (this.#use === 'content' || type === '5') {
      this.#name = this.#longName ?? (prefix === '' ? short : `${prefix}/${short}`);
      this.#longName = undefined;
    }
    if (size > limit && this.#use !== 'skip') {
      this.#use = 'skip';
      yield { name: this.#name, fault: `it is larger than ${limit} bytes` };
    }
    this.#data = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    this.#parts = [];
    if (size === 0) yield* this.#finish();
  }

  *#finish(): Generator<Member> {
    const [first] = this.#parts;
    const content = first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    if (this.#use === 'content') yield { name: this.#name, content };
    else if (this.#use === 'long-name') this.#longName = content.toString('utf8').replace(/\0.*$/s, '');
    else if (this.#use === 'pax') this.#longName = paxPath(content) ?? this.#longName;
  }
}

/** A file's bytes, unpacked when its name says `.gz` or `.zst`. */
export function unpacked(path: string): AsyncIterable<Buffer> {
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  const inflate = /\.t?gz$/.test(path)
    ? createGunzip({ chunkSize: 256 * 1024 })
    : path.endsWith('.zst')
      ? createZstdDecompress({ chunkSize: 256 * 1024 })
      : undefined;
  if (inflate === undefined) return source;
  source.on('error', (error) => inflate.destroy(error));
  return source.pipe(inflate);
}

/** Every regular file of a `.tar`, `.tar.gz` or `.tar.zst`, in order. */
export async function* tarMembers(path: string): AsyncGenerator<Member> {
  const cutter = new TarCutter();
  let total = 0;
  try {
    for await (const chunk of unpacked(path)) {
      total += chunk.length;
      if (total > MAX_UNPACKED_BYTES) {
        yield { name: '', fault: `it unpacks to more than ${MAX_UNPACKED_BYTES} bytes` };
        return;
      }
      yield* cutter.push(chunk);
      if (cutter.done) return;
    }
    if (!cutter.atBoundary || total === 0) yield { name: '', fault: 'it is cut off' };
  } catch (error) {
    yield { name: '', fault: `it is damaged (${messageOf(error)})` };
  }
}
