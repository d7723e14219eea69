/** The index in a thread of its own, with a connection of its own: each question is answered from one snapshot of the store. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { Kysely, SqliteDialect } from 'kysely';
import { messageOf } from '../../../model/problem.ts';
import type { Tables } from '../../schema.ts';
import { FindingIndex } from './index.ts';
import type { IndexAnswer, IndexQuestion } from './protocol.ts';

/** Statements kept prepared. */
const PREPARED = 200;

/** node:sqlite as kysely's dialect wants a database. */
function connection(path: string) {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  // Loading reads all once, and pages need a few rows: the operating system keeps what is read often.
  db.exec('pragma cache_size = -8000');
  const prepared = new Map<string, ReturnType<typeof statement>>();
  function statement(text: string) {
    const made = db.prepare(text);
    const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
    return {
      reader: made.columns().length > 0,
      all: (parameters: readonly unknown[]) => made.all(...values(parameters)),
      run: (parameters: readonly unknown[]) => made.run(...values(parameters)),
      iterate: (parameters: readonly unknown[]) => made.iterate(...values(parameters)),
    };
  }
  return {
    prepare(text: string) {
      const known = prepared.get(text);
      if (known !== undefined) return known;
      if (prepared.size >= PREPARED) prepared.clear();
      const made = statement(text);
      prepared.set(text, made);
      return made;
    },
    close: () => db.close(),
  };
}

const { path }: { readonly path: string } = workerData;
const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection(path) }) });
const index = new FindingIndex();

/** An answer, and what of it is moved to the other thread instead of copied. */
async function answer(question: IndexQuestion): Promise<readonly [unknown, ...ArrayBuffer[]]> {
  return db.transaction().execute(async (tx) => {
    await index.refresh(tx);
    if ('list' in question) return [await index.list(tx, question.list)];
    if ('aggregate' in question) return [await index.aggregate(question.aggregate)];
    const page = await index.listJson(tx, question.listJson);
    return [page, page.json.buffer];
  });
}

/** One after the other: they share the connection. */
let last: Promise<void> = Promise.resolve();

async function reply(question: IndexQuestion): Promise<void> {
  try {
    const [value, ...moved] = await answer(question);
    parentPort?.postMessage({ id: question.id, value } satisfies IndexAnswer, moved);
  } catch (error) {
    parentPort?.postMessage({ id: question.id, error: messageOf(error) } satisfies IndexAnswer);
  }
}

parentPort?.on('message', (question: IndexQuestion | 'close') => {
  if (question === 'close') {
    last = last.then(async () => {
      await db.destroy();
      parentPort?.close();
    });
  } else last = last.then(() => reply(question));
});
