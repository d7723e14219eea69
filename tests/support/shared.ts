/** Where tests find the optional shared data, and how they skip without it (a skip fails in CI). */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TestContext } from 'node:test';

const root = resolve(import.meta.dirname, '../../../shared/data');

/** Absolute path of a shared data file, or undefined when there is none. */
function sharedPath(relative = ''): string | undefined {
  const path = resolve(root, relative);
  return existsSync(path) ? path : undefined;
}

/** Like `sharedPath`, but skips the running test with the reason, or fails it in CI. */
export function needShared(context: TestContext, relative = ''): string | undefined {
  const path = sharedPath(relative);
  if (path === undefined) skipOrFail(context, `needs ../shared/data/${relative}`);
  return path;
}

/** Skips with a reason; in CI a skip is a failure. */
export function skipOrFail(context: TestContext, reason: string): void {
  if (process.env.CI === 'true') throw new Error(`skipped in CI: ${reason}`);
  context.skip(reason);
}
