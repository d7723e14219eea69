/** The contract of a format for what can be reached. One folder per format, listed in `registry.ts`, checked by `registry.test.ts`. */
import type { ProfileId } from '../../network/findings/services.ts';
import type { NetworkAssessment } from '../../network/index.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';

export interface NetworkReport {
  readonly tool: { readonly name: 'vedette'; readonly version: string };
  /** As the user named the estate: a path, or `live`. */
  readonly name: string;
  readonly regions: readonly { readonly account: string; readonly region: string }[];
  readonly profile: ProfileId;
  readonly assessment: NetworkAssessment;
  /** What people call things, by id or ARN. */
  readonly names: ReadonlyMap<string, string>;
}

export type NetworkReportOptions = Pick<ReportOptions, 'color' | 'width' | 'limit' | 'evidence' | 'timestamp'>;

export interface NetworkFormat extends Pick<ReportFormat, 'id' | 'title' | 'specification' | 'extension' | 'mediaType'> {
  /** The report in pieces. Deterministic. */
  render(report: NetworkReport, options: NetworkReportOptions): Iterable<string>;
}
