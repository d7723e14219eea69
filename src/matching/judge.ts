/** One package against everything the database says of its names: one verdict for each vulnerability. */
import type { StreamQuery } from '../advisories/streams/index.ts';
import type { Advisory, AdvisoryDatabase, AffectedRow, KeyedRange, VersionRange } from '../model/advisory.ts';
import type { FindingStatus, Match, MatchEvidence } from '../model/finding.ts';
import type { Package } from '../model/package.ts';
import { schemeById } from '../versions/registry.ts';
import type { SchemeId } from '../versions/scheme.ts';
import { type Identities, isCve } from './identity.ts';
import { moduleOf, type RowOutcome, type Subject, subjectOf, testRow } from './row.ts';

/** What one row says of the package. */
export interface Statement {
  readonly query: StreamQuery;
  readonly row: AffectedRow;
  readonly advisory: Omit<Advisory, 'affected'>;
  readonly outcome: RowOutcome;
}

export interface PackageVerdict {
  readonly id: string;
  readonly statements: readonly Statement[];
}

type Answer = 'affected' | 'fixed' | 'not-affected' | 'not-comparable';

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Which statements are wanted. `all`: for explanations. `applicable`: what a distribution says of a package counts for the language
 * packages in it, too. `weighing`: the same, where something may be affected. `live`: only what may be affected.
 */
export type Wanted = 'all' | 'applicable' | 'weighing' | 'live';

function isLive({ kind }: RowOutcome): boolean {
  return kind === 'affected' || kind === 'not-comparable';
}

function isWanted(outcome: RowOutcome, wanted: Wanted): boolean {
  return wanted === 'all' || isLive(outcome) || (wanted !== 'live' && outcome.kind !== 'inapplicable');
}

type Tested = Omit<Statement, 'advisory'>;

/** Tests every row that the queries reach. Advisories are looked up for those that are wanted: that costs more than all the rest. */
export function statementsOf(
  pkg: Package,
  scheme: SchemeId,
  queries: readonly StreamQuery[],
  database: AdvisoryDatabase,
  wanted: Wanted = 'all',
): readonly Statement[] {
  const tested: Tested[] = [];
  let live = false;
  for (const query of queries) {
    let subject: Subject | undefined;
    for (const row of database.lookup(query.stream, query.name)) {
      if (row.names !== query.by) continue;
      subject ??= subjectOf(query.version, scheme, {
        architecture: pkg.architecture,
        module: pkg.type === 'rpm' ? moduleOf(pkg) : undefined,
        epochUnknown: query.epochUnknown,
      });
      const outcome = testRow(row, subject);
      live ||= isLive(outcome);
      if (isWanted(outcome, wanted)) tested.push({ query, row, outcome });
    }
  }
  if (wanted === 'weighing' && !live) return [];
  return tested.map(({ query, row, outcome }) => ({ query, row, outcome, advisory: database.advisory(row.advisory) }));
}

/** Ids of the vulnerabilities that a statement is about. */
function idsOf({ advisory }: Statement, identities: Identities): readonly string[] {
  const { vulnerabilities } = advisory;
  return vulnerabilities.every(isCve) ? vulnerabilities : [...new Set(vulnerabilities.flatMap((id) => identities.of(id)))];
}

/** Statements by the vulnerability they are about, sorted by id; `live`: only where one of them says that it may be affected. */
export function verdictsOf(
  statements: readonly Statement[],
  identities: Identities,
  which: 'all' | 'live' = 'all',
): readonly PackageVerdict[] {
  const byId = new Map<string, Statement[]>();
  const against: Statement[] = [];
  for (const statement of statements) {
    if (which === 'live' && !isLive(statement.outcome)) {
      against.push(statement);
      continue;
    }
    for (const id of idsOf(statement, identities)) {
      const list = byId.get(id);
      if (list === undefined) byId.set(id, [statement]);
      else list.push(statement);
    }
  }
  for (const statement of against) for (const id of idsOf(statement, identities)) byId.get(id)?.push(statement);
  return [...byId].sort(([a], [b]) => byText(a, b)).map(([id, list]) => ({ id, statements: list }));
}

/** What a statement means for the package; undefined when it says nothing of this version. */
function answerOf({ row, outcome }: Statement): Answer | undefined {
  if (outcome.kind === 'inapplicable') return undefined;
  // What is said to be not affected elsewhere makes nothing affected here, and its fixes are none.
  if (row.status === 'not-affected') return outcome.kind === 'affected' ? 'not-affected' : undefined;
  if (outcome.kind !== 'outside') return outcome.kind;
  // Below every range is no fix: another record may know that older versions are affected as well.
  if (outcome.place === 'safe') return 'not-affected';
  return outcome.place === 'fixed' ? 'fixed' : undefined;
}

function isOpen({ outcome }: Statement): boolean {
  return outcome.kind === 'affected' && outcome.range.fixed === undefined && outcome.range.lastAffected === undefined;
}

/**
 * Which statements of one stream count. Within a distribution's stream its explicit words weigh against each other: a fix that is
 * installed, or "not affected", overrules records that know of no fix (they are older, or speak of the source in general), and of
 * several fixes all must be there.
 */
function affectedIn(statements: readonly Statement[], distribution: boolean): readonly Statement[] {
  const answers = statements.map(answerOf);
  const mended = distribution && (answers.includes('fixed') || answers.includes('not-affected'));
  return statements.filter((statement, index) => {
    const answer = answers[index];
    return answer === 'not-comparable' || (answer === 'affected' && !(mended && isOpen(statement)));
  });
}

/** Whether a channel has closed the vulnerability for this build. */
function isClosed(channel: readonly Statement[]): boolean {
  const words = channel.map(answerOf);
  return (words.includes('fixed') || words.includes('not-affected')) && affectedIn(channel, true).length === 0;
}

/** The fix that a channel has: of one that the target has, or else of the first; there the highest closes it. */
function channelFix(channels: readonly Statement[]): Statement | undefined {
  const fixes = channels.filter((one) => answerOf(one) === 'affected' && boundOf(one) !== undefined);
  const first =
    fixes.find(({ query }) => query.enabled === true) ?? fixes.find(({ query }) => query.enabled !== false) ?? fixes[0];
  return fixes
    .filter(({ query }) => query.stream === first?.query.stream)
    .reduce((best: Statement | undefined, one) => ((boundOf(best) ?? '') < (boundOf(one) ?? '') ? one : best), undefined);
}

/** Key of the fix of the range that holds. */
function boundOf(statement: Statement | undefined): string | undefined {
  const outcome = statement?.outcome;
  return outcome?.kind === 'affected' && outcome.range.fixed !== undefined ? outcome.range.high : undefined;
}

const STATUS_ORDER: readonly FindingStatus[] = [
  'fix-available',
  'will-not-fix',
  'fix-deferred',
  'end-of-life',
  'under-investigation',
  'no-fix',
  'not-comparable',
];

function statusOf({ row, outcome }: Statement): FindingStatus {
  if (outcome.kind !== 'affected') return 'not-comparable';
  if (outcome.range.fixed !== undefined && outcome.range.fixed !== '0') return 'fix-available';
  return row.status === 'affected' || row.status === 'not-affected' ? 'no-fix' : row.status;
}

function plainRange(range: KeyedRange): VersionRange {
  const { introduced, fixed, lastAffected } = range;
  const plain: Writable<VersionRange> = {};
  if (introduced !== undefined) plain.introduced = introduced;
  if (fixed !== undefined) plain.fixed = fixed;
  if (lastAffected !== undefined) plain.lastAffected = lastAffected;
  return plain;
}

/** Properties are set one by one, and only those there are: there are thousands of these. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function evidenceOf(statement: Statement, fix: Statement | undefined): MatchEvidence {
  const { query, row, advisory, outcome } = statement;
  const reached = fix?.query.enabled === true;
  const channelFix = fix?.outcome.kind === 'affected' ? fix.outcome.range.fixed : undefined;
  const said = statusOf(statement);
  const evidence: Writable<MatchEvidence> = {
    source: advisory.source,
    id: advisory.id,
    url: advisory.url,
    stream: query.stream,
    name: query.name,
    by: query.by,
    version: query.version,
    range: outcome.kind === 'affected' ? plainRange(outcome.range) : {},
    status: reached && channelFix !== undefined ? 'fix-available' : said,
  };
  const { fixed } = evidence.range;
  const fixedVersion = fixed ?? (reached ? channelFix : undefined);
  const note = outcome.kind === 'not-comparable' ? outcome.because : row.note;
  const channel = fixed === undefined && fix?.query.channel !== undefined ? fix.query.channel : undefined;
  const fixChannel = channel ?? (query.role === 'channel' ? query.channel : undefined);
  if (fixedVersion !== undefined) evidence.fixedVersion = fixedVersion;
  if (note !== undefined) evidence.note = note;
  if (fixChannel !== undefined) evidence.fixChannel = fixChannel;
  if (row.severity !== undefined) evidence.severity = row.severity;
  return evidence;
}

function sortVersions(versions: Iterable<string>, scheme: SchemeId): string[] {
  const known = schemeById(scheme);
  return [...new Set(versions)].sort((a, b) => {
    const order = known?.compare(a, b);
    return order?.ok === true && order.value !== 0 ? order.value : byText(a, b);
  });
}

/** Of fixes that one source names in one stream, the highest closes the vulnerability; sources may differ. */
function fixesOf(evidence: readonly MatchEvidence[], scheme: SchemeId): string[] {
  const [first, ...others] = new Set(evidence.flatMap(({ fixedVersion }) => fixedVersion ?? []));
  if (others.length === 0) return first === undefined ? [] : [first];
  const bySource = Map.groupBy(
    evidence.filter(({ fixedVersion }) => fixedVersion !== undefined),
    ({ source, stream }) => `${source}\n${stream}`,
  );
  const highest = [...bySource.values()].flatMap(
    (list) =>
      sortVersions(
        list.flatMap(({ fixedVersion = '' }) => fixedVersion),
        scheme,
      ).at(-1) ?? [],
  );
  return sortVersions(highest, scheme);
}

function kindOf(statements: readonly Statement[]): Match['kind'] {
  if (statements.some(({ advisory }) => advisory.kind === 'malware')) return 'malware';
  return statements.some(({ advisory }) => advisory.kind === 'vulnerability') ? 'vulnerability' : 'informational';
}

function groups(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const [first] = statements;
  if (first === undefined) return [];
  if (statements.every(({ query }) => query.stream === first.query.stream)) return [statements];
  return [...Map.groupBy(statements, ({ query }) => query.stream).values()];
}

/** The statements of a verdict that make the package affected: base streams decide, channels only give fixes. */
export function decisive(
  { statements }: PackageVerdict,
  distribution: boolean,
): { readonly affected: readonly Statement[]; readonly fix?: Statement } {
  const applicable = statements.filter(({ outcome }) => outcome.kind !== 'inapplicable');
  const channels = applicable.filter(({ query }) => query.role === 'channel');
  const base = channels.length === 0 ? applicable : applicable.filter(({ query }) => query.role === 'base');
  // A build of the channel at or above its fixes is safe, whatever the base knows of it.
  if (groups(channels).some(isClosed)) return { affected: [] };
  const fix = channelFix(channels);
  const affected = groups(base.length > 0 ? base : channels).flatMap((list) => affectedIn(list, distribution));
  return fix === undefined ? { affected } : { affected, fix };
}

/** Names of the advisories, without other vulnerabilities that they are about as well. */
function aliasesOf(id: string, advisories: readonly Statement['advisory'][]): string[] {
  const names = new Set<string>();
  for (const advisory of advisories) {
    names.add(advisory.id);
    for (const alias of advisory.aliases) names.add(alias);
    const [only, ...others] = advisory.vulnerabilities;
    if (only !== undefined && others.length === 0) names.add(only);
  }
  names.delete(id);
  const isOther = (name: string) => advisories.some(({ vulnerabilities: all }) => all.length > 1 && all.includes(name));
  return [...names].filter((name) => !isOther(name)).sort(byText);
}

/** The match of a verdict; undefined when the package is not affected. */
export function matchOf(verdict: PackageVerdict, pkg: Package, scheme: SchemeId, distribution: boolean): Match | undefined {
  const { affected, fix } = decisive(verdict, distribution);
  if (affected.length === 0) return undefined;
  const certain = affected.filter(({ outcome }) => outcome.kind === 'affected');
  const counted = certain.length > 0 ? certain : affected;
  const evidence = counted
    .map((statement) => evidenceOf(statement, fix))
    .sort((a, b) => byText(a.source, b.source) || byText(a.id, b.id) || byText(a.stream, b.stream));
  const statuses = evidence.map(({ status }) => status);
  const references = counted.map(({ row }) => row.advisory);
  return {
    id: verdict.id,
    kind: kindOf(counted),
    aliases: aliasesOf(
      verdict.id,
      counted.map(({ advisory }) => advisory),
    ),
    package: pkg,
    status: STATUS_ORDER.find((status) => statuses.includes(status)) ?? 'no-fix',
    fixedVersions: fixesOf(evidence, scheme),
    evidence,
    advisories: [...new Set(references)].sort((a, b) => a - b),
  };
}
