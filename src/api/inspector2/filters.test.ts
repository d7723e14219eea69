/** Filters with the SDK's client: names, rules, who may suppress, and what the engine is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AccessDeniedException,
  BadRequestException,
  CreateFilterCommand,
  DeleteFilterCommand,
  ListFiltersCommand,
  paginateListFilters,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  UpdateFilterCommand,
  ValidationException,
} from '@aws-sdk/client-inspector2';
import { ACCOUNT, testService } from '../../../tests/support/service.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';

const filterCriteria = {
  firstObservedAt: [{ startInclusive: new Date('2026-01-01T00:00:00Z') }],
  portRange: [{ beginInclusive: 22, endInclusive: 22 }],
};

test('a filter is kept as it was given, and a rule is told to the engine', async (context) => {
  const service = await testService(context);
  const client = await service.client();
  const { arn = '' } = await client.send(
    new CreateFilterCommand({ name: 'old', action: 'NONE', filterCriteria, description: 'd', reason: 'r', tags: { a: 'b' } }),
  );
  assert.match(arn, /^arn:aws:inspector2:us-east-1:111122223333:owner\/111122223333\/filter\/[0-9a-f]{16}$/);
  assert.deepEqual(service.changes, []);
  const { filters: [filter] = [] } = await client.send(new ListFiltersCommand({ arns: [arn] }));
  assert.deepEqual(filter?.criteria, filterCriteria);
  assert.deepEqual([filter?.ownerId, filter?.tags, filter?.description, filter?.reason], [ACCOUNT, { a: 'b' }, 'd', 'r']);
  await client.send(new UpdateFilterCommand({ filterArn: arn, action: 'SUPPRESS', name: 'new' }));
  await client.send(new DeleteFilterCommand({ arn }));
  const told = { kind: 'suppression', account: ACCOUNT };
  assert.deepEqual(service.changes, [told, told]);
  assert.deepEqual((await client.send(new ListFiltersCommand({}))).filters, []);
  assert.deepEqual(await service.store.read.selectFrom('tag').selectAll().execute(), []);
  await assert.rejects(client.send(new DeleteFilterCommand({ arn })), ResourceNotFoundException);
});

test('a name is an account’s only once', async (context) => {
  const service = await testService(context);
  const client = await service.client();
  const create = (name: string) => client.send(new CreateFilterCommand({ name, action: 'NONE', filterCriteria: {} }));
  await create('one');
  const { arn } = await create('two');
  await assert.rejects(create('one'), BadRequestException);
  await assert.rejects(client.send(new UpdateFilterCommand({ filterArn: arn, name: 'one' })), ValidationException);
  await client.send(new UpdateFilterCommand({ filterArn: arn, name: 'two' }));
  const other = await service.client({ account: '999988887777' });
  await other.send(new CreateFilterCommand({ name: 'one', action: 'NONE', filterCriteria: {} }));
  assert.equal((await other.send(new ListFiltersCommand({}))).filters?.length, 1);
});

test('pages of filters, and the most rules there can be', async (context) => {
  const service = await testService(context);
  const row = {
    account: ACCOUNT,
    action: 'SUPPRESS',
    criteria: '{}',
    description: null,
    reason: null,
    created_at: 0,
    updated_at: 0,
  };
  const rows = Array.from({ length: 500 }, (_, index) => ({ ...row, name: `n${index}`, arn: `a${index}` }));
  await service.store.write((tx) => tx.insertInto('filter').values(rows).execute());
  const client = await service.client();
  const names: (string | undefined)[] = [];
  for await (const page of paginateListFilters({ client, pageSize: 99 }, { action: 'SUPPRESS' }))
    names.push(...(page.filters ?? []).map(({ name }) => name));
  assert.deepEqual(
    names,
    rows.map(({ name }) => name),
  );
  const create = (action: 'NONE' | 'SUPPRESS') =>
    client.send(new CreateFilterCommand({ name: 'more', action, filterCriteria: {} }));
  await assert.rejects(create('SUPPRESS'), ServiceQuotaExceededException);
  const { arn } = await create('NONE');
  await assert.rejects(
    client.send(new UpdateFilterCommand({ filterArn: arn, action: 'SUPPRESS' })),
    (error) => error instanceof Error,
  );
});

test('members do not suppress', async (context) => {
  const service = await testService(context);
  const member = '444455556666';
  const base = { name: null, status: '{}', configuration: '{}', created_at: 0, updated_at: 0 };
  await service.store.write((tx) =>
    tx
      .insertInto('account')
      .values({ ...base, id: member, admin: ACCOUNT, relationship: 'ENABLED' })
      .execute(),
  );
  const client = await service.client({ account: member });
  const create = (action: 'NONE' | 'SUPPRESS') =>
    client.send(new CreateFilterCommand({ name: action, action, filterCriteria: {} }));
  await assert.rejects(create('SUPPRESS'), AccessDeniedException);
  await create('NONE');
  // A rule from before it was a member.
  const rule = { ...base, arn: 'rule', account: member, name: 'rule', action: 'SUPPRESS', criteria: '{}' };
  const { status: _, configuration: __, ...row } = rule;
  await service.store.write((tx) =>
    tx
      .insertInto('filter')
      .values({ ...row, description: null, reason: null })
      .execute(),
  );
  await assert.rejects(client.send(new UpdateFilterCommand({ filterArn: 'rule', action: 'NONE' })), AccessDeniedException);
  await assert.rejects(client.send(new DeleteFilterCommand({ arn: 'rule' })), AccessDeniedException);
});

onBothEngines('filters are asked for by more ARNs than a statement has room for', async (store, context) => {
  const client = await (await testService(context, { store })).client();
  const create = (name: string) => client.send(new CreateFilterCommand({ name, action: 'NONE', filterCriteria: {} }));
  const made = [await create('one'), await create('two'), await create('three')].map(({ arn = '' }) => arn);
  const arns = [...made, ...Array.from({ length: 70_000 }, (_, index) => `a${index}`), ...made].reverse();
  const names: (string | undefined)[] = [];
  for await (const page of paginateListFilters({ client, pageSize: 2 }, { arns })) {
    names.push(...(page.filters ?? []).map(({ name }) => name));
  }
  assert.deepEqual(names, ['one', 'two', 'three']);
});
