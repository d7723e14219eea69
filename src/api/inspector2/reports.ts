/** Findings reports and SBOM exports: asked for here, made by a job (engine/reports.ts), one of each kind at a time for an account. */
import { randomUUID } from 'node:crypto';
import type {
  ExternalReportStatus,
  FilterCriteria,
  ReportingErrorCode,
  ResourceFilterCriteria,
  SbomReportFormat,
} from '@aws-sdk/client-inspector2';
import { readCriteria } from '../../store/findings/conditions.ts';
import { hold } from '../../store/index.ts';
import type { RequestContext } from '../context.ts';
import { invalid, notFound } from '../protocol/errors.ts';
import type { Handlers } from './handler.ts';

const KINDS = { findings: 'findings report', sbom: 'SBOM export' } as const;
type Kind = keyof typeof KINDS;

interface Asked {
  readonly format: string | undefined;
  readonly destination: object | undefined;
  readonly criteria: object | undefined;
}

async function create(context: RequestContext, kind: Kind, { format = '', destination = {}, criteria = {} }: Asked) {
  const { account, services } = context;
  const now = context.now();
  const id = randomUUID();
  return context.store.write(async (tx) => {
    await hold(tx, 'report', account, kind);
    const running = await tx
      .selectFrom('report')
      .select('id')
      .where('account', '=', account)
      .where('kind', '=', kind)
      .where('status', '=', 'IN_PROGRESS')
      .executeTakeFirst();
    if (running !== undefined) {
      throw invalid(`The ${KINDS[kind]} ${running.id} is in progress: wait for it or cancel it before you ask for another one.`);
    }
    const told = { format, destination: JSON.stringify(destination), criteria: JSON.stringify(criteria) };
    const fresh = { status: 'IN_PROGRESS', error_code: null, error_message: null, created_at: now, finished_at: null };
    await tx
      .insertInto('report')
      .values({ id, account, kind, ...told, ...fresh })
      .execute();
    await services.changed(tx, { kind: 'report', account, id });
    return { reportId: id };
  });
}

/** The report with that id, or the newest one. */
async function read({ store, account }: RequestContext, kind: Kind, id: string | undefined) {
  let query = store.read.selectFrom('report').selectAll().where('account', '=', account).where('kind', '=', kind);
  if (id !== undefined) query = query.where('id', '=', id);
  const row = await query.orderBy('created_at', 'desc').orderBy('id').limit(1).executeTakeFirst();
  if (row === undefined) throw notFound(id === undefined ? `There is no ${KINDS[kind]}` : `There is no ${KINDS[kind]} ${id}`);
  return {
    row,
    shown: {
      reportId: row.id,
      status: row.status as ExternalReportStatus,
      ...(row.error_code !== null && { errorCode: row.error_code as ReportingErrorCode }),
      ...(row.error_message !== null && { errorMessage: row.error_message }),
    },
  };
}

async function cancel(context: RequestContext, kind: Kind, reportId = '') {
  const { row } = await read(context, kind, reportId);
  const stopped = { status: 'CANCELLED', finished_at: context.now() };
  const done = await context.store.write((tx) =>
    tx.updateTable('report').set(stopped).where('id', '=', row.id).where('status', '=', 'IN_PROGRESS').executeTakeFirst(),
  );
  if (done.numUpdatedRows === 0n) throw invalid(`The ${KINDS[kind]} ${reportId} is not in progress any more.`);
  return { reportId };
}

export const reporting: Handlers<
  | 'CreateFindingsReport'
  | 'GetFindingsReportStatus'
  | 'CancelFindingsReport'
  | 'CreateSbomExport'
  | 'GetSbomExport'
  | 'CancelSbomExport'
> = {
  async CreateFindingsReport({ filterCriteria, reportFormat, s3Destination }, context) {
    return create(context, 'findings', { format: reportFormat, destination: s3Destination, criteria: filterCriteria });
  },

  async GetFindingsReportStatus({ reportId }, context) {
    const { row, shown } = await read(context, 'findings', reportId);
    return { ...shown, destination: JSON.parse(row.destination), filterCriteria: readCriteria<FilterCriteria>(row.criteria) };
  },

  CancelFindingsReport: ({ reportId }, context) => cancel(context, 'findings', reportId),

  async CreateSbomExport({ resourceFilterCriteria, reportFormat, s3Destination }, context) {
    return create(context, 'sbom', { format: reportFormat, destination: s3Destination, criteria: resourceFilterCriteria });
  },

  async GetSbomExport({ reportId }, context) {
    const { row, shown } = await read(context, 'sbom', reportId);
    const format = row.format as SbomReportFormat;
    return {
      ...shown,
      format,
      s3Destination: JSON.parse(row.destination),
      filterCriteria: readCriteria<ResourceFilterCriteria>(row.criteria),
    };
  },

  CancelSbomExport: ({ reportId }, context) => cancel(context, 'sbom', reportId),
};
