/** What people decide counts for findings that are written at the same time, too. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { requestBy } from '../../../tests/support/context.ts';
import { compiledDatabase } from '../../../tests/support/database.ts';
import { beforeTwo } from '../../../tests/support/engine.ts';
import { inventoryOf, packageOf, systemOf } from '../../../tests/support/inventory.ts';
import { ACCOUNT, REGION } from '../../../tests/support/service.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import { both, together } from '../../../tests/support/together.ts';
import { followActivation } from '../../engine/activation.ts';
import { activate } from '../../engine/fleet.ts';
import { ingest } from '../../engine/ingest.ts';
import { matcher } from '../../engine/matcher.ts';
import { resuppress } from '../../engine/suppression.ts';
import { decide } from '../../engine/triage.ts';
import type { Store } from '../../store/index.ts';
import { activation } from './activation.ts';
import { filters } from './filters.ts';

const TODAY = '2026-01-10';
const START = Date.parse(`${TODAY}T00:00:00Z`);

/** A host that has the packages from now on. */
async function hosts(context: TestContext, store: Store) {
  const database = await compiledDatabase(context, [beforeTwo('CVE-2025-0001', 'left')]);
  await activate(store, undefined, database);
  return (...names: readonly string[]) => {
    const packages = names.map((name) => packageOf({ type: 'npm', name, version: '1.0' }));
    const inventory = inventoryOf(packages, systemOf('debian', '12'));
    const place = { account: ACCOUNT, region: REGION };
    const arrival = {
      description: { kind: 'host', name: 'one' },
      inventory,
      place,
      origin: 'push',
      trigger: 'inventory',
    } as const;
    return (on: Store) => ingest(on, matcher(database, TODAY), arrival, () => START);
  };
}

async function findings({ read }: Store): Promise<readonly string[]> {
  return (await read.selectFrom('finding').select('status').orderBy('id').execute()).map(({ status }) => status);
}

/** As the service answers: rules take effect with the change. */
function request(store: Store) {
  return requestBy(store, ACCOUNT, async (tx, { kind }) => {
    if (kind === 'suppression') await resuppress(tx, ACCOUNT, START);
  });
}

onBothEngines('a rule hides a finding that comes at the same time; one that goes hides none', async (store, context) => {
  const host = await hosts(context, store);
  const rule = { name: 'all', action: 'SUPPRESS', filterCriteria: {} } as const;
  both(await together(store, host('left'), (on) => filters.CreateFilter(rule, request(on))));
  assert.deepEqual(await findings(store), ['SUPPRESSED']);
  for (const table of ['finding', 'occurrence', 'resource'] as const) await store.write((tx) => tx.deleteFrom(table).execute());
  const { arn } = await store.read.selectFrom('filter').select('arn').executeTakeFirstOrThrow();
  both(await together(store, host('left'), (on) => filters.DeleteFilter({ arn }, request(on))));
  assert.deepEqual(await findings(store), ['ACTIVE']);
});

onBothEngines('a decision counts for a finding that comes back at the same time', async (store, context) => {
  const host = await hosts(context, store);
  await host('left')(store);
  await host('other')(store);
  assert.deepEqual(await findings(store), ['CLOSED']);
  const finding = await store.read
    .selectFrom('finding')
    .select(['id', 'resource_id', 'key', 'account'])
    .executeTakeFirstOrThrow();
  const decision = { status: 'accepted', reason: null, owner: null, expiresAt: null } as const;
  both(await together(store, host('left'), (on) => on.write((tx) => decide(tx, finding, decision, 'ann', START))));
  assert.deepEqual(await findings(store), ['SUPPRESSED']);
});

onBothEngines('a scan type that is switched off stays off for a host that comes at the same time', async (store, context) => {
  const host = await hosts(context, store);
  const off = async (on: Store) => {
    await activation.Disable({ resourceTypes: ['EC2'] }, request(on));
    // The job that the change sets off.
    return followActivation(on, START);
  };
  both(await together(store, host('left'), off));
  assert.deepEqual(await findings(store), ['CLOSED']);
});
