/** Why a target is, or is not, affected by a vulnerability: every comparison that was made, and what hid the result. */
import { queriesFor, releaseOf, type StreamQuery } from '../advisories/streams/index.ts';
import { isOsPackage } from '../inventory/os-packages.ts';
import type { Advisory, AdvisoryDatabase, KeyedRange, VersionRange, VulnerabilityFacts } from '../model/advisory.ts';
import type { Match } from '../model/finding.ts';
import type { Inventory, Package } from '../model/package.ts';
import { schemeById } from '../versions/registry.ts';
import { type Statement, statementsOf } from './judge.ts';
import { matchInventory } from './match.ts';
import { applySuppressions, type SuppressionRule } from './suppress.ts';

/** One range of an advisory against one version. */
export interface Comparison {
  readonly range: VersionRange;
  /** `below`: older than everything affected; `above`: at or beyond the fix. */
  readonly outcome: 'inside' | 'below' | 'above' | 'not-comparable';
  /** Version keys with bytes beyond ASCII as `\xNN`: their text order is the order of versions. */
  readonly low?: string;
  readonly high?: string;
}

export interface ExplainedRow {
  readonly advisory: string;
  readonly source: string;
  readonly url: string;
  readonly stream: string;
  readonly name: string;
  readonly by: 'source' | 'binary';
  readonly role: StreamQuery['role'];
  readonly channel?: string;
  readonly version: string;
  readonly scheme: string;
  /** Key of the version; absent when it is no version of the scheme. */
  readonly key?: string;
  readonly status: string;
  readonly note?: string;
  readonly outcome: Statement['outcome']['kind'];
  readonly because?: string;
  readonly comparisons: readonly Comparison[];
}

export interface ExplainedPackage {
  readonly purl: string;
  readonly locations: Package['locations'];
  readonly rows: readonly ExplainedRow[];
  /** The finding, when there is one; `suppressed` tells what hid it. */
  readonly finding?: Pick<Match, 'id' | 'status' | 'fixedVersions' | 'suppressed'>;
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
  readonly verdict: 'unknown-vulnerability' | 'no-target' | 'rejected' | 'affected' | 'hidden' | 'not-affected';
  /** In sentences, the most telling first. */
  readonly because: readonly string[];
}

export interface ExplainOptions {
  readonly today: string;
  readonly rules?: readonly SuppressionRule[];
}

/** Bytes of a key as something that can be read and compared by eye. */
function printable(key: string): string {
  return key.replace(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function compareWith(range: KeyedRange, key: string | undefined): Comparison {
  const { introduced, fixed, lastAffected, low, high } = range;
  const shown = {
    range: {
      ...(introduced === undefined ? {} : { introduced }),
      ...(fixed === undefined ? {} : { fixed }),
      ...(lastAffected === undefined ? {} : { lastAffected }),
    },
    ...(low === undefined ? {} : { low: printable(low) }),
    ...(high === undefined ? {} : { high: printable(high) }),
  };
  if (low === undefined && high === undefined) return { ...shown, outcome: 'inside' };
  if (key === undefined) return { ...shown, outcome: 'not-comparable' };
  if (low !== undefined && key < low) return { ...shown, outcome: 'below' };
  const beyond = high !== undefined && (fixed === undefined ? key > high : key >= high);
  return { ...shown, outcome: beyond ? 'above' : 'inside' };
}

function explainRow({ query, row, advisory, outcome }: Statement, schemeId: string, key: string | undefined): ExplainedRow {
  return {
    advisory: advisory.id,
    source: advisory.source,
    url: advisory.url,
    stream: query.stream,
    name: query.name,
    by: query.by,
    role: query.role,
    ...(query.channel === undefined ? {} : { channel: query.channel }),
    version: query.version,
    scheme: schemeId,
    ...(key === undefined ? {} : { key: printable(key) }),
    status: row.status,
    ...(row.note === undefined ? {} : { note: row.note }),
    outcome: outcome.kind,
    ...('because' in outcome ? { because: outcome.because } : {}),
    comparisons: row.ranges.map((range) => compareWith(range, key)),
  };
}

function isAbout(advisory: Omit<Advisory, 'affected'>, ids: ReadonlySet<string>): boolean {
  return [advisory.id, ...advisory.vulnerabilities, ...advisory.aliases].some((id) => ids.has(id));
}

function explainPackage(
  pkg: Package,
  inventory: Inventory,
  database: AdvisoryDatabase,
  ids: ReadonlySet<string>,
  matches: readonly Match[],
): ExplainedPackage | undefined {
  const queries = queriesFor(pkg, inventory.target.os);
  if (queries.kind === 'none') return undefined;
  const about = statementsOf(pkg, queries.scheme, queries.queries, database).filter(({ advisory }) => isAbout(advisory, ids));
  if (about.length === 0) return undefined;
  const rows = about.map((statement) => {
    const key = schemeById(queries.scheme)?.key(statement.query.version);
    return explainRow(statement, queries.scheme, key?.ok === true ? key.value : undefined);
  });
  const found = matches.find(
    (match) => match.package.purl === pkg.purl && [match.id, ...match.aliases].some((id) => ids.has(id)),
  );
  const finding =
    found === undefined
      ? undefined
      : {
          id: found.id,
          status: found.status,
          fixedVersions: found.fixedVersions,
          ...(found.suppressed === undefined ? {} : { suppressed: found.suppressed }),
        };
  return {
    purl: pkg.purl,
    locations: pkg.locations,
    rows,
    ...(finding === undefined ? {} : { finding }),
    verdict: finding === undefined ? 'not-affected' : finding.suppressed === undefined ? 'affected' : 'hidden',
  };
}

/** `cve-2021-1` and `CVE-2021-1` are one id; GHSA ids are lower case after their prefix. */
function canonicalId(id: string): string {
  const trimmed = id.trim();
  if (/^cve-/i.test(trimmed)) return trimmed.toUpperCase();
  return /^ghsa-/i.test(trimmed) ? `GHSA${trimmed.slice(4).toLowerCase()}` : trimmed;
}

function whyNothing(advisories: readonly KnownAdvisory[], inventory: Inventory): string[] {
  const { os } = inventory.target;
  const because: string[] = [];
  const named = new Set(advisories.flatMap(({ affected }) => affected.map(({ name }) => name)));
  const present = inventory.packages.filter((pkg) => named.has(pkg.name) || named.has(pkg.source?.name ?? ''));
  const streams = [...new Set(advisories.flatMap(({ affected }) => affected.map(({ stream }) => stream)))].sort();
  if (present.length === 0) {
    because.push(
      `None of the packages that its advisories name is in the target: ${[...named].sort().slice(0, 10).join(', ')}${named.size > 10 ? ' …' : ''}.`,
    );
  } else {
    const shown = present.slice(0, 5).map(({ name, version }) => `${name} ${version}`);
    because.push(
      `The target has ${shown.join(', ')}, but the advisories are for other streams: ${streams.slice(0, 10).join(', ')}${streams.length > 10 ? ' …' : ''}.`,
    );
  }
  const release = os === undefined ? undefined : releaseOf(os);
  if (release !== undefined && !streams.some((stream) => stream.startsWith(`${release.distribution}/`)))
    because.push(`No advisory of ${release.distribution} names it: for system packages that means unknown, not safe.`);
  return because;
}

function decide(
  packages: readonly ExplainedPackage[],
  advisories: readonly KnownAdvisory[],
  inventory: Inventory,
): Pick<Explanation, 'verdict' | 'because'> {
  const affected = packages.filter(({ verdict }) => verdict === 'affected');
  const hidden = packages.filter(({ verdict }) => verdict === 'hidden');
  const incomplete = inventory.problems.filter(({ effect }) => effect === 'incomplete').length;
  const caution = incomplete > 0 ? [`${incomplete} parts of the target could not be read: this holds for the rest.`] : [];
  if (affected.length > 0)
    return { verdict: 'affected', because: [`${affected.length} of ${packages.length} packages it names are affected.`] };
  if (hidden.length > 0) {
    const reasons = [...new Set(hidden.flatMap(({ finding }) => finding?.suppressed?.reason ?? []))];
    return { verdict: 'hidden', because: [`It matched and was hidden: ${reasons.join('; ')}.`, ...caution] };
  }
  if (packages.length === 0) return { verdict: 'not-affected', because: [...whyNothing(advisories, inventory), ...caution] };
  return { verdict: 'not-affected', because: ['The versions found lie outside of every affected range.', ...caution] };
}

/** Explains one vulnerability, by any of its names, for an inventory or without one. */
export function explainVulnerability(
  id: string,
  database: AdvisoryDatabase,
  inventory: Inventory | undefined,
  options: ExplainOptions,
): Explanation {
  const wanted = canonicalId(id);
  const facts = database.facts(wanted);
  const advisories = database
    .advisoriesFor(wanted)
    .map((reference) => ({ ...database.advisory(reference), affected: database.affectedBy(reference) }));
  const base = {
    id: wanted,
    known: facts !== undefined || advisories.length > 0,
    ...(facts === undefined ? {} : { facts }),
    advisories,
    ...(inventory === undefined ? {} : { target: inventory.target }),
  };
  if (!base.known) {
    const because = ['No source in the advisory database knows this id. "vedette db status" shows how old they are.'];
    return { ...base, packages: [], verdict: 'unknown-vulnerability', because };
  }
  if (inventory === undefined)
    return { ...base, packages: [], verdict: 'no-target', because: ['Give --target to ask about one.'] };
  const { today, rules = [] } = options;
  const ids = new Set([wanted]);
  // Advisories without a CVE are one vulnerability with their aliases.
  if (!wanted.startsWith('CVE-'))
    for (const one of advisories) if (one.id === wanted) for (const alias of one.vulnerabilities) ids.add(alias);
  const matched = matchInventory(inventory, database, { today });
  const { matches } = applySuppressions(matched.matches, rules, { today });
  const packages = inventory.packages.flatMap((pkg) => explainPackage(pkg, inventory, database, ids, matches) ?? []);
  if (facts?.rejected === true) {
    return { ...base, packages, verdict: 'rejected', because: ['Its authority has rejected the id: it is never a finding.'] };
  }
  const system = packages.filter(({ purl }) => isOsPackage(purl.slice(4, purl.indexOf('/'))));
  const ordered = [...system, ...packages.filter((pkg) => !system.includes(pkg))];
  return { ...base, packages: ordered, ...decide(ordered, advisories, inventory) };
}
