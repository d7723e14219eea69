/** Counting cells into rows, one group after the other, and keeping those of one page. */
import { SEVERITY_ORDER } from '../schema.ts';
import type { Group } from './aggregations.ts';
import type { Cells, Values } from './cells.ts';
import { EXPLOITABLE, FIXABLE, NETWORK } from './index/details.ts';
import type { ResourceEntry } from './index/resources.ts';

/** The last row of a page. */
export interface AggregationCursor {
  readonly count: number;
  readonly key: string;
}

/** A row's counters: one for each severity, then these. */
const EXPLOITABLE_AT = SEVERITY_ORDER.length;
const FIXABLE_AT = EXPLOITABLE_AT + 1;
const NETWORK_AT = EXPLOITABLE_AT + 2;
export const ALL_AT = EXPLOITABLE_AT + 3;
/** Of four bytes each: one line of the processor's cache. */
const WIDTH = 16;
const RESOURCES = -1;

/** Position of the counter that rows are sorted by, or `RESOURCES`: how many different ones. */
export const SORTED_BY: Readonly<Record<string, number>> = {
  CRITICAL: SEVERITY_ORDER.indexOf('CRITICAL'),
  HIGH: SEVERITY_ORDER.indexOf('HIGH'),
  ALL: ALL_AT,
  NETWORK_FINDINGS: NETWORK_AT,
  AFFECTED_INSTANCES: RESOURCES,
  AFFECTED_IMAGES: RESOURCES,
};

interface Sorted {
  /** Cells that count, those of one left key together. */
  readonly cells: Uint32Array;
  /** Where those of each left key begin; one more at the end. */
  readonly starts: Uint32Array;
  /** Different resources of each left key. */
  readonly resources: Uint32Array;
}

/** Counting sort of the cells that count by their left keys. */
export function sortCells(cells: Cells, lefts: Int32Array, mask: Uint8Array | undefined, keys: number): Sorted {
  const { size, resource, detail, severity } = cells;
  const starts = new Uint32Array(keys + 1);
  const resources = new Uint32Array(keys);
  const seen = new Uint8Array(cells.resources.size);
  const passing = new Uint32Array(size);
  let passed = 0;
  for (let cell = 0; cell < size; cell++) {
    if ((severity[cell] ?? WIDTH) >= EXPLOITABLE_AT) continue;
    const one = resource[cell] ?? 0;
    const left = lefts[one] ?? -1;
    if (left < 0 || (mask !== undefined && mask[detail?.[cell] ?? 0] === 0)) continue;
    passing[passed++] = cell;
    starts[left + 1] = (starts[left + 1] ?? 0) + 1;
    if (seen[one] === 0) {
      seen[one] = 1;
      resources[left] = (resources[left] ?? 0) + 1;
    }
  }
  for (let left = 0; left < keys; left++) starts[left + 1] = (starts[left + 1] ?? 0) + (starts[left] ?? 0);
  const next = starts.slice();
  const sorted = new Uint32Array(passed);
  for (let at = 0; at < passed; at++) {
    const cell = passing[at] ?? 0;
    const left = lefts[resource[cell] ?? 0] ?? 0;
    const place = next[left] ?? 0;
    sorted[place] = cell;
    next[left] = place + 1;
  }
  return { cells: sorted, starts, resources };
}

interface Row {
  readonly count: number;
  readonly left: string;
  readonly value: string;
  /** Of any of its cells. */
  readonly resource: number;
  readonly counters: Uint32Array;
  readonly resources: number;
}

/** Between texts of pairs: as the texts that are made of them. */
function compareKeys(left: string, value: string, key: string): number {
  const own = `${left}\n${value}`;
  return own < key ? -1 : own > key ? 1 : 0;
}

/** The rows of one page and one more: by count, most first unless ascending; the key decides between equals. */
export class PageRows {
  readonly #sign: number;
  readonly #limit: number;
  readonly #after: AggregationCursor | undefined;
  #rows: Row[] = [];
  /** The last one that can still be on the page, when there are enough. */
  #last: Row | undefined;

  constructor(ascending: boolean, after: AggregationCursor | undefined, limit: number) {
    this.#sign = ascending ? 1 : -1;
    this.#limit = limit + 1;
    this.#after = after;
  }

  /** Whether a row of this count may be on the page: the quick answer. */
  mayWant(count: number): boolean {
    return this.#last === undefined || this.#sign * (count - this.#last.count) <= 0;
  }

  /** Whether a row is on the page as far as is known: asked before it is made. */
  wants(count: number, left: string, value: string): boolean {
    const after = this.#after;
    if (after !== undefined) {
      const order = this.#sign * (count - after.count);
      if (order < 0 || (order === 0 && compareKeys(left, value, after.key) <= 0)) return false;
    }
    if (this.#last === undefined) return true;
    const order = this.#sign * (count - this.#last.count);
    return order < 0 || (order === 0 && compareKeys(left, value, `${this.#last.left}\n${this.#last.value}`) < 0);
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length >= 4 * this.#limit) this.#shorten();
  }

  #shorten(): void {
    this.#rows.sort((a, b) => this.#sign * (a.count - b.count) || compareKeys(a.left, a.value, `${b.left}\n${b.value}`));
    this.#rows.length = Math.min(this.#rows.length, this.#limit);
    if (this.#rows.length === this.#limit) this.#last = this.#rows.at(-1);
  }

  sorted(): readonly Row[] {
    this.#shorten();
    return this.#rows;
  }
}

interface Counted {
  readonly cells: Cells;
  readonly sorted: Sorted;
  readonly lefts: readonly string[];
  readonly values: Values | undefined;
  /** Values that pass. */
  readonly wanted: Uint8Array | undefined;
  /** Position of the counter that is sorted by. */
  readonly by: number;
  readonly page: PageRows;
}

/** Adds a cell to the counters of a row; true when it is the row's first. */
function add(counters: Uint32Array, place: number, severity: number, flags: number, number: number): boolean {
  const before = counters[place + ALL_AT] ?? 0;
  counters[place + ALL_AT] = before + number;
  counters[place + severity] = (counters[place + severity] ?? 0) + number;
  if ((flags & EXPLOITABLE) !== 0) counters[place + EXPLOITABLE_AT] = (counters[place + EXPLOITABLE_AT] ?? 0) + number;
  if ((flags & FIXABLE) !== 0) counters[place + FIXABLE_AT] = (counters[place + FIXABLE_AT] ?? 0) + number;
  if ((flags & NETWORK) !== 0) counters[place + NETWORK_AT] = (counters[place + NETWORK_AT] ?? 0) + number;
  return before === 0;
}

/** Counts the cells of one left key after the other in one set of counters. */
export function countRows({ cells, sorted, lefts, values, wanted, by, page }: Counted): void {
  const { resource, detail, severity, flags, count } = cells;
  const counters = new Uint32Array(WIDTH * Math.max(1, values?.texts.length ?? 1));
  const touched = new Uint32Array(Math.max(1, values?.texts.length ?? 1));
  for (const [left, text] of lefts.entries()) {
    const start = sorted.starts[left] ?? 0;
    const end = sorted.starts[left + 1] ?? 0;
    let rows = 0;
    for (let at = start; at < end; at++) {
      const cell = sorted.cells[at] ?? 0;
      const one = detail === undefined ? cell : (detail[cell] ?? 0);
      const bits = flags[one] ?? 0;
      const number = count === undefined ? 1 : (count[cell] ?? 0);
      const word = severity[cell] ?? 0;
      if (values === undefined) {
        if (add(counters, 0, word, bits, number)) touched[rows++] = 0;
        continue;
      }
      const last = values.starts[one + 1] ?? 0;
      for (let next = values.starts[one] ?? 0; next < last; next++) {
        const value = values.numbers[next] ?? 0;
        if (wanted !== undefined && wanted[value] === 0) continue;
        if (add(counters, value * WIDTH, word, bits, number)) touched[rows++] = value;
      }
    }
    const resources = sorted.resources[left] ?? 0;
    for (let at = 0; at < rows; at++) {
      const value = touched[at] ?? 0;
      const place = value * WIDTH;
      const measure = by === RESOURCES ? resources : (counters[place + by] ?? 0);
      if (page.mayWant(measure) && page.wants(measure, text, values?.texts[value] ?? '')) {
        const own = counters.slice(place, place + WIDTH);
        const first = resource[sorted.cells[start] ?? 0] ?? 0;
        page.add({ count: measure, left: text, value: values?.texts[value] ?? '', resource: first, counters: own, resources });
      }
      for (let counter = place; counter <= place + ALL_AT; counter++) counters[counter] = 0;
    }
  }
}

export function groupOf({ counters, value, resources }: Row, resource: ResourceEntry): Group {
  return {
    resource,
    value,
    counts: [...counters.subarray(0, EXPLOITABLE_AT)],
    exploitable: counters[EXPLOITABLE_AT] ?? 0,
    fixable: counters[FIXABLE_AT] ?? 0,
    network: counters[NETWORK_AT] ?? 0,
    resources,
  };
}
