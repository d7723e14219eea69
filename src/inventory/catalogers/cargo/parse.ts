/** Cargo.lock v1–v4 and the parts of Cargo.toml that tell normal from development dependencies. */
import { entries, type Fields, fields, items, text, texts } from '../../document.ts';

export interface CargoPackage {
  readonly name: string;
  readonly version: string;
  /** Absent for packages of the workspace and other directories. */
  readonly source?: string;
  /** `name`, `name version` or `name version (source)`: as short as it is unique. */
  readonly dependencies: readonly string[];
}

export interface CargoLock {
  readonly kind: 'lock';
  readonly packages: readonly CargoPackage[];
  readonly invalid: number;
}

export interface CargoManifest {
  readonly kind: 'manifest';
  readonly name: string;
  /** Names of the packages it needs to build or run, and those only its tests and examples need. */
  readonly normal: readonly string[];
  readonly development: readonly string[];
}

export function parseCargoLock(document: Fields): CargoLock {
  const packages: CargoPackage[] = [];
  let invalid = 0;
  // Version 1 kept the root package apart.
  const root = document.root === undefined ? [] : [document.root];
  for (const value of [...root, ...items(document.package)]) {
    const entry = fields(value);
    const name = text(entry?.name);
    const version = text(entry?.version);
    if (name === undefined || version === undefined) {
      invalid++;
      continue;
    }
    const source = text(entry?.source);
    packages.push({ name, version, ...(source === undefined ? {} : { source }), dependencies: texts(entry?.dependencies) });
  }
  return { kind: 'lock', packages, invalid };
}

/** A dependency's table key is its name unless `package` renames it. */
function dependencyNames(table: unknown): string[] {
  return entries(table).map(([key, value]) => text(fields(value)?.package) ?? key);
}

/** Undefined for a virtual workspace manifest, which is no package. */
export function parseCargoToml(document: Fields): CargoManifest | undefined {
  const name = text(fields(document.package)?.name);
  if (name === undefined) return undefined;
  const tables = [document, ...entries(document.target).map(([, table]) => fields(table) ?? {})];
  const named = (...keys: string[]) => [
    ...new Set(tables.flatMap((table) => keys.flatMap((key) => dependencyNames(table[key])))),
  ];
  return {
    kind: 'manifest',
    name,
    normal: named('dependencies', 'build-dependencies', 'build_dependencies'),
    development: named('dev-dependencies', 'dev_dependencies'),
  };
}
