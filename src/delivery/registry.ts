/** Every kind of target, in the order in which the documentation lists them. */
import type { TargetKind } from './target.ts';
import { cloudwatch } from './targets/cloudwatch/index.ts';
import { eventbridge } from './targets/eventbridge/index.ts';
import { file } from './targets/file/index.ts';
import { securityhub } from './targets/securityhub/index.ts';
import { sns } from './targets/sns/index.ts';
import { webhook } from './targets/webhook/index.ts';

export const TARGET_KINDS: readonly TargetKind[] = [eventbridge, sns, securityhub, cloudwatch, webhook, file];
