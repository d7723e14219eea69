/** Scans layers side by side: in worker threads when that pays, else in this thread. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { incomplete, messageOf, type Problem } from '../../model/problem.ts';
import { startWorker } from '../../model/worker.ts';
import type { Cataloger } from '../cataloger.ts';
import { type LayerScan, type ScanJob, scanLayer } from './scan.ts';
import type { ScanReply } from './scan-worker.ts';

/** A job that may first have to fetch its bytes; undefined when that failed (and was told). */
export interface PendingJob {
  /** Bytes as stored, for starting the largest first. */
  readonly size: number;
  prepare(): Promise<ScanJob | undefined>;
  done(scan: LayerScan): void;
}

export interface PoolOptions {
  readonly catalogers: readonly Cataloger[];
  /** Worker threads at most; 0 scans in this thread. Undefined chooses by the work. */
  readonly workers?: number;
  /** Workers know the registered catalogers only. */
  readonly registered: boolean;
  readonly signal?: AbortSignal;
}

/** Below this many bytes starting a thread costs more than it saves. */
const WORTH_A_THREAD = 16 * 1024 * 1024;
const MAX_WORKERS = 4;
/** A cataloger gone wild must not take the whole process down with it. */
const WORKER_HEAP_MEBIBYTES = 1024;

function emptyScan(problem: Problem): LayerScan {
  return { extracts: [], names: '', symlinks: [], hardlinks: [], whiteouts: [], opaques: [], unread: [], problems: [problem] };
}

function failed(name: string, why: string): LayerScan {
  return emptyScan(incomplete('scan-interrupted', `${name} could not be scanned (${why}).`));
}

/** One worker thread that takes one job at a time and is started again after a crash. */
function lane(signal?: AbortSignal): { run(job: ScanJob): Promise<LayerScan>; close(): Promise<void> } {
  let worker: Worker | undefined;
  let finish: ((outcome: LayerScan | string) => void) | undefined;
  const lose = (why: string): void => {
    const lost = worker;
    worker = undefined;
    void lost?.terminate();
    finish?.(why);
  };
  const start = (): Worker => {
    const started = startWorker(import.meta.url, 'scan-worker', {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MEBIBYTES },
    });
    const ifCurrent = (why: string): void => {
      if (worker === started) lose(why);
    };
    started.on('message', (reply: ScanReply) => finish?.('scan' in reply ? reply.scan : reply.error));
    started.on('messageerror', (error) => ifCurrent(messageOf(error)));
    started.on('error', (error) => ifCurrent(messageOf(error)));
    started.on('exit', () => ifCurrent('its thread ended'));
    return started;
  };
  const run = (job: ScanJob): Promise<LayerScan> => {
    return new Promise((resolve) => {
      const onAbort = (): void => lose('the scan was stopped');
      finish = (outcome) => {
        finish = undefined;
        signal?.removeEventListener('abort', onAbort);
        resolve(typeof outcome === 'string' ? failed(job.name, outcome) : outcome);
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort);
      worker ??= start();
      worker.postMessage(job);
    });
  };
  return { run, close: async () => void (await worker?.terminate()) };
}

function workerCount(jobs: readonly PendingJob[], options: PoolOptions): number {
  if (!options.registered) return 0;
  if (options.workers !== undefined) return Math.min(options.workers, jobs.length);
  const bytes = jobs.reduce((sum, job) => sum + job.size, 0);
  return bytes < WORTH_A_THREAD || jobs.length < 2 ? 0 : Math.min(availableParallelism(), jobs.length, MAX_WORKERS);
}

/** Runs all jobs, the largest first; every job's `done` is called unless its `prepare` gave up. */
export async function runJobs(jobs: readonly PendingJob[], options: PoolOptions): Promise<void> {
  const queue = [...jobs].sort((a, b) => b.size - a.size);
  const count = workerCount(jobs, options);
  const drain = async (run: (job: ScanJob) => Promise<LayerScan>): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const job = await next.prepare();
      if (job !== undefined) next.done(await run(job));
    }
  };
  if (count === 0) {
    // Two at a time even here: one layer is fetched or inflated while another is looked at.
    const here = (job: ScanJob): Promise<LayerScan> => scanLayer(job, options.catalogers, options.signal);
    await Promise.all([drain(here), drain(here)]);
    return;
  }
  const lanes = Array.from({ length: count }, () => lane(options.signal));
  try {
    await Promise.all(lanes.map(({ run }) => drain(run)));
  } finally {
    await Promise.all(lanes.map(({ close }) => close()));
  }
}
