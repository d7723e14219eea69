/** The contract of a report format. One folder per format, listed in `registry.ts`, checked by `registry.test.ts`. */
import type { CycloneDxOptions } from '../inventory/sbom/cyclonedx-write.ts';
import type { Assessment } from '../model/finding.ts';
import type { Inventory } from '../model/package.ts';

export interface ReportOptions {
  /** ANSI colours; only for formats meant for a terminal. */
  readonly color: boolean;
  /** Columns available; only for formats meant for a terminal. */
  readonly width: number;
  /** Rows a human-readable format lists before it says how many more there are. */
  readonly limit: number;
  /** Findings whose evidence a human-readable format spells out. */
  readonly evidence: number;
  /** List suppressed findings too (machine formats always carry them, marked). */
  readonly showSuppressed: boolean;
  /** ISO 8601 UTC; put into the report only when the user asks for a timestamp, because output is deterministic otherwise. */
  readonly timestamp?: string;
  /** Version of the CycloneDX specification; only for its formats. */
  readonly cycloneDxVersion?: CycloneDxOptions['specVersion'];
}

export interface ReportFormat {
  /** Folder name and the word after `--format`. */
  readonly id: string;
  readonly title: string;
  readonly specification: readonly string[];
  /** File name extension without the dot. */
  readonly extension: string;
  readonly mediaType: string;
  /** It shows the whole texts on vulnerabilities (`Vulnerability.description`). */
  readonly describes?: true;
  /** The report in pieces, so that large ones are never one string. Deterministic. */
  render(assessment: Assessment, options: ReportOptions): Iterable<string>;
  /** The same for an inventory that was not assessed (`vedette sbom`); absent in formats that are about findings. */
  inventory?(inventory: Inventory, options: ReportOptions): Iterable<string>;
}
