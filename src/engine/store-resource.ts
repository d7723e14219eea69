/** Writing a resource and the units of its inventory. */
import type { Insertable, Updateable } from 'kysely';
import type { Problem } from '../model/problem.ts';
import { resourceAttributes, resourceColumns } from '../store/findings/resource.ts';
import { chunks, type Engine, isShared, type Write } from '../store/index.ts';
import type { ResourceTable } from '../store/schema.ts';
import type { FindingResource } from './lifecycle.ts';
import type { Resource } from './resource.ts';
import { lotOf, namesOf, type Unit } from './units.ts';

export interface StoredResource extends FindingResource {
  /** Unit ids of the inventory before. */
  readonly before: readonly number[];
  /** This is its first inventory. */
  readonly isNew: boolean;
  /** It had these units before and was assessed: its findings are as they should be, or will be once waiting units are matched again. */
  readonly isSettled: boolean;
  /** Exposure as the store has it. */
  readonly exposure: string | null;
  readonly status: string;
}

/** Unit ids as the store keeps them. */
export function readUnits(json: string): readonly number[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];
}

/** Of a resource, repeated in its findings. */
const COLUMNS = ['component', 'repository', 'registry', 'pushed_at'] as const;

export interface Sighting {
  readonly resource: Resource;
  readonly target: object;
  readonly origin: string;
  readonly scanMode: string | null;
  readonly digest: string;
  readonly problems: readonly Problem[];
  readonly statusCode: string;
  readonly statusReason: string;
  readonly now: number;
}

/** Inserts a resource, or updates the one with this number, and what it is filtered by; its number. */
export async function writeResource(
  tx: Write,
  known: number | undefined,
  given: {
    readonly columns: Updateable<ResourceTable>;
    readonly fresh: Insertable<ResourceTable>;
    readonly attributes: ReturnType<typeof resourceAttributes>;
  },
): Promise<number> {
  const { columns, fresh, attributes } = given;
  let id = known;
  if (id === undefined) {
    ({ id } = await tx.insertInto('resource').values(fresh).returning('id').executeTakeFirstOrThrow());
  } else {
    await tx.updateTable('resource').set(columns).where('id', '=', id).execute();
    await tx.deleteFrom('resource_attribute').where('resource_id', '=', id).execute();
  }
  const resource_id = id;
  for (const some of chunks(attributes)) {
    const rows = some.map((one) => ({ ...one, resource_id }));
    await tx.insertInto('resource_attribute').values(rows).execute();
  }
  return id;
}

/** Inserts or updates the resource's row and what it is filtered by. */
export async function storeResource(tx: Write, engine: Engine, sighting: Sighting): Promise<StoredResource> {
  const { resource, now } = sighting;
  const place = tx
    .selectFrom('resource')
    .select([
      'id',
      'units',
      'exposure',
      'inventory_at',
      'inventory_digest',
      'status_code',
      'status_reason',
      'component',
      'repository',
      'registry',
      'pushed_at',
    ])
    .where('account', '=', resource.account)
    .where('region', '=', resource.region)
    .where('uid', '=', resource.uid);
  // Whoever assesses the same resource at the same time waits here.
  const known = await (engine === 'postgres' ? place.forUpdate() : place).executeTakeFirst();
  const said = { ...resource, details: JSON.stringify(resource.details), tags: JSON.stringify(resource.tags) };
  const { component, repository, registry, pushed_at } = resourceColumns(said);
  const repeated = {
    component: component ?? null,
    repository: repository ?? null,
    registry: registry ?? null,
    pushed_at: pushed_at ?? null,
  };
  const columns = {
    ...repeated,
    type: resource.type,
    name: resource.name,
    platform: resource.platform,
    details: said.details,
    tags: said.tags,
    target: JSON.stringify(sighting.target),
    origin: sighting.origin,
    scan_mode: sighting.scanMode,
    status_code: sighting.statusCode,
    status_reason: sighting.statusReason,
    inventory_digest: sighting.digest,
    inventory_at: now,
    scanned_at: now,
    problems: JSON.stringify(sighting.problems),
    updated_at: now,
    removed_at: null,
  } satisfies Updateable<ResourceTable>;
  const fresh: Insertable<ResourceTable> = {
    ...columns,
    uid: resource.uid,
    account: resource.account,
    region: resource.region,
    units: '[]',
    exposure: null,
    first_seen_at: now,
  };
  const id = await writeResource(tx, known?.id, { columns, fresh, attributes: resourceAttributes(said, resource.attributes) });
  const same = COLUMNS.every((name) => known?.[name] === repeated[name]);
  if (known !== undefined && !same) await tx.updateTable('finding').set(repeated).where('resource_id', '=', id).execute();
  const status = known === undefined ? '' : `${known.status_code} ${known.status_reason}`;
  return {
    id,
    uid: resource.uid,
    account: resource.account,
    region: resource.region,
    type: resource.type,
    ...repeated,
    before: known === undefined ? [] : readUnits(known.units),
    isNew: known === undefined || known.inventory_at === null,
    isSettled: known?.inventory_digest === sighting.digest && status === `${sighting.statusCode} ${sighting.statusReason}`,
    exposure: known?.exposure ?? null,
    status,
  };
}

/** Stores units that are not there yet; gives the row numbers in the order asked. */
export async function storeUnits(tx: Write, units: readonly Unit[]): Promise<readonly number[]> {
  const ids = new Map<string, number>();
  const read = async (digests: readonly string[]) => {
    for (const some of chunks(digests)) {
      const query = tx.selectFrom('unit').select(['id', 'digest']).where('digest', 'in', some);
      // Held until the resource has them: nobody forgets them meanwhile.
      const rows = await (isShared(tx) ? query.forKeyShare() : query).execute();
      for (const { id, digest } of rows) ids.set(digest, id);
    }
  };
  const digests = units.map(({ digest }) => digest);
  await read(digests);
  // Units that wait to be matched again have been matched for this resource with the new advisories already.
  for (const some of chunks([...ids.values()])) {
    await tx.updateTable('unit').set({ pending: 2 }).where('id', 'in', some).where('pending', '=', 1).execute();
  }
  const missing = new Map(units.filter(({ digest }) => !ids.has(digest)).map((unit) => [unit.digest, unit]));
  for (const some of chunks([...missing.values()])) {
    const rows = some.map(({ digest, json, data }) => ({
      digest,
      data: json,
      lot: lotOf(data),
      system: data.subjects === 0 ? 1 : 0,
      pending: 0,
    }));
    const inserted = await tx
      .insertInto('unit')
      .values(rows)
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .returning(['id', 'digest'])
      .execute();
    const names = inserted.flatMap(({ id, digest }) => {
      ids.set(digest, id);
      const unit = missing.get(digest);
      return unit === undefined ? [] : namesOf(unit.data).map((one) => ({ ...one, unit_id: id }));
    });
    for (const few of chunks(names)) await tx.insertInto('unit_name').values(few).execute();
  }
  const raced = digests.filter((digest) => !ids.has(digest));
  if (raced.length > 0) await read(raced);
  return units.map(({ digest }) => ids.get(digest) ?? 0);
}

/** Nobody matches these units again, or forgets them, before the transaction ends: it alone writes the findings of a resource that has them. */
export async function holdUnits(tx: Write, units: readonly number[]): Promise<void> {
  if (!isShared(tx)) return;
  for (const some of chunks(units)) {
    await tx.selectFrom('unit').select('id').where('id', 'in', some).orderBy('id').forKeyShare().execute();
  }
}

/** Writes which units the resource has now, and says so in its row. */
export async function storeOccurrences(tx: Write, { id, before }: StoredResource, units: readonly number[]): Promise<void> {
  const [had, has] = [new Set(before), new Set(units)];
  const gone = before.filter((unit) => !has.has(unit));
  const came = [...has].filter((unit) => !had.has(unit)).sort((a, b) => a - b);
  if (gone.length === 0 && came.length === 0) return;
  await holdUnits(tx, gone);
  for (const some of chunks(gone)) {
    await tx.deleteFrom('occurrence').where('unit_id', 'in', some).where('resource_id', '=', id).execute();
  }
  for (const some of chunks(came)) {
    await tx
      .insertInto('occurrence')
      .values(some.map((unit_id) => ({ unit_id, resource_id: id })))
      .execute();
  }
  const list = JSON.stringify([...has].sort((a, b) => a - b));
  await tx.updateTable('resource').set({ units: list }).where('id', '=', id).execute();
}
