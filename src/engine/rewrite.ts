/** Changing many findings in one statement: which they are and what they become are rows of one parameter. */
import { type Insertable, type RawBuilder, sql } from 'kysely';
import { isShared, jsonParameter, type Write } from '../store/index.ts';
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
    const json = jsonParameter(some);
    const at = sql.ref(`finding.${by}`);
    // PostgreSQL is told the places twice: an index finds them, whatever its planner thinks of the JSON.
    const [fresh, among] = isShared(tx)
      ? [recordset(columns, json), sql`and ${at} = any(${some.flatMap((one) => one.at)}::bigint[])`]
      : [jsonTable(columns, json), sql``];
    const open = by === 'id' ? sql`` : sql`and finding.status <> 'CLOSED'`;
    const reached = some.every(({ exposure }) => exposure === undefined)
      ? sql``
      : sql`and exists (select 1 from resource where resource.id = finding.resource_id and resource.exposure is not distinct from fresh.exposure)`;
    const set = [
      ...columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(`fresh.${column}`)}`),
      ...Object.entries(times).map(([column, time]) => sql`${sql.ref(column)} = ${time}`),
    ];
    const changed = await sql<{ id: number }>`with fresh as materialized (${fresh})
      update finding set ${sql.join(set)} from fresh where ${at} = fresh.at ${among} ${open} ${reached} returning finding.id`.execute(
      tx,
    );
    for (const { id } of changed.rows) ids.push(id);
  }
  return ids;
}

/** PostgreSQL: the rewrites as rows, one for each place. */
function recordset(columns: readonly string[], json: string): RawBuilder<unknown> {
  const said = sql.join(columns.map((column) => sql.ref(`said.${column}`)));
  return sql`select place.at, one.exposure, ${said} from json_to_recordset(${json}::json) as one(at bigint[], exposure text, "set" json),
    json_populate_record(null::finding, one."set") as said, unnest(one.at) as place(at)`;
}

/** The same on SQLite, which reads each rewrite once however many places it has. */
function jsonTable(columns: readonly string[], json: string): RawBuilder<unknown> {
  const read = columns.map((column) => sql`json_extract(value, ${sql.lit(`$.set.${column}`)}) as ${sql.ref(column)}`);
  return sql`with said as materialized (select value -> '$.at' as places, json_extract(value, '$.exposure') as exposure, ${sql.join(read)}
    from json_each(${json})) select place.value as at, said.* from said, json_each(said.places) as place`;
}
