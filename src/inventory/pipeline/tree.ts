/** The tree a container sees: layers put over each other as overlay file systems and the OCI image specification do. */
import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { joinPath, type LinkLookup, parentOf, resolveInRoot } from '../../artifacts/paths.ts';
import type { TreeView } from '../cataloger.ts';
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

/** https://github.com/opencontainers/image-spec/blob/main/layer.md: entries of a layer replace, whiteouts remove what is below. */
export function mergedTree(layers: readonly Names[]): VisibleTree {
  const top = new Map<string, Place>();
  const links = new Map<string, string>();
  /** Lowest layer whose contents of a directory can still be seen, by directory. */
  const cuts = new Map<string, number>();
  /** Names that a layer removed: what lower layers hold there is gone even when nothing replaces it. */
  const removed = new Map<string, number>();
  const cut = (path: string, layer: number): void => {
    if ((cuts.get(path) ?? 0) < layer) cuts.set(path, layer);
  };
  for (const [layer, { names, symlinks, whiteouts, opaques }] of layers.entries()) {
    for (const path of whiteouts) {
      removed.set(path, layer);
      cut(path, layer);
    }
    for (const path of opaques) cut(path, layer);
    if (names !== '') {
      for (const name of names.split('\0')) {
        const directory = name.charCodeAt(name.length - 1) === 0x2f;
        const path = directory ? name.slice(0, -1) : name;
        const before = top.get(path);
        // A directory that replaces a file shows nothing that the file had hidden, and a file hides what was in the directory.
        if (directory && before !== undefined && (before & 1) === 0) cut(path, before >> 1);
        else if (!directory && before !== undefined && (before & 1) === 1) cut(path, layer);
        top.set(path, layer * 2 + (directory ? 1 : 0));
      }
    }
    for (const [path, target] of symlinks) links.set(path, target);
  }

  const floors = new Map<string, number>([['', cuts.get('') ?? 0]]);
  /** The lowest layer of which the contents of a directory are seen. */
  function floor(directory: string): number {
    const known = floors.get(directory);
    if (known !== undefined) return known;
    const place = top.get(directory);
    // A directory that only its files imply can stand where a lower layer had a file.
    const replaced = place !== undefined && (place & 1) === 0 ? place >> 1 : 0;
    const value = Math.max(floor(parentOf(directory)), cuts.get(directory) ?? 0, replaced);
    floors.set(directory, value);
    return value;
  }

  function placeOf(path: string): Place | undefined {
    const place = top.get(path);
    if (place === undefined) return undefined;
    const layer = place >> 1;
    return layer < (removed.get(path) ?? 0) || layer < floor(parentOf(path)) ? undefined : place;
  }

  const lookup: LinkLookup = (path) => {
    const place = placeOf(path);
    if (place === undefined || (place & 1) === 1) return 'other';
    const link = links.get(path);
    return link === undefined || !isSymlinkAt(place >> 1, path) ? 'other' : { link };
  };

  const symlinkSets: (ReadonlySet<string> | undefined)[] = [];
  function isSymlinkAt(layer: number, path: string): boolean {
    const set = symlinkSets[layer] ?? new Set(layers[layer]?.symlinks.map(([name]) => name));
    symlinkSets[layer] = set;
    return set.has(path);
  }

  let implied: Set<string> | undefined;
  const resolve = (path: string): string | undefined => resolveInRoot(path, lookup);
  function fileLayer(path: string): number | undefined {
    const place = placeOf(path);
    if (place === undefined || (place & 1) === 1) return undefined;
    return isSymlinkAt(place >> 1, path) ? undefined : place >> 1;
  }
  return {
    visible: (path, layer) => placeOf(path) === layer * 2,
    resolve,
    fileLayer,
    below: (directory) => [...top.keys()].filter((path) => path.startsWith(`${directory}/`) && fileLayer(path) !== undefined),
    has: (path) => {
      const real = resolve(path);
      return real !== undefined && (real === '' || placeOf(real) !== undefined || impliedDirectory(real));
    },
  };

  /** Directories need no entry of their own. Rarely asked, so the set is made on first use. */
  function impliedDirectory(path: string): boolean {
    implied ??= new Set([...top.keys()].filter((name) => placeOf(name) !== undefined).flatMap(ancestors));
    return implied.has(path);
  }
}

function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) found.push(path.slice(0, slash));
  return found;
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
