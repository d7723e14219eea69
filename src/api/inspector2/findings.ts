/** Findings, their details, and the catalogue of vulnerabilities. */
import type { FindingDetail } from '@aws-sdk/client-inspector2';
import type { FindingRow } from '../../store/findings/api-finding.ts';
import { summarizePackages } from '../../store/findings/compose.ts';
import type { Detail } from '../../store/findings/detail.ts';
import { type Cursor, findingsByArn } from '../../store/findings/list.ts';
import { vulnerabilityOf } from '../../store/findings/vulnerability.ts';
import { nextToken, positionOf } from '../paging.ts';
import { internal, invalidField } from '../protocol/errors.ts';
import { EncodedOutput } from '../protocol/model.ts';
import type { Handlers } from './handler.ts';

const FINDINGS_PAGE = 25;

/** What a list's token stands for: written by the list itself. */
function cursorOf(position: unknown): Cursor | undefined {
  if (!Array.isArray(position)) return undefined;
  const [value, id]: unknown[] = position;
  const good = value === null || typeof value === 'string' || typeof value === 'number';
  if (!good || typeof id !== 'number') throw invalidField('nextToken', 'The nextToken is not valid for this request');
  return { value, id };
}

function day(text: string | undefined): Date | undefined {
  const milliseconds = Date.parse(text ?? '');
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
}

/** What BatchGetFindingDetails adds to a finding. `riskScore` is Vedette's priority, 0 to 100. */
function detailOf(row: FindingRow): FindingDetail {
  const detail: Detail = JSON.parse(row.data);
  if (detail.kind !== 'package') return { findingArn: row.arn, cwes: [], referenceUrls: [] };
  const { leading, cwes, references } = summarizePackages(detail);
  const { kev, priority, severity } = leading.vulnerability;
  const dateAdded = day(kev?.dateAdded);
  const dateDue = day(kev?.dueDate);
  return {
    findingArn: row.arn,
    ...(kev !== undefined && { cisaData: { ...(dateAdded && { dateAdded }), ...(dateDue && { dateDue }) } }),
    riskScore: Math.round(priority.value),
    evidences: leading.vulnerability.evidence.map(({ source, id, name, version, stream, status }) => ({
      evidenceRule: `${source} ${id}`,
      evidenceDetail: `${name} ${version} in ${stream}: ${status}`,
      severity,
    })),
    ttps: [],
    tools: [],
    referenceUrls: references.slice(0, 100),
    cwes: [...cwes],
    ...(row.epss !== null && { epssScore: row.epss }),
  };
}

export const findings: Handlers<'ListFindings' | 'BatchGetFindingDetails' | 'SearchVulnerabilities'> = {
  async ListFindings(input, context) {
    const { json, next } = await context.store.findings.listJson({
      scope: await context.visibleAccounts(),
      criteria: input.filterCriteria,
      sort: input.sortCriteria,
      limit: input.maxResults ?? FINDINGS_PAGE,
      after: cursorOf(positionOf('ListFindings', input, context)),
    });
    const token = next === undefined ? '' : `,"nextToken":"${nextToken('ListFindings', input, context, [next.value, next.id])}"`;
    return new EncodedOutput(Buffer.concat([Buffer.from('{"findings":'), json, Buffer.from(`${token}}`)]));
  },

  async BatchGetFindingDetails({ findingArns = [] }, context) {
    const scope = await context.visibleAccounts();
    const rows = await findingsByArn(context.store.read, scope, findingArns);
    const byArn = new Map(rows.map((row) => [row.arn, row]));
    const asked = [...new Set(findingArns)];
    return {
      findingDetails: asked.flatMap((arn) => {
        const row = byArn.get(arn);
        return row === undefined ? [] : [detailOf(row)];
      }),
      errors: asked
        .filter((arn) => !byArn.has(arn))
        .map((findingArn) => ({ findingArn, errorCode: 'FINDING_DETAILS_NOT_FOUND', errorMessage: 'There is no such finding' })),
    };
  },

  async SearchVulnerabilities(input, context) {
    // One vulnerability is one page: no token leads on from it.
    positionOf('SearchVulnerabilities', input, context);
    const [id = ''] = input.filterCriteria?.vulnerabilityIds ?? [];
    const database = await context.services.advisories();
    if (!database.ok) throw internal(new Error(database.problem.message));
    const found = vulnerabilityOf(database.value, id);
    return { vulnerabilities: found === undefined ? [] : [found] };
  },
};
