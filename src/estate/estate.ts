/** The snapshot of cloud accounts: the answers of AWS calls, errors included. docs/estate.md explains its files. */
import type { Problem } from '../model/problem.ts';
import type { CallId } from './calls.ts';

/** A row as AWS prints it; of unknown shape until its members are asked for. */
export type Row = Readonly<Record<string, unknown>>;

/** The answer to one call: rows, the error it ended with, or nothing because it was not asked. */
export type Table =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'absent' };

/** One region of one account. */
export interface EstateRegion {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** The answer to a call without an argument. */
  table(call: CallId): Table;
  /** The answers to a call that is asked once for each thing, by that thing's identifier (id, ARN or name). */
  tables(call: CallId): ReadonlyMap<string, Table>;
}

export interface Estate {
  /** Sorted by account and region. */
  readonly regions: readonly EstateRegion[];
  /** What in the snapshot could not be read; a table concerned is `failed`. */
  readonly problems: readonly Problem[];
}
