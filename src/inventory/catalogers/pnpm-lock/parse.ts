/** pnpm-lock.yaml, versions 5 to 9. https://github.com/pnpm/spec/tree/master/lockfile */
import { entries, type Fields, fields, text } from '../../document.ts';
import { packageName, packageVersion, splitNamed } from '../../javascript/names.ts';

/** A dependency: its name and what answers it, written as the format does (`1.0.0(react@18.2.0)`, `link:../a` …). */
export type Reference = readonly [name: string, reference: string];

export interface PnpmPackage {
  /** What references lead to. */
  readonly key: string;
  readonly name: string;
  /** Empty for folders and tarballs that do not tell it. */
  readonly version: string;
  readonly source: string;
  readonly uses: readonly Reference[];
}

export interface PnpmProject {
  /** From the lock file's folder; `.` is that folder. */
  readonly path: string;
  readonly uses: readonly Reference[];
  readonly development: readonly Reference[];
}

export interface PnpmLock {
  readonly packages: readonly PnpmPackage[];
  readonly projects: readonly PnpmProject[];
  readonly invalid: number;
}

const NORMAL = ['dependencies', 'optionalDependencies'];
/** The latter two are in a document of their own: pnpm itself and what configures it. */
const DEVELOPMENT = ['devDependencies', 'configDependencies', 'packageManagerDependencies'];

function referencesOf(table: Fields | undefined, groups: readonly string[]): Reference[] {
  return groups.flatMap((group) =>
    entries(table?.[group]).flatMap(([name, value]): Reference[] => {
      const reference = text(value) ?? text(fields(value)?.version);
      return packageName(name) === undefined || reference === undefined ? [] : [[name, reference]];
    }),
  );
}

/** Peers of peers make long keys. */
const MAX_KEY = 16_384;

/** `name@1.0.0(peer@2.0.0)` without its peers. */
function withoutPeers(key: string): string {
  const open = key.indexOf('(');
  return open < 0 ? key : key.slice(0, open);
}

/**
 * Version 5: `/name/1.0.0_peer@2.0.0` or `registry.example/name/1.0.0`; 6: the same with `@` before the version and peers in
 * parentheses; 9: no slash in front.
 */
function nameAndVersion(key: string): { readonly name: string; readonly version: string } | undefined {
  const plain = withoutPeers(key);
  const old = /^(?:[^/]*\/)?((?:@[^/@]+\/)?[^/@]+)\/(\d[^/_]*)(?:[_/].*)?$/s.exec(plain);
  if (old !== null) {
    const name = packageName(old[1]);
    const version = packageVersion(old[2]);
    return name === undefined || version === undefined ? undefined : { name, version };
  }
  const path = plain.startsWith('@') ? plain : plain.replace(/^[^/@]*\/(?!\/)/, '');
  const named = splitNamed(path);
  return named && { name: named.name, version: packageVersion(named.rest) ?? '' };
}

/** What a project or package asks for, as the key of a package in the table. */
export function keysOf([name, reference]: Reference): string[] {
  return [`${name}@${reference}`, `/${name}@${reference}`, `/${name}/${reference}`, reference];
}

interface Growing {
  readonly packages: PnpmPackage[];
  readonly projects: PnpmProject[];
  invalid: number;
}

function addPackage(key: string, told: unknown, snapshot: Fields, into: Growing): void {
  const facts = fields(told) ?? {};
  const fromKey = key.length > MAX_KEY ? undefined : nameAndVersion(key);
  const name = packageName(facts.name) ?? fromKey?.name;
  if (name === undefined) {
    into.invalid++;
    return;
  }
  const resolution = fields(facts.resolution);
  const source = text(resolution?.tarball) ?? text(resolution?.repo) ?? text(resolution?.directory) ?? withoutPeers(key);
  into.packages.push({
    key,
    name,
    version: packageVersion(facts.version) ?? fromKey?.version ?? '',
    source,
    uses: referencesOf(snapshot, NORMAL),
  });
}

function parseDocument(document: Fields, into: Growing): void {
  const packages = new Map(entries(document.packages));
  const snapshots = entries(document.snapshots);
  // Version 9 tells facts once per package, and dependencies once per package and peers.
  for (const [key, value] of snapshots) addPackage(key, packages.get(withoutPeers(key)), fields(value) ?? {}, into);
  const seen = new Set(snapshots.map(([key]) => withoutPeers(key)));
  // Earlier versions have no snapshots.
  const closed = Number(text(document.lockfileVersion)) >= 9;
  for (const [key, value] of packages) {
    if (seen.has(key)) continue;
    addPackage(key, value, fields(value) ?? {}, into);
    if (closed) into.invalid++;
  }
  const importers = fields(document.importers);
  for (const [path, importer] of importers === undefined ? [['.', document] as const] : entries(importers)) {
    const table = fields(importer);
    into.projects.push({ path, uses: referencesOf(table, NORMAL), development: referencesOf(table, DEVELOPMENT) });
  }
}

/** Undefined when no document of the stream is a lock file of pnpm. */
export function parsePnpmLock(documents: readonly unknown[]): PnpmLock | undefined {
  const tables = documents.map((document) => fields(document) ?? {});
  const locks = tables.filter((table) => table.lockfileVersion !== undefined || fields(table.packages) !== undefined);
  if (locks.length === 0) return undefined;
  const lock: Growing = { packages: [], projects: [], invalid: tables.length - locks.length };
  for (const table of locks) parseDocument(table, lock);
  return lock;
}
