/** From the extracts of visible files to the packages of an inventory: places, owners, merged facts, order. */
import { basenameOf, parentOf } from '../../artifacts/paths.ts';
import type { Location, OperatingSystem, Package } from '../../model/package.ts';
import { incomplete, messageOf, type Problem } from '../../model/problem.ts';
import type { Assembly, Cataloger, Extract, PackageDraft, PathExtract, PlacedDraft } from '../cataloger.ts';
import { distributionPurl, isOsPackage } from '../os-packages.ts';
import type { VisibleTree } from './tree.ts';

/** An extract of a file that is seen in the merged tree. */
export interface SeenExtract {
  readonly path: string;
  readonly layer: number;
  readonly cataloger: string;
  readonly extract: Extract;
}

export interface AssembleInput {
  readonly seen: readonly SeenExtract[];
  readonly catalogers: readonly Cataloger[];
  readonly tree: VisibleTree;
  /** The layer to name for a package found in a file: for package databases not the file's own. */
  originOf(seen: SeenExtract, purl: string): number;
  layer(index: number): Pick<Location, 'layer' | 'createdBy'>;
}

export interface Assembled {
  readonly packages: readonly Package[];
  readonly problems: readonly Problem[];
  readonly os?: OperatingSystem;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function place({ path, extract }: PathExtract): PlacedDraft[] {
  return extract.packages.map((draft) => ({ draft, paths: [path] }));
}

function assembleOne(cataloger: Cataloger, extracts: readonly PathExtract[], tree: VisibleTree): Assembly {
  if (cataloger.assemble === undefined) return { packages: extracts.flatMap(place) };
  try {
    return cataloger.assemble(extracts, tree);
  } catch (error) {
    const message = `The ${cataloger.title} cataloger failed to combine its files (${messageOf(error)}); each stands for itself. Please report it.`;
    return { packages: extracts.flatMap(place), problems: [incomplete('cataloger-failed', message)] };
  }
}

/** The first to tell a fact wins; lists are joined. */
function mergeOs(into: { -readonly [K in keyof OperatingSystem]?: OperatingSystem[K] }, facts: Partial<OperatingSystem>): void {
  for (const [key, value] of Object.entries(facts)) {
    if (value === undefined) continue;
    const before: unknown = Reflect.get(into, key);
    if (before === undefined) Reflect.set(into, key, value);
    else if (Array.isArray(before) && Array.isArray(value)) Reflect.set(into, key, [...new Set([...before, ...value])]);
  }
}

function systemOf(facts: Partial<OperatingSystem>): OperatingSystem | undefined {
  if (facts.id === undefined) return undefined;
  const { id, versionId = '', prettyName = `${id} ${versionId}`.trim(), ...rest } = facts;
  return { id, versionId, prettyName, ...rest };
}

interface Growing {
  draft: PackageDraft;
  readonly cataloger: Cataloger;
  readonly locations: Map<string, Location>;
  readonly dependsOn: Set<string>;
  installed: boolean;
  direct: boolean;
  root: boolean;
  development: boolean;
}

function absorb(known: Growing, draft: PackageDraft, cataloger: Cataloger): void {
  for (const purl of draft.dependsOn ?? []) known.dependsOn.add(purl);
  known.installed ||= cataloger.evidence === 'installed';
  known.direct ||= draft.direct === true;
  known.root ||= draft.root === true;
  known.development &&= draft.development === true;
  // What the first place does not know another may: `undefined` must not hide it.
  const facts = Object.fromEntries(Object.entries(known.draft).filter(([, value]) => value !== undefined));
  known.draft = { ...draft, ...facts, purl: draft.purl, type: draft.type, name: known.draft.name, version: known.draft.version };
}

/** Purls of operating system packages carry the distribution, which is known when everything has been read. */
function purlNamer(os: OperatingSystem | undefined): (purl: string) => string {
  if (os === undefined || os.id === '') return (purl) => purl;
  const named = new Map<string, string>();
  return (purl) => {
    let name = named.get(purl);
    if (name === undefined) {
      name = distributionPurl(purl, os);
      named.set(purl, name);
    }
    return name;
  };
}

function finish(
  known: Growing,
  os: OperatingSystem | undefined,
  named: (purl: string) => string,
  owners: (path: string) => ReadonlySet<string> | undefined,
): Package {
  const { paths: _, ...facts } = known.draft;
  const purl = named(facts.purl);
  const namespace = purl !== facts.purl && isOsPackage(facts.type) ? os?.id : facts.namespace;
  const locations = [...known.locations.values()].sort((a, b) => byText(a.path, b.path) || byText(a.layer ?? '', b.layer ?? ''));
  const owned = locations.map(({ path }) => owners(path));
  const ownedBy = owned.every((set) => set !== undefined)
    ? [...new Set(owned.flatMap((set) => [...(set ?? [])].map(named)))].filter((owner) => owner !== purl).sort(byText)
    : [];
  return {
    ...facts,
    purl,
    namespace,
    evidence: known.installed ? 'installed' : 'declared',
    locations,
    dependsOn: known.dependsOn.size > 0 ? [...known.dependsOn].map(named).sort(byText) : undefined,
    direct: known.direct || undefined,
    root: known.root || undefined,
    development: known.development || undefined,
    ownedBy: ownedBy.length > 0 ? ownedBy : undefined,
    foundBy: known.cataloger.id,
  };
}

/** `JSON`-like objects without undefined members, so that inventories compare and print the same wherever they came from. */
function compact<T extends object>(value: T): T {
  for (const [key, member] of Object.entries(value)) if (member === undefined) Reflect.deleteProperty(value, key);
  return value;
}

/** Combines everything that is seen. Deterministic for any order of `seen`. */
export function assembleAll(input: AssembleInput): Assembled {
  const { tree } = input;
  const problems: Problem[] = [];
  const os: { -readonly [K in keyof OperatingSystem]?: OperatingSystem[K] } = {};
  const found = new Map<string, Growing>();
  const claims: NonNullable<Extract['owns']>[number][] = [];
  const directories = new Map<string, string>();

  /** One spelling for a file that is reached through linked directories (`lib/x` and `usr/lib/x`). */
  const canonical = (path: string): string => {
    const directory = parentOf(path);
    let real = directories.get(directory);
    if (real === undefined) {
      real = directory === '' ? '' : (tree.resolve(directory) ?? directory);
      directories.set(directory, real);
    }
    if (real === directory) return path;
    const name = path.slice(directory === '' ? 0 : directory.length + 1);
    return real === '' ? name : `${real}/${name}`;
  };
  const byCataloger = Map.groupBy(
    [...input.seen].sort((a, b) => byText(a.path, b.path)),
    (seen) => seen.cataloger,
  );
  for (const cataloger of input.catalogers) {
    const seen = byCataloger.get(cataloger.id) ?? [];
    const byPath = new Map(seen.map((one) => [one.path, one]));
    for (const { path, layer, extract } of seen) {
      for (const problem of extract.problems ?? []) {
        problems.push(compact({ ...problem, path: problem.path ?? path, layer: problem.layer ?? input.layer(layer).layer }));
      }
      if (extract.os !== undefined) mergeOs(os, extract.os);
      for (const claim of extract.owns ?? []) claims.push(claim);
    }
    if (seen.length === 0) continue;
    const assembly = assembleOne(cataloger, seen, tree);
    for (const problem of assembly.problems ?? []) problems.push(problem);
    if (assembly.os !== undefined) mergeOs(os, assembly.os);
    for (const claim of assembly.owns ?? []) claims.push(claim);
    for (const { draft, paths } of assembly.packages) {
      let known = found.get(draft.purl);
      if (known === undefined) {
        const { direct = false, root = false, development = false } = draft;
        const installed = cataloger.evidence === 'installed';
        known = {
          draft,
          cataloger,
          locations: new Map(),
          dependsOn: new Set(draft.dependsOn),
          installed,
          direct,
          root,
          development,
        };
        found.set(draft.purl, known);
      } else absorb(known, draft, cataloger);
      for (const path of draft.paths !== undefined && draft.paths.length > 0 ? draft.paths : paths) {
        const file = byPath.get(path) ?? byPath.get(path.split('!/', 1)[0] ?? path) ?? byPath.get(paths[0] ?? '');
        const layer = file === undefined ? {} : input.layer(input.originOf(file, draft.purl));
        known.locations.set(`${path}\0${layer.layer ?? ''}`, compact({ path, ...layer }));
      }
    }
  }

  // Packages own many more files than anything was found in: only the latter are kept.
  const outer = (path: string): string => canonical(path.split('!/', 1)[0] ?? path);
  const places = [...found.values()].flatMap(({ locations }) => [...locations.values()].map(({ path }) => outer(path)));
  const owners = new Map<string, Set<string> | undefined>(places.map((path) => [path, undefined]));
  const names = new Set(places.map(basenameOf));
  for (const { purl, paths } of claims) {
    for (const path of paths) {
      if (!names.has(basenameOf(path))) continue;
      const key = canonical(path);
      if (owners.has(key)) owners.set(key, (owners.get(key) ?? new Set()).add(purl));
    }
  }
  const ownersOf = (path: string): ReadonlySet<string> | undefined => owners.get(outer(path));
  const system = systemOf(os);
  const named = purlNamer(system);
  const packages = [...found.values()]
    .map((known) => compact(finish(known, system, named, ownersOf)))
    .sort((a, b) => byText(a.purl, b.purl));
  return system === undefined ? { packages, problems } : { packages, problems, os: system };
}
