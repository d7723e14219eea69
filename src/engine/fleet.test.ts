/** The life of findings in a store, and that following a change of the advisories ends where starting anew would. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { advisoryOf, affectedOf, compiledDatabase } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import type { Advisory } from '../model/advisory.ts';
import type { Inventory } from '../model/package.ts';
import type { Store, Write } from '../store/index.ts';
import { readDetail } from './content.ts';
import { removeResource, setStatus } from './coverage.ts';
import { activate, pending } from './fleet.ts';
import { ingest, rescan } from './ingest.ts';
import { matcher } from './matcher.ts';
import { rematchSome } from './rematch.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const DAY = 24 * 60 * 60 * 1000;
const TODAY = '2026-01-10';
const START = Date.parse(`${TODAY}T00:00:00Z`);

function advisory(id: string, name: string, fixed: string | undefined, over: Partial<Advisory> = {}): Advisory {
  const range = fixed === undefined ? { introduced: '0' } : { introduced: '0', fixed };
  return advisoryOf({
    ...over,
    id: `ADV-${id}-${name}`,
    vulnerabilities: [id],
    affected: [affectedOf({ name, ranges: [range] })],
  });
}

function host(name: string, packages: readonly (readonly [name: string, version: string])[]) {
  const list = packages.map(([name, version]) => packageOf({ type: 'npm', name, version }));
  const inventory: Inventory = inventoryOf(list, systemOf('debian', '12'));
  return { description: { kind: 'host' as const, name }, inventory, place: PLACE, origin: 'push', trigger: 'inventory' as const };
}

/** What the store says, without row numbers: one line for each finding. */
async function said(store: Store): Promise<readonly string[]> {
  const rows = await store.read
    .selectFrom('finding')
    .innerJoin('resource', 'resource.id', 'finding.resource_id')
    .innerJoin('detail', 'detail.id', 'finding.detail_id')
    .select(['resource.name', 'finding.key', 'finding.status', 'finding.generation', 'finding.title', 'finding.severity'])
    .select(['finding.arn', 'finding.closed_by', 'finding.score', 'finding.adjustments', 'detail.data'])
    .execute();
  return rows
    .map(({ data, ...row }) => {
      const detail = readDetail(data);
      const parts = detail.kind === 'package' ? detail.parts.map(({ vulnerability }) => vulnerability) : [];
      return JSON.stringify({ ...row, parts });
    })
    .sort();
}

async function openOnly(store: Store): Promise<readonly string[]> {
  return (await said(store)).filter((line) => !line.includes('"CLOSED"'));
}

onBothEngines('a finding lives: seen, gone, back within seven days, back later', async (store, context) => {
  const bad = await compiledDatabase(context, [advisory('CVE-2025-0001', 'left', '2.0')]);
  const one = matcher(bad, TODAY);
  let now = START;
  const clock = () => now;
  await activate(store, undefined, bad);
  const see = async (version: string) => {
    const done = await ingest(store, one, host('web', [['left', version]]), clock);
    assert.ok(done !== undefined);
    return done.changes;
  };
  const arns = async () =>
    (await store.read.selectFrom('finding').select(['arn', 'status']).orderBy('id').execute()).map(
      ({ arn, status }) => `${status} ${arn}`,
    );
  assert.equal((await see('1.0')).created.length, 1);
  const [first] = await arns();
  assert.match(first ?? '', /^ACTIVE arn:aws:inspector2:eu-west-1:123456789012:finding\/[0-9a-f]{32}$/);
  assert.deepEqual(await see('1.0'), { created: [], updated: [], closed: [], reopened: [] });
  now += DAY;
  assert.equal((await see('2.0')).closed.length, 1);
  now += 7 * DAY;
  assert.equal((await see('1.0')).reopened.length, 1);
  assert.deepEqual(await arns(), [first]);
  assert.equal((await see('2.0')).closed.length, 1);
  now += 7 * DAY + 1;
  assert.equal((await see('1.1')).created.length, 1);
  const list = await arns();
  assert.equal(list.length, 2);
  assert.equal(list[0], first?.replace('ACTIVE', 'CLOSED'));
  assert.notEqual(list[1]?.split(' ')[1], first?.split(' ')[1]);
});

onBothEngines('a database that was replaced meanwhile writes nothing', async (store, context) => {
  const older = await compiledDatabase(context, []);
  await activate(store, undefined, older);
  await store.write((tx) => tx.updateTable('setting').set({ value: '"later"' }).execute());
  assert.equal(await ingest(store, matcher(older, TODAY), host('web', [['left', '1.0']]), () => START), undefined);
  assert.deepEqual(await said(store), []);
});

const VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H';
const NAMES = ['left', 'right', 'up', 'down'];
const records = fc
  .array(
    fc.record({
      name: fc.constantFrom(...NAMES),
      id: fc.integer({ min: 1, max: 5 }).map((number) => `CVE-2025-000${number}`),
      fixed: fc.option(fc.constantFrom('1.0', '1.5', '2.0', '2.5'), { nil: undefined }),
      word: fc.constantFrom('low', 'high', 'critical'),
    }),
    { maxLength: 12 },
  )
  .map((rows) => {
    const made = rows.map(({ name, id, fixed, word }) =>
      advisory(id, name, fixed, {
        severities: [
          { kind: 'word', value: word, source: 'test' },
          ...(word === 'low' ? [] : [{ kind: 'cvss-v3' as const, value: VECTOR, source: 'test' }]),
        ],
      }),
    );
    return [...new Map(made.map((one) => [one.id, one])).values()];
  });
/** Where hosts can be reached from: their scores differ. */
const EXPOSURES = ['internet', 'other', 'none', null, null];
const hosts = fc.array(
  fc.uniqueArray(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom('1.0', '1.5', '2.0')), {
    maxLength: 4,
    selector: ([name]) => name,
  }),
  { minLength: 1, maxLength: 5 },
);

onBothEngines('following a change of the advisories ends where starting anew does', async (store, context) => {
  let [followed, adjusted] = [0, 0];
  await fc.assert(
    fc.asyncProperty(hosts, records, records, fc.nat(4), async (fleet, before, after, again) => {
      for (const table of ['finding', 'detail', 'detail_package', 'detail_value', 'occurrence', 'unit_name', 'unit'] as const) {
        await store.write((tx) => tx.deleteFrom(table).execute());
      }
      await store.write((tx) => tx.deleteFrom('resource').execute());
      const older = await compiledDatabase(context, before);
      const newer = await compiledDatabase(context, after);
      const clock = () => START;
      const send = async (database: typeof older, index: number) => {
        const done = await ingest(store, matcher(database, TODAY), host(`host-${index}`, fleet[index] ?? []), clock);
        assert.ok(done !== undefined);
      };
      const anew = async (database: typeof older, index: number) => {
        const row = await store.read
          .selectFrom('resource')
          .select('id')
          .where('name', '=', `host-${index}`)
          .executeTakeFirstOrThrow();
        await rescan(store, matcher(database, TODAY), row.id, clock);
      };
      await store.write((tx) => tx.deleteFrom('setting').execute());
      await activate(store, undefined, older);
      for (const index of fleet.keys()) {
        await send(older, index);
        const update = (tx: Write) => tx.updateTable('resource').set({ exposure: EXPOSURES[index] ?? null });
        await store.write((tx) => update(tx).where('name', '=', `host-${index}`).execute());
        await anew(older, index);
      }
      // The property is about what has to be matched again, however few at a time.
      await store.write((tx) => tx.updateTable('unit').set({ pending: 0 }).execute());
      await activate(store, older, newer);
      // One of them is looked at again while the others wait.
      if (again < fleet.length) await anew(newer, again);
      const waiting = await pending(store.read);
      const work = async () => {
        let settled = 0;
        for (;;) {
          const { units, changes } = await rematchSome(store, matcher(newer, TODAY), clock, 2);
          followed += changes.created.length + changes.updated.length + changes.closed.length;
          settled += units;
          if (units === 0) return settled;
        }
      };
      const settled = await Promise.all([work(), work(), work()]);
      assert.deepEqual([settled[0] + settled[1] + settled[2], await pending(store.read)], [waiting, 0], 'each unit once');
      adjusted += (await said(store)).filter((line) => /"adjustments":"/.test(line)).length;
      const result = await openOnly(store);
      for (const index of fleet.keys()) await anew(newer, index);
      assert.deepEqual(result, await openOnly(store));
    }),
    { numRuns: 25, seed: 11 },
  );
  assert.ok(followed > 20 && adjusted > 20, 'the property is about something');
});

onBothEngines(
  'an inventory that is as it was changes nothing, unless the resource was not assessed meanwhile',
  async (store, context) => {
    const bad = await compiledDatabase(context, [advisory('CVE-2025-0001', 'left', '2.0')]);
    const clock = () => START;
    await activate(store, undefined, bad);
    const send = async (packages: readonly (readonly [string, string])[]) => {
      const done = await ingest(store, matcher(bad, TODAY), host('web', packages), clock);
      assert.ok(done !== undefined);
      return done;
    };
    const first = await send([['left', '1.0']]);
    assert.equal(first.changes.created.length, 1);
    assert.deepEqual((await send([['left', '1.0']])).changes, { created: [], updated: [], closed: [], reopened: [] });
    // Waiting units are for whoever matches them again: a resource that reports nothing new does not take them over.
    await store.write((tx) => tx.updateTable('unit').set({ pending: 1 }).execute());
    await send([['left', '1.0']]);
    assert.deepEqual(await store.read.selectFrom('unit').select('pending').distinct().execute(), [{ pending: 1 }]);
    await store.write((tx) =>
      setStatus(tx, first.resource, { code: 'INACTIVE', reason: 'SCAN_ELIGIBILITY_EXPIRED', closedBy: 'not-eligible' }, START),
    );
    assert.deepEqual(await openOnly(store), []);
    assert.equal((await send([['left', '1.0']])).changes.reopened.length, 1);
    await removeResource(store, PLACE.account, first.uid, START);
    assert.equal((await send([['left', '1.0']])).changes.reopened.length, 1);
  },
);
