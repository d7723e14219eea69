/** The contract of a feed: one upstream publication in its own layout. One folder per feed, listed in `feeds/registry.ts`. */
import type { Advisory, VulnerabilityFacts } from '../model/advisory.ts';
import type { Problem } from '../model/problem.ts';

/** A file a feed reads: its place in a mirror directory, and where upstream publishes it. */
export interface FeedFile {
  /** Path below the mirror's root, e.g. `osv/npm/all.zip`. */
  readonly path: string;
  /** Upstream address; undefined when the file only exists in mirrors. */
  readonly url?: string;
  /**
   * Set when `url` is a text that leads to the file: `mirror-list`, the base addresses of an rpm repository whose `repomd.xml` names
   * its `updateinfo`; `latest-name`, the name of the newest file beside it.
   */
  readonly through?: 'mirror-list' | 'latest-name';
  /**
   * Upstream may not publish it (a branch to come, a repository without advisories), or mirrors seldom have it: then it is not
   * missed here, and targets that need it tell.
   */
  readonly optional?: true;
  /** Stream prefixes it feeds (`debian`, `npm` …); empty for side tables, which every target needs. */
  readonly streams: readonly string[];
}

/** Facts as feeds yield them; `description` as an advisory's. */
export type PartialFacts = Partial<VulnerabilityFacts> & { readonly id: string; readonly description?: string };

/** What parsing yields, one at a time, so that memory stays bounded. */
export type FeedRecord =
  | { readonly kind: 'advisory'; readonly advisory: Advisory }
  /** Merged by id over all feeds. */
  | { readonly kind: 'facts'; readonly facts: PartialFacts }
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface Feed {
  readonly id: string;
  readonly title: string;
  readonly specification: readonly string[];
  readonly licence: string;
  /**
   * The files to read. `present` lists the files of a mirror below the root (sorted), so that a feed whose file names vary
   * (EPSS by day, Alpine by branch) can choose; against upstream it is empty and the feed answers with what it publishes.
   */
  files(present: readonly string[]): readonly FeedFile[];
  /** Reads one file. Malformed records yield `problem`s and the rest is still read; never throws on bad content. */
  parse(file: FeedFile, absolutePath: string): Iterable<FeedRecord> | AsyncIterable<FeedRecord>;
}
