/** Conditions on what is in memory: the same tests as criteria.ts makes in SQL. */
import type { Condition, PackageTest, Range, RangeTest, TagTest, TextTest } from '../conditions.ts';
import { passes } from '../criteria.ts';
import type { FindingColumn } from '../fields.ts';
import type { DetailEntry, PackageEntry, ResourceEntry } from './entries.ts';

/** Columns of a finding that repeat its detail's, or its resource's. */
const DETAIL_COLUMNS = [
  'type',
  'title',
  'epss',
  'fix',
  'exploit',
  'source',
  'vendor_severity',
  'vulnerability',
  'protocol',
] as const;
const RESOURCE_COLUMNS = { account: 'account', region: 'region', resource_type: 'type' } as const;

type DetailColumn = (typeof DETAIL_COLUMNS)[number];

function isDetailColumn(column: FindingColumn): column is DetailColumn {
  const names: readonly string[] = DETAIL_COLUMNS;
  return names.includes(column);
}

function isResourceColumn(column: FindingColumn): column is keyof typeof RESOURCE_COLUMNS {
  return Object.hasOwn(RESOURCE_COLUMNS, column);
}

/** Columns that each finding has of its own. */
export type OwnColumn = Exclude<FindingColumn, DetailColumn | keyof typeof RESOURCE_COLUMNS>;

/** What must hold of the detail, of the resource, and of the finding itself. */
export interface Split {
  readonly detail: readonly ((detail: DetailEntry) => boolean)[];
  readonly resource: readonly ((resource: ResourceEntry) => boolean)[];
  readonly severity: readonly TextTest[];
  readonly own: readonly { readonly column: OwnColumn; readonly test: Condition['test'] }[];
  /** Nothing passes. */
  readonly never: boolean;
}

function within(value: number | null | undefined, { low, high }: Range): boolean {
  return value !== null && value !== undefined && (low === undefined || value >= low) && (high === undefined || value <= high);
}

export function inRanges(value: number | null | undefined, { ranges }: RangeTest): boolean {
  return ranges.some((range) => within(value, range));
}

function single(value: string | number | null | undefined, test: Condition['test']): boolean {
  if (test.kind === 'text') return typeof value !== 'number' && passes(value ?? undefined, test);
  return test.kind === 'ranges' && typeof value !== 'string' && inRanges(value, test);
}

function several(values: readonly string[] | undefined, { any, none }: TextTest): boolean {
  if (values === undefined || values.length === 0) return any === undefined;
  if (none.length > 0 && values.some((value) => none.includes(value))) return false;
  return (
    any === undefined ||
    values.some((value) => any.some((one) => (one.prefix ? value.startsWith(one.value) : value === one.value)))
  );
}

function attribute(resource: ResourceEntry, name: string, test: Condition['test']): boolean {
  const values = resource.attributes.get(name);
  if (test.kind === 'text') return several(values?.texts, test);
  return test.kind === 'ranges' && values !== undefined && values.numbers.some((value) => inRanges(value, test));
}

function tagged({ attributes, type }: ResourceEntry, { tags }: TagTest, only: string | undefined): boolean {
  if (only !== undefined && type !== only) return false;
  return tags.some(({ key, value }) => {
    const texts = attributes.get(`tag:${key}`)?.texts;
    return texts !== undefined && (value === undefined || texts.includes(value));
  });
}

function packaged(packages: readonly PackageEntry[], test: PackageTest): boolean {
  return packages.some((one) =>
    test.packages.some((conditions) => conditions.every(({ column, test: part }) => single(one[column], part))),
  );
}

function ports({ port_begin: begin, port_end: end }: DetailEntry, { ranges }: RangeTest): boolean {
  return ranges.some(({ low, high }) => within(begin, { low, high: undefined }) && within(end, { low: undefined, high }));
}

/** Sorts conditions by what they are about. */
export function splitConditions(conditions: readonly Condition[]): Split {
  const detail: ((detail: DetailEntry) => boolean)[] = [];
  const resource: ((resource: ResourceEntry) => boolean)[] = [];
  const severity: TextTest[] = [];
  const own: Split['own'][number][] = [];
  let never = false;
  for (const { place, test } of conditions) {
    if (place.at === 'finding') {
      const { column } = place;
      if (isDetailColumn(column)) detail.push((entry) => single(entry[column], test));
      else if (isResourceColumn(column)) resource.push((entry) => single(entry[RESOURCE_COLUMNS[column]], test));
      else own.push({ column, test });
    } else if (place.at === 'resource') resource.push((entry) => single(entry[place.column], test));
    else if (place.at === 'attribute') resource.push((entry) => attribute(entry, place.name, test));
    else if (place.at === 'severity' && test.kind === 'text') severity.push(test);
    else if (place.at === 'ports' && test.kind === 'ranges') detail.push((entry) => ports(entry, test));
    else if (place.at === 'packages' && test.kind === 'packages') detail.push((entry) => packaged(entry.packages, test));
    else if (place.at === 'value' && test.kind === 'text') detail.push((entry) => several(entry.values.get(place.name), test));
    else if (place.at === 'tags' && test.kind === 'tags') resource.push((entry) => tagged(entry, test, place.type));
    else if (place.at !== 'constant' || test.kind !== 'text' || !passes(place.value, test)) never = true;
  }
  return { detail, resource, severity, own, never };
}
