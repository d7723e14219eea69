/** Writes CycloneDX 1.4–1.7 as JSON or XML, piece by piece. docs/decisions/sbom-writers.md says why not with a library. */
import type { Assessment } from '../../model/finding.ts';
import type { Inventory } from '../../model/package.ts';
import { contentUuid } from './content-id.ts';
import { type CycloneDxVersion, componentsOf, dependenciesOf, metadataOf } from './cyclonedx-document.ts';
import { vulnerabilityOf } from './cyclonedx-vulnerabilities.ts';
import { componentXml, dependencyXml, metadataXml, vulnerabilityXml } from './cyclonedx-xml-write.ts';
import { escapeXml } from './xml.ts';

export interface CycloneDxOptions {
  /** Default 1.6, which most consumers read. */
  readonly specVersion?: CycloneDxVersion;
  readonly format?: 'json' | 'xml';
  /** ISO 8601 UTC; left out unless given, so that equal inventories give equal bytes. */
  readonly timestamp?: string;
}

function* joined(values: Iterable<string>, separator: string): Iterable<string> {
  let first = true;
  for (const value of values) {
    yield first ? value : `${separator}${value}`;
    first = false;
  }
}

function* map<T>(values: Iterable<T>, change: (value: T) => string): Iterable<string> {
  for (const value of values) yield change(value);
}

function* writeJson(input: Inventory | Assessment, version: CycloneDxVersion, options: CycloneDxOptions): Iterable<string> {
  const list = (values: Iterable<unknown>) =>
    joined(
      map(values, (value) => `\n    ${JSON.stringify(value)}`),
      ',',
    );
  yield `{\n  "$schema": "http://cyclonedx.org/schema/bom-${version}.schema.json",\n  "bomFormat": "CycloneDX",\n  "specVersion": "${version}",\n`;
  yield `  "serialNumber": "urn:uuid:${contentUuid(input, 'cyclonedx')}",\n  "version": 1,\n`;
  yield `  "metadata": ${JSON.stringify(metadataOf(input, version, options.timestamp))},\n  "components": [`;
  yield* list(componentsOf(input));
  yield '\n  ],\n  "dependencies": [';
  yield* list(dependenciesOf(input));
  if ('vulnerabilities' in input) {
    yield '\n  ],\n  "vulnerabilities": [';
    yield* list(input.vulnerabilities.map((found) => vulnerabilityOf(found, version)));
  }
  yield '\n  ]\n}\n';
}

function* writeXml(input: Inventory | Assessment, version: CycloneDxVersion, options: CycloneDxOptions): Iterable<string> {
  const line = (xml: string) => `    ${xml}\n`;
  const serial = escapeXml(`urn:uuid:${contentUuid(input, 'cyclonedx')}`);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/${version}" serialNumber="${serial}" version="1">\n`;
  yield `  ${metadataXml(metadataOf(input, version, options.timestamp))}\n  <components>\n`;
  yield* map(componentsOf(input), (component) => line(componentXml(component)));
  yield '  </components>\n  <dependencies>\n';
  yield* map(dependenciesOf(input), (dependency) => line(dependencyXml(dependency)));
  yield '  </dependencies>\n';
  if ('vulnerabilities' in input) {
    yield '  <vulnerabilities>\n';
    for (const found of input.vulnerabilities) yield line(vulnerabilityXml(vulnerabilityOf(found, version)));
    yield '  </vulnerabilities>\n';
  }
  yield '</bom>\n';
}

/**
 * The document in pieces. Given an assessment, vulnerabilities are included, suppressed ones with their analysis. What the format
 * has no words for goes into `vedette:` properties, from which `readSbom` restores the same inventory.
 */
export function writeCycloneDx(input: Inventory | Assessment, options: CycloneDxOptions = {}): Iterable<string> {
  const version = options.specVersion ?? '1.6';
  return options.format === 'xml' ? writeXml(input, version, options) : writeJson(input, version, options);
}
