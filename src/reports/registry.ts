/** Every report format, in the order `--help` lists them. */
import { csv } from './csv/index.ts';
import { cycloneDx } from './cyclonedx/index.ts';
import { cycloneDxXml } from './cyclonedx-xml/index.ts';
import type { ReportFormat } from './format.ts';
import { html } from './html/index.ts';
import { json } from './json/index.ts';
import { sarif } from './sarif/index.ts';
import { spdx } from './spdx/index.ts';
import { spdxTagValue } from './spdx-tag-value/index.ts';
import { table } from './table/index.ts';

export const FORMATS: readonly ReportFormat[] = [table, json, html, sarif, csv, cycloneDx, cycloneDxXml, spdx, spdxTagValue];
