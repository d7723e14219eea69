/** docs/native-api.md is made from the schemas of the routes, which are also what /api/v1/openapi.json is made of. */
import { type FastifyInstance, fastify } from 'fastify';
import { type Fields, fields, text, texts } from '../../inventory/values.ts';
import type { Role } from '../auth/roles.ts';
import type { NativeRoutes } from '../native.ts';

export interface NativeRoute {
  readonly method: string;
  readonly path: string;
  readonly roles: readonly Role[];
  readonly schema: Fields;
}

function notCalled(): never {
  throw new Error('routes are described here, not called');
}

/** Every route, in the order in which they are added. */
export async function nativeRoutes(add: NativeRoutes): Promise<readonly NativeRoute[]> {
  const found: NativeRoute[] = [];
  const rolesOf = new WeakMap<object, readonly Role[]>();
  const app: FastifyInstance = fastify({ exposeHeadRoutes: false });
  app.addHook('onRoute', ({ method, url, onRequest, schema }) => {
    for (const one of [method].flat()) {
      const usual: readonly Role[] = one === 'GET' ? ['admin', 'read-only'] : ['admin'];
      const told = typeof onRequest === 'function' ? rolesOf.get(onRequest) : undefined;
      found.push({ method: one, path: url, roles: told ?? usual, schema: fields(schema) ?? {} });
    }
  });
  await app.register(
    async (scope) => {
      await add(scope, {
        contextOf: notCalled,
        bodyOf: notCalled,
        allow: (...roles) => {
          const hook = async () => undefined;
          rolesOf.set(hook, roles);
          return hook;
        },
      });
    },
    { prefix: '/api/v1' },
  );
  await app.ready();
  await app.close();
  return found;
}

function typeOf(schema: Fields): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'array') return `list of ${typeOf(fields(schema.items) ?? {})}`;
  const types = Array.isArray(schema.type) ? texts(schema.type) : [text(schema.type) ?? 'any'];
  return types.join(' or ');
}

function membersOf(schema: Fields | undefined): string[] {
  const required = new Set(texts(schema?.required));
  return Object.entries(fields(schema?.properties) ?? {}).map(([name, told]) => {
    const member = fields(told) ?? {};
    const meaning = text(member.description);
    const value = member.default === undefined ? '' : `, default ${JSON.stringify(member.default)}`;
    return `\`${name}\`${required.has(name) ? ' (required)' : ''}: ${typeOf(member)}${value}${meaning === undefined ? '' : `; ${meaning}`}`;
  });
}

function section({ method, path, roles, schema }: NativeRoute): string {
  const [status, answer] = Object.entries(fields(schema.response) ?? {})[0] ?? [];
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Path', membersOf(fields(schema.params))],
    ['Query', membersOf(fields(schema.querystring))],
    ['Body', membersOf(fields(schema.body))],
    [`Answer ${status ?? ''}`.trim(), membersOf(fields(answer))],
  ];
  const parts = lists.filter(([, members]) => members.length > 0);
  return [
    `### \`${method} ${path}\``,
    '',
    `${text(schema.summary) ?? ''}. For ${roles.join(', ')}. ${text(schema.description) ?? ''}`.trim(),
    ...parts.flatMap(([title, members]) => ['', `${title}:`, '', ...members.map((member) => `- ${member}`)]),
  ].join('\n');
}

/** The reference of the routes, as Markdown. */
export function nativeReference(routes: readonly NativeRoute[]): string {
  return routes.map(section).join('\n\n');
}
