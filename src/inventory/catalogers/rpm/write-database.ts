/** Writes tiny rpm headers and databases for the tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

type Value = string | number | readonly string[] | readonly number[];

/** A header with these tags: strings as type 6, string lists as 8, numbers as 4. */
export function headerBlob(tags: Readonly<Record<number, Value>>): Buffer {
  const index: number[] = [];
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of Object.entries(tags)) {
    const items = typeof value === 'string' || typeof value === 'number' ? [value] : value;
    const numeric = typeof items[0] === 'number';
    if (numeric && offset % 4 !== 0) {
      parts.push(Buffer.alloc(4 - (offset % 4)));
      offset += 4 - (offset % 4);
    }
    const data = Buffer.concat(
      items.map((item) => {
        if (typeof item === 'string') return Buffer.from(`${item}\0`);
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE(item);
        return bytes;
      }),
    );
    index.push(Number(tag), numeric ? 4 : typeof value === 'string' ? 6 : 8, offset, items.length);
    parts.push(data);
    offset += data.length;
  }
  const head = Buffer.alloc(8 + index.length * 4);
  head.writeUInt32BE(index.length / 4, 0);
  head.writeUInt32BE(offset, 4);
  index.forEach((value, at) => void head.writeUInt32BE(value, 8 + at * 4));
  return Buffer.concat([head, ...parts]);
}

/** A Berkeley DB hash database: one hash page, values above 200 bytes on overflow pages. */
export function bdbDatabase(blobs: readonly Buffer[], bigEndian = false, pageSize = 512): Buffer {
  const pages: Buffer[] = [Buffer.alloc(pageSize), Buffer.alloc(pageSize)];
  const u32 = (page: Buffer, value: number, at: number): number =>
    bigEndian ? page.writeUInt32BE(value, at) : page.writeUInt32LE(value, at);
  const u16 = (page: Buffer, value: number, at: number): number =>
    bigEndian ? page.writeUInt16BE(value, at) : page.writeUInt16LE(value, at);
  const items: Buffer[] = [];
  const key = (number: number): Buffer => {
    const bytes = Buffer.alloc(5, 1);
    u32(bytes, number, 1);
    return bytes;
  };
  items.push(key(0), Buffer.from([1, 9, 0, 0, 0]));
  blobs.forEach((blob, at) => {
    items.push(key(at + 1));
    if (blob.length <= 200) {
      items.push(Buffer.concat([Buffer.from([1]), blob]));
      return;
    }
    const reference = Buffer.alloc(12);
    reference[0] = 3;
    u32(reference, pages.length, 4);
    u32(reference, blob.length, 8);
    items.push(reference);
    for (let from = 0; from < blob.length; from += pageSize - 26) {
      const page = Buffer.alloc(pageSize);
      const part = blob.subarray(from, from + pageSize - 26);
      page[25] = 7;
      u16(page, part.length, 22);
      part.copy(page, 26);
      if (from + part.length < blob.length) u32(page, pages.length + 1, 16);
      pages.push(page);
    }
  });
  const hash = pages[1] ?? Buffer.alloc(pageSize);
  hash[25] = 13;
  u16(hash, items.length, 20);
  let end = pageSize;
  items.forEach((item, at) => {
    end -= item.length;
    item.copy(hash, end);
    u16(hash, end, 26 + at * 2);
  });
  const meta = pages[0] ?? Buffer.alloc(pageSize);
  u32(meta, 0x061561, 12);
  u32(meta, 9, 16);
  u32(meta, pageSize, 20);
  meta[25] = 8;
  u32(meta, pages.length - 1, 32);
  return Buffer.concat(pages);
}

export function ndbDatabase(blobs: readonly Buffer[]): Buffer {
  const slots = Buffer.alloc(4096);
  for (let at = 32; at < slots.length; at += 16) slots.write('Slot', at);
  slots.write('RpmP');
  slots.writeUInt32LE(1, 12);
  const parts = [slots];
  let offset = slots.length;
  blobs.forEach((blob, index) => {
    const size = Math.ceil((blob.length + 28) / 16) * 16;
    const bytes = Buffer.alloc(size);
    bytes.write('BlbS');
    bytes.writeUInt32LE(index + 1, 4);
    bytes.writeUInt32LE(blob.length, 12);
    blob.copy(bytes, 16);
    const at = 32 + index * 16;
    slots.writeUInt32LE(index + 1, at + 4);
    slots.writeUInt32LE(offset / 16, at + 8);
    slots.writeUInt32LE(size / 16, at + 12);
    offset += size;
    parts.push(bytes);
  });
  return Buffer.concat(parts);
}

/** The file that these statements make, written by the real SQLite. */
export function sqliteFile(fill: (database: DatabaseSync) => void): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-sqlite-'));
  try {
    const path = join(folder, 'x.sqlite');
    const database = new DatabaseSync(path);
    fill(database);
    database.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function sqliteDatabase(blobs: readonly Buffer[]): Buffer {
  return sqliteFile((database) => {
    database.exec('PRAGMA page_size=512; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)');
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    for (const blob of blobs) insert.run(blob);
  });
}
