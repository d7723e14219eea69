/** The report for people at a terminal: what is reachable, the most severe first, with the proof of the top ones. */

import { thousands } from '../../../model/number.ts';
import { type NetworkSeverity, PROFILES } from '../../../network/findings/services.ts';
import { problemLines } from '../../problems.ts';
import { columns, count, cut, type Paint, painter, plain, SEVERITY_STYLE, wrap } from '../../text.ts';
import type { NetworkFormat, NetworkReport, NetworkReportOptions } from '../format.ts';
import { hopLines } from '../hops.ts';
import { foundIn, isCertain, type NetworkRow, rowsOf } from '../rows.ts';
import { NETWORK_SEVERITIES } from '../summary.ts';
import {
  doubtWords,
  fromWords,
  notes,
  packetWords,
  portsWords,
  resourceWords,
  sourceWords,
  thing,
  throughWords,
} from '../words.ts';

/** A label and a text that goes on under itself. */
function* hung(label: string, text: string, indent: string, width: number): Iterable<string> {
  const [first = '', ...rest] = wrap(text, width, indent);
  yield `${label}${first.trimStart()}`;
  yield* rest;
}

const INDENT = '           ';

function* head(report: NetworkReport, paint: Paint, width: number): Iterable<string> {
  const { summary } = report.assessment;
  const accounts = new Set(report.regions.map(({ account }) => account));
  const regions = new Set(report.regions.map(({ region }) => region));
  yield `${paint('Vedette', 'bold')} ${report.tool.version} · network ${plain(report.name)} · ${PROFILES[report.profile].title}`;
  const estate = [
    count(accounts.size, 'account'),
    `${count(regions.size, 'region')} (${[...regions].sort().join(', ')})`,
    count(summary.vpcs, 'VPC'),
    count(summary.instances, 'instance'),
    count(summary.loadBalancers, 'load balancer'),
    count(summary.interfaces, 'interface'),
  ].join(', ');
  yield* hung('Estate     ', estate, INDENT, width);
  const told = NETWORK_SEVERITIES.filter((severity) => summary.bySeverity[severity] > 0);
  const total = told.reduce((sum, severity) => sum + summary.bySeverity[severity], 0);
  const none = summary.complete
    ? paint('nothing', 'green')
    : paint('nothing that is certain, but not everything is known: see below', 'bold', 'yellow');
  const words = told.map((severity) =>
    paint(`${thousands(summary.bySeverity[severity])} ${severity.toLowerCase()}`, ...SEVERITY_STYLE[severity]),
  );
  const reached = `Reachable  ${count(summary.reached, 'resource')}, ${count(total, 'finding')}:`;
  const counts = told.map((severity) => `${thousands(summary.bySeverity[severity])} ${severity.toLowerCase()}`).join(', ');
  const gap = reached.length + 1 + counts.length > width ? `\n${INDENT}` : ' ';
  yield total === 0 ? `Reachable  ${none}` : `${reached}${gap}${words.join(', ')}`;
  const { unknown } = summary;
  if (unknown.findings > 0) {
    const others = unknown.resources === 0 ? '' : `, ${count(unknown.resources, 'resource')} that nothing certainly reaches`;
    yield `Unknown    ${paint(`${count(unknown.findings, 'finding')} that may be reachable${others}`, 'bold', 'yellow')}`;
  }
}

interface Head {
  readonly title: string;
  readonly max: number;
  readonly min?: number;
  readonly cell: (row: NetworkRow) => string;
}

/** Below this many columns the protocol goes to the ports, the load balancer to the source, and the longest severity is shortened. */
const NARROW = 120;

function heads({ names }: NetworkReport, width: number): readonly Head[] {
  const from = { title: 'FROM', max: 56, min: 16 } as const;
  const ports = { title: 'PORTS', max: 40, min: 10 } as const;
  const resource: Head = { title: 'RESOURCE', max: 46, min: 18, cell: (row) => resourceWords(row, names) };
  const note: Head = { title: 'NOTE', max: 60, min: 8, cell: ({ first }) => notes(first).join(', ') };
  if (width < NARROW) {
    const through = (row: NetworkRow) => (throughWords(row, names) === '' ? '' : ` through ${throughWords(row, names)}`);
    return [
      { title: 'SEVERITY', max: 8, cell: ({ first: { finding } }) => finding.severity.replace('INFORMATIONAL', 'INFO') },
      // Where there is a name, the identifier is left to the proof and to other formats.
      { ...resource, cell: (row) => resourceWords(row, names).replace(/ \((?:i|eni)-[0-9a-f]+\)/, '') },
      { ...ports, cell: ({ ports: open, first }) => `${portsWords(open)} ${first.finding.protocol}` },
      { ...from, cell: (row) => `${fromWords(row, names)}${through(row)}` },
      note,
    ];
  }
  return [
    { title: 'SEVERITY', max: 13, cell: ({ first }) => first.finding.severity },
    resource,
    { ...ports, cell: ({ ports: open }) => portsWords(open) },
    { title: 'PROTOCOL', max: 8, cell: ({ first }) => first.finding.protocol },
    { ...from, cell: (row) => fromWords(row, names) },
    { title: 'THROUGH', max: 24, min: 8, cell: (row) => throughWords(row, names) },
    note,
  ];
}

function* rowTable(
  rows: readonly NetworkRow[],
  report: NetworkReport,
  options: NetworkReportOptions,
  paint: Paint,
): Iterable<string> {
  const shown = rows.slice(0, options.limit);
  // Columns that say nothing are left out.
  const used = heads(report, options.width).filter(
    ({ cell, title }) => title === 'SEVERITY' || shown.some((row) => cell(row) !== ''),
  );
  const severities = new Map<readonly string[], NetworkSeverity>();
  const cells = shown.map((row) => {
    const line = used.map(({ cell }) => plain(cell(row)));
    severities.set(line, row.first.finding.severity);
    return line;
  });
  yield* columns(used, cells, options.width, (text, column, row) => {
    if (row === undefined) return paint(text, 'bold');
    return column === 0 ? paint(text, ...SEVERITY_STYLE[severities.get(row) ?? 'INFORMATIONAL']) : text;
  });
  if (rows.length > shown.length)
    yield paint(`… ${thousands(rows.length - shown.length)} more rows: --all lists them, --format json has everything`, 'dim');
}

function* evidence(row: NetworkRow, report: NetworkReport, width: number, paint: Paint): Iterable<string> {
  const { finding } = row.first;
  const { severity } = finding;
  const { names } = report;
  const ports = `${portsWords(row.ports)} ${finding.protocol}`;
  const what = `${ports} of ${resourceWords(row, names)} from ${sourceWords(row.first, names)}`;
  yield `${paint(severity, ...SEVERITY_STYLE[severity])} ${paint(cut(plain(what), width - severity.length - 1), 'bold')}`;
  const { vpc, subnet } = row.first.exposure;
  const where = [finding.account, finding.region, thing(vpc, names), thing(subnet, names)].map(plain).join(' · ');
  yield* hung(`  ${paint('where', 'dim')}    `, where, INDENT, width);
  yield `  ${paint('path', 'dim')}`;
  yield* hopLines(finding.path, names, width, paint);
  yield `  ${paint('witness', 'dim')}  ${packetWords(finding.witness)}`;
  yield* hung(`  ${paint('remedy', 'dim')}   `, plain(finding.remediation), INDENT, width);
}

function* unknowns(
  rows: readonly NetworkRow[],
  report: NetworkReport,
  options: NetworkReportOptions,
  paint: Paint,
): Iterable<string> {
  yield paint(`Unknown (${rows.length})`, 'bold', 'yellow');
  for (const row of rows.slice(0, options.limit)) {
    const { names } = report;
    const { finding } = row.first;
    const through = throughWords(row, names);
    const what = `${portsWords(row.ports)} ${finding.protocol} of ${resourceWords(row, names)} from ${fromWords(row, names)}`;
    yield* wrap(`${plain(what)}${through === '' ? '' : ` through ${plain(through)}`}`, options.width, '  ');
    for (const why of finding.unknown) yield* wrap(`depends on ${plain(doubtWords(why, names))}`, options.width, '      ');
  }
  if (rows.length > options.limit) yield paint(`  … and ${count(rows.length - options.limit, 'more row')}`, 'dim');
}

function* lines(report: NetworkReport, options: NetworkReportOptions): Iterable<string> {
  const paint = painter(options.color);
  const found = foundIn(report.assessment);
  const unsure = found.filter((one) => !isCertain(one));
  yield* head(report, paint, options.width);
  const rows = rowsOf(found.filter(isCertain));
  if (rows.length > 0) {
    yield '';
    yield* rowTable(rows, report, options, paint);
  }
  const explained = rows.slice(0, options.evidence);
  if (explained.length > 0) {
    yield '';
    yield paint('Proof for the most severe', 'bold');
  }
  for (const row of explained) {
    yield '';
    yield* evidence(row, report, options.width, paint);
  }
  if (unsure.length > 0) {
    yield '';
    yield* unknowns(rowsOf(unsure), report, options, paint);
  }
  yield* problemLines(report.assessment.problems, options.width, paint);
}

function* render(report: NetworkReport, options: NetworkReportOptions): Iterable<string> {
  for (const line of lines(report, options)) yield `${line.trimEnd()}\n`;
}

export const table: NetworkFormat = {
  id: 'table',
  title: 'Table for people',
  specification: [],
  extension: 'txt',
  mediaType: 'text/plain; charset=utf-8',
  render,
};
