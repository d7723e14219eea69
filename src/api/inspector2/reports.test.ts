/** Reports and exports from the real client to an S3 that the real SDK writes to. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CancelFindingsReportCommand,
  CancelSbomExportCommand,
  CreateFindingsReportCommand,
  CreateSbomExportCommand,
  GetFindingsReportStatusCommand,
  GetSbomExportCommand,
  ResourceNotFoundException,
  ValidationException,
} from '@aws-sdk/client-inspector2';
import { atEnd } from '../../../tests/support/end.ts';
import { beforeTwo, testEngine } from '../../../tests/support/engine.ts';
import { ACCOUNT, testService } from '../../../tests/support/service.ts';
import { type BucketsOptions, serveBuckets } from '../../aws/double/buckets.ts';
import { openReports } from '../../delivery/reports/index.ts';

const DESTINATION = { bucketName: 'reports', keyPrefix: 'daily', kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1' };

async function start(context: TestContext, options: Partial<BucketsOptions> = {}) {
  const s3 = await serveBuckets({ buckets: ['reports'], ...options });
  atEnd(context, () => s3.close());
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const open = () => openReports({ endpoint: s3.url, region: 'us-east-1', credentials, attempts: 1 });
  const running = await testEngine(context, [beforeTwo('CVE-2025-0001', 'left'), beforeTwo('CVE-2025-0002', 'right')], open);
  await running.host('web', ['left', '1.0'], ['right', '1.5']);
  await running.host('db', ['left', '1.1']);
  const { store, services, clock } = running;
  const service = await testService(context, { store, services });
  return { s3, ...running, clock, client: await service.client(), service };
}

test('a findings report is made by a job: active findings, or what the criteria say', async (context) => {
  const { s3, client, run, store } = await start(context);
  await assert.rejects(client.send(new GetFindingsReportStatusCommand({})), ResourceNotFoundException);
  const asked = new CreateFindingsReportCommand({ reportFormat: 'JSON', s3Destination: DESTINATION });
  await store.write((tx) => tx.updateTable('finding').set({ status: 'CLOSED' }).where('key', '=', 'CVE-2025-0002').execute());
  const { reportId } = await client.send(asked);
  const before = await client.send(new GetFindingsReportStatusCommand({ reportId }));
  assert.deepEqual([before.status, before.destination], ['IN_PROGRESS', DESTINATION]);
  await assert.rejects(client.send(asked), (error) => {
    assert.ok(error instanceof ValidationException);
    return error.message.includes(`${reportId} is in progress`);
  });
  await run();
  const after = await client.send(new GetFindingsReportStatusCommand({}));
  assert.deepEqual([after.reportId, after.status, after.errorCode], [reportId, 'SUCCEEDED', undefined]);
  const { findings } = JSON.parse(s3.objects.get(`reports/daily/${reportId}.json`)?.body.toString() ?? '');
  assert.deepEqual(
    findings.map(({ title }: { title: string }) => title),
    ['CVE-2025-0001 - left', 'CVE-2025-0001 - left'],
  );
  const filterCriteria = {
    findingStatus: [{ comparison: 'EQUALS' as const, value: 'CLOSED' }],
    updatedAt: [{ startInclusive: new Date(0) }],
  };
  const csv = await client.send(
    new CreateFindingsReportCommand({ reportFormat: 'CSV', s3Destination: DESTINATION, filterCriteria }),
  );
  await run();
  const status = await client.send(new GetFindingsReportStatusCommand({ reportId: csv.reportId }));
  assert.deepEqual([status.status, status.filterCriteria], ['SUCCEEDED', filterCriteria]);
  const lines = s3.objects.get(`reports/daily/${csv.reportId}.csv`)?.body.toString().trim().split('\r\n') ?? [];
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /CVE-2025-0002/);
});

test('an export has an object for each resource, with its packages and its active vulnerabilities', async (context) => {
  const { s3, client, run } = await start(context);
  const resourceFilterCriteria = { accountId: [{ comparison: 'EQUALS' as const, value: ACCOUNT }] };
  const { reportId } = await client.send(
    new CreateSbomExportCommand({ reportFormat: 'CYCLONEDX_1_4', s3Destination: DESTINATION, resourceFilterCriteria }),
  );
  await run();
  const status = await client.send(new GetSbomExportCommand({ reportId }));
  assert.deepEqual(
    [status.status, status.format, status.s3Destination, status.filterCriteria],
    ['SUCCEEDED', 'CYCLONEDX_1_4', DESTINATION, resourceFilterCriteria],
  );
  const documents = [...s3.objects].map(([, { body }]) => JSON.parse(body.toString()));
  assert.equal(documents.length, 2);
  const found = documents.map(({ vulnerabilities }) => vulnerabilities.map(({ id }: { id: string }) => id).sort());
  assert.deepEqual(found.sort(), [['CVE-2025-0001'], ['CVE-2025-0001', 'CVE-2025-0002']]);
});

test('what goes wrong has the code of the API; what is cancelled stays cancelled', async (context) => {
  const { s3, client, run } = await start(context);
  const create = (bucketName: string) =>
    client.send(new CreateFindingsReportCommand({ reportFormat: 'CSV', s3Destination: { ...DESTINATION, bucketName } }));
  const { reportId } = await create('nowhere');
  await run();
  const failed = await client.send(new GetFindingsReportStatusCommand({ reportId }));
  assert.deepEqual([failed.status, failed.errorCode], ['FAILED', 'BUCKET_NOT_FOUND']);
  await assert.rejects(client.send(new CancelFindingsReportCommand({ reportId })), ValidationException);
  const { reportId: second } = await create('reports');
  await client.send(new CancelFindingsReportCommand({ reportId: second }));
  await run();
  assert.equal((await client.send(new GetFindingsReportStatusCommand({ reportId: second }))).status, 'CANCELLED');
  assert.equal(s3.objects.size, 0);
  await assert.rejects(client.send(new CancelSbomExportCommand({ reportId: second })), ResourceNotFoundException);
  await assert.rejects(client.send(new GetSbomExportCommand({ reportId: second })), ResourceNotFoundException);
});

test('a report that nobody finished has failed after twelve hours', async (context) => {
  const { client, store, run, clock } = await start(context);
  const { reportId } = await client.send(new CreateFindingsReportCommand({ reportFormat: 'CSV', s3Destination: DESTINATION }));
  await store.write((tx) => tx.deleteFrom('job').where('kind', '=', 'report').execute());
  await store.write((tx) => tx.updateTable('report').set({ created_at: clock.now }).execute());
  clock.now += 11 * 3_600_000;
  await run();
  assert.equal((await client.send(new GetFindingsReportStatusCommand({ reportId }))).status, 'IN_PROGRESS');
  clock.now += 2 * 3_600_000;
  await run();
  const { status, errorCode } = await client.send(new GetFindingsReportStatusCommand({ reportId }));
  assert.deepEqual([status, errorCode], ['FAILED', 'INTERNAL_ERROR']);
});
