/** Reading AWS rows whose shape is not trusted, collecting what is wrong with them. */
import type { CallId } from '../../estate/calls.ts';
import type { EstateRegion, Row } from '../../estate/estate.ts';
import { fields, items, text } from '../../inventory/values.ts';
import { incomplete, type Problem } from '../../model/problem.ts';
import type { Missing } from '../model.ts';
import { familyOf } from '../sets/space.ts';

/** Objects of an array member; anything else in it is left out. */
export function rowsOf(value: unknown): readonly Row[] {
  return items(value)
    .map(fields)
    .filter((row) => row !== undefined);
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Whether it is a CIDR block; AWS prints no address without a length. */
export function isBlock(value: string | undefined): value is string {
  return value?.includes('/') === true && familyOf(value) !== undefined;
}

/** One region's rows, with what is missing and what is wrong. */
export class Rows {
  readonly account: string;
  readonly region: string;
  readonly missing = new Set<Missing>();
  readonly problems: Problem[] = [];
  readonly #source: EstateRegion;

  constructor(source: EstateRegion) {
    this.#source = source;
    this.account = source.account;
    this.region = source.region;
  }

  place(call: CallId): string {
    return `${this.account}/${this.region}/${call.replace('.', '/')}`;
  }

  /** Rows of a call; when there are none to be had, what depends on them is remembered as missing and told. */
  of(call: CallId, missing?: Missing): readonly Row[] {
    const table = this.#source.table(call);
    if (table.kind === 'rows') return table.rows;
    if (missing !== undefined) {
      this.missing.add(missing);
      const why = table.kind === 'absent' ? 'it is not in the snapshot' : `${table.code}: ${table.message}`;
      const message = `${call} is missing (${why}): what depends on it is unknown. Collect it again with the permission for it.`;
      this.problems.push(incomplete('estate-table-missing', message, this.place(call)));
    }
    return [];
  }

  /** Whether a table is there at all; those of optional services may be left out. */
  has(call: CallId): boolean {
    return this.#source.table(call).kind === 'rows';
  }

  /** Rows of a call that is asked for each thing; undefined when they are not to be had. */
  for(call: CallId, thing: string): readonly Row[] | undefined {
    const table = this.#source.tables(call).get(thing);
    return table?.kind === 'rows' ? table.rows : undefined;
  }

  /** The identifying member of a row; without it the row is told and left out. */
  id(row: Row, member: string, call: CallId): string | undefined {
    const id = text(row[member]);
    if (id === undefined) this.malformed(call, `a row has no ${member}`);
    return id;
  }

  malformed(call: CallId, what: string): void {
    const message = `${what}: what it describes was not looked at. Collect the table again.`;
    this.problems.push(incomplete('estate-row-malformed', message, this.place(call)));
  }
}

/** Whether any of the named members is a string with something in it. */
export function firstText(row: Row, ...members: readonly string[]): string | undefined {
  for (const member of members) {
    const found = text(row[member]);
    if (found !== undefined) return found;
  }
  return undefined;
}
