/**
 * An inventory that could not be read whole says nothing of what it does not show: packages that were there before, and that what was
 * not read may still hold, are carried over until it is read again.
 */
import { distributionPurl, isOsPackage } from '../inventory/os-packages.ts';
import { parsePurl, purlOf } from '../inventory/purl.ts';
import type { Inventory, OperatingSystem, Package } from '../model/package.ts';
import { incomplete, type Problem } from '../model/problem.ts';

/** Codes of the problems that tell what was carried over: packages, the system. */
export const CARRIED = ['inventory-carried', 'inventory-system-carried'] as const;

/** What these tell of is no package that was seen before: or it is named in `unassessed`. */
const HIDES_NOTHING: ReadonlySet<string> = new Set([
  'sbom-component-without-purl',
  'sbom-purl-invalid',
  'sbom-type-unknown',
  'sbom-system-unknown',
  'sbom-systems-mixed',
]);

const SHOWN = 5;

/** The file in the file system: `app.jar!/lib/a.jar` is in `app.jar`. */
function fileOf(path: string): string {
  return path.split('!/', 1)[0] ?? path;
}

function isIn(path: string, place: string): boolean {
  return place === '' || path === place || path.startsWith(`${place}/`);
}

/** A host has a system, and so has what has packages of one. */
function lacksSystem({ target, packages }: Inventory): boolean {
  return target.os === undefined && (target.kind === 'host' || packages.some(({ type }) => isOsPackage(type)));
}

/** Systems that roll never say which release they are; others always do. */
function lacksRelease({ target }: Inventory): boolean {
  return target.os?.versionId === '';
}

/** It is called what it was, and does not say any more of which release it is. Before a release, a new codename says it. */
function lostRelease(inventory: Inventory, before: OperatingSystem): boolean {
  const { os } = inventory.target;
  if (os === undefined || !lacksRelease(inventory) || before.versionId === '') return false;
  return os.id === before.id && (os.codename === undefined || os.codename === before.codename);
}

/** The file that names the system ends early. A file that always does names it as well as any. */
function isSystemCut({ problems }: Inventory, before: Inventory): boolean {
  const tells = (list: readonly Problem[], code: string) => list.some((problem) => problem.code === code);
  const isCut = tells(problems, 'os-release-truncated');
  return isCut && (!tells(before.problems, 'os-release-truncated') || tells(before.problems, CARRIED[1]));
}

/** The purl of a system's package as another system's. */
function purlOn(purl: string, os: OperatingSystem): string {
  const parts = parsePurl(purl);
  if (parts === undefined || !isOsPackage(parts.type)) return purl;
  const { namespace: _, qualifiers: { distro: __, ...qualifiers } = {}, ...rest } = parts;
  return distributionPurl(purlOf({ ...rest, qualifiers }), os);
}

/** Whether an inventory says all there is to say: then nothing of the one before counts. */
export function isWhole(inventory: Inventory): boolean {
  const { problems, packages, target } = inventory;
  if (target.kind === 'host' && packages.length === 0) return false;
  return problems.every(({ effect }) => effect !== 'incomplete') && !lacksSystem(inventory) && !lacksRelease(inventory);
}

/** Tells of a package that is not shown any more whether what could not be read may hold it. */
function hiding({ packages, problems, target, unassessed = [] }: Inventory): (pkg: Package) => boolean {
  const cuts = problems.filter(({ effect, code }) => effect === 'incomplete' && !HIDES_NOTHING.has(code));
  const places = cuts.flatMap(({ path }) => (path === undefined ? [] : [fileOf(path)]));
  const layers = new Set(cuts.flatMap(({ path, layer }) => (path === undefined && layer !== undefined ? [layer] : [])));
  const anywhere = cuts.some(({ path }) => path === undefined) || (target.kind === 'host' && packages.length === 0);
  // A document of somebody else is the place of all that it lists.
  const everything = cuts.some(({ path, code }) => path === undefined && code.startsWith('sbom-'));
  const read = new Set(packages.flatMap(({ locations }) => locations.map(({ path }) => fileOf(path))));
  const names = new Set(unassessed);
  return ({ name, locations }) =>
    everything ||
    names.has(name) ||
    locations.some(({ path, layer }) => {
      const file = fileOf(path);
      if (places.some((place) => isIn(file, place))) return true;
      if (layer !== undefined && layers.has(layer)) return true;
      return anywhere && !read.has(file);
    });
}

/** A package of any version, at each of its places. */
function placesOf({ type, name, architecture, locations }: Package): readonly string[] {
  return locations.map(({ path }) => [type, name, architecture, path].join('\0'));
}

/** The inventory with the system that the one before named: names of its packages depend on that. */
function withSystem(inventory: Inventory, before: Inventory): Inventory {
  const was = before.target.os;
  if (was === undefined || !(lacksSystem(inventory) || isSystemCut(inventory, before) || lostRelease(inventory, was)))
    return inventory;
  // Which kernel runs is in no file.
  const kernelRelease = inventory.target.os?.kernelRelease ?? was.kernelRelease;
  const os = { ...was, ...(kernelRelease !== undefined && { kernelRelease }) };
  const named = (purl: string) => purlOn(purl, os);
  const packages = inventory.packages.map((pkg): Package => {
    const { dependsOn, ownedBy } = pkg;
    return {
      ...pkg,
      purl: named(pkg.purl),
      ...(isOsPackage(pkg.type) && { namespace: os.id }),
      ...(dependsOn !== undefined && { dependsOn: dependsOn.map(named) }),
      ...(ownedBy !== undefined && { ownedBy: ownedBy.map(named) }),
    };
  });
  const message = `Which system it is could not be read: its packages are assessed as those of ${os.prettyName || os.id}, which it was before.`;
  const problems = [...inventory.problems, incomplete(CARRIED[1], message)];
  return { ...inventory, target: { ...inventory.target, os }, packages, problems };
}

function told(packages: readonly Package[]): Problem {
  const names = [...new Set(packages.map(({ name }) => name))].sort();
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const count = packages.length === 1 ? '1 package is' : `${packages.length} packages are`;
  const shown = names.slice(0, SHOWN).join(', ');
  const message = `${count} not in this inventory, which could not be read whole (${shown}${more}): they count as they were until they can be looked for.`;
  return incomplete(CARRIED[0], message);
}

/** The inventory with what it may only not show of the one before; the problem `inventory-carried` tells of it. */
export function carry(inventory: Inventory, before: Inventory): Inventory {
  const now = withSystem(inventory, before);
  const shown = new Set(now.packages.map(({ purl }) => purl));
  const known = new Set(before.packages.map(({ purl }) => purl));
  // Another version came to the same place: the one before was replaced, and not hidden.
  const came = new Set(now.packages.filter(({ purl }) => !known.has(purl)).flatMap(placesOf));
  const isHidden = hiding(now);
  const hidden = before.packages.filter(
    (pkg) => !shown.has(pkg.purl) && isHidden(pkg) && !placesOf(pkg).some((place) => came.has(place)),
  );
  if (hidden.length === 0) return now;
  const packages = [...now.packages, ...hidden].sort((a, b) => (a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0));
  const os = now.target.os ?? before.target.os;
  return { ...now, target: { ...now.target, ...(os && { os }) }, packages, problems: [...now.problems, told(hidden)] };
}
