/**
 * The tables of the store, the same on SQLite and PostgreSQL. Plain types only: text, integers and doubles; JSON is text; times are
 * milliseconds since 1970 (UTC); truth is 0 or 1. docs/store.md explains the model; `migrations/` makes the tables.
 */
import type { Generated } from 'kysely';

/** Settings of the installation, by name; the value is JSON. */
export interface SettingTable {
  readonly name: string;
  readonly value: string;
}

/** AWS-style access keys. */
export interface AccessKeyTable {
  readonly id: string;
  readonly account: string;
  /** Who it was made for; shown in logs and refusals. */
  readonly name: string;
  /** `admin`, `read-only` or `agent`. */
  readonly role: string;
  /** The secret key, sealed with the key of the installation. */
  readonly secret: string;
  /** SHA-256 of the session token; null for long-lived keys. */
  readonly session_digest: string | null;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly disabled: number;
}

/** Accounts: the installation's own, and members of the organization. */
export interface AccountTable {
  readonly id: string;
  readonly name: string | null;
  /** The delegated administrator's account id, when this is a member. */
  readonly admin: string | null;
  /** RelationshipStatus of a member. */
  readonly relationship: string | null;
  /** JSON: scan type → Status. */
  readonly status: string;
  /** JSON: configurations of the account. */
  readonly configuration: string;
  readonly created_at: number;
  readonly updated_at: number;
}

/** What is assessed: hosts, images, functions, projects. One row is one row of coverage. */
export interface ResourceTable {
  readonly id: Generated<number>;
  /** As the API shows it: `i-…`, an ARN. Unique within account and region. */
  readonly uid: string;
  readonly account: string;
  readonly region: string;
  /** ResourceType of the API: AWS_EC2_INSTANCE, AWS_ECR_CONTAINER_IMAGE, AWS_LAMBDA_FUNCTION, CODE_REPOSITORY. */
  readonly type: string;
  readonly name: string;
  /** `UBUNTU_22_04` …; null where it is not known. */
  readonly platform: string | null;
  /** JSON: `ResourceDetails` of the API (one member) without times that change by themselves. */
  readonly details: string;
  /** JSON: tags. */
  readonly tags: string;
  /** What findings are sorted by: platform or runtime; repository, registry and time of the push of an image. */
  readonly component: string | null;
  readonly repository: string | null;
  readonly registry: string | null;
  readonly pushed_at: number | null;
  /** JSON: the inventory's target (src/model/package.ts). */
  readonly target: string;
  /** `agent`, `push`, `registry`, `api`, `self`. */
  readonly origin: string;
  readonly scan_mode: string | null;
  /** ScanStatusCode and ScanStatusReason. */
  readonly status_code: string;
  readonly status_reason: string;
  /** Digest of the last inventory, and its unit ids (JSON array, ascending). */
  readonly inventory_digest: string | null;
  readonly units: string;
  readonly inventory_at: number | null;
  readonly scanned_at: number | null;
  /** JSON: problems of the last inventory and of matching it, with which of the two told (engine/inventory.ts). */
  readonly problems: string;
  /** Reachable from: `internet`, `other`, `none`; null = not known. */
  readonly exposure: string | null;
  /** When the network around it was analysed last, and how that went (ScanStatusReason); null: never. */
  readonly network_at: number | null;
  readonly network_reason: string | null;
  readonly first_seen_at: number;
  readonly updated_at: number;
  /** When it went away (terminated, deleted, expired). */
  readonly removed_at: number | null;
}

/** What resources are filtered by, one row per value: tags, image id, repository, function name … */
export interface ResourceAttributeTable {
  readonly resource_id: number;
  /** Name of the filter field of the API (`ec2InstanceImageId`, `ecrImageTags` …); tags are `tag:<key>`. */
  readonly name: string;
  readonly value: string;
  /** The value as a number: times in ms, counts. */
  readonly number: number | null;
}

/** The smallest inventories whose match does not depend on anything else; a resource's inventory is a set of them. */
export interface UnitTable {
  readonly id: Generated<number>;
  /** SHA-256 of `data`. */
  readonly digest: string;
  /** JSON: engine/units.ts. */
  readonly data: string;
  /** Units of one lot are matched again together: engine/units.ts. */
  readonly lot: string;
  /** 1: the operating system itself, whose end of life depends on the day. */
  readonly system: number;
  /** 1: the advisories that it asks for changed since its findings were written; 2: but some resource came or came again since. */
  readonly pending: number;
}

/** What the match of a unit looks up: the inverted index from advisory names to units. */
export interface UnitNameTable {
  readonly stream: string;
  readonly name: string;
  readonly unit_id: number;
}

/** Which resources have a unit. */
export interface OccurrenceTable {
  readonly unit_id: number;
  readonly resource_id: number;
}

/** What a finding says, apart from the resource; shared by all findings that say the same. */
export interface DetailTable {
  readonly id: Generated<number>;
  /** SHA-256 of `data`. */
  readonly digest: string;
  /** FindingType. */
  readonly type: string;
  /** Vulnerability id, or what tells network findings of one resource apart. */
  readonly key: string;
  /** Package findings: the vulnerability id. */
  readonly vulnerability: string | null;
  readonly title: string;
  readonly severity: number;
  readonly score: number | null;
  readonly epss: number | null;
  readonly vendor_severity: string | null;
  readonly source: string | null;
  /** YES, NO, PARTIAL. */
  readonly fix: string | null;
  /** YES, NO. */
  readonly exploit: string | null;
  readonly protocol: string | null;
  readonly port_begin: number | null;
  readonly port_end: number | null;
  /** JSON: `Detail` (findings/detail.ts). */
  readonly data: string;
}

/** The vulnerable packages of a detail. */
export interface DetailPackageTable {
  readonly detail_id: number;
  readonly unit_id: number;
  readonly name: string;
  readonly version: string;
  readonly epoch: number | null;
  readonly release: string | null;
  readonly architecture: string | null;
  readonly path: string | null;
  readonly layer: string | null;
  readonly lambda_layer: string | null;
  /** PackageManager. */
  readonly manager: string | null;
}

/** Other values a detail is filtered by: related vulnerabilities, CWEs. */
export interface DetailValueTable {
  readonly detail_id: number;
  readonly name: string;
  readonly value: string;
}

/** What advisories say of a vulnerability, at length: once for all findings of it. It follows the advisory database (engine/texts.ts). */
export interface VulnerabilityTextTable {
  readonly vulnerability: string;
  readonly text: string;
}

/** One problem of one resource. Columns of resource and detail are repeated where lists are sorted by them. */
export interface FindingTable {
  readonly id: Generated<number>;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly resource_id: number;
  readonly detail_id: number;
  readonly key: string;
  /** Package findings: the vulnerability id. */
  readonly vulnerability: string | null;
  /** Counts up when a closed one comes back after the reopening time. */
  readonly generation: number;
  readonly type: string;
  /** ACTIVE, SUPPRESSED, CLOSED. */
  readonly status: string;
  /** The filter that suppresses it. */
  readonly filter_id: number | null;
  /** Position in SEVERITY_ORDER: 0 UNTRIAGED … 5 CRITICAL. */
  readonly severity: number;
  /** Contextual score; null when there is none. */
  readonly score: number | null;
  readonly epss: number | null;
  readonly fix: string | null;
  readonly exploit: string | null;
  readonly title: string;
  readonly source: string | null;
  readonly vendor_severity: string | null;
  readonly protocol: string | null;
  readonly resource_type: string;
  /** What sorts by the component's type: the resource's platform or runtime. */
  readonly component: string | null;
  readonly repository: string | null;
  readonly registry: string | null;
  readonly pushed_at: number | null;
  /** JSON: `ScoreAdjustments` (findings/detail.ts); null = the score is the base score. */
  readonly adjustments: string | null;
  readonly first_observed_at: number;
  readonly last_observed_at: number;
  readonly updated_at: number;
  readonly closed_at: number | null;
  /** Why it was closed: `fixed`, `resource-removed`, `not-eligible`, `scan-disabled`. */
  readonly closed_by: string | null;
}

/**
 * SQLite only: what changed, in the order of the changes, written by triggers for the index in memory (findings/index). Changes of a
 * resource's attributes come with a change of its row. The oldest are dropped.
 */
export interface FindingChangeTable {
  readonly seq: Generated<number>;
  /** 1: a resource, 0: a finding. */
  readonly resource: number;
  readonly row_id: number;
}

/** Filters of the API; those with the action SUPPRESS are the suppression rules. */
export interface FilterTable {
  readonly id: Generated<number>;
  readonly arn: string;
  readonly account: string;
  readonly name: string;
  readonly action: string;
  /** JSON: FilterCriteria. */
  readonly criteria: string;
  readonly description: string | null;
  readonly reason: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface TagTable {
  readonly arn: string;
  readonly key: string;
  readonly value: string;
}

/** What people decided about a finding; survives closing and reopening. */
export interface TriageTable {
  readonly resource_id: number;
  readonly key: string;
  /** `open`, `in-progress`, `accepted`, `false-positive`, `mitigated`. */
  readonly status: string;
  readonly reason: string | null;
  readonly owner: string | null;
  readonly expires_at: number | null;
  readonly changed_at: number;
  readonly changed_by: string;
}

export interface TriageEventTable {
  readonly id: Generated<number>;
  readonly resource_id: number;
  readonly key: string;
  readonly at: number;
  readonly by: string;
  /** JSON: the row as it became. */
  readonly value: string;
}

/** One assessment of one resource, or of the fleet (`resource_id` null): what set it off and what it cost. */
export interface AssessmentTable {
  readonly id: Generated<number>;
  readonly resource_id: number | null;
  /** `inventory`, `database`, `facts`, `rescan`, `network`, `suppression`, `lifecycle`. */
  readonly trigger: string;
  /** When the advisory database in use was built. */
  readonly database: string | null;
  readonly started_at: number;
  readonly duration_ms: number;
  /** Units matched, findings created, changed, closed. */
  readonly units: number;
  readonly created: number;
  readonly changed: number;
  readonly closed: number;
  /** JSON problem: why it does not say everything. */
  readonly problem: string | null;
}

/** Where events go. */
export interface TargetTable {
  readonly id: Generated<number>;
  readonly account: string;
  readonly name: string;
  /** Id of a delivery plugin: `eventbridge`, `sns`, `securityhub`, `webhook`, `file`, `cloudwatch`. */
  readonly kind: string;
  /** JSON, without secrets. */
  readonly configuration: string;
  /** JSON of secrets, sealed. */
  readonly secrets: string | null;
  readonly enabled: number;
  readonly created_at: number;
}

/** The transactional outbox: written with the change it tells of, deleted when delivered. */
export interface OutboxTable {
  readonly id: Generated<number>;
  readonly target_id: number;
  /** Events with the same key are delivered in order: a finding's ARN, a resource's uid. */
  readonly ordering: string;
  /** `finding`, `scan`, `coverage`. */
  readonly kind: string;
  /** JSON: the event (delivery/event.ts). */
  readonly payload: string;
  readonly created_at: number;
  readonly attempts: number;
  readonly next_at: number;
  readonly lease_until: number | null;
  /** `waiting` or `dead`. */
  readonly state: string;
  readonly error: string | null;
}

/** The embedded queue. */
export interface JobTable {
  readonly id: Generated<number>;
  readonly kind: string;
  /** JSON. */
  readonly payload: string;
  /** At most one waiting job per kind has it. */
  readonly unique_key: string | null;
  /** `waiting`, `active`, `dead`. */
  readonly state: string;
  readonly run_at: number;
  readonly attempts: number;
  readonly lease_until: number | null;
  readonly error: string | null;
  readonly created_at: number;
}

/** Findings reports and SBOM exports. */
export interface ReportTable {
  readonly id: string;
  readonly account: string;
  /** `findings` or `sbom`. */
  readonly kind: string;
  readonly format: string;
  /** JSON: Destination. */
  readonly destination: string;
  /** JSON: criteria. */
  readonly criteria: string;
  /** ExternalReportStatus. */
  readonly status: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly created_at: number;
  readonly finished_at: number | null;
}

/** Small objects of the API that nothing is queried by: CIS configurations, integrations, connectors, encryption keys … */
export interface DocumentTable {
  readonly kind: string;
  readonly account: string;
  readonly key: string;
  /** JSON. */
  readonly value: string;
  readonly created_at: number;
  readonly updated_at: number;
}

/** The advisory database in use, in pieces (PostgreSQL): zstd as base64; part -1 is the number of parts. */
export interface AdvisoryPartTable {
  readonly built_at: string;
  readonly part: number;
  readonly data: string;
}

export interface Tables {
  advisory_part: AdvisoryPartTable;
  setting: SettingTable;
  access_key: AccessKeyTable;
  account: AccountTable;
  resource: ResourceTable;
  resource_attribute: ResourceAttributeTable;
  unit: UnitTable;
  unit_name: UnitNameTable;
  occurrence: OccurrenceTable;
  detail: DetailTable;
  detail_package: DetailPackageTable;
  detail_value: DetailValueTable;
  vulnerability_text: VulnerabilityTextTable;
  finding: FindingTable;
  finding_change: FindingChangeTable;
  filter: FilterTable;
  tag: TagTable;
  triage: TriageTable;
  triage_event: TriageEventTable;
  assessment: AssessmentTable;
  target: TargetTable;
  outbox: OutboxTable;
  job: JobTable;
  report: ReportTable;
  document: DocumentTable;
}

/** Severities in the API's order, least first; the position is what `severity` columns hold. */
export const SEVERITY_ORDER = ['UNTRIAGED', 'INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
