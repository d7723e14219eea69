/** Findings reports and SBOM exports in S3: docs/delivery.md. */
import type { Finding, ReportFormat, SbomReportFormat } from '@aws-sdk/client-inspector2';
import { type Client, type Connection, openClient } from '../../aws/clients.ts';
import { writeCycloneDx } from '../../inventory/sbom/cyclonedx-write.ts';
import { writeSpdx } from '../../inventory/sbom/spdx-write.ts';
import type { Assessment } from '../../model/finding.ts';
import type { Inventory } from '../../model/package.ts';
import { findingsCsv, findingsJson } from './findings.ts';
import { type ReportDestination, type ReportFailure, reportFailure, upload } from './upload.ts';

export { destinationOf, type ReportDestination, type ReportFailure } from './upload.ts';

/** Objects of one export that are written at the same time. */
const PARALLEL = 4;

/** A client for the buckets of reports. */
export function openReports(connection: Connection): Promise<Client> {
  return openClient('s3', connection);
}

export interface ReportInput {
  /** A UUID. */
  readonly id: string;
  readonly destination: ReportDestination;
  /** When it is made; milliseconds since 1970. */
  readonly now: number;
  /** Aborted when the report is cancelled: nothing is left of what is under way. */
  readonly signal: AbortSignal;
}

/** Written, or why not. */
export type ReportOutcome = { readonly keys: number } | ReportFailure;

/** The findings with the first one read: a report of none is an error. */
async function* from(first: Finding, others: AsyncIterator<Finding>): AsyncGenerator<Finding> {
  yield first;
  for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
}

/**
 * Writes a findings report to `<prefix><id>.csv` or `.json`, in memory that does not grow with it. Reading the findings may fail, too: that
 * is an INTERNAL_ERROR.
 */
export async function writeFindingsReport(
  client: Client,
  format: ReportFormat,
  findings: AsyncIterable<Finding>,
  { id, destination, now, signal }: ReportInput,
): Promise<ReportOutcome> {
  const { bucket, prefix, kmsKeyArn } = destination;
  const csv = format === 'CSV';
  const iterator = findings[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    if (first.done === true) return { code: 'NO_FINDINGS_FOUND', message: 'No finding fits the criteria.' };
    const all = from(first.value, iterator);
    const place = { bucket, key: `${prefix}${id}.${csv ? 'csv' : 'json'}`, contentType: csv ? 'text/csv' : 'application/json' };
    await upload(
      client,
      { ...place, ...(kmsKeyArn !== undefined && { kmsKeyArn }) },
      csv ? findingsCsv(all, now) : findingsJson(all),
      signal,
    );
    return { keys: 1 };
  } catch (error) {
    return reportFailure(error);
  } finally {
    await iterator.return?.();
  }
}

/** One resource of an export. */
export interface ResourceInventory {
  readonly account: string;
  /** ResourceType of the API. */
  readonly type: string;
  /** Instance id or ARN. */
  readonly uid: string;
  /** With its vulnerabilities, where CycloneDX has them. */
  readonly inventory: Inventory | Assessment;
}

/** The key of one resource's bill of materials. */
function sbomKey(prefix: string, id: string, format: SbomReportFormat, { account, type, uid }: ResourceInventory): string {
  const name = uid.replaceAll('/', '_');
  return `${prefix}${format}_outputs_${id}/account=${account}/resource=${type}/${name}_${format}.json`;
}

/** Writes the bills of materials of resources, an object each. What was written before something went wrong stays. */
export async function writeSbomExport(
  client: Client,
  format: SbomReportFormat,
  resources: AsyncIterable<ResourceInventory>,
  { id, destination, now, signal }: ReportInput,
): Promise<ReportOutcome> {
  const { bucket, prefix, kmsKeyArn } = destination;
  const timestamp = new Date(now).toISOString();
  const iterator = resources[Symbol.asyncIterator]();
  let keys = 0;
  let failed = false;
  const worker = async () => {
    for (let next = await iterator.next(); next.done !== true && !failed; next = await iterator.next()) {
      const { inventory } = next.value;
      const pieces =
        format === 'CYCLONEDX_1_4'
          ? writeCycloneDx(inventory, { specVersion: '1.4', format: 'json', timestamp })
          : writeSpdx(inventory, { format: 'json', timestamp });
      const key = sbomKey(prefix, id, format, next.value);
      const place = { bucket, key, contentType: 'application/json', ...(kmsKeyArn !== undefined && { kmsKeyArn }) };
      await upload(client, place, pieces, signal);
      keys += 1;
    }
  };
  try {
    const one = () =>
      worker().catch((error) => {
        failed = true;
        throw error;
      });
    // All have ended before the outcome is told.
    const ends = await Promise.allSettled(Array.from({ length: PARALLEL }, one));
    const end = ends.find(({ status }) => status === 'rejected');
    return end?.status === 'rejected' ? reportFailure(end.reason) : { keys };
  } finally {
    await iterator.return?.();
  }
}
