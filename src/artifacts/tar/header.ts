/** One 512-byte tar header: POSIX ustar, GNU and old v7 (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html). */

export const BLOCK = 512;

export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** The type flag as a character; NUL becomes `0`. */
  readonly type: string;
  readonly link: string;
  /** Real size of an old GNU sparse file, and whether more map blocks follow. */
  readonly sparse?: { readonly size: number; readonly extended: boolean };
}

/** End-of-archive block, or bytes that are no header. */
export type NoHeader = 'end' | 'corrupt';

function isZero(block: Buffer): boolean {
  for (let at = 0; at < BLOCK; at++) if (block[at] !== 0) return false;
  return true;
}

/** Octal digits ended by NUL or space, or GNU base-256 when the top bit is set. Undefined when it is neither or negative. */
function numberAt(block: Buffer, start: number, length: number): number | undefined {
  const first = block[start] ?? 0;
  let value = 0;
  if ((first & 0x80) !== 0) {
    if ((first & 0x40) !== 0) return undefined;
    value = first & 0x3f;
    for (let at = start + 1; at < start + length; at++) value = value * 256 + (block[at] ?? 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  let at = start;
  const end = start + length;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at++;
  for (; at < end; at++) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  for (; at < end; at++) if (block[at] !== 0x20 && block[at] !== 0) return undefined;
  return value;
}

function fieldEnd(block: Buffer, start: number, length: number): number {
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  return end;
}

/** Text ended by NUL or the end of the field. */
function textAt(block: Buffer, start: number, length: number): string {
  const end = fieldEnd(block, start, length);
  return end === start ? '' : block.toString('utf8', start, end);
}

const CHECKSUM = 148;
const CHECKSUM_LENGTH = 8;

/** The sum of all bytes but those of the checksum itself, which count as blanks. */
function sumOf(block: Buffer): number {
  // Four bytes at a time, in two lanes each: 128 words of two bytes stay below 2^16.
  const view = new DataView(block.buffer, block.byteOffset, BLOCK);
  let lanes = 0;
  for (let at = 0; at < BLOCK; at += 4) {
    const word = view.getUint32(at);
    lanes = (lanes + (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff)) | 0;
  }
  let sum = (lanes & 0xffff) + (lanes >>> 16) + CHECKSUM_LENGTH * 0x20;
  for (let at = CHECKSUM; at < CHECKSUM + CHECKSUM_LENGTH; at++) sum -= block[at] ?? 0;
  return sum;
}

function checksumHolds(block: Buffer): boolean {
  const claimed = numberAt(block, CHECKSUM, CHECKSUM_LENGTH);
  if (claimed === undefined) return false;
  const sum = sumOf(block);
  if (claimed === sum) return true;
  // Some old tars summed signed characters; both are accepted, as everywhere.
  let high = 0;
  for (let at = 0; at < BLOCK; at++) {
    if ((block[at] ?? 0) > 127 && (at < CHECKSUM || at >= CHECKSUM + CHECKSUM_LENGTH)) high++;
  }
  return claimed === sum - 256 * high;
}

const PREFIX = 345;
const joined = Buffer.alloc(256);

/** Decoded at once: names that are put together of two strings cost more with every look at them. */
function prefixedName(block: Buffer): string {
  const prefix = fieldEnd(block, PREFIX, 155) - PREFIX;
  const name = fieldEnd(block, 0, 100);
  block.copy(joined, 0, PREFIX, PREFIX + prefix);
  joined[prefix] = 0x2f;
  block.copy(joined, prefix + 1, 0, name);
  return joined.toString('utf8', 0, prefix + 1 + name);
}

/** `ustar` and NUL: the name may have a prefix. */
const POSIX = [0x75, 0x73, 0x74, 0x61, 0x72, 0] as const;

/** Reads one header block. */
export function parseHeader(block: Buffer): TarHeader | NoHeader {
  if (block[0] === 0 && block[148] === 0 && isZero(block)) return 'end';
  if (!checksumHolds(block)) return 'corrupt';
  const size = numberAt(block, 124, 12);
  const mode = numberAt(block, 100, 8);
  if (size === undefined || mode === undefined) return 'corrupt';
  const posix = POSIX.every((byte, at) => block[257 + at] === byte);
  const flag = block[156] ?? 0;
  const type = flag === 0 ? '0' : String.fromCharCode(flag);
  const header = {
    name: posix && block[PREFIX] !== 0 ? prefixedName(block) : textAt(block, 0, 100),
    mode: mode & 0o7777,
    uid: numberAt(block, 108, 8) ?? 0,
    gid: numberAt(block, 116, 8) ?? 0,
    size,
    type,
    link: textAt(block, 157, 100),
  };
  if (type !== 'S') return header;
  return { ...header, sparse: { size: numberAt(block, 483, 12) ?? 0, extended: block[482] === 1 } };
}

/** Records of a PAX extended header (`length key=value\n`); undefined when they are damaged. */
export function parsePax(bytes: Buffer): Map<string, string> | undefined {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    let length = 0;
    let digits = at;
    for (; digits < bytes.length && digits - at < 9; digits++) {
      const digit = (bytes[digits] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
    }
    // Some writers fill up with NULs.
    if (digits === at && bytes[at] === 0) break;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, digits);
    if (bytes[digits] !== 0x20 || end > bytes.length || equals < 0 || equals >= end || bytes[end - 1] !== 0x0a) return undefined;
    records.set(bytes.toString('utf8', digits + 1, equals), bytes.toString('utf8', equals + 1, end - 1));
    at = end;
  }
  return records;
}
