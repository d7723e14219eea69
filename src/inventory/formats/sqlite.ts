/**
 * Read-only rows of an SQLite database, straight from its pages. https://www.sqlite.org/fileformat2.html
 *
 * Used instead of an SQL engine because the files come from strangers: no SQL of theirs (views, triggers, generated columns) is
 * ever run, no temporary file is needed, and every page is read at most once.
 */
import type { FileContent } from '../../artifacts/file.ts';
import { messageOf } from '../../model/problem.ts';

export type SqliteValue = number | string | Uint8Array | null;

/** Thrown inside this file and by its iterators for anything the format forbids. */
export class SqliteError extends Error {}

export interface SqliteDatabase {
  /**
   * The rows of a table in order of their rowid, columns as stored (an INTEGER PRIMARY KEY column reads as null). Where the
   * file is broken it calls `damage` and goes on with what is left; without `damage`, or when that throws, it throws.
   */
  rows(
    table: string,
    damage?: (error: SqliteError) => void,
  ): Generator<{ readonly rowid: number; readonly values: readonly SqliteValue[] }>;
  has(table: string): boolean;
  /** How many of the pages it should have are cut off. */
  readonly missingPages: number;
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
  // The page count is only valid when the change counter says so (the format's own rule).
  const declaredPages = head.readUInt32BE(24) === head.readUInt32BE(92) ? head.readUInt32BE(28) : pages;
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

  type Damage = (error: SqliteError) => void;

  /** Runs one step; what is broken in it is told and skipped, or thrown when nobody listens. */
  function attempt<T>(step: () => T, damage: Damage | undefined): T | undefined {
    try {
      return step();
    } catch (error) {
      if (damage === undefined) throw error;
      damage(error instanceof SqliteError ? error : new SqliteError(messageOf(error)));
      return undefined;
    }
  }

  function* walk(
    root: number,
    seen: Set<number>,
    depth: number,
    damage?: Damage,
  ): Generator<{ rowid: number; values: SqliteValue[] }> {
    const node = attempt(() => readNode(root, seen, depth), damage);
    if (node === undefined) return;
    for (const at of node.cells) {
      if (node.leaf) {
        const row = attempt(() => readRow(node.bytes, at, seen), damage);
        if (row !== undefined) yield row;
      } else yield* walk(at + 4 <= node.bytes.length ? node.bytes.readUInt32BE(at) : 0, seen, depth + 1, damage);
    }
    if (!node.leaf) yield* walk(node.bytes.readUInt32BE(node.base + 8), seen, depth + 1, damage);
  }

  function readNode(
    number: number,
    seen: Set<number>,
    depth: number,
  ): { bytes: Buffer; base: number; leaf: boolean; cells: number[] } {
    if (depth > MAX_DEPTH) throw new SqliteError('its tree is too deep');
    const bytes = use(seen, number);
    const base = number === 1 ? 100 : 0;
    const kind = bytes[base];
    const count = bytes.readUInt16BE(base + 3);
    if (kind !== TABLE_INTERIOR && kind !== TABLE_LEAF) throw new SqliteError(`page ${number} is not part of a table`);
    const pointers = base + (kind === TABLE_LEAF ? 8 : 12);
    if (pointers + count * 2 > bytes.length) throw new SqliteError(`page ${number} claims ${count} cells`);
    const cells = Array.from({ length: count }, (_, index) => bytes.readUInt16BE(pointers + index * 2));
    return { bytes, base, leaf: kind === TABLE_LEAF, cells };
  }

  /** Rows take their size and at least four bytes more: rows that add up to more than the file overlap, and are a trap. */
  let bytesLeft = content.size;

  function readRow(bytes: Buffer, at: number, seen: Set<number>): { rowid: number; values: SqliteValue[] } {
    const size = varint(bytes, at);
    const rowid = varint(bytes, size.next);
    bytesLeft -= size.value + 4;
    if (bytesLeft < 0) throw new SqliteError('its rows overlap');
    return { rowid: rowid.value, values: decodeRecord(payload(bytes, rowid.next, size.value, seen)) };
  }

  const tables = new Map<string, { root: number; sql: string }>();
  for (const { values } of walk(1, new Set(), 0)) {
    const [type, name, , root, sql] = values;
    if (type === 'table' && typeof name === 'string' && typeof root === 'number' && root > 0) {
      tables.set(name, { root, sql: typeof sql === 'string' ? sql : '' });
    }
  }
  return {
    missingPages: Math.max(0, declaredPages - pages),
    has: (table) => tables.has(table),
    columns(table) {
      const sql = tables.get(table)?.sql ?? '';
      const inner = sql.slice(sql.indexOf('(') + 1, sql.lastIndexOf(')'));
      return inner.split(',').flatMap((part) => /^\s*["'`[]?(\w+)/.exec(part)?.[1] ?? []);
    },
    *rows(table, damage) {
      const entry = tables.get(table);
      if (entry === undefined) throw new SqliteError(`it has no table ${table}`);
      bytesLeft = content.size;
      yield* walk(entry.root, new Set(), 0, damage);
    },
  };
}
