/** Names, versions and licences as JavaScript package managers write them, from documents that are not trusted. */
import type { PackageDraft } from '../cataloger.ts';
import { type DraftMarks, npmDraft } from '../drafts.ts';
import { purlOf } from '../purl.ts';
import { fields, items, text } from '../values.ts';

/** https://docs.npmjs.com/cli/configuring-npm/package-json#name; old packages have upper case and odd characters. */
const MAX_NAME = 214;
/** No registry takes longer ones (node-semver's own limit). */
const MAX_VERSION = 256;

/** The name, or undefined when no package can be called so. */
export function packageName(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_NAME) return undefined;
  return /^(?:@[^\s/@]+\/)?[^\s/@]+$/.test(value) ? value : undefined;
}

/** The version without the `v` or `=` that npm forgives; undefined for URLs, tags, ranges and what else stands in its place. */
export function packageVersion(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_VERSION) return undefined;
  return /^[=v\s]*(\d[\w.+~-]*)\s*$/.exec(value)?.[1];
}

/** `name@rest`, with or without a scope; undefined when there is no such name or no rest. */
export function splitNamed(value: string): { readonly name: string; readonly rest: string } | undefined {
  const at = value.indexOf('@', 1);
  const name = at < 0 ? undefined : packageName(value.slice(0, at));
  return name === undefined ? undefined : { name, rest: value.slice(at + 1) };
}

/** The real name behind `npm:name@range`, the way one package is asked for under the name of another. */
export function aliasedName(spec: string): string | undefined {
  if (!spec.startsWith('npm:')) return undefined;
  const rest = spec.slice(4);
  return splitNamed(rest)?.name ?? (/^[^\d@^~*<>=]/.test(rest) || rest.startsWith('@') ? packageName(rest) : undefined);
}

function qualifiersOf(source: string): Readonly<Record<string, string>> | undefined {
  if (source.length > 2000) return undefined;
  if (/^(?:git[+:@]|github:|gitlab:|bitbucket:|gist:|ssh:)/.test(source)) return { vcs_url: source };
  return /^https?:/.test(source) ? { download_url: source } : undefined;
}

/** A package of which the version is not known; where it comes from is then what tells it from others. */
export function unversionedDraft(name: string, source: string, marks: DraftMarks): PackageDraft {
  const draft = npmDraft(name, '', marks);
  const { namespace } = draft;
  const bare = namespace === undefined ? name : name.slice(namespace.length + 1);
  return { ...draft, purl: purlOf({ type: 'npm', namespace, name: bare, qualifiers: qualifiersOf(source) }) };
}

/** `license` and the older `licenses`, each a text or an object with a `type`. */
export function licensesOf(document: { readonly license?: unknown; readonly licenses?: unknown }): string[] {
  const found: string[] = [];
  for (const value of [
    document.license,
    ...(Array.isArray(document.licenses) ? items(document.licenses) : [document.licenses]),
  ]) {
    const license = text(value) ?? text(fields(value)?.type);
    if (license !== undefined && license.length <= 1000 && !found.includes(license)) found.push(license);
    if (found.length === 20) break;
  }
  return found;
}
