/** Where tests find the optional shared data, and how tests skip. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TestContext } from 'node:test';

const root = resolve(import.meta.dirname, '../../../shared/data');

/** Absolute path of a shared data file, or undefined when there is none. */
function sharedPath(relative = ''): string | undefined {
  const path = resolve(root, relative);
  return existsSync(path) ? path : undefined;
}

/** Like `sharedPath`, but skips the running test with the reason. Where the data are, a file that is not there fails in CI. */
export function needShared(context: TestContext, relative = ''): string | undefined {
  const path = sharedPath(relative);
  if (path !== undefined) return path;
  const reason = `needs ../shared/data/${relative}`;
  if (existsSync(root)) skipOrFail(context, reason);
  else context.skip(reason);
  return undefined;
}

/** Skips because a tool is absent; in CI, which installs them, that is a failure. */
export function skipOrFail(context: TestContext, reason: string): void {
  if (process.env.CI === 'true') throw new Error(`skipped in CI: ${reason}`);
  context.skip(reason);
}
