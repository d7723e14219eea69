/**
 * Zip archives (zip, jar, war, whl, nupkg, function packages) with synchronous random access: catalogers run per file and look
 * at few members. Nothing is written to disk; names never leave memory.
 */
import { constants, crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { fail, incomplete, messageOf, ok, type Problem, type Result } from '../../model/problem.ts';
import type { FileContent, Limits } from '../file.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { bufferOf, readDirectory, type ZipEntry } from './directory.ts';

export type { ZipEntry } from './directory.ts';

export interface ZipArchive {
  /** In the order of the central directory; unsafe ones are left out. A name may come twice: the last one counts. */
  readonly entries: readonly ZipEntry[];
  /** What is wrong with the archive although it can be read: to be passed on by the cataloger. */
  readonly problems: readonly Problem[];
  /**
   * The uncompressed bytes of one member, checked against its size and CRC-32. At most `limit` bytes are ever inflated.
   * Problems: `file-too-large`, `archive-encrypted`, `archive-unsupported`, `archive-corrupt`, `archive-bomb`.
   */
  read(entry: ZipEntry, limit: number): Result<Uint8Array>;
}

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_SIZE = 30;
const STORED = 0;
const DEFLATED = 8;
const ZSTANDARD = 93;
/** Deflate cannot do better than 1032:1; members above it lie about their sizes. Zstandard can, and is only held to the limit. */
const MAX_DEFLATE_RATIO = 1040;

function inflate(method: number, packed: Uint8Array, size: number): Uint8Array {
  // One byte more than promised is allowed so that a member that holds more than it says is told from one that holds less.
  const options = { maxOutputLength: size + 1, chunkSize: Math.max(64, Math.min(size + 1, 1024 * 1024)) };
  if (method === DEFLATED) return inflateRawSync(packed, options);
  return zstdDecompressSync(packed, { ...options, params: { [constants.ZSTD_d_windowLogMax]: 27 } });
}

function readMember(content: FileContent, directoryStart: number, entry: ZipEntry, limit: number): Result<Uint8Array> {
  const path = `${content.path}!/${entry.path}`;
  const problem = (code: string, message: string) => fail(incomplete(code, message, path));
  if (entry.encrypted) return problem('archive-encrypted', 'The archive member is encrypted; it was not looked at.');
  if (entry.size > limit) {
    return problem('file-too-large', `The archive member has ${entry.size} bytes, more than the ${limit} that are read.`);
  }
  if (entry.method !== STORED && entry.method !== DEFLATED && entry.method !== ZSTANDARD) {
    return problem('archive-unsupported', `The archive member is compressed by method ${entry.method}, which is not supported.`);
  }
  if (entry.method === DEFLATED && entry.size > 1024 + entry.compressedSize * MAX_DEFLATE_RATIO) {
    return problem('archive-bomb', 'The archive member claims to inflate more than its compression can; it was not looked at.');
  }
  const local = bufferOf(content.read(entry.offset, LOCAL_SIZE));
  if (local.length < LOCAL_SIZE || local.readUInt32LE(0) !== LOCAL_SIGNATURE) {
    return problem('archive-corrupt', 'The archive member has no header where the directory says; it was not looked at.');
  }
  const dataStart = entry.offset + LOCAL_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = content.read(dataStart, entry.compressedSize);
  if (packed.length < entry.compressedSize || dataStart + entry.compressedSize > directoryStart) {
    return problem('archive-truncated', 'The archive member ends early; it was not looked at.');
  }
  let bytes: Uint8Array;
  try {
    bytes = entry.method === STORED ? packed : inflate(entry.method, packed, entry.size);
  } catch (error) {
    const tooMuch = error instanceof RangeError;
    return tooMuch
      ? problem('archive-bomb', 'The archive member inflates to more than it says; it was not looked at.')
      : problem('archive-corrupt', `The archive member cannot be inflated (${messageOf(error)}).`);
  }
  if (bytes.length > entry.size)
    return problem('archive-bomb', 'The archive member is larger than it says; it was not looked at.');
  if (bytes.length < entry.size || crc32(bytes) !== entry.crc32) {
    return problem('archive-corrupt', 'The archive member does not match its size or checksum; it was not looked at.');
  }
  return ok(bytes);
}

/** Opens a zip archive; bytes before the archive (self-extracting files, executable jars) are tolerated. */
export function openZip(content: FileContent, limits: Pick<Limits, 'maxEntries'> = DEFAULT_LIMITS): Result<ZipArchive> {
  const directory = readDirectory(content, limits.maxEntries);
  if (!directory.ok) return directory;
  const { entries, problems, start } = directory.value;
  return ok({ entries, problems, read: (entry, limit) => readMember(content, start, entry, limit) });
}
