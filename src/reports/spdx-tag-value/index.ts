/** SPDX 2.3 tag-value: the inventory; SPDX 2.3 has no place for vulnerabilities. */
import { writeSpdx } from '../../inventory/sbom/spdx-write.ts';
import type { Assessment } from '../../model/finding.ts';
import type { Inventory } from '../../model/package.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import { timestampOf } from '../sbom-options.ts';

function write(what: Inventory | Assessment, options: ReportOptions): Iterable<string> {
  return writeSpdx(what, { format: 'tag-value', ...timestampOf(options) });
}

export const spdxTagValue: ReportFormat = {
  id: 'spdx-tag-value',
  title: 'SPDX 2.3 tag-value',
  specification: ['https://spdx.github.io/spdx-spec/v2.3/'],
  extension: 'spdx',
  mediaType: 'text/spdx',
  render: write,
  inventory: write,
};
