/** What a handler of an operation gets beside its input. */
import type { Logger } from 'pino';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Result } from '../model/problem.ts';
import type { Store, Write } from '../store/index.ts';
import type { Role } from './auth/roles.ts';

/** A change that the engine must follow; told inside the transaction that makes it, so that neither is without the other. */
export type Change =
  /** Scan types were switched on or off. */
  | { readonly kind: 'activation'; readonly account: string }
  /** Filters that suppress were made, changed or deleted. */
  | { readonly kind: 'suppression'; readonly account: string }
  /** Scan mode, rescan windows, deep inspection. */
  | { readonly kind: 'configuration'; readonly account: string }
  /** Members joined or left: scan types and settings of theirs may have changed. */
  | { readonly kind: 'organization' }
  /** A report or export was asked for. */
  | { readonly kind: 'report'; readonly account: string; readonly id: string };

/** What the API asks of the rooms below it; the program that starts the server puts it together. */
export interface Services {
  /** Queues what has to be done because of a change. */
  changed(transaction: Write, change: Change): Promise<void>;
  /** The advisory database in use. */
  advisories(): Promise<Result<AdvisoryDatabase>>;
  /** ScanSbom: a CycloneDX document → the report in the format that was asked for. Throws ApiError for a document it cannot assess. */
  scanSbom(sbom: Readonly<Record<string, unknown>>, format: 'CYCLONE_DX_1_5' | 'INSPECTOR' | 'INSPECTOR_ALT'): Promise<object>;
}

/** Who asks. */
export interface Principal {
  /** Access key id; `name` is what the key was made for. */
  readonly key: string;
  readonly name: string;
  readonly account: string;
  readonly role: Role;
}

export interface RequestContext {
  readonly store: Store;
  readonly services: Services;
  readonly principal: Principal;
  /** The caller's account; what a request that names none is about. */
  readonly account: string;
  /** The accounts whose data the caller sees. */
  visibleAccounts(): Promise<readonly string[]>;
  /** The region that the request was signed for. */
  readonly region: string;
  /** The account that this installation belongs to: the organization's management account. */
  readonly managementAccount: string;
  /** Authenticates paging tokens. */
  readonly pagingKey: Buffer;
  readonly now: () => number;
  readonly requestId: string;
  readonly logger: Logger;
}
