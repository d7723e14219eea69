/** Estates made of values: for tests and generators, and what the readers of snapshots fill. */
import type { Problem } from '../model/problem.ts';
import type { CallId } from './calls.ts';
import type { Estate, EstateRegion, Row, Table } from './estate.ts';

/** The answer to a call: its rows, or the error it ended with. */
export type Answer = readonly Row[] | { readonly code: string; readonly message: string };

export interface RegionContent {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly tables?: Readonly<Partial<Record<CallId, Answer>>>;
  /** Of calls asked once for each thing: answers by the thing's identifier. */
  readonly perTables?: Readonly<Partial<Record<CallId, Readonly<Record<string, Answer>>>>>;
}

const ABSENT: Table = { kind: 'absent' };
const NONE: ReadonlyMap<string, Table> = new Map();

function isRows(answer: Answer): answer is readonly Row[] {
  return Array.isArray(answer);
}

function tableOf(answer: Answer): Table {
  return isRows(answer) ? { kind: 'rows', rows: answer } : { kind: 'failed', code: answer.code, message: answer.message };
}

/** A region of tables that are at hand. */
export function regionOf(
  account: string,
  region: string,
  tables: ReadonlyMap<string, Table>,
  perTables: ReadonlyMap<string, ReadonlyMap<string, Table>>,
): EstateRegion {
  return {
    account,
    region,
    table: (call) => tables.get(call) ?? ABSENT,
    tables: (call) => perTables.get(call) ?? NONE,
  };
}

/** Regions in the order that estates have: by account, then region. */
export function sortRegions(regions: readonly EstateRegion[]): readonly EstateRegion[] {
  const key = (one: EstateRegion): string => `${one.account}/${one.region}`;
  return [...regions].sort((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}

/** An estate of values. Calls that are not named are `absent`. */
export function memoryEstate(regions: readonly RegionContent[], problems: readonly Problem[] = []): Estate {
  const made = regions.map(({ account, region, tables = {}, perTables = {} }) =>
    regionOf(
      account,
      region,
      new Map(Object.entries(tables).map(([call, answer]) => [call, tableOf(answer)])),
      new Map(
        Object.entries(perTables).map(([call, answers]) => [
          call,
          new Map(Object.entries(answers).map(([thing, answer]) => [thing, tableOf(answer)])),
        ]),
      ),
    ),
  );
  return { regions: sortRegions(made), problems };
}
