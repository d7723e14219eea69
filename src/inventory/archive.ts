/** Archives that catalogers look into: what is damaged, what never was an archive, and how much may be inflated. */
import type { FileContent } from '../artifacts/file.ts';
import { DEFAULT_LIMITS } from '../artifacts/limits.ts';
import { openZip, type ZipArchive, type ZipEntry } from '../artifacts/zip/index.ts';
import { fail, incomplete, notice, type Result } from '../model/problem.ts';
import type { ExtractContext } from './cataloger.ts';

/** One member is inflated in memory at once. */
const MAX_MEMBER = 512 * 1024 * 1024;

/** Scripts and programs that unpack themselves come before their archive; their own size is below this. */
const MAX_STUB = 64 * 1024;
const LOCAL_HEADER = Buffer.from('PK\u0003\u0004', 'latin1');
const EMPTY_ARCHIVE = Buffer.from('PK\u0005\u0006', 'latin1');

function beginsLikeZip(file: FileContent): boolean {
  const head = Buffer.from(file.read(0, MAX_STUB));
  return head.includes(LOCAL_HEADER) || head.indexOf(EMPTY_ARCHIVE) === 0;
}

/**
 * Opens a zip archive. A file that neither starts nor ends as one (a pointer of Git LFS, a placeholder, a test's junk) holds no
 * packages: `archive-not-zip`, a notice. What begins like one, or holds one after a script, and is cut off was not assessed.
 */
export function openArchive(file: FileContent): Result<ZipArchive> {
  const archive = openZip(file, { ...DEFAULT_LIMITS, maxEntries: 1_000_000 });
  if (archive.ok || archive.problem.code !== 'archive-truncated' || beginsLikeZip(file)) return archive;
  const what = file.size === 0 ? 'is empty' : 'is no zip archive';
  return fail(notice('archive-not-zip', `The file ${what} although it is named like one; nothing in it could be looked at.`));
}

/** A member's bytes, paid for from the file's budget before they are inflated. */
export function readMember(
  archive: ZipArchive,
  entry: ZipEntry,
  place: string,
  context: ExtractContext,
  limit = MAX_MEMBER,
): Result<Uint8Array> {
  if (entry.size <= limit && !context.spend(entry.size)) {
    const message = 'The archive inflates to more than is read of one file; this member was not looked at.';
    return fail(incomplete('archive-too-large', message, place));
  }
  return archive.read(entry, limit);
}
