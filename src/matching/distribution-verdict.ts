/**
 * Language packages that the distribution installed: its own verdict on a vulnerability is the better one, because it backports
 * fixes without changing the version that the language package shows.
 */
import type { Match } from '../model/finding.ts';
import type { Package } from '../model/package.ts';
import { isCve } from './identity.ts';
import type { PackageVerdict, Statement } from './judge.ts';

/** What the distribution knows of one of its packages: the vulnerabilities it has spoken of, and those it says are open. */
export interface DistributionWord {
  readonly name: string;
  /** The database has the base stream that it is judged by. */
  readonly covered: boolean;
  readonly spoken: ReadonlySet<string>;
  readonly open: ReadonlySet<string>;
}

/** Whether a statement is about the package's version at all: "not affected" of another version is not. */
function isTold({ row, outcome }: Statement): boolean {
  return row.status === 'not-affected' ? outcome.kind === 'affected' : outcome.kind !== 'inapplicable';
}

/** Collects the vulnerabilities that were spoken of; `matches` are all of the package's. What could not be compared is no word. */
export function wordOf(
  name: string,
  covered: boolean,
  verdicts: readonly PackageVerdict[],
  matches: readonly Match[],
): DistributionWord {
  const statuses = new Map(matches.map(({ id, status }) => [id, status]));
  const spoken = verdicts.filter(({ id, statements }) => statuses.get(id) !== 'not-comparable' && statements.some(isTold));
  return { name, covered, spoken: new Set(spoken.map(({ id }) => id)), open: new Set(statuses.keys()) };
}

function belongingTo(names: readonly string[]): string {
  return names.length === 1 ? `the system package ${names[0]}` : `the system packages ${names.slice(0, 5).join(', ')}`;
}

/**
 * Whether a program that was recognised by its version string is only another sight of system packages whose distribution the
 * database covers: unlike a language package it has no name in an ecosystem of its own.
 */
export function isAnotherSight({ type, ownedBy = [] }: Package, words: ReadonlyMap<string, DistributionWord>): boolean {
  return type === 'generic' && ownedBy.length > 0 && ownedBy.every((purl) => words.get(purl)?.covered === true);
}

/**
 * Suppresses what every owner has spoken of; everything else stays, because silence is not a verdict: with several owners each has
 * some of the package's places.
 */
export function deferToDistribution(match: Match, words: ReadonlyMap<string, DistributionWord>): Match {
  const owners = match.package.ownedBy ?? [];
  if (owners.length === 0 || match.suppressed !== undefined) return match;
  if (isAnotherSight(match.package, words)) {
    const names = owners.flatMap((purl) => words.get(purl)?.name ?? []);
    const reason = `it is a program of ${belongingTo(names)}, judged by the distribution's own advisories`;
    return { ...match, suppressed: { by: 'distribution-verdict', reason, rule: `program of ${owners[0]}` } };
  }
  // Another CVE among the aliases is another vulnerability.
  const ids = isCve(match.id) ? [match.id] : [match.id, ...match.aliases];
  const said = owners.flatMap((purl) => {
    const word = words.get(purl);
    const id = word === undefined ? undefined : ids.find((one) => word.spoken.has(one));
    return word === undefined || id === undefined ? [] : [{ purl, id, name: word.name, open: word.open.has(id) }];
  });
  const telling = said.find(({ open }) => open) ?? said[0];
  if (telling === undefined || said.length < owners.length) return match;
  const belongs = belongingTo(said.map(({ name }) => name));
  const verdict = telling.open ? 'reports it for that package' : 'has it fixed or not affected there';
  return {
    ...match,
    suppressed: {
      by: 'distribution-verdict',
      reason: `its files belong to ${belongs}, and the distribution ${verdict}`,
      rule: `${telling.id} of ${telling.purl}`,
    },
  };
}
