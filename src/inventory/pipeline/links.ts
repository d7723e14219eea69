/** Files that only a link makes interesting: which ones to read again, and which extracts a hard link shares. */
import type { Cataloger } from '../cataloger.ts';
import type { Classifier, Wanted } from '../classifier.ts';
import type { FileExtract, LayerScan, Want } from './scan.ts';
import type { VisibleTree } from './tree.ts';

export interface LinkResult {
  /** Files to read in a second pass, by layer; sorted. */
  readonly wants: ReadonlyMap<number, readonly Want[]>;
  /** Extracts that hard links share with the file they are links to. */
  readonly shared: readonly { readonly layer: number; readonly file: FileExtract }[];
}

/** As many hard links to hard links as are followed. */
const MAX_STEPS = 40;

/** Resolves the links of all layers against the visible tree. */
export function followLinks(
  scans: readonly LayerScan[],
  tree: VisibleTree,
  classifier: Classifier,
  catalogers: readonly Cataloger[],
): LinkResult {
  const wants = new Map<number, Map<string, Want>>();
  const shared: { layer: number; file: FileExtract }[] = [];
  const targets = scans.map(({ hardlinks }) => new Map(hardlinks));

  /** The name that carries the bytes: archives write the first name as a file and the others as links to it. */
  const stored = (layer: number, path: string): string => {
    let real = path;
    for (let step = 0; step < MAX_STEPS; step++) {
      const next = targets[layer]?.get(real);
      if (next === undefined || next === real) break;
      real = next;
    }
    return real;
  };

  /** Catalogers that want `as` and have not read the bytes under their own name already. */
  const want = (layer: number, real: string, as: string, own: Wanted): void => {
    const ids = classifier.byName(as).flatMap((position) => (own.includes(position) ? [] : (catalogers[position]?.id ?? [])));
    if (ids.length === 0) return;
    const path = stored(layer, real);
    const list = wants.get(layer) ?? new Map<string, Want>();
    wants.set(layer, list.set(`${as}\0${path}`, { path, as, catalogers: ids }));
  };

  /** A symlink, or a path below one, that leads to a regular file. */
  const follow = (as: string): void => {
    const real = tree.resolve(as);
    if (real === undefined || real === as) return;
    const layer = tree.fileLayer(real);
    if (layer !== undefined) want(layer, real, as, classifier.byName(real));
  };

  for (const path of classifier.paths.keys()) follow(path);
  for (const directory of classifier.directories) {
    const real = tree.resolve(directory);
    if (real === undefined || real === directory || real === '') continue;
    for (const path of tree.below(real)) follow(directory + path.slice(real.length));
  }
  for (const [layer, { symlinks, hardlinks, extracts }] of scans.entries()) {
    for (const [path] of symlinks) {
      if (classifier.byName(path).length > 0 && tree.visible(path, layer)) follow(path);
    }
    if (hardlinks.length === 0) continue;
    const byPath = Map.groupBy(extracts, (file) => file.path);
    for (const [path] of hardlinks) {
      if (!classifier.mayMatter(path) || !tree.visible(path, layer)) continue;
      const real = stored(layer, path);
      for (const file of byPath.get(real) ?? []) shared.push({ layer, file: { ...file, path } });
      want(layer, real, path, classifier.byName(real));
    }
  }
  const sorted = [...wants].map(([layer, list]): [number, Want[]] => {
    return [layer, [...list.values()].sort((a, b) => (a.as < b.as ? -1 : a.as > b.as ? 1 : 0))];
  });
  return { wants: new Map(sorted), shared };
}
