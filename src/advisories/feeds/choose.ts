/** Which files of a mirror a feed reads. */
import type { FeedFile } from '../feed.ts';

const SUFFIXES = ['.tar.zst', '.tar.gz', '.tar'];

/**
 * `files` of a feed that is one archive of a repository: in a mirror whichever packing is there, from upstream the `.tar.gz` that
 * the hosting service makes.
 */
export function archiveFiles(
  base: string,
  url: string,
  streams: readonly string[],
): (present: readonly string[]) => readonly FeedFile[] {
  const upstream: FeedFile = { path: `${base}.tar.gz`, url, streams };
  return (present) => {
    if (present.length === 0) return [upstream];
    const suffix = SUFFIXES.find((candidate) => present.includes(base + candidate));
    return suffix === undefined ? [] : [{ ...upstream, path: base + suffix }];
  };
}

/** `files` of a feed whose files have fixed names. */
export function fixedFiles(files: readonly FeedFile[]): (present: readonly string[]) => readonly FeedFile[] {
  return (present) => (present.length === 0 ? files : files.filter(({ path }) => present.includes(path)));
}
