/** Writes SPDX 2.3 as JSON or tag-value, piece by piece. https://spdx.github.io/spdx-spec/v2.3/ */
import type { Assessment } from '../../model/finding.ts';
import type { Inventory } from '../../model/package.ts';
import { headerOf, packagesOf, relationshipsOf, type SpdxAnnotation, type SpdxPackage } from './spdx-document.ts';

export interface SpdxOptions {
  readonly format?: 'json' | 'tag-value';
  /** ISO 8601 UTC; without one the mandatory date is 1970-01-01, so that equal inventories give equal bytes. */
  readonly timestamp?: string;
}

function* list(values: Iterable<unknown>): Iterable<string> {
  let separator = '';
  for (const value of values) {
    yield `${separator}\n    ${JSON.stringify(value)}`;
    separator = ',';
  }
}

function* writeJson(input: Inventory | Assessment, options: SpdxOptions): Iterable<string> {
  yield '{\n';
  for (const [key, value] of Object.entries(headerOf(input, options.timestamp)))
    yield `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`;
  yield '  "packages": [';
  yield* list(packagesOf(input, options.timestamp));
  yield '\n  ],\n  "relationships": [';
  yield* list(relationshipsOf(input));
  yield '\n  ]\n}\n';
}

function annotationLines(of: string, annotations: readonly SpdxAnnotation[] | undefined): string {
  return (annotations ?? [])
    .map(
      ({ annotator, annotationDate, annotationType, comment }) =>
        `Annotator: ${annotator}\nAnnotationDate: ${annotationDate}\nAnnotationType: ${annotationType}\nSPDXREF: ${of}\nAnnotationComment: <text>${comment}</text>\n`,
    )
    .join('');
}

function packageLines(pkg: SpdxPackage): string {
  const lines = [
    `PackageName: ${pkg.name}`,
    `SPDXID: ${pkg.SPDXID}`,
    ...(pkg.versionInfo === undefined ? [] : [`PackageVersion: ${pkg.versionInfo}`]),
    `PackageDownloadLocation: ${pkg.downloadLocation}`,
    `FilesAnalyzed: ${pkg.filesAnalyzed}`,
    ...(pkg.sourceInfo === undefined ? [] : [`PackageSourceInfo: ${pkg.sourceInfo}`]),
    `PackageLicenseConcluded: ${pkg.licenseConcluded}`,
    `PackageLicenseDeclared: ${pkg.licenseDeclared}`,
    `PackageCopyrightText: ${pkg.copyrightText}`,
    ...(pkg.primaryPackagePurpose === undefined ? [] : [`PrimaryPackagePurpose: ${pkg.primaryPackagePurpose.replace('_', '-')}`]),
    ...(pkg.externalRefs ?? []).map(
      (ref) => `ExternalRef: ${ref.referenceCategory} ${ref.referenceType} ${ref.referenceLocator}`,
    ),
  ];
  return `${lines.join('\n')}\n\n`;
}

function* writeTagValue(input: Inventory | Assessment, options: SpdxOptions): Iterable<string> {
  const header = headerOf(input, options.timestamp);
  yield `SPDXVersion: ${header.spdxVersion}\nDataLicense: ${header.dataLicense}\nSPDXID: ${header.SPDXID}\n`;
  yield `DocumentName: ${header.name}\nDocumentNamespace: ${header.documentNamespace}\n`;
  for (const creator of header.creationInfo.creators) yield `Creator: ${creator}\n`;
  yield `Created: ${header.creationInfo.created}\n\n`;
  for (const pkg of packagesOf(input, options.timestamp)) yield packageLines(pkg);
  for (const { licenseId, extractedText } of header.hasExtractedLicensingInfos ?? [])
    yield `LicenseID: ${licenseId}\nExtractedText: <text>${extractedText.replaceAll('</text>', '< /text>')}</text>\n\n`;
  for (const { spdxElementId, relationshipType, relatedSpdxElement } of relationshipsOf(input))
    yield `Relationship: ${spdxElementId} ${relationshipType} ${relatedSpdxElement}\n`;
  yield '\n';
  for (const pkg of packagesOf(input, options.timestamp)) yield annotationLines(pkg.SPDXID, pkg.annotations);
  // Last, so that a reader sees that the document is whole.
  yield annotationLines('SPDXRef-DOCUMENT', header.annotations);
}

/** The document in pieces. What the format has no words for goes into annotations, from which `readSbom` restores the same inventory. */
export function writeSpdx(input: Inventory | Assessment, options: SpdxOptions = {}): Iterable<string> {
  return options.format === 'tag-value' ? writeTagValue(input, options) : writeJson(input, options);
}
