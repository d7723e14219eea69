/** Routes of the AWS APIs: each operation of each service at its method and path. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayCall } from './auth/roles.ts';
import type { RequestContext } from './context.ts';
import { ApiError, accessDenied } from './protocol/errors.ts';
import { readInput } from './protocol/input.ts';
import { EncodedOutput, type Operation, type Service } from './protocol/model.ts';
import type { Runtime } from './runtime.ts';

/** Answers an operation of a service with an input that its model has read. */
export type Call = (operation: string, input: unknown, context: RequestContext) => Promise<unknown>;

/** May be answered by every operation, modelled or not: they come from the gateway. */
const EVERYWHERE = ['AccessDeniedException', 'ThrottlingException', 'InternalServerException'];

function queryOf(request: FastifyRequest): URLSearchParams {
  const url = request.raw.url ?? '';
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
}

/** A handler may refuse only in ways that the operation's model knows; anything else is a fault of the program. */
function checkModelled(error: unknown, { shapes, name }: Operation): unknown {
  if (!(error instanceof ApiError) || shapes.errors.includes(error.code) || EVERYWHERE.includes(error.code)) return error;
  return new Error(`${name} answered with ${error.code}, which is not in its model: ${error.message}`, { cause: error });
}

/** Adds the operations of a service to an instance of Fastify that is its own. */
export function addService(app: FastifyInstance, service: Service, call: Call, runtime: Runtime): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', (request) =>
    runtime.begin(request, (authenticator, signed) => authenticator.signed(signed, service.signingName)),
  );
  for (const operation of service.operations) {
    app.route({
      method: operation.method,
      url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
      bodyLimit: service.bodyLimit,
      onRequest: async (request) => runtime.name(request, operation.name),
      handler: async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const context = runtime.finish(request, body);
        const { principal, account, region } = context;
        if (!mayCall(principal.role, operation.name)) {
          const user = `arn:aws:iam::${account}:user/${principal.name}`;
          throw accessDenied(
            `User: ${user} is not authorized to perform: ${service.signingName}:${operation.name} in ${region}: its role is ${principal.role}`,
          );
        }
        const labels = request.params as Readonly<Record<string, string>>;
        const input = readInput(service.model, operation, { labels, query: queryOf(request), body });
        let output: unknown;
        try {
          output = await call(operation.name, input, context);
        } catch (error) {
          throw checkModelled(error, operation);
        }
        return reply
          .code(operation.status)
          .header('content-type', 'application/json')
          .send(output instanceof EncodedOutput ? output.json : operation.encode(output));
      },
    });
  }
}
