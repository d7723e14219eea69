/** CycloneDX JSON: the inventory with its vulnerabilities. */
import { writeCycloneDx } from '../../inventory/sbom/cyclonedx-write.ts';
import type { Assessment } from '../../model/finding.ts';
import type { Inventory } from '../../model/package.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import { cycloneDxOptions } from '../sbom-options.ts';

function write(what: Inventory | Assessment, options: ReportOptions): Iterable<string> {
  return writeCycloneDx(what, { format: 'json', ...cycloneDxOptions(options) });
}

export const cycloneDx: ReportFormat = {
  id: 'cyclonedx',
  title: 'CycloneDX JSON',
  specification: ['https://cyclonedx.org/docs/1.6/json/'],
  extension: 'cdx.json',
  mediaType: 'application/vnd.cyclonedx+json',
  render: write,
  inventory: write,
};
