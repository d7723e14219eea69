/** Runs the `vedette` command as a user would: its own process, its own home, no mirror of the machine's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const program = resolve(import.meta.dirname, '../../bin/vedette');

function environment(home: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), TMPDIR: home, VEDETTE_MIRROR: 'none', ...more };
}

/** Starts the command; `home` is its HOME and its temporary directory. */
export function startVedette(
  home: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** A command that runs it, and its arguments. */
    readonly through?: readonly string[];
  } = {},
): ChildProcess {
  const [command = program, ...rest] = [...(options.through ?? []), program, ...args];
  return spawn(command, rest, {
    cwd: options.cwd ?? home,
    env: environment(home, options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for the end and collects what was said. */
export function ended(child: ChildProcess): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) =>
      done({ status, signal, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') }),
    );
  });
}

/** Runs the command to its end. */
export function vedette(...started: Parameters<typeof startVedette>): Promise<Ran> {
  return ended(startVedette(...started));
}
