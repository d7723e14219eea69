/** What the rest of Vedette knows of the queue of jobs. docs/jobs.md. */
import type { Write } from '../store/index.ts';

/** JSON. */
export type Payload = Readonly<Record<string, unknown>>;

export interface SendOptions {
  /** Not before; milliseconds since 1970. */
  readonly runAt?: number;
  /** While a job of this kind with this key waits for its first attempt, another one is not sent. */
  readonly uniqueKey?: string;
  /** The transaction that the job belongs to: it is sent when that is committed. */
  readonly transaction?: Write;
}

export interface Job {
  readonly kind: string;
  readonly payload: Payload;
  /** 1 at first. */
  readonly attempt: number;
  /** Aborted when the queue closes. */
  readonly signal: AbortSignal;
}

/** Does the job; it has failed when this rejects, and is tried again. It may run twice, so its effects must bear that. */
export type Handler = (job: Job) => Promise<void>;

export interface WorkOptions {
  /** Jobs of the kind at the same time in this process. Default 1. */
  readonly concurrency?: number;
}

/** A job that was given up. */
export interface DeadJob {
  readonly id: string;
  readonly kind: string;
  readonly payload: Payload;
  readonly attempts: number;
  readonly error: string;
  readonly createdAt: number;
}

export interface Queue {
  /** Puts a job into the queue; false when its unique key keeps it out. */
  send(kind: string, payload: Payload, options?: SendOptions): Promise<boolean>;
  /** Handles jobs of a kind from now on; once per kind and queue. */
  work(kind: string, handler: Handler, options?: WorkOptions): Promise<void>;
  /** Sends a job at the times of a cron expression of five fields (UTC): once however many processes ask for it, and one for all times missed. */
  schedule(kind: string, cron: string, payload?: Payload): Promise<void>;
  /** Jobs that were given up, oldest first, at most 1,000. */
  dead(): Promise<readonly DeadJob[]>;
  /** Tries a dead job again, as if new; false when it is not there. */
  replay(kind: string, id: string): Promise<boolean>;
  /** Takes no more jobs and waits for the running ones as long as given (default 10 s); what is not done by then is done again later. */
  close(patience?: number): Promise<void>;
}

/** Attempts before a job is given up. */
export const ATTEMPTS = 10;
/** The first wait between attempts, doubled each time up to the longest. */
export const FIRST_WAIT_MS = 1_000;
export const LONGEST_WAIT_MS = 3_600_000;
/** A worker says this often that it lives; silent for a lease, its job is another's. */
export const LEASE_MS = 60_000;
