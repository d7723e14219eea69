import type { Cataloger, PackageDraft } from '../../cataloger.ts';
import { entries, entriesSkipped, type Fields, fields, readJson, text, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';

/** `Newtonsoft.Json/13.0.1`. */
function split(key: string): { readonly name: string; readonly version: string } | undefined {
  const slash = key.lastIndexOf('/');
  return slash < 1 || slash === key.length - 1 ? undefined : { name: key.slice(0, slash), version: key.slice(slash + 1) };
}

/** What a library brings to the output directory. */
const ASSETS = ['runtime', 'runtimeTargets', 'native', 'resources'] as const;

interface Deployment {
  /** Library keys that targets describe without files and without dependencies (those are meta packages): needed to compile only. */
  readonly compileOnly: ReadonlySet<string>;
  readonly edges: readonly (readonly [from: string, to: string])[];
}

function deployment(targets: unknown): Deployment {
  const described = new Set<string>();
  const deployed = new Set<string>();
  const edges: [string, string][] = [];
  for (const [, target] of entries(targets)) {
    for (const [key, value] of entries(target)) {
      const entry = fields(value) ?? {};
      described.add(key);
      if ([...ASSETS, 'dependencies'].some((asset) => entries(entry[asset]).length > 0)) deployed.add(key);
      for (const [name, version] of entries(entry.dependencies)) edges.push([key, `${name}/${text(version) ?? ''}`]);
    }
  }
  const compileOnly = new Set([...described].filter((key) => !deployed.has(key)));
  return { compileOnly, edges };
}

function draftOf(key: string, library: Fields, compileOnly: boolean): PackageDraft | undefined {
  const parts = split(key);
  if (parts === undefined) return undefined;
  const kind = text(library.type)?.toLowerCase();
  // Self-contained applications list their runtime under a prefix that no package has.
  const name = kind === 'runtimepack' ? parts.name.replace(/^runtimepack\./i, '') : parts.name;
  const { version } = parts;
  const own = kind === 'project';
  return {
    purl: purlOf({ type: 'nuget', name, version }),
    type: 'nuget',
    name,
    version,
    ...(own ? { root: true } : {}),
    ...(compileOnly && !own ? { development: true } : {}),
  };
}

export const dotnetDeps: Cataloger = {
  id: 'dotnet-deps',
  title: '.NET applications',
  specification: ['https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md'],
  version: 1,
  packageTypes: ['nuget'],
  evidence: 'installed',
  reads: ['*.deps.json'],
  patterns: [{ extension: '.json', where: /\.deps\.json$/i }],
  extract(file) {
    const document = readJson(file);
    if (!document.ok) return { packages: [], problems: [document.problem] };
    const table = fields(document.value);
    if (fields(table?.libraries) === undefined)
      return { packages: [], problems: [unexpected('.NET dependency file', 'it has no libraries')] };
    const { compileOnly, edges } = deployment(table?.targets);
    const graph = draftGraph();
    const purls = new Map<string, string>();
    let invalid = 0;
    for (const [key, value] of entries(table?.libraries)) {
      const library = fields(value);
      // Loose assemblies: a version of a file, not of a package.
      if (/^reference/i.test(text(library?.type) ?? '')) continue;
      const draft = library === undefined ? undefined : draftOf(key, library, compileOnly.has(key));
      if (draft === undefined) {
        invalid++;
        continue;
      }
      graph.add(draft, key);
      purls.set(key, draft.purl);
    }
    for (const [from, to] of edges) {
      const purl = purls.get(from);
      if (purl !== undefined) graph.edge(purl, to);
    }
    const drafts = graph.drafts();
    const direct = new Set(drafts.flatMap((draft) => (draft.root ? (draft.dependsOn ?? []) : [])));
    return {
      packages: drafts.map((draft) => (direct.has(draft.purl) && !draft.root ? { ...draft, direct: true } : draft)),
      problems: invalid > 0 ? [entriesSkipped('.NET dependency file', invalid)] : [],
    };
  },
};
