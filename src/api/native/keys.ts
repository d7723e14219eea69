/** Access keys of the account; the account of the installation looks after everybody's. docs/authentication.md. */
import type { FastifyInstance } from 'fastify';
import type { Sealer } from '../../store/seal.ts';
import { createKey, setDisabled } from '../auth/keys.ts';
import { ROLES, type Role } from '../auth/roles.ts';
import type { RequestContext } from '../context.ts';
import type { NativeApi } from '../native.ts';
import { accessDenied, notFound } from '../protocol/errors.ts';
import { INTEGER, iso, NULLABLE, object, refused, TEXT, TIME } from './schemas.ts';

const KEY = object({
  accessKeyId: TEXT,
  account: TEXT,
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
  readonly account?: string;
  readonly seconds?: number;
}

/** Whether a key of that account is the caller's to look after. */
function isTheirs({ account, managementAccount }: RequestContext, of: string): boolean {
  return account === of || account === managementAccount;
}

export function addKeys(app: FastifyInstance, api: NativeApi, sealer: Sealer): void {
  const list = {
    summary: 'Access keys',
    description: 'Of the account, without their secrets; of all accounts for the account of the installation.',
    response: { 200: object({ keys: { type: 'array', items: KEY } }) },
  } as const;
  app.get('/keys', { schema: list, onRequest: api.allow('admin') }, async (request) => {
    const context = api.contextOf(request);
    const rows = await context.store.read
      .selectFrom('access_key')
      .select(['id', 'account', 'name', 'role', 'created_at', 'expires_at', 'disabled'])
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    const shown = rows.filter(({ account }) => isTheirs(context, account));
    return {
      keys: shown.map(({ id, account, name, role, created_at, expires_at, disabled }) => ({
        accessKeyId: id,
        account,
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
        account: {
          type: 'string',
          pattern: '^\\d{12}$',
          description: 'Whose data it is for; only the account of the installation makes keys for others. Default: the caller’s',
        },
        seconds: { type: 'integer', minimum: 60, maximum: 129_600 },
      },
    },
    response: {
      201: object({ accessKeyId: TEXT, secretAccessKey: TEXT, sessionToken: NULLABLE, expiresInSeconds: INTEGER }),
    },
  } as const;
  app.post<{ Body: NewKey }>('/keys', { schema: create }, async (request, reply) => {
    const context = api.contextOf(request);
    const { store, now, managementAccount } = context;
    const { name, role, seconds, account = context.account } = request.body;
    if (!isTheirs(context, account)) {
      throw accessDenied(
        `Keys of account ${account} are made by itself and by the account of the installation, ${managementAccount}`,
      );
    }
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
    description: 'A key cannot disable itself.',
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
      const { store, account, principal, managementAccount } = api.contextOf(request);
      const { key } = request.params;
      const { disabled } = request.body;
      if (key === principal.key && disabled) throw refused('A key cannot disable itself: use another one');
      const whose = account === managementAccount ? undefined : account;
      const done = await setDisabled(store, { key, account: whose, by: principal.key, disabled });
      if (done === 'unknown') throw notFound(`There is no key ${key}`);
      if (done === 'refused') throw refused('The key that asks was disabled meanwhile: use another one');
      return { accessKeyId: key, disabled };
    },
  );
}
