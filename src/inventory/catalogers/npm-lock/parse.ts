/**
 * package-lock.json and npm-shrinkwrap.json, versions 1 to 3, as one flat list of places in the tree.
 * https://docs.npmjs.com/cli/configuring-npm/package-lock-json
 */
import { normalisePath } from '../../../artifacts/paths.ts';
import { entries, type Fields, fields, text } from '../../document.ts';
import { developmentWants, normalWants, type Wanted } from '../../javascript/manifest.ts';
import { aliasedName, licensesOf, packageName, packageVersion } from '../../javascript/names.ts';
import { folderName, isPlausiblePath, placeOf } from '../../javascript/resolution.ts';
import { workspaceMatcher } from '../../javascript/workspaces.ts';

/** One package at one place of the tree. */
export interface LockedPackage {
  /** `node_modules/a/node_modules/b`, a workspace's folder, or the empty string for the project. */
  readonly path: string;
  readonly name: string;
  /** Empty when the lock file does not tell it (version 1 with git and tarballs). */
  readonly version: string;
  /** Where it comes from when that is no registry version. */
  readonly source: string;
  readonly development: boolean;
  /** The project or one of its workspaces. */
  readonly root: boolean;
  readonly licenses: readonly string[];
  readonly uses: readonly Wanted[];
}

export interface NpmLock {
  readonly version: 1 | 2;
  /** The project's name and version in a lock file of version 1, which has no entry for it. */
  readonly project: { readonly name: string; readonly version: string };
  readonly packages: readonly LockedPackage[];
  /** Places that are links to others. */
  readonly links: ReadonlyMap<string, string>;
  readonly invalid: number;
}

const MAX_NESTING = 45;

function parsePackages(document: Fields): NpmLock {
  const table = fields(document.packages) ?? {};
  const rootEntry = fields(table['']);
  const isWorkspace = workspaceMatcher(workspaceGlobs(rootEntry));
  const packages: LockedPackage[] = [];
  const links = new Map<string, string>();
  let invalid = 0;
  for (const [path, value] of entries(table)) {
    const entry = fields(value);
    if (entry === undefined || !isPlausiblePath(path)) {
      invalid++;
      continue;
    }
    const place = placeOf(path);
    if (entry.link === true) {
      const target = normalisePath(text(entry.resolved) ?? '') ?? text(entry.resolved);
      if (target !== undefined) links.set(path, target);
      continue;
    }
    const root = path === '' || (place === undefined && isWorkspace(path));
    const name = packageName(entry.name) ?? packageName(path === '' ? document.name : (place?.name ?? folderName(path)));
    const version = packageVersion(entry.version ?? (path === '' ? document.version : undefined)) ?? '';
    const source = text(entry.resolved) ?? text(entry.version) ?? '';
    // npm leaves entries for optional peers that nothing brings: they name what is not there.
    if (version === '' && source === '' && (entry.optional === true || entry.peer === true)) continue;
    if (name === undefined && !root) {
      invalid++;
      continue;
    }
    packages.push({
      path,
      name: name ?? '',
      version,
      source,
      development: entry.dev === true,
      root,
      licenses: licensesOf(entry),
      uses: root ? [...normalWants(entry), ...developmentWants(entry)] : normalWants(entry),
    });
  }
  return { version: 2, project: { name: '', version: '' }, packages, links, invalid };
}

function workspaceGlobs(root: Fields | undefined): string[] {
  const globs = Array.isArray(root?.workspaces) ? root.workspaces : fields(root?.workspaces)?.packages;
  return Array.isArray(globs) ? globs.filter((glob) => typeof glob === 'string') : [];
}

/** Version 1 and the shrinkwraps before it: every package holds what is in its own `node_modules`. */
function parseDependencies(document: Fields): NpmLock {
  const packages: LockedPackage[] = [];
  let invalid = 0;
  const pending: { readonly path: string; readonly depth: number; readonly table: unknown }[] = [
    { path: '', depth: 0, table: document.dependencies },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [key, value] of entries(next.table)) {
      const entry = fields(value);
      const placeName = packageName(key);
      if (entry === undefined || placeName === undefined || next.depth > MAX_NESTING) {
        invalid++;
        continue;
      }
      const written = text(entry.version) ?? '';
      const alias = aliasedName(written);
      const path = `${next.path}node_modules/${placeName}`;
      packages.push({
        path,
        name: alias ?? placeName,
        version: packageVersion(alias === undefined ? written : written.slice(written.lastIndexOf('@') + 1)) ?? '',
        source: text(entry.from) ?? written,
        development: entry.dev === true,
        root: false,
        licenses: [],
        uses: entries(entry.requires).map(([name, spec]) => [name, typeof spec === 'string' ? spec : ''] as const),
      });
      if (fields(entry.dependencies) !== undefined)
        pending.push({ path: `${path}/`, depth: next.depth + 1, table: entry.dependencies });
    }
  }
  const project = { name: packageName(document.name) ?? '', version: packageVersion(document.version) ?? '' };
  return { version: 1, project, packages, links: new Map(), invalid };
}

/** Undefined when the document is no lock file of npm. */
export function parseNpmLock(value: unknown): NpmLock | undefined {
  const document = fields(value);
  // Version 2 says everything twice, for the sake of older clients.
  if (fields(document?.packages) !== undefined) return document && parsePackages(document);
  // Later versions always have that table, if only for the project; the first writes none for a project without dependencies.
  const isLock = fields(document?.dependencies) !== undefined || document?.lockfileVersion === 1;
  return document === undefined || !isLock ? undefined : parseDependencies(document);
}
