/** One connection to SQLite in a thread of its own: node:sqlite is synchronous, and a long sort must not stop the server. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDirect } from './direct.ts';
import type { Answer, Question, WorkerSettings } from './protocol.ts';

const settings: WorkerSettings = workerData;
const connection = openDirect(settings);

parentPort?.on('message', (question: Question | 'close') => {
  if (question === 'close') {
    connection.close();
    parentPort?.close();
    return;
  }
  try {
    const { rows, changes } = connection.run(question.sql, question.parameters);
    parentPort?.postMessage({ id: question.id, rows, ...(changes !== undefined && { changes }) } satisfies Answer);
  } catch (error) {
    const { message, code, errcode } = error as Error & { code?: string; errcode?: number };
    parentPort?.postMessage({ id: question.id, rows: [], error: { message, code, errcode } } satisfies Answer);
  }
});
