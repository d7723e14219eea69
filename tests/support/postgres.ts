/** A PostgreSQL of the tests' own: a cluster in a temporary directory, on a socket there, that ends with the process. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { messageOf } from '../../src/model/problem.ts';
import { atEnd } from './end.ts';
import { skipOrFail } from './shared.ts';

/** Where Debian and the PostgreSQL project put the programs of each version. */
const PLACES = '/usr/lib/postgresql';
const START_MILLISECONDS = 180_000;
/** Speed for safety: what is here lives as long as the tests. */
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200', 'listen_addresses='];

function programs(): string {
  const versions = existsSync(PLACES) ? readdirSync(PLACES).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(PLACES, version, 'bin')).find((place) => existsSync(join(place, 'initdb')));
  if (found === undefined) throw new Error('PostgreSQL is not installed (Debian: postgresql)');
  return found;
}

/** PostgreSQL refuses to run as root. */
function user(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (which: string) => Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // The next one.
    }
  }
  throw new Error('there is no user to run PostgreSQL as');
}

interface Cluster {
  readonly directory: string;
  address(database: string): string;
  query(statement: string): Promise<void>;
}

function ended(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL does not start: ${said.slice(-500)}`)));
  });
}

/** Removes a directory that ending processes may still write to. */
function remove(directory: string): void {
  for (let attempt = 0; attempt < 50 && existsSync(directory); attempt++) {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Something was written meanwhile: once more.
    }
    // Nothing else runs while a process exits: a sleep.
    if (existsSync(directory)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

/** Starts a cluster that ends with this process. */
export async function startCluster(settings: readonly string[]): Promise<Cluster> {
  const bin = programs();
  const runs = user();
  // The name of a socket has 107 bytes at most.
  const directory = mkdtempSync(join(tmpdir(), 'vedette-pg-'));
  if (runs !== undefined) chownSync(directory, runs.uid, runs.gid);
  const data = join(directory, 'data');
  const options = { ...runs, cwd: directory, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
  const made = ['--auth=trust', '--username=vedette', '--encoding=UTF8', '--no-sync', '--no-instructions', '-D', data];
  execFileSync(join(bin, 'initdb'), made, { ...options, stdio: 'pipe' });
  const child = spawn(join(bin, 'postgres'), ['-D', data, '-k', directory, ...settings.flatMap((one) => ['-c', one])], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => {
    // QUIT is an end without ceremony that also ends the servers of connections.
    child.kill('SIGQUIT');
    remove(directory);
  });
  const failed = ended(child);
  failed.catch(() => undefined);
  const address = (database: string) => `postgres://vedette@localhost/${database}?host=${encodeURIComponent(directory)}`;
  const query = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: address('postgres') });
    try {
      await client.connect();
      await client.query(statement);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const until = Date.now() + START_MILLISECONDS;
  for (;;) {
    try {
      await Promise.race([query('select 1'), failed]);
      break;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > until) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  // The tests' process ends without waiting for it.
  child.unref();
  child.stderr?.destroy();
  return { directory, address, query };
}

let cluster: Promise<Cluster> | undefined;
let databases = 0;

/** The address of an empty database, which is dropped when the test ends; undefined (and the test skipped) without PostgreSQL. */
export async function needPostgres(context: TestContext): Promise<string | undefined> {
  cluster ??= startCluster(SETTINGS);
  let running: Cluster;
  try {
    running = await cluster;
  } catch (error) {
    skipOrFail(context, messageOf(error));
    return undefined;
  }
  databases += 1;
  const name = `test_${process.pid}_${databases}`;
  await running.query(`create database ${name}`);
  atEnd(context, () => running.query(`drop database if exists ${name} with (force)`));
  return running.address(name);
}
