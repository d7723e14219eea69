/** One connection to SQLite in a thread of its own: node:sqlite is synchronous, and a long sort must not stop the server. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Question, WorkerSettings } from './protocol.ts';

/** Statements kept prepared; the oldest goes first. */
const PREPARED = 500;

function open({ path, readOnly }: WorkerSettings): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  if (!readOnly) {
    db.exec('pragma journal_mode = wal');
    // An acknowledged write survives a power cut.
    db.exec('pragma synchronous = full');
  }
  db.exec('pragma cache_size = -32000');
  db.exec('pragma temp_store = memory');
  return db;
}

const settings: WorkerSettings = workerData;
const db = open(settings);
const prepared = new Map<string, StatementSync>();

function statement(sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known !== undefined) return known;
  const made = db.prepare(sql);
  const oldest = prepared.size >= PREPARED ? prepared.keys().next().value : undefined;
  if (oldest !== undefined) prepared.delete(oldest);
  prepared.set(sql, made);
  return made;
}

/** Between `begin` and `commit` or `rollback`, as those who ask see it. */
let inTransaction = false;
/** What made SQLite end the transaction by itself: a full disk does, and an input or output error. */
let endedBy: unknown;

/**
 * Runs a statement. What follows in a transaction that SQLite has ended fails as the statement did that ended it: outside, it would be
 * committed at once.
 */
function answer(question: Question): Omit<Answer, 'id'> {
  const { sql } = question;
  const isOver = inTransaction && !db.isTransaction;
  if (sql === 'rollback') {
    inTransaction = false;
    return isOver ? { rows: [] } : execute(question);
  }
  if (isOver) throw endedBy;
  try {
    const done = execute(question);
    if (sql.startsWith('begin')) inTransaction = true;
    if (sql === 'commit') inTransaction = false;
    return done;
  } catch (error) {
    endedBy = error;
    throw error;
  }
}

function execute({ sql, parameters }: Question): Omit<Answer, 'id'> {
  const prepared = statement(sql);
  if (prepared.columns().length > 0) return { rows: prepared.all(...parameters) };
  const { changes } = prepared.run(...parameters);
  return { rows: [], changes: Number(changes) };
}

parentPort?.on('message', (question: Question | 'close') => {
  if (question === 'close') {
    prepared.clear();
    db.close();
    parentPort?.close();
    return;
  }
  try {
    parentPort?.postMessage({ id: question.id, ...answer(question) } satisfies Answer);
  } catch (error) {
    const { message, code, errcode } = error as Error & { code?: string; errcode?: number };
    parentPort?.postMessage({ id: question.id, rows: [], error: { message, code, errcode } } satisfies Answer);
  }
});

export type { SQLInputValue };
