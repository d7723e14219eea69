/** The narrow columns of all findings as typed arrays, by position; positions are in the order of ids. */
import { SEVERITY_ORDER } from '../../schema.ts';

export const STATUSES = ['ACTIVE', 'CLOSED', 'SUPPRESSED'] as const;
/** Status and severity in one byte. */
const SEVERITY_BITS = 3;
const SEVERITY_MASK = 7;
/** A finding that was deleted. */
const GONE = 255;

/** What a finding has of its own. */
export interface ColumnRow {
  readonly id: number;
  readonly status: string;
  readonly severity: number;
  readonly score: number | null;
  readonly first_observed_at: number;
  readonly last_observed_at: number;
  readonly updated_at: number;
}

function codeOf(status: string, severity: number): number {
  const words: readonly string[] = STATUSES;
  return (Math.max(0, words.indexOf(status)) << SEVERITY_BITS) | severity;
}

export function severityOfCode(code: number): number {
  return code & SEVERITY_MASK;
}

export function statusOfCode(code: number): (typeof STATUSES)[number] {
  return STATUSES[code >> SEVERITY_BITS] ?? 'ACTIVE';
}

/** Every code there is. */
export const CODES: readonly number[] = STATUSES.flatMap((status) =>
  SEVERITY_ORDER.map((_, severity) => codeOf(status, severity)),
);

export class Columns {
  size = 0;
  /** Deleted ones among them. */
  gone = 0;
  id = new Float64Array(0);
  detail = new Uint32Array(0);
  resource = new Uint32Array(0);
  code = new Uint8Array(0);
  /** NaN: none. */
  score = new Float64Array(0);
  first = new Float64Array(0);
  last = new Float64Array(0);
  updated = new Float64Array(0);

  /** Makes room for so many rows. */
  reserve(capacity: number): void {
    if (capacity <= this.id.length) return;
    const copy = <T extends Float64Array | Uint32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.id = copy(new Float64Array(capacity), this.id);
    this.detail = copy(new Uint32Array(capacity), this.detail);
    this.resource = copy(new Uint32Array(capacity), this.resource);
    this.code = copy(new Uint8Array(capacity), this.code);
    this.score = copy(new Float64Array(capacity), this.score);
    this.first = copy(new Float64Array(capacity), this.first);
    this.last = copy(new Float64Array(capacity), this.last);
    this.updated = copy(new Float64Array(capacity), this.updated);
  }

  /** The first position whose id is not less. */
  lowerBound(id: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.id[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The position of an id; -1 when it is not there. */
  positionOf(id: number): number {
    const position = this.lowerBound(id);
    return position < this.size && this.id[position] === id ? position : -1;
  }

  /** Writes a row, with positions of its detail and resource, over the one of its id, or behind all; false when it belongs between others: the store counts ids up, so never. */
  put(row: ColumnRow, detail: number, resource: number): boolean {
    const { id } = row;
    const isNew = this.size === 0 || (this.id[this.size - 1] ?? 0) < id;
    let position = isNew ? -1 : this.positionOf(id);
    if (position < 0) {
      if (!isNew) return false;
      position = this.size;
      if (position === this.id.length) this.reserve(Math.max(1024, Math.ceil(position * 1.25)));
      this.size += 1;
    } else if (this.code[position] === GONE) this.gone -= 1;
    this.id[position] = id;
    this.detail[position] = detail;
    this.resource[position] = resource;
    this.code[position] = codeOf(row.status, row.severity);
    this.score[position] = row.score ?? Number.NaN;
    this.first[position] = row.first_observed_at;
    this.last[position] = row.last_observed_at;
    this.updated[position] = row.updated_at;
    return true;
  }

  remove(id: number): void {
    const position = this.positionOf(id);
    if (position < 0 || this.code[position] === GONE) return;
    this.code[position] = GONE;
    this.gone += 1;
  }
}
