/** The index follows the store: after any change it answers as SQL does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SortField } from '@aws-sdk/client-inspector2';
import fc from 'fast-check';
import { type RawBuilder, sql } from 'kysely';
import { temporaryDirectory } from '../../../../tests/support/directory.ts';
import { insertDetail, insertFinding, insertResource, samplePart } from '../../../../tests/support/findings.ts';
import { anyCriteria } from '../../../../tests/support/random-criteria.ts';
import { randomOf, writeRandomFindings } from '../../../../tests/support/random-findings.ts';
import { openFor } from '../../../../tests/support/stores.ts';
import type { Store, Write } from '../../store.ts';
import { aggregateFindings } from '../aggregate.ts';
import { apiFinding } from '../api-finding.ts';
import { listFindings } from '../list.ts';
import { resourceAttributes } from '../resource.ts';

const ALL = { scope: undefined, criteria: undefined, sort: undefined, limit: 1000, after: undefined } as const;

async function changeResource(tx: Write, id: number, turn: number): Promise<void> {
  const found = await tx.selectFrom('resource').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const tags = JSON.stringify({ Name: turn % 2 === 0 ? 'a' : 'b', env: 'ab' });
  await tx.updateTable('resource').set({ tags, updated_at: turn }).where('id', '=', id).execute();
  await tx.deleteFrom('resource_attribute').where('resource_id', '=', id).execute();
  const attributes = resourceAttributes({ ...found, tags });
  await tx
    .insertInto('resource_attribute')
    .values(attributes.map((one) => ({ resource_id: id, ...one })))
    .execute();
}

/** One of the things the engine does to a store. */
async function change(store: Store, random: () => number, turn: number): Promise<void> {
  const id = 1 + Math.floor(random() * 100);
  await store.write(async (tx) => {
    const kind = turn % 5;
    if (kind === 0) await tx.updateTable('finding').set({ status: 'CLOSED', updated_at: turn }).where('id', '<', id).execute();
    else if (kind === 1) await tx.deleteFrom('finding').where('id', '=', id).execute();
    else if (kind === 2) await changeResource(tx, 1 + (id % 16), turn);
    else {
      const resource = await insertResource(tx, {
        uid: `i-new-${turn}`,
        type: 'AWS_EC2_INSTANCE',
        details: { awsEc2Instance: { imageId: 'ami-1' } },
        tags: { Name: 'a' },
      });
      const part = samplePart(1, { id: `CVE-2020-${turn}` });
      await insertFinding(tx, resource, await insertDetail(tx, { kind: 'package', id: `CVE-2020-${turn}`, parts: [part] }));
    }
  });
}

const anySort = fc.record({ field: fc.constantFrom(...Object.values(SortField)), sortOrder: fc.constantFrom('ASC', 'DESC') });

test('after any change the index answers as SQL does', async (context) => {
  const store = await openFor(context, join(temporaryDirectory(context), 'vedette.db'));
  await writeRandomFindings(store, 11);
  const all = (await listFindings(store.read, ALL)).rows.map(apiFinding);
  const random = randomOf(12);
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(anyCriteria(all), anySort, fc.constantFrom(1000, 9), async (criteria, sort, limit) => {
      await change(store, random, turn++);
      const request = { ...ALL, criteria, sort, limit };
      const first = await store.findings.list(request);
      assert.deepEqual(first, await listFindings(store.read, request));
      const second = { ...request, after: first.next };
      if (first.next !== undefined) assert.deepEqual(await store.findings.list(second), await listFindings(store.read, second));
      const counts = { scope: undefined, type: 'TITLE', accountIds: undefined, request: undefined } as const;
      const page = { ...counts, limit: 1000, after: undefined };
      const expected = await aggregateFindings(store.read, page);
      for (let again = 0; again < 2; again++) assert.deepEqual(await store.findings.aggregate(page), expected);
    }),
    { numRuns: 80 },
  );
});

test('an index that has fallen behind the changes that are kept loads anew', async (context) => {
  const store = await openFor(context, join(temporaryDirectory(context), 'vedette.db'));
  await writeRandomFindings(store, 13);
  const before = await store.findings.list(ALL);
  assert.ok(before.rows.length > 80);
  await store.write(async (tx) => {
    await tx.updateTable('finding').set({ severity: 5 }).execute();
    await tx.deleteFrom('finding_change').execute();
    await tx.updateTable('finding').set({ status: 'CLOSED' }).where('id', '=', 1).execute();
  });
  const { rows } = await store.findings.list({ ...ALL, criteria: { severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }] } });
  assert.equal(rows.length, before.rows.length);
});

test('lists do not wait for an index that is loading, and what waits for it is answered from it', async (context) => {
  const store = await openFor(context, join(temporaryDirectory(context), 'vedette.db'));
  await writeRandomFindings(store, 14);
  await store.write(async (tx) => {
    const columns = Object.keys(await tx.selectFrom('finding').selectAll().executeTakeFirstOrThrow()).filter(
      (one) => one !== 'id',
    );
    const changed: Partial<Record<string, RawBuilder<unknown>>> = { arn: sql`arn || '-' || n`, generation: sql`n` };
    const copied = sql.join(columns.map((one) => changed[one] ?? sql.ref(one)));
    await sql`with recursive copy(n) as (select 1 union all select n + 1 from copy where n < 150)
      insert into finding (${sql.join(columns.map((one) => sql.ref(one)))}) select ${copied} from finding, copy`.execute(tx);
  });
  const answered: string[] = [];
  const told = async <T>(name: string, answer: Promise<T>): Promise<T> => {
    const given = await answer;
    answered.push(name);
    return given;
  };
  const counts = {
    scope: undefined,
    type: 'TITLE',
    accountIds: undefined,
    request: undefined,
    limit: 10,
    after: undefined,
  } as const;
  const request = { ...ALL, sort: { field: 'SEVERITY', sortOrder: 'DESC' }, limit: 20 } as const;
  const [counted, rows, { json }] = await Promise.all([
    told('aggregation', store.findings.aggregate(counts)),
    told('list', store.findings.list(request)),
    store.findings.listJson(request),
  ]);
  assert.deepEqual(answered, ['list', 'aggregation']);
  assert.deepEqual(counted, await aggregateFindings(store.read, counts));
  assert.deepEqual(rows, await listFindings(store.read, request));
  assert.deepEqual(await store.findings.list(request), rows);
  assert.deepEqual((await store.findings.listJson(request)).json, json);
});

test('questions that wait when the store is closed fail, later ones too', async (context) => {
  const store = await openFor(context, join(temporaryDirectory(context), 'vedette.db'));
  await store.findings.list(ALL);
  await store.findings.close();
  await assert.rejects(store.findings.list(ALL), /closed/);
});
