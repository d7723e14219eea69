/** The advisory vocabulary: what feeds produce, what the database stores. */

/** What an advisory says of a package in a stream. */
export type AffectedStatus =
  /** Affected in the ranges; a range without `fixed` has no fix (yet). */
  | 'affected'
  /** The source says this package is not affected: kept, because silence is not the same. */
  | 'not-affected'
  /** Affected; the vendor will not fix it. */
  | 'will-not-fix'
  /** Affected; the fix is postponed. */
  | 'fix-deferred'
  /** Affected or unknown, and out of support. */
  | 'end-of-life'
  /** The source has not decided yet. */
  | 'under-investigation';

/**
 * A half-open interval of versions: from `introduced` (inclusive, undefined or `0` = from the beginning) up to `fixed`
 * (exclusive) or `lastAffected` (inclusive); neither = no upper end.
 */
export interface VersionRange {
  readonly introduced?: string;
  readonly fixed?: string;
  readonly lastAffected?: string;
}

export interface Affected {
  /** Stream id, see `advisories/streams`: `debian/12`, `amazon/2/extras/docker`, `npm` … */
  readonly stream: string;
  /** Name in the normal form of the stream (`advisories/streams` normalises both sides). */
  readonly name: string;
  readonly status: AffectedStatus;
  /** The version is affected when it is in any range OR equals any of `versions`. */
  readonly ranges: readonly VersionRange[];
  readonly versions?: readonly string[];
  /** Versions the source says are safe even inside a range. */
  readonly unaffectedVersions?: readonly string[];
  /** Only these architectures; absent = all. `noarch` packages always count. */
  readonly architectures?: readonly string[];
  /** rpm module `name:stream`; absent = the package must not come from a module. */
  readonly module?: string;
  /** Severity word or vector the source gives for this package in this stream. */
  readonly severity?: AdvisorySeverity;
  /** Whether names are source or binary package names; language ecosystems use `binary`. */
  readonly names: 'source' | 'binary';
  /** Source's own word for the state (`no-dsa`, `unimportant`, `Will not fix` …), shown as evidence. */
  readonly note?: string;
}

export interface AdvisorySeverity {
  readonly kind: 'cvss-v2' | 'cvss-v3' | 'cvss-v4' | 'word';
  /** Vector string, or the vendor's word in lower case. */
  readonly value: string;
  /** Who says so: `ubuntu`, `nvd`, `ghsa`, `redhat`, `cisa-adp` … */
  readonly source: string;
}

export interface Advisory {
  /** The source's own id: DSA-…, ALAS2-…, GHSA-…, RHSA-…, CVE-… */
  readonly id: string;
  /** Feed id: `osv-debian`, `amazon`, `alpine-secdb` … */
  readonly source: string;
  readonly url: string;
  /** The vulnerabilities it is about: CVE ids where there are any, otherwise its own id. One finding each. */
  readonly vulnerabilities: readonly string[];
  /** Other names for the same thing (GHSA, PYSEC, RUSTSEC …), without the above. */
  readonly aliases: readonly string[];
  readonly title?: string;
  /** All it says in words: one line of at most 1,024 characters (`feeds/prose.ts`). The database gives it by `description`. */
  readonly description?: string;
  /** ISO 8601 UTC. */
  readonly published?: string;
  readonly modified?: string;
  /** `informational` (unmaintained …) and `malware` are separable from vulnerabilities. */
  readonly kind: 'vulnerability' | 'malware' | 'informational';
  readonly severities: readonly AdvisorySeverity[];
  readonly cwes: readonly string[];
  readonly affected: readonly Affected[];
}

/** Facts about one vulnerability (by CVE id), independent of packages: the side tables. */
export interface VulnerabilityFacts {
  readonly id: string;
  readonly title?: string;
  readonly published?: string;
  readonly severities: readonly AdvisorySeverity[];
  readonly cwes: readonly string[];
  readonly epss?: { readonly score: number; readonly percentile?: number; readonly date: string };
  readonly kev?: { readonly dateAdded: string; readonly dueDate?: string; readonly ransomware: boolean };
  /** Public exploit references, e.g. `EDB-12345`. */
  readonly exploits: readonly string[];
  /** CISA SSVC exploitation decision point where known. */
  readonly exploitation?: 'none' | 'poc' | 'active';
  /** Rejected by its authority: never a finding. */
  readonly rejected?: boolean;
}

/** Where advisory data came from; shown in every report. */
export interface DatabaseSource {
  readonly id: string;
  readonly origin: 'network' | 'mirror' | 'starter';
  readonly url: string;
  /** When Vedette read it; ISO 8601 UTC. */
  readonly fetchedAt: string;
  /** Newest record's date in the source, i.e. how old its knowledge is. */
  readonly asOf?: string;
  readonly records: number;
  /** Set when the last update failed and older data are in use. */
  readonly stale?: { readonly since: string; readonly reason: string };
  /** Why it could not be read to its end; what the rest says is unknown. */
  readonly failed?: string;
}

export interface DatabaseInfo {
  readonly formatVersion: number;
  readonly builtAt: string;
  readonly sources: readonly DatabaseSource[];
  readonly advisories: number;
  readonly ranges: number;
  /** Bounds that are not versions of their scheme: see `AffectedRow.uncomparable`. */
  readonly uncomparable?: number;
}

/** One stored (stream, name) row, ready to test without parsing anything. */
export interface AffectedRow {
  /** Reference for `AdvisoryDatabase.advisory`. */
  readonly advisory: number;
  readonly status: AffectedStatus;
  readonly names: 'source' | 'binary';
  readonly ranges: readonly KeyedRange[];
  /** Keys of explicitly listed versions. */
  readonly versionKeys: readonly string[];
  readonly unaffectedKeys: readonly string[];
  /** Listed versions that are not versions of the scheme: affected when the text is equal, and nothing else. */
  readonly literalVersions?: readonly string[];
  readonly architectures?: readonly string[];
  readonly module?: string;
  readonly severity?: AdvisorySeverity;
  readonly note?: string;
  /** Bounds the compiler could not turn into keys: any version is then *not comparable*, never silently unaffected. */
  readonly uncomparable?: readonly string[];
}

export interface KeyedRange extends VersionRange {
  /** Version keys (see `versions/`): `low <= v` and `v < high` (`v <= high` when `lastAffected`); undefined = open. */
  readonly low?: string;
  readonly high?: string;
}

/** What matching, scoring and explain need of the database. `advisories/database` implements it; tests may use a small in-memory one. */
export interface AdvisoryDatabase {
  readonly info: DatabaseInfo;
  /** True when any source feeds this stream: tells "nothing known" from "not covered". */
  hasStream(stream: string): boolean;
  /** Rows for a normalised name in a stream; empty when there are none. */
  lookup(stream: string, name: string): readonly AffectedRow[];
  /** The advisory of a row, without its `affected`. */
  advisory(reference: number): Omit<Advisory, 'affected' | 'description'>;
  /** Side-table facts of a CVE or other vulnerability id. */
  facts(id: string): VulnerabilityFacts | undefined;
  /**
   * The whole text on a vulnerability, by id or alias: that of its facts, else of the advisory that speaks most of it. It is kept apart
   * and compressed: for what is shown, not for matching.
   */
  description(id: string): string | undefined;
  /** References of all advisories that name this vulnerability or are named so (id or alias). */
  advisoriesFor(id: string): readonly number[];
  /** The (stream, name) pairs an advisory has rows for. */
  affectedBy(reference: number): readonly { readonly stream: string; readonly name: string }[];
}
