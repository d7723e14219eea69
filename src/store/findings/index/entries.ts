/** What findings have in common, held in memory: details and resources with the values they are filtered and grouped by. */
import type { Kysely, Selectable } from 'kysely';
import type { DetailPackageTable, DetailTable, ResourceTable, Tables } from '../../schema.ts';
import { chunks } from '../../store.ts';
import type { PackageColumn } from '../fields.ts';

export type PackageEntry = Pick<Selectable<DetailPackageTable>, PackageColumn>;

export interface DetailEntry
  extends Pick<
    Selectable<DetailTable>,
    | 'id'
    | 'type'
    | 'vulnerability'
    | 'title'
    | 'epss'
    | 'vendor_severity'
    | 'source'
    | 'fix'
    | 'exploit'
    | 'protocol'
    | 'port_begin'
    | 'port_end'
  > {
  readonly packages: PackageEntry[];
  /** `detail_value` by name. */
  readonly values: Map<string, string[]>;
}

export interface AttributeValues {
  readonly texts: string[];
  readonly numbers: number[];
}

export interface ResourceEntry
  extends Pick<
    Selectable<ResourceTable>,
    'id' | 'uid' | 'account' | 'region' | 'type' | 'platform' | 'scan_mode' | 'status_code' | 'status_reason' | 'scanned_at'
  > {
  /** `resource_attribute` by name. */
  readonly attributes: Map<string, AttributeValues>;
}

type Db = Kysely<Tables>;

/** Most of a fleet's texts are the same few: one copy of each is kept. */
export class Interner {
  readonly #known = new Map<string, string>();

  text<T extends string | null>(value: T): T {
    if (value === null) return value;
    const known = this.#known.get(value);
    if (known !== undefined) return known as T;
    this.#known.set(value, value);
    return value;
  }
}

function byId<T extends { readonly id: number }>(entries: readonly T[]): Map<number, T> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

/** Reads details with their packages and values; ids that are not there are left out. */
export async function readDetails(db: Db, ids: readonly number[], interner: Interner): Promise<DetailEntry[]> {
  const found: DetailEntry[] = [];
  for (const some of chunks(ids)) {
    const rows = await db
      .selectFrom('detail')
      .select([
        'id',
        'type',
        'vulnerability',
        'title',
        'epss',
        'vendor_severity',
        'source',
        'fix',
        'exploit',
        'protocol',
        'port_begin',
        'port_end',
      ])
      .where('id', 'in', [...some])
      .execute();
    const entries = rows.map(
      (row): DetailEntry => ({
        ...row,
        type: interner.text(row.type),
        vendor_severity: interner.text(row.vendor_severity),
        source: interner.text(row.source),
        fix: interner.text(row.fix),
        exploit: interner.text(row.exploit),
        packages: [],
        values: new Map(),
      }),
    );
    const known = byId(entries);
    const packages = await db
      .selectFrom('detail_package')
      .select(['detail_id', 'name', 'version', 'epoch', 'release', 'architecture', 'layer', 'lambda_layer', 'path'])
      .where('detail_id', 'in', [...some])
      .execute();
    for (const { detail_id, ...one } of packages) {
      known.get(detail_id)?.packages.push({
        name: interner.text(one.name),
        version: interner.text(one.version),
        epoch: one.epoch,
        release: interner.text(one.release),
        architecture: interner.text(one.architecture),
        layer: interner.text(one.layer),
        lambda_layer: interner.text(one.lambda_layer),
        path: interner.text(one.path),
      });
    }
    const values = await db
      .selectFrom('detail_value')
      .selectAll()
      .where('detail_id', 'in', [...some])
      .execute();
    for (const { detail_id, name, value } of values) {
      const entry = known.get(detail_id);
      const list = entry?.values.get(name);
      if (list === undefined) entry?.values.set(interner.text(name), [interner.text(value)]);
      else list.push(interner.text(value));
    }
    found.push(...entries);
  }
  return found;
}

/** Reads resources with their attributes; ids that are not there are left out. */
export async function readResources(db: Db, ids: readonly number[], interner: Interner): Promise<ResourceEntry[]> {
  const found: ResourceEntry[] = [];
  for (const some of chunks(ids)) {
    const rows = await db
      .selectFrom('resource')
      .select(['id', 'uid', 'account', 'region', 'type', 'platform', 'scan_mode', 'status_code', 'status_reason', 'scanned_at'])
      .where('id', 'in', [...some])
      .execute();
    const entries = rows.map(
      (row): ResourceEntry => ({
        ...row,
        account: interner.text(row.account),
        region: interner.text(row.region),
        type: interner.text(row.type),
        platform: interner.text(row.platform),
        attributes: new Map(),
      }),
    );
    const known = byId(entries);
    const attributes = await db
      .selectFrom('resource_attribute')
      .selectAll()
      .where('resource_id', 'in', [...some])
      .execute();
    for (const { resource_id, name, value, number } of attributes) {
      const entry = known.get(resource_id);
      let list = entry?.attributes.get(name);
      if (list === undefined) {
        list = { texts: [], numbers: [] };
        entry?.attributes.set(interner.text(name), list);
      }
      list.texts.push(interner.text(value));
      if (number !== null) list.numbers.push(number);
    }
    found.push(...entries);
  }
  return found;
}

/** The first text of an attribute. */
export function attributeText({ attributes }: ResourceEntry, name: string): string | undefined {
  return attributes.get(name)?.texts[0];
}

/** All tags. */
export function tagsOf({ attributes }: ResourceEntry): Record<string, string> {
  return Object.fromEntries(
    [...attributes].flatMap(([name, { texts }]) => (name.startsWith('tag:') ? [[name.slice(4), texts[0] ?? '']] : [])),
  );
}
