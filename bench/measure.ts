/** Wall time and peak memory of a command and everything it starts. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measurement {
  readonly milliseconds: number;
  /** Peak resident memory of the process tree, bytes. */
  readonly peakBytes: number;
  /** Exit status; null when it was killed. */
  readonly status: number | null;
  /** The end of what it said on standard error. */
  readonly said: string;
}

const SAMPLE_MILLISECONDS = 50;
const SAID_BYTES = 4000;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function descendants(pid: number): number[] {
  let tasks: string[];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children = tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number));
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/**
 * Runs a command. Its largest process is measured exactly by the kernel (GNU time asks for it); where there are several at once,
 * their sum is sampled, and the larger of the two figures counts.
 */
export async function measure(
  program: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly timeoutMilliseconds: number },
): Promise<Measurement> {
  const report = join(tmpdir(), `vedette-bench-${process.pid}.time`);
  const started = performance.now();
  const child = spawn('/usr/bin/time', ['-q', '-f', '%M', '-o', report, program, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_BYTES);
  });
  let sampled = 0;
  const sampler = setInterval(() => {
    const processes = child.pid === undefined ? [] : descendants(child.pid);
    if (processes.length > 1)
      sampled = Math.max(
        sampled,
        processes.map(residentBytes).reduce((sum, bytes) => sum + bytes, 0),
      );
  }, SAMPLE_MILLISECONDS);
  // The whole group: what was started here and nothing else.
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const killer = setTimeout(kill, options.timeoutMilliseconds);
  const interrupted = (): void => {
    kill();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    const { status, milliseconds } = await new Promise<{ status: number | null; milliseconds: number }>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ status: code, milliseconds: performance.now() - started }));
    });
    const peakBytes = Math.max(sampled, Number(read(report).trim().split('\n').at(-1) ?? 0) * 1024);
    return { milliseconds, peakBytes, status, said };
  } finally {
    clearInterval(sampler);
    clearTimeout(killer);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    rmSync(report, { force: true });
  }
}
