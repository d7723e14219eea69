/**
 * An assessor in a thread of its own: whoever asks the server is answered meanwhile, and what reading and matching takes of memory is given
 * back with the thread, which ends when there is nothing to do.
 */
import type { Worker } from 'node:worker_threads';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { startWorker } from '../../model/worker.ts';
import type { Store } from '../../store/index.ts';
import type { InUse } from '../advisories.ts';
import type { Ingested } from '../ingest.ts';
import type { Rematched } from '../rematch.ts';
import type { Admit, Assessor } from './assessor.ts';
import {
  type Answers,
  type FromThread,
  failureOf,
  type Question,
  type ThreadSettings,
  type ToThread,
  type Work,
  WorkError,
} from './protocol.ts';

export interface ThreadOptions {
  readonly store: Store;
  readonly current: () => Promise<Result<InUse>>;
  /** Milliseconds without work after which the thread ends. */
  readonly idle?: number;
  /** Most that its heap may take, in MiB. */
  readonly heap?: number;
  /** Told when a thread starts and when the last one ended. */
  readonly onBusy?: (busy: boolean) => void;
}

const IDLE_MS = 20_000;
/** More than the largest document takes. */
const HEAP_MIB = 2_048;
/** MiB for what it makes and forgets: with the 6 that others have, a fifth of its processor time goes into collecting that. */
const YOUNG_MIB = 24;
/** Jobs at the same time: PostgreSQL makes them wait; one writes to the embedded store. */
const AT_ONCE = { postgres: 4, sqlite: 1 } as const;

interface Job {
  readonly work: Work;
  readonly admit?: Admit;
  readonly resolve: (result: Result<never>) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Ends of the turns it has at writing, by its question. */
  readonly turns: Map<number, () => void>;
  readonly jobs: Map<number, Job>;
  readonly ended: Promise<void>;
}

/** Work that cannot be done because its thread ends, out of memory for example, fails with the problem `assessment-ended`. */
export function assessorThread({ store, current, idle = IDLE_MS, heap = HEAP_MIB, onBusy }: ThreadOptions): Assessor {
  const waiting: Job[] = [];
  let thread: Thread | undefined;
  let next = 1;
  let rest: NodeJS.Timeout | undefined;
  let closed = false;
  let running = 0;

  async function answer(from: Thread, question: Question, id: number): Promise<Answers[keyof Answers]> {
    if (question.kind === 'turn') {
      const end = await store.turns.take();
      // It may have ended while it waited.
      if (from.worker.threadId === -1) end();
      else from.turns.set(id, end);
      return undefined;
    }
    if (question.kind === 'current') {
      const now = await current();
      if (!now.ok) return now;
      const { path, today, unsure, database } = now.value;
      return ok({ path, today, unsure, builtAt: database.info.builtAt });
    }
    const job = from.jobs.get(question.job);
    try {
      return await job?.admit?.(question.envelope);
    } catch (error) {
      job?.reject(error);
      return undefined;
    }
  }

  function start(): Thread {
    if (running++ === 0) onBusy?.(true);
    const workerData: ThreadSettings = { engine: store.engine, address: store.address };
    const worker = startWorker(import.meta.url, 'assessor-worker', {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    const jobs = new Map<number, Job>();
    const turns = new Map<number, () => void>();
    let reason = 'it was stopped';
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        if (thread === started) thread = undefined;
        if (--running === 0) onBusy?.(false);
        for (const end of turns.values()) end();
        const message = `The thread that assessed it ended (${reason}): try again, and look at the log of the server.`;
        for (const { resolve } of jobs.values()) resolve(fail(incomplete('assessment-ended', message)));
        jobs.clear();
        resolve();
        go();
      });
    });
    const started: Thread = { worker, jobs, turns, ended };
    worker.on('error', (error) => {
      reason = messageOf(error);
    });
    worker.on('message', (message: FromThread) => {
      if ('ask' in message) {
        const { ask, question } = message;
        answer(started, question, ask).then(
          (value) => worker.postMessage({ answer: ask, value } satisfies ToThread),
          (error: unknown) => worker.postMessage({ answer: ask, failure: failureOf(error) } satisfies ToThread),
        );
      } else if ('written' in message) {
        turns.get(message.written)?.();
        turns.delete(message.written);
      } else {
        const number = 'done' in message ? message.done : message.failed;
        const job = jobs.get(number);
        jobs.delete(number);
        // The thread answers as the kind of work says.
        if ('done' in message) job?.resolve(message.result as Result<never>);
        else {
          const error = new WorkError(message.failure);
          store.failed(error);
          job?.reject(error);
        }
        go();
      }
    });
    return started;
  }

  /** Gives the thread what it can take. */
  function go(): void {
    clearTimeout(rest);
    while (!closed && waiting.length > 0 && (thread?.jobs.size ?? 0) < AT_ONCE[store.engine]) {
      const job = waiting.shift();
      if (job === undefined) break;
      thread ??= start();
      thread.worker.ref();
      const number = next++;
      thread.jobs.set(number, job);
      const transfer = job.work.kind === 'receive' ? [job.work.body.buffer] : [];
      thread.worker.postMessage({ job: number, work: job.work } satisfies ToThread, transfer);
    }
    if (thread === undefined || thread.jobs.size > 0) return;
    // An idle thread does not keep the process alive.
    thread.worker.unref();
    rest = setTimeout(end, idle).unref();
  }

  function end(): void {
    thread?.worker.postMessage('close' satisfies ToThread);
    thread = undefined;
  }

  function perform<T>(work: Work, admit?: Admit): Promise<Result<T>> {
    if (closed) return Promise.reject(new Error('the service was closed'));
    return new Promise<Result<T>>((resolve, reject) => {
      waiting.push({ work, resolve, reject, ...(admit !== undefined && { admit }) });
      go();
    });
  }

  return {
    ingest: (arrival) => perform<Ingested>({ kind: 'ingest', arrival }),
    document: (file, announced) => perform<Ingested>({ kind: 'document', file, announced }),
    // Buffers may be a part of a larger one, which cannot be given away.
    receive: (body, admit) =>
      perform<Ingested>(
        { kind: 'receive', body: body.byteLength === body.buffer.byteLength ? body : new Uint8Array(body) },
        admit,
      ),
    rescan: (resource) => perform<Ingested | undefined>({ kind: 'rescan', resource }),
    rematch: () => perform<Rematched>({ kind: 'rematch' }),
    async close() {
      closed = true;
      clearTimeout(rest);
      for (const { reject } of waiting.splice(0)) reject(new Error('the service was closed'));
      const last = thread;
      if (last === undefined) return;
      last.worker.ref();
      // What is under way is rolled back, and done again when its job is.
      if (last.jobs.size > 0) await last.worker.terminate();
      else end();
      await last.ended;
    },
  };
}
