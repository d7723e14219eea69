/** Matching with one advisory database, for the service: whole inventories when they come in, single units when advisories change. */
import { isAmong, queriesFor } from '../advisories/streams/index.ts';
import { Judge, matchInventory } from '../matching/match.ts';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Vulnerability } from '../model/finding.ts';
import type { Inventory, OperatingSystem, Package } from '../model/package.ts';
import { incomplete, type Problem } from '../model/problem.ts';
import { type ScoreMemory, scoreAll } from '../scoring/score.ts';
import type { Unit, UnitData } from './units.ts';

/** Streams named in one message. */
const SHOWN = 5;

export interface Matcher {
  readonly database: AdvisoryDatabase;
  /** Vulnerabilities of each unit, in the order of the units; suppressed ones are left out. */
  inventory(inventory: Inventory, units: readonly Unit[]): MatchedInventory;
  /** The same for one unit alone. */
  unit(data: UnitData): readonly Vulnerability[];
  /** Whether the database may not know all of the unit's packages that it knew, or cannot say anything of them. */
  isUnsure(data: UnitData): boolean;
}

export interface MatchedInventory {
  readonly vulnerabilities: readonly (readonly Vulnerability[])[];
  readonly problems: readonly Problem[];
}

function byId(a: Vulnerability, b: Vulnerability): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.package < b.package ? -1 : a.package > b.package ? 1 : 0;
}

/** Reasons for which nothing can be said of a package at all, as opposed to nothing being known of it. */
const UNANSWERED: ReadonlySet<string> = new Set(['unknown-distribution', 'unsupported-release', 'no-version']);

/** Of packages that ask for what may not be all there. */
function toldUnsure(inventory: Inventory, unsure: readonly string[]): readonly Problem[] {
  if (unsure.length === 0) return [];
  const asked = inventory.packages.flatMap((pkg) => {
    const found = queriesFor(pkg, inventory.target.os);
    return found.kind === 'none' ? [] : found.queries.map(({ stream }) => stream);
  });
  const streams = [...new Set(asked)].filter((stream) => isAmong(stream, unsure)).sort();
  if (streams.length === 0) return [];
  const message = `The advisory database does not have all that it had, or should have, about ${streams.slice(0, SHOWN).join(', ')}: what was found there stays until it has. Run "vedette db update" or mend the mirror.`;
  return [incomplete('match-stream-unsure', message)];
}

/** `today` is an ISO date: the end of a system's life is judged on it. `unsure`: beginnings of streams, see engine/lost. */
export function matcher(database: AdvisoryDatabase, today: string, unsure: readonly string[] = []): Matcher {
  function isUnsure(pkg: Package, os: OperatingSystem | undefined): boolean {
    const found = queriesFor(pkg, os);
    if (found.kind === 'none') return UNANSWERED.has(found.reason);
    const isKnown = found.queries.some(({ stream, role }) => role === 'base' && database.hasStream(stream));
    return !isKnown || found.queries.some(({ stream }) => isAmong(stream, unsure));
  }
  // What the hosts of a fleet have in common is judged and scored once.
  const judge = new Judge(database);
  const scores: ScoreMemory = new WeakMap();
  return {
    database,
    isUnsure: ({ packages, subjects, os }) => packages.slice(0, subjects).some((pkg) => isUnsure(pkg, os)),
    inventory(inventory, units) {
      const matched = matchInventory(inventory, database, { today, judge });
      const scored = scoreAll(
        matched.matches.filter(({ suppressed }) => suppressed === undefined),
        database,
        scores,
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
      const problems = [...inventory.problems, ...matched.problems, ...toldUnsure(inventory, unsure), ...scored.problems];
      return { vulnerabilities, problems };
    },
    unit({ kind, os, packages, subjects }) {
      const isSubject = new Set(packages.slice(0, subjects).map(({ purl }) => purl));
      const target = { kind, name: '', ...(os && { os }) };
      const { matches } = matchInventory({ target, packages, problems: [] }, database, { today, judge });
      // The system's end of life belongs to the unit of the system alone.
      const counted = matches.filter(
        (match) =>
          match.suppressed === undefined && (match.kind === 'end-of-life' ? subjects === 0 : isSubject.has(match.package.purl)),
      );
      return [...scoreAll(counted, database, scores).vulnerabilities].sort(byId);
    },
  };
}
