/** `vedette serve`: the service until it is stopped. */
import { EXIT, type ExitStatus } from '../exit.ts';
import { beginWork, withRuntime } from '../service/life.ts';
import { parseRegistry, watchTold } from '../service/registries.ts';
import { type ServerOptions, startServer } from '../service/server.ts';
import { unlessTold, untilTold } from '../service/stop.ts';

interface ServeOptions extends ServerOptions {
  /** Registries to watch. */
  readonly registry?: readonly string[];
}

/** Runs the API and the engine in this process. Status 0 when it was told to stop. */
export async function serve(options: ServeOptions): Promise<ExitStatus> {
  const { registry = [] } = options;
  // Told before anything is started.
  for (const text of registry) parseRegistry(text);
  await withRuntime(options, async (runtime, stop) => {
    const { server, url, credentials } = await startServer(runtime, options);
    try {
      runtime.logger.info({ url, credentials }, 'listening');
      await unlessTold(stop, () => watchTold(runtime, registry));
      await beginWork(runtime, options, stop);
      await untilTold(stop, runtime.logger);
    } finally {
      await server.close();
    }
  });
  return EXIT.done;
}
