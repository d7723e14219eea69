import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kysely, sql } from 'kysely';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { openFor } from '../../../tests/support/stores.ts';
import type { Tables } from '../schema.ts';
import { SqliteConnection } from './connection.ts';
import { readingDialect } from './dialect.ts';

test('a connection that nobody reads with ends, and the next question opens another', async (context) => {
  const path = join(temporaryDirectory(context), 'vedette.db');
  await openFor(context, path);
  const ended = new EventTarget();
  const opened: SqliteConnection[] = [];
  class Watched extends SqliteConnection {
    override async close(): Promise<void> {
      await super.close();
      ended.dispatchEvent(new Event('end'));
    }
  }
  const open = () => {
    const one = new Watched({ path, readOnly: true });
    opened.push(one);
    return one;
  };
  const db = new Kysely<Tables>({ dialect: readingDialect(open, 2, 0) });
  const ask = async () => (await sql<{ one: number }>`select 1 as one`.execute(db)).rows[0]?.one;
  for (const number of [1, 2]) {
    const end = once(ended, 'end', { signal: AbortSignal.timeout(120_000) });
    assert.equal(await ask(), 1);
    // The process is kept alive by nothing else.
    const alive = setInterval(() => undefined, 1_000);
    await end;
    clearInterval(alive);
    assert.equal(opened.length, number);
  }
  const answers = Array.from({ length: 5 }, ask);
  assert.deepEqual(await Promise.all(answers), [1, 1, 1, 1, 1]);
  assert.ok(opened.length <= 4, 'at most two at a time');
  await db.destroy();
  await db.destroy();
});
