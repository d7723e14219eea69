/** Being told to stop. */
import type { Logger } from 'pino';
import { EXIT, type ExitStatus } from '../exit.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** One stop may send the signal to the process, to its group and through its parent: what comes this soon after the first is the same. */
const SAME_MS = 1_000;

/** Thrown by what is cut off because the process was told to stop. */
export class Stopped extends Error {
  readonly signal: NodeJS.Signals;
  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

/** Aborted by SIGTERM or SIGINT, from now on; a second after that another one ends the process at once. */
export function toldToStop(signals: NodeJS.EventEmitter = process, same = SAME_MS): AbortSignal {
  const controller = new AbortController();
  const listener = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) return;
    controller.abort(new Stopped(signal));
    setTimeout(() => {
      for (const name of SIGNALS) signals.off(name, listener);
    }, same).unref();
  };
  for (const name of SIGNALS) signals.on(name, listener);
  return controller.signal;
}

/** What a step comes to. When the process is told to stop, the step is left alone and the reason is thrown. */
export async function unlessTold<T>(stop: AbortSignal, step: () => Promise<T>): Promise<T> {
  stop.throwIfAborted();
  const { promise: told, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(stop.reason);
  stop.addEventListener('abort', onAbort);
  try {
    return await Promise.race([step(), told]);
  } finally {
    stop.removeEventListener('abort', onAbort);
  }
}

/** Resolves when the process is told to stop, and keeps it alive until then. */
export async function untilTold(stop: AbortSignal, logger: Logger): Promise<void> {
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  clearInterval(keepAlive);
  logger.info({ signal: stop.reason.signal }, 'stopping: what runs is finished first');
}

/** Ends the process by the signal that cut its work off, as parents expect. */
export function endBy({ signal }: Stopped): ExitStatus {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container is not ended by its own signals.
  return EXIT.incomplete;
}
