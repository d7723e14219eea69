/** SPDX 2.3 JSON: the inventory; SPDX 2.3 has no place for vulnerabilities. */
import { writeSpdx } from '../../inventory/sbom/spdx-write.ts';
import type { Assessment } from '../../model/finding.ts';
import type { Inventory } from '../../model/package.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import { timestampOf } from '../sbom-options.ts';

function write(what: Inventory | Assessment, options: ReportOptions): Iterable<string> {
  return writeSpdx(what, { format: 'json', ...timestampOf(options) });
}

export const spdx: ReportFormat = {
  id: 'spdx',
  title: 'SPDX 2.3 JSON',
  specification: ['https://spdx.github.io/spdx-spec/v2.3/'],
  extension: 'spdx.json',
  mediaType: 'application/spdx+json',
  render: write,
  inventory: write,
};
