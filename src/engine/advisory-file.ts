/** The advisory database in PostgreSQL: processes on other machines match with exactly the file that is in use. */
import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
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

/** Stores the file under the time it was built at, unless it is there. Others are dropped but `used`, which processes may still ask for. */
export async function publish(store: Store, builtAt: string, path: string, used: string | undefined): Promise<void> {
  await store.write(async (tx) => {
    const end = tx.selectFrom('advisory_part').select('part').where('built_at', '=', builtAt).where('part', '=', -1);
    if ((await end.executeTakeFirst()) !== undefined) return;
    // Two processes may do this at once: the second waits for the first and then writes the same.
    const put = (part: number, data: string) =>
      tx
        .insertInto('advisory_part')
        .values({ built_at: builtAt, part, data })
        .onConflict((conflict) => conflict.columns(['built_at', 'part']).doUpdateSet({ data }))
        .execute();
    const compressed = createZstdCompress();
    const reading = pipeline(createReadStream(path), compressed);
    let parts = 0;
    for await (const bytes of cut(compressed)) await put(parts++, bytes.toString('base64'));
    await reading;
    // The last row says how many there are.
    await put(-1, String(parts));
  });
  const kept = used === undefined ? [builtAt] : [builtAt, used];
  await store.write((tx) => tx.deleteFrom('advisory_part').where('built_at', 'not in', kept).execute());
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
  // Another process may do the same in the same directory.
  const partial = `${path}.${process.pid}`;
  try {
    await pipeline(read, createZstdDecompress(), createWriteStream(partial, { mode: 0o600 }));
    renameSync(partial, path);
    return true;
  } catch {
    rmSync(partial, { force: true });
    return false;
  }
}
