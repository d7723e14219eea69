/** Runs one cataloger over a small tree of files in memory, as the pipeline would. */
import assert from 'node:assert/strict';
import { memoryContent } from '../../src/artifacts/memory.ts';
import type { Cataloger, PackageDraft, PathExtract } from '../../src/inventory/cataloger.ts';
import type { Problem } from '../../src/model/problem.ts';

export interface Catalogued {
  readonly packages: readonly { readonly draft: PackageDraft; readonly paths: readonly string[] }[];
  readonly problems: readonly Problem[];
}

const context = { mayMatter: () => true, depth: 4, spend: () => true };

/** What the cataloger says of these files; checks that its answers survive the way through a thread and a JSON cache. */
export async function catalog(cataloger: Cataloger, files: Readonly<Record<string, string | Uint8Array>>): Promise<Catalogued> {
  const extracts: PathExtract[] = [];
  const problems: Problem[] = [];
  for (const path of Object.keys(files).sort()) {
    const extract = await cataloger.extract(memoryContent(path, files[path] ?? ''), context);
    assert.deepEqual(JSON.parse(JSON.stringify(extract)), structuredClone(extract));
    for (const problem of extract.problems ?? []) problems.push({ path, ...problem });
    extracts.push({ path, extract });
  }
  if (cataloger.assemble === undefined) {
    const packages = extracts.flatMap(({ path, extract }) => extract.packages.map((draft) => ({ draft, paths: [path] })));
    return { packages, problems };
  }
  const assembled = cataloger.assemble(extracts, { has: (path) => Object.hasOwn(files, path) });
  return { packages: assembled.packages, problems: [...problems, ...(assembled.problems ?? [])] };
}

/** One line per package: `name version marks -> dependencies`, sorted; short enough to write expectations by hand. */
export function lines(result: Catalogued): string[] {
  return result.packages
    .map(({ draft }) => {
      const marks = [draft.root ? 'root' : '', draft.direct ? 'direct' : '', draft.development ? 'dev' : ''].filter(
        (mark) => mark !== '',
      );
      const uses = (draft.dependsOn ?? []).map((purl) => purl.replace(/^pkg:[a-z]+\//, ''));
      return [draft.name, draft.version, ...marks, ...(uses.length > 0 ? ['->', ...uses] : [])]
        .filter((part) => part !== '')
        .join(' ');
    })
    .sort();
}

/** Sorted `name version` pairs without the project's own entries. */
export function nameVersions(result: Catalogued): string[] {
  return [
    ...new Set(result.packages.filter(({ draft }) => !draft.root).map(({ draft }) => `${draft.name} ${draft.version}`)),
  ].sort();
}
