import type { FileContent } from '../../../artifacts/file.ts';
import { basenameOf, joinPath, parentOf } from '../../../artifacts/paths.ts';
import { incomplete, notice, type Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, PathExtract, PlacedDraft, TreeView } from '../../cataloger.ts';
import { fields, readYaml, texts } from '../../document.ts';
import { extractManifest, type Manifest, manifestsByFolder, NOT_INSTALLED, projectDraft } from '../../javascript/manifest.ts';
import { workspaceMatcher } from '../../javascript/workspaces.ts';

const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'];
const INSTALLED = ['node_modules', '.pnp.cjs', '.pnp.js'];

/** A project of which nothing is known. */
interface Unreadable {
  readonly kind: 'unreadable';
  readonly why: string;
}

interface Workspace {
  readonly kind: 'workspace';
  readonly globs: readonly string[];
}

function extractWorkspace(file: FileContent): Extract {
  const document = readYaml(file);
  // Which folders are projects matters only where something is missing, and that is told there.
  if (!document.ok) return { packages: [] };
  return { packages: [], data: { kind: 'workspace', globs: texts(fields(document.value)?.packages) } satisfies Workspace };
}

function extractProject(file: FileContent): Extract {
  const extract = extractManifest(file);
  const [problem] = extract.problems ?? [];
  return problem === undefined
    ? extract
    : { packages: [], data: { kind: 'unreadable', why: problem.message } satisfies Unreadable };
}

/** The folders above, innermost first. */
function above(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; at !== ''; ) {
    at = parentOf(at);
    folders.push(at);
  }
  return folders;
}

function assemble(extracts: readonly PathExtract[], tree: TreeView) {
  const manifests = manifestsByFolder(extracts);
  const unreadable = new Map<string, string>();
  const members = new Map<string, (folder: string) => boolean>();
  const globs = new Map([...manifests].map(([folder, { workspaces }]) => [folder, [...workspaces]]));
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as Workspace | Unreadable | Manifest | undefined;
    if (data?.kind === 'unreadable') unreadable.set(path, data.why);
    if (data?.kind === 'workspace') globs.set(parentOf(path), [...(globs.get(parentOf(path)) ?? []), ...data.globs]);
  }
  for (const [folder, list] of globs) if (list.length > 0) members.set(folder, workspaceMatcher(list));
  const covered = new Map<string, boolean>();
  const isCovered = (folder: string): boolean => {
    const known = covered.get(folder);
    if (known !== undefined) return known;
    const found = [...LOCKS, ...INSTALLED].some((name) => tree.has(joinPath(folder, name)));
    covered.set(folder, found);
    return found;
  };
  /** A lock file or installation of its own, or of the workspace that it belongs to. */
  const isAssessed = (folder: string) =>
    isCovered(folder) ||
    above(folder).some((outer) => {
      const inside = folder.slice(outer === '' ? 0 : outer.length + 1);
      return members.get(outer)?.(inside) === true && isCovered(outer);
    });
  const packages: PlacedDraft[] = [];
  const problems: Problem[] = [];
  for (const [folder, manifest] of manifests) {
    const count = manifest.wants.length + manifest.development.length;
    if (count === 0 || isAssessed(folder)) continue;
    const path = joinPath(folder, 'package.json');
    const draft = projectDraft(manifest);
    if (draft !== undefined) packages.push({ draft, paths: [path] });
    const message = `${count === 1 ? '1 dependency is' : `${count} dependencies are`} asked for and there is no lock file: which versions are used is not known, and they were not assessed. Create a lock file, or install the packages and scan again.`;
    problems.push(incomplete('javascript-lock-missing', message, path));
  }
  for (const [path, why] of unreadable) {
    const code = 'javascript-manifest-unreadable';
    problems.push(isAssessed(parentOf(path)) ? notice(code, why, path) : incomplete(code, why, path));
  }
  return { packages, problems };
}

export const packageJson: Cataloger = {
  id: 'package-json',
  title: 'JavaScript projects without a lock file',
  specification: ['https://docs.npmjs.com/cli/configuring-npm/package-json', 'https://pnpm.io/pnpm-workspace_yaml'],
  version: 2,
  packageTypes: ['npm'],
  evidence: 'declared',
  reads: ['package.json (the project; a problem where no lock file tells versions)', 'pnpm-workspace.yaml'],
  patterns: [
    { basename: 'package.json', where: NOT_INSTALLED },
    { basename: 'pnpm-workspace.yaml', where: NOT_INSTALLED },
  ],
  extract: (file) => (basenameOf(file.path) === 'package.json' ? extractProject(file) : extractWorkspace(file)),
  assemble,
};
