import { parentOf } from '../../../artifacts/paths.ts';
import type { Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { entriesSkipped, notListed, readJson, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { npmDraft } from '../../drafts.ts';
import { extractManifest, manifestsByFolder, NOT_INSTALLED, projectDraft } from '../../javascript/manifest.ts';
import { unversionedDraft } from '../../javascript/names.ts';
import { nodeResolver } from '../../javascript/resolution.ts';
import { type LockedPackage, type NpmLock, parseNpmLock } from './parse.ts';

/** Facts of a lock file of version 1, whose project is told by its package.json. */
interface Unrooted {
  readonly kind: 'unrooted';
  readonly name: string;
  readonly version: string;
  /** Names at the top of the tree and their purls. */
  readonly top: readonly (readonly [name: string, purl: string])[];
}

function draftOf({ name, version, source, development, root, licenses }: LockedPackage): PackageDraft {
  const marks = {
    ...(root ? { root } : {}),
    ...(development && !root ? { development } : {}),
    ...(licenses.length > 0 ? { licenses } : {}),
  };
  return version === '' ? unversionedDraft(name, source, marks) : npmDraft(name, version, marks);
}

/** Packages with edges as Node.js would follow them, and what the project and its workspaces name as direct. */
function draftsOf(lock: NpmLock): { readonly drafts: PackageDraft[]; readonly purls: ReadonlyMap<string, string> } {
  const graph = draftGraph();
  const purls = new Map<string, string>();
  for (const pkg of lock.packages) {
    if (pkg.name === '') continue;
    const draft = draftOf(pkg);
    purls.set(pkg.path, draft.purl);
    graph.add(draft, pkg.path);
  }
  const resolve = nodeResolver([...lock.packages.map(({ path }) => path), ...lock.links.keys()]);
  const direct = new Set<string>();
  for (const pkg of lock.packages) {
    const purl = purls.get(pkg.path);
    for (const [name] of pkg.uses) {
      const found = resolve(pkg.path, name);
      const target = found === undefined ? undefined : (lock.links.get(found) ?? found);
      if (target === undefined) continue;
      if (purl !== undefined) graph.edge(purl, target);
      const used = purls.get(target);
      if (pkg.root && used !== undefined) direct.add(used);
    }
  }
  const drafts = graph.drafts().map((draft) => (direct.has(draft.purl) && !draft.root ? { ...draft, direct: true } : draft));
  return { drafts, purls };
}

function extractLock(value: unknown): Extract {
  const lock = parseNpmLock(value);
  if (lock === undefined) return { packages: [], problems: [unexpected('npm lock file', 'it lists no packages')] };
  const { drafts, purls } = draftsOf(lock);
  const problems = lock.invalid > 0 ? [entriesSkipped('npm lock file', lock.invalid)] : [];
  if (lock.version !== 1) return { packages: drafts, problems };
  const prefix = 'node_modules/';
  const top = [...purls].flatMap(([path, purl]) => {
    const name = path.slice(prefix.length);
    return name.includes(prefix) ? [] : [[name, purl] as const];
  });
  return { packages: drafts, problems, data: { kind: 'unrooted', ...lock.project, top } satisfies Unrooted };
}

function assemble(extracts: readonly PathExtract[]) {
  const manifests = manifestsByFolder(extracts);
  const packages: PlacedDraft[] = [];
  const problems: Problem[] = [];
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as Unrooted | { readonly kind: 'manifest' } | undefined;
    if (data?.kind === 'manifest') continue;
    const manifest = manifests.get(parentOf(path));
    const wanted = new Set<string>();
    if (data?.kind === 'unrooted') {
      const names = new Set([...(manifest?.wants ?? []), ...(manifest?.development ?? [])].map(([name]) => name));
      const missing = data.top.length === 0 ? names : [];
      for (const problem of notListed('npm lock file', missing)) problems.push({ ...problem, path });
      for (const [name, purl] of data.top) if (names.has(name)) wanted.add(purl);
      const named = manifest !== undefined && manifest.name !== '' ? projectDraft(manifest) : undefined;
      const root = named ?? (data.name === '' ? undefined : npmDraft(data.name, data.version, { root: true }));
      if (root !== undefined)
        packages.push({ draft: wanted.size === 0 ? root : { ...root, dependsOn: [...wanted].sort() }, paths: [path] });
    }
    for (const draft of extract.packages)
      packages.push({ draft: wanted.has(draft.purl) ? { ...draft, direct: true } : draft, paths: [path] });
  }
  return { packages, problems };
}

export const npmLock: Cataloger = {
  id: 'npm-lock',
  title: 'npm lock files',
  specification: ['https://docs.npmjs.com/cli/configuring-npm/package-lock-json'],
  version: 2,
  packageTypes: ['npm'],
  evidence: 'declared',
  reads: ['package-lock.json and npm-shrinkwrap.json v1–v3', 'package.json (direct marks for v1)'],
  patterns: [
    { basename: 'package-lock.json', where: NOT_INSTALLED },
    { basename: 'npm-shrinkwrap.json', where: NOT_INSTALLED },
    { basename: 'package.json', where: NOT_INSTALLED },
  ],
  extract(file) {
    if (file.path.endsWith('/package.json') || file.path === 'package.json') return extractManifest(file);
    const document = readJson(file);
    return document.ok ? extractLock(document.value) : { packages: [], problems: [document.problem] };
  },
  assemble,
};
