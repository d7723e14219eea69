/** Drafts by ecosystem, and the marks that follow from what a project's manifests ask for. */
import type { PackageDraft } from './cataloger.ts';
import { reachable } from './draft-graph.ts';
import { purlOf } from './purl.ts';

/** What a cataloger adds to a package's name and version. */
export type DraftMarks = Partial<Pick<PackageDraft, 'root' | 'direct' | 'development' | 'licenses' | 'paths' | 'dependsOn'>>;

/** `@scope/name` or `name`. */
export function npmDraft(name: string, version: string, marks: DraftMarks = {}): PackageDraft {
  const slash = name.startsWith('@') ? name.indexOf('/') : -1;
  const namespace = slash > 0 ? name.slice(0, slash) : undefined;
  const purl = purlOf({ type: 'npm', namespace, name: name.slice(slash + 1), version });
  return { purl, type: 'npm', ...(namespace === undefined ? {} : { namespace }), name, version, ...marks };
}

/** PEP 503: runs of `-`, `_` and `.` are one dash, lower case. The name by which Python indexes and advisories know a package. */
export function pypiName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** The name as written; the purl carries its PEP 503 form. */
export function pypiDraft(name: string, version: string, marks: DraftMarks = {}): PackageDraft {
  return { purl: purlOf({ type: 'pypi', name: pypiName(name), version }), type: 'pypi', name, version, ...marks };
}

/**
 * `group:artifact`. Without a group id the name is the artifact alone and there is no namespace: such a package cannot be
 * matched by name with certainty, and matching answers *unknown* for it.
 */
export function mavenDraft(group: string | undefined, artifact: string, version: string, marks: DraftMarks = {}): PackageDraft {
  const purl = purlOf({ type: 'maven', namespace: group, name: artifact, version });
  const base = { purl, type: 'maven', version, ...marks } as const;
  return group ? { ...base, namespace: group, name: `${group}:${artifact}` } : { ...base, name: artifact };
}

/** What a manifest asks for: the purl that answers it, and whether only for development. */
export interface Want {
  readonly purl: string;
  readonly development?: boolean;
}

/**
 * Marks what manifests ask for as direct, and what only development asks for (over any number of steps) as development.
 * The project's own packages are not walked through: each of them states its wants itself.
 */
export function markWanted(drafts: readonly PackageDraft[], wants: readonly Want[]): PackageDraft[] {
  const used = drafts.filter((draft) => draft.root !== true);
  const direct = new Set(wants.map((want) => want.purl));
  const from = (development: boolean) =>
    reachable(
      used,
      wants.filter((want) => (want.development === true) === development).map((want) => want.purl),
    );
  const production = from(false);
  const development = from(true);
  return drafts.map((draft) => {
    if (draft.root === true) return draft;
    return {
      ...draft,
      ...(direct.has(draft.purl) ? { direct: true } : {}),
      ...(development.has(draft.purl) && !production.has(draft.purl) ? { development: true } : {}),
    };
  });
}
