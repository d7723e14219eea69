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
  readonly problems: readonly Problem[];
}

/** Problems told for each source; the rest is counted. */
const MAX_PROBLEMS = 10;

function dateOf(record: FeedRecord): string | undefined {
  if (record.kind === 'advisory') return record.advisory.modified ?? record.advisory.published;
  if (record.kind === 'facts') return record.facts.epss?.date ?? record.facts.kev?.dateAdded;
  return undefined;
}

/** Parses a file; chunks are handed over as they fill up. Never throws: a feed that does is a problem of its file. */
export async function parseSource(
  feed: Feed,
  job: SourceJob,
  emit: (chunk: Chunk, transfer: ArrayBuffer[]) => void,
): Promise<SourceResult> {
  const builder = new ChunkBuilder(streamKeys(), () => true);
  const problems: Problem[] = [];
  let [records, told, lost] = [0, 0, 0];
  let asOf: string | undefined;
  const hand = () => {
    const chunk = builder.take();
    emit(chunk, buffersOf(chunk));
  };
  try {
    for await (const record of feed.parse(job.file, job.absolutePath)) {
      if (record.kind === 'problem') {
        told++;
        if (record.problem.effect === 'incomplete') lost++;
        if (problems.length < MAX_PROBLEMS) problems.push(record.problem);
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
    problems.push(incomplete('feed-failed', `It could not be read to its end (${messageOf(error)}).`, job.file.path));
  }
  if (told > problems.length) {
    const message = `${told - problems.length} more problems in this source are not listed.`;
    const make = lost > problems.filter(({ effect }) => effect === 'incomplete').length ? incomplete : notice;
    problems.push(make('feed-more-problems', message, job.file.path));
  }
  hand();
  return { records, ...(asOf === undefined ? {} : { asOf }), uncomparable: builder.uncomparable, problems };
}
