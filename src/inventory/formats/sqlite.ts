/**
 * Read-only rows of an SQLite database, straight from its pages. https://www.sqlite.org/fileformat2.html
 *
 * Used instead of an SQL engine because the files come from strangers: no SQL of theirs (views, triggers, generated columns) is
 * ever run, no temporary file is needed, and every page is read at most once.
 */
import type { FileContent } from '../../artifacts/file.ts';

export type SqliteValue = number | string | Uint8Array | null;

/** Thrown inside this file and by its iterators for anything the format forbids. */
export class SqliteError extends Error {}

export interface SqliteDatabase {
  /** The rows of a table in order of their rowid, columns as stored (an INTEGER PRIMARY KEY column reads as null). Throws `SqliteError` where the file is broken. */
  rows(table: string): Generator<{ readonly rowid: number; readonly values: readonly SqliteValue[] }>;
  has(table: string): boolean;
  /** Column names as the table's CREATE statement lists them; only for plain definitions. */
  columns(table: string): readonly string[];
}

const MAGIC = 'SQLite format 3\0';
const MAX_DEPTH = 20;
const TABLE_INTERIOR = 5;
const TABLE_LEAF = 13;

interface Varint {
  readonly value: number;
  readonly next: number;
}

/** 1–9 bytes, big-endian, 7 bits each (the ninth has 8). */
function varint(bytes: Uint8Array, at: number): Varint {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) throw new SqliteError('a number runs over the end of its page');
    if (index === 8) return { value: value * 256 + byte, next: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  throw new SqliteError('unreachable');
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

function serialLength(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return type === 7 ? 8 : (INTEGER_BYTES[type] ?? 0);
}

function serialValue(record: Buffer, type: number, at: number, length: number): SqliteValue {
  if (type >= 12) return type % 2 === 0 ? record.subarray(at, at + length) : record.toString('utf8', at, at + length);
  if (type === 7) return record.readDoubleBE(at);
  if (type === 8) return 0;
  if (type === 9) return 1;
  if (type === 6) return Number(record.readBigInt64BE(at));
  return length === 0 ? null : record.readIntBE(at, length);
}

function decodeRecord(record: Buffer): SqliteValue[] {
  const header = varint(record, 0);
  if (header.value > record.length) throw new SqliteError('a record is shorter than its header');
  const values: SqliteValue[] = [];
  let body = header.value;
  for (let at = header.next; at < header.value; ) {
    const type = varint(record, at);
    const length = serialLength(type.value);
    if (body + length > record.length) throw new SqliteError('a record is shorter than its columns');
    values.push(serialValue(record, type.value, body, length));
    body += length;
    at = type.next;
  }
  return values;
}

/** Opens the database, or says why it is not one. */
export function openSqlite(content: FileContent): SqliteDatabase {
  const head = Buffer.from(content.read(0, 100));
  if (head.length < 100 || head.toString('latin1', 0, 16) !== MAGIC) throw new SqliteError('it has no SQLite header');
  const declared = head.readUInt16BE(16);
  const pageSize = declared === 1 ? 65536 : declared;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) throw new SqliteError(`a page size of ${pageSize} is impossible`);
  const usable = pageSize - (head[20] ?? 0);
  if (usable < 480) throw new SqliteError('its pages reserve too much space');
  if (head.readUInt32BE(56) > 1) throw new SqliteError('its text is UTF-16, which no known writer uses here');
  const pages = Math.floor(content.size / pageSize);
  const declaredPages = head.readUInt32BE(28);
  // The page count is only valid when the change counter says so (the format's own rule).
  if (declaredPages > pages && head.readUInt32BE(24) === head.readUInt32BE(92)) {
    throw new SqliteError(`it has ${pages} of its ${declaredPages} pages`);
  }

  function page(number: number): Buffer {
    if (number < 1 || number > pages) throw new SqliteError(`page ${number} does not exist`);
    const bytes = content.read((number - 1) * pageSize, pageSize);
    if (bytes.length < pageSize) throw new SqliteError(`page ${number} is cut off`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Pages already used by a walk: using one twice means a cycle or shared pages, which no valid file has. */
  function use(seen: Set<number>, number: number): Buffer {
    if (seen.has(number)) throw new SqliteError(`page ${number} is used twice`);
    seen.add(number);
    return page(number);
  }

  function payload(leaf: Buffer, at: number, size: number, seen: Set<number>): Buffer {
    const most = usable - 35;
    if (size <= most) {
      if (at + size > leaf.length) throw new SqliteError('a cell runs over the end of its page');
      return leaf.subarray(at, at + size);
    }
    if (size > content.size) throw new SqliteError('a cell is larger than the file');
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const fitting = least + ((size - least) % (usable - 4));
    const local = fitting <= most ? fitting : least;
    if (at + local + 4 > leaf.length) throw new SqliteError('a cell runs over the end of its page');
    const parts = [leaf.subarray(at, at + local)];
    let left = size - local;
    let next = leaf.readUInt32BE(at + local);
    while (left > 0) {
      const overflow = use(seen, next);
      const part = overflow.subarray(4, Math.min(usable, 4 + left));
      parts.push(part);
      left -= part.length;
      next = overflow.readUInt32BE(0);
    }
    return Buffer.concat(parts, size);
  }

  function* walk(root: number, seen: Set<number>, depth: number): Generator<{ rowid: number; values: SqliteValue[] }> {
    if (depth > MAX_DEPTH) throw new SqliteError('its tree is too deep');
    const bytes = use(seen, root);
    const base = root === 1 ? 100 : 0;
    const kind = bytes[base];
    const cells = bytes.readUInt16BE(base + 3);
    if (kind !== TABLE_INTERIOR && kind !== TABLE_LEAF) throw new SqliteError(`page ${root} is not part of a table`);
    const pointers = base + (kind === TABLE_LEAF ? 8 : 12);
    if (pointers + cells * 2 > bytes.length) throw new SqliteError(`page ${root} claims ${cells} cells`);
    for (let index = 0; index < cells; index++) {
      const at = bytes.readUInt16BE(pointers + index * 2);
      if (kind === TABLE_INTERIOR) {
        if (at + 4 > bytes.length) throw new SqliteError(`a cell of page ${root} lies outside`);
        yield* walk(bytes.readUInt32BE(at), seen, depth + 1);
        continue;
      }
      const size = varint(bytes, at);
      const rowid = varint(bytes, size.next);
      yield { rowid: rowid.value, values: decodeRecord(payload(bytes, rowid.next, size.value, seen)) };
    }
    if (kind === TABLE_INTERIOR) yield* walk(bytes.readUInt32BE(base + 8), seen, depth + 1);
  }

  const tables = new Map<string, { root: number; sql: string }>();
  for (const { values } of walk(1, new Set(), 0)) {
    const [type, name, , root, sql] = values;
    if (type === 'table' && typeof name === 'string' && typeof root === 'number' && root > 0) {
      tables.set(name, { root, sql: typeof sql === 'string' ? sql : '' });
    }
  }
  return {
    has: (table) => tables.has(table),
    columns(table) {
      const sql = tables.get(table)?.sql ?? '';
      const inner = sql.slice(sql.indexOf('(') + 1, sql.lastIndexOf(')'));
      return inner.split(',').flatMap((part) => /^\s*["'`[]?(\w+)/.exec(part)?.[1] ?? []);
    },
    *rows(table) {
      const entry = tables.get(table);
      if (entry === undefined) throw new SqliteError(`it has no table ${table}`);
      yield* walk(entry.root, new Set(), 0);
    },
  };
}
