/** Conditions on what is in memory: the same tests as criteria.ts makes in SQL, made ready for columns of numbered texts. */
import type { Condition, PackageTest, Range, RangeTest, TagTest, TextTest } from '../conditions.ts';
import { passes } from '../criteria.ts';
import type { FindingColumn } from '../fields.ts';
import { DETAIL_TEXTS, type Details } from './details.ts';
import { mask, type PositionTest } from './masks.ts';
import { beginsWithOneOf } from './prefixes.ts';
import type { Resources, ResourceText } from './resources.ts';
import type { Texts } from './vector.ts';

/** Columns of a finding that repeat its resource's; those of its detail have the detail's names. */
const RESOURCE_COLUMNS = { account: 'account', region: 'region', resource_type: 'type' } as const;

type DetailColumn = (typeof DETAIL_TEXTS)[number] | 'epss';

function isDetailText(column: FindingColumn): column is (typeof DETAIL_TEXTS)[number] {
  const names: readonly string[] = DETAIL_TEXTS;
  return names.includes(column);
}

function isResourceColumn(column: FindingColumn): column is keyof typeof RESOURCE_COLUMNS {
  return Object.hasOwn(RESOURCE_COLUMNS, column);
}

/** Columns that each finding has of its own. */
export type OwnColumn = Exclude<FindingColumn, DetailColumn | keyof typeof RESOURCE_COLUMNS>;

export type DetailTest = (details: Details) => PositionTest;
export type ResourceTest = (resources: Resources) => PositionTest;

/** What must hold of the detail, of the resource, and of the finding itself. */
export interface Split {
  readonly detail: readonly DetailTest[];
  readonly resource: readonly ResourceTest[];
  readonly severity: readonly TextTest[];
  readonly own: readonly { readonly column: OwnColumn; readonly test: Condition['test'] }[];
  /** Nothing passes. */
  readonly never: boolean;
}

const NOTHING: PositionTest = () => false;

/** A missing value, NaN, is in no range. */
function within(value: number, { low, high }: Range): boolean {
  return !Number.isNaN(value) && (low === undefined || value >= low) && (high === undefined || value <= high);
}

export function inRanges(value: number, { ranges }: RangeTest): boolean {
  return ranges.some((range) => within(value, range));
}

interface Column {
  at(position: number): number;
}

/** A test of texts as a test of their numbers. Texts are looked at for prefixes only: what is equal, or not, is known by its number. */
function numbered(texts: Texts, { any, none }: TextTest): (number: number) => boolean {
  const begins = beginsWithOneOf((any ?? []).filter(({ prefix }) => prefix).map(({ value }) => value));
  const equal = (any ?? []).filter(({ prefix }) => !prefix).map(({ value }) => [value, true] as const);
  const known = new Map([...equal, ...none.map((value) => [value, false] as const)]);
  return texts.tested((text) => any === undefined || (text !== undefined && begins(text)), known);
}

function textColumn(column: Column, texts: Texts, test: Condition['test']): PositionTest {
  if (test.kind !== 'text') return NOTHING;
  const passing = numbered(texts, test);
  return (position) => passing(column.at(position));
}

function numberColumn(column: Column, test: Condition['test']): PositionTest {
  return test.kind === 'ranges' ? (position) => inRanges(column.at(position), test) : NOTHING;
}

/** Of several values, places from `from` up to `to`, those with this name: one has to be among what is asked for, none excluded. */
function several(
  { name, text }: { readonly name: Column; readonly text: Column },
  texts: Texts,
  wanted: string,
  { any, none }: TextTest,
): (from: number, to: number) => boolean {
  const named = texts.find(wanted);
  const excluded = new Set(none.map((value) => texts.find(value)));
  const good = numbered(texts, { kind: 'text', any: any ?? [], none: [] });
  return (from, to) => {
    let found = any === undefined;
    for (let at = from; at < to; at++) {
      if (name.at(at) !== named) continue;
      if (excluded.has(text.at(at))) return false;
      found ||= good(text.at(at));
    }
    return found;
  };
}

function attribute(resources: Resources, name: string, test: Condition['test']): PositionTest {
  const { start, end, attributes, strings } = resources;
  if (test.kind === 'text') {
    const passing = several(attributes, strings, name, test);
    return (position) => passing(start.at(position), end.at(position));
  }
  if (test.kind !== 'ranges') return NOTHING;
  const named = strings.find(name);
  return (position) => {
    for (let at = start.at(position); at < end.at(position); at++) {
      if (attributes.name.at(at) === named && inRanges(attributes.number.at(at), test)) return true;
    }
    return false;
  };
}

function tagged({ start, end, attributes, strings, text }: Resources, { tags }: TagTest, only: string | undefined): PositionTest {
  const type = only === undefined ? undefined : strings.find(only);
  const wanted = tags.map(({ key, value }) => ({
    name: strings.find(`tag:${key}`),
    text: value === undefined ? undefined : strings.find(value),
  }));
  return (position) => {
    if (type !== undefined && text.type.at(position) !== type) return false;
    for (let at = start.at(position); at < end.at(position); at++) {
      const [name, value] = [attributes.name.at(at), attributes.text.at(at)];
      if (wanted.some((one) => one.name === name && (one.text === undefined || one.text === value))) return true;
    }
    return false;
  };
}

function packaged({ packages, packageEnd, strings }: Details, { packages: wanted }: PackageTest): PositionTest {
  const passing = wanted.map((conditions) =>
    mask(
      packages.name.size,
      conditions.map(({ column, test }) =>
        column === 'epoch' ? numberColumn(packages.epoch, test) : textColumn(packages[column], strings, test),
      ),
    ),
  );
  return (position) => {
    const end = packageEnd.at(position);
    for (let at = packageEnd.at(position - 1); at < end; at++) {
      for (const bytes of passing) if (bytes[at] === 1) return true;
    }
    return false;
  };
}

function ports({ number }: Details, { ranges }: RangeTest): PositionTest {
  return (position) =>
    ranges.some(
      ({ low, high }) =>
        within(number.port_begin.at(position), { low, high: undefined }) &&
        within(number.port_end.at(position), { low: undefined, high }),
    );
}

function valued({ values, valueEnd, strings }: Details, name: string, test: TextTest): PositionTest {
  const passing = several({ name: values.name, text: values.value }, strings, name, test);
  return (position) => passing(valueEnd.at(position - 1), valueEnd.at(position));
}

function resourceText(column: ResourceText, test: Condition['test']): ResourceTest {
  return ({ text, strings }) => textColumn(text[column], strings, test);
}

/** Sorts conditions by what they are about. */
export function splitConditions(conditions: readonly Condition[]): Split {
  const detail: DetailTest[] = [];
  const resource: ResourceTest[] = [];
  const severity: TextTest[] = [];
  const own: Split['own'][number][] = [];
  let never = false;
  for (const { place, test } of conditions) {
    if (place.at === 'finding') {
      const { column } = place;
      if (isDetailText(column)) detail.push(({ text, strings }) => textColumn(text[column], strings, test));
      else if (column === 'epss') detail.push(({ number }) => numberColumn(number.epss, test));
      else if (isResourceColumn(column)) resource.push(resourceText(RESOURCE_COLUMNS[column], test));
      else own.push({ column, test });
    } else if (place.at === 'resource') {
      const { column } = place;
      if (column === 'scanned_at') resource.push(({ scannedAt }) => numberColumn(scannedAt, test));
      else resource.push(resourceText(column, test));
    } else if (place.at === 'attribute') resource.push((all) => attribute(all, place.name, test));
    else if (place.at === 'severity' && test.kind === 'text') severity.push(test);
    else if (place.at === 'ports' && test.kind === 'ranges') detail.push((all) => ports(all, test));
    else if (place.at === 'packages' && test.kind === 'packages') detail.push((all) => packaged(all, test));
    else if (place.at === 'value' && test.kind === 'text') detail.push((all) => valued(all, place.name, test));
    else if (place.at === 'tags' && test.kind === 'tags') resource.push((all) => tagged(all, test, place.type));
    else if (place.at !== 'constant' || test.kind !== 'text' || !passes(place.value, test)) never = true;
  }
  return { detail, resource, severity, own, never };
}
