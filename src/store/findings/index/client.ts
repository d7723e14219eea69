/** The index as the rest of the process uses it. */
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../../model/worker.ts';
import type { AggregationPage } from '../aggregate.ts';
import type { FindingRow } from '../api-finding.ts';
import type { JsonPage, Page } from '../list.ts';
import type { FindingReader } from '../reader.ts';
import type { IndexAnswer, IndexQuestion } from './protocol.ts';

type Body = IndexQuestion extends infer Q ? (Q extends IndexQuestion ? Omit<Q, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The thread is started by the first question, and anew by the next one if it ever ends. */
export function indexReader(path: string): FindingReader {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let next = 1;
  let closed = false;

  function start(): Worker {
    const started = startWorker(import.meta.url, 'findings-worker', { workerData: { path } });
    const end = (error: Error): void => {
      if (worker !== started) return;
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on('message', ({ id, value, error }: IndexAnswer) => {
      const one = waiting.get(id);
      waiting.delete(id);
      // The process waits for the end of a thread that was told to close, even when answers come until then.
      if (waiting.size === 0 && !closed) started.unref();
      if (error === undefined) one?.resolve(value);
      else one?.reject(new Error(error));
    });
    started.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
    started.on('exit', () => end(new Error('the store was closed')));
    return started;
  }

  function ask(body: Body): Promise<unknown> {
    if (closed) return Promise.reject(new Error('the store was closed'));
    worker ??= start();
    const thread = worker;
    const id = next++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      thread.ref();
      thread.postMessage({ id, ...body });
    });
  }

  return {
    // The thread answers as its question's type says.
    list: async (list) => (await ask({ list })) as Page<FindingRow>,
    listJson: async (listJson) => (await ask({ listJson })) as JsonPage,
    aggregate: async (aggregate) => (await ask({ aggregate })) as AggregationPage,
    async close() {
      closed = true;
      const thread = worker;
      if (thread === undefined) return;
      const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
      thread.ref();
      thread.postMessage('close');
      await ended;
    },
  };
}
