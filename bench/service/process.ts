/** A real `vedette` process under measurement, and what the kernel says of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectDirectory } from '../workspace.ts';

export interface Running {
  readonly pid: number;
  /** Waits for a line of its log. */
  line(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the bundled command where it was built (`npm run build`), else the sources. */
export function startVedette(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child: ChildProcess = spawn(join(projectDirectory, 'bin/vedette'), [...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-100_000);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    async line(text) {
      for (;;) {
        const found = said.split('\n').find((one) => one.includes(text));
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`vedette ${args.join(' ')} ended: ${said.slice(-2000)}`);
        await delay(20);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export interface Usage {
  readonly residentBytes: number;
  /** Without what it shares with other processes, such as the file of the advisory database. */
  readonly privateBytes: number;
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

const TICKS_PER_SECOND = 100;

/** From /proc. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return {
    residentBytes: kilobytes('VmRSS') * 1024,
    privateBytes: kilobytes('RssAnon') * 1024,
    peakBytes: kilobytes('VmHWM') * 1024,
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND,
  };
}
