/** Yarn's Plug'n'Play map: which packages a program may load, and where they are. https://yarnpkg.com/advanced/pnp-spec */
import { joinPath, normalisePath } from '../../../artifacts/paths.ts';
import { fail, messageOf, ok, type Result } from '../../../model/problem.ts';
import { fields, items, unreadable } from '../../document.ts';
import { packageName, packageVersion } from '../../javascript/names.ts';
import { plainJson } from '../../javascript/plain-json.ts';

export interface PnpPackage {
  /** Name and reference: what dependencies call it by. */
  readonly key: string;
  readonly name: string;
  /** Empty when the reference (a URL, a commit, a folder) does not tell it. */
  readonly version: string;
  readonly reference: string;
  /** The folder or archive member from the folder of the map, for example `.yarn/cache/x.zip/node_modules/x`. */
  readonly location: string;
  /** A workspace rather than something installed. */
  readonly own: boolean;
  /** Name and key of every dependency. */
  readonly uses: readonly (readonly [name: string, key: string])[];
}

/** The JSON text within the script: one JavaScript string (Yarn 3 and 4) or an object literal (Yarn 2). */
function stateOf(text: string): string | undefined {
  if (text.trimStart().startsWith('{')) return text;
  const named = /(?:RAW_RUNTIME_STATE\s*=\s*|hydrateRuntimeState\(JSON\.parse\()'/.exec(text);
  if (named !== null) {
    const start = named.index + named[0].length;
    let end = start;
    while (end < text.length && text[end] !== "'") end += text[end] === '\\' ? 2 : 1;
    return text.slice(start, end).replace(/\\(\r?\n|.)/gs, (_, escaped: string) => (escaped.endsWith('\n') ? '' : escaped));
  }
  const call = text.indexOf('hydrateRuntimeState({');
  if (call < 0) return undefined;
  const end = text.lastIndexOf('}, {basePath');
  return end < call ? undefined : plainJson(text.slice(text.indexOf('{', call), end + 1));
}

/** `npm:1.2.3`, `virtual:…#npm:1.2.3`, `patch:x@npm%3A1.2.3#…`. */
function versionOf(reference: string): string {
  const plain = reference.startsWith('virtual:') ? reference.slice(reference.indexOf('#') + 1) : reference;
  const told = /^npm:([^:#]+)|@npm(?::|%3A)([^#:&]+)/.exec(plain);
  return packageVersion(told?.[1] ?? told?.[2]) ?? '';
}

/** Virtual instances live at paths that do not exist: `a/__virtual__/hash/1/b` is `b` from one folder above `a`. */
function realLocation(location: string): string {
  const [, before = '', up = '0', after = ''] =
    /^(.*?\/?)(?:__virtual__|\$\$virtual)\/[^/]+\/(\d{1,2})\/(.*)$/.exec(location) ?? [];
  return after === '' ? location : `${before}${'../'.repeat(Number(up))}${after}`;
}

function keyOf(name: string, reference: unknown): string | undefined {
  if (typeof reference === 'string') return `${name}@${reference}`;
  const [other, alias] = items(reference);
  return typeof other === 'string' && typeof alias === 'string' ? `${other}@${alias}` : undefined;
}

function usesOf(value: unknown): [string, string][] {
  return items(value).flatMap((pair): [string, string][] => {
    const [name, reference] = items(pair);
    const key = typeof name === 'string' ? keyOf(name, reference) : undefined;
    return typeof name !== 'string' || key === undefined ? [] : [[name, key]];
  });
}

/** The packages of a map; `folder` is where the map is. */
export function parsePnp(text: string, folder: string): Result<readonly PnpPackage[]> {
  const state = stateOf(text);
  if (state === undefined) return fail(unreadable("Plug'n'Play map", 'the map of packages was not found in it'));
  let document: unknown;
  try {
    document = JSON.parse(state);
  } catch (error) {
    return fail(unreadable("Plug'n'Play map", messageOf(error)));
  }
  const registry = fields(document)?.packageRegistryData;
  if (!Array.isArray(registry)) return fail(unreadable("Plug'n'Play map", 'it lists no packages'));
  const packages: PnpPackage[] = [];
  for (const group of items(registry)) {
    const [name, versions] = items(group);
    for (const entry of items(versions)) {
      const [reference, value] = items(entry);
      const facts = fields(value);
      const known = packageName(name);
      if (known === undefined || typeof reference !== 'string' || facts === undefined) continue;
      const location = typeof facts.packageLocation === 'string' ? realLocation(facts.packageLocation) : '';
      packages.push({
        key: `${known}@${reference}`,
        name: known,
        version: versionOf(reference),
        reference,
        location: normalisePath(joinPath(folder, location)) ?? '',
        own: /^(?:virtual:[^#]*#)?workspace:/.test(reference),
        // A package names itself among what it may load.
        uses: usesOf(facts.packageDependencies).filter(([, key]) => key !== `${known}@${reference}`),
      });
    }
  }
  return ok(packages);
}
