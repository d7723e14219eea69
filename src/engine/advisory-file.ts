/** The advisory database in PostgreSQL: processes on other machines match with exactly the file that is in use. */
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Store } from '../store/index.ts';

/** Bytes in one row. */
const PART = 1 << 20;

async function* cut(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    for (; held.length >= PART; held = held.subarray(PART)) yield held.subarray(0, PART);
  }
  if (held.length > 0) yield held;
}

/** Stores the file under the time it was built at; older ones but the one in use are dropped. */
export async function publish(store: Store, builtAt: string, path: string): Promise<void> {
  await store.write((tx) => tx.deleteFrom('advisory_part').where('built_at', '=', builtAt).execute());
  let part = 0;
  const compressed = createReadStream(path).pipe(createZstdCompress());
  for await (const bytes of cut(compressed)) {
    const row = { built_at: builtAt, part: part++, data: bytes.toString('base64') };
    await store.write((tx) => tx.insertInto('advisory_part').values(row).execute());
  }
  // The last row says how many there are: without it the file is not whole.
  await store.write((tx) =>
    tx
      .insertInto('advisory_part')
      .values({ built_at: builtAt, part: -1, data: String(part) })
      .execute(),
  );
  const times = await store.read.selectFrom('advisory_part').select('built_at').distinct().orderBy('built_at', 'desc').execute();
  const old = times.slice(2).map((row) => row.built_at);
  if (old.length > 0) await store.write((tx) => tx.deleteFrom('advisory_part').where('built_at', 'in', old).execute());
}

/** Writes the file that was built at this time to a path; false when the store does not have it whole. */
export async function obtain(store: Store, builtAt: string, path: string): Promise<boolean> {
  const parts = store.read.selectFrom('advisory_part').select('data').where('built_at', '=', builtAt);
  const end = await parts.where('part', '=', -1).executeTakeFirst();
  if (end === undefined) return false;
  async function* read(): AsyncGenerator<Buffer> {
    for (let part = 0; part < Number(end?.data); part++) {
      const row = await parts.where('part', '=', part).executeTakeFirstOrThrow();
      yield Buffer.from(row.data, 'base64');
    }
  }
  try {
    await pipeline(read, createZstdDecompress(), createWriteStream(path, { mode: 0o600 }));
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
}
