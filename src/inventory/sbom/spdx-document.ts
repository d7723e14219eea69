/** Builds SPDX 2.3 objects, in the shape of the JSON format, for both serialisations. */
import type { Assessment } from '../../model/finding.ts';
import type { Inventory, Package, TargetKind } from '../../model/package.ts';
import { contentUuid, sha256 } from './content-id.ts';
import { documentFacts, type Fact, packageFacts } from './facts.ts';
import { licenseKind } from './licenses.ts';
import { ANNOTATION } from './spdx-json.ts';

export interface SpdxAnnotation {
  readonly annotationDate: string;
  readonly annotationType: 'OTHER';
  readonly annotator: string;
  readonly comment: string;
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly downloadLocation: 'NOASSERTION';
  readonly filesAnalyzed: false;
  readonly sourceInfo?: string;
  readonly licenseConcluded: 'NOASSERTION';
  readonly licenseDeclared: string;
  readonly copyrightText: 'NOASSERTION';
  readonly primaryPackagePurpose?: string;
  readonly externalRefs?: readonly {
    readonly referenceCategory: 'PACKAGE-MANAGER';
    readonly referenceType: 'purl';
    readonly referenceLocator: string;
  }[];
  readonly annotations?: readonly SpdxAnnotation[];
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS' | 'DEPENDS_ON';
  readonly relatedSpdxElement: string;
}

export interface SpdxHeader {
  readonly spdxVersion: 'SPDX-2.3';
  readonly dataLicense: 'CC0-1.0';
  readonly SPDXID: 'SPDXRef-DOCUMENT';
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly annotations: readonly SpdxAnnotation[];
  readonly hasExtractedLicensingInfos?: readonly { readonly licenseId: string; readonly extractedText: string }[];
}

const TARGET_ID = 'SPDXRef-Target';
const SYSTEM_ID = 'SPDXRef-OperatingSystem-target';
/** The format demands a date; without one the document is deterministic and says plainly that it has none. */
const NO_DATE = '1970-01-01T00:00:00Z';
const PURPOSES: Partial<Record<TargetKind, string>> = { image: 'CONTAINER', host: 'DEVICE' };

function elementId(pkg: Package): string {
  return `SPDXRef-Package-${sha256(pkg.purl).slice(0, 32)}`;
}

/** SPDX wants whole seconds in UTC. */
function dateOf(timestamp: string | undefined): string {
  const time = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(time) ? NO_DATE : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** Names and versions are single lines in tag-value; the purl and the facts keep them exactly. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim();
}

function annotationOf(facts: readonly Fact[], date: string): SpdxAnnotation {
  // `<` is escaped so that no value can close the <text> of tag-value.
  const comment = ANNOTATION + JSON.stringify(facts).replaceAll('<', '\\u003c');
  return { annotationDate: date, annotationType: 'OTHER', annotator: 'Tool: vedette', comment };
}

function licenseReference(license: string): string {
  return `LicenseRef-${sha256(license).slice(0, 16)}`;
}

function declared(licenses: readonly string[]): string {
  if (licenses.length === 0) return 'NOASSERTION';
  const parts = licenses.map((license) => {
    const kind = licenseKind(license);
    if (kind === 'name') return licenseReference(license);
    return kind === 'expression' && licenses.length > 1 ? `(${license})` : license;
  });
  return parts.join(' AND ');
}

function extracted(packages: readonly Package[]): { readonly licenseId: string; readonly extractedText: string }[] {
  const names = new Set(packages.flatMap((pkg) => pkg.licenses ?? []).filter((license) => licenseKind(license) === 'name'));
  return [...names].sort().map((name) => ({ licenseId: licenseReference(name), extractedText: name }));
}

const UNASSERTED = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
} as const;

export function headerOf(input: Inventory | Assessment, timestamp: string | undefined): SpdxHeader {
  const created = dateOf(timestamp);
  const tool = 'tool' in input ? `vedette-${input.tool.version}` : 'vedette';
  const licenses = extracted(input.packages);
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: oneLine(input.target.name) || 'target',
    documentNamespace: `urn:uuid:${contentUuid(input, `spdx ${created}`)}`,
    creationInfo: { created, creators: [`Tool: ${oneLine(tool)}`] },
    annotations: [annotationOf(documentFacts(input), created)],
    ...(licenses.length > 0 ? { hasExtractedLicensingInfos: licenses } : {}),
  };
}

function packageOf(pkg: Package, date: string): SpdxPackage {
  const source =
    pkg.source === undefined ? undefined : oneLine(`built package from: ${pkg.source.name} ${pkg.source.version ?? pkg.version}`);
  const licenses = (pkg.licenses ?? []).map((license): Fact => ['vedette:license', license]);
  const version = oneLine(pkg.version);
  return {
    SPDXID: elementId(pkg),
    name: oneLine(pkg.name) || 'unnamed',
    ...(version === '' ? {} : { versionInfo: version }),
    ...UNASSERTED,
    ...(source === undefined ? {} : { sourceInfo: source }),
    licenseDeclared: declared(pkg.licenses ?? []),
    primaryPackagePurpose: pkg.root ? 'APPLICATION' : 'LIBRARY',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: pkg.purl }],
    annotations: [annotationOf([...packageFacts(pkg), ...licenses], date)],
  };
}

/** The target, its operating system, then every package. */
export function* packagesOf(input: Inventory, timestamp: string | undefined): Iterable<SpdxPackage> {
  const { kind, name, digest, os } = input.target;
  const purpose = PURPOSES[kind];
  yield {
    SPDXID: TARGET_ID,
    name: oneLine(name) || 'target',
    ...(digest === undefined ? {} : { versionInfo: oneLine(digest) }),
    ...UNASSERTED,
    licenseDeclared: 'NOASSERTION',
    ...(purpose === undefined ? {} : { primaryPackagePurpose: purpose }),
  };
  if (os !== undefined) {
    const version = oneLine(os.versionId);
    yield {
      SPDXID: SYSTEM_ID,
      name: oneLine(os.id) || 'unknown',
      ...(version === '' ? {} : { versionInfo: version }),
      ...UNASSERTED,
      licenseDeclared: 'NOASSERTION',
      primaryPackagePurpose: 'OPERATING_SYSTEM',
    };
  }
  const date = dateOf(timestamp);
  for (const pkg of input.packages) yield packageOf(pkg, date);
}

export function* relationshipsOf(input: Inventory): Iterable<SpdxRelationship> {
  yield { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: TARGET_ID };
  if (input.target.os !== undefined)
    yield { spdxElementId: TARGET_ID, relationshipType: 'CONTAINS', relatedSpdxElement: SYSTEM_ID };
  const ids = new Map(input.packages.map((pkg) => [pkg.purl, elementId(pkg)]));
  for (const id of ids.values()) yield { spdxElementId: TARGET_ID, relationshipType: 'CONTAINS', relatedSpdxElement: id };
  for (const pkg of input.packages) {
    for (const used of pkg.dependsOn ?? []) {
      const from = ids.get(pkg.purl);
      const to = ids.get(used);
      if (from !== undefined && to !== undefined)
        yield { spdxElementId: from, relationshipType: 'DEPENDS_ON', relatedSpdxElement: to };
    }
  }
}
