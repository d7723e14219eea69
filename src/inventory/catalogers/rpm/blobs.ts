/** Where each of rpm's database formats keeps its package headers. Every reader yields header blobs and problems, and never throws. */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, messageOf, type Problem } from '../../../model/problem.ts';
import { byteReader } from '../../formats/bytes.ts';
import { openSqlite, type SqliteDatabase } from '../../formats/sqlite.ts';

export type Blob = { readonly blob: Uint8Array } | { readonly problem: Problem };

const REPAIR = 'Packages may be missing; repair it with `rpm --rebuilddb`.';

function corrupt(what: string): Blob {
  return { problem: incomplete('rpm-database-corrupt', `The rpm database is damaged: ${what}. ${REPAIR}`) };
}

/** Chooses the format by its magic number; the file names only say what to expect. */
export function blobsOf(content: FileContent): Iterable<Blob> {
  if (content.size === 0) return [corrupt('the file is empty')];
  const head = byteReader(content.read(0, 16), true);
  if (Buffer.from(content.read(0, 16)).toString('latin1') === 'SQLite format 3\0') return sqliteBlobs(content);
  if (head.u32(0) === NDB_DATABASE) return ndbBlobs(content);
  if (head.u32(12) === BDB_HASH) return bdbBlobs(content, true);
  if (byteReader(content.read(0, 16), false).u32(12) === BDB_HASH) return bdbBlobs(content, false);
  return [corrupt('it is neither Berkeley DB, NDB nor SQLite')];
}

/** A database with more broken places than this is not read to its end. */
const MAX_DAMAGE = 1000;

/** Table `Packages(hnum, blob)`. */
function* sqliteBlobs(content: FileContent): Generator<Blob> {
  try {
    const database: SqliteDatabase = openSqlite(content);
    if (database.missingPages > 0) yield corrupt(`${database.missingPages} of its pages are cut off`);
    const damage: string[] = [];
    const note = (error: Error): void => {
      if (damage.length >= MAX_DAMAGE) throw error;
      damage.push(error.message);
    };
    for (const { values } of database.rows('Packages', note)) {
      const blob = values[1];
      yield blob instanceof Uint8Array ? { blob } : corrupt('an entry has no header');
    }
    if (damage.length > 0) yield corrupt(`${damage[0]}${damage.length === 1 ? '' : ` (and ${damage.length - 1} more places)`}`);
  } catch (error) {
    yield corrupt(messageOf(error));
  }
}

const NDB_DATABASE = 0x506d7052; // RpmP
const NDB_SLOT = 0x746f6c53; // Slot
const NDB_BLOB = 0x53626c42; // BlbS
const NDB_PAGE = 4096;
const NDB_UNIT = 16;

/** https://github.com/rpm-software-management/rpm/blob/master/lib/backend/ndb/rpmpkg.c */
function* ndbBlobs(content: FileContent): Generator<Blob> {
  const head = byteReader(content.read(0, 32), true);
  const slotPages = head.u32(12);
  if (head.u32(4) !== 0) return yield corrupt(`its format version ${head.u32(4)} is not known`);
  if (slotPages === 0 || slotPages * NDB_PAGE > content.size) return yield corrupt('its table of slots is cut off');
  let bytesLeft = content.size;
  for (let pageAt = 0; pageAt < slotPages * NDB_PAGE; pageAt += NDB_PAGE) {
    const page = byteReader(content.read(pageAt, NDB_PAGE), true);
    // The file header takes the place of the first two slots.
    for (let at = pageAt === 0 ? 32 : 0; at < NDB_PAGE; at += 16) {
      if (page.u32(at) !== NDB_SLOT) {
        yield corrupt('a slot is overwritten');
        continue;
      }
      const index = page.u32(at + 4);
      const offset = page.u32(at + 8) * NDB_UNIT;
      if (index === 0 || offset === 0) continue;
      const blobHead = byteReader(content.read(offset, 16), true);
      const length = blobHead.u32(12);
      if (
        blobHead.u32(0) !== NDB_BLOB ||
        blobHead.u32(4) !== index ||
        length > page.u32(at + 12) * NDB_UNIT ||
        offset + 16 + length > content.size
      ) {
        yield corrupt('an entry is not where its slot says');
        continue;
      }
      // Entries do not overlap: a file whose entries add up to more than itself is lying.
      bytesLeft -= length;
      if (bytesLeft < 0) return yield corrupt('its entries overlap');
      yield { blob: content.read(offset + 16, length) };
    }
  }
}

const BDB_HASH = 0x00061561;
const BDB_PAGE_HEADER = 26;
const BDB_OVERFLOW_PAGE = 7;
const BDB_HASH_PAGES = new Set([2, 13]);
/** Unused, overflow and metadata pages. */
const BDB_OTHER_PAGES = new Set([0, BDB_OVERFLOW_PAGE, 8]);
const BDB_KEYDATA = 1;
const BDB_OFFPAGE = 3;

/** A hash database: pages of key and value items, large values on chains of overflow pages. https://github.com/berkeleydb/libdb/blob/master/src/dbinc/db_page.h */
function* bdbBlobs(content: FileContent, littleEndian: boolean): Generator<Blob> {
  const meta = byteReader(content.read(0, 72), littleEndian);
  const pageSize = meta.u32(20);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0)
    return yield corrupt(`a page size of ${pageSize} is impossible`);
  if (meta.u8(24) !== 0) return yield corrupt('it is encrypted');
  const lastPage = meta.u32(32);
  const pages = Math.floor(content.size / pageSize);
  if (lastPage >= pages) yield corrupt(`it has ${pages} of its ${lastPage + 1} pages`);
  const overflowSeen = new Set<number>();
  let bytesLeft = content.size;

  function overflow(first: number, length: number): Uint8Array | undefined {
    if (length > content.size) return undefined;
    const parts: Uint8Array[] = [];
    let left = length;
    for (let number = first; left > 0; ) {
      if (number === 0 || number >= pages || overflowSeen.has(number)) return undefined;
      overflowSeen.add(number);
      const bytes = content.read(number * pageSize, pageSize);
      const page = byteReader(bytes, littleEndian);
      const used = page.u16(22);
      if (page.u8(25) !== BDB_OVERFLOW_PAGE || used === 0 || BDB_PAGE_HEADER + used > bytes.length) return undefined;
      const part = bytes.subarray(BDB_PAGE_HEADER, BDB_PAGE_HEADER + Math.min(used, left));
      parts.push(part);
      left -= part.length;
      number = page.u32(16);
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
  }

  for (let number = 1; number < pages; number++) {
    const at = number * pageSize;
    const type = content.read(at + 25, 1)[0] ?? 0;
    if (!BDB_HASH_PAGES.has(type)) {
      if (!BDB_OTHER_PAGES.has(type)) yield corrupt(`page ${number} is of a type that such a database does not have`);
      continue;
    }
    const bytes = content.read(at, pageSize);
    const page = byteReader(bytes, littleEndian);
    const items = page.u16(20);
    if (BDB_PAGE_HEADER + items * 2 > bytes.length || items % 2 !== 0) {
      yield corrupt(`page ${number} claims ${items} items`);
      continue;
    }
    // Items are pairs of key and value, placed from the end of the page downwards.
    for (let item = 1; item < items; item += 2) {
      const keyAt = page.u16(BDB_PAGE_HEADER + (item - 1) * 2);
      const valueAt = page.u16(BDB_PAGE_HEADER + item * 2);
      if (valueAt >= keyAt || keyAt >= bytes.length) {
        yield corrupt(`an item of page ${number} lies outside`);
        continue;
      }
      // Entry 0 is not a package: it holds the next free number.
      const kind = page.u8(valueAt);
      const isNumber = kind === BDB_KEYDATA && keyAt - valueAt <= 1 + 4;
      if (isNumber && page.u8(keyAt) === BDB_KEYDATA && page.u32(keyAt + 1) === 0) continue;
      const blob =
        kind === BDB_OFFPAGE
          ? overflow(page.u32(valueAt + 4), page.u32(valueAt + 8))
          : kind === BDB_KEYDATA
            ? bytes.subarray(valueAt + 1, keyAt)
            : undefined;
      bytesLeft -= blob?.length ?? 0;
      if (bytesLeft < 0) return yield corrupt('its entries overlap');
      yield blob === undefined ? corrupt(`an entry of page ${number} cannot be followed`) : { blob };
    }
  }
}
