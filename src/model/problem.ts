/**
 * Problems are values. Everything that could not be looked at, read or compared becomes one of these and reaches the
 * report; nothing is dropped into a debug log.
 */

/** What a problem means for the result. */
export type ProblemEffect =
  /** Something was not assessed: the result is incomplete, exit status 3. */
  | 'incomplete'
  /** The result stands, but the user should know (stale source, set-aside packages …). */
  | 'notice';

export interface Problem {
  /** Stable, kebab-case, prefixed by room: `archive-truncated`, `rpm-header-corrupt`, `version-not-comparable` … */
  readonly code: string;
  /** One sentence: what happened and what the user can do. Never contains secrets. */
  readonly message: string;
  readonly effect: ProblemEffect;
  /** Where: a path inside the target, a feed file, an advisory id … */
  readonly path?: string;
  /** Layer digest, when the place is a layer. */
  readonly layer?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(problem: Problem): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem };
}

/** An `incomplete` problem: something was not assessed. */
export function incomplete(code: string, message: string, path?: string): Problem {
  return path === undefined ? { code, message, effect: 'incomplete' } : { code, message, effect: 'incomplete', path };
}

/** A `notice`: worth knowing, the result stands. */
export function notice(code: string, message: string, path?: string): Problem {
  return path === undefined ? { code, message, effect: 'notice' } : { code, message, effect: 'notice', path };
}

/** The text of anything thrown, for turning a library's exception into a problem at the boundary. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
