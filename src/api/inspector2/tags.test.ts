import assert from 'node:assert/strict';
import {
  BadRequestException,
  ListTagsForResourceCommand,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  ValidationException,
} from '@aws-sdk/client-inspector2';
import { ACCOUNT, testService } from '../../../tests/support/service.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';

const ARN = `arn:aws:inspector2:us-east-1:${ACCOUNT}:owner/${ACCOUNT}/filter/0123456789abcdef`;

onBothEngines('tags are written over, taken off, limited, and only the owner has them', async (store, context) => {
  const service = await testService(context, { store });
  const filter = { arn: ARN, account: ACCOUNT, name: 'one', action: 'NONE', criteria: '{}', description: null, reason: null };
  await service.store.write((tx) =>
    tx
      .insertInto('filter')
      .values({ ...filter, created_at: 1, updated_at: 1 })
      .execute(),
  );
  const client = await service.client();
  const tags = async () => (await client.send(new ListTagsForResourceCommand({ resourceArn: ARN }))).tags;
  assert.deepEqual(await tags(), {});
  await client.send(new TagResourceCommand({ resourceArn: ARN, tags: { b: '1', a: '' } }));
  await client.send(new TagResourceCommand({ resourceArn: ARN, tags: { b: '2' } }));
  assert.deepEqual(await tags(), { a: '', b: '2' });
  await client.send(new UntagResourceCommand({ resourceArn: ARN, tagKeys: ['a', 'none'] }));
  assert.deepEqual(await tags(), { b: '2' });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'x']));
  await assert.rejects(client.send(new TagResourceCommand({ resourceArn: ARN, tags: many })), BadRequestException);
  await assert.rejects(client.send(new TagResourceCommand({ resourceArn: ARN, tags: { 'aws:x': '1' } })), BadRequestException);
  await assert.rejects(client.send(new TagResourceCommand({ resourceArn: 'arn:aws:s3:::x', tags: {} })), ValidationException);
  assert.deepEqual(await tags(), { b: '2' });
  const other = await service.client({ account: '222233334444' });
  await assert.rejects(other.send(new ListTagsForResourceCommand({ resourceArn: ARN })), ResourceNotFoundException);
});
