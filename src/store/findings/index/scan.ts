/** Which findings pass. */
import { SEVERITY_ORDER } from '../../schema.ts';
import type { Condition } from '../conditions.ts';
import { passes } from '../criteria.ts';
import type { Scope } from '../list.ts';
import type { Answers } from './answers.ts';
import { CODES, type Columns, severityOfCode, statusOfCode } from './columns.ts';
import { inRanges, type OwnColumn, type Split, splitConditions } from './evaluate.ts';
import type { Snapshot } from './keys.ts';
import { type DetailsAndResources, mask } from './masks.ts';

/** Leaves those of the first `count` positions of a list that pass, in their order; how many they are. */
export type RowTest = (list: Uint32Array, count: number) => number;

/** What passes, as one byte for each detail, resource and code, and tests of rows for the rest. */
export interface Selection extends DetailsAndResources {
  readonly code: Uint8Array;
  /** Nothing else passes than some of these positions, ascending; undefined: any may. */
  readonly only: readonly number[] | undefined;
  readonly rows: readonly RowTest[];
  readonly never: boolean;
}

/** ARNs are not in memory: who selects has looked up the ids of those that a condition names, to pass or not to pass. */
export interface ArnIds {
  readonly pass: boolean;
  readonly ids: readonly number[];
}

function keeping(passing: (position: number) => boolean): RowTest {
  return (list, count) => {
    let kept = 0;
    for (let next = 0; next < count; next++) {
      const at = list[next] ?? 0;
      if (passing(at)) list[kept++] = at;
    }
    return kept;
  };
}

function rowTest(column: OwnColumn, test: Condition['test'], columns: Columns): RowTest {
  if (test.kind !== 'ranges') return () => 0;
  const values =
    column === 'first_observed_at'
      ? columns.first
      : column === 'last_observed_at'
        ? columns.last
        : column === 'updated_at'
          ? columns.updated
          : columns.score;
  const [range] = test.ranges;
  if (test.ranges.length !== 1 || range === undefined) return keeping((at) => inRanges(values[at] ?? Number.NaN, test));
  // The usual case: two comparisons of numbers; NaN, which is no value, passes none.
  const low = range.low ?? Number.NEGATIVE_INFINITY;
  const high = range.high ?? Number.POSITIVE_INFINITY;
  return (list, count) => {
    let kept = 0;
    for (let next = 0; next < count; next++) {
      const at = list[next] ?? 0;
      const value = values[at] ?? Number.NaN;
      if (value >= low && value <= high) list[kept++] = at;
    }
    return kept;
  };
}

function detailsAndResources({ details, resources }: Snapshot, split: Split, scope: Scope): DetailsAndResources {
  const resourceTests = split.resource.map((test) => test(resources));
  if (scope !== undefined) {
    const visible = new Set(scope);
    const sees = resources.strings.tested((account) => account !== undefined && visible.has(account));
    resourceTests.unshift((position) => sees(resources.text.account.at(position)));
  }
  return {
    detail: mask(
      details.size,
      split.detail.map((test) => test(details)),
    ),
    resource: mask(resources.size, resourceTests),
  };
}

/** Works out what passes. */
export function select(
  snapshot: Snapshot,
  conditions: readonly Condition[],
  scope: Scope,
  arns: ArnIds | undefined,
  masks: Answers<DetailsAndResources>,
): Selection {
  const split = splitConditions(conditions);
  const version = `${snapshot.detailVersion} ${snapshot.resourceVersion}`;
  const named = new Set(arns?.ids.map((id) => snapshot.columns.positionOf(id)).filter((position) => position >= 0));
  const code = new Uint8Array(256);
  const statuses = split.own.filter(({ column }) => column === 'status').map(({ test }) => test);
  for (const one of CODES) {
    const severity = SEVERITY_ORDER[severityOfCode(one)];
    const good =
      split.severity.every((test) => passes(severity, test)) &&
      statuses.every((test) => test.kind === 'text' && passes(statusOfCode(one), test));
    if (good) code[one] = 1;
  }
  return {
    ...masks.of([scope, conditions], version, () => detailsAndResources(snapshot, split, scope)),
    code,
    only: arns?.pass === true ? [...named].sort((a, b) => a - b) : undefined,
    rows: [
      ...(arns?.pass === false ? [keeping((position) => !named.has(position))] : []),
      ...split.own
        .filter(({ column }) => column !== 'status' && column !== 'arn')
        .map(({ column, test }) => rowTest(column, test, snapshot.columns)),
    ],
    never: split.never,
  };
}
