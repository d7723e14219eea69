/** Noticing that packages were installed or removed, for the price of a few `stat` calls. */
import { statSync } from 'node:fs';

/** What package managers write when they change something. */
const WATCHED = [
  '/var/lib/dpkg/status',
  '/lib/apk/db/installed',
  '/usr/lib/apk/db/installed',
  '/var/lib/rpm/rpmdb.sqlite',
  '/var/lib/rpm/rpmdb.sqlite-wal',
  '/var/lib/rpm/Packages.db',
  '/var/lib/rpm/Packages',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/usr/lib/sysimage/rpm/Packages.db',
  '/usr/local/lib',
  '/usr/lib/node_modules',
  '/opt',
] as const;

function stateOfOne(path: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return '-';
  }
}

/** A text that changes when any of these files does. */
export function stateOf(paths: readonly string[] = WATCHED): string {
  return paths.map(stateOfOne).join('\n');
}
