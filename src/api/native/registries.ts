/** Watched registries, and the notifications that they send. docs/registries.md. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FREQUENCIES, type RegistryInput } from '../../engine/registry/configuration.ts';
import type { Registries } from '../../engine/registry/index.ts';
import type { NativeApi } from '../native.ts';
import { invalid, notFound } from '../protocol/errors.ts';

const NAME = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,64}$', description: 'Name of the registry' } as const;
const NAMED = { type: 'object', required: ['name'], properties: { name: NAME } } as const;

const REGISTRY = {
  type: 'object',
  required: ['address'],
  additionalProperties: false,
  properties: {
    address: { type: 'string', minLength: 1, maxLength: 255, description: 'HOST or HOST:PORT' },
    repositories: {
      type: 'array',
      minItems: 1,
      maxItems: 200,
      description:
        'The first rule that fits a repository counts; what none fits is not watched. Default: everything, continuously',
      items: {
        type: 'object',
        required: ['pattern', 'frequency'],
        additionalProperties: false,
        properties: {
          pattern: { type: 'string', pattern: '^[a-z0-9*][a-z0-9*._/-]{0,255}$', description: '* stands for any text' },
          frequency: { enum: FREQUENCIES },
        },
      },
    },
    platforms: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: { type: 'string', pattern: '^[a-z0-9]{1,20}/[a-z0-9]{1,20}(/[a-z0-9]{1,20})?$' },
      description: 'Images of an index that are scanned. Default: linux/amd64 and linux/arm64',
    },
    intervalMinutes: { type: 'integer', minimum: 1, maximum: 1440, description: 'Between looks. Default: 15' },
    insecure: { type: 'boolean', description: 'Plain http' },
    credentials: {
      description: 'Left out: as before. null: none',
      anyOf: [
        { type: 'null' },
        {
          type: 'object',
          required: ['username', 'password'],
          additionalProperties: false,
          properties: {
            username: { type: 'string', minLength: 1, maxLength: 256 },
            password: { type: 'string', minLength: 1, maxLength: 8192 },
          },
        },
      ],
    },
  },
} as const;

/** Only what is read of it: registries add members as they like. */
const NOTIFICATIONS = {
  type: 'object',
  properties: {
    events: { type: 'array', maxItems: 10_000, items: { type: 'object' } },
    type: { type: 'string' },
    event_data: { type: 'object' },
  },
  anyOf: [{ required: ['events'] }, { required: ['type'] }],
} as const;

type Named = { readonly Params: { readonly name: string } };

/** `/registries`. */
export function addRegistries(app: FastifyInstance, api: NativeApi, registries: Registries): void {
  const keyOf = (request: FastifyRequest<Named>) => ({ account: api.contextOf(request).account, name: request.params.name });
  const need = (found: boolean, name: string) => {
    if (!found) throw notFound(`There is no registry ${name}`);
  };
  let unknown = 0;

  app.get('/registries', { schema: { summary: 'Watched registries and how the last look at them went' } }, async (request) => ({
    registries: await registries.list(api.contextOf(request).account),
    unknownNotifications: unknown,
  }));
  app.put<Named & { Body: RegistryInput }>(
    '/registries/:name',
    { schema: { summary: 'Watch a registry', params: NAMED, body: REGISTRY } },
    async (request) => {
      const { account, region } = api.contextOf(request);
      const put = await registries.put({ account, region, name: request.params.name }, request.body);
      if (!put.ok) throw invalid(put.problem.message);
      return put.value;
    },
  );
  app.delete<Named>(
    '/registries/:name',
    {
      schema: {
        summary: 'Watch a registry no longer',
        description: 'Its images stay in coverage as INACTIVE; their findings are closed.',
        params: NAMED,
      },
    },
    async (request, reply) => {
      need(await registries.remove(keyOf(request)), request.params.name);
      return reply.code(204).send();
    },
  );
  app.post<Named>(
    '/registries/:name/poll',
    { schema: { summary: 'Look at a registry now', params: NAMED } },
    async (request, reply) => {
      need(await registries.poll(keyOf(request)), request.params.name);
      return reply.code(202).send({});
    },
  );
  app.post<{ Body: unknown; Querystring: { readonly registry?: string } }>(
    '/registries/notifications',
    {
      onRequest: api.allow('admin', 'agent'),
      schema: {
        summary: 'Notifications of a registry',
        description:
          'The envelope of CNCF distribution (application/vnd.docker.distribution.events.v1+json), or a webhook of Harbor. Pushed and deleted images are looked at within seconds.',
        querystring: { type: 'object', properties: { registry: NAME } },
        body: NOTIFICATIONS,
      },
    },
    async (request) => {
      const context = api.contextOf(request);
      const counts = await registries.notify(context.account, request.body, request.query.registry);
      if (counts.unknown > 0) {
        unknown += counts.unknown;
        context.logger.warn({ events: counts.unknown, total: unknown }, 'notifications of a registry that is not watched');
      }
      return counts;
    },
  );
}
