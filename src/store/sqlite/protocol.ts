/** What the threads of the embedded store say to each other. */
import type { SQLInputValue } from 'node:sqlite';

export interface WorkerSettings {
  readonly path: string;
  readonly readOnly: boolean;
  /** Most that it keeps of the file, in KiB. */
  readonly cache?: number;
}

export interface Question {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

export interface Answer {
  readonly id: number;
  readonly rows: readonly unknown[];
  readonly changes?: number;
  /** `errcode` is SQLite's: 5 busy, 10 input or output, 13 full, 8 read-only. */
  readonly error?: { readonly message: string; readonly code?: string | undefined; readonly errcode?: number | undefined };
}
