/** Sort keys as numbers: what a list compares is never a text. */
import type { SortColumn } from '../fields.ts';
import type { Columns } from './columns.ts';
import { CODES, STATUSES, severityOfCode, statusOfCode } from './columns.ts';
import type { Details } from './details.ts';
import type { Resources } from './resources.ts';

type Value = string | number | null | undefined;

type Read<T> = (entries: T, position: number) => Value;

/** Where the value of a sort column is, when it is not in the finding's own columns. */
const DETAIL_VALUES: Partial<Readonly<Record<SortColumn, Read<Details>>>> = {
  type: (details, position) => details.textOf('type', position),
  protocol: (details, position) => details.textOf('protocol', position),
  vulnerability: (details, position) => details.textOf('vulnerability', position),
  source: (details, position) => details.textOf('source', position),
  vendor_severity: (details, position) => details.textOf('vendor_severity', position),
  epss: ({ number }, position) => number.epss.at(position),
};
const RESOURCE_VALUES: Partial<Readonly<Record<SortColumn, Read<Resources>>>> = {
  account: (resources, position) => resources.textOf('account', position),
  resource_type: (resources, position) => resources.textOf('type', position),
  pushed_at: (resources, position) => resources.number(position, 'ecrImagePushedAt'),
  repository: (resources, position) => resources.texts(position, 'ecrImageRepositoryName')[0],
  registry: (resources, position) => resources.texts(position, 'ecrImageRegistry')[0],
  component: (resources, position) =>
    resources.textOf('platform', position) ?? resources.texts(position, 'lambdaFunctionRuntime')[0],
};

/** Keys of entries, by position; NaN: no value. */
class EntryKeys<T extends { readonly size: number }> {
  readonly #read: Read<T>;
  #version = -1;
  #keys = new Float64Array(0);
  /** Different texts in order; a text's key is its place here. */
  #sorted: string[] = [];
  #rank = new Map<string, number>();

  constructor(read: Read<T>) {
    this.#read = read;
  }

  /** The keys of these entries; worked out again only when the version has changed. */
  of(entries: T, version: number): Float64Array {
    if (version === this.#version) return this.#keys;
    const values = Array.from({ length: entries.size }, (_, position) => this.#read(entries, position));
    const fresh = new Set<string>();
    for (const value of values) if (typeof value === 'string' && !this.#rank.has(value)) fresh.add(value);
    if (fresh.size > 0) this.#learn([...fresh].sort());
    this.#keys = Float64Array.from(values, (value) =>
      typeof value === 'number' ? value : typeof value === 'string' ? (this.#rank.get(value) ?? Number.NaN) : Number.NaN,
    );
    this.#version = version;
    return this.#keys;
  }

  /** Merges texts in order into those that are known. */
  #learn(fresh: readonly string[]): void {
    const merged: string[] = [];
    let next = 0;
    for (const text of this.#sorted) {
      for (let other = fresh[next]; other !== undefined && other < text; other = fresh[++next]) merged.push(other);
      merged.push(text);
    }
    for (; next < fresh.length; next++) merged.push(fresh[next] ?? '');
    this.#sorted = merged;
    this.#rank = new Map(merged.map((text, rank) => [text, rank]));
  }

  /** The key of a value that a list went on from; between two keys when the value is gone. */
  keyOf(value: string | number): number {
    if (typeof value === 'number') return value;
    const known = this.#rank.get(value);
    if (known !== undefined) return known;
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? '') < value) low = middle + 1;
      else high = middle;
    }
    return low - 0.5;
  }

  valueOf(position: number, entries: T): string | number | null {
    const value = this.#read(entries, position) ?? null;
    return typeof value === 'number' ? number(value) : value;
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
    const ofDetail = DETAIL_VALUES[column];
    if (ofDetail !== undefined) {
      const known = this.#details.get(column) ?? new EntryKeys(ofDetail);
      this.#details.set(column, known);
      return entryKeys(known, details, detailVersion, columns.detail);
    }
    const ofResource = RESOURCE_VALUES[column];
    if (ofResource !== undefined) {
      const known = this.#resources.get(column) ?? new EntryKeys(ofResource);
      this.#resources.set(column, known);
      return entryKeys(known, resources, resourceVersion, columns.resource);
    }
    return ownKeys(column, columns);
  }
}

function entryKeys<T extends { readonly size: number }>(
  known: EntryKeys<T>,
  entries: T,
  version: number,
  index: Uint32Array,
): SortKeys {
  return {
    keys: known.of(entries, version),
    index,
    keyOf: (value) => known.keyOf(value),
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
