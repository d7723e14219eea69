/** From source files to the compiled file: parsed side by side, merged in the order of the sources. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { DatabaseInfo, DatabaseSource } from '../../model/advisory.ts';
import { fail, incomplete, messageOf, ok, type Problem, type Result } from '../../model/problem.ts';
import { startWorker } from '../../model/worker.ts';
import type { SourceFile } from '../update/index.ts';
import { Assembler } from './assemble.ts';
import type { Chunk } from './chunk.ts';
import { FORMAT_VERSION } from './format.ts';
import { parseSource, type SourceJob, type SourceResult, unread } from './parse.ts';
import { encodeFile, writeFileAtomically } from './write.ts';

export interface CompileOptions {
  readonly sources: readonly SourceFile[];
  readonly origin: DatabaseSource['origin'];
  /** Where the file goes; replaced atomically. */
  readonly out: string;
  /** ISO 8601 UTC. */
  readonly builtAt: string;
  /** What went wrong in fetching the sources; kept in the file with what goes wrong in reading them. */
  readonly problems?: readonly Problem[];
  /** Threads that parse; 0 = this thread. Default: one for each processor, at most 4. */
  readonly workers?: number;
  readonly progress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

export interface Compiled {
  readonly info: DatabaseInfo;
  readonly problems: readonly Problem[];
}

interface Parsed {
  readonly chunks: readonly Chunk[];
  readonly result: SourceResult;
}

type Reply = { readonly chunk: Chunk } | { readonly result: SourceResult };

const MAX_WORKERS = 4;
/** One source at a time is in a worker; its largest documents are a few dozen MiB. */
const WORKER_HEAP_MEBIBYTES = 1024;

function jobOf({ feed, file, absolutePath }: SourceFile, now: string): SourceJob {
  return { feed: feed.id, file, absolutePath, now };
}

function lost({ file }: SourceJob, why: string): Parsed {
  return { chunks: [], result: unread(file.path, why) };
}

/** A thread that parses one source at a time; started again after a crash. */
function lane(signal: AbortSignal | undefined): { parse(job: SourceJob): Promise<Parsed>; close(): Promise<void> } {
  let worker: Worker | undefined;
  const parse = (job: SourceJob): Promise<Parsed> =>
    new Promise((resolve) => {
      worker ??= startWorker(import.meta.url, 'compile-worker', {
        resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MEBIBYTES },
      });
      const current = worker;
      const chunks: Chunk[] = [];
      const finish = (parsed: Parsed, dead: boolean): void => {
        current.off('message', onMessage).off('error', onError).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
        if (dead) {
          worker = undefined;
          void current.terminate();
        }
        resolve(parsed);
      };
      const onAbort = (): void => finish(lost(job, 'it was stopped'), true);
      const onMessage = (reply: Reply): void => {
        if ('chunk' in reply) chunks.push(reply.chunk);
        else finish({ chunks, result: reply.result }, false);
      };
      const onError = (error: unknown): void => finish(lost(job, messageOf(error)), true);
      const onExit = (): void => finish(lost(job, 'its thread ended'), true);
      current.on('message', onMessage).on('error', onError).on('exit', onExit);
      if (signal?.aborted === true) return onAbort();
      signal?.addEventListener('abort', onAbort);
      current.postMessage(job);
    });
  return { parse, close: async () => void (await worker?.terminate()) };
}

async function parseHere(source: SourceFile, job: SourceJob): Promise<Parsed> {
  const chunks: Chunk[] = [];
  const result = await parseSource(source.feed, job, (chunk) => chunks.push(chunk));
  return { chunks, result };
}

/** Parses all, the largest first; `take` is called in the order of the sources, so that the outcome does not depend on timing. */
async function parseAll(options: CompileOptions, take: (source: SourceFile, parsed: Parsed) => void): Promise<void> {
  const { sources, builtAt, signal } = options;
  const waiting = new Map<number, Parsed>();
  const queue = sources.map((_, index) => index).sort((a, b) => (sources[b]?.size ?? 0) - (sources[a]?.size ?? 0) || a - b);
  let [next, done] = [0, 0];
  const put = (index: number, parsed: Parsed): void => {
    waiting.set(index, parsed);
    options.progress?.({ done: ++done, total: sources.length });
    for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
      const source = sources[next];
      waiting.delete(next++);
      if (source !== undefined) take(source, ready);
    }
  };
  const drain = async (parse: (source: SourceFile, job: SourceJob) => Promise<Parsed>): Promise<void> => {
    for (let index = queue.shift(); index !== undefined && signal?.aborted !== true; index = queue.shift()) {
      const source = sources[index];
      if (source !== undefined) put(index, await parse(source, jobOf(source, builtAt)));
    }
  };
  const count = Math.min(options.workers ?? Math.min(availableParallelism(), MAX_WORKERS), sources.length);
  if (count === 0) return drain(parseHere);
  const lanes = Array.from({ length: count }, () => lane(signal));
  try {
    await Promise.all(lanes.map(({ parse }) => drain((_, job) => parse(job))));
  } finally {
    await Promise.all(lanes.map(({ close }) => close()));
  }
}

function describe(source: SourceFile, origin: DatabaseSource['origin'], result: SourceResult): DatabaseSource {
  const { file, url, fetchedAt, stale } = source;
  return {
    id: file.path,
    origin,
    url,
    fetchedAt,
    ...(result.asOf === undefined ? {} : { asOf: result.asOf }),
    records: result.records,
    ...(stale === undefined ? {} : { stale }),
    ...(result.failed === undefined ? {} : { failed: result.failed }),
  };
}

/**
 * Compiles the sources into one file. The same sources and time give the same bytes, whatever the number of threads. A source that
 * cannot be read is a problem and the others still count; the problem `database-unwritable` says that there is no new file.
 */
export async function compileDatabase(options: CompileOptions): Promise<Result<Compiled>> {
  const assembler = new Assembler();
  const described: DatabaseSource[] = [];
  const problems: Problem[] = [...(options.problems ?? [])];
  let uncomparable = 0;
  await parseAll(options, (source, { chunks, result }) => {
    for (const chunk of chunks) assembler.add(chunk);
    described.push(describe(source, options.origin, result));
    problems.push(...result.problems);
    uncomparable += result.uncomparable;
  });
  if (options.signal?.aborted === true)
    return fail(incomplete('database-interrupted', 'The database was not compiled: it was interrupted.'));
  const { sections, advisories, ranges } = assembler.finish();
  const info: DatabaseInfo = {
    formatVersion: FORMAT_VERSION,
    builtAt: options.builtAt,
    sources: described,
    advisories,
    ranges,
    ...(uncomparable === 0 ? {} : { uncomparable }),
  };
  try {
    writeFileAtomically(options.out, encodeFile({ ...sections, info: Buffer.from(JSON.stringify({ info, problems })) }));
  } catch (error) {
    const message = `The database cannot be written to ${options.out} (${messageOf(error)}).`;
    return fail(incomplete('database-unwritable', message, options.out));
  }
  return ok({ info, problems });
}
