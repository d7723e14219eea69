/** bun.lock: JSON with comments and trailing commas. https://bun.sh/docs/install/lockfile */
import { entries, fields, items, text } from '../../document.ts';
import { developmentWants, normalWants, type Wanted } from '../../javascript/manifest.ts';
import { packageName, packageVersion, splitNamed } from '../../javascript/names.ts';
import { isPlausiblePath, nodeResolver } from '../../javascript/resolution.ts';
import type { BunLock, BunPackage } from './packages.ts';

/** `a/@s/b`, the package `@s/b` within `a`, as the path it would have in `node_modules`. */
function placeOf(key: string): string {
  let place = '';
  let scope = '';
  for (const segment of key.split('/')) {
    if (segment.startsWith('@') && scope === '') {
      scope = `${segment}/`;
      continue;
    }
    place += `${place === '' ? '' : '/'}node_modules/${scope}${segment}`;
    scope = '';
  }
  return place;
}

interface Entry {
  readonly key: string;
  readonly name: string;
  readonly rest: string;
  readonly facts: unknown;
}

function entriesOf(table: unknown): { readonly found: Entry[]; readonly invalid: number } {
  const found: Entry[] = [];
  let invalid = 0;
  for (const [key, value] of entries(table)) {
    const list = items(value);
    const resolution = splitNamed(text(list[0]) ?? '');
    if (resolution === undefined || !isPlausiblePath(key)) invalid++;
    else found.push({ key, ...resolution, facts: list.find((item) => fields(item) !== undefined) });
  }
  return { found, invalid };
}

/** Undefined when the document is no lock file of Bun. */
export function parseBunText(value: unknown): BunLock | undefined {
  const document = fields(value);
  const workspaces = fields(document?.workspaces);
  if (workspaces === undefined || fields(document?.packages) === undefined) return undefined;
  const { found, invalid } = entriesOf(document?.packages);
  const byPlace = new Map(found.map(({ key }) => [placeOf(key), key]));
  const resolve = nodeResolver(byPlace.keys());
  const keysOf = (place: string, wants: readonly Wanted[]) =>
    wants.flatMap(([name]) => byPlace.get(resolve(place, name) ?? '') ?? []);
  const packages: BunPackage[] = [];
  for (const { key, name, rest, facts } of found) {
    // Workspaces and the project are told above; a linked folder need not be a package.
    if (rest.startsWith('workspace:') || rest.startsWith('root:') || rest.startsWith('link:')) continue;
    const uses = keysOf(placeOf(key), normalWants(facts));
    packages.push({ key, name, version: packageVersion(rest) ?? '', source: rest, uses, development: [] });
  }
  const folders = new Map(
    found.flatMap(({ key, rest }) => (rest.startsWith('workspace:') ? [[rest.slice(10), key] as const] : [])),
  );
  for (const [folder, workspace] of entries(workspaces)) {
    const facts = fields(workspace);
    const key = folder === '' ? '' : (folders.get(folder) ?? '');
    const place = key === '' ? '' : placeOf(key);
    packages.push({
      // Folders are no package keys as long as they have a colon in front.
      key: key === '' ? `workspace:${folder}` : key,
      name: packageName(facts?.name) ?? '',
      version: packageVersion(facts?.version) ?? '',
      source: '',
      workspace: folder,
      uses: keysOf(place, normalWants(facts)),
      development: keysOf(place, developmentWants(facts)),
    });
  }
  return { kind: 'lock', packages, invalid };
}
