/** Exit statuses, one meaning each (docs/cli.md). */
export const EXIT = {
  done: 0,
  /** `--fail-on` found something. */
  policy: 1,
  /** Wrong usage. */
  usage: 2,
  /** The target could not be assessed completely. */
  incomplete: 3,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Something the user must hear of at once; caught by `program.ts`, printed on stderr. */
export class CommandError extends Error {
  readonly status: ExitStatus;
  constructor(message: string, status: ExitStatus = EXIT.incomplete) {
    super(message);
    this.status = status;
  }
}
