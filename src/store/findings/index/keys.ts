/** Sort keys as numbers: what a list compares is never a text. */
import type { SortColumn } from '../fields.ts';
import type { Columns } from './columns.ts';
import { CODES, STATUSES, severityOfCode, statusOfCode } from './columns.ts';
import type { Details } from './details.ts';
import type { Resources } from './resources.ts';
import type { Texts } from './vector.ts';

/** Where the value of a sort column is, when it is not in the finding's own columns. */
interface EntrySort<T> {
  /** Texts by number, or numbers as they are. */
  readonly kind: 'text' | 'number';
  /** The number of the text (0: none), or the number (NaN: none), at a position. */
  readonly of: (entries: T) => (position: number) => number;
}

function detailText(column: 'type' | 'protocol' | 'vulnerability' | 'source' | 'vendor_severity'): EntrySort<Details> {
  return {
    kind: 'text',
    of:
      ({ text }) =>
      (position) =>
        text[column].at(position),
  };
}

function resourceText(column: 'account' | 'type'): EntrySort<Resources> {
  return {
    kind: 'text',
    of:
      ({ text }) =>
      (position) =>
        text[column].at(position),
  };
}

function attributeText(name: string): EntrySort<Resources> {
  return { kind: 'text', of: (resources) => resources.firstText(name) };
}

const DETAIL_SORTS: Partial<Readonly<Record<SortColumn, EntrySort<Details>>>> = {
  type: detailText('type'),
  protocol: detailText('protocol'),
  vulnerability: detailText('vulnerability'),
  source: detailText('source'),
  vendor_severity: detailText('vendor_severity'),
  epss: {
    kind: 'number',
    of:
      ({ number }) =>
      (position) =>
        number.epss.at(position),
  },
};
const RESOURCE_SORTS: Partial<Readonly<Record<SortColumn, EntrySort<Resources>>>> = {
  account: resourceText('account'),
  resource_type: resourceText('type'),
  pushed_at: { kind: 'number', of: (resources) => resources.firstNumber('ecrImagePushedAt') },
  repository: attributeText('ecrImageRepositoryName'),
  registry: attributeText('ecrImageRegistry'),
  component: {
    kind: 'text',
    of: (resources) => {
      const runtime = resources.firstText('lambdaFunctionRuntime');
      return (position) => resources.text.platform.at(position) || runtime(position);
    },
  },
};

/** Keys of entries, by position; NaN: no value. */
class EntryKeys<T extends { readonly size: number; readonly strings: Texts }> {
  readonly #sort: EntrySort<T>;
  #version = -1;
  #keys = new Float64Array(0);
  /** Numbers of different texts, in the order of the texts; a text's key is its place here. */
  #sorted: number[] = [];
  #rank = new Map<number, number>();

  constructor(sort: EntrySort<T>) {
    this.#sort = sort;
  }

  /** The keys of these entries; worked out again only when the version has changed. */
  of(entries: T, version: number): Float64Array {
    if (version === this.#version) return this.#keys;
    const of = this.#sort.of(entries);
    const keys = new Float64Array(entries.size);
    for (let position = 0; position < keys.length; position++) keys[position] = of(position);
    if (this.#sort.kind === 'text') this.#rankAll(keys, entries.strings);
    this.#keys = keys;
    this.#version = version;
    return keys;
  }

  /** Makes numbers of texts into their places. */
  #rankAll(keys: Float64Array, strings: Texts): void {
    const fresh = new Set<number>();
    for (const number of keys) if (number !== 0 && !this.#rank.has(number)) fresh.add(number);
    if (fresh.size > 0) this.#learn([...fresh], (number) => strings.at(number) ?? '');
    for (let position = 0; position < keys.length; position++) {
      keys[position] = this.#rank.get(keys[position] ?? 0) ?? Number.NaN;
    }
  }

  /** Merges new texts into those that are known. */
  #learn(numbers: readonly number[], textOf: (number: number) => string): void {
    const fresh = numbers.map((number) => ({ number, text: textOf(number) }));
    fresh.sort((a, b) => (a.text < b.text ? -1 : 1));
    const merged: number[] = [];
    let next = 0;
    for (const number of this.#sorted) {
      const text = textOf(number);
      for (let other = fresh[next]; other !== undefined && other.text < text; other = fresh[++next]) merged.push(other.number);
      merged.push(number);
    }
    for (; next < fresh.length; next++) merged.push(fresh[next]?.number ?? 0);
    this.#sorted = merged;
    this.#rank = new Map(merged.map((number, rank) => [number, rank]));
  }

  /** The key of a value that a list went on from; between two keys when the value is gone. */
  keyOf(value: string | number, { strings }: T): number {
    if (typeof value === 'number') return value;
    const known = this.#rank.get(strings.find(value));
    if (known !== undefined) return known;
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((strings.at(this.#sorted[middle] ?? 0) ?? '') < value) low = middle + 1;
      else high = middle;
    }
    return low - 0.5;
  }

  valueOf(position: number, entries: T): string | number | null {
    const value = this.#sort.of(entries)(position);
    return this.#sort.kind === 'text' ? (entries.strings.at(value) ?? null) : number(value);
  }
}

/** A column to sort by: its key for a position of the columns is `keys[index[position]]`. */
export interface SortKeys {
  readonly keys: Float64Array;
  /** Undefined: the position itself. */
  readonly index: Uint32Array | Uint8Array | undefined;
  keyOf(value: string | number): number;
  valueOf(position: number): string | number | null;
}

export interface Snapshot {
  readonly columns: Columns;
  readonly details: Details;
  readonly resources: Resources;
  readonly detailVersion: number;
  readonly resourceVersion: number;
}

function number(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

const SEVERITY_KEYS = new Float64Array(256);
const STATUS_KEYS = new Float64Array(256);
for (const code of CODES) {
  SEVERITY_KEYS[code] = severityOfCode(code);
  STATUS_KEYS[code] = STATUSES.indexOf(statusOfCode(code));
}

export class KeyRing {
  readonly #details = new Map<SortColumn, EntryKeys<Details>>();
  readonly #resources = new Map<SortColumn, EntryKeys<Resources>>();

  /** The keys of a sort column; undefined: by id alone. */
  of(column: SortColumn | undefined, snapshot: Snapshot): SortKeys | undefined {
    if (column === undefined) return undefined;
    const { columns, details, resources, detailVersion, resourceVersion } = snapshot;
    const ofDetail = DETAIL_SORTS[column];
    if (ofDetail !== undefined) {
      const known = this.#details.get(column) ?? new EntryKeys(ofDetail);
      this.#details.set(column, known);
      return entryKeys(known, details, detailVersion, columns.detail);
    }
    const ofResource = RESOURCE_SORTS[column];
    if (ofResource !== undefined) {
      const known = this.#resources.get(column) ?? new EntryKeys(ofResource);
      this.#resources.set(column, known);
      return entryKeys(known, resources, resourceVersion, columns.resource);
    }
    return ownKeys(column, columns);
  }
}

function entryKeys<T extends { readonly size: number; readonly strings: Texts }>(
  known: EntryKeys<T>,
  entries: T,
  version: number,
  index: Uint32Array,
): SortKeys {
  return {
    keys: known.of(entries, version),
    index,
    keyOf: (value) => known.keyOf(value, entries),
    valueOf: (position) => known.valueOf(index[position] ?? -1, entries),
  };
}

function ownKeys(column: SortColumn, columns: Columns): SortKeys {
  const { code } = columns;
  if (column === 'severity') {
    return { keys: SEVERITY_KEYS, index: code, keyOf: Number, valueOf: (position) => severityOfCode(code[position] ?? 0) };
  }
  if (column === 'status') {
    const keyOf = (value: string | number) => {
      const place = STATUSES.findIndex((status) => status >= String(value));
      return place < 0 ? STATUSES.length : STATUSES[place] === value ? place : place - 0.5;
    };
    return { keys: STATUS_KEYS, index: code, keyOf, valueOf: (position) => statusOfCode(code[position] ?? 0) };
  }
  const keys = column === 'first_observed_at' ? columns.first : column === 'last_observed_at' ? columns.last : columns.score;
  return { keys, index: undefined, keyOf: Number, valueOf: (position) => number(keys[position]) };
}
