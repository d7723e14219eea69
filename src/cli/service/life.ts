/** The life of a service's process: everything is opened, work begins, and what was opened is closed however it ends. */
import { messageOf } from '../../model/problem.ts';
import { openRuntime, type Runtime, type RuntimeOptions, readyAdvisories } from './runtime.ts';
import { Stopped, toldToStop, unlessTold } from './stop.ts';

/**
 * Opens a runtime, does something with it and closes it. What ends it early is told first: closing waits for what runs. Signals end the
 * process as they end any until everything is open; then they abort `stop`. The answer is what cut `work` off, if it was that.
 */
export async function withRuntime(
  options: RuntimeOptions,
  work: (runtime: Runtime, stop: AbortSignal) => Promise<void>,
): Promise<Stopped | undefined> {
  const runtime = await openRuntime(options);
  const stop = toldToStop();
  try {
    await work(runtime, stop);
    return undefined;
  } catch (error) {
    if (!(error instanceof Stopped)) {
      runtime.logger.error({ reason: messageOf(error) }, 'cannot go on');
      throw error;
    }
    runtime.logger.info({ signal: error.signal }, 'stopped before it was up');
    return error;
  } finally {
    await runtime.close();
  }
}

/** Makes sure of an advisory database, and works and sends from then on. Throws the reason of `stop` when that comes first. */
export async function beginWork(runtime: Runtime, options: RuntimeOptions, stop: AbortSignal): Promise<void> {
  await unlessTold(stop, () => readyAdvisories(runtime, options, stop));
  await unlessTold(stop, () => runtime.engine.work());
  await unlessTold(stop, () => runtime.registries.work());
  runtime.dispatch();
  runtime.logger.info({}, 'working');
}
