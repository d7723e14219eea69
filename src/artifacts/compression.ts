/** Compressed streams: told by their first bytes, inflated by Node's own zlib and zstd in large chunks. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { incomplete, messageOf, type Problem } from '../model/problem.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Larger chunks make inflating about three times as fast as Node's default of 16 KiB. */
const CHUNK = 1024 * 1024;
const INPUT_CHUNK = 256 * 1024;

/** The compression that the first bytes show; undefined for one that is known and not read (bzip2, xz, lz4). */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  const xz = a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58;
  const lz4 = a === 0x04 && b === 0x22 && c === 0x4d && d === 0x18;
  return xz || lz4 || looksLikeBzip2(head) ? undefined : 'none';
}

/** The whole block magic, because a tar may start with a file called `BZh…`. */
function looksLikeBzip2(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 10));
  return /^BZh[1-9]1AY&SY/.test(text);
}

/**
 * Bytes `offset` … `offset + size` of a file, inflated. The stream fails with an error that `inflateProblem` explains. `tap` is shown
 * the bytes as they are in the file.
 */
export function inflateFile(
  file: string,
  offset: number,
  size: number,
  compression: Compression,
  signal?: AbortSignal,
  tap?: (chunk: Buffer | string) => void,
): Readable {
  const input = createReadStream(file, {
    start: offset,
    end: offset + Math.max(0, size - 1),
    highWaterMark: INPUT_CHUNK,
    signal,
  });
  if (tap !== undefined) input.on('data', tap);
  if (compression === 'none') return input;
  const inflater = compression === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK });
  input.on('error', (error) => inflater.destroy(error));
  inflater.on('close', () => input.destroy());
  return input.pipe(inflater);
}

/** What an error of an inflating stream means. */
export function inflateProblem(error: unknown, name: string): Problem {
  const message = messageOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof Error && error.name === 'AbortError') {
    return incomplete('scan-interrupted', `${name} was not read to its end: the time limit was reached or the scan was stopped.`);
  }
  if (code === 'Z_BUF_ERROR' || /unexpected end|incomplete|truncated/i.test(message)) {
    return incomplete('archive-truncated', `${name} ends early; what follows was not looked at. Fetch it again.`);
  }
  if (code.startsWith('Z_') || code.startsWith('ZSTD_')) {
    return incomplete('archive-corrupt', `${name} cannot be inflated (${message}); what follows was not looked at.`);
  }
  return incomplete('archive-unreadable', `${name} cannot be read (${message}).`);
}
