/** One private temporary directory per run, removed at the end and when the process is interrupted. */
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, incomplete, messageOf, ok, type Result } from '../model/problem.ts';

type Cleanup = () => void;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<Cleanup>();

function runAll(): void {
  for (const cleanup of cleanups) {
    try {
      cleanup();
    } catch {
      // Nothing can be told any more: the process is ending, and the next clean-up must still run.
    }
  }
  cleanups.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Who else listens ends the process in order, and the work that has registered something with it.
  if (process.listenerCount(signal) > 1) return;
  runAll();
  watch(false);
  // Raised again without our listener, so that the parent sees the death by signal it asked for.
  process.kill(process.pid, signal);
}

function watch(on: boolean): void {
  for (const signal of SIGNALS) {
    if (on) process.on(signal, onSignal);
    else process.off(signal, onSignal);
  }
  if (on) process.on('exit', runAll);
  else process.off('exit', runAll);
}

/** Runs `cleanup` (synchronously) when the process exits or is interrupted; the returned function takes it off again. */
export function registerCleanup(cleanup: Cleanup): () => void {
  if (cleanups.size === 0) watch(true);
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) watch(false);
  };
}

export interface Workspace {
  readonly directory: string;
  /** Removes everything; may be called more than once. */
  close(): void;
}

/** Makes a directory that only this user can enter; a problem where none can be made. Prefer `withWorkspace` where a scope is at hand. */
export function openWorkspace(parent = tmpdir()): Result<Workspace> {
  let directory: string;
  try {
    directory = mkdtempSync(join(parent, 'vedette-'));
  } catch (error) {
    const advice = 'Free some space there or give another directory with TMPDIR.';
    return fail(
      incomplete(
        'workspace-unavailable',
        `No temporary directory can be made in ${parent} (${messageOf(error)}). ${advice}`,
        parent,
      ),
    );
  }
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const unregister = registerCleanup(remove);
  const close = (): void => {
    unregister();
    remove();
  };
  return ok({ directory, close });
}

/** Hands a workspace to `use` and removes it afterwards, whatever happens. Throws where none can be made. */
export async function withWorkspace<T>(use: (workspace: Workspace) => Promise<T>): Promise<T> {
  const opened = openWorkspace();
  if (!opened.ok) throw new Error(opened.problem.message);
  try {
    return await use(opened.value);
  } finally {
    opened.value.close();
  }
}

let spooled = 0;

/** A nameless file in `directory` for reading and writing: gone when it is closed or the process dies. */
export function openSpool(directory: string): { readonly fd: number; close(): void } {
  const path = join(directory, `spool-${process.pid}-${process.hrtime.bigint()}-${spooled++}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return { fd, close: () => closeSync(fd) };
}
