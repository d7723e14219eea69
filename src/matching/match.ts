/** Inventory × advisory database → matches. Pure: no I/O, no clock, the same input gives the same answer. docs/matching.md explains it. */
import { queriesFor, type StreamQuery } from '../advisories/streams/index.ts';
import { isOsPackage } from '../inventory/os-packages.ts';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Match } from '../model/finding.ts';
import type { Inventory, Package } from '../model/package.ts';
import type { Problem } from '../model/problem.ts';
import type { SchemeId } from '../versions/scheme.ts';
import { Coverage } from './coverage.ts';
import { type DistributionWord, deferToDistribution, isAnotherSight, wordOf } from './distribution-verdict.ts';
import { endOfLifeMatch } from './eol.ts';
import { Identities } from './identity.ts';
import { matchOf, type PackageVerdict, statementsOf, verdictsOf, type Wanted } from './judge.ts';
import { isKernelPackage, kernelSuppression } from './kernel.ts';
import { moduleOf } from './row.ts';

export interface MatchOptions {
  /** ISO date; end of life is judged on it. */
  readonly today: string;
  /** What was judged before with the same database is not judged again. */
  readonly judge?: Judge;
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

interface Judged {
  readonly verdicts: readonly PackageVerdict[];
  readonly matches: readonly Match[];
}
const NOTHING: Judged = { verdicts: [], matches: [] };

/** Verdicts and matches that a judge remembers, over all inventories that it sees; then it begins anew. */
const REMEMBERED = 20_000;

/** Judges packages with one database; those that ask the same (binaries of one source, hosts of one kind) are judged once. */
export class Judge {
  readonly #database: AdvisoryDatabase;
  readonly #identities: Identities;
  readonly #known = new Map<string, Judged>();
  readonly #rejected = new Map<string, boolean>();
  readonly #most: number;
  #remembered = 0;

  constructor(database: AdvisoryDatabase, most = REMEMBERED) {
    this.#database = database;
    this.#most = most;
    this.#identities = new Identities(database);
  }

  /** `asOwner`: verdicts are wanted as well, not only matches. */
  judge(pkg: Package, scheme: SchemeId, queries: readonly StreamQuery[], asOwner: boolean): Judged {
    // Outside of a distribution an advisory that is not about this version has no say in what another one says.
    if (!isOsPackage(pkg.type)) return this.#judge(pkg, scheme, queries, 'live');
    const module = pkg.type === 'rpm' ? moduleOf(pkg) : '';
    const key = JSON.stringify([pkg.type, pkg.architecture, module, asOwner, queries]);
    const known = this.#known.get(key);
    if (known !== undefined) return { ...known, matches: known.matches.map((match) => ({ ...match, package: pkg })) };
    const judged = this.#judge(pkg, scheme, queries, asOwner ? 'applicable' : 'weighing');
    this.#remember(key, judged);
    return judged;
  }

  #remember(key: string, judged: Judged): void {
    this.#remembered += 1 + judged.verdicts.length + judged.matches.length;
    if (this.#remembered > this.#most) {
      this.#known.clear();
      this.#rejected.clear();
      this.#remembered = 0;
    }
    this.#known.set(key, judged);
  }

  #judge(pkg: Package, scheme: SchemeId, queries: readonly StreamQuery[], wanted: Wanted): Judged {
    const statements = statementsOf(pkg, scheme, queries, this.#database, wanted);
    if (statements.length === 0) return NOTHING;
    const verdicts = verdictsOf(statements, this.#identities, wanted === 'applicable' ? 'all' : 'live');
    const matches: Match[] = [];
    for (const verdict of verdicts) {
      const match = matchOf(verdict, pkg, scheme, wanted !== 'live');
      if (match !== undefined && !this.#isRejected(verdict.id)) matches.push(match);
    }
    return { verdicts, matches };
  }

  #isRejected(id: string): boolean {
    const known = this.#rejected.get(id);
    if (known !== undefined) return known;
    const rejected = this.#database.facts(id)?.rejected === true;
    this.#rejected.set(id, rejected);
    return rejected;
  }
}

/** Matches every package of the inventory. */
export function matchInventory(inventory: Inventory, database: AdvisoryDatabase, options: MatchOptions): Matched {
  const { target, packages } = inventory;
  const coverage = new Coverage(target);
  const words = new Map<string, DistributionWord>();
  const kernels = packages.filter(isKernelPackage);
  const isKernel = new Set(kernels);
  const owners = new Set(packages.flatMap(({ ownedBy = [] }) => ownedBy));
  const matches: Match[] = [];
  let setAside = 0;
  const { judge = new Judge(database) } = options;
  // Owners first: what they say decides about what they own.
  for (const pkg of [...packages.filter(({ purl }) => owners.has(purl)), ...packages.filter(({ purl }) => !owners.has(purl))]) {
    const queries = queriesFor(pkg, target.os);
    if (queries.kind === 'none') {
      coverage.unanswerable(pkg, queries);
      continue;
    }
    if (!isAnotherSight(pkg, words)) coverage.asked(pkg, queries.queries, database);
    const { verdicts, matches: found } = judge.judge(pkg, queries.scheme, queries.queries, owners.has(pkg.purl));
    coverage.compared(pkg, found);
    const hidden = isKernel.has(pkg) ? kernelSuppression(pkg, target, kernels) : undefined;
    // What is hidden there is reported nowhere: it must not hide anything else.
    if (hidden === undefined && owners.has(pkg.purl)) {
      const covered = queries.queries.some(({ stream, role }) => role === 'base' && database.hasStream(stream));
      words.set(pkg.purl, wordOf(pkg.name, covered, verdicts, found));
    }
    if (hidden?.by === 'kernel-in-image' || (hidden !== undefined && target.kind === 'image')) setAside++;
    for (const match of found) matches.push(hidden === undefined ? match : { ...match, suppressed: hidden });
  }
  const eol = target.os === undefined ? undefined : endOfLifeMatch(target.os, options.today);
  if (eol !== undefined) matches.push(eol);
  const settled = matches.map((match) => deferToDistribution(match, words));
  settled.sort((a, b) => compare(a.package.purl, b.package.purl) || compare(a.id, b.id));
  return { matches: settled, problems: coverage.problems(), setAside };
}
