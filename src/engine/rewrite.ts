/** Changing many findings in one statement: which they are and what they become are rows of one parameter. */
import { type Insertable, type RawBuilder, sql } from 'kysely';
import { isShared, type Write } from '../store/index.ts';
import type { FindingTable } from '../store/schema.ts';

/** What some findings become. */
export interface Rewrite {
  /** Their values of the column that they are found by. */
  readonly at: readonly number[];
  /** Only those whose resource can be reached so; absent: all. */
  readonly exposure?: string | null;
  /** All rewrites of one call set the same columns. */
  readonly set: Partial<Insertable<FindingTable>>;
}

/** Values in one statement. */
const MOST = 2_000;

function* parts(rewrites: readonly Rewrite[]): Generator<readonly Rewrite[]> {
  let [part, size]: [Rewrite[], number] = [[], 0];
  for (const one of rewrites) {
    if (one.at.length === 0) continue;
    if (size > 0 && size + one.at.length > MOST) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(one);
    size += one.at.length;
  }
  if (part.length > 0) yield part;
}

/**
 * Rewrites findings found by their row number, or open ones found by their detail; the row numbers of those that were there. `times` are
 * expressions on the row that was (lifecycle.ts).
 */
export async function rewriteFindings(
  tx: Write,
  by: 'id' | 'detail_id',
  rewrites: readonly Rewrite[],
  times: Readonly<Record<string, RawBuilder<number>>>,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const some of parts(rewrites)) {
    const columns = Object.keys(some[0]?.set ?? {}).sort();
    const json = JSON.stringify(some);
    const places = some.flatMap(({ at }) => at);
    const at = sql.ref(`finding.${by}`);
    // The places are named twice, so that an index finds them whatever the planner thinks of the JSON.
    const [fresh, among] = isShared(tx)
      ? [sql`(${recordset(columns, json)})`, sql`${at} = any(${places}::bigint[])`]
      : [sql`(${jsonTable(columns, json)})`, sql`${at} in (select value from json_each(${JSON.stringify(places)}))`];
    const open = by === 'id' ? sql`` : sql`and finding.status <> 'CLOSED'`;
    const reached = some.every(({ exposure }) => exposure === undefined)
      ? sql``
      : sql`and exists (select 1 from resource where resource.id = finding.resource_id and resource.exposure is not distinct from fresh.exposure)`;
    const set = [
      ...columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(`fresh.${column}`)}`),
      ...Object.entries(times).map(([column, time]) => sql`${sql.ref(column)} = ${time}`),
    ];
    const query = sql<{
      id: number;
    }>`update finding set ${sql.join(set)} from ${fresh} as fresh where ${among} and ${at} = fresh.at ${open} ${reached} returning finding.id`;
    for (const { id } of (await query.execute(tx)).rows) ids.push(id);
  }
  return ids;
}

/** PostgreSQL: the rewrites as rows, one for each place. */
function recordset(columns: readonly string[], json: string): RawBuilder<unknown> {
  const said = sql.join(columns.map((column) => sql.ref(`said.${column}`)));
  return sql`select place.at, one.exposure, ${said} from json_to_recordset(${json}::json) as one(at bigint[], exposure text, "set" json),
    json_populate_record(null::finding, one."set") as said, unnest(one.at) as place(at)`;
}

/** The same on SQLite. */
function jsonTable(columns: readonly string[], json: string): RawBuilder<unknown> {
  const said = columns.map((column) => sql`json_extract(one.value, ${sql.lit(`$.set.${column}`)}) as ${sql.ref(column)}`);
  return sql`select place.value as at, json_extract(one.value, '$.exposure') as exposure, ${sql.join(said)}
    from json_each(${json}) as one, json_each(one.value, '$.at') as place`;
}
