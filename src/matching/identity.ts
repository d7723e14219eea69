/**
 * Which vulnerability an id stands for. A CVE id stands for itself and for nothing else; other ids (GHSA, PYSEC, GO, RUSTSEC …) stand
 * for the CVE ids that the database ties them to, or else, with their aliases, for one vulnerability under one of those ids. The
 * answer depends on the database alone, so that every package gets the same id.
 */
import type { Advisory, AdvisoryDatabase } from '../model/advisory.ts';

type Head = Omit<Advisory, 'affected'>;

/** Names that are followed from one id; hostile records may be chained without end. */
const MAX_NAMES = 1000;

export function isCve(id: string): boolean {
  return id.startsWith('CVE-');
}

/** GHSA ids first, then by text. */
function byPreference(a: string, b: string): number {
  const rank = Number(b.startsWith('GHSA-')) - Number(a.startsWith('GHSA-'));
  return rank || (a < b ? -1 : a > b ? 1 : 0);
}

export class Identities {
  readonly #database: Pick<AdvisoryDatabase, 'advisory' | 'advisoriesFor' | 'facts'>;
  readonly #known = new Map<string, readonly string[]>();

  constructor(database: Pick<AdvisoryDatabase, 'advisory' | 'advisoriesFor' | 'facts'>) {
    this.#database = database;
  }

  /** Ids that findings of this vulnerability have: one, or several when advisories tie it to several CVE ids. Never empty. */
  of(id: string): readonly string[] {
    if (isCve(id)) return [id];
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { names, ids, tied } = this.#family(id);
    const cves = this.#cvesOf(names, tied);
    const [best = id] = [...ids].sort(byPreference);
    const answer = cves.length > 0 ? cves : [best];
    this.#known.set(id, answer);
    return answer;
  }

  /** Everything that advisories without a CVE id call the same, and the advisories with one that name any of it. */
  #family(id: string): { names: ReadonlySet<string>; ids: ReadonlySet<string>; tied: readonly Head[] } {
    const names = new Set([id]);
    const ids = new Set([id]);
    const seen = new Set<number>();
    const tied: Head[] = [];
    // The set grows while it is walked.
    for (const name of names) {
      for (const reference of this.#database.advisoriesFor(name)) {
        if (seen.has(reference)) continue;
        seen.add(reference);
        const head = this.#database.advisory(reference);
        const same = [head.id, ...head.vulnerabilities, ...head.aliases];
        if (same.some(isCve)) {
          tied.push(head);
          continue;
        }
        // What is about several vulnerabilities does not make them one.
        if (head.vulnerabilities.length !== 1) continue;
        for (const one of head.vulnerabilities) ids.add(one);
        if (names.size < MAX_NAMES) for (const one of same) names.add(one);
      }
    }
    return { names, ids, tied };
  }

  /** What a record says of its own id weighs most; then advisories about one CVE; then those about several. */
  #cvesOf(names: ReadonlySet<string>, tied: readonly Head[]): readonly string[] {
    const cves = (heads: readonly Head[]) => {
      const all = heads.flatMap(({ id, vulnerabilities, aliases }) => {
        const own = [id, ...vulnerabilities].filter(isCve);
        return own.length > 0 ? own : aliases.filter(isCve);
      });
      return [...new Set(all)].filter((cve) => this.#database.facts(cve)?.rejected !== true).sort();
    };
    const groups = [
      tied.filter(({ id }) => names.has(id)),
      tied.filter(({ vulnerabilities }) => vulnerabilities.length === 1),
      tied,
    ];
    return groups.map(cves).find((found) => found.length > 0) ?? [];
  }
}
