/** All names of a layer as one string, by directory: cheap to keep, to load and to search without unfolding it. */
import { basenameOf, parentOf } from '../../artifacts/paths.ts';

/** Between the names of a directory. NUL is in no path. */
export const SEPARATOR = '\0';
/** Between directories. A group is the directory and its names; names end with something else than NUL. */
const GROUP = '\0\0';

/** Collects names. */
export class NameCollector {
  readonly #folders = new Map<string, string[]>();

  add(path: string, directory: boolean): void {
    const folder = parentOf(path);
    const name = directory ? `${basenameOf(path)}/` : basenameOf(path);
    const names = this.#folders.get(folder);
    if (names === undefined) this.#folders.set(folder, [name]);
    else names.push(name);
  }

  pack(): string {
    const groups: string[] = [];
    for (const [folder, names] of this.#folders) groups.push([folder, ...names].join(SEPARATOR));
    return groups.join(GROUP);
  }
}

/** Names by directory, each value still one string of names joined by `SEPARATOR`; names of directories end with a slash. */
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
