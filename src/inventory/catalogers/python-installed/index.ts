import { joinPath, parentOf } from '../../../artifacts/paths.ts';
import type { Cataloger, PackageDraft, PathExtract, PlacedDraft, TreeView } from '../../cataloger.ts';
import { pypiName } from '../../drafts.ts';
import { purlOf } from '../../purl.ts';
import { extractInstalled, type InstalledFact, infoFolder } from './extract.ts';

interface Installed {
  readonly path: string;
  readonly draft: PackageDraft;
  readonly requires: readonly string[];
}

/** The draft with what `direct_url.json` and `REQUESTED` beside its metadata say. */
function placed(draft: PackageDraft, folder: string, origins: ReadonlyMap<string, InstalledFact>, tree: TreeView): PackageDraft {
  const origin = origins.get(folder);
  const requested = tree.has(joinPath(folder, 'REQUESTED')) ? { direct: true } : {};
  if (origin?.kind !== 'origin') return { ...draft, ...requested };
  if (origin.local) return { ...draft, root: true };
  const { name, version } = draft;
  const purl = purlOf({ type: 'pypi', name: pypiName(name), version, qualifiers: { vcs_url: origin.vcsUrl } });
  return { ...draft, purl, ...requested };
}

/** Edges lead to distributions in the same directory: what else is on an interpreter's path only it knows. */
function assemble(extracts: readonly PathExtract[], tree: TreeView) {
  const origins = new Map<string, InstalledFact>();
  const more = new Map<string, readonly string[]>();
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as InstalledFact | undefined;
    if (data?.kind === 'origin') origins.set(parentOf(path), data);
    else if (data?.kind === 'requires') more.set(parentOf(path), data.requires);
  }
  const directories = new Map<string, Installed[]>();
  const packages: PlacedDraft[] = [];
  for (const { path, extract } of extracts) {
    const data = extract.data as InstalledFact | undefined;
    if (data?.kind !== 'distribution') {
      for (const draft of extract.packages) packages.push({ draft, paths: [path] });
      continue;
    }
    const directory = path.toLowerCase().endsWith('.egg-info') ? parentOf(path) : parentOf(infoFolder(path));
    const list = directories.get(directory) ?? [];
    directories.set(directory, list);
    const requires = [...data.requires, ...(more.get(parentOf(path)) ?? [])];
    for (const draft of extract.packages) list.push({ path, draft: placed(draft, parentOf(path), origins, tree), requires });
  }
  for (const members of directories.values()) {
    const purls = new Map(members.map(({ draft }) => [pypiName(draft.name), draft.purl]));
    for (const { path, draft, requires } of members) {
      const targets = new Set(requires.flatMap((name) => purls.get(pypiName(name)) ?? []));
      targets.delete(draft.purl);
      packages.push({ draft: targets.size === 0 ? draft : { ...draft, dependsOn: [...targets].sort() }, paths: [path] });
    }
  }
  return { packages };
}

const DIST_INFO = /\.dist-info\/[^/]+$/i;
const EGG_INFO = /(?:\.egg-info|(?:^|\/)EGG-INFO)\/[^/]+$/i;

export const pythonInstalled: Cataloger = {
  id: 'python-installed',
  title: 'Installed Python packages',
  specification: [
    'https://packaging.python.org/en/latest/specifications/recording-installed-packages/',
    'https://packaging.python.org/en/latest/specifications/core-metadata/',
    'https://packaging.python.org/en/latest/specifications/binary-distribution-format/',
    'https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html',
  ],
  version: 2,
  packageTypes: ['pypi'],
  evidence: 'installed',
  reads: ['*.dist-info (METADATA, direct_url.json, REQUESTED)', '*.egg-info and EGG-INFO', '*.whl, *.egg, *.pex, *.pyz'],
  patterns: [
    { basename: 'METADATA', where: DIST_INFO },
    { basename: 'direct_url.json', where: DIST_INFO },
    { basename: 'PKG-INFO', where: EGG_INFO },
    { basename: 'requires.txt', where: EGG_INFO },
    { extension: '.egg-info' },
    { extension: '.whl' },
    { extension: '.egg' },
    { extension: '.pex' },
    { extension: '.pyz' },
  ],
  extract: extractInstalled,
  assemble,
};
