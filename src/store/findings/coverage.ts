/** Coverage: what is assessed, and how that stands. A resource is one row; an instance whose network was analysed is a second one. */
import type {
  CoverageFilterCriteria,
  CoverageResourceType,
  CoveredResource,
  GroupKey,
  ScanMode,
  ScanStatusCode,
  ScanStatusReason,
} from '@aws-sdk/client-inspector2';
import { type Expression, type Kysely, type Selectable, sql } from 'kysely';
import type { ResourceTable, Tables } from '../schema.ts';
import { coverageCriteria } from './criteria.ts';
import { type Scope, scopeSql } from './list.ts';
import { partitionOf, readDetails } from './resource.ts';

export interface CoverageRequest {
  readonly scope: Scope;
  readonly criteria: CoverageFilterCriteria | undefined;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after: number | undefined;
}

export interface CoveragePage {
  readonly rows: readonly CoveredResource[];
  readonly next?: number;
}

type Row = Pick<
  Selectable<ResourceTable>,
  | 'id'
  | 'uid'
  | 'account'
  | 'region'
  | 'type'
  | 'platform'
  | 'details'
  | 'tags'
  | 'scan_mode'
  | 'status_code'
  | 'status_reason'
  | 'scanned_at'
> & { readonly scan_type: 'PACKAGE' | 'NETWORK' };

/** A resource as coverage has it, and what it is grouped by. */
type Covered = Row & Pick<Selectable<ResourceTable>, 'repository'>;

/** Reasons that stop all scans of a resource. */
const STOPPED = sql`status_reason in ('PENDING_DISABLE', 'RESOURCE_TERMINATED')`;

/**
 * The rows of coverage by the type of scan, each in the place of the table of resources: conditions on that hold for them. Instances only
 * have a network; the reason is asked for, not the time, so that they are met in the order of their ids.
 */
const PACKAGE_ROWS = sql<Covered>`(
  select id, uid, account, region, type, repository, platform, details, tags,
    scan_mode, status_code, status_reason, scanned_at, 'PACKAGE' as scan_type
  from resource
)`;
const NETWORK_ROWS = sql<Covered>`(
  select id, uid, account, region, type, repository, platform, details, tags, null as scan_mode,
    case when ${STOPPED} then status_code when network_reason = 'SUCCESSFUL' then 'ACTIVE' else 'INACTIVE' end as status_code,
    case when ${STOPPED} then status_reason else network_reason end as status_reason,
    network_at as scanned_at, 'NETWORK' as scan_type
  from resource where type = 'AWS_EC2_INSTANCE' and network_reason is not null
)`;

/** The rows of coverage that there are; most stores know of no network. */
async function rowsOf(db: Kysely<Tables>): Promise<readonly (typeof PACKAGE_ROWS)[]> {
  const known = db.selectFrom('resource').select('id').where('network_at', 'is not', null).limit(1);
  return (await known.executeTakeFirst()) === undefined ? [PACKAGE_ROWS] : [PACKAGE_ROWS, NETWORK_ROWS];
}

type More = ReadonlyMap<string, { readonly value: string; readonly number: number | null }>;

/** Attributes that coverage shows and the details do not have. */
const SHOWN = ['imagePulledAt', 'lastScannedCommitId', 'codeRepositoryProviderTypeVisibility'];

function time(milliseconds: number | null | undefined): Date | undefined {
  return milliseconds === null || milliseconds === undefined ? undefined : new Date(milliseconds);
}

function operatingSystem(platform: string | null) {
  if (platform === null) return 'UNKNOWN';
  return platform.startsWith('WINDOWS') ? 'WINDOWS' : platform.startsWith('MACOS') ? 'MACOS' : 'LINUX';
}

function metadata(row: Row, more: More): CoveredResource['resourceMetadata'] {
  const { awsEc2Instance: ec2, awsEcrContainerImage: ecr, awsLambdaFunction: lambda, codeRepository } = readDetails(row.details);
  const tags: Record<string, string> = JSON.parse(row.tags);
  if (ec2 !== undefined) {
    return { ec2: { tags, ...(ec2.imageId !== undefined && { amiId: ec2.imageId }), platform: operatingSystem(row.platform) } };
  }
  if (ecr !== undefined) {
    const imagePulledAt = time(more.get('imagePulledAt')?.number);
    const { imageTags, lastInUseAt, inUseCount } = ecr;
    return { ecrImage: { tags: imageTags ?? [], imagePulledAt, lastInUseAt, inUseCount } };
  }
  if (lambda !== undefined) {
    const { functionName, runtime, layers } = lambda;
    return { lambdaFunction: { functionTags: tags, layers: layers ?? [], functionName, runtime } };
  }
  if (row.type === 'AWS_ECR_REPOSITORY') return JSON.parse(row.details);
  if (codeRepository === undefined) return undefined;
  return {
    codeRepository: {
      projectName: codeRepository.projectName ?? row.uid,
      integrationArn: codeRepository.integrationArn,
      providerType: codeRepository.providerType ?? 'UNKNOWN',
      providerTypeVisibility: more.get('codeRepositoryProviderTypeVisibility')?.value ?? 'UNKNOWN',
      lastScannedCommitId: more.get('lastScannedCommitId')?.value,
    },
  };
}

function covered(row: Row, more: More): CoveredResource {
  const resourceMetadata = metadata(row, more);
  return {
    resourceType: row.type as CoverageResourceType,
    resourceId: row.uid,
    accountId: row.account,
    scanType: row.scan_type,
    scanStatus: { statusCode: row.status_code as ScanStatusCode, reason: row.status_reason as ScanStatusReason },
    ...(resourceMetadata !== undefined && { resourceMetadata }),
    ...(row.scanned_at !== null && { lastScannedAt: new Date(row.scanned_at) }),
    ...(row.scan_mode !== null && { scanMode: row.scan_mode as ScanMode }),
    provider: 'AWS',
    providerAccountId: row.account,
    providerRegion: row.region,
    providerPartition: partitionOf(row.region),
  };
}

/** Where a page goes on: behind a row. */
function positionOf({ id, scan_type }: Pick<Row, 'id' | 'scan_type'>): number {
  return id * 2 + (scan_type === 'PACKAGE' ? 0 : 1);
}

/** One page of the resources that pass, in the order in which they were first seen. */
export async function listCoverage(
  db: Kysely<Tables>,
  { scope, criteria, limit, after }: CoverageRequest,
): Promise<CoveragePage> {
  const from = after === undefined ? 0 : Math.floor(after / 2);
  const found: Row[] = [];
  for (const rows of await rowsOf(db)) {
    const some = await db
      .selectFrom(rows.as('resource'))
      .select(['id', 'uid', 'account', 'region', 'type', 'platform', 'details', 'tags', 'scan_mode'])
      .select(['status_code', 'status_reason', 'scanned_at', 'scan_type'])
      .where(scopeSql(scope, 'resource'))
      .where(coverageCriteria(criteria))
      .where('resource.id', '>=', from)
      .orderBy('resource.id')
      .limit(limit + 2)
      .execute();
    found.push(...some.filter((row) => after === undefined || positionOf(row) > after));
  }
  found.sort((a, b) => positionOf(a) - positionOf(b));
  const kept = found.slice(0, limit);
  const last = found.length > limit ? kept.at(-1) : undefined;
  const more = new Map<number, Map<string, { value: string; number: number | null }>>();
  if (kept.length > 0) {
    const ids = [...new Set(kept.map(({ id }) => id))];
    const rows = await db
      .selectFrom('resource_attribute')
      .selectAll()
      .where('resource_id', 'in', ids)
      .where('name', 'in', SHOWN)
      .execute();
    for (const { resource_id, name, ...value } of rows) {
      const known = more.get(resource_id) ?? new Map();
      more.set(resource_id, known.set(name, value));
    }
  }
  return {
    rows: kept.map((row) => covered(row, more.get(row.id) ?? new Map())),
    ...(last !== undefined && { next: positionOf(last) }),
  };
}

/** The value that a group of coverage has in common; null: not counted. */
const GROUPS: Readonly<Record<GroupKey, Expression<string | null>>> = {
  SCAN_STATUS_CODE: sql`resource.status_code`,
  SCAN_STATUS_REASON: sql`resource.status_reason`,
  ACCOUNT_ID: sql`resource.account`,
  RESOURCE_TYPE: sql`resource.type`,
  ECR_REPOSITORY_NAME: sql`resource.repository`,
  PROVIDER: sql`'AWS'`,
  PROVIDER_ACCOUNT_ID: sql`resource.account`,
  PROVIDER_REGION: sql`resource.region`,
  PROVIDER_ORG_ID: sql`null`,
};

export interface CoverageCount {
  /** What the resources have in common: the API has no place for it. */
  readonly value: string;
  readonly count: number;
}

/** How many resources pass, and how many of each group, by the group's value. */
export async function coverageStatistics(
  db: Kysely<Tables>,
  scope: Scope,
  criteria: CoverageFilterCriteria | undefined,
  groupBy: GroupKey | undefined,
): Promise<{ readonly total: number; readonly groups: readonly CoverageCount[] }> {
  const [first = PACKAGE_ROWS, second] = await rowsOf(db);
  const rows = second === undefined ? first : sql<Covered>`(select * from ${first} as a union all select * from ${second} as b)`;
  const passing = db.selectFrom(rows.as('resource')).where(scopeSql(scope, 'resource')).where(coverageCriteria(criteria));
  const { total } = await passing.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  if (groupBy === undefined) return { total: Number(total), groups: [] };
  const inner = passing.select(sql<string | null>`${GROUPS[groupBy]}`.as('value')).as('passing');
  const counted = await db
    .selectFrom(inner)
    .select(({ fn }) => ['value', fn.countAll<number>().as('count')])
    .where('value', 'is not', null)
    .groupBy('value')
    .orderBy('value')
    .execute();
  return { total: Number(total), groups: counted.map(({ value, count }) => ({ value: value ?? '', count: Number(count) })) };
}
