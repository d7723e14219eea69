/** What answers questions about findings: the index in memory on the embedded store, SQL on PostgreSQL. */
import type { Kysely } from 'kysely';
import type { Tables } from '../schema.ts';
import { type AggregateRequest, type AggregationPage, aggregateFindings } from './aggregate.ts';
import type { FindingRow } from './api-finding.ts';
import { type JsonPage, type ListRequest, listFindings, listFindingsJson, type Page } from './list.ts';
import { FindingTexts } from './texts.ts';

export interface FindingReader {
  /** One page of the findings that pass: rows that nobody changes are met exactly once over all pages. */
  list(request: ListRequest): Promise<Page<FindingRow>>;
  /** The same page as the JSON that the API sends: for many readers, since no object is made. */
  listJson(request: ListRequest): Promise<JsonPage>;
  /** One page of an aggregation of the active findings. */
  aggregate(request: AggregateRequest): Promise<AggregationPage>;
  close(): Promise<void>;
}

/** By SQL, each question in a snapshot of its own. */
export function sqlReader(db: Kysely<Tables>): FindingReader {
  const snapshot = <T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
  const texts = new FindingTexts();
  return {
    // Other processes change resources too: only details are kept from one page to the next.
    listJson: (request) => snapshot((tx) => listFindingsJson(tx, request, new FindingTexts(texts))),
    list: (request) => snapshot((tx) => listFindings(tx, request)),
    aggregate: (request) => snapshot((tx) => aggregateFindings(tx, request)),
    close: async () => undefined,
  };
}
