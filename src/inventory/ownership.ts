/** Which of the files an OS package brought are worth remembering. */
import type { ExtractContext } from './cataloger.ts';

/** Directories that are symlinks into `usr` on merged systems, while package databases still name the old place. */
const MERGED = /^(?:bin|sbin|lib(?:32|64|x32)?)\//;

/**
 * The listed paths (with or without a leading slash) that some cataloger could want, sorted, each once; with their place under
 * `usr` where the top directory may be a symlink into it.
 */
export function ownedPaths(listed: Iterable<string>, context: Pick<ExtractContext, 'mayMatter'>): string[] {
  const paths = new Set<string>();
  for (const name of listed) {
    const path = name.startsWith('/') ? name.slice(1) : name.startsWith('./') ? name.slice(2) : name;
    if (path === '' || path === '.') continue;
    if (context.mayMatter(path)) paths.add(path);
    if (MERGED.test(path) && context.mayMatter(`usr/${path}`)) paths.add(`usr/${path}`);
  }
  return [...paths].sort();
}
