/** Inventories that tests make up. */

import { purlOf } from '../../src/inventory/purl.ts';
import type { Inventory, OperatingSystem, Package, TargetKind } from '../../src/model/package.ts';

/** A package of which only some properties matter. */
export function packageOf(over: Partial<Package> & Pick<Package, 'type' | 'name' | 'version'>): Package {
  const [namespace, name] = over.type === 'maven' ? over.name.split(':') : [over.namespace, over.name];
  return {
    purl: purlOf({ type: over.type, namespace, name: name ?? over.name, version: over.version }),
    evidence: 'installed',
    locations: [{ path: `where/${over.name}` }],
    foundBy: 'test',
    ...(namespace === undefined ? {} : { namespace }),
    ...over,
  };
}

export function systemOf(id: string, versionId: string, over: Partial<OperatingSystem> = {}): OperatingSystem {
  return { id, versionId, prettyName: `${id} ${versionId}`, ...over };
}

export function inventoryOf(packages: readonly Package[], os?: OperatingSystem, kind: TargetKind = 'host'): Inventory {
  const sorted = [...packages].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  return { target: { kind, name: 'test', ...(os === undefined ? {} : { os }) }, packages: sorted, problems: [] };
}
