/** How Node.js finds a package from a folder. https://nodejs.org/api/modules.html#loading-from-node_modules-folders */
import { joinPath, parentOf } from '../../artifacts/paths.ts';

const FOLDER = 'node_modules';
/** Trees as deep as nobody has them: work per package is bounded by this. */
const MAX_SEGMENTS = 100;
const MAX_PATH = 4096;

/** False for paths so long that no file system holds them. */
export function isPlausiblePath(path: string): boolean {
  if (path.length > MAX_PATH) return false;
  let segments = 1;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) segments++;
  return segments <= MAX_SEGMENTS;
}

/** The name npm gives to a folder: its last segment, with the one before when that is a scope. */
export function folderName(path: string): string {
  const [scope = '', name = ''] = ['', ...path.split('/')].slice(-2);
  return scope.startsWith('@') ? `${scope}/${name}` : name;
}

/** The folder that holds the `node_modules` a package is in, and the name it has there; undefined when it is in none. */
export function placeOf(path: string): { readonly base: string; readonly name: string } | undefined {
  const start = path.lastIndexOf(`${FOLDER}/`);
  if (start < 0 || (start > 0 && path[start - 1] !== '/')) return undefined;
  return { base: start === 0 ? '' : path.slice(0, start - 1), name: path.slice(start + FOLDER.length + 1) };
}

interface Scope {
  readonly names: Map<string, string>;
  readonly outer: Scope | undefined;
  /** The folder, when packages are linked into its `node_modules`. */
  readonly linked: string | undefined;
}

/** Folders into whose `node_modules` packages are linked, and where such a link leads. */
export interface Links {
  readonly folders: ReadonlySet<string>;
  follow(path: string): string | undefined;
}

/** Finds packages by name from any folder, given where every package is (`a/node_modules/b`; others are in no scope). */
export function nodeResolver(paths: Iterable<string>, links?: Links): (from: string, name: string) => string | undefined {
  const own = new Map<string, Map<string, string>>();
  for (const path of paths) {
    const place = placeOf(path);
    if (place === undefined) continue;
    const names = own.get(place.base);
    if (names === undefined) own.set(place.base, new Map([[place.name, path]]));
    else names.set(place.name, path);
  }
  const scopes = new Map<string, Scope | undefined>();
  /** The innermost scope of a folder: its own, else that of the folder above. */
  function scopeOf(folder: string): Scope | undefined {
    const pending: string[] = [];
    let at = folder;
    while (!scopes.has(at)) {
      pending.push(at);
      if (at === '') break;
      at = parentOf(at);
    }
    let scope = scopes.get(at);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const names = own.get(next);
      const linked = links?.folders.has(next) === true ? next : undefined;
      if (names !== undefined || linked !== undefined) scope = { names: names ?? new Map(), outer: scope, linked };
      scopes.set(next, scope);
    }
    return scope;
  }
  return (from, name) => {
    for (let scope = scopeOf(from); scope !== undefined; scope = scope.outer) {
      let path = scope.names.get(name);
      if (path === undefined && scope.linked !== undefined) path = links?.follow(joinPath(scope.linked, `${FOLDER}/${name}`));
      if (path !== undefined) return path;
    }
    return undefined;
  };
}
