/** Looking into a database: its sources, one vulnerability, names of packages; as plain data and as text. */
import type {
  Advisory,
  AdvisoryDatabase,
  AdvisorySeverity,
  AffectedRow,
  DatabaseInfo,
  DatabaseSource,
  VersionRange,
  VulnerabilityFacts,
} from '../../model/advisory.ts';
import { thousands } from '../../model/number.ts';
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

/** Columns side by side; those in `right` are aligned to the right. */
function* table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
  right: ReadonlySet<number> = new Set(),
): Iterable<string> {
  const all = head.length === 0 ? rows : [head, ...rows];
  const widths = (all[0] ?? []).map((_, column) => all.reduce((width, row) => Math.max(width, (row[column] ?? '').length), 0));
  for (const row of all) {
    const cells = row.map((cell, column) =>
      right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    const line = cells.join('  ').trimEnd();
    yield `${row === head ? paint(line, DIM) : line}\n`;
  }
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${thousands(number)} ${number === 1 ? one : many}`;
}

export interface DatabaseStatus extends DatabaseInfo {
  readonly problems: readonly Problem[];
  readonly streams: readonly { readonly stream: string; readonly names: number }[];
}

/** Sources, their age and what they feed. */
export function databaseStatus(database: FileDatabase): DatabaseStatus {
  return { ...database.info, streams: database.streams(), problems: database.problems };
}

/** The folder in which every file is a database of its own; other folders hold one, split by repository, branch or day. */
const DATABASES = 'osv/';

interface SourceGroup {
  readonly title: string;
  readonly sources: readonly DatabaseSource[];
}

/** Sound files of one publication share a line; those with trouble have their own. */
function groupSources(sources: readonly DatabaseSource[]): readonly SourceGroup[] {
  const keyOf = ({ id, stale, failed }: DatabaseSource) =>
    stale !== undefined || failed !== undefined || id.startsWith(DATABASES) ? id : (id.split('/', 1)[0] ?? id);
  return [...Map.groupBy(sources, keyOf)].map(([key, group]) => {
    const [first] = group;
    return { title: group.length === 1 && first ? first.id : `${key} (${count(group.length, 'file')})`, sources: group };
  });
}

/** The first 10 characters of a point in time: its day. */
function day(time: string | undefined): string {
  return time?.slice(0, 10) ?? 'unknown';
}

function sourceRow({ title, sources }: SourceGroup): readonly string[] {
  const { origin = '', stale, failed } = sources[0] ?? {};
  const fetched = sources.map(({ fetchedAt }) => fetchedAt).sort(byText);
  const dates = sources.flatMap(({ asOf }) => asOf ?? []).sort(byText);
  const records = sources.reduce((sum, source) => sum + source.records, 0);
  const trouble = [
    ...(stale === undefined ? [] : [`stale since ${day(stale.since)}: ${plain(stale.reason)}`]),
    ...(failed === undefined ? [] : ['incomplete, see below']),
  ];
  return [plain(title), origin, day(fetched[0]), day(dates.at(-1)), thousands(records), trouble.join('; ')];
}

export function* renderStatus(status: DatabaseStatus, view: View): Iterable<string> {
  const paint = painter(view);
  const { builtAt, advisories, ranges, sources, streams, problems } = status;
  const counts = [count(advisories, 'advisory', 'advisories'), count(ranges, 'range'), count(streams.length, 'stream')];
  yield `${paint('Advisory database', BOLD)} of ${builtAt}: ${counts.join(', ')}\n\n`;
  const head = ['SOURCE', 'FROM', 'READ', 'NEWEST RECORD', 'RECORDS', ''];
  yield* table(head, groupSources(sources).map(sourceRow), paint, new Set([4]));
  if (problems.length > 0) yield `\n${paint('Problems of the build', BOLD)}\n`;
  for (const { effect, code, message, path } of problems) {
    const start = effect === 'incomplete' ? `${paint('incomplete', RED)}: ` : '';
    yield `  ${start}${path === undefined ? '' : `${plain(path)}: `}${plain(message)} [${code}]\n`;
  }
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
  readonly description?: string;
  readonly advisories: readonly (Omit<Advisory, 'affected' | 'description'> & { readonly affected: readonly ShownRow[] })[];
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
  const description = database.description(wanted);
  return {
    id: wanted,
    ...(facts === undefined ? {} : { facts }),
    ...(description === undefined ? {} : { description }),
    advisories,
  };
}

/** A range in words: `from 1.0 before 1.3`. */
function rangeWords({ introduced, fixed, lastAffected }: VersionRange): string {
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

/** What a row says, without the name it says it of. */
function rowWords({ ranges, listedVersions, literalVersions = [], uncomparable = [] }: ShownRow): string {
  return plain(
    [
      ...ranges.map(rangeWords),
      ...(listedVersions > 0 ? [count(listedVersions, 'listed version')] : []),
      ...literalVersions.map((version) => `"${version}"`),
      ...uncomparable.map((bound) => `not comparable: ${bound}`),
    ].join('; '),
  );
}

/** Packages of one stream of which the same is said (the binaries of a source) share a line. */
function affectedLines(affected: readonly ShownRow[]): readonly (readonly string[])[] {
  const said = affected.map((row) => ({ row, words: rowWords(row) }));
  const groups = Map.groupBy(said, ({ row, words }) => JSON.stringify([row.stream, row.module, row.status, words]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { row, words } = first;
    const others = group.length > 1 ? ` and ${group.length - 1} more` : '';
    const module = row.module === undefined ? '' : ` (module ${row.module})`;
    return [[`  ${row.stream}`, plain(`${row.name}${others}${module}`), row.status, words]];
  });
}

export function* renderShow(shown: ShownVulnerability, view: View): Iterable<string> {
  const paint = painter(view);
  const clipped = (text: string) => (text.length > view.width - 2 ? `${text.slice(0, view.width - 3)}…` : text);
  yield `${paint(shown.id, BOLD)}\n`;
  if (shown.facts !== undefined) yield* factLines(shown.facts, paint);
  if (shown.description !== undefined) yield `  ${plain(shown.description)}\n`;
  for (const { id, source, url, title, vulnerabilities, severities, affected } of shown.advisories) {
    yield `\n${paint(plain(id), BOLD)} ${paint(plain(`${source}  ${url}`), DIM)}\n`;
    if (title !== undefined) yield `  ${clipped(plain(title))}\n`;
    if (vulnerabilities.length > 1)
      yield `  ${clipped(`about ${vulnerabilities.length} vulnerabilities: ${plain(vulnerabilities.join(', '))}`)}\n`;
    if (severities.length > 0) yield `  ${plain(severityWords(severities))}\n`;
    yield* table([], affectedLines(affected), paint);
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

export function* renderSearch(found: readonly FoundPackage[], view: View): Iterable<string> {
  if (found.length === 0) return yield 'no such name in any stream of this database\n';
  const rows = found.map(({ name, stream, rows }) => [plain(name), stream, String(rows)]);
  yield* table(['NAME', 'STREAM', 'ADVISORIES'], rows, painter(view), new Set([2]));
}
