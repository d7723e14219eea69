import type { FileContent } from '../../../artifacts/file.ts';
import { basenameOf, joinPath, parentOf } from '../../../artifacts/paths.ts';
import { messageOf } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { entriesSkipped, unexpected, unreadable } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { markWanted, npmDraft, type Want } from '../../drafts.ts';
import { extractManifest, type Manifest, manifestsByFolder, NOT_INSTALLED, projectDraft } from '../../javascript/manifest.ts';
import { unversionedDraft } from '../../javascript/names.ts';
import { plainJson } from '../../javascript/plain-json.ts';
import { parseBunBinary } from './binary.ts';
import type { BunLock, BunPackage } from './packages.ts';
import { parseBunText } from './text.ts';

function extractLock(lock: BunLock): Extract {
  const name = 'lock file of Bun';
  return { packages: [], data: lock, problems: lock.invalid > 0 ? [entriesSkipped(name, lock.invalid)] : [] };
}

function extractText(file: FileContent): Extract {
  const text = file.text();
  if (!text.ok) return { packages: [], problems: [text.problem] };
  try {
    const lock = parseBunText(JSON.parse(plainJson(text.value)));
    return lock === undefined
      ? { packages: [], problems: [unexpected('bun.lock', 'it has no workspaces or no packages')] }
      : extractLock(lock);
  } catch (error) {
    return { packages: [], problems: [unreadable('JSON', messageOf(error))] };
  }
}

function extractBinary(file: FileContent): Extract {
  const bytes = file.bytes();
  if (!bytes.ok) return { packages: [], problems: [bytes.problem] };
  const lock = parseBunBinary(bytes.value);
  return lock.ok ? extractLock(lock.value) : { packages: [], problems: [lock.problem] };
}

/** Projects are told best by their package.json: binary lock files do not know their versions. */
function draftOf({ name, version, source, workspace }: BunPackage, manifest: Manifest | undefined): PackageDraft | undefined {
  if (workspace === undefined) return version === '' ? unversionedDraft(name, source, {}) : npmDraft(name, version);
  return (manifest && projectDraft(manifest)) ?? (name === '' ? undefined : npmDraft(name, version, { root: true }));
}

function draftsOf(lock: BunLock, folder: string, manifests: ReadonlyMap<string, Manifest>): PackageDraft[] {
  const graph = draftGraph();
  const purls = new Map<string, string>();
  for (const pkg of lock.packages) {
    const draft = draftOf(pkg, pkg.workspace === undefined ? undefined : manifests.get(joinPath(folder, pkg.workspace)));
    if (draft === undefined) continue;
    graph.add(draft, pkg.key);
    purls.set(pkg.key, draft.purl);
  }
  const wants: Want[] = [];
  for (const { key, uses, development, workspace } of lock.packages) {
    const from = purls.get(key);
    if (from !== undefined) for (const used of [...uses, ...development]) graph.edge(from, used);
    if (workspace === undefined) continue;
    for (const used of uses) wants.push({ purl: purls.get(used) ?? '' });
    for (const used of development) wants.push({ purl: purls.get(used) ?? '', development: true });
  }
  return markWanted(graph.drafts(), wants);
}

function assemble(extracts: readonly PathExtract[]) {
  const manifests = manifestsByFolder(extracts);
  const packages: PlacedDraft[] = [];
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as BunLock | { readonly kind: 'manifest' } | undefined;
    if (data?.kind !== 'lock') continue;
    for (const draft of draftsOf(data, parentOf(path), manifests)) packages.push({ draft, paths: [path] });
  }
  return { packages };
}

export const bunLock: Cataloger = {
  id: 'bun-lock',
  title: 'Bun lock files',
  specification: ['https://bun.sh/docs/install/lockfile'],
  version: 2,
  packageTypes: ['npm'],
  evidence: 'declared',
  reads: ['bun.lock', 'bun.lockb v2 and v3', 'package.json (names of projects)'],
  patterns: [
    { basename: 'bun.lock', where: NOT_INSTALLED },
    { basename: 'bun.lockb', where: NOT_INSTALLED },
    { basename: 'package.json', where: NOT_INSTALLED },
  ],
  extract(file) {
    const name = basenameOf(file.path);
    return name === 'bun.lock' ? extractText(file) : name === 'bun.lockb' ? extractBinary(file) : extractManifest(file);
  },
  assemble,
};
