/** Access keys of the account. docs/authentication.md. */
import type { FastifyInstance } from 'fastify';
import type { Sealer } from '../../store/seal.ts';
import { createKey, setDisabled } from '../auth/keys.ts';
import { ROLES, type Role } from '../auth/roles.ts';
import type { NativeApi } from '../native.ts';
import { notFound } from '../protocol/errors.ts';
import { INTEGER, iso, NULLABLE, object, refused, TEXT, TIME } from './schemas.ts';

const KEY = object({
  accessKeyId: TEXT,
  name: TEXT,
  role: TEXT,
  createdAt: TIME,
  expiresAt: TIME,
  disabled: { type: 'boolean' },
});

const PARAMS = {
  type: 'object',
  required: ['key'],
  properties: { key: { type: 'string', pattern: '^A[KS]IA[A-Z2-7]{16}$' } },
} as const;

interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly seconds?: number;
}

export function addKeys(app: FastifyInstance, api: NativeApi, sealer: Sealer): void {
  const list = {
    summary: 'Access keys',
    description: 'Of the account, without their secrets.',
    response: { 200: object({ keys: { type: 'array', items: KEY } }) },
  } as const;
  app.get('/keys', { schema: list, onRequest: api.allow('admin') }, async (request) => {
    const { store, account } = api.contextOf(request);
    const rows = await store.read
      .selectFrom('access_key')
      .select(['id', 'name', 'role', 'created_at', 'expires_at', 'disabled'])
      .where('account', '=', account)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return {
      keys: rows.map(({ id, name, role, created_at, expires_at, disabled }) => ({
        accessKeyId: id,
        name,
        role,
        createdAt: iso(created_at),
        expiresAt: iso(expires_at),
        disabled: disabled !== 0,
      })),
    };
  });

  const create = {
    summary: 'Make an access key',
    description: 'The secret is shown this once. With `seconds` it is a key with a session token that ends by itself.',
    body: {
      type: 'object',
      required: ['name', 'role'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', pattern: '^[\\w+=,.@ -]{1,64}$', description: 'Whom it is for' },
        role: { enum: ROLES },
        seconds: { type: 'integer', minimum: 60, maximum: 129_600 },
      },
    },
    response: {
      201: object({ accessKeyId: TEXT, secretAccessKey: TEXT, sessionToken: NULLABLE, expiresInSeconds: INTEGER }),
    },
  } as const;
  app.post<{ Body: NewKey }>('/keys', { schema: create }, async (request, reply) => {
    const { store, account, now } = api.contextOf(request);
    const { name, role, seconds } = request.body;
    const lifetime = seconds === undefined ? {} : { lifetime: seconds * 1000 };
    const made = await createKey(store, sealer, { account, name, role, now: now(), ...lifetime });
    const ends = seconds === undefined ? {} : { expiresInSeconds: seconds };
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ ...made, ...ends });
  });

  const change = {
    summary: 'Disable or enable an access key',
    description: 'A key cannot disable itself: so one that works is always left.',
    params: PARAMS,
    body: {
      type: 'object',
      required: ['disabled'],
      additionalProperties: false,
      properties: { disabled: { type: 'boolean' } },
    },
    response: { 200: object({ accessKeyId: TEXT, disabled: { type: 'boolean' } }) },
  } as const;
  app.patch<{ Params: { readonly key: string }; Body: { readonly disabled: boolean } }>(
    '/keys/:key',
    { schema: change },
    async (request) => {
      const { store, account, principal } = api.contextOf(request);
      const { key } = request.params;
      const { disabled } = request.body;
      if (key === principal.key && disabled) throw refused('A key cannot disable itself: use another one');
      const done = await setDisabled(store, { key, account, by: principal.key, disabled });
      if (done === 'unknown') throw notFound(`There is no key ${key}`);
      if (done === 'refused') throw refused('The key that asks was disabled meanwhile: use another one');
      return { accessKeyId: key, disabled };
    },
  );
}
