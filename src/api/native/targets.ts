/** Where events go, and letters that never arrived. docs/delivery.md. */
import type { FastifyInstance } from 'fastify';
import { addTarget, changeTarget, listTargets, removeTarget, type TargetChange } from '../../delivery/manage.ts';
import { backlog, deadLetters, discard, replay, type Which } from '../../delivery/outbox/dead.ts';
import { TARGET_KINDS } from '../../delivery/registry.ts';
import { tryTarget } from '../../delivery/trial.ts';
import type { Fields } from '../../inventory/values.ts';
import type { Problem } from '../../model/problem.ts';
import type { Sealer } from '../../store/seal.ts';
import type { RequestContext } from '../context.ts';
import type { NativeApi } from '../native.ts';
import { type ApiError, accessDenied, invalid, notFound } from '../protocol/errors.ts';
import { ANY, ID_PATH, type IdPath, INTEGER, iso, listOf, object, PAGE, type Page, refused, TEXT, TIME } from './schemas.ts';

const NAME = { type: 'string', pattern: '^[\\w.-]{1,64}$' } as const;
const SETTINGS = { type: 'object', maxProperties: 50, description: 'Settings of the kind: docs/delivery.md' } as const;
const SECRETS = { type: 'object', maxProperties: 20, description: 'Kept sealed and never shown' } as const;

const TARGET = object({
  id: INTEGER,
  name: TEXT,
  kind: TEXT,
  configuration: ANY,
  secrets: { type: 'array', items: TEXT, description: 'Names of the secrets' },
  enabled: { type: 'boolean' },
  createdAt: TIME,
  waiting: { ...INTEGER, description: 'Events on their way' },
  dead: { ...INTEGER, description: 'Events that never arrived' },
  oldestAt: { ...TIME, description: 'When the oldest event that waits happened' },
});

const WHICH = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ids: { type: 'array', minItems: 1, maxItems: 1000, items: { type: 'integer', minimum: 1 } },
    target: { type: 'integer', minimum: 1 },
    all: { type: 'boolean' },
  },
  description: 'One of the three',
} as const;

interface NewTarget {
  readonly name: string;
  readonly kind: string;
  readonly configuration: Fields;
  readonly secrets?: Fields;
  readonly enabled?: boolean;
}

interface WhichBody {
  readonly ids?: readonly number[];
  readonly target?: number;
  readonly all?: boolean;
}

/** What a target would use of the machine that the service runs on; `secrets` are names. */
function ofMachine(kind: string, secrets: readonly string[]): string | undefined {
  if (kind === 'file') return 'A file is written on the machine of the service';
  const settings = TARGET_KINDS.find(({ id }) => id === kind)?.settings ?? [];
  const signs = settings.some(({ name }) => name === 'accessKeyId');
  const given = secrets.includes('accessKeyId') && secrets.includes('secretAccessKey');
  return signs && !given
    ? 'Without accessKeyId and secretAccessKey events are sent with the credentials of the service'
    : undefined;
}

/** The machine is not every account's: who has a key of another one must not write on it or sign as it. */
function needMachine({ account, managementAccount }: RequestContext, kind: string, secrets: readonly string[]): void {
  const what = account === managementAccount ? undefined : ofMachine(kind, secrets);
  if (what !== undefined) throw accessDenied(`${what}: only its own account, ${managementAccount}, may do that`);
}

function errorOf({ code, message }: Problem): ApiError {
  if (code === 'target-exists') return refused(message);
  return code === 'target-unknown' ? notFound(message) : invalid(message);
}

export function addTargets(app: FastifyInstance, api: NativeApi, sealer: Sealer): void {
  async function own({ store, account }: RequestContext) {
    const all = await listTargets(store, sealer);
    const full = new Map((await backlog(store)).map((one) => [one.target, one]));
    return all
      .filter((target) => target.account === account)
      .map(({ account: _, createdAt, ...target }) => {
        const { waiting = 0, dead = 0, oldest = null } = full.get(target.id) ?? {};
        return { ...target, createdAt: iso(createdAt), waiting: Number(waiting), dead: Number(dead), oldestAt: iso(oldest) };
      });
  }

  async function need(context: RequestContext, id: number) {
    const found = (await own(context)).find((target) => target.id === id);
    if (found === undefined) throw notFound(`There is no target ${id}`);
    return found;
  }

  /** Only letters of the caller's own targets. */
  async function which(context: RequestContext, { ids, target, all }: WhichBody): Promise<readonly Which[]> {
    if ([ids, target, all === true ? true : undefined].filter((one) => one !== undefined).length !== 1) {
      throw invalid('Say which letters: ids, target, or all.');
    }
    const mine = (await own(context)).map(({ id }) => id);
    if (target !== undefined && !mine.includes(target)) throw notFound(`There is no target ${target}`);
    const targets = target === undefined ? mine : [target];
    return targets.map((one) => ({ target: one, ...(ids !== undefined && { ids }) }));
  }

  const kinds = {
    summary: 'Kinds of targets',
    description: 'With their settings.',
    response: { 200: object({ kinds: { type: 'array', items: ANY } }) },
  } as const;
  app.get('/target-kinds', { schema: kinds }, async () => ({
    kinds: TARGET_KINDS.map(({ id, title, takes, settings }) => ({
      id,
      title,
      takes,
      settings: settings.map(({ name, type, required = false, secret = false, meaning }) => {
        return { name, type, required, secret, meaning };
      }),
    })),
  }));

  const list = {
    summary: 'Targets of events',
    description: 'With how many events wait for each, and how many never arrived.',
    response: { 200: object({ targets: { type: 'array', items: TARGET } }) },
  } as const;
  app.get('/targets', { schema: list }, async (request) => ({ targets: await own(api.contextOf(request)) }));

  const one = {
    summary: 'One target',
    description: 'Secrets by name only.',
    params: ID_PATH,
    response: { 200: TARGET },
  } as const;
  app.get<{ Params: IdPath }>('/targets/:id', { schema: one }, async (request) =>
    need(api.contextOf(request), request.params.id),
  );

  const create = {
    summary: 'Make a target',
    description: 'It gets what happens from now on in the account, and in the accounts that it administers.',
    body: {
      type: 'object',
      required: ['name', 'kind', 'configuration'],
      additionalProperties: false,
      properties: {
        name: NAME,
        kind: { enum: TARGET_KINDS.map(({ id }) => id) },
        configuration: SETTINGS,
        secrets: SECRETS,
        enabled: { type: 'boolean', default: true },
      },
    },
    response: { 201: TARGET },
  } as const;
  app.post<{ Body: NewTarget }>('/targets', { schema: create }, async (request, reply) => {
    const context = api.contextOf(request);
    needMachine(context, request.body.kind, Object.keys(request.body.secrets ?? {}));
    const input = { account: context.account, ...request.body };
    const made = await context.store.write((tx) => addTarget(tx, input, sealer, context.now()));
    if (!made.ok) throw errorOf(made.problem);
    return reply.code(201).send(await need(context, made.value));
  });

  const change = {
    summary: 'Change a target',
    description: 'What is left out stays as it is; `configuration` and `secrets` are replaced whole.',
    params: ID_PATH,
    body: {
      type: 'object',
      additionalProperties: false,
      properties: { name: NAME, configuration: SETTINGS, secrets: SECRETS, enabled: { type: 'boolean' } },
    },
    response: { 200: TARGET },
  } as const;
  app.patch<{ Params: IdPath; Body: TargetChange }>('/targets/:id', { schema: change }, async (request) => {
    const context = api.contextOf(request);
    const { id, kind, secrets } = await need(context, request.params.id);
    needMachine(context, kind, request.body.secrets === undefined ? secrets : Object.keys(request.body.secrets));
    const done = await context.store.write((tx) => changeTarget(tx, id, request.body, sealer));
    if (!done.ok) throw errorOf(done.problem);
    return need(context, id);
  });

  const remove = {
    summary: 'Remove a target',
    description: 'With everything that is on its way to it.',
    params: ID_PATH,
    response: { 204: { type: 'null', description: 'Removed' } },
  } as const;
  app.delete<{ Params: IdPath }>('/targets/:id', { schema: remove }, async (request, reply) => {
    const context = api.contextOf(request);
    const { id } = await need(context, request.params.id);
    await context.store.write((tx) => removeTarget(tx, id));
    return reply.code(204).send();
  });

  const attempt = {
    summary: 'Send a test event',
    description:
      'At once and past what waits. `outcome` is delivered, failed (it might arrive later) or refused (it never will).',
    params: ID_PATH,
    response: { 200: object({ outcome: TEXT, error: TEXT }) },
  } as const;
  app.post<{ Params: IdPath }>('/targets/:id/test', { schema: attempt }, async (request) => {
    const context = api.contextOf(request);
    const outcome = await tryTarget(context.store, request.params.id, context, sealer, context.now());
    if (outcome === undefined) throw notFound(`There is no target ${request.params.id}`);
    return { outcome: outcome.kind, ...('error' in outcome && { error: outcome.error }) };
  });

  const dead = {
    summary: 'Dead letters',
    description: 'Events that a target never took, oldest first.',
    querystring: {
      type: 'object',
      additionalProperties: false,
      properties: { ...PAGE, target: { type: 'integer', minimum: 1 } },
    },
    response: {
      200: listOf(
        'letters',
        object({ id: INTEGER, target: INTEGER, event: ANY, attempts: INTEGER, error: TEXT, createdAt: TIME }),
      ),
    },
  } as const;
  app.get<{ Querystring: Page & { readonly target?: number } }>('/dead-letters', { schema: dead }, async (request) => {
    const context = api.contextOf(request);
    const { after, limit, target } = request.query;
    const some = await which(context, target === undefined ? { all: true } : { target });
    const found = [];
    for (const one of some) found.push(...(await deadLetters(context.store, one, after, limit + 1)));
    found.sort((a, b) => a.id - b.id);
    const letters = found.slice(0, limit).map((letter) => ({ ...letter, createdAt: iso(letter.createdAt) }));
    const last = letters.at(-1);
    return { letters, ...(found.length > limit && last !== undefined && { next: last.id }) };
  });

  const again = {
    summary: 'Send dead letters again',
    description: 'As if they were new. What happened later to the same thing was delivered before.',
    body: WHICH,
    response: { 200: object({ letters: INTEGER }) },
  } as const;
  app.post<{ Body: WhichBody }>('/dead-letters/replay', { schema: again }, async (request) => {
    const context = api.contextOf(request);
    const some = await which(context, request.body);
    return context.store.write(async (tx) => {
      let letters = 0;
      for (const one of some) letters += await replay(tx, one, context.now());
      return { letters };
    });
  });

  const away = {
    summary: 'Throw dead letters away',
    description: 'They are gone.',
    body: WHICH,
    response: { 200: object({ letters: INTEGER }) },
  } as const;
  app.post<{ Body: WhichBody }>('/dead-letters/discard', { schema: away }, async (request) => {
    const context = api.contextOf(request);
    const some = await which(context, request.body);
    return context.store.write(async (tx) => {
      let letters = 0;
      for (const one of some) letters += await discard(tx, one);
      return { letters };
    });
  });
}
