/** Why a target is, or is not, affected by a vulnerability: every comparison that was made, and what hid the result. */
import { queriesFor } from '../advisories/streams/index.ts';
import { isOsPackage } from '../inventory/os-packages.ts';
import type { Advisory, AdvisoryDatabase, VulnerabilityFacts } from '../model/advisory.ts';
import type { Match } from '../model/finding.ts';
import type { Inventory, Package } from '../model/package.ts';
import { type ExplainedRow, explainRow } from './explain-row.ts';
import { type NotJudged, namesakes, whyNotJudged, whyNotReached } from './explain-why.ts';
import { Identities } from './identity.ts';
import { decisive, type PackageVerdict, type Statement, statementsOf, verdictsOf } from './judge.ts';
import { matchInventory } from './match.ts';
import { applySuppressions, type SuppressionRule } from './suppress.ts';

export interface ExplainedPackage {
  readonly purl: string;
  readonly locations: Package['locations'];
  readonly rows: readonly ExplainedRow[];
  /** The findings, of which an advisory about two CVEs has two; `suppressed` tells what hid one. */
  readonly findings: readonly Pick<Match, 'id' | 'status' | 'fixedVersions' | 'suppressed'>[];
  readonly verdict: 'affected' | 'hidden' | 'not-affected';
}

export interface KnownAdvisory extends Omit<Advisory, 'affected'> {
  readonly affected: readonly { readonly stream: string; readonly name: string }[];
}

export interface Explanation {
  readonly id: string;
  readonly known: boolean;
  readonly facts?: VulnerabilityFacts;
  readonly advisories: readonly KnownAdvisory[];
  readonly target?: Inventory['target'];
  readonly packages: readonly ExplainedPackage[];
  /** Packages by names that the advisories use, which could not be judged. */
  readonly notJudged: readonly NotJudged[];
  /** `unknown`: packages by such names are there, and nothing says whether they are affected. */
  readonly verdict: 'unknown-vulnerability' | 'no-target' | 'rejected' | 'affected' | 'hidden' | 'unknown' | 'not-affected';
  /** In sentences, the most telling first. */
  readonly because: readonly string[];
}

export interface ExplainOptions {
  /** ISO date. */
  readonly today: string;
  readonly rules?: readonly SuppressionRule[];
}

/** What the verdicts made of each statement. */
function weigh(verdicts: readonly PackageVerdict[], distribution: boolean): ReadonlyMap<Statement, ExplainedRow['weight']> {
  const weights = new Map<Statement, ExplainedRow['weight']>();
  for (const verdict of verdicts) {
    const { affected, fix } = decisive(verdict, distribution);
    for (const statement of verdict.statements) {
      const { outcome, row } = statement;
      if (affected.includes(statement)) weights.set(statement, 'decides');
      else if (statement === fix && affected.length > 0) weights.set(statement, 'gives-fix');
      else if (outcome.kind === 'affected' && row.status !== 'not-affected') weights.set(statement, 'overruled');
    }
  }
  return weights;
}

function verdictOf(findings: ExplainedPackage['findings']): ExplainedPackage['verdict'] {
  if (findings.length === 0) return 'not-affected';
  return findings.some(({ suppressed }) => suppressed === undefined) ? 'affected' : 'hidden';
}

function explainPackage(
  pkg: Package,
  inventory: Inventory,
  database: AdvisoryDatabase,
  ids: ReadonlySet<string>,
  identities: Identities,
  matches: readonly Match[],
): ExplainedPackage | undefined {
  const queries = queriesFor(pkg, inventory.target.os);
  if (queries.kind === 'none') return undefined;
  const { scheme } = queries;
  const statements = statementsOf(pkg, scheme, queries.queries, database);
  const verdicts = verdictsOf(statements, identities).filter(({ id }) => ids.has(id));
  if (verdicts.length === 0) return undefined;
  const weights = weigh(verdicts, isOsPackage(pkg.type));
  const named = new Set(verdicts.flatMap((verdict) => verdict.statements));
  const about = statements.filter((statement) => named.has(statement));
  const findings = matches
    .filter((match) => match.package.purl === pkg.purl && ids.has(match.id))
    .map(({ id, status, fixedVersions, suppressed }) => ({
      id,
      status,
      fixedVersions,
      ...(suppressed === undefined ? {} : { suppressed }),
    }));
  return {
    purl: pkg.purl,
    locations: pkg.locations,
    rows: about.map((statement) => explainRow(statement, scheme, weights.get(statement))),
    findings,
    verdict: verdictOf(findings),
  };
}

/** `cve-2021-1` and `CVE-2021-1` are one id; GHSA ids are lower case after their prefix. */
function canonicalId(id: string): string {
  const trimmed = id.trim();
  if (/^cve-/i.test(trimmed)) return trimmed.toUpperCase();
  return /^ghsa-/i.test(trimmed) ? `GHSA${trimmed.slice(4).toLowerCase()}` : trimmed;
}

/** Facts of the id, or of the only vulnerability that advisories of that id are about. */
function factsOf(id: string, advisories: readonly KnownAdvisory[], database: AdvisoryDatabase): VulnerabilityFacts | undefined {
  const own = database.facts(id);
  if (own !== undefined) return own;
  const others = new Set(advisories.filter((one) => one.id === id).flatMap(({ vulnerabilities }) => vulnerabilities));
  const [only] = others;
  return only === undefined || others.size > 1 ? undefined : database.facts(only);
}

type Decision = Pick<Explanation, 'verdict' | 'because' | 'notJudged'>;

function decide(
  packages: readonly ExplainedPackage[],
  advisories: readonly KnownAdvisory[],
  inventory: Inventory,
  database: AdvisoryDatabase,
): Decision {
  const named = advisories.flatMap(({ affected }) => affected);
  const others = namesakes(named, inventory, new Set(packages.map(({ purl }) => purl)));
  const { notJudged } = others;
  const incomplete = inventory.problems.filter(({ effect }) => effect === 'incomplete').length;
  const caution = incomplete > 0 ? [`${incomplete} parts of the target could not be read: this holds for the rest.`] : [];
  const also = [...whyNotJudged(notJudged), ...caution];
  const affected = packages.filter(({ verdict }) => verdict === 'affected');
  if (affected.length > 0) {
    const because = `${affected.length} of ${packages.length} packages it names are affected.`;
    return { verdict: 'affected', because: [because, ...also], notJudged };
  }
  const hidden = packages.filter(({ verdict }) => verdict === 'hidden');
  if (hidden.length > 0) {
    const reasons = new Set(hidden.flatMap(({ findings }) => findings.flatMap(({ suppressed }) => suppressed?.reason ?? [])));
    return { verdict: 'hidden', because: [`It matched and was hidden: ${[...reasons].join('; ')}.`, ...also], notJudged };
  }
  if (packages.length > 0) {
    const because = packages.some(({ rows }) => rows.some(({ weight }) => weight === 'overruled'))
      ? 'A fix that is installed, or an advisory that says so, speaks against it.'
      : 'The versions found lie outside of every affected range.';
    return { verdict: notJudged.length > 0 ? 'unknown' : 'not-affected', because: [because, ...also], notJudged };
  }
  const because = [...whyNotReached(named, others, inventory, database), ...caution];
  const system = others.elsewhere.some(({ pkg }) => isOsPackage(pkg.type));
  return { verdict: notJudged.length > 0 || system || named.length === 0 ? 'unknown' : 'not-affected', because, notJudged };
}

/** Explains one vulnerability, by any of its names, for an inventory or without one. */
export function explainVulnerability(
  id: string,
  database: AdvisoryDatabase,
  inventory: Inventory | undefined,
  options: ExplainOptions,
): Explanation {
  const wanted = canonicalId(id);
  const advisories = database
    .advisoriesFor(wanted)
    .map((reference) => ({ ...database.advisory(reference), affected: database.affectedBy(reference) }));
  const facts = factsOf(wanted, advisories, database);
  const base = {
    id: wanted,
    known: facts !== undefined || advisories.length > 0,
    ...(facts === undefined ? {} : { facts }),
    advisories,
    ...(inventory === undefined ? {} : { target: inventory.target }),
    packages: [],
    notJudged: [],
  };
  if (!base.known) {
    const because = ['No source in the advisory database knows this id. "vedette db status" shows how old they are.'];
    return { ...base, verdict: 'unknown-vulnerability', because };
  }
  if (inventory === undefined) return { ...base, verdict: 'no-target', because: ['Give --target to ask about one.'] };
  const { today, rules = [] } = options;
  const identities = new Identities(database);
  const own = advisories.filter((one) => one.id === wanted).flatMap(({ vulnerabilities }) => vulnerabilities);
  // Findings have the ids that this one stands for.
  const ids = new Set([wanted, ...own].flatMap((name) => identities.of(name)));
  const matched = matchInventory(inventory, database, { today });
  const { matches } = applySuppressions(matched.matches, rules, { today });
  const explained = inventory.packages.flatMap((pkg) => explainPackage(pkg, inventory, database, ids, identities, matches) ?? []);
  const system = explained.filter(({ purl }) => isOsPackage(purl.slice(4, purl.indexOf('/'))));
  const packages = [...system, ...explained.filter((pkg) => !system.includes(pkg))];
  if (facts?.rejected === true) {
    return { ...base, packages, verdict: 'rejected', because: ['Its authority has rejected the id: it is never a finding.'] };
  }
  return { ...base, packages, ...decide(packages, advisories, inventory, database) };
}
