/** What is told to the outside: the three EventBridge detail types of Inspector (reference: Amazon Inspector user guide, EventBridge schema). */
import type { Finding } from '@aws-sdk/client-inspector2';

interface EventBase {
  readonly account: string;
  readonly region: string;
  /** ISO 8601 UTC; when it happened. */
  readonly time: string;
  /** Ids of the resources it is about: the envelope's `resources`. */
  readonly resources: readonly string[];
}

/** A finding as the API shows it at that moment (times as ISO strings in storage; each target writes them its own way). */
export interface FindingEvent extends EventBase {
  readonly kind: 'finding';
  readonly finding: Finding;
  /** What happened to it. */
  readonly change: 'created' | 'updated' | 'suppressed' | 'unsuppressed' | 'closed' | 'reopened';
}

/** The first assessment of a resource is complete. */
export interface ScanEvent extends EventBase {
  readonly kind: 'scan';
  readonly resourceType: string;
  /** Counts by severity; `TOTAL` includes all of them. */
  readonly counts: Readonly<Record<'CRITICAL' | 'HIGH' | 'MEDIUM' | 'TOTAL', number>>;
  /** Images: repository ARN, digest, tags. */
  readonly image?: { readonly repository: string; readonly digest: string; readonly tags: readonly string[] };
}

/** The scan status of a resource changed. */
export interface CoverageEvent extends EventBase {
  readonly kind: 'coverage';
  readonly statusCode: string;
  readonly reason: string;
  readonly scanType: 'PACKAGE' | 'NETWORK';
}

/** How many there are of what, at that moment; what metrics are made of. */
export interface MetricsEvent extends EventBase {
  readonly kind: 'metrics';
  /** Active findings by severity. */
  readonly findingCounts: Readonly<Record<string, number>>;
  /** Resources by ScanStatusCode. */
  readonly resourceCounts: Readonly<Record<string, number>>;
}

export type Event = FindingEvent | ScanEvent | CoverageEvent | MetricsEvent;

export const EVENT_KINDS = ['finding', 'scan', 'coverage', 'metrics'] as const satisfies readonly Event['kind'][];

/** Events with the same key reach a target in the order in which they happened. */
export function orderingOf(event: Event): string {
  return event.kind === 'finding'
    ? (event.finding.findingArn ?? '')
    : `${event.kind}:${event.account}:${event.resources.join(' ')}`;
}
