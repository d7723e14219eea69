/** Triage: what people decided about single findings, beyond what the Inspector API knows. */
import type { FastifyInstance } from 'fastify';
import type { Selectable } from 'kysely';
import { SETTLED } from '../../engine/suppression.ts';
import { type Decided, type Decision, decide, TRIAGE_STATUSES } from '../../engine/triage.ts';
import { readAccount, visibleAccounts } from '../../store/accounts.ts';
import { partitionOf } from '../../store/findings/resource.ts';
import type { Write } from '../../store/index.ts';
import type { TriageTable } from '../../store/schema.ts';
import type { RequestContext } from '../context.ts';
import type { NativeApi } from '../native.ts';
import { accessDenied, invalidField, notFound } from '../protocol/errors.ts';
import { INTEGER, iso, listOf, NULLABLE, object, PAGE, type Page, paged, TEXT, TIME } from './schemas.ts';

const FINDING = {
  type: 'object',
  required: ['finding'],
  properties: {
    finding: {
      type: 'string',
      pattern: '^(arn:aws[a-z-]*:inspector2:[a-z0-9-]{1,32}:\\d{12}:finding/)?[0-9a-f]{32}$',
      description: 'ARN of the finding, percent-encoded; or its last part, for findings of your own account',
    },
  },
} as const;

interface FindingPath {
  readonly finding: string;
}

const MEMBERS = {
  status: { enum: TRIAGE_STATUSES, description: '`accepted` and `false-positive` suppress the finding until they expire' },
  reason: { type: ['string', 'null'], maxLength: 4096 },
  owner: { type: ['string', 'null'], maxLength: 256 },
  expiresAt: { type: ['string', 'null'], maxLength: 40, description: 'ISO 8601; a later time' },
} as const;

const SHOWN = { ...MEMBERS, status: TEXT, changedAt: TIME, changedBy: NULLABLE };

interface Body {
  readonly status: Decision['status'];
  readonly reason?: string | null;
  readonly owner?: string | null;
  readonly expiresAt?: string | null;
}

function shown(row: Selectable<TriageTable> | undefined) {
  if (row === undefined) return { status: 'open', reason: null, owner: null, expiresAt: null, changedAt: null, changedBy: null };
  const { status, reason, owner } = row;
  return {
    status,
    reason,
    owner,
    expiresAt: iso(row.expires_at),
    changedAt: iso(row.changed_at),
    changedBy: row.changed_by,
  };
}

async function needFinding({ store, account, region }: RequestContext, finding: string): Promise<Decided> {
  const arn = finding.startsWith('arn:')
    ? finding
    : `arn:${partitionOf(region)}:inspector2:${region}:${account}:finding/${finding}`;
  const row = await store.read
    .selectFrom('finding')
    .select(['id', 'resource_id', 'key', 'account'])
    .where('arn', '=', arn)
    .executeTakeFirst();
  const visible = await visibleAccounts(store.read, account);
  if (row === undefined || !visible.includes(row.account)) throw notFound(`There is no finding ${finding}`);
  return row;
}

/** Members of an organization hide no findings, and show none that their administrator hid. */
async function needRight(tx: Write, account: string, { resource_id, key }: Decided, to: string): Promise<void> {
  const { admin, relationship } = await readAccount(tx, account);
  if (relationship !== 'ENABLED') return;
  const rows = tx.selectFrom('triage').select('status').where('resource_id', '=', resource_id).where('key', '=', key);
  const before = (await rows.executeTakeFirst())?.status ?? 'open';
  if (![to, before].some((status) => SETTLED.some((one) => one === status))) return;
  throw accessDenied(
    `Account ${account} is a member: its delegated administrator ${admin} decides what is ${SETTLED.join(' or ')}.`,
  );
}

function decisionOf({ status, reason = null, owner = null, expiresAt = null }: Body, now: number): Decision {
  const time = expiresAt === null ? null : Date.parse(expiresAt);
  if (time !== null && !(time > now)) throw invalidField('expiresAt', 'expiresAt must be a time in the future, ISO 8601');
  return { status, reason, owner, expiresAt: time };
}

export function addTriage(app: FastifyInstance, api: NativeApi): void {
  const read = {
    summary: 'Triage of a finding',
    description: 'A finding that nobody decided about is `open`.',
    params: FINDING,
    response: { 200: object(SHOWN) },
  } as const;
  app.get<{ Params: FindingPath }>('/findings/:finding/triage', { schema: read }, async (request) => {
    const context = api.contextOf(request);
    const { resource_id, key } = await needFinding(context, request.params.finding);
    const rows = context.store.read.selectFrom('triage').selectAll().where('resource_id', '=', resource_id);
    return shown(await rows.where('key', '=', key).executeTakeFirst());
  });

  const write = {
    summary: 'Decide about a finding',
    description: 'Effective at once, in this and in later generations of the finding.',
    params: FINDING,
    body: { type: 'object', required: ['status'], additionalProperties: false, properties: MEMBERS },
    response: { 200: object(SHOWN) },
  } as const;
  app.put<{ Params: FindingPath; Body: Body }>('/findings/:finding/triage', { schema: write }, async (request) => {
    const context = api.contextOf(request);
    const finding = await needFinding(context, request.params.finding);
    const now = context.now();
    const decision = decisionOf(request.body, now);
    const decided = await context.store.write(async (tx) => {
      await needRight(tx, context.account, finding, decision.status);
      return decide(tx, finding, decision, context.principal.name, now);
    });
    return shown(decided);
  });

  const remove = {
    summary: 'Take a decision back',
    description: 'The finding is `open` again; the history stays.',
    params: FINDING,
    response: { 204: { type: 'null', description: 'Taken back' } },
  } as const;
  app.delete<{ Params: FindingPath }>('/findings/:finding/triage', { schema: remove }, async (request, reply) => {
    const context = api.contextOf(request);
    const finding = await needFinding(context, request.params.finding);
    await context.store.write(async (tx) => {
      await needRight(tx, context.account, finding, 'open');
      await decide(tx, finding, undefined, context.principal.name, context.now());
    });
    return reply.code(204).send();
  });

  const history = {
    summary: 'History of the triage of a finding',
    description: 'Oldest first. `value` is the decision as it became; null where it was taken back.',
    params: FINDING,
    querystring: { type: 'object', additionalProperties: false, properties: PAGE },
    response: {
      200: listOf('events', object({ id: INTEGER, at: TIME, by: TEXT, value: { ...object(SHOWN), nullable: true } })),
    },
  } as const;
  app.get<{ Params: FindingPath; Querystring: Page }>(
    '/findings/:finding/triage/history',
    { schema: history },
    async (request) => {
      const context = api.contextOf(request);
      const { resource_id, key } = await needFinding(context, request.params.finding);
      const rows = await context.store.read
        .selectFrom('triage_event')
        .selectAll()
        .where('resource_id', '=', resource_id)
        .where('key', '=', key)
        .where('id', '>', request.query.after)
        .orderBy('id')
        .limit(request.query.limit + 1)
        .execute();
      const found = paged(rows, request.query);
      const events = found.rows.map(({ id, at, by, value }) => {
        const row: TriageTable | null = JSON.parse(value);
        return { id, at: iso(at), by, value: row === null ? null : shown(row) };
      });
      return { ...found, rows: undefined, events };
    },
  );
}
