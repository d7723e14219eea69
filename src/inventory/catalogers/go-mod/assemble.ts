/** From the facts of go.mod, go.sum, go.work and vendor/modules.txt to the build list of each module. */
import { posix } from 'node:path';
import semver from 'semver';
import type { Problem } from '../../../model/problem.ts';
import { notice } from '../../../model/problem.ts';
import type { PackageDraft, PathExtract, PlacedDraft, TreeView } from '../../cataloger.ts';
import { notListed } from '../../document.ts';
import { purlOf } from '../../purl.ts';
import type { GoModule, GoReplacement, GoSum, GoVendor } from './parse.ts';
import { isUnpruned, standardLibraryVersion } from './parse.ts';

export type GoData = GoModule | GoSum | GoVendor;

/** `dataOf` tells which of the facts an extract holds; undefined for an unreadable file. */
function dataOf(item: PathExtract): GoData | undefined {
  return item.extract.data as GoData | undefined;
}

function draftOf(path: string, version: string): PackageDraft {
  const slash = path.lastIndexOf('/');
  const namespace = slash < 0 ? undefined : path.slice(0, slash);
  return {
    purl: purlOf({ type: 'golang', namespace, name: path.slice(slash + 1), version }),
    type: 'golang',
    ...(namespace === undefined ? {} : { namespace }),
    name: path,
    version,
  };
}

function newer(a: string, b: string): boolean {
  const left = semver.parse(a);
  const right = semver.parse(b);
  return left !== null && right !== null ? (left.compare(right) || left.compareBuild(right)) > 0 : a > b;
}

interface Chosen {
  readonly path: string;
  readonly version: string;
  /** Where a replacement by a directory points. */
  readonly directory?: string;
}

function chooser(replacements: readonly GoReplacement[]): (path: string, version: string) => Chosen {
  const table = new Map<string, GoReplacement>();
  for (const item of replacements) {
    const key = `${item.path}@${item.version}`;
    if (!table.has(key)) table.set(key, item);
  }
  return (path, version) => {
    const found = table.get(`${path}@${version}`) ?? table.get(`${path}@`);
    if (found === undefined) return { path, version };
    return found.toVersion === '' ? { path, version: '', directory: found.to } : { path: found.to, version: found.toVersion };
  };
}

function isLocal(target: string): boolean {
  return target.startsWith('./') || target.startsWith('../') || target === '.' || target === '..' || target.startsWith('/');
}

export function assembleGo(
  extracts: readonly PathExtract[],
  tree: TreeView,
): { readonly packages: readonly PlacedDraft[]; readonly problems: readonly Problem[] } {
  const packages: PlacedDraft[] = [];
  const problems: Problem[] = [];
  const sums = new Map<string, GoSum>();
  const modules = new Map<string, GoModule>();
  const workspaceReplacements = new Map<string, readonly GoReplacement[]>();
  for (const item of extracts) {
    const data = dataOf(item);
    const directory = posix.dirname(item.path);
    if (data?.kind === 'sum') sums.set(directory, data);
    if (data?.kind !== 'mod') continue;
    if (!item.path.endsWith('go.work')) modules.set(directory, data);
    else for (const use of data.use) workspaceReplacements.set(posix.join(directory, use), data.replace);
  }

  const localNotice = (owner: string, at: string, chosen: Chosen) => {
    const target = posix.join(posix.dirname(at), chosen.directory ?? '', 'go.mod');
    const inside = !chosen.directory?.startsWith('/') && tree.has(target);
    if (!inside)
      problems.push(
        notice(
          'go-module-outside',
          `Module ${chosen.path} is replaced by the directory ${chosen.directory}, which is not in the target; scan it too.`,
          owner,
        ),
      );
  };

  for (const item of extracts) {
    const data = dataOf(item);
    const directory = posix.dirname(item.path);
    if (data?.kind === 'vendor') {
      const owner = modules.get(posix.dirname(directory));
      const direct = new Set(owner?.require.filter((required) => !required.indirect).map((required) => required.path));
      // The go command refuses to build with a folder that lacks what go.mod requires.
      const vendored = new Set(data.modules.map((module) => module.path));
      const required = owner === undefined || owner.require.every(({ path }) => vendored.has(path)) ? [] : owner.require;
      const missing = required.flatMap(({ path }) => (vendored.has(path) ? [] : path));
      for (const problem of notListed('vendor/modules.txt', missing)) problems.push({ ...problem, path: item.path });
      for (const module of data.modules) {
        const chosen = chooser(module.replace === undefined ? [] : [module.replace])(module.path, module.version);
        if (chosen.directory !== undefined) continue;
        const draft = draftOf(chosen.path, chosen.version);
        packages.push({ draft: direct.has(module.path) ? { ...draft, direct: true } : draft, paths: [item.path] });
      }
    }
    if (data?.kind !== 'mod' || item.path.endsWith('go.work')) continue;

    const choose = chooser([...(workspaceReplacements.get(directory) ?? []), ...data.replace]);
    const listed = new Map<string, PackageDraft>();
    const known = new Set<string>([data.module]);
    for (const required of data.require) {
      known.add(required.path);
      const chosen = choose(required.path, required.version);
      if (chosen.directory !== undefined) {
        if (isLocal(chosen.directory)) localNotice(item.path, item.path, chosen);
        continue;
      }
      const draft = draftOf(chosen.path, chosen.version);
      const direct = !required.indirect || listed.get(draft.purl)?.direct === true;
      listed.set(draft.purl, direct ? { ...draft, direct: true } : draft);
    }
    const standard = standardLibraryVersion(data);
    if (standard !== undefined) {
      const draft = draftOf('stdlib', standard);
      listed.set(draft.purl, draft);
    }
    if (data.module !== '') {
      const direct = [...listed.values()].filter((draft) => draft.direct).map((draft) => draft.purl);
      const root: PackageDraft = {
        ...draftOf(data.module, ''),
        root: true,
        ...(direct.length > 0 ? { dependsOn: direct.sort() } : {}),
      };
      listed.set(root.purl, root);
    }
    for (const draft of listed.values()) packages.push({ draft, paths: [item.path] });

    const sum = sums.get(directory);
    if (sum === undefined || !isUnpruned(data)) continue;
    const excluded = new Set(data.exclude);
    const greatest = new Map<string, string>();
    for (const [path, version] of sum.modules) {
      if (known.has(path) || excluded.has(`${path}@${version}`)) continue;
      const chosen = greatest.get(path);
      if (chosen === undefined || newer(version, chosen)) greatest.set(path, version);
    }
    for (const [path, version] of greatest) {
      const chosen = choose(path, version);
      // go.sum names a replacement itself, under its own path.
      if (chosen.directory === undefined && chosen.path === path)
        packages.push({ draft: draftOf(chosen.path, chosen.version), paths: [posix.join(directory, 'go.sum')] });
    }
  }
  return { packages, problems };
}
