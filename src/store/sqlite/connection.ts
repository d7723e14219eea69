/** A worker thread as a connection of kysely. */
import type { SQLInputValue } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { startWorker } from '../../model/worker.ts';
import type { Answer, Question, WorkerSettings } from './protocol.ts';

/** What SQLite refused, with its code: `errcode` 13 is a full disk, 8 a read-only one. */
class SqliteError extends Error {
  readonly errcode: number | undefined;
  constructor(message: string, errcode: number | undefined) {
    super(message);
    this.errcode = errcode;
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A value as SQLite takes it. */
export function input(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`a ${typeof value} cannot be stored: make it text first`);
}

/** Asks its thread, in order. */
export class SqliteConnection implements DatabaseConnection {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: Error | undefined;
  /** The process waits for the thread's end, even when answers come until then. */
  #closing = false;
  /** Questions that were not answered yet: the pool gives the next one to the least busy connection. */
  get load(): number {
    return this.#waiting.size;
  }

  constructor(settings: WorkerSettings) {
    this.#worker = startWorker(import.meta.url, 'sqlite-worker', { workerData: settings });
    this.#worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0 && !this.#closing) this.#worker.unref();
      if (answer.error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new SqliteError(answer.error.message, answer.error.errcode));
    });
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#end(new Error('the store was closed')));
    // An idle store does not keep the process alive.
    this.#worker.unref();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  ask(sql: string, parameters: readonly unknown[] = []): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const question: Question = { id: this.#next++, sql, parameters: parameters.map(input) };
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(question);
    });
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.ask(query.sql, query.parameters);
    return { rows: rows as R[], ...(changes !== undefined && { numAffectedRows: BigInt(changes) }) };
  }

  // biome-ignore lint/correctness/useYield: kysely asks for it; lists are paged by key instead.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the embedded store does not stream: page by key');
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#closing = true;
    this.#worker.ref();
    this.#worker.postMessage('close');
    await ended;
  }
}
