/** Matching with one advisory database, for the service: whole inventories when they come in, single units when advisories change. */
import { matchInventory } from '../matching/match.ts';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Vulnerability } from '../model/finding.ts';
import type { Inventory } from '../model/package.ts';
import type { Problem } from '../model/problem.ts';
import { scoreAll } from '../scoring/score.ts';
import type { Unit, UnitData } from './units.ts';

export interface Matcher {
  readonly database: AdvisoryDatabase;
  /** Vulnerabilities of each unit, in the order of the units; suppressed ones are left out. */
  inventory(inventory: Inventory, units: readonly Unit[]): MatchedInventory;
  /** The same for one unit alone. */
  unit(data: UnitData): readonly Vulnerability[];
}

export interface MatchedInventory {
  readonly vulnerabilities: readonly (readonly Vulnerability[])[];
  readonly problems: readonly Problem[];
}

function byId(a: Vulnerability, b: Vulnerability): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.package < b.package ? -1 : a.package > b.package ? 1 : 0;
}

/** `today` is an ISO date: the end of a system's life is judged on it. */
export function matcher(database: AdvisoryDatabase, today: string): Matcher {
  return {
    database,
    inventory(inventory, units) {
      const matched = matchInventory(inventory, database, { today });
      const scored = scoreAll(
        matched.matches.filter(({ suppressed }) => suppressed === undefined),
        database,
      );
      const home = new Map<string, number>();
      let system = -1;
      for (const [index, { data }] of units.entries()) {
        if (data.subjects === 0) system = index;
        for (const { purl } of data.packages.slice(0, data.subjects)) home.set(purl, index);
      }
      const vulnerabilities: Vulnerability[][] = units.map(() => []);
      for (const found of scored.vulnerabilities) {
        const index = found.kind === 'end-of-life' ? system : home.get(found.package);
        if (index !== undefined) vulnerabilities[index]?.push(found);
      }
      for (const list of vulnerabilities) list.sort(byId);
      return { vulnerabilities, problems: [...inventory.problems, ...matched.problems, ...scored.problems] };
    },
    unit({ kind, os, packages, subjects }) {
      const isSubject = new Set(packages.slice(0, subjects).map(({ purl }) => purl));
      const target = { kind, name: '', ...(os && { os }) };
      const { matches } = matchInventory({ target, packages, problems: [] }, database, { today });
      // The system's end of life belongs to the unit of the system alone.
      const counted = matches.filter(
        (match) =>
          match.suppressed === undefined && (match.kind === 'end-of-life' ? subjects === 0 : isSubject.has(match.package.purl)),
      );
      return [...scoreAll(counted, database).vulnerabilities].sort(byId);
    },
  };
}
