/** Pages: every order, with no page empty, no row lost or met twice, whatever is written meanwhile. */
import assert from 'node:assert/strict';
import { type FilterCriteria, SortField, type SortOrder } from '@aws-sdk/client-inspector2';
import { insertDetail, insertFinding, insertResource, samplePart } from '../../../tests/support/findings.ts';
import { ACCOUNTS, writeRandomFindings } from '../../../tests/support/random-findings.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import type { Store } from '../store.ts';
import { SORT_COLUMNS } from './fields.ts';
import { type Cursor, countFindings, findingsByArn, listFindings } from './list.ts';

const ORDERS: readonly SortOrder[] = ['ASC', 'DESC'];
const EVERYTHING = { scope: undefined, criteria: undefined } as const;

type Sort = { readonly field: SortField; readonly sortOrder: SortOrder } | undefined;

function equals(value: string) {
  return [{ comparison: 'EQUALS' as const, value }];
}

type List = Store['findings']['list'];

/** By SQL, and as the store answers: from memory on the embedded one. */
function ways(store: Store): readonly List[] {
  return [(request) => listFindings(store.read, request), (request) => store.findings.list(request)];
}

async function pages(
  list: List,
  sort: Sort,
  limit: number,
  between: () => Promise<void> = async () => undefined,
): Promise<number[]> {
  const ids: number[] = [];
  let after: Cursor | undefined;
  do {
    const page = await list({ ...EVERYTHING, sort, limit, after });
    assert.ok(page.rows.length > 0 && page.rows.length <= limit);
    if (page.next !== undefined) assert.equal(page.rows.length, limit, 'only the last page is short');
    ids.push(...page.rows.map(({ id }) => id));
    after = page.next;
    await between();
  } while (after !== undefined);
  return ids;
}

onBothEngines('every order is total, whatever the size of the pages', async (store) => {
  await writeRandomFindings(store, 3);
  const stored = await store.read.selectFrom('finding').selectAll().execute();
  for (const field of Object.values(SortField)) {
    for (const sortOrder of ORDERS) {
      const column = SORT_COLUMNS[field];
      const sign = sortOrder === 'ASC' ? 1 : -1;
      const expected = [...stored].sort((a, b) => {
        const [left, right] = [a[column], b[column]];
        if (left === null || right === null) return left === right ? sign * (a.id - b.id) : left === null ? 1 : -1;
        return left < right ? -sign : left > right ? sign : sign * (a.id - b.id);
      });
      const name = `${field} ${sortOrder}`;
      for (const list of ways(store)) {
        const ids = await pages(list, { field, sortOrder }, 7);
        assert.deepEqual(
          ids,
          expected.map(({ id }) => id),
          name,
        );
      }
    }
  }
  for (const list of ways(store))
    assert.deepEqual(
      await pages(list, undefined, 1),
      stored.map(({ id }) => id).sort((a, b) => a - b),
    );
});

onBothEngines('what is filtered by the column that is sorted by is whole, with and without a value', async (store) => {
  await writeRandomFindings(store, 3);
  const stored = await store.read.selectFrom('finding').select(['id', 'epss', 'vendor_severity', 'type']).execute();
  const word = stored.find((row) => row.vendor_severity !== null)?.vendor_severity ?? '';
  const cases: readonly (readonly [SortField, FilterCriteria, (row: (typeof stored)[number]) => boolean])[] = [
    ['EPSS_SCORE', { epssScore: [{ lowerInclusive: 0.1 }] }, ({ epss }) => epss !== null && epss >= 0.1],
    ['VENDOR_SEVERITY', { vendorSeverity: equals(word) }, (row) => row.vendor_severity === word],
    ['VENDOR_SEVERITY', { vendorSeverity: [{ comparison: 'NOT_EQUALS', value: word }] }, (row) => row.vendor_severity !== word],
    ['FINDING_TYPE', { findingType: equals('PACKAGE_VULNERABILITY') }, ({ type }) => type === 'PACKAGE_VULNERABILITY'],
    ['FINDING_TYPE', { findingType: equals('NETWORK_REACHABILITY') }, ({ type }) => type === 'NETWORK_REACHABILITY'],
  ];
  for (const [field, criteria, passes] of cases) {
    const expected = stored.filter(passes).map(({ id }) => id);
    assert.ok(expected.length > 0 && expected.length < stored.length, field);
    for (const sortOrder of ORDERS) {
      for (const list of ways(store)) {
        const ids = await pages((request) => list({ ...request, criteria }), { field, sortOrder }, 7);
        assert.deepEqual(
          ids.sort((a, b) => a - b),
          expected.toSorted((a, b) => a - b),
          `${field} ${sortOrder}`,
        );
      }
    }
  }
});

onBothEngines('a list that fits has no token; neither has one that ends with the page', async (store) => {
  await writeRandomFindings(store, 4);
  const total = await countFindings(store.read, undefined, undefined);
  for (const list of ways(store)) {
    for (const limit of [total, total + 1]) {
      const page = await list({ ...EVERYTHING, sort: undefined, limit, after: undefined });
      assert.deepEqual([page.rows.length, page.next], [total, undefined]);
    }
    const none = await list({ ...EVERYTHING, scope: [], sort: undefined, limit: 5, after: undefined });
    assert.deepEqual(none, { rows: [] });
  }
});

onBothEngines('rows that nobody touches are met once while others come and go', async (store) => {
  await writeRandomFindings(store, 5);
  const untouched = (await store.read.selectFrom('finding').select('id').orderBy('id').execute())
    .map(({ id }) => id)
    .filter((id) => id % 3 !== 0);
  for (const [which, list] of ways(store).entries()) {
    const sortOrder = ORDERS[which] ?? 'ASC';
    let turn = 0;
    const met = await pages(list, { field: 'SEVERITY', sortOrder }, 5, () =>
      store.write(async (tx) => {
        turn += 1;
        const resource = await insertResource(tx, {
          uid: `i-new-${sortOrder}-${turn}`,
          type: 'AWS_EC2_INSTANCE',
          details: { awsEc2Instance: {} },
        });
        const severity = turn % 6;
        await insertFinding(tx, resource, await insertDetail(tx, { kind: 'package', id: 'CVE-1', parts: [samplePart(1)] }), {
          severity,
        });
        // Touched ones move, and one of them goes.
        await tx
          .updateTable('finding')
          .set({ severity: 5 - severity })
          .where('id', '=', turn * 3)
          .execute();
        await tx
          .deleteFrom('finding')
          .where('id', '=', 60 + turn * 3)
          .execute();
      }),
    );
    const seen = met.filter((id) => untouched.includes(id));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      untouched,
    );
  }
});

onBothEngines('a caller sees only its accounts', async (store) => {
  await writeRandomFindings(store, 6);
  const [account = ''] = ACCOUNTS;
  const request = { ...EVERYTHING, scope: [account], sort: undefined, limit: 1000, after: undefined };
  const [rows = [], answered] = await Promise.all(ways(store).map(async (list) => (await list(request)).rows));
  assert.ok(rows.length > 0);
  assert.ok(rows.every((row) => row.account === account));
  assert.deepEqual(answered, rows);
  const other = await store.read.selectFrom('finding').select('arn').where('account', '!=', account).executeTakeFirstOrThrow();
  const own = rows[0]?.arn ?? '';
  const found = await findingsByArn(store.read, [account], [other.arn, own, 'nothing']);
  assert.deepEqual(
    found.map(({ arn }) => arn),
    [own],
  );
});
