/** What text and binary lock files of Bun have in common. */

export interface BunPackage {
  /** Unique within the lock file. */
  readonly key: string;
  readonly name: string;
  /** Empty for folders, and for repositories and tarballs, of which the format does not tell it. */
  readonly version: string;
  readonly source: string;
  /** The project (`''`) or one of its workspaces, by folder. */
  readonly workspace?: string;
  /** Keys of what it uses; for the project and workspaces those that are not for development only. */
  readonly uses: readonly string[];
  readonly development: readonly string[];
}

export interface BunLock {
  readonly kind: 'lock';
  readonly packages: readonly BunPackage[];
  readonly invalid: number;
}
