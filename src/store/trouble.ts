/** What the engine says when it cannot go on, in words for people. docs/store.md. */
import { incomplete, type Problem } from '../model/problem.ts';
import type { Store, Write } from './store.ts';

const FULL = incomplete('store-full', 'The disk that the store is on is full: make room there, and the request works again.');
const READ_ONLY = incomplete(
  'store-read-only',
  'The store cannot be written: its disk or database is read-only. Reading goes on; nothing that was acknowledged is lost.',
);
const BROKEN = incomplete(
  'store-unreadable',
  'The disk that the store is on cannot be read or written: it fails, or the system has made it read-only. Nothing that was acknowledged is lost; the log of the server says more.',
);
const DAMAGED = incomplete('store-damaged', 'The file of the store is damaged: restore it from a backup.');
const BUSY = incomplete('store-busy', 'The store is busy: try again.');
const GONE = incomplete('store-unreachable', 'PostgreSQL does not answer: try again when it is back.');

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html). */
const SQLITE: Readonly<Record<number, Problem>> = {
  5: BUSY,
  8: READ_ONLY,
  10: BROKEN,
  11: DAMAGED,
  13: FULL,
  14: BROKEN,
  26: DAMAGED,
};

/** SQLSTATE codes and classes (https://www.postgresql.org/docs/current/errcodes-appendix.html) and codes of the operating system. */
const POSTGRES: readonly (readonly [start: string, problem: Problem])[] = [
  ['53100', FULL],
  ['25006', READ_ONLY],
  ['53', GONE],
  ['57P', GONE],
  ['08', GONE],
  ['28', GONE],
  ['3D', GONE],
  ['ECONN', GONE],
  ['EPIPE', GONE],
  ['ENOTFOUND', GONE],
  ['EAI_AGAIN', GONE],
  ['ETIMEDOUT', GONE],
];

/** A row that is written to see whether writing works. */
const PROBE = 'probe';

/** Keeps in mind why the last write failed. */
export function watchWrites(write: Store['write']): Pick<Store, 'write' | 'trouble' | 'failed'> {
  let last: Problem | undefined;
  async function watched<T>(work: (transaction: Write) => Promise<T>): Promise<T> {
    try {
      const done = await write(work);
      last = undefined;
      return done;
    } catch (error) {
      failed(error);
      throw error;
    }
  }
  function failed(error: unknown): void {
    last = storeTrouble(error) ?? last;
  }
  return {
    write: watched,
    failed,
    async trouble() {
      if (last === undefined) return undefined;
      const row = { name: PROBE, value: '' };
      await watched((tx) =>
        tx
          .insertInto('setting')
          .values(row)
          .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
          .execute(),
      ).catch(() => undefined);
      return last;
    },
  };
}

/** Why the store could not do something; undefined when the error is not the store's, or is a mistake of the program. */
export function storeTrouble(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return SQLITE[error.errcode & 0xff];
  // pg says so without a code.
  if (/^Connection terminated/.test(error.message)) return GONE;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code === undefined ? undefined : POSTGRES.find(([start]) => code.startsWith(start))?.[1];
}
