/** `vedette worker`: the engine without the API, beside the servers that share a store. */
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { openRuntime, type RuntimeOptions, readyAdvisories } from '../service/runtime.ts';
import { closing, untilStopped } from '../service/stop.ts';

/** Works on jobs and sends events until it is stopped; status 0 then. */
export async function worker(options: RuntimeOptions): Promise<ExitStatus> {
  if (options.store === undefined || !/^postgres(?:ql)?:\/\//.test(options.store)) {
    const message =
      'A worker shares a store on PostgreSQL: --store postgres://USER@HOST/DATABASE. The embedded store belongs to one process; "vedette serve" does the work there.';
    throw new CommandError(message, EXIT.usage);
  }
  const runtime = await openRuntime(options);
  await closing(runtime, async () => {
    await readyAdvisories(runtime, options);
    await runtime.engine.work();
    await runtime.registries.work();
    runtime.dispatch();
    runtime.logger.info({}, 'working');
    await untilStopped(runtime.logger);
  });
  return EXIT.done;
}
