/** The inventory of a resource as the store has it: for matching it again, and for exports. */
import type { Kysely, Selectable } from 'kysely';
import { digestOf } from '../model/canonical.ts';
import type { Inventory, Target } from '../model/package.ts';
import type { Problem } from '../model/problem.ts';
import { chunks, type Tables } from '../store/index.ts';
import type { ResourceTable } from '../store/schema.ts';
import { readUnits } from './store-resource.ts';
import { readUnit, type Unit } from './units.ts';

/** A problem as a resource keeps it. */
export interface KeptProblem extends Problem {
  /** What told of it: the inventory, which a rescan has again, or matching it. */
  readonly from: 'inventory' | 'matching';
}

/** The problems of an inventory and of matching it, as the resource keeps them. */
export function keptProblems(inventory: Inventory, all: readonly Problem[]): readonly KeptProblem[] {
  const own = new Set(inventory.problems);
  return all.map((problem) => ({ ...problem, from: own.has(problem) ? 'inventory' : 'matching' }));
}

/** Problems that a resource keeps; of these only, where `of` is given. */
export function readProblems(json: string, of?: KeptProblem['from']): readonly Problem[] {
  const kept: readonly KeptProblem[] = JSON.parse(json);
  return kept.flatMap(({ from, ...problem }) => (of === undefined || of === from ? [problem] : []));
}

export interface KeptInventory {
  readonly inventory: Inventory;
  readonly units: readonly Unit[];
  /** Row numbers of the units, in their order. */
  readonly ids: readonly number[];
}

/** Puts the inventory of a resource together from its units. */
export async function readInventory(
  db: Pick<Kysely<Tables>, 'selectFrom'>,
  row: Pick<Selectable<ResourceTable>, 'units' | 'target' | 'problems'>,
): Promise<KeptInventory> {
  const rows: { readonly id: number; readonly data: string }[] = [];
  for (const some of chunks(readUnits(row.units))) {
    rows.push(...(await db.selectFrom('unit').select(['id', 'data']).where('id', 'in', some).orderBy('id').execute()));
  }
  const units = rows.map(({ data: json }): Unit => ({ digest: digestOf(json), json, data: readUnit(json) }));
  const packages = units.flatMap(({ data }) => data.packages.slice(0, data.subjects));
  packages.sort((a, b) => (a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0));
  const target: Target = JSON.parse(row.target);
  return {
    inventory: { target, packages, problems: readProblems(row.problems, 'inventory') },
    units,
    ids: rows.map(({ id }) => id),
  };
}
