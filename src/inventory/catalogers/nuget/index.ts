import { posix } from 'node:path';
import type { FileContent } from '../../../artifacts/file.ts';
import type { Cataloger, Extract, PackageDraft, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { entries, entriesSkipped, fields, readJson, readXml, text, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';
import { lowestVersion, type ProjectFacts, packagesConfig, projectFacts } from './project.ts';

function draftOf(name: string, version: string, marks: Pick<PackageDraft, 'direct' | 'development'>): PackageDraft {
  return { purl: purlOf({ type: 'nuget', name, version }), type: 'nuget', name, version, ...marks };
}

function problemsOf(format: string, invalid: number) {
  return invalid > 0 ? { problems: [entriesSkipped(format, invalid)] } : {};
}

/** packages.lock.json: per target framework, so that one package may be there in several versions. */
function extractLock(file: FileContent): Extract {
  const document = readJson(file);
  if (!document.ok) return { packages: [], problems: [document.problem] };
  const frameworks = fields(fields(document.value)?.dependencies);
  if (frameworks === undefined) return { packages: [], problems: [unexpected('packages.lock.json', 'it has no dependencies')] };
  const graph = draftGraph();
  let invalid = 0;
  for (const [framework, list] of entries(frameworks)) {
    const known: [PackageDraft, unknown][] = [];
    for (const [name, value] of entries(list)) {
      const entry = fields(value);
      const kind = text(entry?.type)?.toLowerCase();
      // References to the solution's own projects have no version; their packages are listed themselves.
      if (kind === 'project') continue;
      const version = text(entry?.resolved);
      if (version === undefined) {
        invalid++;
        continue;
      }
      const draft = draftOf(name, version, kind === 'direct' ? { direct: true } : {});
      graph.add(draft, `${framework} ${name.toLowerCase()}`);
      known.push([draft, entry?.dependencies]);
    }
    // Frameworks with a runtime identifier list only what differs from the plain one.
    const plain = framework.split('/', 1)[0] ?? framework;
    for (const [draft, dependencies] of known) {
      for (const [name] of entries(dependencies)) {
        const key = `${framework} ${name.toLowerCase()}`;
        graph.edge(draft.purl, graph.has(key) ? key : `${plain} ${name.toLowerCase()}`);
      }
    }
  }
  return { packages: graph.drafts(), ...problemsOf('packages.lock.json', invalid) };
}

function extractXml(file: FileContent): Extract {
  const document = readXml(file);
  if (!document.ok) return { packages: [], problems: [document.problem] };
  if (file.path.endsWith('packages.config')) {
    const { references, invalid } = packagesConfig(document.value);
    const drafts = references.map(({ name, version = '', development }) =>
      draftOf(name, version, { direct: true, ...(development ? { development } : {}) }),
    );
    return { packages: drafts, ...problemsOf('packages.config', invalid) };
  }
  return { packages: [], data: projectFacts(document.value) };
}

function parents(path: string): string[] {
  const list: string[] = [];
  for (let directory = posix.dirname(path); ; directory = posix.dirname(directory)) {
    list.push(directory);
    if (directory === '.' || directory === '/') return list;
  }
}

function assemble(extracts: readonly PathExtract[]) {
  const packages: PlacedDraft[] = [];
  const locked = new Set<string>();
  const central = new Map<string, ReadonlyMap<string, string>>();
  const projects: [string, ProjectFacts][] = [];
  for (const { path, extract } of extracts) {
    for (const draft of extract.packages) packages.push({ draft, paths: [path] });
    if (path.endsWith('packages.lock.json') && extract.packages.length > 0) locked.add(posix.dirname(path));
    // Our own extracts: only project files have data.
    const data = extract.data as ProjectFacts | undefined;
    if (data === undefined) continue;
    projects.push([path, data]);
    if (data.central.length > 0)
      central.set(posix.dirname(path), new Map(data.central.map(([name, version]) => [name.toLowerCase(), version])));
  }
  for (const [path, { references, central: own }] of projects) {
    // A lock file knows exactly what a project file only asks for.
    if (locked.has(posix.dirname(path))) continue;
    const versions = parents(path).flatMap((directory) => central.get(directory) ?? [])[0];
    for (const { name, version, development } of references) {
      const found = version ?? versions?.get(name.toLowerCase()) ?? '';
      packages.push({
        draft: draftOf(name, lowestVersion(found), { direct: true, ...(development ? { development } : {}) }),
        paths: [path],
      });
    }
    for (const [name, version] of own) packages.push({ draft: draftOf(name, lowestVersion(version), {}), paths: [path] });
  }
  return { packages };
}

export const nuget: Cataloger = {
  id: 'nuget',
  title: 'NuGet lock and project files',
  specification: [
    'https://learn.microsoft.com/en-us/nuget/consume-packages/package-references-in-project-files',
    'https://learn.microsoft.com/en-us/nuget/reference/packages-config',
    'https://learn.microsoft.com/en-us/nuget/consume-packages/central-package-management',
  ],
  version: 2,
  packageTypes: ['nuget'],
  evidence: 'declared',
  reads: [
    'packages.lock.json v1–v2',
    'packages.config',
    '*.csproj, *.fsproj, *.vbproj',
    'Directory.Packages.props, Directory.Build.props',
  ],
  patterns: [
    { basename: 'packages.lock.json' },
    { basename: 'packages.config' },
    { basename: 'Directory.Packages.props' },
    { basename: 'Directory.Build.props' },
    { extension: '.csproj' },
    { extension: '.fsproj' },
    { extension: '.vbproj' },
  ],
  extract: (file) => (file.path.endsWith('.json') ? extractLock(file) : extractXml(file)),
  assemble,
};
