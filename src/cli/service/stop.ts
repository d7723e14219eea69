/** How the service ends: when it is told to, or because it cannot go on. */
import type { Logger } from 'pino';
import { messageOf } from '../../model/problem.ts';
import type { Runtime } from './runtime.ts';

/** Does something with the runtime and closes it. What ends it early is told first: closing waits for what runs. */
export async function closing(runtime: Runtime, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    runtime.logger.error({ reason: messageOf(error) }, 'cannot go on');
    throw error;
  } finally {
    await runtime.close();
  }
}

/** Resolves at SIGTERM or SIGINT; a second one ends the process at once. */
export async function untilStopped(logger: Logger): Promise<void> {
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  clearInterval(keepAlive);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(130));
  logger.info({ signal }, 'stopping: what runs is finished first');
}
