/** Every format of `vedette network analyze`, in the order `--help` lists them. */
import { csv } from './csv/index.ts';
import { dot } from './dot/index.ts';
import type { NetworkFormat } from './format.ts';
import { html } from './html/index.ts';
import { json } from './json/index.ts';
import { sarif } from './sarif/index.ts';
import { svg } from './svg/index.ts';
import { table } from './table/index.ts';

export const NETWORK_FORMATS: readonly NetworkFormat[] = [table, json, html, sarif, csv, svg, dot];
