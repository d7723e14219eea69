/** Every kind of target, in the order in which the documentation lists them. */
import type { TargetKind } from './target.ts';
import { file } from './targets/file/index.ts';
import { webhook } from './targets/webhook/index.ts';

export const TARGET_KINDS: readonly TargetKind[] = [webhook, file];
