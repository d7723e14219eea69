/** One row per finding, for spreadsheets. RFC 4180, with cells that a spreadsheet would run as a formula defused. */
import type { Assessment, Vulnerability } from '../../model/finding.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import { cell } from './cell.ts';

const COLUMNS: readonly (readonly [string, (finding: Vulnerability) => string])[] = [
  ['id', (finding) => finding.id],
  ['severity', (finding) => finding.severity],
  ['severity_source', (finding) => finding.severitySource],
  ['score', (finding) => finding.score?.value.toFixed(1) ?? ''],
  ['vector', (finding) => finding.score?.vector ?? ''],
  ['priority', (finding) => String(finding.priority.value)],
  ['status', (finding) => finding.status],
  ['package', (finding) => finding.packageName],
  ['installed_version', (finding) => finding.installedVersion],
  ['fixed_versions', (finding) => finding.fixedVersions.join(' ')],
  ['purl', (finding) => finding.package],
  ['kev', (finding) => finding.kev?.dateAdded ?? ''],
  ['epss', (finding) => finding.epss?.score.toString() ?? ''],
  ['exploits', (finding) => finding.exploits.join(' ')],
  ['aliases', (finding) => finding.aliases.join(' ')],
  ['cwes', (finding) => finding.cwes.join(' ')],
  ['locations', (finding) => finding.locations.map((location) => location.path).join(' ')],
  ['advisories', (finding) => finding.evidence.map((item) => item.url).join(' ')],
  ['suppressed_by', (finding) => finding.suppressed?.by ?? ''],
  ['suppressed_reason', (finding) => finding.suppressed?.reason ?? ''],
  ['title', (finding) => finding.title ?? ''],
];

function* render(assessment: Assessment, options: ReportOptions): Iterable<string> {
  yield `${COLUMNS.map(([name]) => name).join(',')}\r\n`;
  for (const finding of assessment.vulnerabilities) {
    if (finding.suppressed !== undefined && !options.showSuppressed) continue;
    yield `${COLUMNS.map(([, value]) => cell(value(finding))).join(',')}\r\n`;
  }
}

export const csv: ReportFormat = {
  id: 'csv',
  title: 'CSV, one row per finding',
  specification: ['https://www.rfc-editor.org/rfc/rfc4180'],
  extension: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  render,
};
