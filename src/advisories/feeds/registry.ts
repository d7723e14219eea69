/** Every feed. The order decides whose title and date of a vulnerability are shown when several know it. */
import type { Feed } from '../feed.ts';
import { alpineSecdb } from './alpine-secdb/index.ts';
import { amazon } from './amazon/index.ts';
import { epss } from './epss/index.ts';
import { exploits } from './exploits/index.ts';
import { friendsofphp } from './friendsofphp/index.ts';
import { kev } from './kev/index.ts';
import { nodejsCore } from './nodejs-core/index.ts';
import { nvdOverrides } from './nvd-overrides/index.ts';
import { osv } from './osv/index.ts';
import { redhatCve } from './redhat-cve/index.ts';
import { rubysec } from './rubysec/index.ts';
import { vulnrichment } from './vulnrichment/index.ts';

export const feeds: readonly Feed[] = [
  osv,
  amazon,
  alpineSecdb,
  rubysec,
  friendsofphp,
  nodejsCore,
  nvdOverrides,
  vulnrichment,
  redhatCve,
  kev,
  epss,
  exploits,
];
