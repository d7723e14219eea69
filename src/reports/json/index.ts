/** Vedette's own JSON report, version 1: stable, additions only. docs/report-json.md describes it. */
import type { Assessment, Vulnerability } from '../../model/finding.ts';
import type { Inventory, Package } from '../../model/package.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';

function packageRow(pkg: Package, dependents: ReadonlyMap<string, string[]>) {
  return {
    purl: pkg.purl,
    type: pkg.type,
    name: pkg.name,
    version: pkg.version,
    evidence: pkg.evidence,
    architecture: pkg.architecture,
    source: pkg.source,
    vendor: pkg.vendor,
    repository: pkg.repository,
    modularity: pkg.modularity,
    licenses: pkg.licenses,
    locations: pkg.locations,
    dependencyOf: dependents.get(pkg.purl),
    root: pkg.root,
    direct: pkg.direct,
    development: pkg.development,
    ownedBy: pkg.ownedBy,
    foundBy: pkg.foundBy,
  };
}

function vulnerabilityRow(found: Vulnerability) {
  const { id, kind, aliases, title, description, evidence, exploits, ...rest } = found;
  return {
    id,
    kind,
    aliases,
    title,
    description,
    ...rest,
    exploits: exploits.length > 0 ? exploits : undefined,
    advisories: evidence.map(({ id, source, url, ...details }) => ({ source, id, url, ...details })),
  };
}

/** Who depends on whom, turned round: for each purl the sorted purls that name it. */
function dependentsOf(packages: readonly Package[]): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const pkg of packages) {
    for (const used of pkg.dependsOn ?? []) {
      const list = dependents.get(used);
      if (list === undefined) dependents.set(used, [pkg.purl]);
      else list.push(pkg.purl);
    }
  }
  for (const list of dependents.values()) list.sort();
  return dependents;
}

function* list(name: string, rows: Iterable<unknown>, last: boolean): Iterable<string> {
  yield `  ${JSON.stringify(name)}: [`;
  let first = true;
  for (const row of rows) {
    yield `${first ? '' : ','}\n    ${JSON.stringify(row)}`;
    first = false;
  }
  yield `${first ? '' : '\n  '}]${last ? '' : ','}\n`;
}

function* mapped<T, U>(rows: Iterable<T>, change: (row: T) => U): Iterable<U> {
  for (const row of rows) yield change(row);
}

function* render(assessment: Assessment, options: ReportOptions): Iterable<string> {
  yield '{\n  "schemaVersion": 1,\n';
  if (options.timestamp !== undefined) yield `  "createdAt": ${JSON.stringify(options.timestamp)},\n`;
  yield `  "tool": ${JSON.stringify(assessment.tool)},\n`;
  yield `  "database": ${JSON.stringify(assessment.database)},\n`;
  yield `  "target": ${JSON.stringify(assessment.target)},\n`;
  yield `  "summary": ${JSON.stringify(assessment.summary)},\n`;
  yield* list('problems', assessment.problems, false);
  yield* list('vulnerabilities', mapped(assessment.vulnerabilities, vulnerabilityRow), false);
  yield* packageList(assessment.packages);
  yield '}\n';
}

/** The same keys without those that an assessment adds. */
function* inventory(what: Inventory, options: ReportOptions): Iterable<string> {
  yield '{\n  "schemaVersion": 1,\n';
  if (options.timestamp !== undefined) yield `  "createdAt": ${JSON.stringify(options.timestamp)},\n`;
  yield `  "target": ${JSON.stringify(what.target)},\n`;
  yield* list('problems', what.problems, false);
  yield* packageList(what.packages);
  yield '}\n';
}

function packageList(packages: readonly Package[]): Iterable<string> {
  const dependents = dependentsOf(packages);
  return list(
    'packages',
    mapped(packages, (pkg) => packageRow(pkg, dependents)),
    true,
  );
}

export const json: ReportFormat = {
  id: 'json',
  title: 'Vedette JSON, schema version 1',
  specification: ['https://www.rfc-editor.org/rfc/rfc8259'],
  extension: 'json',
  mediaType: 'application/json',
  describes: true,
  render,
  inventory,
};
