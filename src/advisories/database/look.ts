/** Looking into a database: its sources, one vulnerability, names of packages; as plain data and as text. */
import type {
  Advisory,
  AdvisoryDatabase,
  AdvisorySeverity,
  AffectedRow,
  DatabaseInfo,
  VersionRange,
  VulnerabilityFacts,
} from '../../model/advisory.ts';
import type { Problem } from '../../model/problem.ts';
import { byText } from './merge.ts';
import type { FileDatabase } from './open.ts';

export interface View {
  readonly color: boolean;
  readonly width: number;
}

type Paint = (text: string, code: number) => string;

function painter({ color }: View): Paint {
  return (text, code) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
}
const BOLD = 1;
const DIM = 2;
const RED = 31;

/** Control characters of what others wrote are not for the terminal. */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function* lines(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): Iterable<string> {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    yield `${cells.join('  ').trimEnd()}\n`;
  }
}

export interface DatabaseStatus extends DatabaseInfo {
  readonly problems: readonly Problem[];
  readonly streams: readonly { readonly stream: string; readonly names: number }[];
}

/** Sources, their age and what they feed. */
export function databaseStatus(database: FileDatabase): DatabaseStatus {
  return { ...database.info, streams: database.streams(), problems: database.problems };
}

export function* renderStatus(status: DatabaseStatus, view: View): Iterable<string> {
  const paint = painter(view);
  const { builtAt, advisories, ranges, sources, streams, problems } = status;
  yield `${paint('Advisory database', BOLD)} of ${builtAt}: ${advisories.toLocaleString('en-US')} advisories, ${ranges.toLocaleString('en-US')} ranges, ${streams.length} streams\n\n`;
  const head = ['SOURCE', 'FROM', 'READ', 'NEWEST RECORD', 'RECORDS', ''];
  const rows = sources.map(({ id, origin, fetchedAt, asOf, records, stale }) => [
    id,
    origin,
    fetchedAt.slice(0, 10),
    asOf?.slice(0, 10) ?? 'unknown',
    records.toLocaleString('en-US'),
    stale === undefined ? '' : `stale since ${stale.since.slice(0, 10)}: ${plain(stale.reason)}`,
  ]);
  yield* lines([head, ...rows], new Set([4]));
  if (problems.length > 0) yield `\n${paint('Problems of the build', BOLD)}\n`;
  for (const { effect, code, message, path } of problems)
    yield `  ${effect === 'incomplete' ? 'incomplete: ' : ''}${path === undefined ? '' : `${plain(path)}: `}${plain(message)} [${code}]\n`;
}

export interface ShownRow extends Omit<AffectedRow, 'advisory' | 'ranges' | 'versionKeys' | 'unaffectedKeys'> {
  readonly stream: string;
  readonly name: string;
  readonly ranges: readonly VersionRange[];
  readonly listedVersions: number;
}

export interface ShownVulnerability {
  readonly id: string;
  readonly facts?: VulnerabilityFacts;
  readonly advisories: readonly (Omit<Advisory, 'affected'> & { readonly affected: readonly ShownRow[] })[];
}

function shownRow(stream: string, name: string, row: AffectedRow): ShownRow {
  const { advisory: _, ranges, versionKeys, unaffectedKeys: __, ...rest } = row;
  const plainRanges = ranges.map(({ introduced, fixed, lastAffected }) => ({
    ...(introduced === undefined ? {} : { introduced }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(lastAffected === undefined ? {} : { lastAffected }),
  }));
  return { stream, name, ranges: plainRanges, listedVersions: versionKeys.length, ...rest };
}

/** Everything known of a vulnerability, by any of its names; undefined when there is nothing. */
export function showVulnerability(database: AdvisoryDatabase, id: string): ShownVulnerability | undefined {
  const wanted = /^(?:cve|ghsa)-/i.test(id) ? (/^cve/i.test(id) ? id.toUpperCase() : `GHSA${id.slice(4).toLowerCase()}`) : id;
  const facts = database.facts(wanted);
  const advisories = database.advisoriesFor(wanted).map((reference) => ({
    ...database.advisory(reference),
    affected: database.affectedBy(reference).flatMap(({ stream, name }) =>
      database
        .lookup(stream, name)
        .filter((row) => row.advisory === reference)
        .map((row) => shownRow(stream, name, row)),
    ),
  }));
  if (facts === undefined && advisories.length === 0) return undefined;
  return { id: wanted, ...(facts === undefined ? {} : { facts }), advisories };
}

/** A range in words: `from 1.0 before 1.3`. */
export function rangeWords({ introduced, fixed, lastAffected }: VersionRange): string {
  const from = introduced === undefined || introduced === '0' ? '' : `from ${introduced} `;
  if (fixed !== undefined) return fixed === '0' ? 'no version' : `${from}before ${fixed}`;
  if (lastAffected !== undefined) return `${from}up to ${lastAffected}`;
  return from === '' ? 'every version' : `${from}on`;
}

function severityWords(severities: readonly AdvisorySeverity[]): string {
  return severities.map(({ source, value }) => `${source} ${value}`).join(', ');
}

function* factLines(facts: VulnerabilityFacts, paint: Paint): Iterable<string> {
  const { title, published, severities, cwes, epss, kev, exploits, exploitation, rejected } = facts;
  const row = (label: string, value: string | undefined) =>
    value ? [`  ${paint(label.padEnd(11), DIM)} ${plain(value)}\n`] : [];
  if (rejected === true) yield `  ${paint('rejected by its authority: never a finding', RED)}\n`;
  yield* row('title', title);
  yield* row('published', published);
  yield* row('severity', severityWords(severities));
  yield* row('weakness', cwes.join(', '));
  yield* row('EPSS', epss === undefined ? undefined : `${(epss.score * 100).toFixed(1)} % on ${epss.date}`);
  yield* row(
    'exploited',
    kev === undefined ? undefined : `CISA KEV since ${kev.dateAdded}${kev.ransomware ? ', used by ransomware' : ''}`,
  );
  yield* row('exploits', exploits.join(', '));
  yield* row('SSVC', exploitation === undefined ? undefined : `exploitation ${exploitation}`);
}

export function* renderShow(shown: ShownVulnerability, view: View): Iterable<string> {
  const paint = painter(view);
  yield `${paint(shown.id, BOLD)}\n`;
  if (shown.facts !== undefined) yield* factLines(shown.facts, paint);
  for (const { id, source, url, title, vulnerabilities, severities, affected } of shown.advisories) {
    yield `\n${paint(id, BOLD)} ${paint(`${source}  ${url}`, DIM)}\n`;
    if (title !== undefined) yield `  ${plain(title)}\n`;
    if (vulnerabilities.length > 1)
      yield `  about ${vulnerabilities.length} vulnerabilities: ${vulnerabilities.slice(0, 8).join(', ')}${vulnerabilities.length > 8 ? ' …' : ''}\n`;
    if (severities.length > 0) yield `  ${plain(severityWords(severities))}\n`;
    const rows = affected.map((row) => {
      const ranges = row.ranges.map(rangeWords);
      if (row.listedVersions > 0)
        ranges.push(`${row.listedVersions} listed ${row.listedVersions === 1 ? 'version' : 'versions'}`);
      for (const bound of row.uncomparable ?? []) ranges.push(`not comparable: ${bound}`);
      const module = row.module === undefined ? '' : ` (module ${row.module})`;
      return [`  ${row.stream}`, `${plain(row.name)}${module}`, row.status, plain(ranges.join('; '))];
    });
    if (rows.length > 0) yield* lines(rows);
  }
}

export interface FoundPackage {
  readonly stream: string;
  readonly name: string;
  readonly rows: number;
}

/** Names that contain the text, in any stream: exact ones first, then sorted. */
export function searchPackages(database: FileDatabase, text: string, limit: number): readonly FoundPackage[] {
  const wanted = text.toLowerCase();
  const found: { stream: string; name: string }[] = [];
  for (const { stream, name } of database.groups()) if (name.toLowerCase().includes(wanted)) found.push({ stream, name });
  const exact = ({ name }: { readonly name: string }) => (name.toLowerCase() === wanted ? 0 : 1);
  return found
    .sort((a, b) => exact(a) - exact(b) || byText(a.name, b.name) || byText(a.stream, b.stream))
    .slice(0, limit)
    .map(({ stream, name }) => ({ stream, name, rows: database.lookup(stream, name).length }));
}

export function* renderSearch(found: readonly FoundPackage[], _view: View): Iterable<string> {
  if (found.length === 0) yield 'no such name in any stream of this database\n';
  else
    yield* lines(
      [['NAME', 'STREAM', 'ADVISORIES'], ...found.map(({ name, stream, rows }) => [plain(name), stream, String(rows)])],
      new Set([2]),
    );
}
