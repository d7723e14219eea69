/**
 * Units: an inventory cut into the smallest inventories whose match does not depend on the rest. Hosts of a fleet share most of their
 * units, so each is matched once for all of them, and a change of the advisories touches only the units that ask for it.
 */
import { queriesFor } from '../advisories/streams/index.ts';
import { isKernelPackage } from '../matching/kernel.ts';
import { canonicalJson, digestOf } from '../model/canonical.ts';
import type { Inventory, OperatingSystem, Package, TargetKind } from '../model/package.ts';

/** What the store keeps of a unit. */
export interface UnitData {
  readonly kind: TargetKind;
  readonly os?: OperatingSystem;
  /** Subjects first, then what only decides about them (owners). */
  readonly packages: readonly Package[];
  /** The first so many of `packages` are subjects: only their matches count. None: the unit is the operating system itself. */
  readonly subjects: number;
}

export interface Unit {
  /** SHA-256 of `json`. */
  readonly digest: string;
  readonly json: string;
  readonly data: UnitData;
}

/** The look-ups that matching the unit makes. */
export function namesOf({ packages, os }: UnitData): readonly { readonly stream: string; readonly name: string }[] {
  const names = new Map<string, { stream: string; name: string }>();
  for (const pkg of packages) {
    const found = queriesFor(pkg, os);
    if (found.kind === 'none') continue;
    for (const { stream, name } of found.queries) names.set(`${stream}\n${name}`, { stream, name });
  }
  return [...names.values()];
}

/** Units of one lot are likely to have vulnerabilities in common: one name, whichever distribution or ecosystem. */
export function lotOf(data: UnitData): string {
  return namesOf(data)[0]?.name ?? '';
}

/** Without what neither matching nor a finding needs: it would make units of the same package differ. */
function bare({ dependsOn: _, direct: __, ...pkg }: Package): Package {
  return pkg;
}

function unit(data: UnitData): Unit {
  const json = canonicalJson(data);
  return { digest: digestOf(json), json, data };
}

/** Cuts an inventory. Every package is a subject of exactly one unit; the operating system has one of its own. */
export function unitsOf({ target, packages }: Inventory): readonly Unit[] {
  const { kernelRelease: _, ...still } = target.os ?? { id: '', versionId: '', prettyName: '' };
  const os = target.os === undefined ? undefined : still;
  const place = { kind: target.kind, ...(os && { os }) };
  const byPurl = new Map(packages.map((pkg) => [pkg.purl, pkg]));
  const units: Unit[] = [];
  if (os !== undefined) units.push(unit({ ...place, packages: [], subjects: 0 }));
  const kernels: Package[] = [];
  for (const pkg of packages) {
    if (isKernelPackage(pkg)) {
      kernels.push(bare(pkg));
      continue;
    }
    const owners = (pkg.ownedBy ?? []).flatMap((purl) => byPurl.get(purl) ?? []).map(bare);
    units.push(unit({ ...place, packages: [bare(pkg), ...owners], subjects: 1 }));
  }
  // Which kernel runs decides about all of them.
  if (kernels.length > 0) {
    units.push(unit({ kind: target.kind, ...(target.os && { os: target.os }), packages: kernels, subjects: kernels.length }));
  }
  return units;
}

/** A unit as the store gives it back. */
export function readUnit(json: string): UnitData {
  const data: UnitData = JSON.parse(json);
  return data;
}
