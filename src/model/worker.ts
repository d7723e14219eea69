/** Starting worker threads from sources and from the bundle alike. */
import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** MiB for what a thread makes and forgets: as little as the main thread has (bin/vedette), where nothing else is said. */
const YOUNG_MIB = 6;

/**
 * Starts `<name>.ts` beside the calling module or, from the bundle, `dist/<name>.js`. Worker files are named `*-worker.ts`
 * with names unique in the project, because the bundle is flat. `maxYoungGenerationSizeMb` is 6 where the limits do not tell it.
 */
export function startWorker(importMetaUrl: string, name: `${string}-worker`, options: WorkerOptions = {}): Worker {
  // The flag that keeps the main thread's young generation small would go before what each thread asks for.
  setFlagsFromString('--max-semi-space-size=0');
  const suffix = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MIB, ...options.resourceLimits };
  return new Worker(new URL(`./${name}${suffix}`, importMetaUrl), { ...options, resourceLimits });
}
