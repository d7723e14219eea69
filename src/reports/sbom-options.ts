/** What the writers of bills of materials take of the report options. */
import type { CycloneDxOptions } from '../inventory/sbom/cyclonedx-write.ts';
import type { ReportOptions } from './format.ts';

export function timestampOf({ timestamp }: ReportOptions): { readonly timestamp?: string } {
  return timestamp === undefined ? {} : { timestamp };
}

export function cycloneDxOptions(options: ReportOptions): Omit<CycloneDxOptions, 'format'> {
  const { cycloneDxVersion } = options;
  return { ...timestampOf(options), ...(cycloneDxVersion === undefined ? {} : { specVersion: cycloneDxVersion }) };
}
