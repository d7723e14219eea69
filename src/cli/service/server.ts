/** The server of `serve` and `start`: the APIs over what the runtime holds. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { firstCredentials } from '../../api/auth/keys.ts';
import { createMetrics } from '../../api/metrics.ts';
import { addNativeRoutes } from '../../api/native/routes.ts';
import { createServer, type Server } from '../../api/server.ts';
import { messageOf } from '../../model/problem.ts';
import { CommandError, EXIT } from '../exit.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';
import { servicesOf } from './services.ts';

export interface ServerOptions extends RuntimeOptions {
  /** `HOST:PORT` or `PORT`. */
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

export interface Started {
  readonly server: Server;
  readonly url: string;
  /** File with the first administrator's key. */
  readonly credentials: string;
}

const DEFAULT_LISTEN = '127.0.0.1:8042';

/** Why an address cannot be listened on, by the operating system's code. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use already: stop what listens there',
  EADDRNOTAVAIL: 'is no address of this machine: give one of its own',
  ENOTFOUND: 'is no address that can be found: give one of this machine',
  EACCES: 'may not be listened on by this user: ports below 1024 are for root',
};

/** `HOST:PORT`, `[IPv6]:PORT` or `PORT`. */
function listenAt(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(?:(\[[0-9a-f:]+\]|[^:\s]+):)?(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new CommandError(`--listen takes HOST:PORT or PORT, e.g. ${DEFAULT_LISTEN}; "${text}" is neither.`, EXIT.usage);
  }
  return { host: (host ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(port) };
}

function tlsOf({ tlsCert, tlsKey }: ServerOptions): { readonly cert: string; readonly key: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CommandError('--tls-cert and --tls-key go together: PEM files of the certificate chain and its key.', EXIT.usage);
  }
  try {
    const tls = { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') };
    createSecureContext(tls);
    return tls;
  } catch (error) {
    const message = `--tls-cert ${tlsCert} and --tls-key ${tlsKey} cannot be used (${messageOf(error)}): they are PEM files of a certificate chain and of its key, without a passphrase.`;
    throw new CommandError(message, EXIT.usage);
  }
}

/** Starts to listen. */
export async function startServer(runtime: Runtime, options: ServerOptions): Promise<Started> {
  const { store, sealer, key, logger, place, engine, directory } = runtime;
  const metrics = createMetrics();
  const { path: credentials } = await firstCredentials(store, sealer, { directory, account: place.account, now: Date.now() });
  const tls = tlsOf(options);
  const server = await createServer({
    store,
    sealer,
    key,
    services: servicesOf(engine, runtime.advisories, Date.now),
    regions: [place.region],
    managementAccount: place.account,
    now: () => Date.now(),
    logger,
    metrics,
    native: (app, api) => addNativeRoutes(app, api, runtime),
    onRequest: runtime.heaps.awake,
    ready: async () => {
      const current = await runtime.advisories.current();
      return current.ok ? [] : [current.problem];
    },
    ...(tls && { tls }),
  });
  try {
    const url = await server.listen(listenAt(options.listen ?? DEFAULT_LISTEN));
    // The index of findings is read now, not when somebody waits for the first page.
    store.findings
      .list({ scope: [place.account], criteria: undefined, sort: undefined, limit: 1, after: undefined })
      .catch((error) => logger.error({ reason: messageOf(error) }, 'findings cannot be listed'));
    return { server, url, credentials };
  } catch (error) {
    await server.close();
    const place = options.listen ?? DEFAULT_LISTEN;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = LISTENING[String(code)];
    if (why !== undefined) throw new CommandError(`${place} ${why}, or take another with --listen.`);
    throw error;
  }
}
