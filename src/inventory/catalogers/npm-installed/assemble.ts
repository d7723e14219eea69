/** Installed packages together: what each loads, what the project asks for, and what only its development does. */
import { joinPath, normalisePath, parentOf } from '../../../artifacts/paths.ts';
import type { PackageDraft, PathExtract, PlacedDraft, TreeView } from '../../cataloger.ts';
import { npmDraft } from '../../drafts.ts';
import { type Manifest, manifestsByFolder, projectDraft } from '../../javascript/manifest.ts';
import { unversionedDraft } from '../../javascript/names.ts';
import { nodeResolver, placeOf } from '../../javascript/resolution.ts';
import { workspaceMatcher } from '../../javascript/workspaces.ts';
import type { InstalledFact, Pnp } from './extract.ts';

/** A package or project at one place, called by a key: its folder, or its name in a Plug'n'Play map. */
interface Node {
  readonly draft: PackageDraft;
  readonly path: string;
  /** Keys of what it loads. */
  readonly uses: readonly string[];
  /** What only its development loads; projects have such. */
  readonly development: readonly string[];
  /** Whether npm says that it is there for development only. */
  readonly recorded?: boolean;
}

function reach(nodes: ReadonlyMap<string, Node>, starts: Iterable<string>): Set<string> {
  const seen = new Set(starts);
  const queue = [...seen];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const node = nodes.get(key);
    // A project in the way states its own needs.
    if (node === undefined || node.draft.root === true) continue;
    for (const used of node.uses) {
      if (seen.has(used)) continue;
      seen.add(used);
      queue.push(used);
    }
  }
  return seen;
}

/** Drafts with edges and marks. */
function placeNodes(nodes: ReadonlyMap<string, Node>): PlacedDraft[] {
  const roots = [...nodes.values()].filter(({ draft }) => draft.root === true);
  const production = reach(
    nodes,
    roots.flatMap(({ uses }) => uses),
  );
  const development = reach(
    nodes,
    roots.flatMap((root) => root.development),
  );
  const direct = new Set(roots.flatMap((root) => [...root.uses, ...root.development]));
  return [...nodes].map(([key, { draft, path, uses, development: wanted, recorded }]) => {
    const targets = [...uses, ...wanted].flatMap((used) => nodes.get(used)?.draft ?? []);
    const named = targets.filter(({ name, purl }) => name !== '' && purl !== draft.purl);
    const dependsOn = [...new Set(named.map(({ purl }) => purl))].sort();
    const own = draft.root === true;
    const marked = {
      ...draft,
      ...(dependsOn.length > 0 ? { dependsOn } : {}),
      ...(!own && direct.has(key) ? { direct: true } : {}),
      ...(!own && (recorded ?? (development.has(key) && !production.has(key))) ? { development: true } : {}),
    };
    return { draft: marked, paths: [path] };
  });
}

interface Facts {
  /** Folder → the package whose package.json is in it. */
  readonly installed: Map<string, { readonly path: string; readonly draft: PackageDraft; readonly uses: readonly string[] }>;
  /** Folder → what npm recorded of it. */
  readonly recorded: Map<string, { readonly path: string; readonly draft: PackageDraft }>;
  /** Archive → its package. */
  readonly cached: Map<string, PackageDraft>;
  readonly maps: { readonly path: string; readonly packages: Pnp['packages'] }[];
}

function factsOf(extracts: readonly PathExtract[]): Facts {
  const facts: Facts = { installed: new Map(), recorded: new Map(), cached: new Map(), maps: [] };
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as InstalledFact | undefined;
    const [draft] = extract.packages;
    if (data?.kind === 'installed' && draft !== undefined) facts.installed.set(parentOf(path), { path, draft, uses: data.uses });
    else if (data?.kind === 'cached') facts.cached.set(path, data.draft);
    else if (data?.kind === 'pnp') facts.maps.push({ path, packages: data.packages });
    else if (data?.kind === 'record') {
      const folder = parentOf(parentOf(path));
      for (const { path: place, draft: recorded } of data.packages)
        facts.recorded.set(joinPath(folder, place), { path, draft: recorded });
    }
  }
  return facts;
}

/** Folders of projects whose packages are installed: with a `node_modules` of their own, or workspaces of such. */
function projectsOf(manifests: ReadonlyMap<string, Manifest>, bases: ReadonlySet<string>, tree: TreeView): Map<string, Manifest> {
  const projects = new Map<string, Manifest>();
  for (const [folder, manifest] of manifests)
    if (bases.has(folder) || tree.has(joinPath(folder, 'node_modules'))) projects.set(folder, manifest);
  for (const [folder, { workspaces }] of [...projects]) {
    if (workspaces.length === 0) continue;
    const isMember = workspaceMatcher(workspaces);
    const start = folder === '' ? 0 : folder.length + 1;
    for (const [other, manifest] of manifests)
      if ((folder === '' || other.startsWith(`${folder}/`)) && other !== folder && isMember(other.slice(start)))
        projects.set(other, manifest);
  }
  return projects;
}

/** Folders that projects (and such folders) ask for by path: they are used like packages, whether or not they are in `projects`. */
function localsOf(projects: ReadonlyMap<string, Manifest>, manifests: ReadonlyMap<string, Manifest>): Map<string, Manifest> {
  const locals = new Map<string, Manifest>();
  const pending = [...projects];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [folder, { wants, development }] = next;
    for (const [, spec] of [...wants, ...development]) {
      const asked = /^(?:file|link|portal):(?!\/)(.+)$/s.exec(spec)?.[1];
      const target = asked === undefined ? undefined : normalisePath(joinPath(folder, asked));
      const manifest = target === undefined ? undefined : manifests.get(target);
      if (target === undefined || manifest === undefined || locals.has(target)) continue;
      locals.set(target, manifest);
      pending.push([target, manifest]);
    }
  }
  return locals;
}

function folderNodes(facts: Facts, manifests: ReadonlyMap<string, Manifest>, tree: TreeView): Map<string, Node> {
  const { installed, recorded } = facts;
  // A package without its package.json is still there when its folder is.
  for (const [folder, { path, draft }] of recorded)
    if (!installed.has(folder) && tree.has(folder)) installed.set(folder, { path, draft, uses: [] });
  const folders = new Set<string>();
  const bases = new Set<string>();
  for (const folder of installed.keys()) {
    const base = placeOf(folder)?.base;
    if (base !== undefined) bases.add(base);
    // Stores (`node_modules/.pnpm/x@1/node_modules/x`) link packages to each other.
    if (base !== undefined && folder.includes('node_modules/.')) folders.add(base).add(parentOf(folder)).add(parentOf(base));
  }
  const projects = projectsOf(manifests, bases, tree);
  for (const [folder, manifest] of localsOf(projects, manifests)) {
    const draft = projectDraft(manifest);
    if (draft === undefined) continue;
    const { root: _, ...used } = draft;
    projects.delete(folder);
    folders.add(folder);
    installed.set(folder, { path: joinPath(folder, 'package.json'), draft: used, uses: manifest.wants.map(([name]) => name) });
  }
  for (const folder of projects.keys()) folders.add(folder);
  const follow = (path: string): string | undefined => {
    const real = tree.resolve?.(path);
    return real !== undefined && (installed.has(real) || projects.has(real)) ? real : undefined;
  };
  const resolve = nodeResolver(installed.keys(), { folders, follow });
  const nodes = new Map<string, Node>();
  for (const [folder, { path, draft, uses }] of installed) {
    const record = recorded.get(folder);
    nodes.set(folder, {
      draft,
      path,
      uses: uses.flatMap((name) => resolve(folder, name) ?? []),
      development: [],
      ...(record === undefined ? {} : { recorded: record.draft.development === true }),
    });
  }
  for (const [folder, manifest] of projects) {
    const found = (wants: Manifest['wants']) => wants.flatMap(([name]) => resolve(folder, name) ?? []);
    // A project without a name still asks for packages.
    const draft = projectDraft(manifest) ?? npmDraft('', '', { root: true });
    const path = joinPath(folder, 'package.json');
    nodes.set(folder, { draft, path, uses: found(manifest.wants), development: found(manifest.development) });
  }
  return nodes;
}

/** `.yarn/cache/x.zip` of a place in an archive. */
function archiveOf(location: string): string | undefined {
  const end = location.indexOf('.zip/');
  return end < 0 ? undefined : location.slice(0, end + 4);
}

function mapNodes(
  { path, packages }: Facts['maps'][number],
  facts: Facts,
  manifests: ReadonlyMap<string, Manifest>,
): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const { key, name, version, reference, location, own, uses } of packages) {
    if (own) {
      const manifest = manifests.get(location);
      const only = new Set(manifest?.development.map(([wanted]) => wanted));
      const draft = (manifest && projectDraft(manifest)) ?? npmDraft(name, '', { root: true });
      const split = (isDevelopment: boolean) =>
        uses.filter(([wanted]) => only.has(wanted) === isDevelopment).map(([, target]) => target);
      nodes.set(key, {
        draft,
        path: manifest === undefined ? path : joinPath(location, 'package.json'),
        uses: split(false),
        development: split(true),
      });
      continue;
    }
    const archive = archiveOf(location);
    const held = archive === undefined ? facts.installed.get(location)?.draft : facts.cached.get(archive);
    const told = version === '' ? unversionedDraft(name, reference, {}) : npmDraft(name, version);
    const place = archive !== undefined && facts.cached.has(archive) ? archive : (facts.installed.get(location)?.path ?? path);
    nodes.set(key, { draft: held ?? told, path: place, uses: uses.map(([, target]) => target), development: [] });
  }
  return nodes;
}

export function assembleInstalled(
  extracts: readonly PathExtract[],
  tree: TreeView,
): { readonly packages: readonly PlacedDraft[] } {
  const facts = factsOf(extracts);
  const manifests = manifestsByFolder(extracts);
  const mapped = facts.maps.flatMap((map) => placeNodes(mapNodes(map, facts, manifests)));
  const places = new Set(mapped.flatMap(({ paths }) => paths));
  // What a map names at its place is not named again without its marks.
  for (const [folder, { path }] of [...facts.installed]) if (places.has(path)) facts.installed.delete(folder);
  const placed = [...mapped, ...placeNodes(folderNodes(facts, manifests, tree))];
  return { packages: placed.filter(({ draft }) => draft.name !== '') };
}
