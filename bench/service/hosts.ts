/**
 * Made-up hosts for the service's benchmarks: distributions, names and versions come from the compiled advisory database, so that they
 * match as real ones do; which host has what is drawn. Half of the packages are ones that no advisory names, as on real hosts.
 */
import type { FileDatabase } from '../../src/advisories/database/index.ts';
import { purlOf } from '../../src/inventory/purl.ts';
import type { Inventory, OperatingSystem, Package, PackageType } from '../../src/model/package.ts';

interface Software {
  readonly name: string;
  /** Oldest first: versions in which advisories say that something was fixed. */
  readonly versions: readonly string[];
}

interface Shelf {
  readonly type: PackageType;
  readonly namespace?: string;
  readonly software: readonly Software[];
}

/** What hosts of one system can have. */
export interface System {
  readonly os: OperatingSystem;
  /** Packages of the system: named by advisories, and not. */
  readonly named: Shelf;
  readonly quiet: Shelf;
}

export interface Catalog {
  /** Share of packages that have the newest version. */
  readonly current: number;
  readonly systems: readonly System[];
  readonly languages: readonly Shelf[];
}

export type Random = () => number;

/** xorshift: the same hosts in every run. */
export function randomOf(seed: number): Random {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Few of the first are most of all. */
function skewed(random: Random, count: number, power: number): number {
  return Math.floor(count * random() ** power);
}

const SYSTEMS = [
  { stream: 'debian/12', type: 'deb', id: 'debian', versionId: '12' },
  { stream: 'ubuntu/22.04', type: 'deb', id: 'ubuntu', versionId: '22.04' },
  { stream: 'ubuntu/24.04', type: 'deb', id: 'ubuntu', versionId: '24.04' },
  { stream: 'amazon/2023', type: 'rpm', id: 'amzn', versionId: '2023' },
  { stream: 'almalinux/9', type: 'rpm', id: 'almalinux', versionId: '9' },
] as const;
const LANGUAGES = [
  { stream: 'npm', type: 'npm' },
  { stream: 'PyPI', type: 'pypi' },
] as const;
/** Packages of a system that no advisory names. */
const QUIET = 3000;
/** Versions of one name that are in use at the same time. */
const VERSIONS = 4;

function softwareOf(database: FileDatabase, stream: string, fixable: boolean): readonly Software[] {
  const software: Software[] = [];
  for (const group of database.groups()) {
    if (group.stream !== stream || /kernel|^linux/.test(group.name)) continue;
    const fixed = new Map<string, string>();
    const rows = database.lookup(stream, group.name);
    if (fixable && rows.some(({ ranges }) => ranges.some(({ high }) => high === undefined))) continue;
    for (const { ranges } of rows) {
      for (const { fixed: version, high } of ranges) if (version !== undefined && high !== undefined) fixed.set(high, version);
    }
    const versions = [...fixed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, version]) => version);
    software.push({ name: group.name, versions: versions.length === 0 ? ['1.0-1'] : versions.slice(-VERSIONS) });
  }
  return software;
}

/** In an order that has nothing to do with names: the first are those that most hosts have. */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** `fixable`: only packages in which everything that is known was fixed. */
export function catalogOf(database: FileDatabase, { current = 0.8, fixable = false } = {}): Catalog {
  const random = randomOf(20_261_121);
  return {
    current,
    systems: SYSTEMS.map(({ stream, type, id, versionId }) => ({
      os: { id, versionId, prettyName: `${id} ${versionId}` },
      named: { type, namespace: id, software: shuffled(softwareOf(database, stream, fixable), random) },
      quiet: {
        type,
        namespace: id,
        software: Array.from({ length: QUIET }, (_, index) => ({
          name: `quiet-${index}`,
          versions: ['1.2-1', '1.2-2', '1.3-1'],
        })),
      },
    })),
    languages: LANGUAGES.map(({ stream, type }) => ({ type, software: shuffled(softwareOf(database, stream, fixable), random) })),
  };
}

/** The newest version with the probability `current`, else any. */
function versionOf({ versions }: Software, current: number, random: Random): string {
  const behind = random() < current ? 0 : skewed(random, versions.length, 1);
  return versions[versions.length - 1 - behind] ?? versions[0] ?? '1';
}

function packageOf({ type, namespace }: Shelf, software: Software, version: string): Package {
  const isSystem = namespace !== undefined;
  return {
    purl: purlOf({ type, namespace, name: software.name, version }),
    type,
    ...(isSystem && { namespace, architecture: type === 'rpm' ? 'x86_64' : 'amd64' }),
    name: software.name,
    version,
    evidence: 'installed',
    locations: [
      { path: isSystem ? (type === 'rpm' ? 'var/lib/rpm/rpmdb.sqlite' : 'var/lib/dpkg/status') : `srv/app/${software.name}` },
    ],
    foundBy: type,
  };
}

interface Item {
  readonly shelf: Shelf;
  readonly software: Software;
  readonly pkg: Package;
}

function draw(
  shelf: Shelf,
  [count, power, current]: readonly [number, number, number],
  random: Random,
  into: Map<string, Item>,
): void {
  for (let tries = 0, drawn = 0; drawn < count && tries < count * 20; tries++) {
    const software = shelf.software[skewed(random, shelf.software.length, power)];
    const key = `${shelf.type} ${software?.name}`;
    if (software === undefined || into.has(key)) continue;
    into.set(key, { shelf, software, pkg: packageOf(shelf, software, versionOf(software, current, random)) });
    drawn += 1;
  }
}

/** What a golden image or a configuration gives to all its hosts. */
export interface Base {
  readonly system: System;
  readonly items: ReadonlyMap<string, Item>;
}

/** Few of an operating system's packages are on all hosts; an eighth of the packages are libraries of applications, of which hosts differ more. */
export function baseOf({ current, systems, languages }: Catalog, size: number, random: Random): Base {
  const system = systems[skewed(random, systems.length, 1)] ?? systems[0];
  if (system === undefined) throw new Error('no system');
  const items = new Map<string, Item>();
  const libraries = Math.round(size / 8);
  draw(system.named, [Math.round((size - libraries) / 2), 2, current], random, items);
  for (const shelf of languages) draw(shelf, [Math.round(libraries / languages.length), 1.5, current], random, items);
  draw(system.quiet, [size - items.size, 2, current], random, items);
  return { system, items };
}

/** What a host of a base has: the share `drift` of its packages has a version of its own, the others are the base's. */
export function packagesOf({ items }: Base, drift: number, random: Random): readonly Package[] {
  const own = new Map([...items].map(([key, { pkg }]) => [key, pkg]));
  const keys = [...items.keys()];
  for (let changes = Math.round(items.size * drift); changes > 0; changes--) {
    const key = keys[skewed(random, keys.length, 1)] ?? '';
    const item = items.get(key);
    if (item === undefined) continue;
    const version = item.software.versions[skewed(random, item.software.versions.length, 1)] ?? item.pkg.version;
    own.set(key, packageOf(item.shelf, item.software, version));
  }
  return [...own.values()];
}

/** The same as an inventory. */
export function hostOf(base: Base, drift: number, random: Random): Inventory {
  const packages = [...packagesOf(base, drift, random)].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  return { target: { kind: 'host', name: 'host', os: base.system.os }, packages, problems: [] };
}
