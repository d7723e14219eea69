/** The contract of a cataloger. One folder per cataloger under `catalogers/`, listed in `registry.ts`, checked by `registry.test.ts`. */
import type { FileContent } from '../artifacts/file.ts';
import type { OperatingSystem, Package, PackageEvidence, PackageType } from '../model/package.ts';
import type { Problem } from '../model/problem.ts';

/**
 * Which files a cataloger wants, as data, so that all patterns of all catalogers compile into one classifier.
 * `where` refines a hit on the full path (no leading slash); keep it linear-time.
 */
export type FilePattern =
  /** File name equals (case-sensitive). */
  | { readonly basename: string; readonly where?: RegExp }
  /** File name ends with, case-insensitive, with the dot: `.jar`. */
  | { readonly extension: string; readonly where?: RegExp }
  /** Whole path equals; also found when a symlink leads there. */
  | { readonly path: string }
  /** Directly or deeper in this directory (no trailing slash). */
  | { readonly under: string; readonly where?: RegExp }
  /** Regular file with an execute bit or a shared-library name that starts with an ELF, PE or Mach-O magic. */
  | { readonly executable: true; readonly where?: RegExp };

/** A package as a cataloger reports it; the pipeline fills in locations, purl ownership and `foundBy`. */
export interface PackageDraft extends Omit<Package, 'locations' | 'foundBy' | 'ownedBy' | 'evidence'> {
  /** Places other than the file itself, e.g. `app.war!/WEB-INF/lib/a.jar`. */
  readonly paths?: readonly string[];
}

/** What one file says. Plain data (structured-cloneable, JSON-safe): it crosses threads and is cached per layer. */
export interface Extract {
  readonly packages: readonly PackageDraft[];
  /** `path` is filled in by the pipeline when absent. */
  readonly problems?: readonly Problem[];
  /** Facts about the operating system, merged over all catalogers. */
  readonly os?: Partial<OperatingSystem>;
  /** Paths owned by an OS package (its purl → paths), limited to those for which `context.mayMatter` holds. */
  readonly owns?: readonly { readonly purl: string; readonly paths: readonly string[] }[];
  /** Facts for the cataloger's own `assemble` (e.g. a manifest that tells direct from indirect). */
  readonly data?: unknown;
}

export interface ExtractContext {
  /** True when some cataloger could want this path: use it to keep ownership lists small. */
  mayMatter(path: string): boolean;
  /** Nested archives still allowed below this file. */
  readonly depth: number;
  /** Bytes this file's extraction may still inflate, over all nesting levels; catalogers subtract through `spend`. */
  spend(bytes: number): boolean;
}

export interface PathExtract {
  readonly path: string;
  readonly extract: Extract;
}

/** The merged tree as `assemble` may ask about it. */
export interface TreeView {
  has(path: string): boolean;
  /** Where a path leads when all links are followed inside the target; undefined for cycles and dangling links. Absent where there are no links. */
  resolve?(path: string): string | undefined;
}

/** A draft with the file(s) it was seen in, as `assemble` returns it. */
export interface PlacedDraft {
  readonly draft: PackageDraft;
  readonly paths: readonly string[];
}

/** What all visible files of one cataloger say together. */
export interface Assembly {
  readonly packages: readonly PlacedDraft[];
  readonly problems?: readonly Problem[];
  /** As in `Extract`, when several files together tell it; added to what the extracts say. */
  readonly os?: Partial<OperatingSystem>;
  /** As in `Extract`, when one file names the package and another its paths (dpkg); added to what the extracts say. */
  readonly owns?: Extract['owns'];
}

export interface Cataloger {
  /** Folder name. */
  readonly id: string;
  readonly title: string;
  /** URLs of the formats it reads. */
  readonly specification: readonly string[];
  /** Part of the layer cache key: raise it whenever the same bytes give another answer. */
  readonly version: number;
  readonly packageTypes: readonly PackageType[];
  readonly evidence: PackageEvidence;
  /** What it reads in words, for the generated support table: `package-lock.json v1–v3`. */
  readonly reads: readonly string[];
  readonly patterns: readonly FilePattern[];
  /** Reads one file. Never throws on bad input: returns problems. Pure: same path and bytes, same answer. */
  extract(file: FileContent, context: ExtractContext): Extract | Promise<Extract>;
  /** Combines the extracts of all visible files of this cataloger; default: every draft placed at its file. Order of input: by path. */
  assemble?(extracts: readonly PathExtract[], tree: TreeView): Assembly;
}
