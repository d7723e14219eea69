/** Which files a mirror has and which of a feed's files are wanted. */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Feed, FeedFile } from '../feed.ts';

/** Stream ids or their beginnings; a feed file matters when either is the beginning of the other. */
export type Wanted = 'all' | readonly string[];

export interface ChosenFile {
  readonly feed: Feed;
  readonly file: FeedFile;
}

/** Whether one stream prefix is at or above the other: `alpine` covers `alpine/3.19`, not `alpinelinux`. */
function related(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function isWanted(file: FeedFile, wanted: Wanted): boolean {
  if (wanted === 'all' || file.streams.length === 0) return true;
  return file.streams.some((fed) => wanted.some((stream) => related(fed, stream)));
}

/** The files that feeds read, given what is present (nothing = upstream), in the feeds' order. */
export function chooseFiles(feeds: readonly Feed[], present: readonly string[], wanted: Wanted): readonly ChosenFile[] {
  return feeds.flatMap((feed) => feed.files(present).flatMap((file) => (isWanted(file, wanted) ? [{ feed, file }] : [])));
}

const MAX_FILES = 200_000;

/**
 * The files of a mirror directory that could be a feed's: sorted relative paths with forward slashes. Only the folders that feeds
 * know are looked into, so that a wrong directory costs nothing. Throws when the directory cannot be read.
 */
export async function listFiles(directory: string, feeds: readonly Feed[]): Promise<readonly string[]> {
  const folders = new Set(feeds.flatMap((feed) => feed.files([]).map(({ path }) => path.split('/', 1)[0] ?? '')));
  const found: string[] = [];
  for (const name of await readdir(directory)) {
    if (!folders.has(name)) continue;
    const entries = await readdir(join(directory, name), { recursive: true, withFileTypes: true });
    for (const entry of entries.slice(0, MAX_FILES)) {
      if (!entry.isFile() && !entry.isSymbolicLink()) continue;
      found.push(relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
    }
  }
  return found.sort();
}

/** What upstream publishes and is wanted, but no chosen file feeds. */
export function notCovered(feeds: readonly Feed[], chosen: readonly ChosenFile[], wanted: Wanted): readonly ChosenFile[] {
  return chooseFiles(feeds, [], wanted).filter(({ feed, file }) => {
    if (file.optional) return false;
    const present = chosen.filter((one) => one.feed === feed);
    return !present.some(
      (one) => one.file.path === file.path || file.streams.every((stream) => one.file.streams.includes(stream)),
    );
  });
}

/** The paths that the `files.txt` of a mirror lists, one a line; anything that is no plain relative path is left out. */
export function readListing(text: string): readonly string[] {
  return text
    .split('\n', MAX_FILES)
    .map((line) => line.trim().replace(/^\.\//, ''))
    .filter((path) => path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !/[\\\0]/.test(path))
    .sort();
}
