/** What both forms of a ScanSbom report are made of. docs/api.md. */
import type { ScannedVulnerability } from '../../engine/scan-sbom.ts';
import type { Score, Severity, Vulnerability } from '../../model/finding.ts';
import { SEVERITIES } from '../../model/finding.ts';
import { sourceName, vendorOf } from '../../store/findings/sources.ts';

/** What is said of a vulnerability, whichever component has it. */
export interface VulnerabilityFacts {
  readonly id: string;
  readonly severity: Severity;
  readonly source: { readonly name: string; readonly url: string | undefined };
  readonly scores: readonly Score[];
  readonly related: readonly string[];
  readonly urls: readonly string[];
  readonly cwes: readonly number[];
  readonly description: string | undefined;
  readonly published: string | undefined;
  readonly epss: Vulnerability['epss'];
  readonly kev: Vulnerability['kev'];
  readonly exploited: boolean;
  readonly malicious: boolean;
}

function dateTime(text: string | undefined): string | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** The worst of the components that have it decides. */
export function factsOf({ id, on }: ScannedVulnerability): VulnerabilityFacts {
  const all = on.map(({ found }) => found);
  const rank = (one: Vulnerability) => SEVERITIES.indexOf(one.severity);
  const worst = all.reduce((least, one) => (rank(one) < rank(least) ? one : least));
  const vendor = vendorOf(worst, undefined);
  const scores = new Map(all.flatMap((one) => one.scores).map((score) => [JSON.stringify(score), score]));
  const urls = all.flatMap(({ evidence }) => evidence.map(({ url }) => url)).filter((url) => URL.canParse(url));
  const cwes = all.flatMap((one) => one.cwes).flatMap((cwe) => /^CWE-(\d{1,6})$/.exec(cwe)?.[1] ?? []);
  return {
    id,
    severity: worst.severity,
    source: { name: vendor.source, url: vendor.url },
    scores: [...scores.values()],
    related: [...new Set(all.flatMap(({ aliases }) => aliases))].sort(),
    urls: [...new Set(urls)].sort(),
    cwes: [...new Set(cwes.map(Number))].sort((a, b) => a - b),
    description: worst.description ?? all.find(({ title }) => title !== undefined)?.title,
    published: dateTime(worst.published),
    epss: worst.epss,
    kev: worst.kev,
    exploited: worst.kev !== undefined || worst.exploits.length > 0,
    malicious: worst.kind === 'malware',
  };
}

export interface Counts {
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly other: number;
}

/** Vulnerabilities by severity; `other` is what has none or is informational. */
export function countsOf(facts: readonly VulnerabilityFacts[]): Counts {
  const count = (severity: Severity) => facts.filter((one) => one.severity === severity).length;
  const [critical, high, medium, low] = [count('CRITICAL'), count('HIGH'), count('MEDIUM'), count('LOW')];
  return { critical, high, medium, low, other: facts.length - critical - high - medium - low };
}

/** Inspector publishes no rule for its priorities; this one is Vedette's, and docs/api.md says so. */
export function priorityOf({ kev, exploited, epss, severity }: VulnerabilityFacts): string {
  if (kev !== undefined) return 'immediate';
  if (exploited || (epss?.score ?? 0) >= 0.1) return 'urgent';
  return severity === 'CRITICAL' || severity === 'HIGH' ? 'moderate' : 'standard';
}

export function scoreSource({ source }: Score): string {
  return sourceName(source);
}

/** What is told of components: skipped ones, and those that have nothing. */
export function messageOf({ skipped, vulnerable }: { readonly skipped: string | undefined; readonly vulnerable: boolean }) {
  if (skipped !== undefined) return { level: 'warning', text: skipped } as const;
  return vulnerable ? undefined : ({ level: 'info', text: 'Component scanned: no vulnerabilities found.' } as const);
}
