/** Vulnerabilities that units did not have before, on every resource that has the units. */
import type { AdvisoryDatabase } from '../model/advisory.ts';
import { type DetailRows, detailRows } from '../store/findings/compose.ts';
import type { DetailPart } from '../store/findings/detail.ts';
import { chunks, type Write } from '../store/index.ts';
import { WITHOUT_NEW_FINDINGS } from './activation.ts';
import { contentOf, readDetail } from './content.ts';
import { type MatchedUnit, packageDetail, partsOf, storeDetails } from './details.ts';
import { type Changes, type FindingContent, freshRow, insertFindings, observedAt, REOPEN_MS } from './lifecycle.ts';
import { rewriteFindings } from './rewrite.ts';

const TYPE = 'PACKAGE_VULNERABILITY';

interface Step {
  readonly tx: Write;
  readonly now: number;
  readonly changes: Changes;
  readonly database: AdvisoryDatabase;
}

/** Brings one vulnerability of these units onto the resources that have them. */
export async function appear(step: Step, key: string, units: readonly MatchedUnit[]): Promise<void> {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const on = new Map<number, MatchedUnit[]>();
  for (const some of chunks([...byId.keys()])) {
    const rows = await step.tx.selectFrom('occurrence').selectAll().where('unit_id', 'in', some).execute();
    for (const { resource_id, unit_id } of rows) {
      const unit = byId.get(unit_id);
      if (unit === undefined) continue;
      const known = on.get(resource_id);
      if (known === undefined) on.set(resource_id, [unit]);
      else known.push(unit);
    }
  }
  for (const some of chunks([...on.keys()].sort((a, b) => a - b))) await appearOn(step, key, some, on);
}

/** The newest finding of the vulnerability on each of the resources. */
async function newestOf(tx: Write, key: string, resources: readonly number[]) {
  const rows = await tx
    .selectFrom('finding')
    .select(['id', 'resource_id', 'status', 'generation', 'closed_at', 'detail_id'])
    .where('resource_id', 'in', resources)
    .where('key', '=', key)
    .where('type', '=', TYPE)
    .orderBy('generation')
    .execute();
  return new Map(rows.map((row) => [row.resource_id, row]));
}

/** Parts of details, by row number. */
async function partsById(tx: Write, ids: Iterable<number>): Promise<ReadonlyMap<number, readonly DetailPart[]>> {
  const parts = new Map<number, readonly DetailPart[]>();
  for (const some of chunks([...new Set(ids)])) {
    const rows = await tx.selectFrom('detail').select(['id', 'data']).where('id', 'in', some).execute();
    for (const { id, data } of rows) {
      const detail = readDetail(data);
      parts.set(id, detail.kind === 'package' ? detail.parts : []);
    }
  }
  return parts;
}

/** Resources that will say the same: they share a detail. */
interface Group {
  /** Undefined: nothing is new. */
  readonly rows: DetailRows | undefined;
  id: number;
  /** What findings repeat of it, by the exposure of their resources. */
  readonly contents: Map<string | null, { readonly content: FindingContent; readonly updated: number[] }>;
}

async function appearOn(
  step: Step,
  key: string,
  resources: readonly number[],
  on: ReadonlyMap<number, readonly MatchedUnit[]>,
): Promise<void> {
  const { tx, now, changes } = step;
  const newest = await newestOf(tx, key, resources);
  const open = [...newest.values()].filter(({ status }) => status !== 'CLOSED');
  const parts = await partsById(
    tx,
    open.map((row) => row.detail_id),
  );
  const places = await tx
    .selectFrom('resource')
    .select(['id', 'uid', 'account', 'region', 'type', 'exposure', 'removed_at', 'status_reason'])
    .select(['component', 'repository', 'registry', 'pushed_at'])
    .where('id', 'in', resources)
    .execute();
  const groups = new Map<string, Group>();
  const plans = places.flatMap((place) => {
    if (place.removed_at !== null || WITHOUT_NEW_FINDINGS.includes(place.status_reason)) return [];
    const before = newest.get(place.id);
    const alive = before !== undefined && before.status !== 'CLOSED';
    const has = on.get(place.id) ?? [];
    const name = `${alive ? before.detail_id : ''}/${has.map(({ id }) => id).sort((a, b) => a - b)}`;
    let group = groups.get(name);
    if (group === undefined) {
      const kept = alive ? (parts.get(before.detail_id) ?? []) : [];
      const known = new Set(kept.map(({ unit }) => unit));
      const fresh = has.filter(({ id }) => !known.has(id)).flatMap((unit) => partsOf(unit, key));
      const detail = fresh.length === 0 ? undefined : packageDetail(key, [...kept, ...fresh]);
      group = { rows: detail && detailRows(detail), id: 0, contents: new Map() };
      groups.set(name, group);
    }
    return group.rows === undefined ? [] : [{ place, before, alive, group, rows: group.rows }];
  });
  const list = [...groups.values()].flatMap((group) => (group.rows === undefined ? [] : [{ group, rows: group.rows }]));
  const ids = await storeDetails(
    tx,
    list.map(({ rows }) => rows),
    step.database,
  );
  for (const [index, { group }] of list.entries()) group.id = ids[index] ?? 0;
  const inserts = [];
  for (const { place, before, alive, group, rows } of plans) {
    let shared = group.contents.get(place.exposure);
    if (shared === undefined) {
      shared = { content: contentOf(rows, group.id, place.exposure), updated: [] };
      group.contents.set(place.exposure, shared);
    }
    const reopened = before !== undefined && !alive && now - (before.closed_at ?? 0) <= REOPEN_MS;
    if (before !== undefined && (alive || reopened)) {
      shared.updated.push(before.id);
      (alive ? changes.updated : changes.reopened).push(before.id);
    } else {
      inserts.push(freshRow(place, TYPE, key, before === undefined ? 0 : before.generation + 1, shared.content, now));
    }
  }
  const again = { status: 'ACTIVE', filter_id: null, closed_at: null, closed_by: null };
  const rewrites = [...groups.values()].flatMap(({ contents }) =>
    [...contents.values()].map(({ content, updated }) => ({ at: updated, set: { ...content, ...again } })),
  );
  await rewriteFindings(tx, 'id', rewrites, observedAt(now));
  for (const id of await insertFindings(tx, inserts)) changes.created.push(id);
}
