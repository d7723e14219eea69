import { basename, dirname } from 'node:path/posix';
import type { FileContent } from '../../../artifacts/file.ts';
import { notice } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { entriesSkipped, notListed, readJson, readToml, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { markWanted, pypiDraft, pypiName, type Want } from '../../drafts.ts';
import {
  type PythonLock,
  type PythonManifest,
  pdmLock,
  pipfile,
  pipfileLock,
  poetryLock,
  pylock,
  pyproject,
  uvLock,
} from './formats.ts';

type Facts =
  | { readonly kind: 'lock'; readonly lock: PythonLock }
  | { readonly kind: 'manifest'; readonly manifest: PythonManifest };

const LOCKS: Readonly<Record<string, (document: unknown) => PythonLock | undefined>> = {
  'poetry.lock': poetryLock,
  'pdm.lock': pdmLock,
  'uv.lock': uvLock,
  'Pipfile.lock': pipfileLock,
};
const MANIFESTS: Readonly<Record<string, (document: unknown) => PythonManifest | undefined>> = {
  'pyproject.toml': pyproject,
  Pipfile: pipfile,
};
const PYLOCK = /(?:^|\/)pylock(?:\.[\w-]+)?\.toml$/;

function extractManifest(file: FileContent, read: (document: unknown) => PythonManifest | undefined): Extract {
  const document = readToml(file);
  // A manifest only adds marks to what the lock file says: without it nothing is missed.
  if (!document.ok) return { packages: [], problems: [notice(document.problem.code, document.problem.message)] };
  const manifest = read(document.value);
  return manifest === undefined ? { packages: [] } : { packages: [], data: { kind: 'manifest', manifest } satisfies Facts };
}

function missing({ packages }: PythonLock): string[] {
  const listed = new Set(packages.map(({ name }) => pypiName(name)));
  const used = packages.flatMap(({ dependencies, developmentDependencies = [] }) => [
    ...dependencies,
    ...developmentDependencies,
  ]);
  return used.filter((name) => !listed.has(pypiName(name)));
}

function extract(file: FileContent): Extract {
  const name = basename(file.path);
  const manifest = Object.hasOwn(MANIFESTS, name) ? MANIFESTS[name] : undefined;
  if (manifest !== undefined) return extractManifest(file, manifest);
  const document = name === 'Pipfile.lock' ? readJson(file) : readToml(file);
  if (!document.ok) return { packages: [], problems: [document.problem] };
  const read = Object.hasOwn(LOCKS, name) ? LOCKS[name] : pylock;
  const lock = read?.(document.value);
  if (lock === undefined)
    return { packages: [], problems: [unexpected('Python lock file', 'it has none of the tables it should')] };
  const problems = [
    ...(lock.odd > 0 ? [entriesSkipped('Python lock file', lock.odd)] : []),
    ...(lock.cut === undefined ? [] : [unexpected('whole Python lock file', `its last table, "${lock.cut}", is missing`)]),
    ...notListed('Python lock file', lock.closed ? missing(lock) : []),
  ];
  return { packages: [], data: { kind: 'lock', lock } satisfies Facts, ...(problems.length > 0 ? { problems } : {}) };
}

/** Drafts with their edges; a package that several environments lock at different versions is kept at each. */
function draftsOf(lock: PythonLock): PackageDraft[] {
  const graph = draftGraph();
  const drafts = lock.packages.map(({ name, version, root, development }) =>
    pypiDraft(name, version, { ...(root ? { root } : {}), ...(development ? { development } : {}) }),
  );
  drafts.forEach((draft) => {
    graph.add(draft, pypiName(draft.name));
  });
  lock.packages.forEach(({ dependencies, developmentDependencies = [] }, index) => {
    const purl = drafts[index]?.purl;
    if (purl !== undefined) for (const name of [...dependencies, ...developmentDependencies]) graph.edge(purl, pypiName(name));
  });
  return graph.drafts();
}

function wantsOf(lock: PythonLock, drafts: readonly PackageDraft[], manifest: PythonManifest | undefined): Want[] {
  const purls = Map.groupBy(drafts, ({ name }) => pypiName(name));
  const wants = (list: readonly string[], development: boolean) =>
    list.flatMap((name) => (purls.get(pypiName(name)) ?? []).map(({ purl }) => ({ purl, development })));
  const own = lock.packages.filter(({ root }) => root === true);
  if (own.length > 0)
    return own.flatMap(({ dependencies, developmentDependencies = [] }) => [
      ...wants(dependencies, false),
      ...wants(developmentDependencies, true),
    ]);
  return manifest === undefined ? [] : [...wants(manifest.normal, false), ...wants(manifest.development, true)];
}

/** What the lock file itself says of development stands; the manifest tells what is direct, and development where the lock does not. */
function marked(lock: PythonLock, manifest: PythonManifest | undefined): PackageDraft[] {
  const drafts = draftsOf(lock);
  const wants = wantsOf(lock, drafts, manifest);
  if (wants.length === 0) return drafts;
  const told = lock.packages.some(({ development }) => development === true);
  const known = new Map(drafts.map((draft) => [draft.purl, draft.development === true]));
  return markWanted(drafts, wants).map((draft) => {
    if (!told) return draft;
    const { development: _, ...rest } = draft;
    return known.get(draft.purl) === true ? { ...rest, development: true } : rest;
  });
}

/** The project itself, when the lock file does not list it. */
function projectOf(lock: PythonLock, drafts: readonly PackageDraft[], manifest: PythonManifest | undefined): PackageDraft[] {
  if (manifest?.name === undefined || lock.packages.some(({ root }) => root === true)) return [];
  const dependsOn = drafts.flatMap(({ direct, purl }) => (direct === true ? purl : [])).sort();
  return [pypiDraft(manifest.name, manifest.version ?? '', { root: true, ...(dependsOn.length > 0 ? { dependsOn } : {}) })];
}

function assemble(extracts: readonly PathExtract[]) {
  const packages: PlacedDraft[] = [];
  // Our own extracts: the shape of `data` is known.
  const facts = extracts.map(({ path, extract: { data } }) => ({ path, data: data as Facts | undefined }));
  for (const { path, data } of facts) {
    if (data?.kind !== 'lock') continue;
    const wanted = basename(path) === 'Pipfile.lock' ? 'Pipfile' : 'pyproject.toml';
    const beside = facts.find(
      (other) => other.data?.kind === 'manifest' && dirname(other.path) === dirname(path) && basename(other.path) === wanted,
    );
    const manifest = beside?.data?.kind === 'manifest' ? beside.data.manifest : undefined;
    const drafts = marked(data.lock, manifest);
    for (const draft of [...projectOf(data.lock, drafts, manifest), ...drafts]) packages.push({ draft, paths: [path] });
  }
  return { packages };
}

export const pythonLock: Cataloger = {
  id: 'python-lock',
  title: 'Python lock files',
  specification: [
    'https://packaging.python.org/en/latest/specifications/pylock-toml/',
    'https://python-poetry.org/docs/basic-usage/',
    'https://pdm-project.org/en/latest/usage/lockfile/',
    'https://docs.astral.sh/uv/concepts/projects/layout/',
    'https://github.com/pypa/pipfile',
  ],
  version: 2,
  packageTypes: ['pypi'],
  evidence: 'declared',
  reads: ['poetry.lock', 'pdm.lock', 'uv.lock', 'pylock.toml', 'Pipfile.lock', 'marks from pyproject.toml and Pipfile'],
  patterns: [
    { basename: 'poetry.lock' },
    { basename: 'pdm.lock' },
    { basename: 'uv.lock' },
    { basename: 'Pipfile.lock' },
    { extension: '.toml', where: PYLOCK },
    { basename: 'pyproject.toml' },
    { basename: 'Pipfile' },
  ],
  extract,
  assemble,
};
