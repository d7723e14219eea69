/** What a service asks of its queue whether or not the store can be written just now: when it begins, and when advisories change. */
import { messageOf } from '../model/problem.ts';
import { storeTrouble } from '../store/trouble.ts';
import type { EngineLog } from './engine.ts';

/** Milliseconds until a store that could not be written is asked again. */
const AGAIN_MS = 10_000;

/**
 * Asks; where the store cannot be written now (a full disk), that is told and asked again until it can be: the service reads and answers
 * meanwhile. Rejects for everything else. Asking twice must be as good as once.
 */
export async function askWhenWritable(
  ask: () => Promise<void>,
  log: Pick<EngineLog, 'error'>,
  later: (again: () => void) => void = (again) => void setTimeout(again, AGAIN_MS).unref(),
): Promise<void> {
  let told: string | undefined;
  const again = async (): Promise<void> => {
    try {
      await ask();
    } catch (error) {
      const trouble = storeTrouble(error);
      if (trouble === undefined) throw error;
      if (told !== trouble.code) log.error({ code: trouble.code }, trouble.message);
      told = trouble.code;
      // Nobody waits for it any more.
      later(() => void again().catch((other: unknown) => log.error({ reason: messageOf(other) }, 'what was put off failed')));
    }
  };
  await again();
}
