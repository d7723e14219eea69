/** One source file into chunks: what a worker does, and what this thread does when there are none. */
import { incomplete, messageOf, notice, type Problem } from '../../model/problem.ts';
import type { Feed, FeedFile, FeedRecord } from '../feed.ts';
import { buffersOf, type Chunk, ChunkBuilder } from './chunk.ts';
import { streamKeys } from './keys.ts';

/** Plain data: crosses threads. */
export interface SourceJob {
  readonly feed: string;
  readonly file: FeedFile;
  readonly absolutePath: string;
  /** Dates after it are mistakes of the source and say nothing of its age. */
  readonly now: string;
}

export interface SourceResult {
  readonly records: number;
  readonly asOf?: string;
  readonly uncomparable: number;
  /** Why it could not be read to its end. */
  readonly failed?: string;
  readonly problems: readonly Problem[];
}

/** Problems of records told for each source; the rest is counted. Feeds that count for themselves tell no more. */
const MAX_PROBLEMS = 20;
const REST = 'feed-more-problems';
/** Problems that cost an unknown part of the source: always told. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(['feed-failed', 'feed-file-unreadable']);

function dateOf(record: FeedRecord): string | undefined {
  if (record.kind === 'advisory') return record.advisory.modified ?? record.advisory.published;
  if (record.kind === 'facts') return record.facts.epss?.date ?? record.facts.kev?.dateAdded ?? record.facts.published;
  return undefined;
}

/** Keeps the first problems and counts the others. */
class Problems {
  readonly #path: string;
  readonly #told: Problem[] = [];
  #records = 0;
  #untold = 0;
  #untoldLoss = false;
  failed: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  add(problem: Problem): void {
    const whole = OF_THE_WHOLE.has(problem.code);
    if (whole) this.failed ??= problem.message;
    if (whole || problem.code === REST || this.#records++ < MAX_PROBLEMS) this.#told.push(problem);
    else {
      this.#untold++;
      this.#untoldLoss ||= problem.effect === 'incomplete';
    }
  }

  all(): readonly Problem[] {
    if (this.#untold === 0) return this.#told;
    const make = this.#untoldLoss ? incomplete : notice;
    const message = `${this.#untold} more problems in this source are not listed.`;
    return [...this.#told, make(REST, message, this.#path)];
  }
}

/** What is left of a source that could not be read at all. */
export function unread(path: string, why: string): SourceResult {
  const message = `It could not be read (${why}).`;
  return { records: 0, uncomparable: 0, failed: message, problems: [incomplete('feed-failed', message, path)] };
}

/** Parses a file; chunks are handed over as they fill up. Never throws: a feed that does is a problem of its file. */
export async function parseSource(
  feed: Feed,
  job: SourceJob,
  emit: (chunk: Chunk, transfer: ArrayBuffer[]) => void,
): Promise<SourceResult> {
  const builder = new ChunkBuilder(streamKeys());
  const problems = new Problems(job.file.path);
  let records = 0;
  let asOf: string | undefined;
  const hand = () => {
    const chunk = builder.take();
    emit(chunk, buffersOf(chunk));
  };
  try {
    for await (const record of feed.parse(job.file, job.absolutePath)) {
      if (record.kind === 'problem') {
        problems.add(record.problem);
        continue;
      }
      records++;
      const date = dateOf(record);
      if (date !== undefined && date <= job.now && (asOf === undefined || date > asOf)) asOf = date;
      if (record.kind === 'advisory') builder.advisory(record.advisory);
      else builder.facts(record.facts);
      if (builder.full) hand();
    }
  } catch (error) {
    problems.add(incomplete('feed-failed', `It could not be read to its end (${messageOf(error)}).`, job.file.path));
  }
  hand();
  const { failed } = problems;
  return {
    records,
    ...(asOf === undefined ? {} : { asOf }),
    uncomparable: builder.uncomparable,
    ...(failed === undefined ? {} : { failed }),
    problems: problems.all(),
  };
}
