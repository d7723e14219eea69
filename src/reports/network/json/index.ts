/** Vedette's own JSON report of what is reachable, version 1: stable, additions only. docs/network-report.md describes it. */

import { sourcesOf } from '../addresses.ts';
import type { NetworkFormat, NetworkReport, NetworkReportOptions } from '../format.ts';
import { type Found, foundIn } from '../rows.ts';

/** A finding with what only its exposure knows. */
function row(found: Found, { names }: NetworkReport) {
  const { exposure: id, ...finding } = found.finding;
  const { vpc, subnet, address, publicAddress, family, through, reach } = found.exposure;
  const { begin, end } = finding.openPortRange;
  const own = reach.filter(({ ports }) => ports.some((range) => range.begin <= end && range.end >= begin));
  return {
    ...finding,
    resourceName: names.get(finding.resource),
    vpc,
    subnet,
    address,
    publicAddress,
    family,
    through,
    sources: sourcesOf(found),
    clientPortRanges: [...new Set(own.flatMap(({ clientPorts }) => clientPorts))],
    exposure: id,
  };
}

function* list<T>(name: string, rows: readonly T[], last: boolean, written: (row: T) => unknown): Iterable<string> {
  yield `  ${JSON.stringify(name)}: [`;
  for (const [index, one] of rows.entries()) yield `${index === 0 ? '' : ','}\n    ${JSON.stringify(written(one))}`;
  yield `${rows.length === 0 ? '' : '\n  '}]${last ? '' : ','}\n`;
}

function* render(report: NetworkReport, { timestamp }: NetworkReportOptions): Iterable<string> {
  const { tool, name, regions, profile, assessment } = report;
  yield '{\n  "schemaVersion": 1,\n';
  if (timestamp !== undefined) yield `  "createdAt": ${JSON.stringify(timestamp)},\n`;
  yield `  "tool": ${JSON.stringify(tool)},\n`;
  yield `  "estate": ${JSON.stringify({ name, regions })},\n`;
  yield `  "profile": ${JSON.stringify(profile)},\n`;
  yield `  "summary": ${JSON.stringify(assessment.summary)},\n`;
  yield* list('problems', assessment.problems, false, (problem) => problem);
  yield* list('findings', foundIn(assessment), true, (found) => row(found, report));
  yield '}\n';
}

export const json: NetworkFormat = {
  id: 'json',
  title: 'Vedette JSON, schema version 1',
  specification: ['https://www.rfc-editor.org/rfc/rfc8259'],
  extension: 'json',
  mediaType: 'application/json',
  render,
};
