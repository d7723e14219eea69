/** Package URLs: writing the canonical form and reading any form. https://github.com/package-url/purl-spec */

export interface PurlParts {
  readonly type: string;
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string;
  /** Keys in any order and case; empty values are left out. */
  readonly qualifiers?: Readonly<Record<string, string | undefined>>;
  readonly subpath?: string;
}

/** Types whose namespace and name are compared without regard to case, so that their canonical form is lower case. */
const LOWER_NAMESPACE = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'composer',
  'deb',
  'github',
  'gitlab',
  'hex',
  'npm',
  'pypi',
  'qpkg',
  'rpm',
]);
const LOWER_NAME = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'bitnami',
  'composer',
  'deb',
  'github',
  'gitlab',
  'hex',
  'npm',
  'oci',
  'pub',
  'pypi',
]);

/** Strings that no encoding changes: nearly all names and versions. */
const PLAIN = /^[A-Za-z0-9._-]+$/;

function encode(text: string): string {
  return PLAIN.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

function encodeSegments(path: string, keepColon: boolean): string {
  if (PLAIN.test(path)) return path;
  const encoded = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(encode)
    .join('/');
  return keepColon ? encoded.replaceAll('%3A', ':') : encoded;
}

function encodeVersion(version: string): string {
  return PLAIN.test(version) ? version : encode(version).replaceAll('%3A', ':').replaceAll('%2B', '+');
}

/** Qualifier values follow application/x-www-form-urlencoded, with `%20` for a space. */
function encodeValue(value: string): string {
  if (PLAIN.test(value)) return value;
  return encode(value).replace(/[!'()~]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}

function encodeQualifiers(qualifiers: NonNullable<PurlParts['qualifiers']>): string {
  const pairs: [string, string][] = [];
  for (const [key, value] of Object.entries(qualifiers)) {
    const trimmed = value?.trim() ?? '';
    if (trimmed !== '') pairs.push([key.toLowerCase(), trimmed]);
  }
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return pairs.map(([key, value]) => `${encodeValue(key)}=${encodeValue(value)}`).join('&');
}

/** The canonical purl of these parts: normalised by the rules of the type, percent-encoded, qualifiers sorted. Never throws. */
export function purlOf(parts: PurlParts): string {
  const type = parts.type.toLowerCase();
  let namespace = parts.namespace ?? '';
  let name = parts.name.trim();
  if (LOWER_NAMESPACE.has(type)) namespace = namespace.toLowerCase();
  if (LOWER_NAME.has(type)) name = name.toLowerCase();
  if (type === 'pypi') name = name.replaceAll('_', '-');
  if (type === 'pub') name = name.replaceAll('-', '_');
  let purl = `pkg:${type}/`;
  const space = encodeSegments(namespace, true);
  if (space !== '') purl += `${space}/`;
  purl += encode(name);
  const version = parts.version?.trim() ?? '';
  if (version !== '') purl += `@${encodeVersion(version)}`;
  const qualifiers = parts.qualifiers === undefined ? '' : encodeQualifiers(parts.qualifiers);
  if (qualifiers !== '') purl += `?${qualifiers}`;
  const subpath = encodeSegments(parts.subpath ?? '', false);
  if (subpath !== '') purl += `#${subpath}`;
  return purl;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitRight(text: string, separator: string): [string, string | undefined] {
  const at = text.lastIndexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function parseQualifiers(text: string): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const pair of text.split('&')) {
    const at = pair.indexOf('=');
    if (at > 0 && at < pair.length - 1) pairs.push([decode(pair.slice(0, at)).toLowerCase(), decode(pair.slice(at + 1))]);
  }
  return Object.fromEntries(pairs);
}

/**
 * The parts of a purl, percent-decoded, or undefined when it has no scheme, type or name. Lenient where writers differ: an
 * unencoded `@` before an npm scope, `pkg://`, broken percent escapes.
 */
export function parsePurl(purl: string): PurlParts | undefined {
  if (purl.slice(0, 4).toLowerCase() !== 'pkg:') return undefined;
  const [beforeSubpath, subpath] = splitRight(purl.slice(4), '#');
  const question = beforeSubpath.indexOf('?');
  const qualifiers = question < 0 ? undefined : parseQualifiers(beforeSubpath.slice(question + 1));
  const segments = (question < 0 ? beforeSubpath : beforeSubpath.slice(0, question)).split('/').filter((part) => part !== '');
  const type = segments.shift()?.toLowerCase();
  if (type === undefined || !/^[a-z][a-z0-9.+-]*$/.test(type) || segments.length === 0) return undefined;
  let rest = segments.join('/');
  let version: string | undefined;
  const at = rest.lastIndexOf('@');
  // An `@` that starts a segment is a scope, not a version.
  if (at > 0 && rest[at - 1] !== '/') {
    version = decode(rest.slice(at + 1));
    rest = rest.slice(0, at);
  }
  const [space, last] = splitRight(rest, '/');
  const name = decode(last ?? space);
  if (name.trim() === '') return undefined;
  return {
    type,
    ...(last === undefined ? {} : { namespace: space.split('/').map(decode).join('/') }),
    name,
    ...(version === undefined || version === '' ? {} : { version }),
    ...(qualifiers === undefined ? {} : { qualifiers }),
    ...(subpath === undefined || subpath === '' ? {} : { subpath: subpath.split('/').map(decode).join('/') }),
  };
}
