/** Components of Bitnami images: their SPDX documents and the older components file. https://github.com/bitnami/containers */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { parsePurl, purlOf } from '../../purl.ts';

const COMPONENTS = '.bitnami_components.json';

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function draft(name: string, version: string, architecture?: string, distro?: string): PackageDraft {
  const purl = purlOf({ type: 'bitnami', name, version, qualifiers: { arch: architecture, distro } });
  return { purl, type: 'bitnami', name, version, ...(architecture === undefined ? {} : { architecture }) };
}

/** `{"nginx": {"arch": "amd64", "distro": "debian-12", "version": "1.25.3-1"}}` */
function components(document: unknown): { packages: PackageDraft[]; invalid: number } {
  const list = entries(document);
  const packages = list.flatMap(([name, value]) => {
    const facts = Object.fromEntries(entries(value));
    const version = text(facts.version);
    return version === undefined ? [] : [draft(name, version, text(facts.arch), text(facts.distro))];
  });
  return { packages, invalid: list.length - packages.length };
}

/** Only what carries a Bitnami purl: the rest of the document is what its build used, which is assessed where it is installed. */
function spdxPackages(document: unknown): PackageDraft[] {
  const list: unknown = Object.fromEntries(entries(document)).packages;
  const found = new Map<string, PackageDraft>();
  for (const [, value] of Array.isArray(list) ? entries(list) : []) {
    for (const [, reference] of entries(Object.fromEntries(entries(value)).externalRefs)) {
      const locator = text(Object.fromEntries(entries(reference)).referenceLocator);
      const parts = locator === undefined ? undefined : parsePurl(locator);
      if (parts?.type !== 'bitnami' || parts.version === undefined) continue;
      const entry = draft(parts.name, parts.version, parts.qualifiers?.arch, parts.qualifiers?.distro);
      found.set(entry.purl, entry);
    }
  }
  return [...found.values()];
}

function extract(file: FileContent): Extract {
  const content = file.text();
  if (!content.ok) return { packages: [], problems: [content.problem] };
  const unreadable = (why: string): Extract => ({
    packages: [],
    problems: [incomplete('bitnami-components-unreadable', `This list of Bitnami components ${why}: they are not assessed.`)],
  });
  let document: unknown;
  try {
    document = JSON.parse(content.value);
  } catch {
    return unreadable('is not valid JSON');
  }
  const { packages, invalid } = file.path.endsWith(COMPONENTS)
    ? components(document)
    : { packages: spdxPackages(document), invalid: 0 };
  if (packages.length === 0) return unreadable('names no component with a version');
  if (invalid === 0) return { packages };
  return {
    packages,
    problems: [incomplete('bitnami-entry-invalid', `${invalid} components of this list have no version and were not assessed.`)],
  };
}

export const bitnami: Cataloger = {
  id: 'bitnami',
  title: 'Bitnami components',
  specification: ['https://github.com/bitnami/vulndb', 'https://spdx.github.io/spdx-spec/v2.3/'],
  version: 2,
  packageTypes: ['bitnami'],
  evidence: 'installed',
  reads: ['opt/bitnami/**/.spdx-*.spdx', 'opt/bitnami/.bitnami_components.json'],
  patterns: [{ under: 'opt/bitnami', where: /\/\.spdx-[^/]+\.spdx$/ }, { path: `opt/bitnami/${COMPONENTS}` }],
  extract,
};
