/** `vedette serve` and `vedette worker` as processes of their own, for tests. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Ran, startVedette } from './command.ts';
import { temporaryDirectory } from './directory.ts';
import { atEnd } from './end.ts';

const START_MILLISECONDS = 180_000;

export interface Running {
  readonly child: ChildProcess;
  /** Its data directory. */
  readonly data: string;
  /** Resolves with the first line of stderr that has this in it; rejects when it ends without. */
  wrote(text: string): Promise<string>;
  /** Resolves with the first line of its log that has this message; rejects when it ends without. */
  said(message: string): Promise<Record<string, unknown>>;
  /** Resolves when it has ended. */
  readonly end: Promise<Ran>;
  /** Ends it, with SIGKILL unless told otherwise, and waits for that. */
  stop(signal?: NodeJS.Signals): Promise<Ran>;
}

export interface Serving extends Running {
  readonly url: string;
}

/** Starts a command of the service, without a network unless it is told of a mirror; it is killed when the test ends. */
export function startProcess(
  context: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  home = temporaryDirectory(context),
  through: readonly string[] = [],
): Running {
  const data = join(home, 'data');
  const offline = args.includes('--mirror') ? [] : ['--offline'];
  const child = startVedette(home, [...args, '--data', data, ...offline], { env, through });
  const log: string[] = [];
  let [out, err] = ['', ''];
  const listeners = new Set<() => void>();
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
    const lines = err.split('\n').slice(0, -1);
    log.push(...lines.slice(log.length));
    for (const listener of listeners) listener();
  });
  const end = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout: out, stderr: err }));
  });
  end.catch(() => undefined);
  atEnd(context, async () => {
    child.kill('SIGKILL');
    await end;
  });
  async function wrote(text: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const timer = setTimeout(() => reject(new Error(`"${text}" was not said: ${err}`)), START_MILLISECONDS);
    const look = () => {
      const line = log.find((one) => one.includes(text));
      if (line !== undefined) resolve(line);
    };
    listeners.add(look);
    look();
    end.then(({ status, signal }) => reject(new Error(`it ended with ${status ?? signal}: ${err}`)), reject);
    return promise.finally(() => {
      clearTimeout(timer);
      listeners.delete(look);
    });
  }
  return {
    child,
    data,
    end,
    wrote,
    said: async (message) => JSON.parse(await wrote(`"msg":"${message}"`)),
    async stop(signal = 'SIGKILL') {
      child.kill(signal);
      return end;
    },
  };
}

/** Starts a server on a free port and waits until it listens. */
export async function startServing(
  context: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  home?: string,
  through?: readonly string[],
): Promise<Serving> {
  const running = startProcess(context, ['serve', '--listen', '127.0.0.1:0', ...args], env, home, through);
  const { url } = await running.said('listening');
  return { ...running, url: String(url) };
}

/** The key in a credentials file. */
export function keyIn(credentials: string): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  const text = readFileSync(credentials, 'utf8');
  const value = (name: string) => new RegExp(`^${name} = (\\S+)$`, 'm').exec(text)?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}

/** It, as a header of the native API. */
export function bearer(credentials: string): string {
  const { accessKeyId, secretAccessKey } = keyIn(credentials);
  return `Bearer ${accessKeyId}:${secretAccessKey}`;
}
