/** Starting worker threads from sources and from the bundle alike. */
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts `<name>.ts` beside the calling module or, from the bundle, `dist/<name>.js`. Worker files are named `*-worker.ts`
 * with names unique in the project, because the bundle is flat.
 */
export function startWorker(importMetaUrl: string, name: `${string}-worker`, options?: WorkerOptions): Worker {
  const suffix = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new Worker(new URL(`./${name}${suffix}`, importMetaUrl), options);
}
