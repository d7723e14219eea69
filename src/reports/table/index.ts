/** The report for people at a terminal: summary, most urgent first, evidence for the top ones, upgrades, what was not assessed. */
import { type Assessment, SEVERITIES, type Severity, type Vulnerability } from '../../model/finding.ts';
import { thousands } from '../../model/number.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import {
  type FindingGroup,
  groupFindings,
  packageCounts,
  packagesByPurl,
  rangeText,
  remedy,
  upgrades,
  urgency,
} from '../group.ts';
import { problemLines } from '../problems.ts';
import { columns, count, cut, type Paint, painter, plain, SEVERITY_STYLE } from '../text.ts';

function targetLine(assessment: Assessment): string {
  const { target } = assessment;
  const parts = [`${target.kind} ${target.name}`];
  if (target.os !== undefined) parts.push(target.os.prettyName);
  if (target.architecture !== undefined) parts.push(target.architecture);
  if (target.digest !== undefined) parts.push(target.digest.slice(0, 19));
  return plain(parts.join(' · '));
}

function databaseLine(assessment: Assessment): string {
  const { sources } = assessment.database;
  const origins = [...new Set(sources.map((source) => source.origin))];
  const newest = sources.reduce(
    (latest, source) => (source.asOf !== undefined && source.asOf > latest ? source.asOf : latest),
    '',
  );
  const stale = sources.filter((source) => source.stale !== undefined);
  const parts = [
    `${count(assessment.database.advisories, 'advisory', 'advisories')} of ${count(sources.length, 'source')} (${origins.join(', ') || 'none'})`,
    `read ${assessment.database.builtAt.slice(0, 10)}`,
  ];
  if (newest !== '') parts.push(`newest record ${newest.slice(0, 10)}`);
  if (stale.length > 0) parts.push(`${count(stale.length, 'stale source')}: ${stale.map((source) => source.id).join(', ')}`);
  return parts.join(' · ');
}

function* head(assessment: Assessment, paint: Paint): Iterable<string> {
  const { summary } = assessment;
  yield `${paint('Vedette', 'bold')} ${assessment.tool.version} · ${targetLine(assessment)}`;
  const kinds = packageCounts(assessment.packages).map(([type, number]) => `${type} ${number}`);
  yield `Packages  ${thousands(summary.packages)}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}`;
  yield `Database  ${databaseLine(assessment)}`;
  const total = SEVERITIES.reduce((sum, severity) => sum + summary.bySeverity[severity], 0);
  const counts = SEVERITIES.filter((severity) => summary.bySeverity[severity] > 0).map((severity) =>
    paint(`${thousands(summary.bySeverity[severity])} ${severity.toLowerCase()}`, ...SEVERITY_STYLE[severity]),
  );
  yield `Findings  ${total === 0 ? noFindings(assessment, paint) : `${paint(thousands(total), 'bold')}: ${counts.join(', ')}`}`;
  const notes: string[] = [];
  if (summary.exploited > 0) notes.push(paint(`${count(summary.exploited, 'finding')} known to be exploited`, 'bold', 'red'));
  if (total > 0) notes.push(`${thousands(summary.fixable)} with a fix`);
  if (summary.suppressed > 0) notes.push(`${thousands(summary.suppressed)} suppressed`);
  if (summary.setAside > 0) notes.push(`${count(summary.setAside, 'kernel package')} set aside`);
  if (notes.length > 0) yield `          ${notes.join(' · ')}`;
}

function noFindings(assessment: Assessment, paint: Paint): string {
  return assessment.summary.complete
    ? paint('none in what was assessed', 'green')
    : paint('none, but the assessment is incomplete: see below', 'bold', 'yellow');
}

function severityCell(text: string, severity: Severity, paint: Paint): string {
  return paint(text, ...SEVERITY_STYLE[severity]);
}

function* findingTable(groups: readonly FindingGroup[], options: ReportOptions, paint: Paint): Iterable<string> {
  const shown = groups.slice(0, options.limit);
  const severities = new Map<readonly string[], Severity>();
  const rows = shown.map((group) => {
    const { first, members } = group;
    const name = members.length > 1 ? `${group.name} (${members.length} packages)` : first.packageName;
    const why = urgency(first);
    if (first.suppressed !== undefined) why.unshift(`suppressed by ${first.suppressed.by}`);
    const row = [
      String(first.priority.value),
      first.severity,
      first.id,
      plain(name),
      plain(first.installedVersion),
      plain(remedy(first)),
      plain(why.join(' · ')),
    ];
    severities.set(row, first.severity);
    return row;
  });
  const heads = [
    { title: 'PRIO', max: 4 },
    { title: 'SEVERITY', max: 13 },
    { title: 'ID', max: 22 },
    { title: 'PACKAGE', max: 34 },
    { title: 'INSTALLED', max: 24 },
    { title: 'FIXED IN', max: 28 },
    { title: 'WHY URGENT', max: 60 },
  ];
  yield* columns(heads, rows, options.width, (text, column, row) => {
    if (row === undefined) return paint(text, 'bold');
    const severity = severities.get(row) ?? 'UNTRIAGED';
    if (column <= 1) return severityCell(text, severity, paint);
    if (column === 6) return paint(text, 'red');
    return text;
  });
  if (groups.length > shown.length) {
    yield paint(`… ${thousands(groups.length - shown.length)} more rows: --all lists them, --format json has everything`, 'dim');
  }
}

function* evidenceOf(group: FindingGroup, options: ReportOptions, paint: Paint): Iterable<string> {
  const { first } = group;
  yield `${severityCell(first.severity, first.severity, paint)} ${paint(first.id, 'bold')} ${plain(first.title ?? '')}`.trimEnd();
  const field = (label: string, text: string): string => `  ${paint(label.padEnd(10), 'dim')}${text}`;
  const score =
    first.score === undefined
      ? 'no score known'
      : `${first.score.value.toFixed(1)} (CVSS ${first.score.version}, ${first.score.source})`;
  yield field('severity', `${first.severity.toLowerCase()} says ${first.severitySource} · ${score}`);
  yield field(
    'priority',
    `${first.priority.value} = ${first.priority.parts.map((part) => `${part.points} ${part.name} (${plain(part.because)})`).join(' + ')}`,
  );
  for (const item of first.evidence.slice(0, 3)) {
    yield field('advisory', `${item.id} (${item.source}, ${item.stream})  ${paint(plain(item.url), 'dim')}`);
    const name = item.by === 'source' ? `source ${item.name}` : item.name;
    yield field(
      'compared',
      plain(`${name} ${item.version} is in ${rangeText(item.range)}${item.note === undefined ? '' : ` [${item.note}]`}`),
    );
  }
  if (first.evidence.length > 3)
    yield field('', paint(`and ${count(first.evidence.length - 3, 'more advisory', 'more advisories')}`, 'dim'));
  const where = [...new Set(group.members.flatMap((member) => member.locations.map((location) => location.path)))];
  const installs = group.members.map((member) => member.packageName);
  if (installs.length > 1) yield field('packages', cut(plain(installs.join(', ')), Math.max(20, options.width - 14)));
  yield field('found in', plain(where.slice(0, 3).join(', ') + (where.length > 3 ? ` and ${where.length - 3} more places` : '')));
  const layer = first.locations[0]?.createdBy;
  if (layer !== undefined) yield field('layer', cut(plain(layer), Math.max(20, options.width - 14)));
  yield field('remedy', plain(first.status === 'fix-available' ? `upgrade to ${remedy(first)}` : remedy(first)));
}

function* advice(
  findings: readonly Vulnerability[],
  assessment: Assessment,
  options: ReportOptions,
  paint: Paint,
): Iterable<string> {
  const all = upgrades(findings, packagesByPurl(assessment));
  if (all.length === 0) return;
  yield '';
  yield paint('Upgrades that help most', 'bold');
  for (const upgrade of all.slice(0, 8)) {
    const text = `${upgrade.name} ${upgrade.installed} → ${upgrade.to} or later`;
    yield cut(
      `  ${plain(text)}  closes ${count(upgrade.closes, 'vulnerability', 'vulnerabilities')}, worst ${upgrade.worst.toLowerCase()}`,
      options.width,
    );
  }
  if (all.length > 8) yield paint(`  … and ${count(all.length - 8, 'more upgrade')}`, 'dim');
}

function* render(assessment: Assessment, options: ReportOptions): Iterable<string> {
  const paint = painter(options.color);
  for (const line of lines(assessment, options, paint)) yield `${line}\n`;
}

function* lines(assessment: Assessment, options: ReportOptions, paint: Paint): Iterable<string> {
  yield* head(assessment, paint);
  const active = assessment.vulnerabilities.filter((found) => found.suppressed === undefined);
  const listed = options.showSuppressed ? assessment.vulnerabilities : active;
  const groups = groupFindings(listed, packagesByPurl(assessment));
  if (groups.length > 0) {
    yield '';
    yield* findingTable(groups, options, paint);
    const explained = groups.filter((group) => group.first.suppressed === undefined).slice(0, options.evidence);
    if (explained.length > 0) {
      yield '';
      yield paint('Evidence for the most urgent', 'bold');
      for (const group of explained) {
        yield '';
        yield* evidenceOf(group, options, paint);
      }
    }
    yield* advice(active, assessment, options, paint);
  }
  yield* problemLines(assessment.problems, options.width, paint);
}

export const table: ReportFormat = {
  id: 'table',
  title: 'Table for people',
  specification: [],
  extension: 'txt',
  mediaType: 'text/plain; charset=utf-8',
  render,
};
