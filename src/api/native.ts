/** The native API under /api/v1: who may call it, its errors, its description. Routes are given by the program. docs/api.md. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import about from '../../package.json' with { type: 'json' };
import type { Role } from './auth/roles.ts';
import type { RequestContext } from './context.ts';
import { accessDenied } from './protocol/errors.ts';
import type { Runtime } from './runtime.ts';

/** Largest body that the native API takes: an inventory. */
const BODY_LIMIT = 64 * 2 ** 20;
const gunzipped = promisify(gunzip);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler parses the body (`bodyOf`) and sees to it that it is as its schema says. */
    readonly unread?: boolean;
  }
}

export interface NativeApi {
  /** Who asks, and what a handler needs; only in handlers, after authentication. */
  contextOf(request: FastifyRequest): RequestContext;
  /** The unpacked body of a route that is `unread`. */
  bodyOf(request: FastifyRequest): Buffer<ArrayBuffer>;
  /** Put it into a route's `onRequest`: only these roles may call. Routes without it are for administrators, and readers where they GET. */
  allow(...roles: readonly Role[]): (request: FastifyRequest) => Promise<void>;
}

/** Adds routes; `app` is bound to /api/v1, its routes need authentication and are described by their schemas. */
export type NativeRoutes = (app: FastifyInstance, api: NativeApi) => void | Promise<void>;

function allowedByDefault(request: FastifyRequest): readonly Role[] {
  return request.method === 'GET' ? ['admin', 'read-only'] : ['admin'];
}

/** Bodies may come compressed; `BODY_LIMIT` is then of what comes out. */
async function unpacked(body: Buffer<ArrayBuffer>, encoding = 'identity'): Promise<Buffer<ArrayBuffer>> {
  if (encoding === 'identity') return body;
  const refuse = (statusCode: number, message: string) =>
    Object.assign(new Error(message), { statusCode, code: 'FST_INVALID_ENCODING' });
  if (encoding !== 'gzip') throw refuse(400, 'Content-Encoding may be gzip');
  try {
    return await gunzipped(body, { maxOutputLength: BODY_LIMIT });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    throw isLarge ? refuse(413, 'The request body is too large') : refuse(400, 'The request body is not gzip');
  }
}

export async function addNative(app: FastifyInstance, routes: NativeRoutes, runtime: Runtime): Promise<void> {
  const contexts = new WeakMap<FastifyRequest, RequestContext>();
  const allowed = new WeakMap<FastifyRequest, readonly Role[]>();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Vedette',
        description: 'The native API. The Inspector v2 API is described by AWS.',
        version: about.version,
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'The access key id, a colon, and the secret access key.' },
        },
      },
      security: [{ bearer: [] }],
    },
  });
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      const bodies = new WeakMap<FastifyRequest, Buffer>();
      const contents = new WeakMap<FastifyRequest, Buffer<ArrayBuffer>>();
      scope.addContentTypeParser(
        '*',
        { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
        async (request: FastifyRequest, body: Buffer<ArrayBuffer>) => {
          // As it came: that is what a signature is over.
          bodies.set(request, body);
          const content = await unpacked(body, request.headers['content-encoding']);
          if (request.routeOptions.config.unread === true) {
            contents.set(request, content);
            return undefined;
          }
          const json = /^application\/(?:[\w.+-]+\+)?json\b/.test(request.headers['content-type'] ?? '');
          if (!json) return content;
          try {
            return content.length === 0 ? {} : JSON.parse(content.toString());
          } catch {
            throw Object.assign(new Error('The request body is not JSON'), { statusCode: 400, code: 'FST_INVALID_JSON' });
          }
        },
      );
      scope.addHook('onRequest', (request) =>
        runtime.begin(request, (authenticator, signed) => authenticator.bearerOrSigned(signed)),
      );
      scope.addHook('preValidation', async (request) => {
        runtime.name(request, `${request.method} ${request.routeOptions.url ?? ''}`);
        const context = runtime.finish(request, bodies.get(request) ?? Buffer.alloc(0));
        const roles = allowed.get(request) ?? allowedByDefault(request);
        if (!roles.includes(context.principal.role)) {
          throw accessDenied(`The role ${context.principal.role} may not call this: it is for ${roles.join(', ')}`);
        }
        contexts.set(request, context);
      });
      await routes(scope, {
        bodyOf: (request) => contents.get(request) ?? Buffer.alloc(0),
        contextOf(request) {
          const context = contexts.get(request);
          if (context === undefined) throw new Error('a request that was not authenticated');
          return context;
        },
        allow:
          (...roles) =>
          async (request) => {
            allowed.set(request, roles);
          },
      });
    },
    { prefix: '/api/v1' },
  );
}
