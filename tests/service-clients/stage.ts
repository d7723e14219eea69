/** A served store with findings and coverage of every kind, the same for every client. */
import type { TestContext } from 'node:test';
import { serveBuckets } from '../../src/aws/double/buckets.ts';
import { openReports } from '../../src/delivery/reports/index.ts';
import { SEVERITY_ORDER } from '../../src/store/schema.ts';
import { atEnd } from '../support/end.ts';
import { beforeTwo, testEngine } from '../support/engine.ts';
import { ACCOUNTS, writeRandomFindings } from '../support/random-findings.ts';
import { ACCOUNT, type TestService, testService } from '../support/service.ts';

/** Accounts whose findings are made up; they become members of the caller's organization. */
export const MEMBERS = ACCOUNTS;

export interface StoredFinding {
  readonly arn: string;
  readonly account: string;
  readonly resource: string;
  readonly resourceType: string;
  readonly type: string;
  readonly status: string;
  readonly severity: (typeof SEVERITY_ORDER)[number];
  readonly score: number | null;
  readonly epss: number | null;
  readonly title: string;
  readonly vulnerability: string | null;
}

export interface Stage {
  readonly service: TestService;
  /** What the store has at the beginning. */
  readonly findings: readonly StoredFinding[];
  readonly resources: readonly { readonly uid: string; readonly type: string; readonly account: string }[];
  /** Objects of the bucket `reports`. */
  readonly objects: ReadonlyMap<string, { readonly body: Buffer }>;
  /** Does what the service's worker would do by now. */
  work(): Promise<void>;
}

/** Makes one; it goes away with the test. */
export async function stageFor(context: TestContext): Promise<Stage> {
  const s3 = await serveBuckets({ buckets: ['reports'] });
  atEnd(context, () => s3.close());
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const open = () => openReports({ endpoint: s3.url, region: 'us-east-1', credentials, attempts: 1 });
  const advisories = [beforeTwo('CVE-2025-0001', 'left'), beforeTwo('CVE-2025-0002', 'right')];
  const { store, services, run, host } = await testEngine(context, advisories, open);
  await host('web', ['left', '1.0'], ['right', '1.5']);
  await host('db', ['left', '1.1']);
  await writeRandomFindings(store, 51);
  const service = await testService(context, { store, services, rate: { perSecond: 1e6, burst: 1e6 } });
  const rows = await store.read
    .selectFrom('finding')
    .innerJoin('resource', 'resource.id', 'finding.resource_id')
    .select(['finding.arn', 'finding.account', 'resource.uid as resource', 'finding.resource_type as resourceType'])
    .select(['finding.type', 'finding.status', 'finding.severity', 'finding.score', 'finding.epss', 'finding.title'])
    .select('finding.vulnerability')
    .execute();
  return {
    service,
    findings: rows.map((row) => ({ ...row, severity: SEVERITY_ORDER[row.severity] ?? 'UNTRIAGED' })),
    resources: await store.read.selectFrom('resource').select(['uid', 'type', 'account']).execute(),
    objects: s3.objects,
    work: run,
  };
}

export { ACCOUNT };
