import type { FileContent } from '../../../artifacts/file.ts';
import { basenameOf, joinPath, normalisePath, parentOf } from '../../../artifacts/paths.ts';
import type { Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { cutOff, entriesSkipped, notListed, readYamlDocuments, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { markWanted, npmDraft, type Want } from '../../drafts.ts';
import { extractManifest, manifestsByFolder, NOT_INSTALLED, projectDraft } from '../../javascript/manifest.ts';
import { unversionedDraft } from '../../javascript/names.ts';
import { keysOf, parsePnpmLock, type Reference } from './parse.ts';

/** Projects of a lock file; their names are in their package.json. */
interface Projects {
  readonly kind: 'projects';
  readonly projects: readonly {
    readonly path: string;
    readonly uses: readonly string[];
    /** Other projects, by their path. */
    readonly links: readonly string[];
  }[];
}

function extractLock(file: FileContent): Extract {
  const documents = readYamlDocuments(file);
  if (!documents.ok) return { packages: [], problems: [documents.problem] };
  const lock = parsePnpmLock(documents.value);
  if (lock === undefined) return { packages: [], problems: [unexpected('pnpm-lock.yaml', 'it has no version and no packages')] };
  const graph = draftGraph();
  const purls = new Map<string, string>();
  for (const { key, name, version, source } of lock.packages) {
    const draft = version === '' ? unversionedDraft(name, source, {}) : npmDraft(name, version);
    graph.add(draft, key);
    purls.set(key, draft.purl);
  }
  const keyOf = (reference: Reference) => keysOf(reference).find((key) => purls.has(key));
  const missing: string[] = [];
  const miss = ([name, reference]: Reference): void => {
    if (!reference.startsWith('link:')) missing.push(name);
  };
  for (const { key, uses } of lock.packages) {
    for (const used of uses) {
      const target = keyOf(used);
      if (target === undefined) miss(used);
      else graph.edge(purls.get(key) ?? '', target);
    }
  }
  const wants: Want[] = [];
  const projects = lock.projects.map(({ path, uses, development }) => {
    const used = new Set<string>();
    const want = (references: readonly Reference[], isDevelopment: boolean) => {
      for (const reference of references) {
        const purl = purls.get(keyOf(reference) ?? '');
        if (purl === undefined) {
          miss(reference);
          continue;
        }
        used.add(purl);
        wants.push({ purl, development: isDevelopment });
      }
    };
    want(uses, false);
    want(development, true);
    const links = [...uses, ...development].flatMap(([, reference]) =>
      reference.startsWith('link:') ? (normalisePath(joinPath(path, reference.slice(5))) ?? []) : [],
    );
    return { path: normalisePath(path) ?? '', uses: [...used], links };
  });
  return {
    packages: markWanted(graph.drafts(), wants),
    problems: [
      ...(lock.invalid > 0 ? [entriesSkipped('pnpm-lock.yaml', lock.invalid)] : []),
      ...notListed('pnpm-lock.yaml', missing),
      ...cutOff('pnpm-lock.yaml', file),
    ],
    data: { kind: 'projects', projects } satisfies Projects,
  };
}

function assemble(extracts: readonly PathExtract[]) {
  const manifests = manifestsByFolder(extracts);
  const packages: PlacedDraft[] = [];
  const problems: Problem[] = [];
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as Projects | { readonly kind: 'manifest' } | undefined;
    if (data?.kind !== 'projects') continue;
    for (const draft of extract.packages) packages.push({ draft, paths: [path] });
    const rootOf = (project: string) => {
      const manifest = manifests.get(joinPath(parentOf(path), project));
      return manifest && projectDraft(manifest);
    };
    const asked = manifests.get(parentOf(path));
    const wants = extract.packages.length > 0 ? [] : [...(asked?.wants ?? []), ...(asked?.development ?? [])];
    const absent = wants.flatMap(([name, spec]) => (/^(?:link|workspace):/.test(spec) ? [] : name));
    for (const problem of notListed('pnpm-lock.yaml', absent)) problems.push({ ...problem, path });
    for (const project of data.projects) {
      const draft = rootOf(project.path);
      if (draft === undefined) continue;
      const dependsOn = new Set([...project.uses, ...project.links.flatMap((link) => rootOf(link)?.purl ?? [])]);
      dependsOn.delete(draft.purl);
      packages.push({ draft: dependsOn.size === 0 ? draft : { ...draft, dependsOn: [...dependsOn].sort() }, paths: [path] });
    }
  }
  return { packages, problems };
}

export const pnpmLock: Cataloger = {
  id: 'pnpm-lock',
  title: 'pnpm lock files',
  specification: ['https://pnpm.io/lockfile', 'https://github.com/pnpm/spec/tree/master/lockfile'],
  version: 2,
  packageTypes: ['npm'],
  evidence: 'declared',
  reads: ['pnpm-lock.yaml v5–v9, every document of it', 'package.json (names of projects)'],
  patterns: [
    { basename: 'pnpm-lock.yaml', where: NOT_INSTALLED },
    { basename: 'package.json', where: NOT_INSTALLED },
  ],
  extract: (file) => (basenameOf(file.path) === 'package.json' ? extractManifest(file) : extractLock(file)),
  assemble,
};
