/** Findings reports and SBOM exports that the API asked for: made by a job, in memory that does not grow with them. */
import type { FilterCriteria, Finding, ReportFormat, ResourceFilterCriteria, SbomReportFormat } from '@aws-sdk/client-inspector2';
import type { Selectable } from 'kysely';
import about from '../../package.json' with { type: 'json' };
import type { Client } from '../aws/clients.ts';
import {
  destinationOf,
  type ReportInput,
  type ReportOutcome,
  type ResourceInventory,
  writeFindingsReport,
  writeSbomExport,
} from '../delivery/reports/index.ts';
import { fields } from '../inventory/values.ts';
import type { DatabaseInfo } from '../model/advisory.ts';
import { visibleAccounts } from '../store/accounts.ts';
import { apiFinding } from '../store/findings/api-finding.ts';
import { readCriteria } from '../store/findings/conditions.ts';
import { resourceCriteria } from '../store/findings/criteria.ts';
import { type Cursor, scopeSql } from '../store/findings/list.ts';
import type { Store } from '../store/index.ts';
import type { ReportTable } from '../store/schema.ts';
import { summarize } from './assess.ts';
import { readDetail } from './content.ts';
import { readInventory, readProblems } from './inventory.ts';

const PAGE = 100;
/** How often a job looks whether its report was cancelled. */
const LOOK_MS = 1_000;

type Row = Selectable<ReportTable>;

async function* findingsOf(store: Store, scope: readonly string[], criteria: FilterCriteria): AsyncGenerator<Finding> {
  // Without a word about the status, a report is about what is active.
  const wanted: FilterCriteria = { findingStatus: [{ comparison: 'EQUALS', value: 'ACTIVE' }], ...criteria };
  let after: Cursor | undefined;
  do {
    const page = await store.findings.list({ scope, criteria: wanted, sort: undefined, limit: PAGE, after });
    for (const row of page.rows) yield apiFinding(row);
    after = page.next;
  } while (after !== undefined);
}

async function* inventoriesOf(
  store: Store,
  scope: readonly string[],
  criteria: ResourceFilterCriteria,
  database: DatabaseInfo,
): AsyncGenerator<ResourceInventory> {
  let after = 0;
  for (;;) {
    const rows = await store.read
      .selectFrom('resource')
      .select(['id', 'uid', 'account', 'type', 'name', 'target', 'units', 'problems'])
      .where(scopeSql(scope, 'resource'))
      .where(resourceCriteria(criteria))
      .where('removed_at', 'is', null)
      .where('units', '!=', '[]')
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const { inventory } = await readInventory(store.read, row);
      const details = await store.read
        .selectFrom('finding')
        .innerJoin('detail', 'detail.id', 'finding.detail_id')
        .select('detail.data')
        .where('finding.resource_id', '=', row.id)
        .where('finding.type', '=', 'PACKAGE_VULNERABILITY')
        .where('finding.status', '=', 'ACTIVE')
        .orderBy('finding.key')
        .execute();
      const vulnerabilities = details.flatMap(({ data }) => {
        const detail = readDetail(data);
        return detail.kind === 'package' ? detail.parts.map(({ vulnerability }) => vulnerability) : [];
      });
      const problems = readProblems(row.problems);
      const { target, packages } = inventory;
      const summary = summarize(packages.length, vulnerabilities, problems, 0);
      const tool = { name: 'vedette', version: about.version } as const;
      const assessment = { tool, database, target, packages, vulnerabilities, problems, summary };
      yield { account: row.account, type: row.type, uid: row.uid, inventory: assessment };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

async function write(store: Store, client: Client, row: Row, database: DatabaseInfo, input: ReportInput): Promise<ReportOutcome> {
  const scope = await visibleAccounts(store.read, row.account);
  if (row.kind === 'findings') {
    const findings = findingsOf(store, scope, readCriteria<FilterCriteria>(row.criteria));
    return writeFindingsReport(client, row.format as ReportFormat, findings, input);
  }
  const resources = inventoriesOf(store, scope, readCriteria<ResourceFilterCriteria>(row.criteria), database);
  return writeSbomExport(client, row.format as SbomReportFormat, resources, input);
}

/** The outcome of a report, unless it was cancelled meanwhile. */
async function finish(store: Store, id: string, outcome: ReportOutcome, now: number): Promise<void> {
  const failed = 'code' in outcome;
  await store.write((tx) =>
    tx
      .updateTable('report')
      .set({
        status: failed ? 'FAILED' : 'SUCCEEDED',
        error_code: failed ? outcome.code : null,
        error_message: failed ? outcome.message : null,
        finished_at: now,
      })
      .where('id', '=', id)
      .where('status', '=', 'IN_PROGRESS')
      .execute(),
  );
}

export interface ReportMaking {
  readonly client: () => Promise<Client>;
  readonly database: DatabaseInfo;
  readonly clock: () => number;
  /** Aborted when the process ends: the report is made by the next one. */
  readonly signal: AbortSignal;
}

/** Makes a report that is asked for; nothing when it is made or cancelled already. */
export async function makeReport(
  store: Store,
  id: string,
  { client: open, database, clock, signal }: ReportMaking,
): Promise<void> {
  const one = store.read.selectFrom('report').selectAll().where('id', '=', id).where('status', '=', 'IN_PROGRESS');
  const row = await one.executeTakeFirst();
  if (row === undefined) return;
  const destination = destinationOf(fields(JSON.parse(row.destination)) ?? {});
  if (!destination.ok) {
    return finish(store, id, { code: 'BUCKET_NOT_FOUND', message: destination.problem.message }, clock());
  }
  const cancelled = new AbortController();
  const look = setInterval(() => {
    void one.executeTakeFirst().then(
      (still) => still ?? cancelled.abort(),
      () => undefined,
    );
  }, LOOK_MS);
  const client = await open();
  try {
    const input = {
      id,
      destination: destination.value,
      now: row.created_at,
      signal: AbortSignal.any([signal, cancelled.signal]),
    };
    const outcome = await write(store, client, row, database, input);
    if (signal.aborted) throw new Error('the process ends');
    await finish(store, id, outcome, clock());
  } finally {
    clearInterval(look);
    client.destroy();
  }
}
