/** Active findings as cells to count: what an aggregation needs of them, from either engine. */
import type { AggregationType } from '@aws-sdk/client-inspector2';
import type { Kysely } from 'kysely';
import type { Tables } from '../schema.ts';
import { AGGREGATIONS } from './aggregations.ts';
import { addDetails, Details, flagsOf } from './index/details.ts';
import { putResources, Resources } from './index/resources.ts';
import { Texts } from './index/vector.ts';
import { type Scope, scopeSql } from './list.ts';

/** Findings, or numbers of equal ones, as parallel arrays. */
export interface Cells {
  readonly resources: Resources;
  readonly details: Details;
  readonly size: number;
  /** Positions. */
  readonly resource: Uint32Array;
  /** Undefined where details were not asked for. */
  readonly detail: Uint32Array | undefined;
  /** Position in SEVERITY_ORDER; anything beyond: no active finding. */
  readonly severity: Uint8Array;
  /** Bits; by detail, or by cell where details were not asked for. */
  readonly flags: Uint8Array;
  /** How many findings a cell stands for; undefined: one. */
  readonly count: Float64Array | undefined;
  readonly values: ValueLists;
}

/** The texts of all details, numbered. */
export interface Values {
  readonly texts: readonly string[];
  /** Where the numbers of each detail begin in `numbers`; one more at the end. */
  readonly starts: Uint32Array;
  readonly numbers: Uint32Array;
}

/** The values of details that aggregations are about, kept from one question to the next; details are only ever added. */
export class ValueLists {
  readonly #lists = new Map<AggregationType, Values & { readonly keys: Keys }>();

  of(type: AggregationType, details: Details): Values {
    const known = this.#lists.get(type);
    const done = known === undefined ? 0 : known.starts.length - 1;
    if (known !== undefined && done === details.size) return known;
    const keys = known?.keys ?? new Keys();
    const { values = () => [] } = AGGREGATIONS[type];
    const starts = new Uint32Array(details.size + 1);
    if (known !== undefined) starts.set(known.starts);
    const fresh: number[] = [];
    const before = known?.numbers ?? new Uint32Array(0);
    for (let position = done; position < details.size; position++) {
      for (const text of values(details, position)) fresh.push(keys.of(text));
      starts[position + 1] = before.length + fresh.length;
    }
    const numbers = new Uint32Array(before.length + fresh.length);
    numbers.set(before);
    numbers.set(fresh, before.length);
    const list = { keys, texts: keys.texts, starts, numbers };
    this.#lists.set(type, list);
    return list;
  }
}

/** Row keys of resources and of details, as small numbers. */
export class Keys {
  readonly #known = new Map<string, number>();
  readonly texts: string[] = [];

  of(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

/** Cells as the database counts them. */
export async function cellsBySql(db: Kysely<Tables>, scope: Scope, withDetails: boolean): Promise<Cells> {
  const rows = await db
    .selectFrom('finding')
    .select(({ fn, lit }) => [
      'resource_id',
      'severity',
      'type',
      'exploit',
      'fix',
      withDetails ? 'detail_id' : lit(-1).as('detail_id'),
      fn.countAll<number>().as('count'),
    ])
    .where('status', '=', 'ACTIVE')
    .where(scopeSql(scope))
    .groupBy(['resource_id', 'severity', 'type', 'exploit', 'fix', ...(withDetails ? (['detail_id'] as const) : [])])
    .execute();
  const texts = new Texts();
  const resources = new Resources(texts);
  await putResources(db, [...new Set(rows.map((row) => row.resource_id))], resources);
  const details = new Details(texts);
  if (withDetails) await addDetails(db, [...new Set(rows.map((row) => row.detail_id))], details);
  const positions = ({ id, size }: Pick<Details, 'id' | 'size'>) =>
    new Map(Array.from({ length: size }, (_, position) => [id.at(position), position]));
  const resourceAt = positions(resources);
  const detailAt = positions(details);
  // A resource or detail that went away between the two questions: the finding went with it.
  const there = rows.filter((row) => resourceAt.has(row.resource_id) && (!withDetails || detailAt.has(row.detail_id)));
  return {
    resources,
    details,
    size: there.length,
    resource: Uint32Array.from(there, (row) => resourceAt.get(row.resource_id) ?? 0),
    detail: withDetails ? Uint32Array.from(there, (row) => detailAt.get(row.detail_id) ?? 0) : undefined,
    severity: Uint8Array.from(there, (row) => row.severity),
    flags: withDetails ? details.flags.values : Uint8Array.from(there, flagsOf),
    count: Float64Array.from(there, (row) => Number(row.count)),
    values: new ValueLists(),
  };
}
