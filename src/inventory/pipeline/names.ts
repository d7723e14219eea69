/** All names of a layer as one string, by directory: cheap to keep, to load and to search without unfolding it. */
import { basenameOf, parentOf } from '../../artifacts/paths.ts';

/** Between the names of a directory. NUL is in no path. */
export const SEPARATOR = '\0';
/** Ends the name of a directory that has no entry of its own; names of directories that have one end with a single slash. */
export const IMPLIED = '//';
/** Between directories. A group is the directory and its names; names end with something else than NUL. */
const GROUP = '\0\0';

const MAX_PATH = 4096;

/** Collects names. */
export class NameCollector {
  readonly #folders = new Map<string, string[]>();
  readonly #directories = new Set(['']);

  add(path: string, directory: boolean): void {
    if (directory) this.#directories.add(path);
    this.#put(parentOf(path), directory ? `${basenameOf(path)}/` : basenameOf(path));
  }

  #put(folder: string, name: string): void {
    const names = this.#folders.get(folder);
    if (names !== undefined) {
      names.push(name);
      return;
    }
    this.#folders.set(folder, [name]);
    // Up to the first directory that has an entry. Longer paths cannot exist on Linux.
    for (let at = folder; !this.#directories.has(at) && at.length <= MAX_PATH; at = parentOf(at)) {
      this.#directories.add(at);
      const above = parentOf(at);
      const implied = basenameOf(at) + IMPLIED;
      const siblings = this.#folders.get(above);
      if (siblings === undefined) this.#folders.set(above, [implied]);
      else siblings.push(implied);
    }
  }

  pack(): string {
    const groups: string[] = [];
    for (const [folder, names] of this.#folders) groups.push([folder, ...names].join(SEPARATOR));
    return groups.join(GROUP);
  }
}

/** Names by directory, each value still one string of names joined by `SEPARATOR`; names of directories end with a slash, or with `IMPLIED`. */
export function unpackNames(packed: string): Map<string, string> {
  const folders = new Map<string, string>();
  for (let start = 0; start < packed.length; ) {
    // The root's group starts with a NUL of its own, which may follow the two between groups.
    const found = packed.indexOf(GROUP, start + 1);
    const end = found < 0 ? packed.length : found;
    const names = packed.indexOf(SEPARATOR, start);
    folders.set(packed.slice(start, names), packed.slice(names + 1, end));
    start = end + GROUP.length;
  }
  return folders;
}
