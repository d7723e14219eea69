/** What the `data` of a detail holds: everything an API Finding says that does not depend on the resource. */
import type { Vulnerability } from '../../model/finding.ts';

/** One package's part in a package finding: the scored match of one unit. */
export interface DetailPart {
  /** Id of the unit it comes from. */
  readonly unit: number;
  readonly vulnerability: Vulnerability;
  /** Facts of the package that the API shows and the match does not repeat. */
  readonly package: {
    readonly type: string;
    readonly architecture?: string;
    readonly namespace?: string;
    readonly lambdaLayer?: string;
  };
}

/** A vulnerability of one or more packages of a resource. Parts are sorted by purl, then unit. */
export interface PackageDetail {
  readonly kind: 'package';
  readonly id: string;
  readonly parts: readonly [DetailPart, ...DetailPart[]];
}

/** A port range that can be reached: what the network finding says (network/findings). */
export interface NetworkDetail {
  readonly kind: 'network';
  readonly title: string;
  readonly description: string;
  readonly severity: string;
  readonly protocol: string;
  readonly begin: number;
  readonly end: number;
  readonly steps: readonly { readonly componentId: string; readonly componentType: string; readonly componentArn?: string }[];
  readonly remediation: string;
}

/** What the contextual score of a package finding changed: `finding.adjustments`. The score itself is `finding.score`. */
export interface ScoreAdjustments {
  /** The vector with the changed metrics. */
  readonly vector: string;
  readonly adjustments: readonly { readonly metric: string; readonly reason: string }[];
}

export type Detail = PackageDetail | NetworkDetail;
