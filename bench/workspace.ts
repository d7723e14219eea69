/** Where benchmarks keep what they make (tools, data, inputs), and how they run commands. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export const projectDirectory = dirname(import.meta.dirname);
/** Tens of gigabytes may pass through here; nothing of it belongs to the project. */
export const benchDirectory = process.env.VEDETTE_BENCH_DIR || join(homedir(), '.cache', 'vedette-bench');
/** Advisory records in the layout of the upstreams, for Vedette and peers alike. */
export const advisoryDirectory = process.env.VEDETTE_BENCH_DATA || join(dirname(projectDirectory), 'shared', 'data');

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end and returns its standard output; throws with the end of what it said when it fails. */
export function command(file: string, args: readonly string[], { cwd, env }: CommandOptions = {}): string {
  const result = spawnSync(file, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (result.error !== undefined) throw new Error(`${file} cannot be started: ${result.error.message}`);
  if (result.status !== 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-12).join('\n');
    throw new Error(`${[file, ...args].join(' ').slice(0, 400)} ended with ${result.status ?? result.signal}:\n${said}`);
  }
  return result.stdout;
}

/** Throws, saying what to install, when a command that inputs are made with is not there. */
export function needCommand(name: string, hint: string): void {
  if (spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0) throw new Error(`${name} is needed: ${hint}`);
}

/** A file or directory that is made once: built under a temporary name, then renamed, so that half of one is never taken for it. */
export function once(relative: string, build: (path: string) => void): string {
  const path = join(benchDirectory, relative);
  if (existsSync(path)) return path;
  const partial = `${path}.making`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  process.stderr.write(`making ${relative} …\n`);
  build(partial);
  renameSync(partial, path);
  return path;
}

/** Folders of a host that the benchmark itself filled, and so are not scanned: its own, and the sources of the peers' modules. */
export function hostExclusions(): string[] {
  return [benchDirectory, command('go', ['env', 'GOMODCACHE']).trim()];
}
