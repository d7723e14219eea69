/** The story that every client tells: each operation with what must come back, in this order. */
import type { Case } from './case.ts';
import { activation, configuration, end, organization } from './story-accounts.ts';
import { coverage, filters, findings, reports } from './story-findings.ts';
import { cis, code, connectors, machineImages, scan } from './story-rest.ts';

export const STORY: readonly Case[] = [
  ...organization,
  ...activation,
  ...findings,
  ...coverage,
  ...filters,
  ...reports,
  ...configuration,
  ...cis,
  ...code,
  ...connectors,
  ...machineImages,
  ...scan,
  ...end,
];
