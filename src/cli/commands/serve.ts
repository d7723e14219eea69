/** `vedette serve`: the service until it is stopped. */
import { EXIT, type ExitStatus } from '../exit.ts';
import { parseRegistry, watchTold } from '../service/registries.ts';
import { openRuntime, readyAdvisories } from '../service/runtime.ts';
import { type ServerOptions, startServer } from '../service/server.ts';
import { closing, untilStopped } from '../service/stop.ts';

interface ServeOptions extends ServerOptions {
  /** Registries to watch. */
  readonly registry?: readonly string[];
}

/** Runs the API and the engine in this process. Status 0 when it was told to stop. */
export async function serve(options: ServeOptions): Promise<ExitStatus> {
  // Told before anything is started.
  for (const text of options.registry ?? []) parseRegistry(text);
  const runtime = await openRuntime(options);
  await closing(runtime, async () => {
    const { server, url, credentials } = await startServer(runtime, options);
    try {
      runtime.logger.info({ url, credentials }, 'listening');
      await watchTold(runtime, options.registry ?? []);
      await readyAdvisories(runtime, options);
      await runtime.engine.work();
      await runtime.registries.work();
      runtime.dispatch();
      await untilStopped(runtime.logger);
    } finally {
      await server.close();
    }
  });
  return EXIT.done;
}
