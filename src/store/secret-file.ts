/** Small files that the installation cannot do without: whole or not there, also after a kill, a full disk or a power cut. */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the file system did is on the disk. */
function syncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function placeNew(partial: string, path: string): boolean {
  try {
    linkSync(partial, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    // A file system without links.
    renameSync(partial, path);
  }
  return true;
}

/**
 * Writes a file that only its owner may read; in its place what was there before, if `replace`. False: it was there, and is as it was.
 * Throws what the file system throws, and leaves nothing behind.
 */
export function writeSecretFile(path: string, text: string, replace: boolean): boolean {
  const partial = `${path}.${randomUUID()}.new`;
  try {
    writeFileSync(partial, text, { flag: 'wx', mode: 0o600, flush: true });
    if (replace) renameSync(partial, path);
    else if (!placeNew(partial, path)) return false;
    syncDirectory(dirname(path));
    return true;
  } finally {
    rmSync(partial, { force: true });
  }
}
