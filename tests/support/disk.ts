/** A small disk of a test's own: a tmpfs in a mount namespace, which needs no rights and goes away with the process that holds it. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './end.ts';
import { skipOrFail } from './shared.ts';

export interface Disk {
  /** Its directory, as this process sees it. */
  readonly directory: string;
  /** What a command is run through to have the disk at the place where it was asked for. */
  readonly through: readonly string[];
  /** Takes all the room but so many bytes; what took it before is freed. */
  fill(free: number): void;
  /** Lets nobody write any more; nothing on it may be open for writing. */
  turnReadOnly(): void;
}

const FILLER = 'filler';
const PIECE = Buffer.alloc(16 * 1024, 1);

/** Writes until there is no room. */
function writeAll(path: string): number {
  const file = openSync(path, 'w');
  try {
    for (let bytes = 0; ; ) {
      try {
        bytes += writeSync(file, PIECE);
      } catch {
        return bytes;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** A disk of so many bytes at `path`, an empty directory; undefined when the test was skipped because the system lets nobody mount. */
export async function needDisk(context: TestContext, path: string, bytes: number): Promise<Disk | undefined> {
  const script = 'mount -t tmpfs -o "size=$1" vedette-test "$2" && echo mounted && exec cat';
  const holder = spawn('unshare', ['--map-root-user', '--mount', 'sh', '-c', script, 'sh', String(bytes), path]);
  atEnd(context, () => holder.kill('SIGKILL'));
  let why = '';
  holder.stderr.on('data', (chunk: Buffer) => (why += chunk.toString('utf8')));
  const mounted = await new Promise<boolean>((resolve) => {
    holder.once('error', (error) => {
      why = error.message;
      resolve(false);
    });
    holder.once('close', () => resolve(false));
    holder.stdout.once('data', () => resolve(true));
  });
  if (!mounted) {
    skipOrFail(context, `needs unshare and mount (util-linux), and user namespaces: ${why.trim()}`);
    return undefined;
  }
  const directory = `/proc/${holder.pid}/root${path}`;
  const through = ['nsenter', '--target', String(holder.pid), '--user', '--mount', '--preserve-credentials', '--'];
  return {
    directory,
    through,
    fill(free) {
      rmSync(join(directory, FILLER), { force: true });
      const most = writeAll(join(directory, FILLER));
      rmSync(join(directory, FILLER));
      const file = openSync(join(directory, FILLER), 'w');
      for (let left = most - free; left > 0; left -= PIECE.length) writeSync(file, PIECE, 0, Math.min(left, PIECE.length));
      closeSync(file);
    },
    turnReadOnly() {
      const [command = '', ...args] = [...through, 'mount', '-o', 'remount,ro', path];
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    },
  };
}
