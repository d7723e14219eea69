/** A connection to SQLite in the thread that asks: node:sqlite is synchronous, so this thread does nothing else meanwhile. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Answer, WorkerSettings } from './protocol.ts';

/** Statements kept prepared; the oldest goes first. */
const PREPARED = 500;
const CACHE_KIB = 32_000;
/** Of the log, before the commit that fills it moves them into the file, which takes longer than the commit: a host has a thousand. */
const LOG_PAGES = 4_000;

export interface DirectConnection {
  /**
   * Runs a statement. What follows in a transaction that SQLite has ended fails as the statement did that ended it: outside, it would be
   * committed at once.
   */
  run(sql: string, parameters: readonly SQLInputValue[]): Omit<Answer, 'id'>;
  close(): void;
}

/** Opens a file of the store, which is there. Throws what SQLite says. */
export function openDirect({ path, readOnly, cache = CACHE_KIB }: WorkerSettings): DirectConnection {
  const db = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  if (!readOnly) {
    db.exec('pragma journal_mode = wal');
    // An acknowledged write survives a power cut.
    db.exec('pragma synchronous = full');
    db.exec(`pragma wal_autocheckpoint = ${LOG_PAGES}`);
  }
  db.exec(`pragma cache_size = -${cache}`);
  db.exec('pragma temp_store = memory');
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

  function execute(sql: string, parameters: readonly SQLInputValue[]): Omit<Answer, 'id'> {
    const prepared = statement(sql);
    if (prepared.columns().length > 0) return { rows: prepared.all(...parameters) };
    const { changes } = prepared.run(...parameters);
    return { rows: [], changes: Number(changes) };
  }

  return {
    run(sql, parameters) {
      const isOver = inTransaction && !db.isTransaction;
      if (sql === 'rollback') {
        inTransaction = false;
        return isOver ? { rows: [] } : execute(sql, parameters);
      }
      if (isOver) throw endedBy;
      try {
        const done = execute(sql, parameters);
        if (sql.startsWith('begin')) inTransaction = true;
        if (sql === 'commit') inTransaction = false;
        return done;
      } catch (error) {
        endedBy = error;
        throw error;
      }
    },
    close() {
      prepared.clear();
      db.close();
    },
  };
}
