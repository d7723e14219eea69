/**
 * Language packages that the distribution installed: its own verdict on a vulnerability is the better one, because it backports
 * fixes without changing the version that the language package shows.
 */
import type { Match } from '../model/finding.ts';
import type { Package } from '../model/package.ts';
import type { PackageVerdict } from './judge.ts';

/** What the distribution knows of one of its packages: the vulnerabilities it has spoken of, and those it says are open. */
export interface DistributionWord {
  readonly spoken: ReadonlySet<string>;
  readonly open: ReadonlySet<string>;
}

/** Collects the ids that the statements about an operating system package name. */
export function wordOf(verdicts: readonly PackageVerdict[], open: readonly Match[]): DistributionWord {
  const applicable = verdicts.filter(({ statements }) => statements.some(({ outcome }) => outcome.kind !== 'inapplicable'));
  return { spoken: new Set(applicable.map(({ id }) => id)), open: new Set(open.map(({ id }) => id)) };
}

/** Suppresses what an owner has spoken of; everything else stays, because silence is not a verdict. */
export function deferToDistribution(
  match: Match,
  words: ReadonlyMap<string, DistributionWord>,
  owner: (purl: string) => Package | undefined,
): Match {
  const owners = match.package.ownedBy ?? [];
  if (owners.length === 0 || match.suppressed !== undefined) return match;
  const ids = [match.id, ...match.aliases];
  const spoken = owners.flatMap((purl) => {
    const word = words.get(purl);
    const id = word === undefined ? undefined : ids.find((one) => word.spoken.has(one));
    return word === undefined || id === undefined ? [] : [{ purl, id, open: word.open.has(id) }];
  });
  const [first] = spoken;
  if (first === undefined) return match;
  const name = owner(first.purl)?.name ?? first.purl;
  const verdict = spoken.some(({ open }) => open) ? 'reports it for that package' : 'has it fixed or not affected there';
  return {
    ...match,
    suppressed: {
      by: 'distribution-verdict',
      reason: `its files belong to the system package ${name}, and the distribution ${verdict}`,
      rule: `${first.id} of ${first.purl}`,
    },
  };
}
