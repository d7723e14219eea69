/** A finding as the API shows it. */
import type { Finding, FindingStatus, FindingType, FixAvailable, NetworkProtocol } from '@aws-sdk/client-inspector2';
import type { Selectable } from 'kysely';
import type { Score } from '../../model/finding.ts';
import { type DetailTable, type FindingTable, SEVERITY_ORDER } from '../schema.ts';
import { cut, networkSteps, summarizePackages, vulnerablePackages } from './compose.ts';
import type { Detail, NetworkDetail, PackageDetail, ScoreAdjustments } from './detail.ts';
import { apiResource, type ResourceFacts } from './resource.ts';
import { sourceName } from './sources.ts';

/** What is read of a finding's own row to show it. */
export const OWN_COLUMNS = [
  'id',
  'arn',
  'account',
  'type',
  'status',
  'severity',
  'score',
  'epss',
  'title',
  'adjustments',
  'first_observed_at',
  'last_observed_at',
  'updated_at',
] as const satisfies readonly (keyof FindingTable)[];

export type OwnRow = Pick<Selectable<FindingTable>, (typeof OWN_COLUMNS)[number]>;

/** What is read of a finding to show it; `data` is the detail's, `resource_…` the resource's. */
export type FindingRow = OwnRow &
  Pick<Selectable<DetailTable>, 'data'> & {
    /** Of the vulnerability, at length; null where nothing is said. */
    readonly text: string | null;
    readonly resource_uid: string;
    readonly resource_account: string;
    readonly resource_region: string;
    readonly resource_type: string;
    readonly resource_tags: string;
    readonly resource_details: string;
  };

/** What all findings of a detail say. */
interface SharedPart {
  readonly shown: Pick<
    Finding,
    | 'description'
    | 'remediation'
    | 'fixAvailable'
    | 'exploitAvailable'
    | 'exploitabilityDetails'
    | 'packageVulnerabilityDetails'
    | 'networkReachabilityDetails'
  >;
  /** The score that resources adjust. */
  readonly base: Score | undefined;
}

/** The time an ISO 8601 text says; undefined when it says none. */
function time(text: string | undefined): Date | undefined {
  const milliseconds = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
}

function scoreDetails(base: Score | undefined, score: number, text: string | null): Finding['inspectorScoreDetails'] {
  const adjusted: ScoreAdjustments | undefined = text === null ? undefined : JSON.parse(text);
  const scoringVector = adjusted?.vector ?? base?.vector;
  if (base === undefined || scoringVector === undefined) return undefined;
  const source = sourceName(base.source);
  return {
    adjustedCvss: {
      scoreSource: source,
      cvssSource: source,
      version: base.version,
      score,
      scoringVector,
      adjustments: adjusted?.adjustments.map(({ metric, reason }) => ({ metric, reason })) ?? [],
    },
  };
}

function packagePart(detail: PackageDetail, text: string | null): SharedPart {
  const summary = summarizePackages(detail, text ?? undefined);
  const { kev, published, score } = summary.leading.vulnerability;
  const exploitedAt = time(kev?.dateAdded);
  const created = time(published);
  const packages = vulnerablePackages(detail);
  const commands = [...new Set(packages.flatMap(({ remediation }) => remediation ?? []))];
  return {
    base: score,
    shown: {
      description: summary.description,
      remediation: { recommendation: { text: commands.length === 0 ? 'None Provided' : cut(commands.join('; ')) } },
      fixAvailable: summary.fix satisfies FixAvailable,
      exploitAvailable: summary.exploit,
      ...(exploitedAt !== undefined && { exploitabilityDetails: { lastKnownExploitAt: exploitedAt } }),
      packageVulnerabilityDetails: {
        vulnerabilityId: cut(detail.id, 128),
        vulnerablePackages: packages,
        source: summary.source,
        cvss: [...summary.cvss],
        relatedVulnerabilities: [...summary.related],
        ...(summary.sourceUrl !== undefined && { sourceUrl: summary.sourceUrl }),
        ...(summary.vendorSeverity !== undefined && { vendorSeverity: summary.vendorSeverity }),
        ...(created !== undefined && { vendorCreatedAt: created }),
        referenceUrls: [...summary.references],
      },
    },
  };
}

function networkPart(detail: NetworkDetail): SharedPart {
  return {
    base: undefined,
    shown: {
      description: cut(detail.description),
      remediation: { recommendation: { text: cut(detail.remediation) } },
      networkReachabilityDetails: {
        openPortRange: { begin: detail.begin, end: detail.end },
        protocol: detail.protocol as NetworkProtocol,
        networkPath: { steps: networkSteps(detail).map((step) => ({ ...step })) },
      },
    },
  };
}

/** What a detail's `data` says of each of its findings; `text` is said of its vulnerability. */
export function sharedPart(data: string, text: string | null): SharedPart {
  const detail: Detail = JSON.parse(data);
  return detail.kind === 'package' ? packagePart(detail, text) : networkPart(detail);
}

/** What a finding says of itself alone; `time` makes a time of milliseconds since 1970. */
export function ownPart<T>(row: OwnRow, base: Score | undefined, time: (milliseconds: number) => T) {
  const inspectorScoreDetails = row.score === null ? undefined : scoreDetails(base, row.score, row.adjustments);
  return {
    findingArn: row.arn,
    awsAccountId: row.account,
    type: row.type as FindingType,
    title: row.title,
    severity: SEVERITY_ORDER[row.severity] ?? 'UNTRIAGED',
    status: row.status as FindingStatus,
    firstObservedAt: time(row.first_observed_at),
    lastObservedAt: time(row.last_observed_at),
    updatedAt: time(row.updated_at),
    ...(row.score !== null && { inspectorScore: row.score }),
    ...(inspectorScoreDetails !== undefined && { inspectorScoreDetails }),
    ...(row.epss !== null && { epss: { score: row.epss } }),
  };
}

/** The resource of a finding's row. */
function resourceOf(row: FindingRow): ResourceFacts {
  return {
    uid: row.resource_uid,
    account: row.resource_account,
    region: row.resource_region,
    type: row.resource_type,
    tags: row.resource_tags,
    details: row.resource_details,
  };
}

/** A row as the API's Finding. Times are Dates; what is not known is left out. */
export function apiFinding(row: FindingRow): Finding {
  const { shown, base } = sharedPart(row.data, row.text);
  const own = ownPart(row, base, (milliseconds) => new Date(milliseconds));
  return { ...own, resources: [apiResource(resourceOf(row))], ...shown } satisfies Finding;
}
