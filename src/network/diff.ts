/** What became reachable, or no longer is, between two assessments. */
import type { NetworkFinding } from './findings/finding.ts';
import type { NetworkAssessment } from './index.ts';

export interface NetworkDiff {
  readonly opened: readonly NetworkFinding[];
  readonly closed: readonly NetworkFinding[];
  /** The same ports from the same source, by another path, grade or state. */
  readonly changed: readonly { readonly before: NetworkFinding; readonly after: NetworkFinding }[];
}

function essence({ clientPorts, state, unknown, networkPath }: NetworkFinding): string {
  return JSON.stringify([clientPorts, state, unknown, networkPath]);
}

/** By the findings' ids, which are the same over runs. */
export function diffNetworks(before: NetworkAssessment, after: NetworkAssessment): NetworkDiff {
  const [old, now] = [new Map(before.findings.map((one) => [one.id, one])), new Map(after.findings.map((one) => [one.id, one]))];
  return {
    opened: after.findings.filter(({ id }) => !old.has(id)),
    closed: before.findings.filter(({ id }) => !now.has(id)),
    changed: after.findings.flatMap((finding) => {
      const earlier = old.get(finding.id);
      return earlier === undefined || essence(earlier) === essence(finding) ? [] : [{ before: earlier, after: finding }];
    }),
  };
}
