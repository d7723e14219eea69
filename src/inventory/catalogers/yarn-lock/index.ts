import type { FileContent } from '../../../artifacts/file.ts';
import { basenameOf, joinPath, normalisePath, parentOf } from '../../../artifacts/paths.ts';
import type { Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { cutOff, entriesSkipped, notListed, readYaml, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { markWanted, npmDraft, type Want } from '../../drafts.ts';
import {
  extractManifest,
  type Manifest,
  manifestsByFolder,
  NOT_INSTALLED,
  projectDraft,
  type Wanted,
} from '../../javascript/manifest.ts';
import { unversionedDraft } from '../../javascript/names.ts';
import { workspaceMatcher } from '../../javascript/workspaces.ts';
import { parseBerry, parseClassic, type YarnEntry, type YarnLock } from './parse.ts';

function extractLock(file: FileContent): Extract {
  const text = file.text();
  if (!text.ok) return { packages: [], problems: [text.problem] };
  let lock: YarnLock | undefined;
  if (/^__metadata:/m.test(text.value)) {
    const document = readYaml(file);
    if (!document.ok) return { packages: [], problems: [document.problem] };
    lock = parseBerry(document.value);
  } else {
    lock = parseClassic(text.value);
    // A project without dependencies has a lock file of comments only.
    if (lock.entries.length === 0 && (lock.invalid > 0 || !text.value.startsWith('#'))) lock = undefined;
  }
  if (lock === undefined) return { packages: [], problems: [unexpected('yarn.lock', 'it lists no packages')] };
  const skipped = lock.invalid > 0 ? [entriesSkipped('yarn.lock', lock.invalid)] : [];
  return { packages: [], data: lock, problems: [...skipped, ...cutOff('yarn.lock', file)] };
}

function draftOf({ name, version, source, workspace }: YarnEntry): PackageDraft {
  if (workspace !== undefined) return npmDraft(name, '', { root: true });
  return version === '' ? unversionedDraft(name, source, {}) : npmDraft(name, version);
}

/** A project or workspace of a lock file: what it is called, and what it asks for as far as its package.json is there. */
interface Member {
  readonly draft: PackageDraft | undefined;
  readonly wants: readonly Wanted[];
  readonly development: readonly Wanted[];
}

function memberOf(manifest: Manifest): Member {
  return { draft: projectDraft(manifest), wants: manifest.wants, development: manifest.development };
}

/** Yarn 1 does not list the project and its workspaces; later ones do, without telling what is for development only. */
function membersOf(lock: YarnLock, folder: string, manifests: ReadonlyMap<string, Manifest>): Member[] {
  const own = lock.entries.filter(({ workspace }) => workspace !== undefined);
  if (own.length > 0) {
    return own.map((entry) => {
      const manifest = manifests.get(normalisePath(joinPath(folder, entry.workspace ?? '')) ?? '');
      if (manifest === undefined || manifest.name === '') return { draft: draftOf(entry), wants: entry.uses, development: [] };
      return memberOf(manifest);
    });
  }
  const root = manifests.get(folder);
  if (root === undefined) return [];
  const isMember = workspaceMatcher(root.workspaces);
  const start = folder === '' ? 0 : folder.length + 1;
  const below =
    root.workspaces.length === 0 ? [] : [...manifests].filter(([other]) => folder === '' || other.startsWith(`${folder}/`));
  const members = below.filter(([other]) => other !== folder && isMember(other.slice(start))).map(([, manifest]) => manifest);
  return [root, ...members].map(memberOf);
}

function draftsOf(lock: YarnLock, members: readonly Member[]): PackageDraft[] {
  const graph = draftGraph();
  const byName = new Map<string, PackageDraft | null>();
  const purls = new Map<string, string>();
  const add = (draft: PackageDraft, keys: readonly string[]) => {
    graph.add(draft);
    for (const key of keys) if (!purls.has(key)) purls.set(key, draft.purl);
    const known = byName.get(draft.name);
    byName.set(draft.name, known === undefined || known?.purl === draft.purl ? draft : null);
  };
  for (const { draft } of members) if (draft !== undefined) add(draft, []);
  const drafts = new Map<YarnEntry, string>();
  for (const entry of lock.entries) {
    if (entry.workspace !== undefined) continue;
    const draft = draftOf(entry);
    add(draft, entry.keys);
    drafts.set(entry, draft.purl);
  }
  // `resolutions` answer a range with something else: then the only package of that name is meant.
  const find = ([name, spec]: Wanted) =>
    purls.get(`${name}@${spec}`) ?? purls.get(`${name}@npm:${spec}`) ?? byName.get(name)?.purl;
  const edges = new Map<string, Set<string>>();
  const link = (from: string, wanted: Wanted): string | undefined => {
    const to = find(wanted);
    if (to === undefined || to === from) return to;
    const targets = edges.get(from);
    if (targets === undefined) edges.set(from, new Set([to]));
    else targets.add(to);
    return to;
  };
  for (const entry of lock.entries) for (const wanted of entry.uses) link(drafts.get(entry) ?? '', wanted);
  const wants: Want[] = [];
  for (const member of members) {
    for (const [list, development] of [
      [member.wants, false],
      [member.development, true],
    ] as const) {
      for (const wanted of list) {
        const purl = link(member.draft?.purl ?? '', wanted);
        if (purl !== undefined) wants.push({ purl, development });
      }
    }
  }
  const linked = graph.drafts().map((draft) => {
    const targets = edges.get(draft.purl);
    return targets === undefined ? draft : { ...draft, dependsOn: [...targets].sort() };
  });
  return markWanted(linked, wants);
}

/** Folders are no packages of the lock file. */
const PLACE = /^(?:link|portal|file|workspace):/;

/** What packages of a whole lock file ask for has an entry, unless it is a project of the same tree. */
function missing(lock: YarnLock, members: readonly Member[]): string[] {
  const listed = new Set(members.map(({ draft }) => draft?.name));
  for (const { name, keys } of lock.entries) for (const asked of [name, ...keys.map(askedName)]) listed.add(asked);
  const projects = lock.entries.length > 0 ? [] : members.flatMap(({ wants, development }) => [...wants, ...development]);
  return [...lock.entries.flatMap(({ uses }) => uses), ...projects].flatMap(([name, spec]) =>
    listed.has(name) || PLACE.test(spec) ? [] : name,
  );
}

/** `@s/a` of `@s/a@npm:^1.0.0`. */
function askedName(key: string): string {
  const at = key.indexOf('@', 1);
  return at < 0 ? key : key.slice(0, at);
}

function assemble(extracts: readonly PathExtract[]) {
  const manifests = manifestsByFolder(extracts);
  const packages: PlacedDraft[] = [];
  const problems: Problem[] = [];
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as YarnLock | { readonly kind: 'manifest' } | undefined;
    if (data?.kind !== 'lock') continue;
    const members = membersOf(data, parentOf(path), manifests);
    for (const draft of draftsOf(data, members)) packages.push({ draft, paths: [path] });
    for (const problem of notListed('yarn.lock', missing(data, members))) problems.push({ ...problem, path });
  }
  return { packages, problems };
}

export const yarnLock: Cataloger = {
  id: 'yarn-lock',
  title: 'Yarn lock files',
  specification: ['https://classic.yarnpkg.com/lang/en/docs/yarn-lock/', 'https://yarnpkg.com/advanced/lexicon'],
  version: 2,
  packageTypes: ['npm'],
  evidence: 'declared',
  reads: ['yarn.lock of Yarn 1 to 4', 'package.json (direct and development marks)'],
  patterns: [
    { basename: 'yarn.lock', where: NOT_INSTALLED },
    { basename: 'package.json', where: NOT_INSTALLED },
  ],
  extract: (file) => (basenameOf(file.path) === 'yarn.lock' ? extractLock(file) : extractManifest(file)),
  assemble,
};
