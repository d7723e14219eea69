/** All names of a layer as one string, by directory: cheap to keep, to load and to search without unfolding it. */
import { basenameOf, parentOf } from '../../artifacts/paths.ts';

/** Between the names of a directory. NUL is in no path. */
export const SEPARATOR = '\0';
/** Ends the name of a directory that has no entry of its own; names of directories that have one end with a single slash. */
export const IMPLIED = '//';
/** Between directories. A group is the directory and its names; names end with something else than NUL. */
const GROUP = '\0\0';

/** Longer paths cannot exist on Linux. */
const MAX_PATH = 4096;
/** Strings of Node end at 512 MiB. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Collects names as they come; a directory whose names do not come together has several groups. */
export class NameCollector {
  #bytes = Buffer.allocUnsafeSlow(16 * 1024);
  #length = 0;
  /** The directory of the last name. */
  #folder: string | undefined;
  /** Directories that have an entry, or are told to have none. */
  readonly #directories = new Set(['']);

  add(path: string, directory: boolean): void {
    const slash = path.lastIndexOf('/');
    if (this.#folder === undefined || slash !== (this.#folder.length || -1) || !path.startsWith(this.#folder)) {
      this.#enter(slash < 0 ? '' : path.slice(0, slash));
    }
    if (directory) this.#directories.add(path);
    this.#put(SEPARATOR, path.slice(slash + 1), directory ? '/' : '');
  }

  /** Starts a group, after those that tell of directories without an entry. */
  #enter(folder: string): void {
    for (let at = folder; !this.#directories.has(at) && at.length <= MAX_PATH; at = parentOf(at)) {
      this.#directories.add(at);
      this.#put(this.#length === 0 ? '' : GROUP, parentOf(at), SEPARATOR, basenameOf(at), IMPLIED);
    }
    this.#put(this.#length === 0 ? '' : GROUP, folder);
    this.#folder = folder;
  }

  #put(...texts: readonly string[]): void {
    for (const text of texts) {
      const most = this.#length + 3 * text.length;
      if (most > this.#bytes.length) {
        if (most > MAX_BYTES) throw new Error(`its names have more than ${MAX_BYTES} bytes`);
        const larger = Buffer.allocUnsafeSlow(2 * most);
        larger.set(this.#bytes.subarray(0, this.#length));
        this.#bytes = larger;
      }
      this.#length += this.#bytes.write(text, this.#length);
    }
  }

  pack(): string {
    return this.#bytes.toString('utf8', 0, this.#length);
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
    const folder = packed.slice(start, names);
    const before = folders.get(folder);
    const inside = packed.slice(names + 1, end);
    folders.set(folder, before === undefined ? inside : before + SEPARATOR + inside);
    start = end + GROUP.length;
  }
  return folders;
}
