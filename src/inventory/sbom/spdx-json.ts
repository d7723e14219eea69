/** Reads SPDX 2.2 and 2.3 JSON. https://spdx.github.io/spdx-spec/v2.3/ */
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import { type Fields, fields, items, text, texts } from '../values.ts';
import { MAX_ITEMS, type SbomDocument, type SbomItem } from './document.ts';

/** What Vedette's own annotations start with; the rest is a JSON list of name–value pairs. */
export const ANNOTATION = 'vedette facts: ';

const KINDS: Readonly<Record<string, string>> = {
  CONTAINER: 'container',
  'OPERATING-SYSTEM': 'operating-system',
  OPERATING_SYSTEM: 'operating-system',
  DEVICE: 'device',
  FILE: 'file',
  APPLICATION: 'application',
};

/** Purpose, or what the ids of common writers say where it is absent. */
function kindOf(entry: Fields, id: string): string {
  const purpose = text(entry.primaryPackagePurpose) ?? '';
  if (Object.hasOwn(KINDS, purpose)) return KINDS[purpose] ?? 'library';
  if (/^SPDXRef-OperatingSystem-/.test(id)) return 'operating-system';
  if (/^SPDXRef-Application-/.test(id)) return 'application';
  if (/^SPDXRef-(?:ContainerImage|DocumentRoot|Filesystem|Repository)-/.test(id)) return 'container';
  return 'library';
}

function factsOf(annotations: unknown): [string, string][] {
  const found: [string, string][] = [];
  for (const annotation of items(annotations)) {
    const comment = fields(annotation)?.comment;
    if (typeof comment !== 'string' || !comment.startsWith(ANNOTATION)) continue;
    try {
      for (const pair of items(JSON.parse(comment.slice(ANNOTATION.length)))) {
        const [name, value] = items(pair);
        if (typeof name === 'string' && typeof value === 'string') found.push([name, value]);
      }
    } catch {
      // Someone else's annotation that happens to start alike.
    }
  }
  return found;
}

/** Trivy's attribution texts and the source package that it and Syft write in words, under the property names the CycloneDX side knows. */
function propertiesOf(entry: Fields, kind: string): [string, string][] {
  const found: [string, string][] = factsOf(entry.annotations);
  for (const line of texts(entry.attributionTexts)) {
    const at = line.indexOf(': ');
    if (at > 0) found.push([`aquasecurity:trivy:${line.slice(0, at)}`, line.slice(at + 2)]);
  }
  const source = /^built package from: (\S{1,300})(?: (\S{1,300}))?$/.exec(text(entry.sourceInfo) ?? '');
  if (source?.[1] !== undefined) found.push(['aquasecurity:trivy:SrcName', source[1]]);
  if (source?.[2] !== undefined) found.push(['aquasecurity:trivy:SrcVersion', source[2]]);
  const paths = /^acquired package info from [^:]{1,100}: (.+)$/s.exec(text(entry.sourceInfo) ?? '')?.[1]?.split(', ') ?? [];
  paths.forEach((path, index) => void found.push([`syft:location:${index}:path`, path]));
  if (kind === 'application' && /^SPDXRef-Application-/.test(text(entry.SPDXID) ?? ''))
    found.push(['aquasecurity:trivy:Class', '']);
  return found;
}

function isStated(license: string): boolean {
  return license !== 'NOASSERTION' && license !== 'NONE';
}

function itemOf(entry: Fields): SbomItem {
  const id = text(entry.SPDXID) ?? '';
  const kind = kindOf(entry, id);
  const purl = items(entry.externalRefs)
    .map(fields)
    .map((reference) => (reference?.referenceType === 'purl' ? text(reference.referenceLocator) : undefined))
    .find((locator) => locator !== undefined);
  const properties = propertiesOf(entry, kind);
  const own = properties.flatMap(([name, value]) => (name === 'vedette:license' ? [value] : []));
  const declared = text(entry.licenseDeclared) ?? 'NOASSERTION';
  return {
    ref: id,
    kind,
    name: text(entry.name) ?? '',
    version: text(entry.versionInfo) ?? '',
    ...(purl === undefined ? {} : { purl }),
    licenses: properties.some(([name]) => name === 'vedette:evidence') ? own : [declared].filter(isStated),
    properties,
  };
}

/** Relationships that mean "depends on", by direction. */
const FORWARD = new Set(['DEPENDS_ON']);
const BACKWARD = new Set([
  'DEPENDENCY_OF',
  'RUNTIME_DEPENDENCY_OF',
  'DEV_DEPENDENCY_OF',
  'OPTIONAL_DEPENDENCY_OF',
  'PROVIDED_DEPENDENCY_OF',
]);

export function fromSpdx(document: Fields): Result<SbomDocument> {
  const version = text(document.spdxVersion) ?? '';
  if (!version.startsWith('SPDX-')) return fail(incomplete('sbom-unknown-format', 'Not an SPDX document.'));
  if (!/^SPDX-2\.[0-3]$/.test(version))
    return fail(
      incomplete(
        'sbom-version-unknown',
        `SPDX version ${version.slice(0, 40)} is not supported; convert the document to SPDX 2.3.`,
      ),
    );
  const problems: Problem[] = [];
  if (document.packages !== undefined && !Array.isArray(document.packages))
    problems.push(incomplete('sbom-components-invalid', 'The list of packages is not a list; nothing in it was assessed.'));
  else if (document.packages === undefined)
    problems.push(incomplete('sbom-components-missing', 'The SBOM has no list of packages: nothing was assessed.'));
  const listed = items(document.packages);
  if (listed.length > MAX_ITEMS)
    problems.push(
      incomplete('sbom-too-many-components', `The SBOM has more than ${MAX_ITEMS} packages; the rest was not assessed.`),
    );
  const found: SbomItem[] = [];
  for (const entry of listed.slice(0, MAX_ITEMS)) {
    const table = fields(entry);
    if (table !== undefined) found.push(itemOf(table));
  }
  const invalid = Math.min(listed.length, MAX_ITEMS) - found.length;
  if (invalid > 0)
    problems.push(
      incomplete('sbom-components-invalid', `${invalid} packages of this SBOM could not be understood and were not assessed.`),
    );
  const dependencies: [string, string][] = [];
  const described = new Set(texts(document.documentDescribes));
  for (const entry of items(document.relationships)) {
    const { spdxElementId: from, relatedSpdxElement: to, relationshipType: type } = fields(entry) ?? {};
    if (typeof from !== 'string' || typeof to !== 'string' || typeof type !== 'string') continue;
    if (FORWARD.has(type)) dependencies.push([from, to]);
    else if (BACKWARD.has(type)) dependencies.push([to, from]);
    else if (type === 'DESCRIBES' && from === 'SPDXRef-DOCUMENT') described.add(to);
  }
  const subject = found.find((item) => described.has(item.ref));
  return ok({
    format: version.replace('-', ' '),
    ...(subject === undefined ? {} : { subject }),
    // What the document describes is a package of its own only when it has a package URL.
    items: found.filter((item) => item !== subject || item.purl !== undefined),
    dependencies,
    properties: factsOf(document.annotations),
    problems,
  });
}
