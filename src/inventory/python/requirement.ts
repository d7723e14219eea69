/** Dependency specifiers. https://packaging.python.org/en/latest/specifications/dependency-specifiers/ */
import { pypiName } from '../drafts.ts';

export interface Requirement {
  /** As written. */
  readonly name: string;
  readonly extras: readonly string[];
  /** The version when exactly one satisfies the specifier. */
  readonly version?: string;
  /** Where it is to be taken from instead of an index. */
  readonly url?: string;
  /** Environment marker, without the semicolon. */
  readonly marker?: string;
}

const MAX_LENGTH = 10_000;
const SPECIFIER = /^(===|==|~=|!=|<=|>=|<|>)\s*([^\s,;]+)$/;

/** The version that `==` or `===` names; a trailing `.*` names many. */
function pinned(specifier: string): string | undefined | false {
  let version: string | undefined;
  if (specifier === '' || specifier === '*') return undefined;
  for (const clause of specifier.split(',')) {
    const trimmed = clause.trim();
    if (trimmed === '') continue;
    const found = SPECIFIER.exec(trimmed);
    if (found === null) return false;
    const [, operator, value = ''] = found;
    if (operator === '===' || (operator === '==' && !value.endsWith('.*'))) version ??= value;
  }
  return version;
}

/** Undefined when the text is no dependency specifier. */
export function parseRequirement(source: string): Requirement | undefined {
  if (source.length > MAX_LENGTH) return undefined;
  const found = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)$/s.exec(source);
  if (found === null) return undefined;
  const [, name = '', extras = '', rest = ''] = found;
  const base = { name, extras: extras.split(',').flatMap((extra) => (extra.trim() === '' ? [] : pypiName(extra.trim()))) };
  if (rest.startsWith('@')) {
    // A URL may hold a semicolon: a marker is told from it by the space before.
    const [url = '', ...marker] = rest
      .slice(1)
      .trim()
      .split(/\s+;\s*/);
    const version = wheelVersion(url, name);
    return url === '' ? undefined : { ...base, url, ...(version && { version }), ...(marker[0] && { marker: marker[0].trim() }) };
  }
  const semicolon = rest.indexOf(';');
  const marker = semicolon < 0 ? '' : rest.slice(semicolon + 1).trim();
  const written = (semicolon < 0 ? rest : rest.slice(0, semicolon)).trim();
  const specifier = written.startsWith('(') && written.endsWith(')') ? written.slice(1, -1).trim() : written;
  const version = pinned(specifier);
  if (version === false) return undefined;
  return { ...base, ...(version === undefined ? {} : { version }), ...(marker === '' ? {} : { marker }) };
}

/** The version in the file name of a wheel or source archive that a URL or path ends with. */
function wheelVersion(url: string, name: string): string | undefined {
  const file = archiveName(url);
  return file !== undefined && pypiName(file.name) === pypiName(name) ? file.version : undefined;
}

/** Name and version from the file name of a distribution; `.whl` names are exact, those of source archives by convention. */
function archiveName(url: string): { readonly name: string; readonly version: string } | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  if (path.length > MAX_LENGTH) return undefined;
  const file = path.slice(path.lastIndexOf('/') + 1).replaceAll('%2B', '+');
  const wheel = /^([A-Za-z0-9._]+)-([A-Za-z0-9._+!]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/.exec(file);
  const found = wheel ?? /^([A-Za-z0-9._-]*[A-Za-z0-9])-(\d[A-Za-z0-9._+!]*)\.(?:tar\.gz|zip|tar\.bz2|tgz)$/.exec(file);
  const [, name, version] = found ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/** True for dependencies that are there only when an extra was asked for. */
export function needsExtra(requirement: Requirement): boolean {
  return requirement.marker !== undefined && /\bextra\b/.test(requirement.marker);
}
