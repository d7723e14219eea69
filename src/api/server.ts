/** The HTTP server: the AWS APIs, the native API, and what operators look at. docs/api.md. */
import { hkdfSync, randomUUID } from 'node:crypto';
import { type FastifyInstance, fastify, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import type { Logger } from 'pino';
import { incomplete, messageOf, type Problem } from '../model/problem.ts';
import type { Store } from '../store/index.ts';
import type { Sealer } from '../store/seal.ts';
import { storeTrouble } from '../store/trouble.ts';
import { watchArrival } from './arrival.ts';
import { addService } from './aws.ts';
import type { Services } from './context.ts';
import { callInspector2 } from './inspector2/operations.ts';
import { INSPECTOR2 } from './inspector2/service.ts';
import type { Rate } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { addNative, type NativeRoutes } from './native.ts';
import { ApiError, invalid } from './protocol/errors.ts';
import { asApiError, createRuntime, sendError } from './runtime.ts';
import { callScan, INSPECTOR_SCAN } from './scan/service.ts';

export interface ServerOptions {
  readonly store: Store;
  readonly sealer: Sealer;
  /** The key of the installation; paging tokens are authenticated with a key derived from it. */
  readonly key: Buffer;
  readonly services: Services;
  /** Regions that are answered for; the first is that of requests which name none. */
  readonly regions: readonly [string, ...string[]];
  /** The account that the installation belongs to. */
  readonly managementAccount: string;
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly rate?: Rate;
  readonly native?: NativeRoutes;
  /** Told of each request but the operators' own, when it begins. */
  readonly onRequest?: () => void;
  /** What keeps the service from working, for /readyz. */
  readonly ready?: () => Promise<readonly Problem[]>;
}

export interface Server {
  /** Listens, on the loopback address unless told otherwise; port 0 takes a free one. Gives the address as a URL. */
  listen(place?: { readonly host?: string; readonly port?: number }): Promise<string>;
  /** Stops taking requests and waits for those that run, four seconds at most. */
  close(): Promise<void>;
  /** A request without a network. */
  inject(request: InjectOptions | string): Promise<LightMyRequestResponse>;
}

const HEADER_BYTES = 16 * 1024;
/** An ARN in a path, percent-encoded. */
const PARAMETER_LENGTH = 4096;
const KEEP_ALIVE_MS = 72_000;
/** How long closing waits for requests, in milliseconds. */
const PATIENCE_MS = 4_000;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DEFAULT_PORT = 8042;
const OPERATIONAL: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

function addOperational(app: FastifyInstance, { store, metrics, ready, logger }: ServerOptions): void {
  app.get('/', async () => ({
    service: 'Vedette',
    inspector: 'Amazon Inspector v2 and ScanSbom: give this address to AWS clients as endpoint URL',
    native: '/api/v1/openapi.json',
    operation: [...OPERATIONAL],
  }));
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await store.read.selectFrom('setting').select('name').limit(1).execute();
      const problems = (await ready?.()) ?? [];
      if (problems.length > 0) return reply.code(503).send({ status: 'not ready', problems });
      // Reading goes on: who is sent elsewhere for that has nobody.
      const trouble = await store.trouble();
      return trouble === undefined ? { status: 'ready' } : { status: 'read-only', problems: [trouble] };
    } catch (error) {
      logger.error({ reason: messageOf(error) }, 'the store cannot be read');
      return reply.code(503).send({
        status: 'not ready',
        problems: [storeTrouble(error) ?? incomplete('store-unreadable', 'The store cannot be read.')],
      });
    }
  });
  metrics.gauge('vedette_store_writable', '1 when the store can be written', async () =>
    (await store.trouble()) === undefined ? 1 : 0,
  );
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await metrics.text()));
}

/** Puts the server together; it does nothing until `listen` or `inject`. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { logger, metrics, now, tls } = options;
  const common = {
    logger: false,
    genReqId: () => randomUUID(),
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAMETER_LENGTH },
    ajv: { customOptions: { removeAdditional: false } },
  } as const;
  const limits = { maxHeaderSize: HEADER_BYTES };
  const app: FastifyInstance = fastify({ ...common, ...(tls ? { https: { ...limits, ...tls } } : { http: limits }) });
  const runtime = createRuntime(options, Buffer.from(hkdfSync('sha256', options.key, '', 'vedette paging tokens', 32)));
  const requests = metrics.counter('vedette_http_requests_total', 'Requests answered');
  const latency = metrics.histogram('vedette_http_request_seconds', 'Seconds from request to answer', SECONDS);

  app.addHook('onRequest', async (request, reply) => {
    watchArrival(request.raw, reply.raw, request.routeOptions.config.streamed === true);
    if (!OPERATIONAL.has(request.routeOptions.url ?? '')) options.onRequest?.();
    reply.header('x-amzn-requestid', request.id);
    // By the clock that signatures are checked against: clients correct theirs by it.
    reply.header('date', new Date(now()).toUTCString());
  });
  app.addHook('onResponse', async (request, reply) => {
    const operation = runtime.operationOf(request) ?? request.routeOptions.url ?? 'unknown';
    requests.add({ operation, status: String(reply.statusCode) });
    latency.observe({ operation }, reply.elapsedTime / 1000);
    const who = runtime.authenticated(request)?.principal;
    logger.info(
      {
        requestId: request.id,
        operation,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        remote: request.ip,
        ...(who ? { key: who.key, account: who.account } : {}),
      },
      'request',
    );
  });
  app.setErrorHandler((error, request, reply) => {
    const { url = '' } = request.routeOptions;
    const members = url === '/scan/sbom' ? INSPECTOR_SCAN.internalMembers : undefined;
    // Who went away, or was sent away, while the body came: nobody hears an answer, and nothing failed here.
    const left = request.raw.destroyed && !request.raw.complete;
    const answer = left
      ? invalid('The request was not sent to its end', 'CANNOT_PARSE')
      : asApiError(error, { ...(members && { members }), isNative: url.startsWith('/api/') });
    if (answer.status === 500 || answer.cause !== undefined) {
      logger.error({ requestId: request.id, err: answer.cause, at: now() }, 'a request failed');
    }
    return sendError(reply, answer);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendError(reply, new ApiError('UnknownOperationException', 'There is no such operation')),
  );

  addOperational(app, options);
  await app.register(async (scope) => addService(scope, INSPECTOR2, callInspector2, runtime));
  await app.register(async (scope) =>
    addService(scope, INSPECTOR_SCAN, (_name, input, context) => callScan(input, context), runtime),
  );
  await app.register(async (scope) => addNative(scope, options.native ?? (() => undefined), runtime));
  return {
    async listen({ host = '127.0.0.1', port = DEFAULT_PORT } = {}) {
      if (!tls && !LOOPBACK.test(host))
        logger.warn({ host }, 'without TLS, answers and bearer tokens can be read by others on the network');
      return app.listen({ host, port });
    },
    async close() {
      // Requests that take longer, and those that are still being sent, are cut off.
      const timer = setTimeout(() => app.server.closeAllConnections(), PATIENCE_MS);
      await app.close();
      clearTimeout(timer);
    },
    inject: (request) => app.inject(request),
  };
}
