/** A target opened for reading: layers from the lowest up, each plain data once it is at hand. */
import type { TargetKind } from '../model/package.ts';
import type { Problem, Result } from '../model/problem.ts';

/** Which parts of a directory tree are walked. */
export interface TreeRules {
  /** Paths below the root that are not entered. */
  readonly skipPaths: readonly string[];
  /** Directory names that are not entered wherever they are. */
  readonly skipNames: readonly string[];
  /** Globs on paths below the root (`*`, `?`, `**`). */
  readonly exclude: readonly string[];
  readonly oneFileSystem: boolean;
}

/** Part of a tree: a share of a walk, or single files. */
export interface TreePart {
  /** Directories with all that is below them. */
  readonly subtrees: readonly string[];
  /** Directories of which only the files are looked at. */
  readonly folders: readonly string[];
  /** Files that are looked at without walking. */
  readonly files: readonly string[];
}

/** Where the bytes of a layer are. Plain data: it crosses to worker threads. */
export type LayerBytes =
  /**
   * A tar, possibly compressed, in part of a local file. `verified`: its digest has been checked. A compressed one is held against
   * `digest` while it is inflated.
   */
  | {
      readonly kind: 'tar';
      readonly file: string;
      readonly offset: number;
      readonly size: number;
      readonly digest?: string;
      readonly verified?: true;
    }
  /** A directory tree, or the part of it that is named. */
  | { readonly kind: 'directory'; readonly root: string; readonly rules: TreeRules; readonly part?: TreePart }
  /** A zip file whose members appear below `prefix`. */
  | { readonly kind: 'zip'; readonly file: string; readonly prefix: string };

export interface LayerDescriptor {
  /** What the layer is called in problems. */
  readonly name: string;
  /** Diff id where known, else the blob's digest. */
  readonly digest?: string;
  /** The image history line that made it. */
  readonly createdBy?: string;
  /** Bytes as stored: for progress, and for starting the largest first. */
  readonly size: number;
  /**
   * Names the exact content. Present only where the content is guaranteed: see docs/artifacts.md. A digest that an archive
   * merely claims is no such guarantee: whoever wrote the archive could plant a false result for somebody else's layer.
   */
  readonly cacheKey?: string;
  /** Makes the bytes available locally (a registry layer is fetched and verified now). */
  open(signal?: AbortSignal): Promise<Result<LayerBytes>>;
}

export interface ArtifactSource {
  readonly kind: TargetKind;
  readonly name: string;
  readonly digest?: string;
  readonly architecture?: string;
  /** Lowest first. */
  readonly layers: readonly LayerDescriptor[];
  /** What could not be opened, and choices the user should know. */
  readonly problems: readonly Problem[];
  /** Facts about the system that are in no file: the running kernel of the live host, the runtime of a function. */
  readonly facts?: { readonly kernelRelease?: string; readonly runtime?: string };
  /** A private directory for temporary files. */
  readonly workspace: string;
  /** Removes temporary files; may be called more than once. */
  close(): void;
}
