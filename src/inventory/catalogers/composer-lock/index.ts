import { posix } from 'node:path';
import { notice } from '../../../model/problem.ts';
import type { Cataloger, Extract, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { entries, entriesSkipped, fields, items, readJson, text, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { addComposerPackage, composerDraft } from './packages.ts';

interface ComposerManifest {
  readonly name: string;
  readonly version: string;
  readonly direct: readonly string[];
}

function extractManifest(value: unknown): Extract {
  const document = fields(value);
  const direct = [...entries(document?.require), ...entries(document?.['require-dev'])].map(([name]) => name.toLowerCase());
  const data = { name: text(document?.name) ?? '', version: text(document?.version) ?? '', direct } satisfies ComposerManifest;
  return { packages: [], data };
}

function extractLock(value: unknown): Extract {
  const document = fields(value);
  if (!Array.isArray(document?.packages))
    return { packages: [], problems: [unexpected('composer.lock', 'it lists no packages')] };
  const graph = draftGraph();
  let invalid = 0;
  for (const entry of items(document.packages)) if (!addComposerPackage(graph, entry, {})) invalid++;
  for (const entry of items(document['packages-dev'])) if (!addComposerPackage(graph, entry, { development: true })) invalid++;
  const skipped = invalid > 0 ? [entriesSkipped('composer.lock', invalid)] : [];
  // Composer writes both lists, empty ones too.
  const whole = document['packages-dev'] !== undefined;
  return {
    packages: graph.drafts(),
    problems: whole ? skipped : [...skipped, unexpected('whole composer.lock', 'its list "packages-dev" is missing')],
  };
}

function assemble(extracts: readonly PathExtract[]) {
  // Our own extracts: only manifests have data.
  const manifests = new Map(extracts.map(({ path, extract }) => [path, extract.data as ComposerManifest | undefined]));
  const packages: PlacedDraft[] = [];
  for (const { path, extract } of extracts) {
    if (!path.endsWith('composer.lock')) continue;
    const manifest = manifests.get(posix.join(posix.dirname(path), 'composer.json'));
    const direct = new Set(manifest?.direct);
    const wanted: string[] = [];
    for (const draft of extract.packages) {
      if (direct.has(draft.name)) wanted.push(draft.purl);
      packages.push({ draft: direct.has(draft.name) ? { ...draft, direct: true } : draft, paths: [path] });
    }
    if (manifest === undefined || manifest.name === '') continue;
    const root = composerDraft(manifest.name, manifest.version);
    packages.push({ draft: { ...root, root: true, ...(wanted.length > 0 ? { dependsOn: wanted.sort() } : {}) }, paths: [path] });
  }
  return { packages };
}

/** Packages bring their own development locks along; nothing of those is used. */
const NOT_VENDORED = /^(?!(?:.*\/)?vendor\/)/;

export const composerLock: Cataloger = {
  id: 'composer-lock',
  title: 'Composer lock files',
  specification: ['https://getcomposer.org/doc/01-basic-usage.md', 'https://getcomposer.org/doc/04-schema.md'],
  version: 2,
  packageTypes: ['composer'],
  evidence: 'declared',
  reads: ['composer.lock', 'composer.json (direct marks)'],
  patterns: [
    { basename: 'composer.lock', where: NOT_VENDORED },
    { basename: 'composer.json', where: NOT_VENDORED },
  ],
  extract(file) {
    const document = readJson(file);
    if (document.ok) return file.path.endsWith('composer.json') ? extractManifest(document.value) : extractLock(document.value);
    if (!file.path.endsWith('composer.json')) return { packages: [], problems: [document.problem] };
    return {
      packages: [],
      problems: [notice('composer-manifest-unreadable', `Direct marks are missing: ${document.problem.message}`)],
    };
  },
  assemble,
};
