/** Matching waiting units again and bringing every finding in line, whichever resources they are on. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import { type DetailRows, detailRows } from '../store/findings/compose.ts';
import type { Detail, DetailPart } from '../store/findings/detail.ts';
import { chunks, keepDecisions, type WorkStore, type Write } from '../store/index.ts';
import { announce } from './announce.ts';
import { appear } from './appear.ts';
import { contentOf, readDetail } from './content.ts';
import { type MatchedUnit, packageDetail, partsOf, storeDetails } from './details.ts';
import { isCurrent } from './in-use.ts';
import { type Changes, noChanges, observedAt, updatedAt } from './lifecycle.ts';
import type { Matcher } from './matcher.ts';
import { type Rewrite, rewriteFindings } from './rewrite.ts';
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

/** Takes waiting units; other workers take others, and of other lots where there are enough: they have vulnerabilities in common. */
async function claim(tx: Write, store: WorkStore, matcher: Matcher, most: number): Promise<readonly Claimed[]> {
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

/** The vulnerabilities of each unit: those it has, and those that findings still say it has. */
async function keysOf(tx: Write, units: readonly Claimed[]): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const keys = new Map(units.map(({ id, vulnerabilities }) => [id, new Set(vulnerabilities.map((found) => found.id))]));
  for (const some of chunks([...keys.keys()])) {
    const rows = await tx
      .selectFrom('detail_package')
      .innerJoin('detail', 'detail.id', 'detail_package.detail_id')
      .select(['detail_package.unit_id', 'detail.key'])
      .distinct()
      .where('detail_package.unit_id', 'in', some)
      .execute();
    for (const { unit_id, key } of rows) keys.get(unit_id)?.add(key);
  }
  return keys;
}

/**
 * One at a time for each vulnerability: two workers with units of the same one must see what the other wrote. Gives the units whose
 * vulnerabilities are all this transaction's now; the others wait for another turn, unless it should wait for them.
 */
async function lock(tx: Write, store: WorkStore, units: readonly Claimed[], wait: boolean): Promise<readonly Claimed[]> {
  if (store.engine !== 'postgres') return units;
  const keys = await keysOf(tx, units);
  const all = sql.val([...new Set([...keys.values()].flatMap((some) => [...some]))]);
  if (wait) {
    await sql`select pg_advisory_xact_lock(one.lock) from (select distinct hashtext(key) as lock from unnest(${all}::text[]) as key order by 1) as one`.execute(
      tx,
    );
    return units;
  }
  const { rows } = await sql<{ keys: readonly string[] }>`select keys
    from (select hashtext(key) as lock, array_agg(key) as keys from unnest(${all}::text[]) as key group by 1 order by 1) as one
    where not pg_try_advisory_xact_lock(one.lock)`.execute(tx);
  const taken = new Set(rows.flatMap((row) => row.keys));
  return units.filter(({ id }) => taken.isDisjointFrom(keys.get(id) ?? new Set()));
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
  readonly database: AdvisoryDatabase;
}

/** All open findings with one detail get another: one rewrite, or one for each exposure where the score depends on it. */
function replacing(exposures: Step['exposures'], from: number, to: DetailRows, id: number): readonly Rewrite[] {
  const rewrites = exposures.map(
    (exposure): Rewrite => ({
      at: [from],
      exposure,
      set: { ...contentOf(to, id, exposure), status: 'ACTIVE', filter_id: null },
    }),
  );
  const [first] = rewrites;
  if (first === undefined || !rewrites.every(({ set }) => isDeepStrictEqual(set, first.set))) return rewrites;
  return [{ at: first.at, set: first.set }];
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
async function renew(
  { tx, now, changes, exposures, database }: Step,
  old: readonly OldDetail[],
  units: ReadonlyMap<number, MatchedUnit>,
): Promise<void> {
  const next = old.map((one) => ({ old: one, detail: packageDetail(one.key, renewed(one, units)) }));
  const kept = next.flatMap(({ old, detail }) => (detail === undefined ? [] : [{ old, rows: detailRows(detail) }]));
  const ids = await storeDetails(
    tx,
    kept.map(({ rows }) => rows),
    database,
  );
  const replaced = kept.flatMap(({ old, rows }, index) => {
    const id = ids[index] ?? 0;
    return id === old.id ? [] : replacing(exposures, old.id, rows, id);
  });
  for (const some of [replaced.filter((one) => 'exposure' in one), replaced.filter((one) => !('exposure' in one))]) {
    for (const id of await rewriteFindings(tx, 'detail_id', some, observedAt(now))) changes.updated.push(id);
  }
  const gone = next.flatMap(({ old, detail }) => (detail === undefined ? [old.id] : []));
  const set = { status: 'CLOSED', filter_id: null, closed_at: now, closed_by: 'fixed' };
  for (const id of await rewriteFindings(tx, 'detail_id', [{ at: gone, set }], updatedAt(now))) changes.closed.push(id);
}

/** Takes up to `most` waiting units and settles them, in one transaction. */
export async function rematchSome(store: WorkStore, matcher: Matcher, clock: () => number, most = 100): Promise<Rematched> {
  const tried = await rematch(store, matcher, clock, most, false);
  return tried.isBusy ? rematch(store, matcher, clock, most, true) : tried;
}

interface Tried extends Rematched {
  /** Others work on the vulnerabilities of all the units that it could take. */
  readonly isBusy: boolean;
}

async function rematch(store: WorkStore, matcher: Matcher, clock: () => number, most: number, wait: boolean): Promise<Tried> {
  return store.write(async (tx) => {
    await keepDecisions(tx);
    const now = clock();
    const { database } = matcher;
    const step: Step = { tx, now, changes: noChanges(), exposures: await exposures(tx), database };
    if (!(await isCurrent(tx, store, matcher))) return { units: 0, changes: step.changes, isBusy: false };
    const claimed = await claim(tx, store, matcher, most);
    if (claimed.length === 0) return { units: 0, changes: step.changes, isBusy: false };
    const matched = await lock(tx, store, claimed, wait);
    if (matched.length === 0) return { units: 0, changes: step.changes, isBusy: true };
    const units = new Map(matched.map((unit) => [unit.id, unit]));
    const ids = [...units.keys()];
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
        database: database.info.builtAt,
        started_at: now,
        duration_ms: clock() - now,
        units: ids.length,
        created: created.length + reopened.length,
        changed: updated.length,
        closed: step.changes.closed.length,
        problem: null,
      })
      .execute();
    return { units: ids.length, changes: step.changes, isBusy: false };
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
