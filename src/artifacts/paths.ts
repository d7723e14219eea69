/** Names inside targets: one normal form, and no way out of the root. */

/** A path in normal form already: no empty, `.` or `..` segment, no leading or trailing slash, no NUL. */
function isNormal(path: string): boolean {
  let segment = 0;
  let dots = 0;
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code === 0) return false;
    if (code === 0x2f) {
      if (segment === dots && dots <= 2) return false;
      segment = 0;
      dots = 0;
    } else {
      segment++;
      if (code === 0x2e) dots++;
    }
  }
  return !(segment === dots && dots <= 2);
}

/**
 * The normal form of a name as an archive wrote it: no leading or trailing slash, no empty, `.` or `..` segments; the root is
 * the empty string. Undefined when the name climbs above the root or holds a NUL.
 */
export function normalisePath(raw: string): string | undefined {
  // Most names are normal but for the slash that ends those of directories; these looks cost less than one at every character.
  const path = raw.length > 1 && raw.endsWith('/') ? raw.slice(0, -1) : raw;
  const first = path.charCodeAt(0);
  const simple = first !== 0x2e && first !== 0x2f && !path.endsWith('/') && path !== '';
  if (simple && !path.includes('/.') && !path.includes('//') && !path.includes('\0')) return path;
  if (isNormal(path)) return path;
  if (raw.includes('\0')) return undefined;
  const kept: string[] = [];
  for (const segment of raw.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.pop() === undefined) return undefined;
  }
  return kept.join('/');
}

/** Everything before the last slash; the empty string (the root) when there is none. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Everything after the last slash. */
export function basenameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `directory/name`, or `name` in the root. */
export function joinPath(directory: string, name: string): string {
  return directory === '' ? name : name === '' ? directory : `${directory}/${name}`;
}

/** What a path is to a resolver: the target of a symlink, something else that exists, or nothing. */
export type LinkLookup = (path: string) => { readonly link: string } | 'other' | undefined;

/** As many links as Linux follows in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Follows symlinks in every component of `path` as a process chrooted into the root would: absolute targets start at the
 * root and `..` in the root stays there. Undefined for cycles and names that do not exist.
 */
export function resolveInRoot(path: string, lookup: LinkLookup): string | undefined {
  const pending = path.split('/').reverse();
  const done: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const segment = pending.pop();
    if (segment === undefined || segment === '' || segment === '.') continue;
    if (segment === '..') {
      done.pop();
      continue;
    }
    done.push(segment);
    const found = lookup(done.join('/'));
    if (found === undefined) return undefined;
    if (found === 'other') continue;
    if (++links > MAX_LINKS || found.link === '' || found.link.length > 4096) return undefined;
    if (found.link.startsWith('/')) done.length = 0;
    else done.pop();
    for (const part of found.link.split('/').reverse()) pending.push(part);
  }
  return done.join('/');
}
