/**
 * Filter criteria of the API as conditions on places. Fields are ANDed; within a field EQUALS and PREFIX are ORed, NOT_EQUALS are
 * ANDed, ranges (both ends included) are ORed. NOT_EQUALS also holds where there is no value.
 */
import type { CoverageFilterCriteria, FilterCriteria, PackageFilter, ResourceFilterCriteria } from '@aws-sdk/client-inspector2';
import { type Fields, PACKAGE_FIELDS, type PackageColumn, type Place } from './fields.ts';

export interface TextTest {
  readonly kind: 'text';
  /** One of these must hold; undefined: nothing is asked for. */
  readonly any: readonly { readonly value: string; readonly prefix: boolean }[] | undefined;
  readonly none: readonly string[];
}

export interface Range {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export interface RangeTest {
  readonly kind: 'ranges';
  readonly ranges: readonly Range[];
}

export interface TagTest {
  readonly kind: 'tags';
  readonly tags: readonly { readonly key: string; readonly value: string | undefined }[];
}

/** All tests of one entry must hold for one package; one entry is enough. */
export interface PackageTest {
  readonly kind: 'packages';
  readonly packages: readonly (readonly PackageCondition[])[];
}

export interface PackageCondition {
  readonly column: PackageColumn;
  readonly test: TextTest | RangeTest;
}

export interface Condition {
  readonly place: Place;
  readonly test: TextTest | RangeTest | TagTest | PackageTest;
}

type Criteria = FilterCriteria | CoverageFilterCriteria | ResourceFilterCriteria;

/** Any filter of the model; which members it has tells which one it is. */
export interface AnyFilter {
  readonly comparison?: string | undefined;
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  readonly startInclusive?: Date | undefined;
  readonly endInclusive?: Date | undefined;
  readonly lowerInclusive?: number | undefined;
  readonly upperInclusive?: number | undefined;
  readonly beginInclusive?: number | undefined;
}

/** No stored text has a NUL, and PostgreSQL refuses it in a question. */
function storable(value: string): boolean {
  return !value.includes('\0');
}

/** String filters of one field. */
export function textTest(filters: readonly AnyFilter[]): TextTest {
  const said = filters.map(({ comparison, value = '' }) => ({ comparison, value }));
  const positive = said.filter(({ comparison }) => comparison !== 'NOT_EQUALS');
  return {
    kind: 'text',
    any:
      positive.length === 0
        ? undefined
        : positive
            .filter(({ value }) => storable(value))
            .map(({ comparison, value }) => ({ value, prefix: comparison === 'PREFIX' })),
    none: said.filter(({ comparison, value }) => comparison === 'NOT_EQUALS' && storable(value)).map(({ value }) => value),
  };
}

function rangeOf(filter: AnyFilter & { readonly endInclusive?: Date | number | undefined }): Range {
  const low = filter.startInclusive ?? filter.lowerInclusive ?? filter.beginInclusive;
  const high = filter.endInclusive ?? filter.upperInclusive;
  return { low: low instanceof Date ? low.getTime() : low, high: high instanceof Date ? high.getTime() : high };
}

function isText(filter: AnyFilter): boolean {
  return filter.comparison !== undefined;
}

function packageConditions(filter: PackageFilter): PackageCondition[] {
  return Object.entries(PACKAGE_FIELDS).flatMap(([field, column]): PackageCondition[] => {
    const part: AnyFilter | undefined = filter[field as keyof PackageFilter];
    if (part === undefined) return [];
    return [{ column, test: isText(part) ? textTest([part]) : { kind: 'ranges', ranges: [rangeOf(part)] } }];
  });
}

function testOf(place: Place, filters: readonly AnyFilter[]): Condition['test'] {
  if (place.at === 'packages')
    return { kind: 'packages', packages: filters.map((one) => packageConditions(one as PackageFilter)) };
  if (place.at === 'tags') {
    const tags = filters.map(({ key = '', value }) => ({ key, value })).filter(({ key, value = '' }) => storable(key + value));
    return { kind: 'tags', tags };
  }
  return filters.some(isText) ? textTest(filters) : { kind: 'ranges', ranges: filters.map(rangeOf) };
}

/** The conditions of criteria; fields that are absent or empty ask for nothing. */
export function conditionsOf(criteria: Criteria | undefined, fields: Fields): Condition[] {
  return Object.entries(criteria ?? {}).flatMap(([field, filters]: [string, readonly AnyFilter[] | undefined]): Condition[] => {
    const place = fields[field];
    if (place === undefined || filters === undefined || filters.length === 0) return [];
    return [{ place, test: testOf(place, filters) }];
  });
}

/** The least text that is greater than every text with the prefix, in the order of code points; undefined when there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const code = last.codePointAt(0) ?? 0;
    // No surrogates: they are not characters of UTF-8.
    if (code < 0x10_ffff) return points.join('') + String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
  }
  return undefined;
}

/** Criteria as they are stored: JSON, dates as ISO 8601. */
export function readCriteria<Criteria = FilterCriteria>(text: string): Criteria {
  return JSON.parse(text, (key, value: unknown) =>
    (key === 'startInclusive' || key === 'endInclusive') && typeof value === 'string' ? new Date(value) : value,
  );
}
