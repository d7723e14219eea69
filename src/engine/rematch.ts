/** Matching waiting units again and bringing every finding in line, whichever resources they are on. */
import { sql } from 'kysely';
import { type DetailRows, detailRows } from '../store/findings/compose.ts';
import type { Detail, DetailPart } from '../store/findings/detail.ts';
import { chunks, type Store, type Write } from '../store/index.ts';
import { announce } from './announce.ts';
import { appear } from './appear.ts';
import { contentOf, readDetail } from './content.ts';
import { type MatchedUnit, packageDetail, partsOf, storeDetails } from './details.ts';
import { isCurrent } from './ingest.ts';
import { type Changes, type FindingContent, noChanges, observedAt, updatedAt } from './lifecycle.ts';
import type { Matcher } from './matcher.ts';
import { suppress, suppressesAnything } from './suppression.ts';
import { readUnit } from './units.ts';

export interface Rematched {
  /** Units matched in this step; 0 = nothing waits (or the database changed meanwhile). */
  readonly units: number;
  readonly changes: Changes;
}

interface Claimed extends MatchedUnit {
  /** Some resources have the new findings of it already, others have not. */
  readonly mixed: boolean;
}

/** Takes waiting units; other workers take others, and of other lots where there are enough: they wait for each other in `lock`. */
async function claim(tx: Write, store: Store, matcher: Matcher, most: number): Promise<readonly Claimed[]> {
  const query = tx
    .selectFrom('unit')
    .select(['id', 'data', 'pending'])
    .where('pending', '>', 0)
    .orderBy('lot')
    .orderBy('id')
    .limit(most);
  const rows = await (store.engine === 'postgres' ? query.forUpdate().skipLocked() : query).execute();
  return rows.map(({ id, data, pending }) => {
    const unit = readUnit(data);
    return { id, data: unit, vulnerabilities: matcher.unit(unit), unsure: matcher.isUnsure(unit), mixed: pending === 2 };
  });
}

/** One at a time for each vulnerability: two workers with units of the same one must see what the other wrote. */
async function lock(tx: Write, store: Store, units: readonly MatchedUnit[]): Promise<void> {
  if (store.engine !== 'postgres') return;
  const keys = new Set(units.flatMap(({ vulnerabilities }) => vulnerabilities.map(({ id }) => id)));
  for (const some of chunks(units.map(({ id }) => id))) {
    const rows = await tx
      .selectFrom('detail')
      .select('key')
      .distinct()
      .where('id', 'in', (eb) => eb.selectFrom('detail_package').select('detail_id').where('unit_id', 'in', some))
      .execute();
    for (const { key } of rows) keys.add(key);
  }
  const all = sql.val([...keys]);
  await sql`select pg_advisory_xact_lock(one.lock) from (select distinct hashtext(key) as lock from unnest(${all}::text[]) as key order by 1) as one`.execute(
    tx,
  );
}

interface OldDetail {
  readonly id: number;
  readonly key: string;
  readonly detail: Detail;
}

/** The details of open findings that have a part of one of these units. */
async function detailsWith(tx: Write, units: readonly number[]): Promise<readonly OldDetail[]> {
  const found = new Map<number, OldDetail>();
  for (const some of chunks(units)) {
    const rows = await tx
      .selectFrom('detail')
      .select(['id', 'key', 'data'])
      .where('id', 'in', (eb) => eb.selectFrom('detail_package').select('detail_id').where('unit_id', 'in', some))
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('finding')
            .select('finding.id')
            .whereRef('finding.detail_id', '=', 'detail.id')
            .where('finding.status', '!=', 'CLOSED'),
        ),
      )
      .execute();
    for (const { id, key, data } of rows) found.set(id, { id, key, detail: readDetail(data) });
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

/** The exposures that resources have; most stores know of none. */
async function exposures(tx: Write): Promise<readonly (string | null)[]> {
  const rows = await tx.selectFrom('resource').select('exposure').distinct().where('exposure', 'is not', null).execute();
  return [null, ...rows.map(({ exposure }) => exposure)];
}

interface Step {
  readonly tx: Write;
  readonly now: number;
  readonly changes: Changes;
  readonly exposures: readonly (string | null)[];
}

/** All open findings with one detail get another. */
async function replace({ tx, now, changes, exposures }: Step, from: number, to: DetailRows, id: number): Promise<void> {
  const contents = new Map<string, { readonly content: FindingContent; readonly exposures: (string | null)[] }>();
  for (const exposure of exposures) {
    const content = contentOf(to, id, exposure);
    const text = JSON.stringify(content);
    const known = contents.get(text);
    if (known === undefined) contents.set(text, { content, exposures: [exposure] });
    else known.exposures.push(exposure);
  }
  for (const { content, exposures: some } of contents.values()) {
    const update = tx
      .updateTable('finding')
      .set({ ...content, status: 'ACTIVE', filter_id: null, ...observedAt(now) })
      .where('detail_id', '=', from)
      .where('status', '!=', 'CLOSED');
    const named = some.filter((one) => one !== null);
    const rows = await (contents.size === 1
      ? update
      : update.where('resource_id', 'in', (eb) =>
          eb
            .selectFrom('resource')
            .select('id')
            .where((or) =>
              or.or([
                ...(some.includes(null) ? [or('exposure', 'is', null)] : []),
                ...(named.length > 0 ? [or('exposure', 'in', named)] : []),
              ]),
            ),
        )
    )
      .returning('id')
      .execute();
    for (const row of rows) changes.updated.push(row.id);
  }
}

/** Parts as they are after these units were matched again. */
function renewed(old: OldDetail, units: ReadonlyMap<number, MatchedUnit>): readonly DetailPart[] {
  if (old.detail.kind !== 'package') return [];
  const parts = old.detail.parts.filter(({ unit }) => !units.has(unit));
  const own = new Set(old.detail.parts.map(({ unit }) => unit));
  for (const id of own) {
    const unit = units.get(id);
    if (unit === undefined) continue;
    const found = partsOf(unit, old.key);
    const isKept = found.length === 0 && unit.unsure === true;
    parts.push(...(isKept ? old.detail.parts.filter((part) => part.unit === id) : found));
  }
  return parts;
}

/** What the units said before becomes what they say now. */
async function renew(step: Step, old: readonly OldDetail[], units: ReadonlyMap<number, MatchedUnit>): Promise<void> {
  const next = old.map((one) => ({ old: one, detail: packageDetail(one.key, renewed(one, units)) }));
  const kept = next.flatMap(({ old, detail }) => (detail === undefined ? [] : [{ old, rows: detailRows(detail) }]));
  const ids = await storeDetails(
    step.tx,
    kept.map(({ rows }) => rows),
  );
  for (const [index, { old, rows }] of kept.entries()) {
    const id = ids[index] ?? 0;
    if (id !== old.id) await replace(step, old.id, rows, id);
  }
  for (const { old, detail } of next) {
    if (detail !== undefined) continue;
    const rows = await step.tx
      .updateTable('finding')
      .set({ status: 'CLOSED', filter_id: null, closed_at: step.now, closed_by: 'fixed', ...updatedAt(step.now) })
      .where('detail_id', '=', old.id)
      .where('status', '!=', 'CLOSED')
      .returning('id')
      .execute();
    for (const row of rows) step.changes.closed.push(row.id);
  }
}

/** Takes up to `most` waiting units and settles them, in one transaction. */
export async function rematchSome(store: Store, matcher: Matcher, clock: () => number, most = 100): Promise<Rematched> {
  return store.write(async (tx) => {
    const now = clock();
    const step: Step = { tx, now, changes: noChanges(), exposures: await exposures(tx) };
    if (!(await isCurrent(tx, store, matcher))) return { units: 0, changes: step.changes };
    const matched = await claim(tx, store, matcher, most);
    if (matched.length === 0) return { units: 0, changes: step.changes };
    const units = new Map(matched.map((unit) => [unit.id, unit]));
    const ids = [...units.keys()];
    await lock(tx, store, matched);
    const old = await detailsWith(tx, ids);
    await renew(step, old, units);
    const had = new Set(
      old.flatMap(({ key, detail }) => (detail.kind === 'package' ? detail.parts.map(({ unit }) => `${unit} ${key}`) : [])),
    );
    const fresh = new Map<string, MatchedUnit[]>();
    for (const unit of matched) {
      for (const key of new Set(unit.vulnerabilities.map(({ id }) => id))) {
        if (!unit.mixed && had.has(`${unit.id} ${key}`)) continue;
        fresh.set(key, [...(fresh.get(key) ?? []), unit]);
      }
    }
    for (const key of [...fresh.keys()].sort()) await appear(step, key, fresh.get(key) ?? []);
    const { created, updated, reopened } = step.changes;
    await suppressEach(tx, [...created, ...updated, ...reopened], now);
    await announce(tx, { changes: step.changes, now });
    for (const some of chunks(ids)) await tx.updateTable('unit').set({ pending: 0 }).where('id', 'in', some).execute();
    await tx
      .insertInto('assessment')
      .values({
        resource_id: null,
        trigger: 'database',
        database: matcher.database.info.builtAt,
        started_at: now,
        duration_ms: clock() - now,
        units: ids.length,
        created: created.length + reopened.length,
        changed: updated.length,
        closed: step.changes.closed.length,
        problem: null,
      })
      .execute();
    return { units: ids.length, changes: step.changes };
  });
}

/** Suppression is a matter of the account that a finding is in. */
async function suppressEach(tx: Write, ids: readonly number[], now: number): Promise<void> {
  if (!(await suppressesAnything(tx))) return;
  const byAccount = new Map<string, number[]>();
  for (const some of chunks(ids)) {
    const rows = await tx.selectFrom('finding').select(['id', 'account']).where('id', 'in', some).execute();
    for (const { id, account } of rows) {
      const list = byAccount.get(account);
      if (list === undefined) byAccount.set(account, [id]);
      else list.push(id);
    }
  }
  for (const [account, list] of byAccount) await suppress(tx, account, list, now);
}
