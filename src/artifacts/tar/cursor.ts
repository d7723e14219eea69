/**
 * Where a tar is read from: a position in a local file, where bodies that nobody wants are never read, or a stream. Answers
 * are promises only when bytes have to be waited for, so that most headers cost no turn of the event loop.
 */
import { readSync, writeSync } from 'node:fs';
import { MEMORY_FILE_BYTES } from '../limits.ts';
import { openSpool } from '../workspace.ts';
import { BLOCK } from './header.ts';

/** Random access to the next `size` bytes until `close`. */
interface Body {
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

export interface TarCursor {
  /** The next `length` (at most 1 MiB) bytes without moving; fewer only at the end. Valid until the next call. */
  peek(length: number): Buffer | Promise<Buffer>;
  /** Moves forward; false when the input ends before. */
  skip(length: number): boolean | Promise<boolean>;
  /** Access to the next `size` bytes; undefined when the input ends before. May move or not: `skip` of `afterBody` follows. */
  body(size: number): Body | undefined | Promise<Body | undefined>;
  /** How many of `size` bytes are still to skip after `body(size)`. */
  afterBody(size: number): number;
  /** The input says itself where it ends (a checked compressed stream), so a missing end marker means nothing. */
  readonly selfTerminating: boolean;
}

/** Bytes that are read around a header: small files and their next headers come with one call, so windows grow among them. */
const LEAST_WINDOW = 4 * 1024;
const MOST_WINDOW = 64 * 1024;
const NEXT_HEADER = 2 * BLOCK;

/** Reads exactly the bytes that exist; fewer only at the end of the file. */
export function readFully(fd: number, target: Buffer, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const count = readSync(fd, target, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** A cursor over `size` bytes of a local file from `start`. */
export function fileCursor(fd: number, start: number, size: number): TarCursor & { position(): number } {
  const end = start + size;
  let position = start;
  let window = Buffer.allocUnsafeSlow(MOST_WINDOW + NEXT_HEADER);
  let windowStart = start;
  let windowLength = 0;
  let windowSize = LEAST_WINDOW;
  const fill = (length: number): void => {
    windowStart = position;
    windowLength = readFully(fd, window, Math.min(length, window.length, end - position), position);
  };
  const peek = (length: number): Buffer => {
    const wanted = Math.min(length, end - position);
    if (position < windowStart || position + wanted > windowStart + windowLength) {
      if (wanted > window.length) window = Buffer.allocUnsafeSlow(wanted);
      const gap = position - (windowStart + windowLength);
      if (gap <= 0) windowSize = Math.min(MOST_WINDOW, windowSize * 2);
      else if (gap > windowSize) windowSize = LEAST_WINDOW;
      fill(Math.max(wanted, windowSize));
    }
    const from = position - windowStart;
    return window.subarray(from, Math.min(from + wanted, windowLength));
  };
  const skip = (length: number): boolean => {
    if (length > end - position) {
      position = end;
      return false;
    }
    position += length;
    return true;
  };
  const body = (bodySize: number): Body | undefined => {
    const bodyStart = position;
    if (bodySize > end - bodyStart) return undefined;
    // Headers of programs are looked up in several places: read at once, with the header that follows.
    if (bodySize <= MOST_WINDOW && bodyStart + bodySize > windowStart + windowLength) fill(bodySize + NEXT_HEADER);
    const read = (offset: number, length: number): Uint8Array => {
      const from = bodyStart + offset - windowStart;
      if (from >= 0 && from + length <= windowLength) return window.subarray(from, from + length);
      const target = Buffer.allocUnsafe(length);
      return target.subarray(0, readFully(fd, target, length, bodyStart + offset));
    };
    return { read, close: () => {} };
  };
  return { peek, skip, body, afterBody: (bodySize) => bodySize, selfTerminating: false, position: () => position };
}

/**
 * A cursor over chunks, each valid until the next one is asked for. Bodies are gathered in memory up to a bound and spooled to a
 * nameless file in `directory` above it.
 */
export function streamCursor(
  chunks: AsyncIterator<Uint8Array>,
  directory: string,
  selfTerminating: boolean,
): TarCursor & { /** Frees the temporary file. */ close(): void } {
  let chunk: Buffer = Buffer.alloc(0);
  let at = 0;
  /** Bodies that span chunks are gathered here, one after the other. */
  let scratch: Buffer = Buffer.alloc(0);
  /** Larger ones are written here, one over the other: pages that the system has at hand cost half of new ones. */
  let spooled: ReturnType<typeof openSpool> | undefined;

  async function more(): Promise<boolean> {
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return false;
      if (next.value.byteLength === 0) continue;
      chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      at = 0;
      return true;
    }
  }

  async function peekMore(length: number): Promise<Buffer> {
    while (chunk.length - at < length) {
      const rest = Buffer.from(chunk.subarray(at));
      if (!(await more())) {
        chunk = rest;
        at = 0;
        return rest;
      }
      if (rest.length > 0) chunk = Buffer.concat([rest, chunk]);
    }
    return chunk.subarray(at, at + length);
  }

  async function skipMore(length: number): Promise<boolean> {
    let left = length;
    while (left > chunk.length - at) {
      left -= chunk.length - at;
      at = chunk.length;
      if (!(await more())) return false;
    }
    at += left;
    return true;
  }

  /** Calls `put` with the next `size` bytes piece by piece. */
  async function take(size: number, put: (piece: Buffer, offset: number) => void): Promise<boolean> {
    let done = 0;
    while (done < size) {
      if (at === chunk.length && !(await more())) return false;
      const piece = chunk.subarray(at, at + Math.min(size - done, chunk.length - at));
      put(piece, done);
      done += piece.length;
      at += piece.length;
    }
    return true;
  }

  async function gather(size: number): Promise<Body | undefined> {
    if (scratch.length < size) scratch = Buffer.allocUnsafeSlow(Math.min(MEMORY_FILE_BYTES, Math.max(2 * scratch.length, size)));
    const whole = scratch.subarray(0, size);
    if (!(await take(size, (piece, offset) => whole.set(piece, offset)))) return undefined;
    return { read: (offset, length) => whole.subarray(offset, offset + length), close: () => {} };
  }

  async function spool(size: number): Promise<Body | undefined> {
    spooled ??= openSpool(directory);
    const { fd } = spooled;
    if (!(await take(size, (piece, offset) => writeAll(fd, piece, offset)))) return undefined;
    const read = (offset: number, length: number): Uint8Array => {
      const target = Buffer.allocUnsafe(length);
      return target.subarray(0, readFully(fd, target, length, offset));
    };
    return { read, close: () => {} };
  }

  return {
    peek: (length) => (chunk.length - at >= length ? chunk.subarray(at, at + length) : peekMore(length)),
    skip: (length) => {
      if (chunk.length - at < length) return skipMore(length);
      at += length;
      return true;
    },
    body: (size) => {
      if (chunk.length - at < size) return size <= MEMORY_FILE_BYTES ? gather(size) : spool(size);
      const view = chunk.subarray(at, at + size);
      at += size;
      return { read: (offset, length) => view.subarray(offset, offset + length), close: () => {} };
    },
    afterBody: () => 0,
    selfTerminating,
    close: () => {
      spooled?.close();
      spooled = undefined;
    },
  };
}

/** Writes all bytes, at the current position unless one is given. */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += writeSync(fd, bytes, done, bytes.byteLength - done, position === null ? null : position + done);
  }
}
