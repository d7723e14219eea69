/** CycloneDX XML: the inventory with its vulnerabilities. */
import { writeCycloneDx } from '../../inventory/sbom/cyclonedx-write.ts';
import type { Assessment } from '../../model/finding.ts';
import type { Inventory } from '../../model/package.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import { cycloneDxOptions } from '../sbom-options.ts';

function write(what: Inventory | Assessment, options: ReportOptions): Iterable<string> {
  return writeCycloneDx(what, { format: 'xml', ...cycloneDxOptions(options) });
}

export const cycloneDxXml: ReportFormat = {
  id: 'cyclonedx-xml',
  title: 'CycloneDX XML',
  specification: ['https://cyclonedx.org/docs/1.6/xml/'],
  extension: 'cdx.xml',
  mediaType: 'application/vnd.cyclonedx+xml',
  render: write,
  inventory: write,
};
