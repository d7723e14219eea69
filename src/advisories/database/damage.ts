/** What is thrown when a database turns out to be damaged while it is in use. */
import { incomplete, type Problem } from '../../model/problem.ts';
import { CorruptError } from './bytes.ts';

/** No answer would be true. Whoever ends the command or the assessment reports `problem`. */
export class DamagedDatabase extends Error {
  readonly problem: Problem;

  constructor(path: string, what: string) {
    const problem = corrupted(path, what);
    super(problem.message);
    this.problem = problem;
  }
}

export function corrupted(path: string, what: string): Problem {
  return incomplete('database-corrupt', `${path} is damaged (${what}). Run "vedette db update" to make it again.`, path);
}

/** Runs what reads the file; damage comes out as `DamagedDatabase`. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof CorruptError ? new DamagedDatabase(path, error.message) : error;
  }
}
