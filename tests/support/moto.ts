/** moto's server (https://github.com/getmoto/moto): AWS as others understood it. Installed once, from Python's package registry. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PACKAGES = ['moto==5.2.5', 'flask==3.1.1', 'flask-cors==6.0.0', 'jsonpath-ng==1.7.0', 'awscli==1.46.3'];
const INSTALL_MILLISECONDS = 300_000;
const START_MILLISECONDS = 120_000;

export interface Moto {
  readonly url: string;
  stop(): void;
}

function python(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn('python3', args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The directory with the packages, which bring botocore and the AWS CLI; rejects with the reason when they cannot be had. */
export async function pythonPackages(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vedette-test');
  const directory = join(cache, PACKAGES.join(',').replaceAll('==', '-'));
  if (existsSync(directory)) return directory;
  mkdirSync(cache, { recursive: true });
  const partial = join(cache, `.${process.pid}.moto`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-compile'];
  const child = python([...pip, '--target', partial, ...PACKAGES]);
  const timer = setTimeout(() => child.kill('SIGKILL'), INSTALL_MILLISECONDS);
  try {
    const said: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
    const status = await new Promise((done, reject) => child.once('error', reject).once('close', done));
    if (status !== 0) throw new Error(`moto cannot be installed: ${Buffer.concat(said).toString('utf8').trim().slice(-300)}`);
    renameSync(partial, directory);
    return directory;
  } finally {
    clearTimeout(timer);
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Starts the server on a free port. Rejects with the reason when it cannot be had. */
export async function startMoto(): Promise<Moto> {
  const env = { PYTHONPATH: await pythonPackages(), PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' };
  // Without what the machine has of its own (-S): moto takes an old awscrt for one that can do all it knows.
  const child = python(['-S', '-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], env);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MILLISECONDS);
  try {
    const url = await new Promise<string>((done, reject) => {
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        // Every request is logged, too: what was said is kept until the address is known.
        if (said.length < 100_000) said += chunk.toString('utf8');
        const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
        if (found !== undefined) done(found);
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`moto does not start: ${said.slice(-300)}`)));
    });
    return { url, stop: () => child.kill('SIGKILL') };
  } finally {
    clearTimeout(timer);
  }
}
