/** What became reachable, or no longer is, between two assessments. */
import type { Problem } from '../model/problem.ts';
import type { NetworkFinding } from './findings/finding.ts';
import type { NetworkAssessment } from './index.ts';

export interface NetworkDiff {
  readonly opened: readonly NetworkFinding[];
  readonly closed: readonly NetworkFinding[];
  /**
   * Those of before that are not told any more, and nobody knows whether because they closed, as the newer snapshot has gaps;
   * and those of now that nobody knows whether they are reachable (their `unknown` says why).
   */
  readonly unknown: readonly NetworkFinding[];
  /** The same ports from the same source, by another path, grade or state. */
  readonly changed: readonly { readonly before: NetworkFinding; readonly after: NetworkFinding }[];
}

function essence({ clientPorts, state, unknown, networkPath }: NetworkFinding): string {
  return JSON.stringify([clientPorts, state, unknown, networkPath]);
}

/** What these tell of is as unknown in one snapshot as in the other when both tell the same of it. */
const COMPARABLE: ReadonlySet<string> = new Set([
  'estate-table-missing',
  'network-gateway-unmodelled',
  'network-endpoint-service',
]);

/** Whether the newer snapshot lacks something that the older one may have had. */
function hasGaps(before: NetworkAssessment, after: NetworkAssessment): boolean {
  const text = ({ code, path, message }: Problem) => JSON.stringify([code, path, message]);
  const known = new Set(before.problems.flatMap((one) => (COMPARABLE.has(one.code) ? [text(one)] : [])));
  return after.problems.some((one) => one.effect === 'incomplete' && !known.has(text(one)));
}

/** By the findings' ids, which are the same over runs. */
export function diffNetworks(before: NetworkAssessment, after: NetworkAssessment): NetworkDiff {
  const [old, now] = [new Map(before.findings.map((one) => [one.id, one])), new Map(after.findings.map((one) => [one.id, one]))];
  const isUnknown = (one: NetworkFinding | undefined) => one !== undefined && one.unknown.length > 0;
  const newlyUnknown = after.findings.filter((one) => isUnknown(one) && !isUnknown(old.get(one.id)));
  const unsure = new Set(newlyUnknown.map(({ resource }) => resource));
  const gaps = hasGaps(before, after);
  const gone = Map.groupBy(
    before.findings.filter(({ id }) => !now.has(id)),
    ({ resource }) => gaps || unsure.has(resource),
  );
  return {
    opened: after.findings.filter((one) => !old.has(one.id) && !isUnknown(one)),
    closed: gone.get(false) ?? [],
    unknown: [...(gone.get(true) ?? []), ...newlyUnknown.filter(({ id }) => !old.has(id))],
    changed: after.findings.flatMap((finding) => {
      const earlier = old.get(finding.id);
      return earlier === undefined || essence(earlier) === essence(finding) ? [] : [{ before: earlier, after: finding }];
    }),
  };
}
