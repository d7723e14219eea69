/**
 * What an inventory knows beyond the vocabulary of SBOM formats, as name–value pairs under `vedette:`. CycloneDX carries them as
 * properties, SPDX in annotations; reading them back gives the same inventory.
 */

import {
  type Inventory,
  type Location,
  type OperatingSystem,
  PACKAGE_TYPES,
  type Package,
  type PackageType,
  type Target,
  type TargetKind,
} from '../../model/package.ts';
import { incomplete, type Problem } from '../../model/problem.ts';
import { parsePurl } from '../purl.ts';
import { type Fields, fields, items } from '../values.ts';

export type Fact = readonly [name: string, value: string];

const PREFIX = 'vedette:';
const TARGET_KINDS: readonly TargetKind[] = ['image', 'host', 'rootfs', 'lambda', 'sbom', 'project'];

/** Ecosystems whose own names carry the purl namespace, and what joins the two. */
const JOINED: Partial<Record<PackageType, string>> = {
  npm: '/',
  maven: ':',
  golang: '/',
  composer: '/',
  swift: '/',
  githubactions: '/',
};

function isPackageType(type: string): type is PackageType {
  return (PACKAGE_TYPES as readonly string[]).includes(type);
}

export interface Identity {
  readonly type: PackageType;
  readonly namespace?: string;
  readonly name: string;
  readonly version: string;
  readonly qualifiers: Readonly<Record<string, string | undefined>>;
}

/** Type, name and version as packages have them, from a purl; a type Vedette does not catalog as `unknown`; undefined when it is none. */
export function identityOf(purl: string): Identity | { readonly unknown: string } | undefined {
  const parts = parsePurl(purl);
  if (parts === undefined) return undefined;
  const { type, namespace, qualifiers = {} } = parts;
  if (!isPackageType(type)) return { unknown: type };
  const joiner = JOINED[type];
  const name = namespace !== undefined && joiner !== undefined ? `${namespace}${joiner}${parts.name}` : parts.name;
  const epoch = type === 'rpm' || type === 'deb' ? qualifiers.epoch : undefined;
  const written = parts.version ?? '';
  const version =
    epoch !== undefined && epoch !== '0' && written !== '' && !written.startsWith(`${epoch}:`) ? `${epoch}:${written}` : written;
  return { type, ...(namespace === undefined ? {} : { namespace }), name, version, qualifiers };
}

/** Facts of a package that neither its purl nor its licences nor its dependencies tell. */
export function packageFacts(pkg: Package): Fact[] {
  const facts: Fact[] = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) facts.push([`${PREFIX}${name}`, value]);
  };
  const identity = identityOf(pkg.purl);
  const told = identity === undefined || 'unknown' in identity ? undefined : identity;
  if (told?.type !== pkg.type) add('type', pkg.type);
  if (told?.namespace !== pkg.namespace) add('namespace', pkg.namespace ?? '');
  if (told?.name !== pkg.name) add('name', pkg.name);
  if (told?.version !== pkg.version) add('version', pkg.version);
  add('evidence', pkg.evidence);
  add('foundBy', pkg.foundBy);
  add('architecture', pkg.architecture);
  add('source:name', pkg.source?.name);
  add('source:version', pkg.source?.version);
  add('vendor', pkg.vendor);
  add('repository', pkg.repository);
  add('modularity', pkg.modularity);
  for (const mark of ['root', 'direct', 'development'] as const) if (pkg[mark]) add(mark, 'true');
  for (const owner of pkg.ownedBy ?? []) add('ownedBy', owner);
  pkg.locations.forEach((location, index) => {
    add(`location:${index}:path`, location.path);
    add(`location:${index}:layer`, location.layer);
    add(`location:${index}:createdBy`, location.createdBy);
  });
  return facts;
}

function locationsOf(facts: ReadonlyMap<string, string>): Location[] {
  const locations: Location[] = [];
  for (let index = 0; ; index++) {
    const path = facts.get(`location:${index}:path`);
    if (path === undefined) return locations;
    const layer = facts.get(`location:${index}:layer`);
    const createdBy = facts.get(`location:${index}:createdBy`);
    locations.push({ path, ...(layer === undefined ? {} : { layer }), ...(createdBy === undefined ? {} : { createdBy }) });
  }
}

/** The package whose facts these are, or undefined when Vedette did not write them. */
export function packageFromFacts(purl: string, licenses: readonly string[], properties: readonly Fact[]): Package | undefined {
  const facts = new Map<string, string>();
  const ownedBy: string[] = [];
  for (const [name, value] of properties) {
    if (name === `${PREFIX}ownedBy`) ownedBy.push(value);
    else if (name.startsWith(PREFIX)) facts.set(name.slice(PREFIX.length), value);
  }
  const identity = identityOf(purl);
  const told = identity === undefined || 'unknown' in identity ? undefined : identity;
  const type = facts.get('type') ?? told?.type;
  const name = facts.get('name') ?? told?.name;
  const evidence = facts.get('evidence');
  if (type === undefined || !isPackageType(type) || name === undefined) return undefined;
  if (evidence !== 'installed' && evidence !== 'declared') return undefined;
  const namespace = facts.has('namespace') ? facts.get('namespace') || undefined : told?.namespace;
  const sourceName = facts.get('source:name');
  const sourceVersion = facts.get('source:version');
  const optional = (key: 'architecture' | 'vendor' | 'repository' | 'modularity') => {
    const value = facts.get(key);
    return value === undefined ? {} : { [key]: value };
  };
  const mark = (key: 'root' | 'direct' | 'development') => (facts.get(key) === 'true' ? { [key]: true } : {});
  return {
    purl,
    type,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    version: facts.get('version') ?? told?.version ?? '',
    evidence,
    ...optional('architecture'),
    ...(sourceName === undefined
      ? {}
      : { source: { name: sourceName, ...(sourceVersion === undefined ? {} : { version: sourceVersion }) } }),
    ...optional('vendor'),
    ...optional('repository'),
    ...optional('modularity'),
    ...(licenses.length > 0 ? { licenses } : {}),
    locations: locationsOf(facts),
    ...mark('root'),
    ...mark('direct'),
    ...mark('development'),
    ...(ownedBy.length > 0 ? { ownedBy } : {}),
    foundBy: facts.get('foundBy') ?? 'sbom',
  };
}

/** The target and every problem, one JSON value each: a snapshot that was incomplete stays so. */
export function documentFacts(inventory: Pick<Inventory, 'target' | 'problems'>): Fact[] {
  const problems = inventory.problems.map((problem): Fact => [`${PREFIX}problem`, JSON.stringify(problem)]);
  return [[`${PREFIX}target`, JSON.stringify(inventory.target)], ...problems];
}

function parseFields(json: string): Fields | undefined {
  try {
    return fields(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function optionalText<K extends string>(table: Fields, key: K): { [name in K]?: string } {
  const value = table[key];
  return typeof value === 'string' ? ({ [key]: value } as { [name in K]?: string }) : {};
}

function optionalTexts<K extends string>(table: Fields, key: K): { [name in K]?: string[] } {
  const value = table[key];
  if (!Array.isArray(value)) return {};
  return { [key]: items(value).filter((item) => typeof item === 'string') } as { [name in K]?: string[] };
}

function operatingSystem(table: Fields | undefined): OperatingSystem | undefined {
  if (typeof table?.id !== 'string' || typeof table.versionId !== 'string' || typeof table.prettyName !== 'string')
    return undefined;
  return {
    id: table.id,
    versionId: table.versionId,
    prettyName: table.prettyName,
    ...optionalTexts(table, 'idLike'),
    ...optionalText(table, 'codename'),
    ...optionalText(table, 'variantId'),
    ...optionalText(table, 'kernelRelease'),
    ...optionalTexts(table, 'proServices'),
    ...optionalTexts(table, 'repositories'),
    ...optionalText(table, 'cpe'),
  };
}

function problemFrom(json: string): Problem {
  const table = parseFields(json);
  const { code, message, effect } = table ?? {};
  if (
    table === undefined ||
    typeof code !== 'string' ||
    typeof message !== 'string' ||
    (effect !== 'incomplete' && effect !== 'notice')
  )
    return incomplete(
      'sbom-facts-invalid',
      'A problem recorded in this SBOM could not be read back: something was not assessed when it was made.',
    );
  return { code, message, effect, ...optionalText(table, 'path'), ...optionalText(table, 'layer') };
}

export interface DocumentFacts {
  readonly target: Target;
  readonly problems: readonly Problem[];
}

/** What Vedette wrote about the target, or undefined when it did not. */
export function documentFromFacts(properties: readonly Fact[]): DocumentFacts | undefined {
  const table = parseFields(properties.find(([name]) => name === `${PREFIX}target`)?.[1] ?? '');
  const kind = TARGET_KINDS.find((known) => known === table?.kind);
  if (table === undefined || kind === undefined || typeof table.name !== 'string') return undefined;
  const os = operatingSystem(fields(table.os));
  return {
    target: {
      kind,
      name: table.name,
      ...optionalText(table, 'digest'),
      ...optionalText(table, 'architecture'),
      ...(os === undefined ? {} : { os }),
    },
    problems: properties.filter(([name]) => name === `${PREFIX}problem`).map(([, json]) => problemFrom(json)),
  };
}
