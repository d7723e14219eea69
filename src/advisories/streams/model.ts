/** What streams are asked and what they answer. */
import type { SchemeId } from '../../versions/scheme.ts';

export type NameKind = 'source' | 'binary';

/** One question to the database about a package. */
export interface StreamQuery {
  readonly stream: string;
  readonly name: string;
  readonly by: NameKind;
  /** Version to compare: the source package's for `by: 'source'`. */
  readonly version: string;
  /** `channel`: only its fixes count (EUS, Ubuntu Pro); whether a package is affected is decided by `base` rows. */
  readonly role: 'base' | 'channel';
  /** Users' name of the channel, e.g. `Ubuntu Pro (esm-apps)`, and whether the target has it; unknown = undefined. */
  readonly channel?: string;
  readonly enabled?: boolean;
  /** rpm source versions carry no epoch: compare without epochs unless the advisory's name is a binary's. */
  readonly epochUnknown?: true;
}

export type NoQueryReason =
  | 'third-party'
  | 'unknown-distribution'
  | 'unsupported-release'
  | 'no-version'
  | 'unsupported-type'
  | 'pseudo-package';

export type PackageQueries =
  | { readonly kind: 'queries'; readonly scheme: SchemeId; readonly queries: readonly StreamQuery[] }
  /** Why no advisory can speak of it; `silent` ones (pseudo packages such as gpg-pubkey, project roots) need no mention. */
  | { readonly kind: 'none'; readonly reason: NoQueryReason; readonly detail: string; readonly silent: boolean };

/** One of the streams that speak of a package. */
export interface StreamChoice {
  readonly stream: string;
  readonly role: 'base' | 'channel';
  readonly channel?: string;
  readonly enabled?: boolean;
}

export interface StreamFamily {
  /** Beginning of its streams: the part before the first slash. */
  readonly id: string;
  readonly title: string;
  readonly scheme: SchemeId;
  /** Ids of the feeds that speak of it. */
  readonly feeds: readonly string[];
  readonly notes?: string;
}

export interface EndOfLife {
  /** ISO date of the end of standard support. */
  readonly date: string;
  /** End of extended support that a customer can buy. */
  readonly extended?: string;
  readonly url: string;
}

/** The release of an operating system. */
export interface Release {
  /** Id of its record in distributions.ts. */
  readonly distribution: string;
  readonly release: string;
  readonly prettyName: string;
  /** The stream its advisories are in; undefined when no source has any. */
  readonly stream?: string;
  readonly eol?: EndOfLife;
}

/** An answer without queries. */
export function none(reason: NoQueryReason, detail: string, silent = false): PackageQueries {
  return { kind: 'none', reason, detail, silent };
}
