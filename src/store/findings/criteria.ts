/** Conditions as SQL, the same on both engines. */
import type { CoverageFilterCriteria, FilterCriteria, ResourceFilterCriteria } from '@aws-sdk/client-inspector2';
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import { SEVERITY_ORDER } from '../schema.ts';
import {
  afterPrefix,
  type Condition,
  conditionsOf,
  type PackageTest,
  type Range,
  type RangeTest,
  type TagTest,
  type TextTest,
} from './conditions.ts';
import { COVERAGE_FIELDS, FINDING_FIELDS, type Place, RESOURCE_FIELDS } from './fields.ts';

type Sql = RawBuilder<SqlBool>;
type Table = 'finding' | 'resource';

const TRUE: Sql = sql`1 = 1`;
const FALSE: Sql = sql`1 = 0`;

function all(parts: readonly Sql[]): Sql {
  return parts.length === 0
    ? TRUE
    : parts.length === 1 && parts[0] !== undefined
      ? parts[0]
      : sql`(${sql.join(parts, sql` and `)})`;
}

function any(parts: readonly Sql[]): Sql {
  return parts.length === 0
    ? FALSE
    : parts.length === 1 && parts[0] !== undefined
      ? parts[0]
      : sql`(${sql.join(parts, sql` or `)})`;
}

function oneOf(column: Expression<unknown>, values: readonly (string | number)[]): Sql {
  return values.length === 0 ? FALSE : sql`${column} in (${sql.join(values)})`;
}

function startsWith(column: Expression<unknown>, prefix: string): Sql {
  const end = afterPrefix(prefix);
  return end === undefined ? sql`${column} >= ${prefix}` : sql`(${column} >= ${prefix} and ${column} < ${end})`;
}

function positive(column: Expression<unknown>, wanted: NonNullable<TextTest['any']>): Sql {
  const equal = wanted.filter(({ prefix }) => !prefix).map(({ value }) => value);
  const prefixes = wanted.filter(({ prefix }) => prefix).map(({ value }) => startsWith(column, value));
  return any([...(equal.length === 0 ? [] : [oneOf(column, equal)]), ...prefixes]);
}

/** A text in a column of its own, which may be null. */
function textColumn(column: Expression<unknown>, { any: wanted, none }: TextTest): Sql {
  return all([
    ...(wanted === undefined ? [] : [positive(column, wanted)]),
    ...(none.length === 0 ? [] : [sql<SqlBool>`(${column} is null or not ${oneOf(column, none)})`]),
  ]);
}

function inRange(column: Expression<unknown>, { low, high }: Range): Sql {
  const parts: Sql[] = [];
  if (Number.isNaN(low) || Number.isNaN(high)) return FALSE;
  if (low !== undefined) parts.push(sql`${column} >= ${low}`);
  if (high !== undefined) parts.push(sql`${column} <= ${high}`);
  return parts.length === 0 ? sql`${column} is not null` : all(parts);
}

function rangeColumn(column: Expression<unknown>, { ranges }: RangeTest): Sql {
  return any(ranges.map((range) => inRange(column, range)));
}

function column(column: Expression<unknown>, test: Condition['test']): Sql {
  if (test.kind === 'text') return textColumn(column, test);
  return test.kind === 'ranges' ? rangeColumn(column, test) : FALSE;
}

/** Values in rows of their own: `key` is in the rows of `rows` that pass; several may. */
function rowsOf(
  key: Expression<unknown>,
  rows: (test: Sql) => Expression<unknown>,
  value: Expression<unknown>,
  test: TextTest,
): Sql {
  return all([
    ...(test.any === undefined ? [] : [sql<SqlBool>`${key} in (${rows(positive(value, test.any))})`]),
    ...(test.none.length === 0 ? [] : [sql<SqlBool>`${key} not in (${rows(oneOf(value, test.none))})`]),
  ]);
}

function attributeTest(key: Expression<unknown>, name: string, test: Condition['test']): Sql {
  const rows = (inner: Sql) => sql`select resource_id from resource_attribute where name = ${name} and ${inner}`;
  if (test.kind === 'text') return rowsOf(key, rows, sql.ref('value'), test);
  return test.kind === 'ranges' ? sql`${key} in (${rows(rangeColumn(sql.ref('number'), test))})` : FALSE;
}

function tagTest(key: Expression<unknown>, type: string | undefined, { tags }: TagTest): Sql {
  const one = any(
    tags.map(({ key: tag, value }) =>
      value === undefined ? sql`name = ${`tag:${tag}`}` : sql`(name = ${`tag:${tag}`} and value = ${value})`,
    ),
  );
  const found: Sql = sql`${key} in (select resource_id from resource_attribute where ${one})`;
  return type === undefined ? found : all([found, sql`${key} in (select id from resource where type = ${type})`]);
}

function valueTest(name: string, test: Condition['test']): Sql {
  if (test.kind !== 'text') return FALSE;
  const rows = (inner: Sql) => sql`select detail_id from detail_value where name = ${name} and ${inner}`;
  return rowsOf(sql.ref('finding.detail_id'), rows, sql.ref('value'), test);
}

/** PostgreSQL compares whole numbers with whole numbers only. */
function whole(test: TextTest | RangeTest): TextTest | RangeTest {
  if (test.kind === 'text') return test;
  const within = (bound: number | undefined) =>
    bound === undefined ? undefined : Math.min(Math.max(bound, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  const round = (bound: number | undefined, to: (value: number) => number) => (bound === undefined ? undefined : to(bound));
  const ranges = test.ranges.map(({ low, high }) => ({
    low: round(within(low), Math.ceil),
    high: round(within(high), Math.floor),
  }));
  return { ...test, ranges };
}

function packageTest({ packages }: PackageTest): Sql {
  const entries = packages.map((conditions) => all(conditions.map((one) => column(sql.ref(one.column), whole(one.test)))));
  return sql`finding.detail_id in (select detail_id from detail_package where ${any(entries)})`;
}

/** The opened ports lie within the range. */
function portTest({ ranges }: RangeTest): Sql {
  const inside = any(
    ranges.map(({ low, high }) =>
      all([inRange(sql.ref('port_begin'), { low, high: undefined }), inRange(sql.ref('port_end'), { low: undefined, high })]),
    ),
  );
  return sql`finding.detail_id in (select id from detail where ${inside})`;
}

function severityTest(test: TextTest): Sql {
  const positions = SEVERITY_ORDER.flatMap((word, position) => (passes(word, test) ? [position] : []));
  return positions.length === SEVERITY_ORDER.length ? TRUE : oneOf(sql.ref('finding.severity'), positions);
}

/** The test itself, for a value that is at hand. */
export function passes(value: string | undefined, { any: wanted, none }: TextTest): boolean {
  if (value === undefined) return wanted === undefined;
  if (none.includes(value)) return false;
  return wanted === undefined || wanted.some((one) => (one.prefix ? value.startsWith(one.value) : value === one.value));
}

function conditionSql({ place, test }: Condition, table: Table): Sql {
  const resource = sql.ref(table === 'finding' ? 'finding.resource_id' : 'resource.id');
  switch (place.at) {
    case 'finding':
      return column(sql.ref(`finding.${place.column}`), test);
    case 'severity':
      return test.kind === 'text' ? severityTest(test) : FALSE;
    case 'ports':
      return test.kind === 'ranges' ? portTest(test) : FALSE;
    case 'packages':
      return test.kind === 'packages' ? packageTest(test) : FALSE;
    case 'value':
      return valueTest(place.name, test);
    case 'resource':
      return resourceTest(place, test, table);
    case 'scan':
      return column(sql.ref('resource.scan_type'), test);
    case 'attribute':
      return attributeTest(resource, place.name, test);
    case 'tags':
      return test.kind === 'tags' ? tagTest(resource, place.type, test) : FALSE;
    case 'constant':
      return test.kind === 'text' && passes(place.value, test) ? TRUE : FALSE;
  }
}

function resourceTest(place: Extract<Place, { at: 'resource' }>, test: Condition['test'], table: Table): Sql {
  const passed = column(sql.ref(`resource.${place.column}`), test);
  return table === 'resource' ? passed : sql`finding.resource_id in (select id from resource where ${passed})`;
}

/** Conditions as one expression on the rows of a table that the query calls `finding` or `resource`. */
export function conditionsSql(conditions: readonly Condition[], table: Table): Sql {
  return all(conditions.map((condition) => conditionSql(condition, table)));
}

/** The findings that pass, as an expression on `finding`: for lists, and for the updates that suppress. */
export function findingCriteria(criteria: FilterCriteria | undefined): Sql {
  return conditionsSql(conditionsOf(criteria, FINDING_FIELDS), 'finding');
}

/** The resources that pass, as an expression on `resource`. */
export function coverageCriteria(criteria: CoverageFilterCriteria | undefined): Sql {
  return conditionsSql(conditionsOf(criteria, COVERAGE_FIELDS), 'resource');
}

/** The resources that pass, as an expression on `resource`: for SBOM exports. */
export function resourceCriteria(criteria: ResourceFilterCriteria | undefined): Sql {
  return conditionsSql(conditionsOf(criteria, RESOURCE_FIELDS), 'resource');
}
