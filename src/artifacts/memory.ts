/** File contents that are in memory, and the parts of `FileContent` that do not depend on where bytes are. */
import { incomplete, ok, type Result } from '../model/problem.ts';
import type { FileContent } from './file.ts';
import { DEFAULT_BYTES_LIMIT } from './limits.ts';

/** Bytes as UTF-8 text: invalid sequences become U+FFFD, a byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): string {
  const start = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start).toString('utf8');
}

/** Builds a `FileContent` from its facts and a way to read a clamped range (`0 <= offset`, `offset + length <= size`). */
export function contentFrom(
  path: string,
  size: number,
  mode: number,
  readRange: (offset: number, length: number) => Uint8Array,
): FileContent {
  const read = (offset: number, length: number): Uint8Array => {
    const start = Math.min(Math.max(0, Math.trunc(offset) || 0), size);
    const wanted = Math.min(Math.max(0, Math.trunc(length) || 0), size - start);
    return wanted === 0 ? new Uint8Array(0) : readRange(start, wanted);
  };
  const bytes = (limit = DEFAULT_BYTES_LIMIT): Result<Uint8Array> => {
    if (size > limit) {
      const message = `The file has ${size} bytes, more than the ${limit} that are read at once; it was not looked at.`;
      return { ok: false, problem: incomplete('file-too-large', message, path) };
    }
    return ok(read(0, size));
  };
  const text = (limit?: number): Result<string> => {
    const whole = bytes(limit);
    return whole.ok ? ok(decodeText(whole.value)) : whole;
  };
  return { path, size, mode, read, bytes, text };
}

/** A file content over bytes in memory; `read` and `bytes` return views, not copies. */
export function memoryContent(path: string, bytes: Uint8Array | string, mode = 0o644): FileContent {
  const data = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
  return contentFrom(path, data.byteLength, mode, (offset, length) => data.subarray(offset, offset + length));
}
