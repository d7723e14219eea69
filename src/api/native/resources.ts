/** Resources: what is assessed, what set it off and what it cost; rescan and removal. */
import type { FastifyInstance } from 'fastify';
import type { Selectable, SelectQueryBuilder } from 'kysely';
import { WITHOUT_FINDINGS } from '../../engine/activation.ts';
import { removeResource } from '../../engine/coverage.ts';
import type { Engine } from '../../engine/engine.ts';
import { visibleAccounts } from '../../store/accounts.ts';
import { SEVERITY_ORDER, type Tables } from '../../store/index.ts';
import type { AssessmentTable, ResourceTable } from '../../store/schema.ts';
import type { RequestContext } from '../context.ts';
import type { NativeApi } from '../native.ts';
import { notFound } from '../protocol/errors.ts';
import {
  ANY,
  ID_PATH,
  type IdPath,
  INTEGER,
  iso,
  listOf,
  NULLABLE,
  object,
  PAGE,
  type Page,
  paged,
  refused,
  TEXT,
  TIME,
} from './schemas.ts';

const RESOURCE = object({
  id: INTEGER,
  uid: TEXT,
  account: TEXT,
  region: TEXT,
  type: { ...TEXT, description: 'ResourceType of the Inspector API' },
  name: TEXT,
  platform: NULLABLE,
  origin: { ...TEXT, description: 'agent, push, registry, api, self or estate' },
  statusCode: TEXT,
  statusReason: TEXT,
  exposure: { ...NULLABLE, description: 'internet, other, none; null when it is not known' },
  tags: ANY,
  firstSeenAt: TIME,
  inventoryAt: TIME,
  scannedAt: TIME,
  removedAt: TIME,
});

const ASSESSMENT = object({
  id: INTEGER,
  resource: { type: ['integer', 'null'], description: 'Null: the whole fleet' },
  trigger: { ...TEXT, description: 'inventory, rescan, database, network …' },
  database: { ...NULLABLE, description: 'When the advisory database in use was built' },
  startedAt: TIME,
  milliseconds: { type: 'number' },
  units: { ...INTEGER, description: 'Parts of inventories that were matched; instances, when the network was analysed' },
  created: INTEGER,
  changed: INTEGER,
  closed: INTEGER,
  problem: { ...ANY, description: 'Why it does not say everything: an inventory that could not be read whole; else null' },
});

/** `from`: what told of a problem. */
const PROBLEMS = {
  ...ANY,
  description: 'What could not be read or was left out as asked (`from`: `inventory`), or could not be matched (`matching`)',
};

function shown(row: Selectable<ResourceTable>) {
  return {
    id: row.id,
    uid: row.uid,
    account: row.account,
    region: row.region,
    type: row.type,
    name: row.name,
    platform: row.platform,
    origin: row.origin,
    statusCode: row.status_code,
    statusReason: row.status_reason,
    exposure: row.exposure,
    tags: JSON.parse(row.tags),
    firstSeenAt: iso(row.first_seen_at),
    inventoryAt: iso(row.inventory_at),
    scannedAt: iso(row.scanned_at),
    removedAt: iso(row.removed_at),
  };
}

function shownAssessment(row: Selectable<AssessmentTable>) {
  return {
    id: row.id,
    resource: row.resource_id,
    trigger: row.trigger,
    database: row.database,
    startedAt: iso(row.started_at),
    milliseconds: row.duration_ms,
    units: row.units,
    created: row.created,
    changed: row.changed,
    closed: row.closed,
    problem: row.problem === null ? null : JSON.parse(row.problem),
  };
}

/** A page of assessments. */
async function newestFirst(
  rows: SelectQueryBuilder<Tables, 'assessment', Selectable<AssessmentTable>>,
  { after, limit }: Page,
): Promise<{ readonly assessments: readonly object[] }> {
  const from = after > 0 ? rows.where('id', '<', after) : rows;
  const read = from.orderBy('id', 'desc').limit(limit + 1);
  const { rows: some, ...page } = paged(await read.execute(), { after, limit });
  return { ...page, assessments: some.map(shownAssessment) };
}

/** The resource, when the caller may see it. */
async function needResource({ store, account }: RequestContext, id: number): Promise<Selectable<ResourceTable>> {
  const accounts = await visibleAccounts(store.read, account);
  const row = await store.read.selectFrom('resource').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined || !accounts.includes(row.account)) throw notFound(`There is no resource ${id}`);
  return row;
}

interface ListQuery extends Page {
  readonly type?: string;
  readonly uid?: string;
  readonly name?: string;
  readonly status?: string;
  readonly removed?: boolean;
}

export function addResources(app: FastifyInstance, api: NativeApi, engine: Engine): void {
  const query = {
    type: 'object',
    additionalProperties: false,
    properties: { ...PAGE, type: TEXT, uid: TEXT, name: TEXT, status: TEXT, removed: { type: 'boolean', default: false } },
  } as const;
  const list = { summary: 'Resources', description: 'What is assessed, by number.', querystring: query } as const;
  app.get<{ Querystring: ListQuery }>(
    '/resources',
    { schema: { ...list, response: { 200: listOf('resources', RESOURCE) } } },
    async (request) => {
      const { store, account } = api.contextOf(request);
      const { after, limit, type, uid, name, status, removed } = request.query;
      let rows = store.read.selectFrom('resource').selectAll().where('id', '>', after);
      rows = rows.where('account', 'in', [...(await visibleAccounts(store.read, account))]);
      if (type !== undefined) rows = rows.where('type', '=', type);
      if (uid !== undefined) rows = rows.where('uid', '=', uid);
      if (name !== undefined) rows = rows.where('name', '=', name);
      if (status !== undefined) rows = rows.where('status_code', '=', status);
      if (removed !== true) rows = rows.where('removed_at', 'is', null);
      const found = paged(
        await rows
          .orderBy('id')
          .limit(limit + 1)
          .execute(),
        request.query,
      );
      return { ...found, rows: undefined, resources: found.rows.map(shown) };
    },
  );

  const one = {
    summary: 'One resource',
    description: 'With its details, what could not be read or matched, and its open findings by severity.',
    params: ID_PATH,
    response: { 200: object({ ...RESOURCE.properties, details: ANY, problems: PROBLEMS, findings: ANY }) },
  } as const;
  app.get<{ Params: IdPath }>('/resources/:id', { schema: one }, async (request) => {
    const context = api.contextOf(request);
    const row = await needResource(context, request.params.id);
    const counts = await context.store.read
      .selectFrom('finding')
      .select(['severity', 'status', ({ fn }) => fn.countAll<number>().as('count')])
      .where('resource_id', '=', row.id)
      .where('status', '!=', 'CLOSED')
      .groupBy(['severity', 'status'])
      .execute();
    const findings: Record<string, Record<string, number>> = { ACTIVE: {}, SUPPRESSED: {} };
    for (const { severity, status, count } of counts) {
      findings[status] = { ...findings[status], [SEVERITY_ORDER[severity] ?? 'UNTRIAGED']: Number(count) };
    }
    return { ...shown(row), details: JSON.parse(row.details), problems: JSON.parse(row.problems), findings };
  });

  const history = {
    summary: 'Assessments of a resource',
    description: 'Newest first: what set each off, when, and what it cost.',
    params: ID_PATH,
    querystring: { type: 'object', additionalProperties: false, properties: PAGE },
    response: { 200: listOf('assessments', ASSESSMENT) },
  } as const;
  app.get<{ Params: IdPath; Querystring: Page }>('/resources/:id/assessments', { schema: history }, async (request) => {
    const context = api.contextOf(request);
    const { id } = await needResource(context, request.params.id);
    const rows = context.store.read.selectFrom('assessment').selectAll().where('resource_id', '=', id);
    return await newestFirst(rows, request.query);
  });

  const all = {
    summary: 'Assessments',
    description: 'Of all resources, and of the whole fleet when advisories or the network changed; newest first.',
    querystring: {
      type: 'object',
      additionalProperties: false,
      properties: { ...PAGE, trigger: TEXT, fleet: { type: 'boolean', default: false, description: 'Only those of the fleet' } },
    },
    response: { 200: listOf('assessments', ASSESSMENT) },
  } as const;
  app.get<{ Querystring: Page & { readonly trigger?: string; readonly fleet?: boolean } }>(
    '/assessments',
    { schema: all },
    async (request) => {
      const { store, account } = api.contextOf(request);
      const { trigger, fleet } = request.query;
      const accounts = [...(await visibleAccounts(store.read, account))];
      let rows = store.read
        .selectFrom('assessment')
        .selectAll()
        .where(({ or, eb, exists, selectFrom }) =>
          or([
            eb('resource_id', 'is', null),
            exists(
              selectFrom('resource')
                .select('resource.id')
                .whereRef('resource.id', '=', 'assessment.resource_id')
                .where('resource.account', 'in', accounts),
            ),
          ]),
        );
      if (trigger !== undefined) rows = rows.where('trigger', '=', trigger);
      if (fleet === true) rows = rows.where('resource_id', 'is', null);
      return await newestFirst(rows, request.query);
    },
  );

  const rescan = {
    summary: 'Assess a resource again',
    description: 'Matches what the store has of it; the answer comes before that is done. 409 when it is not assessed at all.',
    params: ID_PATH,
    response: { 202: object({ resource: INTEGER }) },
  } as const;
  app.post<{ Params: IdPath }>('/resources/:id/rescan', { schema: rescan }, async (request, reply) => {
    const row = await needResource(api.contextOf(request), request.params.id);
    if (row.removed_at !== null) throw refused(`The resource ${row.id} was removed`);
    if (row.units === '[]') throw refused(`There is no inventory of the resource ${row.id}`);
    if (WITHOUT_FINDINGS.includes(row.status_reason)) {
      throw refused(`The resource ${row.id} is not assessed: its status is ${row.status_reason}`);
    }
    await engine.rescan(row.id);
    return reply.code(202).send({ resource: row.id });
  });

  const remove = {
    summary: 'Remove a resource',
    description: 'It is gone: its findings are closed, and it is kept as removed. Handed in again, it is there again.',
    params: ID_PATH,
    response: { 204: { type: 'null', description: 'Removed' } },
  } as const;
  app.delete<{ Params: IdPath }>('/resources/:id', { schema: remove }, async (request, reply) => {
    const context = api.contextOf(request);
    const row = await needResource(context, request.params.id);
    const done = await removeResource(context.store, row.account, row.uid, context.now());
    if (!done) throw refused(`The resource ${row.id} was removed already`);
    return reply.code(204).send();
  });
}
