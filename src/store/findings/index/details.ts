/** What findings have in common, held in memory column by column: details with the values they are filtered and grouped by. */
import type { Kysely, Selectable } from 'kysely';
import type { DetailPackageTable, DetailTable, Tables } from '../../schema.ts';
import { chunks } from '../../store.ts';
import type { PackageColumn } from '../fields.ts';
import { bytes, doubles, type Texts, unsigned } from './vector.ts';

export const DETAIL_TEXTS = [
  'type',
  'title',
  'fix',
  'exploit',
  'source',
  'vendor_severity',
  'vulnerability',
  'protocol',
] as const;
const DETAIL_NUMBERS = ['epss', 'port_begin', 'port_end'] as const;
const PACKAGE_TEXTS = ['name', 'version', 'release', 'architecture', 'layer', 'lambda_layer', 'path'] as const;

type DetailText = (typeof DETAIL_TEXTS)[number];
type DetailNumber = (typeof DETAIL_NUMBERS)[number];
export type PackageText = (typeof PACKAGE_TEXTS)[number];

/** Bits that say what a finding of a detail counts as. */
export const EXPLOITABLE = 1;
export const FIXABLE = 2;
export const NETWORK = 4;

type DetailRow = Pick<Selectable<DetailTable>, 'id' | DetailText | DetailNumber>;
type PackageRow = Pick<Selectable<DetailPackageTable>, PackageColumn | 'detail_id'>;
interface ValueRow {
  readonly detail_id: number;
  readonly name: string;
  readonly value: string;
}

export function flagsOf({ type, exploit, fix }: Pick<DetailRow, 'type' | 'exploit' | 'fix'>): number {
  return (exploit === 'YES' ? EXPLOITABLE : 0) | (fix === 'YES' ? FIXABLE : 0) | (type === 'NETWORK_REACHABILITY' ? NETWORK : 0);
}

function columns<Name extends string, T>(names: readonly Name[], make: () => T): Readonly<Record<Name, T>> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Record<Name, T>;
}

/** Details by position; they are only ever added. */
export class Details {
  readonly strings: Texts;
  readonly id = doubles();
  readonly text = columns(DETAIL_TEXTS, unsigned);
  readonly number = columns(DETAIL_NUMBERS, doubles);
  readonly flags = bytes();
  /** Packages of all details; those of one end where `packageEnd` says and begin where those of the one before end. */
  readonly packages = { ...columns(PACKAGE_TEXTS, unsigned), epoch: doubles() };
  readonly packageEnd = unsigned();
  /** `detail_value` likewise. */
  readonly values = { name: unsigned(), value: unsigned() };
  readonly valueEnd = unsigned();

  constructor(strings: Texts) {
    this.strings = strings;
  }

  get size(): number {
    return this.id.size;
  }

  add(row: DetailRow, packages: readonly PackageRow[], values: readonly ValueRow[]): void {
    this.id.push(row.id);
    for (const name of DETAIL_TEXTS) this.text[name].push(this.strings.of(row[name]));
    for (const name of DETAIL_NUMBERS) this.number[name].push(row[name] ?? Number.NaN);
    this.flags.push(flagsOf(row));
    for (const one of packages) {
      for (const name of PACKAGE_TEXTS) this.packages[name].push(this.strings.of(one[name]));
      this.packages.epoch.push(one.epoch ?? Number.NaN);
    }
    this.packageEnd.push(this.packages.name.size);
    for (const { name, value } of values) {
      this.values.name.push(this.strings.of(name));
      this.values.value.push(this.strings.of(value));
    }
    this.valueEnd.push(this.values.name.size);
  }

  textOf(column: DetailText, position: number): string | undefined {
    return this.strings.at(this.text[column].at(position));
  }

  /** Different texts of a column of a detail's packages. */
  packageTexts(column: PackageText, position: number): readonly string[] {
    const found = new Set<string>();
    const end = this.packageEnd.at(position);
    for (let at = this.packageEnd.at(position - 1); at < end; at++) {
      const text = this.strings.at(this.packages[column].at(at));
      if (text !== undefined) found.add(text);
    }
    return [...found];
  }
}

function grouped<T extends { readonly detail_id: number }>(rows: readonly T[]): ReadonlyMap<number, readonly T[]> {
  return Map.groupBy(rows, ({ detail_id }) => detail_id);
}

/** Adds stored details with their packages and values; ids that are not there are left out. */
export async function addDetails(db: Kysely<Tables>, ids: readonly number[], details: Details): Promise<void> {
  for (const some of chunks(ids)) {
    const rows = await db
      .selectFrom('detail')
      .select(['id', ...DETAIL_TEXTS, ...DETAIL_NUMBERS])
      .where('id', 'in', some)
      .execute();
    const packages = await db
      .selectFrom('detail_package')
      .select(['detail_id', ...PACKAGE_TEXTS, 'epoch'])
      .where('detail_id', 'in', some)
      .execute();
    const values = await db.selectFrom('detail_value').selectAll().where('detail_id', 'in', some).execute();
    const [packagesOf, valuesOf] = [grouped(packages), grouped(values)];
    for (const row of rows) details.add(row, packagesOf.get(row.id) ?? [], valuesOf.get(row.id) ?? []);
  }
}
