/** botocore (the AWS CLI's and boto3's core) as a client: how it signs, pages, and reads errors. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { messageOf } from '../src/model/problem.ts';
import { pythonPackages } from './support/moto.ts';
import { ACCOUNT, REGION, testService } from './support/service.ts';
import { skipOrFail } from './support/shared.ts';

const TIMEOUT = 300_000;

test('botocore is answered as by AWS', async (context) => {
  let path: string;
  try {
    path = await pythonPackages();
  } catch (error) {
    return skipOrFail(context, messageOf(error));
  }
  const service = await testService(context);
  const arn = `arn:aws:inspector2:${REGION}:${ACCOUNT}:owner/${ACCOUNT}/filter/0123456789abcdef`;
  await service.store.write((tx) =>
    tx
      .insertInto('filter')
      .values({
        arn,
        account: ACCOUNT,
        name: 'one',
        action: 'NONE',
        criteria: '{}',
        description: null,
        reason: null,
        created_at: 1,
        updated_at: 1,
      })
      .execute(),
  );
  const [key, temporary] = [await service.key(), await service.key('read-only', ACCOUNT, 60_000)];
  const env = {
    PATH: process.env.PATH,
    PYTHONPATH: path,
    PYTHONDONTWRITEBYTECODE: '1',
    ENDPOINT: await service.url(),
    KEY: key.accessKeyId,
    SECRET: key.secretAccessKey,
    TEMPORARY_KEY: temporary.accessKeyId,
    TEMPORARY_SECRET: temporary.secretAccessKey,
    TOKEN: temporary.sessionToken,
    ARN: arn,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const script = join(import.meta.dirname, 'support/botocore-client.py');
  const { stdout } = await promisify(execFile)('python3', [script], { env, timeout: TIMEOUT });
  const { tooLarge, missing, query, noBody, wrongSecret, wrongRegion, unknownKey, scanRefused, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, {
    status: 'ENABLED',
    tags: { team: 'web', 'a/b c': 'ü+=&' },
    left: { 'a/b c': 'ü+=&' },
    pages: [3, 3, 2],
    updatedAt: 'datetime',
    session: 'ENABLED',
    scan: [{ name: 'a', version: '1' }],
    presigned: { 'a/b c': 'ü+=&' },
    presignedWrong: [403, 'InvalidSignatureException'],
  });
  const message = 'Member must have value less than or equal to 100';
  assert.deepEqual(tooLarge, {
    code: 'ValidationException',
    message: `1 validation error detected: Value at 'maxResults' failed to satisfy constraint: ${message}`,
    status: 400,
    hasRequestId: true,
    class: 'ValidationException',
    reason: 'FIELD_VALIDATION_FAILED',
    fields: [{ name: 'maxResults', message }],
  });
  assert.deepEqual([missing.class, missing.fields[0].name], ['ValidationException', 'resourceTypes']);
  assert.deepEqual([query.class, query.status], ['ResourceNotFoundException', 404]);
  assert.deepEqual([noBody.class, noBody.fields[0].name], ['ValidationException', 'maxResults']);
  assert.deepEqual([wrongSecret.code, wrongSecret.status], ['InvalidSignatureException', 403]);
  assert.deepEqual([wrongRegion.code, wrongRegion.status], ['InvalidSignatureException', 403]);
  assert.deepEqual([unknownKey.code, unknownKey.status], ['UnrecognizedClientException', 403]);
  assert.deepEqual([scanRefused.class, scanRefused.reason], ['ValidationException', 'UNSUPPORTED_SBOM_TYPE']);
});
