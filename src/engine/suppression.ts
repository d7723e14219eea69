/**
 * Suppression: rules of the account or its administrator, and what people decided about single findings. It takes effect in the
 * transaction that changes a finding, a rule or a decision.
 */

import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { readCriteria } from '../store/findings/conditions.ts';
import { findingCriteria } from '../store/findings/criteria.ts';
import { chunks, type Tables, type Write } from '../store/index.ts';
import { updatedAt } from './lifecycle.ts';

/** Decisions of people that take a finding out of the list of work. */
export const SETTLED = ['accepted', 'false-positive'] as const;

type Findings = ExpressionBuilder<Tables, 'finding'>;
type Where = (eb: Findings) => Expression<SqlBool>;

/** Accounts whose rules count for findings of this one: its administrator's, or its own. */
async function rulerOf(tx: Write, account: string): Promise<string> {
  const row = await tx.selectFrom('account').select('admin').where('id', '=', account).executeTakeFirst();
  return row?.admin ?? account;
}

interface Rule {
  readonly id: number;
  readonly fits: Expression<SqlBool>;
}

async function rulesOf(tx: Write, account: string): Promise<readonly Rule[]> {
  const rows = await tx
    .selectFrom('filter')
    .select(['id', 'criteria'])
    .where('account', '=', account)
    .where('action', '=', 'SUPPRESS')
    .orderBy('id')
    .execute();
  return rows.map(({ id, criteria }) => ({ id, fits: findingCriteria(readCriteria(criteria)) }));
}

/** Somebody settled the finding, and that has not expired. */
function isSettled(eb: Findings, now: number): Expression<SqlBool> {
  return eb.exists(
    eb
      .selectFrom('triage')
      .select(sql<number>`1`.as('one'))
      .whereRef('triage.resource_id', '=', 'finding.resource_id')
      .whereRef('triage.key', '=', 'finding.key')
      .where('triage.status', 'in', [...SETTLED])
      .where((or) => or.or([or('triage.expires_at', 'is', null), or('triage.expires_at', '>', now)])),
  );
}

/** Suppresses those of the ACTIVE findings that `where` names which a rule or a decision hides; the first rule that fits is named. */
async function hide(tx: Write, where: Where, rules: readonly Rule[], now: number): Promise<number[]> {
  const hidden: number[] = [];
  const active = (filter_id: number | null, fits: Where) =>
    tx
      .updateTable('finding')
      .set({ status: 'SUPPRESSED', filter_id, ...updatedAt(now) })
      .where('status', '=', 'ACTIVE')
      .where(where)
      .where(fits)
      .returning('id')
      .execute();
  for (const { id, fits } of rules) {
    const rows = await active(id, () => fits);
    hidden.push(...rows.map((row) => row.id));
  }
  const rows = await active(null, (eb) => isSettled(eb, now));
  hidden.push(...rows.map((row) => row.id));
  return hidden;
}

/** Whether there is any rule or decision at all: most stores of a million findings have few, and many have none. */
export async function suppressesAnything(tx: Write): Promise<boolean> {
  const rule = tx.selectFrom('filter').select('id').where('action', '=', 'SUPPRESS').limit(1);
  if ((await rule.executeTakeFirst()) !== undefined) return true;
  const decision = tx
    .selectFrom('triage')
    .select('key')
    .where('status', 'in', [...SETTLED])
    .limit(1);
  return (await decision.executeTakeFirst()) !== undefined;
}

/** Applies what counts for the account to findings that were just written. */
export async function suppress(tx: Write, account: string, ids: readonly number[], now: number): Promise<void> {
  if (ids.length === 0) return;
  const rules = await rulesOf(tx, await rulerOf(tx, account));
  for (const some of chunks(ids)) await hide(tx, (eb) => eb('id', 'in', [...some]), rules, now);
}

/**
 * Brings all findings in line after rules of an account or decisions about its findings changed. Give the account whose rules they are;
 * its members' findings follow. Ids of findings whose status changed, for events.
 */
export async function resuppress(tx: Write, ruler: string, now: number): Promise<readonly number[]> {
  const members = await tx.selectFrom('account').select('id').where('admin', '=', ruler).execute();
  const accounts = [ruler, ...members.map(({ id }) => id)];
  const rules = await rulesOf(tx, ruler);
  const before = new Map<number, string>();
  const free = (filter: number | null, stays: Where | undefined) =>
    tx
      .updateTable('finding')
      .set({ status: 'ACTIVE', filter_id: null, ...updatedAt(now) })
      .where('account', 'in', accounts)
      .where('status', '=', 'SUPPRESSED')
      .where('filter_id', filter === null ? 'is' : '=', filter)
      .$if(stays !== undefined, (query) => query.where((eb) => eb.not(stays?.(eb) ?? eb.lit(false))))
      .returning('id')
      .execute();
  const filters = await tx
    .selectFrom('finding')
    .select('filter_id')
    .distinct()
    .where('account', 'in', accounts)
    .where('status', '=', 'SUPPRESSED')
    .execute();
  for (const { filter_id } of filters) {
    const rule = rules.find(({ id }) => id === filter_id);
    const stays: Where | undefined =
      filter_id === null ? (eb) => isSettled(eb, now) : rule === undefined ? undefined : () => rule.fits;
    for (const { id } of await free(filter_id, stays)) before.set(id, 'SUPPRESSED');
  }
  const hidden = await hide(tx, (eb) => eb('account', 'in', accounts), rules, now);
  const changed = new Set(before.keys());
  // Freed by one rule and hidden by another: nothing changed for the reader.
  for (const id of hidden) if (!changed.delete(id)) changed.add(id);
  return [...changed].sort((a, b) => a - b);
}
