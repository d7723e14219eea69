/**
 * The life of findings (Amazon Inspector user guide, "Understanding findings"): what is seen is ACTIVE, what is no longer seen is CLOSED,
 * what comes back within seven days is the same finding again, and later a new one.
 */
import { type Insertable, type RawBuilder, type Selectable, sql } from 'kysely';
import { digestOf } from '../model/canonical.ts';
import type { detailColumns } from '../store/findings/compose.ts';
import { chunks, isShared, jsonParameter, type Write } from '../store/index.ts';
import type { FindingTable, ResourceTable } from '../store/schema.ts';

/** How long a closed finding is reopened instead of made anew. */
export const REOPEN_MS = 7 * 24 * 60 * 60 * 1000;

/** Sets `updated_at` of findings: now, or just after what a row has, should the clock have been put back. Receivers go by it. */
export function updatedAt(now: number): { readonly updated_at: RawBuilder<number> } {
  return { updated_at: sql<number>`case when updated_at > ${now} then updated_at + 1 else ${now} end` };
}

/** Sets the times of findings that are seen: neither goes back. */
export function observedAt(now: number) {
  return {
    last_observed_at: sql<number>`case when last_observed_at > ${now} then last_observed_at else ${now} end`,
    ...updatedAt(now),
  };
}

/** What a finding repeats of its resource. */
export type FindingResource = Pick<
  Selectable<ResourceTable>,
  'id' | 'uid' | 'account' | 'region' | 'type' | 'component' | 'repository' | 'registry' | 'pushed_at'
>;

/** What a finding repeats of its detail, the score in the resource's context among it. */
export type FindingContent = ReturnType<typeof detailColumns> & Pick<Insertable<FindingTable>, 'detail_id' | 'adjustments'>;

/** Ids of findings by what happened to them. */
export interface Changes {
  readonly created: number[];
  readonly updated: number[];
  readonly closed: number[];
  readonly reopened: number[];
}

export function noChanges(): Changes {
  return { created: [], updated: [], closed: [], reopened: [] };
}

function arnOf({ account, region, uid }: FindingResource, type: string, key: string, generation: number): string {
  const text = [account, region, uid, type, key, generation].join('\n');
  return `arn:aws:inspector2:${region}:${account}:finding/${digestOf(text).slice(0, 32)}`;
}

interface Known {
  readonly id: number;
  readonly key: string;
  readonly generation: number;
  readonly status: string;
  readonly detail_id: number;
  readonly score: number | null;
  readonly closed_at: number | null;
}

/** The newest generation of every finding of a resource and type; of these keys only, where given. */
async function newest(
  tx: Write,
  resource: number,
  type: string,
  keys: readonly string[] | undefined,
): Promise<Map<string, Known>> {
  const query = tx
    .selectFrom('finding')
    .select(['id', 'key', 'generation', 'status', 'detail_id', 'score', 'closed_at'])
    .where('resource_id', '=', resource)
    .where('type', '=', type);
  const rows: Known[] = [];
  if (keys === undefined) rows.push(...(await query.execute()));
  else for (const some of chunks(keys)) rows.push(...(await query.where('key', 'in', some).execute()));
  const found = new Map<string, Known>();
  for (const row of rows) {
    const other = found.get(row.key);
    if (other === undefined || other.generation < row.generation) found.set(row.key, row);
  }
  return found;
}

export interface Reconciliation {
  readonly resource: FindingResource;
  /** Findings of this type are looked at and no others. */
  readonly type: string;
  /** What is seen now, by key. */
  readonly desired: ReadonlyMap<string, FindingContent>;
  /** Only findings with these keys are looked at; default: all of the type. */
  readonly keys?: readonly string[];
  /** Why what is not desired any more is closed. */
  readonly closedBy: 'fixed' | 'resource-removed' | 'not-eligible' | 'scan-disabled';
  readonly now: number;
}

/** Brings the findings of a resource in line with what is seen. Suppression comes after: what changed is ACTIVE here. */
export async function reconcile(tx: Write, { resource, type, desired, keys, closedBy, now }: Reconciliation): Promise<Changes> {
  const changes = noChanges();
  const known = await newest(tx, resource.id, type, keys);
  const fresh: Insertable<FindingTable>[] = [];
  for (const [key, one] of desired) {
    const before = known.get(key);
    const alive = before !== undefined && before.status !== 'CLOSED';
    if (before !== undefined && alive) {
      if (before.detail_id === one.detail_id && before.score === (one.score ?? null)) continue;
      const set = { ...one, status: 'ACTIVE', filter_id: null, ...observedAt(now) };
      await tx.updateTable('finding').set(set).where('id', '=', before.id).execute();
      changes.updated.push(before.id);
    } else if (before !== undefined && now - (before.closed_at ?? 0) <= REOPEN_MS) {
      const open = { status: 'ACTIVE', filter_id: null, closed_at: null, closed_by: null };
      const set = { ...one, ...open, ...observedAt(now) };
      await tx.updateTable('finding').set(set).where('id', '=', before.id).execute();
      changes.reopened.push(before.id);
    } else {
      const generation = before === undefined ? 0 : before.generation + 1;
      fresh.push(freshRow(resource, type, key, generation, one, now));
    }
  }
  changes.created.push(...(await insertFindings(tx, fresh)));
  const gone = [...known.values()].filter(({ key, status }) => status !== 'CLOSED' && !desired.has(key)).map(({ id }) => id);
  await close(tx, gone, closedBy, now);
  changes.closed.push(...gone);
  return changes;
}

/** The row of a finding that was not there before. */
export function freshRow(
  resource: FindingResource,
  type: string,
  key: string,
  generation: number,
  one: FindingContent,
  now: number,
): Insertable<FindingTable> {
  return {
    ...one,
    arn: arnOf(resource, type, key, generation),
    account: resource.account,
    region: resource.region,
    resource_id: resource.id,
    key,
    generation,
    type,
    status: 'ACTIVE',
    filter_id: null,
    resource_type: resource.type,
    component: resource.component,
    repository: resource.repository,
    registry: resource.registry,
    pushed_at: resource.pushed_at,
    first_observed_at: now,
    last_observed_at: now,
    updated_at: now,
    closed_at: null,
    closed_by: null,
  };
}

/** Inserts findings; their row numbers. The rows are one parameter: the statement is the same for any number of them. */
export async function insertFindings(tx: Write, rows: readonly Insertable<FindingTable>[]): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const some of chunks(rows)) {
    const columns = Object.keys(some[0] ?? {}).sort();
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const values = valuesOf(tx, some, columns);
    const inserted = await sql<{ id: number }>`insert into finding (${names}) ${values} returning id`.execute(tx);
    for (const { id } of inserted.rows) ids.push(id);
  }
  return ids;
}

/** Rows as a query: what all have in common is sent and read once. Findings of one vulnerability differ in four columns of thirty. */
function valuesOf(tx: Write, rows: readonly Insertable<FindingTable>[], columns: readonly string[]): RawBuilder<unknown> {
  const [first = new Map<string, unknown>(), ...others] = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  const shared = new Map([...first].filter(([column, value]) => others.every((row) => row.get(column) === value)));
  const own = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !shared.has(column))));
  const [each, all] = [jsonParameter(own), jsonParameter(Object.fromEntries(shared))];
  if (isShared(tx)) {
    const values = columns.map((column) => sql.ref(`${shared.has(column) ? 'shared' : 'own'}.${column}`));
    return sql`select ${sql.join(values)} from json_populate_recordset(null::finding, ${each}::json) as own,
      json_populate_record(null::finding, ${all}::json) as shared`;
  }
  const read = (from: string, column: string) => sql`json_extract(${sql.ref(from)}, ${sql.lit(`$.${column}`)})`;
  const values = columns.map((column) => (shared.has(column) ? sql.ref(`shared.${column}`) : read('own.value', column)));
  const once = [sql`1`, ...[...shared.keys()].map((column) => sql`${read('one.value', column)} as ${sql.ref(column)}`)];
  return sql`with shared as materialized (select ${sql.join(once)} from (select ${all} as value) as one)
    select ${sql.join(values)} from json_each(${each}) as own, shared`;
}

/** Closes findings by row number. */
export async function close(tx: Write, ids: readonly number[], closedBy: Reconciliation['closedBy'], now: number): Promise<void> {
  for (const some of chunks(ids)) {
    const set = { status: 'CLOSED', filter_id: null, closed_at: now, closed_by: closedBy, ...updatedAt(now) };
    await tx.updateTable('finding').set(set).where('id', 'in', some).execute();
  }
}
