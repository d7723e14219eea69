/** `vedette worker`: the engine without the API, beside the servers that share a store. */
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { beginWork, withRuntime } from '../service/life.ts';
import type { RuntimeOptions } from '../service/runtime.ts';
import { untilTold } from '../service/stop.ts';

/** Works on jobs and sends events until it is stopped; status 0 then. */
export async function worker(options: RuntimeOptions): Promise<ExitStatus> {
  if (options.store === undefined || !/^postgres(?:ql)?:\/\//.test(options.store)) {
    const message =
      'A worker shares a store on PostgreSQL: --store postgres://USER@HOST/DATABASE. The embedded store belongs to one process; "vedette serve" does the work there.';
    throw new CommandError(message, EXIT.usage);
  }
  await withRuntime(options, async (runtime, stop) => {
    await beginWork(runtime, options, stop);
    await untilTold(stop, runtime.logger);
  });
  return EXIT.done;
}
