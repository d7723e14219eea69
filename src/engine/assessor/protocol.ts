/** What a server and its thread that assesses say to each other. */
import type { Result } from '../../model/problem.ts';
import type { Engine } from '../../store/index.ts';
import type { Arrival } from '../ingest.ts';
import type { Admitted, Announced } from './assessor.ts';

export interface ThreadSettings {
  readonly engine: Engine;
  /** Of the store. */
  readonly address: string;
}

export type Work =
  | { readonly kind: 'ingest'; readonly arrival: Arrival }
  | { readonly kind: 'document'; readonly file: string; readonly announced: Announced }
  | { readonly kind: 'receive'; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'rescan'; readonly resource: number }
  | { readonly kind: 'rematch' };

/** The advisory database in use. */
export interface Current {
  readonly path: string;
  readonly builtAt: string;
  readonly today: string;
  readonly unsure: readonly string[];
}

/** What the thread asks while it works, and what it is answered. */
export interface Answers {
  /** Which advisory database is in use? */
  readonly current: Result<Current>;
  /** May it write? It says when it has. */
  readonly turn: undefined;
  /** Is what came with a document in order? Undefined: it is not. */
  readonly admit: Admitted | undefined;
}

export type Question =
  | { readonly kind: 'current' }
  | { readonly kind: 'turn' }
  | { readonly kind: 'admit'; readonly job: number; readonly envelope: unknown };

/** What an error is known by: errors themselves lose that on their way. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  /** SQLite's. */
  readonly errcode?: number;
}

/** … and an error as it was on the other side. */
export class WorkError extends Error {
  readonly code: string | undefined;
  readonly errcode: number | undefined;
  constructor({ message, code, errcode }: Failure) {
    super(message);
    this.code = code;
    this.errcode = errcode;
  }
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    message: error.message,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...('errcode' in error && typeof error.errcode === 'number' && { errcode: error.errcode }),
  };
}

export type ToThread =
  | { readonly job: number; readonly work: Work }
  | { readonly answer: number; readonly value: Answers[keyof Answers] }
  | { readonly answer: number; readonly failure: Failure }
  | 'close';

export type FromThread =
  | { readonly ask: number; readonly question: Question }
  | { readonly written: number }
  | { readonly done: number; readonly result: Result<unknown> }
  | { readonly failed: number; readonly failure: Failure };
