/** How bytes of a target are seen by everything above: entries, contents, layers. */
import type { Problem, Result } from '../model/problem.ts';

export type EntryKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

/** One name in a layer or directory tree. */
export interface FileEntry {
  /** Normalised POSIX path: no leading slash, no `.`/`..` segments, no trailing slash. Names that try to escape never get here. */
  readonly path: string;
  readonly kind: EntryKind;
  readonly size: number;
  /** Permission bits and set-id bits. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** symlink target as written; hard link target normalised like `path`. */
  readonly link?: string;
}

/**
 * The content of one regular file while it is looked at: random access, synchronous (it is in memory or on local disk), bounded.
 * Valid only until the callback that received it has returned (or its promise has settled).
 */
export interface FileContent {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  /** Up to `length` bytes from `offset`; fewer (possibly none) at the end. */
  read(offset: number, length: number): Uint8Array;
  /** The whole file, or `file-too-large` when it is above `limit` bytes (default 64 MiB). */
  bytes(limit?: number): Result<Uint8Array>;
  /** The whole file as UTF-8 (invalid sequences become U+FFFD; a BOM is dropped), same limit. */
  text(limit?: number): Result<string>;
}

/** What a visitor wants of an entry: nothing, its content, or a look at its first bytes to decide. */
export type Interest = 'skip' | 'content' | 'magic';

export interface LayerVisitor {
  /** Called for every entry in archive order. For regular files the answer says what is wanted. */
  entry(entry: FileEntry): Interest;
  /** Called with up to 512 first bytes for entries answered `magic`; true = content wanted. */
  magic(entry: FileEntry, head: Uint8Array): boolean;
  /** Called with the content of wanted entries; the walk waits for a promise. */
  file(entry: FileEntry, content: FileContent): void | Promise<void>;
  /** Something in the layer could not be read; the walk goes on where it can. */
  problem(problem: Problem): void;
}

/** Bounds for hostile input; every reader takes them, all have defaults in `limits.ts`. */
export interface Limits {
  /** Largest content handed to a visitor, bytes. */
  readonly maxFileBytes: number;
  /** Sum of uncompressed bytes read from one artifact. */
  readonly maxTotalBytes: number;
  /** Entries in one artifact. */
  readonly maxEntries: number;
  /** Nesting of archives in archives. */
  readonly maxDepth: number;
  /** Wall-clock bound for one artifact, milliseconds. */
  readonly maxMilliseconds: number;
}
