/** The result vocabulary: matches (matching), scored vulnerabilities (scoring) and the report. */
import type { AdvisorySeverity, DatabaseInfo, VersionRange, VulnerabilityFacts } from './advisory.ts';
import type { Location, Package, Target } from './package.ts';
import type { Problem } from './problem.ts';

/** Inspector's severity words, most urgent first. */
export const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNTRIAGED'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type FindingStatus =
  | 'fix-available'
  | 'no-fix'
  | 'will-not-fix'
  | 'fix-deferred'
  | 'under-investigation'
  | 'end-of-life'
  /** The versions could not be compared: may be affected. */
  | 'not-comparable';

/** One advisory's say in a match. */
export interface MatchEvidence {
  /** Advisory source (feed id) and its own id. */
  readonly source: string;
  readonly id: string;
  readonly url: string;
  readonly stream: string;
  /** Name under which the advisory was found. */
  readonly name: string;
  readonly by: 'source' | 'binary';
  /** Version that was compared (the source package's when matched by source name). */
  readonly version: string;
  /** The range it fell in. */
  readonly range: VersionRange;
  readonly status: FindingStatus;
  readonly fixedVersion?: string;
  readonly note?: string;
  /** Fix exists only in another channel, e.g. Ubuntu Pro. */
  readonly fixChannel?: string;
  /** What the source says of this package in this stream (`AffectedRow.severity`): scoring prefers it. */
  readonly severity?: AdvisorySeverity;
}

/** Why something that matched is not reported. */
export interface Suppression {
  /** `ignore-file`, `vex`, `distribution-verdict`, `kernel-not-running`, `kernel-in-image`, `only-fixed`, `development`, `severity-filter` … */
  readonly by: string;
  readonly reason: string;
  /** File and rule or statement that did it. */
  readonly rule?: string;
  readonly expires?: string;
}

/** What matching produces: one per (vulnerability id, package). */
export interface Match {
  /** CVE id where there is one, otherwise GHSA, MAL, RUSTSEC, distribution id; `EOL-<os>-<version>` for an end-of-life system. */
  readonly id: string;
  readonly kind: 'vulnerability' | 'malware' | 'informational' | 'end-of-life';
  /** Sorted, without `id`. */
  readonly aliases: readonly string[];
  readonly package: Package;
  readonly status: FindingStatus;
  /** Sorted by the scheme, without repetitions. */
  readonly fixedVersions: readonly string[];
  readonly evidence: readonly MatchEvidence[];
  /** References into the database, for scoring. */
  readonly advisories: readonly number[];
  readonly suppressed?: Suppression;
}

export interface Score {
  /** 0–10, one decimal. */
  readonly value: number;
  readonly vector?: string;
  /** `2.0`, `3.0`, `3.1`, `4.0`. */
  readonly version: string;
  readonly source: string;
}

export interface PriorityPart {
  /** `severity`, `exploited`, `likelihood`, `exploit-public`, `fix` … */
  readonly name: string;
  /** Points it added to (or removed from) the total. */
  readonly points: number;
  /** Why, in one phrase with the figures used. */
  readonly because: string;
}

export interface Vulnerability {
  readonly id: string;
  readonly kind: Match['kind'];
  readonly aliases: readonly string[];
  readonly title?: string;
  /** All that is said of it; only in assessments that were asked for it. */
  readonly description?: string;
  readonly published?: string;
  readonly severity: Severity;
  /** Who decided the severity word. */
  readonly severitySource: string;
  readonly score?: Score;
  /** Every score known, by source, for evidence. */
  readonly scores: readonly Score[];
  /** 0–100 and the parts it is the sum of. */
  readonly priority: { readonly value: number; readonly parts: readonly PriorityPart[] };
  readonly status: FindingStatus;
  /** purl of the package. */
  readonly package: string;
  readonly packageName: string;
  readonly installedVersion: string;
  readonly fixedVersions: readonly string[];
  readonly epss?: VulnerabilityFacts['epss'];
  readonly kev?: VulnerabilityFacts['kev'];
  readonly exploits: readonly string[];
  readonly cwes: readonly string[];
  readonly evidence: readonly MatchEvidence[];
  readonly locations: readonly Location[];
  readonly suppressed?: Suppression;
}

/** Everything a report format gets. Sorted: vulnerabilities by priority descending, then id, then purl; packages by purl. */
export interface Assessment {
  readonly tool: { readonly name: 'vedette'; readonly version: string };
  readonly database: DatabaseInfo;
  readonly target: Target;
  readonly packages: readonly Package[];
  /** Reported and suppressed ones; `suppressed` tells. */
  readonly vulnerabilities: readonly Vulnerability[];
  readonly problems: readonly Problem[];
  readonly summary: AssessmentSummary;
}

export interface AssessmentSummary {
  readonly packages: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly fixable: number;
  readonly exploited: number;
  readonly suppressed: number;
  /** Kernel packages of an image that were set aside. */
  readonly setAside: number;
  /** False when any problem is `incomplete`. */
  readonly complete: boolean;
}
