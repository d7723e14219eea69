/** The index in a thread of its own, with a connection of its own: each question is answered from one snapshot of the store. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Kysely, SqliteDialect } from 'kysely';
import { messageOf } from '../../../model/problem.ts';
import type { Tables } from '../../schema.ts';
import { listFindings, listFindingsJson } from '../list.ts';
import { FindingTexts } from '../texts.ts';
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

function open(): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection(path) }) });
}

const db = open();
const index = new FindingIndex();

/** Answers by SQL wait for so many times what the last one took: loading goes on meanwhile. */
const LOADING_SHARE = 3;
const unanswered = new Map<number, IndexQuestion>();
/** When the next answer by SQL may be made, in `performance.now()`. */
let due = 0;

/** An answer, and what of it is moved to the other thread instead of copied. */
type Answer = readonly [unknown, ...ArrayBuffer[]];

/** From one snapshot of the store. */
async function byIndex(question: IndexQuestion): Promise<Answer | undefined> {
  return db.transaction().execute(async (tx) => {
    await index.refresh(tx, answerOneBySql);
    if (!unanswered.has(question.id)) return undefined;
    if ('list' in question) return [await index.list(tx, question.list)];
    if ('aggregate' in question) return [await index.aggregate(question.aggregate)];
    const page = await index.listJson(tx, question.listJson);
    return [page, page.json.buffer];
  });
}

/** The same page from a snapshot of its own: while the index is loading, which takes many times as long. */
async function bySql(question: Exclude<IndexQuestion, { readonly aggregate: unknown }>): Promise<Answer> {
  const own = open();
  try {
    return await own.transaction().execute(async (tx): Promise<Answer> => {
      if ('list' in question) return [await listFindings(tx, question.list)];
      const page = await listFindingsJson(tx, question.listJson, new FindingTexts());
      return [page, page.json.buffer];
    });
  } finally {
    await own.destroy();
  }
}

async function reply({ id }: IndexQuestion, answer: () => Promise<Answer | undefined>): Promise<void> {
  if (!unanswered.has(id)) return;
  try {
    const [value, ...moved] = (await answer()) ?? [];
    if (unanswered.delete(id)) parentPort?.postMessage({ id, value } satisfies IndexAnswer, moved);
  } catch (error) {
    if (unanswered.delete(id)) parentPort?.postMessage({ id, error: messageOf(error) } satisfies IndexAnswer);
  }
}

/** Between two batches of loading: a list that waits need not wait for the rest. */
async function answerOneBySql(): Promise<void> {
  // Questions arrive when the thread rests.
  await setImmediate();
  const start = performance.now();
  if (start < due) return;
  for (const question of unanswered.values()) {
    if ('aggregate' in question) continue;
    await reply(question, () => bySql(question));
    const end = performance.now();
    due = end + LOADING_SHARE * (end - start);
    return;
  }
}

/** One after the other: they share the connection. */
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (question: IndexQuestion | 'close') => {
  if (question === 'close') {
    last = last.then(async () => {
      await db.destroy();
      parentPort?.close();
    });
  } else {
    unanswered.set(question.id, question);
    last = last.then(() => reply(question, () => byIndex(question)));
  }
});
