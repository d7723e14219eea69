/** The AWS CLI: calls, an ARN in a path, and how it tells errors. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { messageOf } from '../src/model/problem.ts';
import { pythonPackages } from './support/moto.ts';
import { ACCOUNT, REGION, testService } from './support/service.ts';
import { skipOrFail } from './support/shared.ts';

const run = promisify(execFile);
const TIMEOUT = 300_000;

test('the AWS CLI works with the service as its endpoint', async (context) => {
  let path: string;
  try {
    path = await pythonPackages();
  } catch (error) {
    return skipOrFail(context, messageOf(error));
  }
  const service = await testService(context);
  const { accessKeyId, secretAccessKey } = await service.key();
  const arn = `arn:aws:inspector2:${REGION}:${ACCOUNT}:owner/${ACCOUNT}/filter/0123456789abcdef`;
  const filter = { arn, account: ACCOUNT, name: 'one', action: 'NONE', criteria: '{}', description: null, reason: null };
  await service.store.write((tx) =>
    tx
      .insertInto('filter')
      .values({ ...filter, created_at: 1, updated_at: 1 })
      .execute(),
  );
  const env = {
    ...process.env,
    PYTHONPATH: path,
    PYTHONDONTWRITEBYTECODE: '1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const url = await service.url();
  const aws = (...words: readonly string[]) =>
    run('python3', ['-m', 'awscli', 'inspector2', ...words, '--endpoint-url', url, '--output', 'json'], {
      env,
      timeout: TIMEOUT,
    });
  const status = JSON.parse((await aws('batch-get-account-status')).stdout);
  assert.equal(status.accounts[0].resourceState.ec2.status, 'ENABLED');
  await aws('tag-resource', '--resource-arn', arn, '--tags', 'team=web');
  const { tags } = JSON.parse((await aws('list-tags-for-resource', '--resource-arn', arn)).stdout);
  assert.deepEqual(tags, { team: 'web' });
  await assert.rejects(
    aws('list-findings', '--max-results', '101'),
    /\(ValidationException\) when calling the ListFindings operation: 1 validation/,
  );
});
