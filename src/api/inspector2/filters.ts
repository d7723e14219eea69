/** Saved filters; those with the action SUPPRESS are the suppression rules. */
import { randomBytes } from 'node:crypto';
import type { Filter, FilterAction, FilterCriteria } from '@aws-sdk/client-inspector2';
import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import { readAccount } from '../../store/accounts.ts';
import { readCriteria } from '../../store/findings/conditions.ts';
import { partitionOf } from '../../store/findings/resource.ts';
import { chunks, holdDecisions, type Tables } from '../../store/index.ts';
import type { FilterTable } from '../../store/schema.ts';
import type { RequestContext } from '../context.ts';
import { nextToken, positionOf } from '../paging.ts';
import { accessDenied, badRequest, invalidField, notFound, quota } from '../protocol/errors.ts';
import type { Handlers } from './handler.ts';
import { holdTagged, readTags, writeTags } from './tags.ts';

const FILTERS_PAGE = 100;
/** Suppression rules of one account. */
const MOST_RULES = 500;

type Db = Kysely<Tables>;

/** Members do not suppress: their administrator does. */
async function needSuppressor(db: Db, account: string): Promise<void> {
  const { admin, relationship } = await readAccount(db, account);
  if (admin !== undefined && admin !== null && relationship === 'ENABLED') {
    throw accessDenied(`Account ${account} is a member: suppression rules are managed by the delegated administrator ${admin}.`);
  }
}

async function needRoom(db: Db, account: string): Promise<void> {
  const { count } = await db
    .selectFrom('filter')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('action', '=', 'SUPPRESS')
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_RULES) throw quota(`An account has at most ${MOST_RULES} suppression rules`, 'filter');
}

async function isTaken(db: Db, account: string, name: string): Promise<boolean> {
  const found = await db
    .selectFrom('filter')
    .select('id')
    .where('account', '=', account)
    .where('name', '=', name)
    .executeTakeFirst();
  return found !== undefined;
}

async function needFilter(db: Db, account: string, arn: string): Promise<Selectable<FilterTable>> {
  const found = await db
    .selectFrom('filter')
    .selectAll()
    .where('account', '=', account)
    .where('arn', '=', arn)
    .executeTakeFirst();
  if (found === undefined) throw notFound(`There is no filter ${arn}`);
  return found;
}

function filterOf(row: Selectable<FilterTable>, tags: Readonly<Record<string, string>> | undefined): Filter {
  return {
    arn: row.arn,
    ownerId: row.account,
    name: row.name,
    criteria: readCriteria(row.criteria),
    action: row.action as FilterAction,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.description !== null && { description: row.description }),
    ...(row.reason !== null && { reason: row.reason }),
    tags: { ...tags },
  };
}

function criteriaText(criteria: FilterCriteria | undefined): string {
  return JSON.stringify(criteria ?? {});
}

function newArn({ account, region }: RequestContext): string {
  return `arn:${partitionOf(region)}:inspector2:${region}:${account}:owner/${account}/filter/${randomBytes(8).toString('hex')}`;
}

/** Those of a query that have one of these ARNs; a request may have more of them than a statement. */
async function named(query: SelectQueryBuilder<Tables, 'filter', Selectable<FilterTable>>, arns: readonly string[]) {
  const found: Selectable<FilterTable>[] = [];
  for (const some of chunks([...new Set(arns)])) found.push(...(await query.where('arn', 'in', some).execute()));
  return found.sort((a, b) => a.id - b.id);
}

export const filters: Handlers<'CreateFilter' | 'UpdateFilter' | 'DeleteFilter' | 'ListFilters'> = {
  async CreateFilter({ name = '', action = 'NONE', filterCriteria, description, reason, tags = {} }, context) {
    const { store, account, services } = context;
    const now = context.now();
    const arn = newArn(context);
    await store.write(async (tx) => {
      await holdDecisions(tx);
      if (action === 'SUPPRESS') {
        await needSuppressor(tx, account);
        await needRoom(tx, account);
      }
      if (await isTaken(tx, account, name)) throw badRequest(`There is a filter with the name ${name} already`);
      const row = { arn, account, name, action, criteria: criteriaText(filterCriteria), created_at: now, updated_at: now };
      await tx
        .insertInto('filter')
        .values({ ...row, description: description ?? null, reason: reason ?? null })
        .execute();
      await writeTags(tx, arn, tags);
      if (action === 'SUPPRESS') await services.changed(tx, { kind: 'suppression', account });
    });
    return { arn };
  },

  async UpdateFilter({ filterArn = '', name, action, filterCriteria, description, reason }, context) {
    const { store, account, services } = context;
    await store.write(async (tx) => {
      await holdDecisions(tx);
      const before = await needFilter(tx, account, filterArn);
      const suppresses = (action ?? before.action) === 'SUPPRESS';
      if (suppresses || before.action === 'SUPPRESS') await needSuppressor(tx, account);
      if (suppresses && before.action !== 'SUPPRESS') await needRoom(tx, account);
      if (name !== undefined && name !== before.name && (await isTaken(tx, account, name))) {
        throw invalidField('name', `There is a filter with the name ${name} already`);
      }
      await tx
        .updateTable('filter')
        .set({
          updated_at: context.now(),
          ...(name !== undefined && { name }),
          ...(action !== undefined && { action }),
          ...(filterCriteria !== undefined && { criteria: criteriaText(filterCriteria) }),
          ...(description !== undefined && { description }),
          ...(reason !== undefined && { reason }),
        })
        .where('id', '=', before.id)
        .execute();
      if (suppresses || before.action === 'SUPPRESS') await services.changed(tx, { kind: 'suppression', account });
    });
    return { arn: filterArn };
  },

  async DeleteFilter({ arn = '' }, context) {
    const { store, account, services } = context;
    await store.write(async (tx) => {
      await holdDecisions(tx);
      await holdTagged(tx, arn);
      const before = await needFilter(tx, account, arn);
      if (before.action === 'SUPPRESS') await needSuppressor(tx, account);
      await tx.deleteFrom('filter').where('id', '=', before.id).execute();
      await tx.deleteFrom('tag').where('arn', '=', arn).execute();
      if (before.action === 'SUPPRESS') await services.changed(tx, { kind: 'suppression', account });
    });
    return { arn };
  },

  async ListFilters(input, context) {
    const { store, account } = context;
    const limit = input.maxResults ?? FILTERS_PAGE;
    const position = positionOf('ListFilters', input, context);
    let query = store.read
      .selectFrom('filter')
      .selectAll()
      .where('account', '=', account)
      .orderBy('id')
      .limit(limit + 1);
    if (typeof position === 'number') query = query.where('id', '>', position);
    if (input.action !== undefined) query = query.where('action', '=', input.action);
    const found = input.arns?.length ? await named(query, input.arns) : await query.execute();
    const kept = found.slice(0, limit);
    const last = found.length > limit ? kept.at(-1) : undefined;
    const arns = kept.map(({ arn }) => arn);
    const tags = await readTags(store.read, arns);
    return {
      filters: kept.map((row) => filterOf(row, tags.get(row.arn))),
      ...(last !== undefined && { nextToken: nextToken('ListFilters', input, context, last.id) }),
    };
  },
};
