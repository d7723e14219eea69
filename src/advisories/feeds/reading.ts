/** How feeds turn files into records: every document on its own, problems counted, nothing thrown. */
import { basename } from 'node:path';
import { incomplete, messageOf, notice, type Problem } from '../../model/problem.ts';
import type { FeedFile, FeedRecord } from '../feed.ts';
import { MAX_RECORD_BYTES, type Member, tarMembers, unpacked } from './archive.ts';
import { zipMembers } from './archive-zip.ts';

/** A document that does not have the shape its format prescribes. Feeds throw it; readers make it a problem. */
export class Malformed extends Error {}

/** Problems of one file that are told one by one; the rest is counted. */
const MAX_TOLD = 20;

export interface ProblemCounter {
  /** The problem as a record, as long as not too many were told. */
  add(problem: Problem): readonly FeedRecord[];
  /** What was counted but not told. */
  rest(): readonly FeedRecord[];
}

export function problemCounter(path: string): ProblemCounter {
  let count = 0;
  return {
    add: (problem) => (++count <= MAX_TOLD ? [{ kind: 'problem', problem }] : []),
    rest: () =>
      count <= MAX_TOLD
        ? []
        : [
            {
              kind: 'problem',
              problem: incomplete(
                'feed-more-problems',
                `${count - MAX_TOLD} more problems in this file are not listed; the file may be damaged, fetch it again.`,
                path,
              ),
            },
          ],
  };
}

export function fileProblem(path: string, what: string): Problem {
  return incomplete('feed-file-unreadable', `Advisory data could not be read completely: ${what}. Fetch the file again.`, path);
}

export function recordProblem(path: string, what: string): Problem {
  return incomplete('feed-record-malformed', `An advisory was left out: ${what}.`, path);
}

/** Says once per name that a feed speaks of a distribution or ecosystem that Vedette does not know. */
export function unknownStream(path: string, name: string): Problem {
  return notice('feed-stream-unknown', `Advisories for "${name.slice(0, 100)}" are not used: Vedette does not know it.`, path);
}

/** Reads one document of a feed. May throw `Malformed` or anything a parser throws. */
export type ReadDocument = (
  content: Buffer,
  name: string,
  tell: (problem: Problem) => readonly FeedRecord[],
) => Iterable<FeedRecord>;

/** The records of one document, all or none: a document that breaks off half-way yields its problem only. */
function recordsOf(member: Member, file: FeedFile, counter: ProblemCounter, read: ReadDocument): readonly FeedRecord[] {
  const place = member.name === '' ? file.path : `${file.path}!/${member.name.slice(0, 200)}`;
  if (member.fault !== undefined) {
    const problem = member.name === '' ? fileProblem(place, member.fault) : recordProblem(place, member.fault);
    return counter.add(problem);
  }
  try {
    return [...read(member.content, member.name, counter.add)];
  } catch (error) {
    return counter.add(recordProblem(place, messageOf(error)));
  }
}

/** Every member of a `.zip` or tar archive whose name matches, through `read`. */
export async function* readArchive(file: FeedFile, path: string, pick: RegExp, read: ReadDocument): AsyncGenerator<FeedRecord> {
  const counter = problemCounter(file.path);
  try {
    for await (const member of path.endsWith('.zip') ? zipMembers(path) : tarMembers(path)) {
      if (member.name !== '' && !pick.test(member.name)) continue;
      yield* recordsOf(member, file, counter, read);
    }
  } catch (error) {
    yield* counter.add(fileProblem(file.path, messageOf(error)));
  }
  yield* counter.rest();
}

/** A whole file in memory, unpacked when its name says so, bounded. */
async function readWhole(path: string, limit = 4 * MAX_RECORD_BYTES): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of unpacked(path)) {
    size += part.length;
    if (size > limit) throw new Malformed(`it is larger than ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A feed file that is one document. `read` yields record by record; what it threw becomes a problem, what it yielded stays. */
export async function* readFile(file: FeedFile, path: string, read: ReadDocument): AsyncGenerator<FeedRecord> {
  const counter = problemCounter(file.path);
  try {
    yield* read(await readWhole(path), basename(path), counter.add);
  } catch (error) {
    yield* counter.add(fileProblem(file.path, messageOf(error)));
  }
  yield* counter.rest();
}

/** Runs one element of a document on its own, so that a malformed one costs only itself. */
export function isolated(
  place: string,
  tell: (problem: Problem) => readonly FeedRecord[],
  read: () => Iterable<FeedRecord>,
): readonly FeedRecord[] {
  try {
    return [...read()];
  } catch (error) {
    return tell(recordProblem(place, messageOf(error)));
  }
}
