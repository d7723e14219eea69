/** How records that several files or feeds publish under one id become one. Both implementations of the database use it. */
import type { Advisory, AdvisorySeverity, VulnerabilityFacts } from '../../model/advisory.ts';
import type { PartialFacts } from '../feed.ts';

/** An advisory as the database hands it out: its `affected` are rows, its description is kept apart. */
export type AdvisoryHead = Omit<Advisory, 'affected' | 'description'>;

/** Plain code unit order: the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort(byText);
}

function unionOfSeverities(lists: readonly (readonly AdvisorySeverity[])[]): AdvisorySeverity[] {
  const seen = new Map<string, AdvisorySeverity>();
  for (const { kind, value, source } of lists.flat()) {
    const key = `${source}\n${kind}\n${value}`;
    if (!seen.has(key)) seen.set(key, { kind, value, source });
  }
  return [...seen].sort(([a], [b]) => byText(a, b)).map(([, severity]) => severity);
}

/** By `modified`; those of one time as they were given. */
export function newestFirst<T extends Pick<Advisory, 'modified'>>(records: readonly T[]): readonly T[] {
  return records.toSorted((a, b) => byText(b.modified ?? '', a.modified ?? ''));
}

/** Distributions' updates speak of packages first. */
const OF_DISTRIBUTIONS = /^(?:osv-|amazon$)/;

/**
 * Whose description is the vulnerability's where its facts have none: the record that is named by it (`DEBIAN-CVE-…`), else an advisory
 * about it alone, of an ecosystem rather than of a distribution, else any. They come in their order in the database.
 */
export function describing<T extends { readonly head: AdvisoryHead }>(id: string, advisories: readonly T[]): T | undefined {
  const alone = advisories.filter(({ head }) => head.vulnerabilities.length === 1);
  return (
    alone.find(({ head }) => head.id.endsWith(id)) ??
    alone.find(({ head }) => !OF_DISTRIBUTIONS.test(head.source)) ??
    alone[0] ??
    advisories[0]
  );
}

/**
 * One head from all records with the same id and source: lists are united, everything else is that of the newest record (by
 * `modified`, then the first given) that has it. A single record comes back unchanged but for absent properties.
 */
export function mergeHeads(first: AdvisoryHead, others: readonly AdvisoryHead[]): AdvisoryHead {
  const all = newestFirst([first, ...others]);
  const { id, source, url, kind, modified } = all[0] ?? first;
  const several = others.length > 0;
  const vulnerabilities = several ? union(all.map((head) => head.vulnerabilities)) : first.vulnerabilities;
  const title = all.find((head) => head.title !== undefined)?.title;
  const published = all.find((head) => head.published !== undefined)?.published;
  return {
    id,
    source,
    url,
    vulnerabilities,
    aliases: several ? union(all.map((head) => head.aliases)).filter((alias) => !vulnerabilities.includes(alias)) : first.aliases,
    ...(title === undefined ? {} : { title }),
    ...(published === undefined ? {} : { published }),
    ...(modified === undefined ? {} : { modified }),
    kind,
    severities: several ? unionOfSeverities(all.map((head) => head.severities)) : first.severities,
    cwes: several ? union(all.map((head) => head.cwes)) : first.cwes,
  };
}

const EXPLOITATION = ['none', 'poc', 'active'] as const;

/** Facts of one id from all feeds, in feed order: the first text wins, the newest EPSS, the gravest exploitation; lists are united. */
export function mergeFacts(first: PartialFacts, others: readonly PartialFacts[]): VulnerabilityFacts {
  const all = [first, ...others];
  const title = all.find((facts) => facts.title !== undefined)?.title;
  const published = all.find((facts) => facts.published !== undefined)?.published;
  const kev = all.find((facts) => facts.kev !== undefined)?.kev;
  const exploitation =
    EXPLOITATION[Math.max(...all.map((facts) => (facts.exploitation ? EXPLOITATION.indexOf(facts.exploitation) : -1)))];
  let epss: VulnerabilityFacts['epss'];
  for (const facts of all) {
    if (facts.epss === undefined) continue;
    if (epss === undefined || facts.epss.date > epss.date || (facts.epss.date === epss.date && epss.percentile === undefined))
      epss = facts.epss;
  }
  return {
    id: first.id,
    ...(title === undefined ? {} : { title }),
    ...(published === undefined ? {} : { published }),
    severities: unionOfSeverities(all.map((facts) => facts.severities ?? [])),
    cwes: union(all.map((facts) => facts.cwes ?? [])),
    ...(epss === undefined ? {} : { epss }),
    ...(kev === undefined ? {} : { kev }),
    exploits: union(all.map((facts) => facts.exploits ?? [])),
    ...(exploitation === undefined ? {} : { exploitation }),
    ...(all.some((facts) => facts.rejected === true) ? { rejected: true } : {}),
  };
}
