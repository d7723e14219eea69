/** Inventory × advisory database → matches. Pure: no I/O, no clock, the same input gives the same answer. docs/matching.md explains it. */
import { queriesFor } from '../advisories/streams/index.ts';
import { isOsPackage } from '../inventory/os-packages.ts';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Match } from '../model/finding.ts';
import type { Inventory, Package } from '../model/package.ts';
import type { Problem } from '../model/problem.ts';
import { Coverage } from './coverage.ts';
import { type DistributionWord, deferToDistribution, wordOf } from './distribution-verdict.ts';
import { endOfLifeMatch } from './eol.ts';
import { matchOf, statementsOf, verdictsOf } from './judge.ts';
import { isKernelPackage, kernelSuppression } from './kernel.ts';

export interface MatchOptions {
  /** ISO date; end of life is judged on it. */
  readonly today: string;
}

export interface Matched {
  /** Reported and suppressed ones, sorted by purl and id. */
  readonly matches: readonly Match[];
  readonly problems: readonly Problem[];
  /** Kernel packages of an image that were set aside. */
  readonly setAside: number;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Matches of one package, those of the distribution's own word remembered for packages inside it. */
function matchPackage(
  pkg: Package,
  inventory: Inventory,
  database: AdvisoryDatabase,
  coverage: Coverage,
  words: Map<string, DistributionWord>,
): Match[] {
  const queries = queriesFor(pkg, inventory.target.os);
  if (queries.kind === 'none') {
    coverage.unanswerable(pkg, queries);
    return [];
  }
  coverage.asked(pkg, queries.queries, database);
  const verdicts = verdictsOf(statementsOf(pkg, queries.scheme, queries.queries, database));
  const distribution = isOsPackage(pkg.type);
  const matches = verdicts.flatMap((verdict) => {
    if (database.facts(verdict.id)?.rejected === true) return [];
    return matchOf(verdict, pkg, queries.scheme, distribution) ?? [];
  });
  if (distribution) words.set(pkg.purl, wordOf(verdicts, matches));
  coverage.compared(pkg, matches);
  return matches;
}

/** Matches every package of the inventory. */
export function matchInventory(inventory: Inventory, database: AdvisoryDatabase, options: MatchOptions): Matched {
  const { target, packages } = inventory;
  const coverage = new Coverage(target);
  const words = new Map<string, DistributionWord>();
  const kernels = packages.filter(isKernelPackage);
  const isKernel = new Set(kernels);
  const byPurl = new Map(packages.map((pkg) => [pkg.purl, pkg]));
  const matches: Match[] = [];
  let setAside = 0;
  for (const pkg of packages) {
    const found = matchPackage(pkg, inventory, database, coverage, words);
    const hidden = isKernel.has(pkg) ? kernelSuppression(pkg, target, kernels) : undefined;
    if (hidden?.by === 'kernel-in-image' || (hidden !== undefined && target.kind === 'image')) setAside++;
    matches.push(...(hidden === undefined ? found : found.map((match) => ({ ...match, suppressed: hidden }))));
  }
  const eol = target.os === undefined ? undefined : endOfLifeMatch(target.os, options.today);
  if (eol !== undefined) matches.push(eol);
  const settled = matches.map((match) => deferToDistribution(match, words, (purl) => byPurl.get(purl)));
  settled.sort((a, b) => compare(a.package.purl, b.package.purl) || compare(a.id, b.id));
  return { matches: settled, problems: coverage.problems(), setAside };
}
