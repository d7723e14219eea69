/** Compressed streams are told by their first bytes. */
import { incomplete, messageOf, type Problem } from '../model/problem.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

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

/** What an error of an inflating stream means. */
export function inflateProblem(error: unknown, name: string): Problem {
  const message = messageOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
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
