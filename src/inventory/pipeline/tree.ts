/** The tree a container sees: layers put over each other as overlay file systems and the OCI image specification do. */
import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { basenameOf, joinPath, type LinkLookup, parentOf, resolveInRoot } from '../../artifacts/paths.ts';
import type { TreeView } from '../cataloger.ts';
import { IMPLIED, SEPARATOR, unpackNames } from './names.ts';
import type { LayerScan } from './scan.ts';

/** The visible tree, and what the pipeline asks of it. */
export interface VisibleTree extends TreeView {
  /** True when the file that `layer` holds at `path` is the one that is seen. */
  visible(path: string, layer: number): boolean;
  /** Where a path leads when all links are followed inside the root; undefined for cycles and dangling links. */
  resolve(path: string): string | undefined;
  /** The layer whose regular file (or hard link) is seen at a resolved path; undefined for anything else. */
  fileLayer(path: string): number | undefined;
  /** Regular files that are seen in or below a resolved directory. */
  below(directory: string): string[];
}

type Names = Pick<LayerScan, 'names' | 'symlinks' | 'whiteouts' | 'opaques'>;

/** Index of an entry: layer times two, plus one for a directory. */
type Place = number;

/**
 * https://github.com/opencontainers/image-spec/blob/main/layer.md: entries of a layer replace, whiteouts remove what is below.
 * Images have many more names than anybody asks about, so a directory is merged when its first name is asked for.
 */
export function mergedTree(layers: readonly Names[]): VisibleTree {
  const folders = layers.map(({ names }) => unpackNames(names));
  const symlinks = layers.map((layer) => new Map(layer.symlinks));
  /** Lowest layer whose contents of a directory can still be seen, by directory. */
  const cuts = new Map<string, number>();
  /** Names that a layer removed: what lower layers hold there is gone even when nothing replaces it. */
  const removed = new Map<string, number>();
  const cut = (path: string, layer: number): void => {
    if ((cuts.get(path) ?? 0) < layer) cuts.set(path, layer);
  };
  for (const [layer, { whiteouts, opaques }] of layers.entries()) {
    for (const path of whiteouts) {
      removed.set(path, layer);
      cut(path, layer);
    }
    for (const path of opaques) cut(path, layer);
  }

  const listings = new Map<string, Map<string, Place>>();
  /** Names of directories that have no entry of their own in some layer that has files there; filled with the listings. */
  const implied = new Map<string, Set<string>>();
  /** The highest entry of every name in a directory. */
  function listing(directory: string): Map<string, Place> {
    const known = listings.get(directory);
    if (known !== undefined) return known;
    const top = new Map<string, Place>();
    listings.set(directory, top);
    for (const [layer, folder] of folders.entries()) {
      const names = folder.get(directory);
      if (names === undefined) continue;
      for (const entry of names.split(SEPARATOR)) {
        if (entry.endsWith(IMPLIED)) {
          const inside = implied.get(directory) ?? new Set();
          implied.set(directory, inside.add(entry.slice(0, -IMPLIED.length)));
          continue;
        }
        const isDirectory = entry.endsWith('/');
        const name = isDirectory ? entry.slice(0, -1) : entry;
        const before = top.get(name);
        if (before !== undefined && (before & 1) !== (isDirectory ? 1 : 0)) {
          // A directory that replaces a file shows nothing that the file had hidden; a file hides what was in the directory.
          cut(joinPath(directory, name), isDirectory ? before >> 1 : layer);
        }
        top.set(name, layer * 2 + (isDirectory ? 1 : 0));
      }
    }
    return top;
  }

  function topOf(path: string): Place | undefined {
    return listing(parentOf(path)).get(basenameOf(path));
  }

  const floors = new Map<string, number>();
  /** The lowest layer of which the contents of a directory are seen. */
  function floor(directory: string): number {
    if (directory === '') return cuts.get('') ?? 0;
    const known = floors.get(directory);
    if (known !== undefined) return known;
    const place = topOf(directory);
    // A directory that only its files imply can stand where a lower layer had a file.
    const replaced = place !== undefined && (place & 1) === 0 ? place >> 1 : 0;
    const value = Math.max(floor(parentOf(directory)), cuts.get(directory) ?? 0, replaced);
    floors.set(directory, value);
    return value;
  }

  function placeOf(path: string): Place | undefined {
    const place = topOf(path);
    if (place === undefined) return undefined;
    const layer = place >> 1;
    return layer < (removed.get(path) ?? 0) || layer < floor(parentOf(path)) ? undefined : place;
  }

  const resolve = (path: string): string | undefined => {
    return resolveInRoot(path, (at) => {
      const place = placeOf(at);
      const link = place === undefined || (place & 1) === 1 ? undefined : symlinks[place >> 1]?.get(at);
      return link === undefined ? 'other' : { link };
    });
  };

  function fileLayer(path: string): number | undefined {
    const place = placeOf(path);
    if (place === undefined || (place & 1) === 1) return undefined;
    return symlinks[place >> 1]?.has(path) === true ? undefined : place >> 1;
  }

  /** Regular files that are seen in or below a directory. */
  function* filesIn(directory: string): Generator<string, void, void> {
    const pending = [directory];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const [name, place] of listing(at)) {
        const path = joinPath(at, name);
        if ((place & 1) === 1) pending.push(path);
        else if (fileLayer(path) !== undefined) yield path;
      }
      for (const name of implied.get(at) ?? []) pending.push(joinPath(at, name));
    }
  }

  return {
    visible: (path, layer) => placeOf(path) === layer * 2,
    resolve,
    fileLayer,
    below: (directory) => [...filesIn(directory)],
    has: (path) => {
      const real = resolve(path);
      // Directories need no entry of their own.
      if (real === undefined || real === '' || placeOf(real) !== undefined) return real !== undefined;
      return implied.get(parentOf(real))?.has(basenameOf(real)) === true && filesIn(real).next().done !== true;
    },
  };
}

/** A directory tree on disk: nothing is merged, and links are looked up as they are needed. */
export function directoryTree(root: string): VisibleTree {
  const lookup: LinkLookup = (path) => {
    try {
      const stat = lstatSync(join(root, path));
      return stat.isSymbolicLink() ? { link: readlinkSync(join(root, path)) } : 'other';
    } catch {
      return undefined;
    }
  };
  const resolve = (path: string): string | undefined => resolveInRoot(path, lookup);
  return {
    visible: () => true,
    resolve,
    fileLayer: (path) => (lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true ? 0 : undefined),
    below: (directory) => filesBelow(root, directory),
    has: (path) => resolve(path) !== undefined,
  };
}

const MAX_BELOW = 100_000;

function filesBelow(root: string, directory: string): string[] {
  const found: string[] = [];
  const pending = [directory];
  for (let path = pending.pop(); path !== undefined && found.length < MAX_BELOW; path = pending.pop()) {
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, path), { withFileTypes: true });
    } catch {
      continue;
    }
    for (const entry of entries) {
      if (entry.isDirectory()) pending.push(joinPath(path, entry.name));
      else if (entry.isFile()) found.push(joinPath(path, entry.name));
    }
  }
  return found;
}
