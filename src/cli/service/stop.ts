/** Waiting for the word to stop. */
import type { Logger } from 'pino';

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
