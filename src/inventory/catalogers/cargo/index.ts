import { posix } from 'node:path';
import { notice } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { entriesSkipped, fields, notListed, readToml, unexpected } from '../../document.ts';
import { type DraftGraph, draftGraph } from '../../draft-graph.ts';
import { markWanted, type Want } from '../../drafts.ts';
import { purlOf } from '../../purl.ts';
import { type CargoLock, type CargoManifest, type CargoPackage, parseCargoLock, parseCargoToml } from './parse.ts';

/** The registry's unpacked sources hold lock and manifest files of every crate: not what this target builds. */
const OWN = /^(?!(?:.*\/)?(?:\.cargo\/registry|vendor)\/)/;

function draftOf(pkg: CargoPackage): PackageDraft {
  const { name, version, source } = pkg;
  const git = source?.startsWith('git+') ? source : undefined;
  const purl = purlOf({ type: 'cargo', name, version, qualifiers: { vcs_url: git } });
  return { purl, type: 'cargo', name, version, ...(source === undefined ? { root: true } : {}) };
}

function graphOf(lock: CargoLock): DraftGraph {
  const graph = draftGraph();
  const drafts = lock.packages.map(draftOf);
  lock.packages.forEach(({ name, version, source }, index) => {
    const draft = drafts[index];
    if (draft !== undefined) graph.add(draft, name, `${name} ${version}`, `${name} ${version} (${source ?? ''})`);
  });
  lock.packages.forEach((pkg, index) => {
    const draft = drafts[index];
    for (const dependency of draft === undefined ? [] : pkg.dependencies) graph.edge(draft?.purl ?? '', dependency);
  });
  return graph;
}

/** What the project's own packages ask for; without a manifest everything counts as needed. */
function wantsOf(drafts: readonly PackageDraft[], manifests: ReadonlyMap<string, CargoManifest>): Want[] {
  const names = new Map(drafts.map((draft) => [draft.purl, draft.name]));
  const wants: Want[] = [];
  for (const root of drafts) {
    if (root.root !== true) continue;
    const manifest = manifests.get(root.name);
    const development = new Set(manifest?.development);
    for (const name of manifest?.normal ?? []) development.delete(name);
    for (const purl of root.dependsOn ?? []) wants.push({ purl, development: development.has(names.get(purl) ?? '') });
  }
  return wants;
}

/** `log` of `log`, `log 0.4.0` and `log 0.4.0 (registry+…)`. */
function nameOf(dependency: string): string {
  return dependency.split(' ', 1)[0] ?? '';
}

function extractManifest(document: unknown): Extract {
  const table = fields(document);
  const data = table === undefined ? undefined : parseCargoToml(table);
  return data === undefined ? { packages: [] } : { packages: [], data };
}

function assemble(extracts: readonly PathExtract[]) {
  const packages: PlacedDraft[] = [];
  // Our own extracts: the shape of `data` is known.
  const facts = extracts.map(({ path, extract }) => ({ path, data: extract.data as CargoLock | CargoManifest | undefined }));
  for (const { path, data } of facts) {
    if (data?.kind !== 'lock') continue;
    const directory = posix.dirname(path);
    const inside = (other: string) => directory === '.' || other.startsWith(`${directory}/`);
    const manifests = new Map<string, CargoManifest>();
    for (const other of facts)
      if (other.data?.kind === 'manifest' && inside(other.path)) manifests.set(other.data.name, other.data);
    const drafts = graphOf(data).drafts();
    for (const draft of markWanted(drafts, wantsOf(drafts, manifests))) packages.push({ draft, paths: [path] });
  }
  return { packages };
}

export const cargo: Cataloger = {
  id: 'cargo',
  title: 'Cargo',
  specification: [
    'https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html',
    'https://doc.rust-lang.org/cargo/reference/manifest.html',
  ],
  version: 2,
  packageTypes: ['cargo'],
  evidence: 'declared',
  reads: ['Cargo.lock v1–v4', 'Cargo.toml (direct and development marks)'],
  patterns: [
    { basename: 'Cargo.lock', where: OWN },
    { basename: 'Cargo.toml', where: OWN },
  ],
  extract(file) {
    const document = readToml(file);
    if (file.path.endsWith('Cargo.toml')) {
      if (document.ok) return extractManifest(document.value);
      const { message } = document.problem;
      return {
        packages: [],
        problems: [notice('cargo-manifest-unreadable', `Direct and development marks are missing: ${message}`)],
      };
    }
    if (!document.ok) return { packages: [], problems: [document.problem] };
    const table = fields(document.value);
    if (table === undefined || (table.package === undefined && table.version === undefined && table.root === undefined))
      return { packages: [], problems: [unexpected('Cargo.lock', 'it lists no packages')] };
    const data = parseCargoLock(table);
    const listed = new Set(data.packages.map(({ name }) => name));
    const missing = data.packages.flatMap(({ dependencies }) => dependencies.map(nameOf).filter((name) => !listed.has(name)));
    const skipped = data.invalid > 0 ? [entriesSkipped('Cargo.lock', data.invalid)] : [];
    return { packages: [], data, problems: [...skipped, ...notListed('Cargo.lock', missing)] };
  },
  assemble,
};
