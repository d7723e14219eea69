/** An advisory database in which some names changed, as an update changes them: for measuring what follows, without compiling one. */
import type { FileDatabase } from '../../src/advisories/database/index.ts';
import type { AdvisoryDatabase, AffectedRow } from '../../src/model/advisory.ts';

interface Name {
  readonly stream: string;
  readonly name: string;
}

/** References above those of any real database. */
const OWN = 1 << 30;

/**
 * What happens to ten names: one gets an advisory that affects every version, two one that affects the same versions as the newest
 * known one, in six the newest says something else of the same versions, and in one it is withdrawn.
 */
export function changedDatabase(base: FileDatabase, names: readonly Name[], builtAt: string): FileDatabase {
  const changed = new Map(names.map(({ stream, name }, index) => [`${stream}\n${name}`, index]));
  const fresh = (index: number, row: AffectedRow | undefined): AffectedRow => ({
    ...(row ?? { status: 'affected', names: 'binary', ranges: [{ introduced: '0' }], versionKeys: [], unaffectedKeys: [] }),
    advisory: OWN + index,
  });
  // No two changes speak of the same vulnerability.
  const idOf = (index: number): string => `CVE-2026-${names.length}${String(index).padStart(6, '0')}`;
  const lookup: AdvisoryDatabase['lookup'] = (stream, name) => {
    const rows = base.lookup(stream, name);
    const index = changed.get(`${stream}\n${name}`);
    const last = rows.at(-1);
    if (index === undefined) return rows;
    if (last === undefined || index % 10 === 0) {
      const open: Partial<AffectedRow> = {
        status: 'affected',
        ranges: [{ introduced: '0' }],
        versionKeys: [],
        unaffectedKeys: [],
      };
      return [...rows, fresh(index, last && { ...last, ...open })];
    }
    if (index % 10 <= 2) return [...rows, fresh(index, last)];
    return index % 10 <= 8 ? [...rows.slice(0, -1), { ...last, note: 'changed' }] : rows.slice(0, -1);
  };
  return {
    info: { ...base.info, builtAt },
    problems: base.problems,
    hasStream: (stream) => base.hasStream(stream),
    lookup,
    advisory: (reference) =>
      reference < OWN
        ? base.advisory(reference)
        : {
            id: idOf(reference - OWN),
            source: 'benchmark',
            url: 'https://advisories.example/',
            vulnerabilities: [idOf(reference - OWN)],
            aliases: [],
            kind: 'vulnerability',
            severities: [],
            cwes: [],
          },
    facts: (id) => base.facts(id),
    description: (id) => base.description(id),
    advisoriesFor: (id) => base.advisoriesFor(id),
    affectedBy: (reference) => (reference < OWN ? base.affectedBy(reference) : []),
    streams: () => base.streams(),
    *groups() {
      for (const group of base.groups()) {
        const isChanged = changed.has(`${group.stream}\n${group.name}`);
        yield isChanged ? { ...group, hash: `${group.hash} changed` } : group;
      }
    },
    close: () => base.close(),
  };
}
