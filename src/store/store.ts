/** What the rest of Vedette knows of the store: kysely over the same tables on both engines. */
import { type Kysely, PostgresAdapter, sql, type Transaction } from 'kysely';
import type { Problem } from '../model/problem.ts';
import type { FindingReader } from './findings/reader.ts';
import type { Tables } from './schema.ts';
import type { Turns } from './turns.ts';

export type Engine = 'sqlite' | 'postgres';

export type Write = Transaction<Tables>;

/** What work in any thread needs of the store. */
export interface WorkStore {
  readonly engine: Engine;
  /** For reading outside of a transaction: it sees what was committed, and never waits for a writer. */
  readonly read: Kysely<Tables>;
  /**
   * Runs work in one transaction, and again when the engine says that it collided with another (PostgreSQL: serialization failures,
   * deadlocks, and rows that both put in one place), so it must do nothing but write. SQLite runs one at a time.
   */
  write<T>(work: (transaction: Write) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Store extends WorkStore {
  /** Where it is: the file, or `postgres://…`, which may have a password in it. */
  readonly address: string;
  /** Turns of those that write to the embedded store, for the process's other threads. */
  readonly turns: Turns;
  /** Why nothing can be written; undefined when it can. Asks the engine again where the last write failed for such a reason. */
  trouble(): Promise<Problem | undefined>;
  /** Tells it why another thread could not write. */
  failed(error: unknown): void;
  /**
   * Counts what was written where nobody but this process writes (SQLite): what was read at one number holds as long as the number
   * does. Undefined where other processes write too.
   */
  revision(): number | undefined;
  /** Lists and counts of findings, as fast as the engine can. */
  readonly findings: FindingReader;
}

/** Rows in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const CHUNK = 500;

/** Cuts a list into pieces for statements with many parameters. */
export function* chunks<T>(list: readonly T[], size = CHUNK): Generator<readonly T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}

/**
 * A text as both engines keep it. PostgreSQL has no NUL in texts, and who hands something in may have one in the name of a package: it
 * becomes the sign for what is no character.
 */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

/** Rows as one parameter, for statements that read them with the engine's functions for JSON. */
export function jsonParameter(rows: unknown): string {
  const json = JSON.stringify(rows);
  if (!json.includes('\\u0000')) return json;
  return JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'string' ? storable(value) : value));
}

/** Whether a transaction is PostgreSQL's, where others write at the same time and rows have to be held. */
export function isShared(tx: Pick<Write, 'getExecutor'>): boolean {
  return tx.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * Holds a name until the transaction ends: others that hold it wait, so that what is read after this and written is not older than
 * what is there. SQLite's transactions come one after the other anyway.
 */
export async function hold(tx: Write, ...name: readonly string[]): Promise<void> {
  if (isShared(tx)) await sql`select pg_advisory_xact_lock(hashtextextended(${name.join('\n')}, 0))`.execute(tx);
}

const DECISIONS = 'decisions';

/**
 * For changes of what counts for findings wherever they are: accounts and the organization, suppression rules, decisions about findings.
 * Nobody writes findings by what counted before, from here to the end of the transaction. First of all that it locks.
 */
export async function holdDecisions(tx: Write): Promise<void> {
  await hold(tx, DECISIONS);
}

/** For those who write findings by what counts: that stays as it is until the transaction ends. First of all that it locks. */
export async function keepDecisions(tx: Write): Promise<void> {
  if (isShared(tx)) await sql`select pg_advisory_xact_lock_shared(hashtextextended(${DECISIONS}, 0))`.execute(tx);
}
