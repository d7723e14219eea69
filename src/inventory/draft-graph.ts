/** Collects the packages of one document and its edges, which name packages by the format's own keys. */
import type { PackageDraft } from './cataloger.ts';

export interface DraftGraph {
  /** Adds a package; the same purl again is merged into it. The first package of a key keeps it. */
  add(draft: PackageDraft, ...keys: string[]): void;
  /** `from` (a purl) depends on whatever has this key, if anything has. */
  edge(from: string, key: string): void;
  has(key: string): boolean;
  /** All packages in order of their addition, with sorted `dependsOn`. */
  drafts(): PackageDraft[];
}

/** The same package said twice: marks add up, and it is for development only when both say so. */
function mergeDrafts(a: PackageDraft, b: PackageDraft): PackageDraft {
  const development = a.development === true && b.development === true;
  const dependsOn =
    a.dependsOn === undefined ? b.dependsOn : b.dependsOn === undefined ? a.dependsOn : sortedUnion(a.dependsOn, b.dependsOn);
  const { development: _, ...rest } = { ...b, ...a };
  return {
    ...rest,
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(a.root || b.root ? { root: true } : {}),
    ...(a.direct || b.direct ? { direct: true } : {}),
    ...(development ? { development: true } : {}),
  };
}

function sortedUnion(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort();
}

export function draftGraph(): DraftGraph {
  const byPurl = new Map<string, PackageDraft>();
  const byKey = new Map<string, string>();
  const edges = new Map<string, Set<string>>();
  return {
    add(draft, ...keys) {
      const known = byPurl.get(draft.purl);
      byPurl.set(draft.purl, known === undefined ? draft : mergeDrafts(known, draft));
      for (const key of keys) if (!byKey.has(key)) byKey.set(key, draft.purl);
    },
    edge(from, key) {
      const list = edges.get(from);
      if (list === undefined) edges.set(from, new Set([key]));
      else list.add(key);
    },
    has: (key) => byKey.has(key),
    drafts() {
      return [...byPurl.values()].map((draft) => {
        const targets = new Set(draft.dependsOn ?? []);
        for (const key of edges.get(draft.purl) ?? []) {
          const target = byKey.get(key);
          if (target !== undefined && target !== draft.purl) targets.add(target);
        }
        return targets.size === 0 ? draft : { ...draft, dependsOn: [...targets].sort() };
      });
    },
  };
}

/** The purls that can be reached from `roots` over `dependsOn`, roots included. */
export function reachable(drafts: readonly PackageDraft[], roots: Iterable<string>): Set<string> {
  const next = new Map(drafts.map((draft) => [draft.purl, draft.dependsOn ?? []]));
  const seen = new Set(roots);
  const queue = [...seen];
  for (let purl = queue.pop(); purl !== undefined; purl = queue.pop()) {
    for (const target of next.get(purl) ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      queue.push(target);
    }
  }
  return seen;
}
