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

/** Text ended by NUL or the end of the field. */
function textAt(block: Buffer, start: number, length: number): string {
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  return end === start ? '' : block.toString('utf8', start, end);
}

function checksumHolds(block: Buffer): boolean {
  let sum = 8 * 0x20;
  let signed = sum;
  for (let at = 0; at < BLOCK; at++) {
    if (at === 148) at = 156;
    const byte = block[at] ?? 0;
    sum += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const claimed = numberAt(block, 148, 8);
  // Some old tars summed signed characters; both are accepted, as everywhere.
  return claimed === sum || claimed === signed;
}

/** Reads one header block. */
export function parseHeader(block: Buffer): TarHeader | NoHeader {
  if (block[0] === 0 && block[148] === 0 && isZero(block)) return 'end';
  if (!checksumHolds(block)) return 'corrupt';
  const size = numberAt(block, 124, 12);
  const mode = numberAt(block, 100, 8);
  if (size === undefined || mode === undefined) return 'corrupt';
  const posix = block.toString('latin1', 257, 263) === 'ustar\0';
  const name = textAt(block, 0, 100);
  const prefix = posix ? textAt(block, 345, 155) : '';
  const flag = block[156] ?? 0;
  const type = flag === 0 ? '0' : String.fromCharCode(flag);
  const header = {
    name: prefix === '' ? name : `${prefix}/${name}`,
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
