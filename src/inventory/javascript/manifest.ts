/** package.json: what a project is called and what it asks for. https://docs.npmjs.com/cli/configuring-npm/package-json */

import type { FileContent } from '../../artifacts/file.ts';
import { parentOf } from '../../artifacts/paths.ts';
import { notice } from '../../model/problem.ts';
import type { Extract, PackageDraft, PathExtract } from '../cataloger.ts';
import { entries, fields, readJson, texts } from '../document.ts';
import { npmDraft } from '../drafts.ts';
import { licensesOf, packageName, packageVersion } from './names.ts';

/** A name and the range, tag or place that is asked for. */
export type Wanted = readonly [name: string, spec: string];

export interface Manifest {
  readonly kind: 'manifest';
  /** Empty when there is none: npm then calls the project by its folder. */
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly string[];
  /** Dependencies of every kind but those for development. */
  readonly wants: readonly Wanted[];
  readonly development: readonly Wanted[];
  /** Globs of the folders of its workspaces. */
  readonly workspaces: readonly string[];
}

const NORMAL = ['dependencies', 'optionalDependencies', 'peerDependencies'];

/** Name and specification of every entry of these tables; the first table that has a name decides. */
export function wantsOf(document: unknown, tables: readonly string[]): Wanted[] {
  const wants = new Map<string, string>();
  for (const table of tables) {
    for (const [name, spec] of entries(fields(document)?.[table])) {
      if (packageName(name) !== undefined && !wants.has(name)) wants.set(name, typeof spec === 'string' ? spec : '');
    }
  }
  return [...wants];
}

/** Dependencies that a package brings with it wherever it is used. */
export function normalWants(document: unknown): Wanted[] {
  return wantsOf(document, NORMAL);
}

/** What only the project's own development needs. */
export function developmentWants(document: unknown): Wanted[] {
  const normal = new Set(normalWants(document).map(([name]) => name));
  return wantsOf(document, ['devDependencies']).filter(([name]) => !normal.has(name));
}

/** Undefined when the document is no object. */
function parseManifest(value: unknown): Manifest | undefined {
  const document = fields(value);
  if (document === undefined) return undefined;
  const { workspaces } = document;
  return {
    kind: 'manifest',
    name: packageName(document.name) ?? '',
    version: packageVersion(document.version) ?? '',
    licenses: licensesOf(document),
    wants: normalWants(document),
    development: developmentWants(document),
    workspaces: texts(Array.isArray(workspaces) ? workspaces : fields(workspaces)?.packages),
  };
}

/** Files of packages' own, not of the project that uses them. */
export const NOT_INSTALLED = /^(?!(?:.*\/)?node_modules\/)/;

/** The extract of a project's package.json, with the manifest as `data`. */
export function extractManifest(file: FileContent): Extract {
  const document = readJson(file);
  if (document.ok) {
    const data = parseManifest(document.value);
    return data === undefined ? { packages: [] } : { packages: [], data };
  }
  const message = `Names of projects, direct and development marks may be missing: ${document.problem.message}`;
  return { packages: [], problems: [notice('javascript-manifest-unreadable', message)] };
}

/** Manifests by the folder they are in. */
export function manifestsByFolder(extracts: readonly PathExtract[]): Map<string, Manifest> {
  const manifests = new Map<string, Manifest>();
  for (const { path, extract } of extracts) {
    // Our own extracts: the shape of `data` is known.
    const data = extract.data as { readonly kind: string } | undefined;
    if (data?.kind === 'manifest') manifests.set(parentOf(path), extract.data as Manifest);
  }
  return manifests;
}

/** The project itself; undefined when it has no name. */
export function projectDraft(manifest: Manifest): PackageDraft | undefined {
  if (manifest.name === '') return undefined;
  const { licenses } = manifest;
  return npmDraft(manifest.name, manifest.version, { root: true, ...(licenses.length > 0 ? { licenses } : {}) });
}
