/** The central directory of a zip file (PKWARE APPNOTE 6.3.10), read from the end of the file as installers and class loaders do. */
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import type { EntryKind, FileContent } from '../file.ts';
import { normalisePath } from '../paths.ts';

export interface ZipEntry {
  /** Normalised like `FileEntry.path`. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Uncompressed size as the central directory claims it; `read` holds the entry to it. */
  readonly size: number;
  readonly compressedSize: number;
  /** Permission bits when a Unix tool wrote the archive, else 0644 (0755 for directories). */
  readonly mode: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc32: number;
  /** Offset of the local header in the content. */
  readonly offset: number;
}

export interface Directory {
  readonly entries: readonly ZipEntry[];
  /** Entries that were left out, and why. */
  readonly problems: readonly Problem[];
  /** Where the central directory starts: no entry's data may reach beyond. */
  readonly start: number;
}

const END_SIGNATURE = 0x06054b50;
const END_SIZE = 22;
const END64_SIGNATURE = 0x06064b50;
const END64_LOCATOR_SIGNATURE = 0x07064b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_SIZE = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_SIZE = 30;
/** Follows the last member in signed archives; nobody writes it any more. */
const DIGITAL_SIGNATURE = 0x05054b50;
/** Names and extra fields of a member that is itself an archive are this short. */
const MAX_HEADER = 4096;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY_BYTES = 128 * 1024 * 1024;
/** Problems of single entries that are told one by one; a hostile directory could hold millions. */
const MAX_TOLD = 20;

/** Views of file contents as Buffers, for their number readers. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface End {
  readonly start: number;
  readonly size: number;
  readonly count: number;
  /** Bytes before the archive proper (self-extractors, executable jars): added to every offset. */
  readonly shift: number;
}

function corrupt(path: string, what: string) {
  return fail(incomplete('archive-corrupt', `The zip archive is damaged (${what}); its members were not looked at.`, path));
}

function safe(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

function findEnd(content: FileContent): Result<End> {
  const tailStart = Math.max(0, content.size - END_SIZE - MAX_COMMENT);
  const tail = bufferOf(content.read(tailStart, content.size - tailStart));
  let at = -1;
  for (let index = tail.length - END_SIZE; index >= 0; index--) {
    if (tail[index] !== 0x50 || tail.readUInt32LE(index) !== END_SIGNATURE) continue;
    const rest = tail.length - index - END_SIZE;
    const comment = tail.readUInt16LE(index + 20);
    // The record whose comment ends exactly at the end of the file wins; trailing padding is tolerated otherwise.
    if (comment === rest) {
      at = index;
      break;
    }
    if (comment < rest && at < 0) at = index;
  }
  if (at < 0) {
    const message = 'The zip archive has no end record: it is truncated or not a zip file; its members were not looked at.';
    return fail(incomplete('archive-truncated', message, content.path));
  }
  const endAt = tailStart + at;
  let count = tail.readUInt16LE(at + 10);
  let size = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  let endOfDirectory = endAt;
  if (tail.readUInt16LE(at + 4) !== 0 && tail.readUInt16LE(at + 4) !== 0xffff) {
    const message = 'The zip archive is one part of several; its members were not looked at. Join the parts first.';
    return fail(incomplete('archive-unsupported', message, content.path));
  }
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    const locator = bufferOf(content.read(endAt - 20, 20));
    if (locator.length === 20 && locator.readUInt32LE(0) === END64_LOCATOR_SIGNATURE) {
      const claimed = safe(locator.readBigUInt64LE(8));
      // With bytes before the archive the claimed place is wrong; the record then sits right before its locator.
      const place = [claimed, endAt - 20 - 56].find((candidate) => {
        const head = bufferOf(content.read(candidate, 56));
        return candidate >= 0 && head.length === 56 && head.readUInt32LE(0) === END64_SIGNATURE;
      });
      if (place === undefined) return corrupt(content.path, 'no zip64 end record where its locator points');
      const record = bufferOf(content.read(place, 56));
      count = safe(record.readBigUInt64LE(32));
      size = safe(record.readBigUInt64LE(40));
      offset = safe(record.readBigUInt64LE(48));
      endOfDirectory = place;
    }
  }
  if (size > endOfDirectory) return corrupt(content.path, 'the central directory would be larger than the file');
  const start = endOfDirectory - size;
  if (offset > start) return corrupt(content.path, 'the central directory would lie beyond its end record');
  return ok({ start, size, count, shift: start - offset });
}

function isLocalHeader(bytes: Buffer, at = 0): boolean {
  return at + 4 <= bytes.length && bytes.readUInt32LE(at) === LOCAL_SIGNATURE;
}

/**
 * Whether the end record is that of an archive inside of this one, whose own end is lost: members that are archives are stored as
 * they are. Then what comes before is a zip archive too, or ends with the header of the member.
 */
function isInner(content: FileContent, shift: number): boolean {
  if (shift === 0) return false;
  if (isLocalHeader(bufferOf(content.read(0, 4)))) return true;
  const from = Math.max(0, shift - LOCAL_SIZE - MAX_HEADER);
  const before = bufferOf(content.read(from, shift - from));
  for (let at = before.length - LOCAL_SIZE; at >= 0; at--) {
    if (before[at] !== 0x50 || !isLocalHeader(before, at)) continue;
    if (at + LOCAL_SIZE + before.readUInt16LE(at + 26) + before.readUInt16LE(at + 28) === before.length) return true;
  }
  return false;
}

interface Wide {
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
}

/** The zip64 extra field replaces exactly those fields that are all ones, in this order. */
function widen(extra: Buffer, narrow: Wide): Wide | undefined {
  if (narrow.size !== 0xffffffff && narrow.compressedSize !== 0xffffffff && narrow.offset !== 0xffffffff) return narrow;
  for (let at = 0; at + 4 <= extra.length; ) {
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (id === 1) {
      let next = at + 4;
      const field = (value: number): number | undefined => {
        if (value !== 0xffffffff) return value;
        if (next + 8 > end || next + 8 > extra.length) return undefined;
        next += 8;
        return safe(extra.readBigUInt64LE(next - 8));
      };
      const size = field(narrow.size);
      const compressedSize = field(narrow.compressedSize);
      const offset = field(narrow.offset);
      if (size === undefined || compressedSize === undefined || offset === undefined) return undefined;
      return { size, compressedSize, offset };
    }
    at = end;
  }
  // No extra field: a classic archive may hold a value of all ones.
  return narrow;
}

function nameOf(raw: Buffer, madeBy: number): string {
  const name = raw.toString('utf8');
  // Archives made on DOS and Windows sometimes carry backslashes where the specification wants slashes.
  return madeBy === 0 && !name.includes('/') ? name.replaceAll('\\', '/') : name;
}

const TYPE_BITS = 0o170000;

function kindOf(rawName: string, unixMode: number, size: number): EntryKind {
  const type = unixMode & TYPE_BITS;
  if (rawName.endsWith('/')) return 'directory';
  if (type === 0o120000) return 'symlink';
  // What holds data is a file, whatever its attributes say.
  if (size > 0 || type === 0 || type === 0o100000) return 'file';
  return type === 0o040000 ? 'directory' : 'other';
}

/** Entries whose data share bytes are the mark of a quine-like zip bomb (and of nothing that real tools write). */
function dropOverlaps(entries: ZipEntry[], limit: number, tell: (entry: ZipEntry) => void): ZipEntry[] {
  const order = entries.map((_, index) => index).sort((a, b) => (entries[a]?.offset ?? 0) - (entries[b]?.offset ?? 0));
  const bad = new Set<number>();
  let end = 0;
  for (const index of order) {
    const entry = entries[index];
    if (entry === undefined) continue;
    const next = entry.offset + LOCAL_SIZE + entry.compressedSize;
    if (entry.offset < end || next > limit) {
      bad.add(index);
      tell(entry);
    } else end = next;
  }
  return bad.size === 0 ? entries : entries.filter((_, index) => !bad.has(index));
}

/** Reads the central directory. Entries that are unsafe or impossible are left out and told in `problems`. */
export function readDirectory(content: FileContent, maxEntries: number): Result<Directory> {
  const end = findEnd(content);
  if (!end.ok) return end;
  const { start, size, shift, count } = end.value;
  const tooMany = fail(
    incomplete(
      'archive-too-many-entries',
      `The zip archive has more than ${maxEntries} members; none was looked at.`,
      content.path,
    ),
  );
  if (size > MAX_DIRECTORY_BYTES || Math.min(count, size / CENTRAL_SIZE) > maxEntries) return tooMany;
  const bytes = bufferOf(content.read(start, size));
  const problems: Problem[] = [];
  let untold = 0;
  const tell = (code: string, message: string, path: string): void => {
    if (problems.length < MAX_TOLD) problems.push(incomplete(code, message, path));
    else untold++;
  };
  const entries: ZipEntry[] = [];
  let at = 0;
  if (isInner(content, shift) || (size === 0 && isLocalHeader(bufferOf(content.read(0, 4))))) {
    const message = 'The zip archive is cut off or damaged: its directory is missing or only that of an archive inside of it.';
    problems.push(incomplete('archive-truncated', `${message} Its other members were not looked at.`, content.path));
  }
  // The size counts, not the number, which lies above 65,535 in archives of old tools.
  for (let index = 0; index < count || at < bytes.length; index++) {
    if (index >= maxEntries) return tooMany;
    if (at + CENTRAL_SIZE > bytes.length || bytes.readUInt32LE(at) !== CENTRAL_SIGNATURE) {
      const signed = index >= count && at + 4 <= bytes.length && bytes.readUInt32LE(at) === DIGITAL_SIGNATURE;
      const message = `The zip archive's directory is damaged after ${index} members (it counts ${count}); others were not looked at.`;
      if (!signed) problems.push(incomplete('archive-corrupt', message, content.path));
      break;
    }
    const nameEnd = at + CENTRAL_SIZE + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    const madeBy = bytes[at + 5] ?? 0;
    const unixMode = madeBy === 3 || madeBy === 19 ? bytes.readUInt32LE(at + 38) >>> 16 : 0;
    const rawName = nameOf(bytes.subarray(at + CENTRAL_SIZE, nameEnd), madeBy);
    const wide = widen(bytes.subarray(nameEnd, extraEnd), {
      size: bytes.readUInt32LE(at + 24),
      compressedSize: bytes.readUInt32LE(at + 20),
      offset: bytes.readUInt32LE(at + 42),
    });
    const path = normalisePath(rawName);
    if (path === undefined) {
      tell('archive-path-escape', 'A member name leads out of the archive; the member was not looked at.', content.path);
    } else if (wide === undefined) {
      tell('archive-corrupt', 'A member has a damaged zip64 field; it was not looked at.', `${content.path}!/${path}`);
    } else if (path !== '') {
      const kind = kindOf(rawName, unixMode, wide.size);
      entries.push({
        path,
        kind,
        size: wide.size,
        compressedSize: wide.compressedSize,
        mode: unixMode === 0 ? (kind === 'directory' ? 0o755 : 0o644) : unixMode & 0o7777,
        method: bytes.readUInt16LE(at + 10),
        encrypted: (bytes.readUInt16LE(at + 8) & 1) !== 0,
        crc32: bytes.readUInt32LE(at + 16),
        offset: wide.offset + shift,
      });
    }
    at = next;
  }
  const kept = dropOverlaps(entries, start, (entry) => {
    const message = 'A member overlaps another one or lies outside of the archive, as in zip bombs; it was not looked at.';
    tell('archive-overlap', message, `${content.path}!/${entry.path}`);
  });
  if (untold > 0) {
    problems.push(incomplete('archive-corrupt', `${untold} more members of the zip archive were not looked at.`, content.path));
  }
  return ok({ entries: kept, problems, start });
}
