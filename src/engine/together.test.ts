/** The engine beside others that write to the same store: what was read before is not taken for what is there. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { sql } from 'kysely';
import { affectedOf, compiledDatabase } from '../../tests/support/database.ts';
import { beforeTwo } from '../../tests/support/engine.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import { both, endedOrWaiting, overtaken, together } from '../../tests/support/together.ts';
import { openEstate } from '../estate/read.ts';
import { incomplete, ok } from '../model/problem.ts';
import { type Account, readAccount, saveAccount } from '../store/accounts.ts';
import type { Store, WorkStore } from '../store/index.ts';
import { followActivation, SWITCHED_OFF } from './activation.ts';
import { assessor } from './assessor/assessor.ts';
import { removeResource, setStatus, sweep } from './coverage.ts';
import { activate } from './fleet.ts';
import { type Arrival, ingest } from './ingest.ts';
import { matcher } from './matcher.ts';
import { assessEstate } from './network.ts';
import { rematchSome } from './rematch.ts';
import { forget } from './retention.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const DAY = 24 * 60 * 60 * 1000;
const TODAY = '2026-01-10';
const START = Date.parse(`${TODAY}T00:00:00Z`);
const PYPI = { affected: [affectedOf({ name: 'requests', stream: 'PyPI' })] };
const [LEFT, RIGHT] = [beforeTwo('CVE-2025-0001', 'left'), beforeTwo('CVE-2025-0002', 'right')];

function host(names: readonly string[], more: Partial<Arrival['inventory']> = {}): Arrival {
  const packages = names.map((name) => packageOf({ type: 'npm', name, version: '1.0' }));
  const inventory = { ...inventoryOf(packages, systemOf('debian', '12')), ...more };
  return { description: { kind: 'host', name: 'one' }, inventory, place: PLACE, origin: 'push', trigger: 'inventory' };
}

const image = (names: readonly string[]): Arrival => ({ ...host(names), description: { kind: 'image', name: 'one' } });

async function change(store: Store, over: Partial<Account>): Promise<void> {
  const account = await readAccount(store.read, PLACE.account);
  await store.write((tx) => saveAccount(tx, { ...account, ...over }, START));
}

async function coverage({ read }: Store): Promise<readonly string[]> {
  const rows = await read.selectFrom('resource').select(['status_code', 'status_reason']).orderBy('id').execute();
  return rows.map((row) => `${row.status_code} ${row.status_reason}`);
}

async function findings({ read }: Store): Promise<readonly string[]> {
  const rows = await read.selectFrom('finding').select(['key', 'status']).orderBy('key').execute();
  return rows.map(({ key, status }) => `${key} ${status}`);
}

onBothEngines(
  'a host that reports, or an image that is handed in, while the time of both is looked at',
  async (store, context) => {
    const database = await compiledDatabase(context, [LEFT]);
    await activate(store, undefined, database);
    const settings = { ecr: { rescanDuration: 'DAYS_30' as const } };
    await change(store, { settings });
    for (const one of [host(['left']), image(['left'])]) {
      const arrive = (now: number) => ingest(store, matcher(database, TODAY), one, () => now);
      const now = START + 40 * DAY;
      await arrive(START);
      // The first transaction is not about any of them.
      const late = overtaken(store, () => arrive(now), 2);
      assert.equal(await sweep(late, now), 0);
      assert.deepEqual(await coverage(store), ['ACTIVE SUCCESSFUL']);
      assert.deepEqual(await findings(store), ['CVE-2025-0001 ACTIVE']);
      assert.equal(await sweep(store, now + 40 * DAY), 1);
      for (const table of ['finding', 'occurrence', 'resource'] as const)
        await store.write((tx) => tx.deleteFrom(table).execute());
    }
  },
);

onBothEngines('a resource that comes or goes while scan types are followed', async (store, context) => {
  const database = await compiledDatabase(context, [LEFT]);
  await activate(store, undefined, database);
  const arrive = () => ingest(store, matcher(database, TODAY), host(['left']), () => START);
  const { uid = '', resource = 0 } = (await arrive()) ?? {};
  const empty = { status_code: SWITCHED_OFF.code, status_reason: SWITCHED_OFF.reason, units: '[]' };
  await store.write(async (tx) => {
    await tx.deleteFrom('occurrence').execute();
    await tx.updateTable('resource').set(empty).where('id', '=', resource).execute();
  });
  await followActivation(overtaken(store, arrive), START);
  assert.deepEqual(await coverage(store), ['ACTIVE SUCCESSFUL']);

  const { status } = await readAccount(store.read, PLACE.account);
  await change(store, { status: { ...status, EC2: 'DISABLED' } });
  const gone = overtaken(store, () => removeResource(store, PLACE.account, uid, START));
  assert.equal((await followActivation(gone, START)).switchedOff, 0);
  assert.deepEqual(await coverage(store), ['INACTIVE RESOURCE_TERMINATED']);
});

onBothEngines(
  'a first inventory that is not whole keeps what another first one, which came in between, has shown',
  async (store, context) => {
    const database = await compiledDatabase(context, [LEFT, RIGHT]);
    await activate(store, undefined, database);
    const on = (one: WorkStore) => {
      const current = async () => ok(matcher(database, TODAY));
      return assessor({ store: one, matcher: current, clock: () => START });
    };
    const cut = host(['left'], { problems: [incomplete('cut', 'Not all of it was read.')] });
    const done = await on(overtaken(store, () => on(store).ingest(host(['left', 'right'])))).ingest(cut);
    assert.ok(done.ok);
    assert.deepEqual(await findings(store), ['CVE-2025-0001 ACTIVE', 'CVE-2025-0002 ACTIVE']);
  },
);

onBothEngines(
  'a resource that is handed in for the first time twice at the same time is one resource',
  async (store, context) => {
    const database = await compiledDatabase(context, [LEFT]);
    await activate(store, undefined, database);
    const arrive = (on: Store) => ingest(on, matcher(database, TODAY), host(['left']), () => START);
    const [one, two] = both(await together(store, arrive, arrive));
    assert.deepEqual([one?.changes.created.length, two?.changes.created.length], [1, 0]);
    assert.equal(one?.resource, two?.resource);
  },
);

onBothEngines(
  'what a resource does not have any more gets no findings from who matches it again meanwhile',
  async (store, context) => {
    const before = await compiledDatabase(context, []);
    const after = await compiledDatabase(context, [LEFT]);
    const arrive = (names: readonly string[], with_ = after) => ingest(store, matcher(with_, TODAY), host(names), () => START);
    await activate(store, undefined, before);
    const { uid = '', resource = 0 } = (await arrive(['left', 'right'], before)) ?? {};
    await activate(store, before, after);
    const again = (on: Store) => rematchSome(on, matcher(after, TODAY), () => START);
    both(await together(store, again, () => arrive(['right'])));
    const closed = ['CVE-2025-0001 CLOSED'];
    assert.deepEqual(await findings(store), closed);

    const waiting = () => store.write((tx) => tx.updateTable('unit').set({ pending: 1 }).execute());
    const cleared = () => store.write((tx) => tx.deleteFrom('finding').execute());
    for (const end of [
      () => removeResource(store, PLACE.account, uid, START),
      async () => {
        await store.write((tx) => setStatus(tx, resource, { ...SWITCHED_OFF, closedBy: 'scan-disabled' }, START));
        return true;
      },
    ]) {
      await arrive(['left', 'right']);
      await cleared();
      await waiting();
      both(await together(store, again, end));
      assert.deepEqual(await findings(store), closed);
    }
  },
);

onBothEngines('what came while two databases were compared is matched again, too', async (store, context) => {
  const facts = (score: number) => [{ id: 'CVE-2025-0001', epss: { score, date: TODAY } }];
  const before = await compiledDatabase(context, [LEFT], facts(0.1));
  const after = await compiledDatabase(context, [LEFT, beforeTwo('CVE-2025-0003', 'requests', PYPI)], facts(0.9));
  await activate(store, undefined, before);
  const packages = [
    packageOf({ type: 'npm', name: 'left', version: '1.0' }),
    packageOf({ type: 'pypi', name: 'other', version: '1' }),
  ];
  const late: Arrival = { ...host([]), inventory: inventoryOf(packages, systemOf('debian', '12')) };
  const arrive = () => ingest(store, matcher(before, TODAY), late, () => START);
  const activated = await activate(overtaken(store, arrive), before, after);
  assert.deepEqual([activated?.facts, activated?.units, activated?.streams], [1, 1, ['PyPI']]);
});

onBothEngines('an estate that is analysed twice at the same time, and while units are matched again', async (store, context) => {
  const severities = [{ kind: 'cvss-v3' as const, value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', source: 'nvd' }];
  const database = await compiledDatabase(context, [beforeTwo('CVE-2025-0001', 'left', { severities })]);
  await activate(store, undefined, database);
  const opened = await openEstate(join(import.meta.dirname, '../../examples/estate/snapshot'));
  assert.ok(opened.ok);
  const analyse = (on: Store) => assessEstate(on, opened.value, () => START);
  const [one, two] = both(await together(store, analyse, analyse));
  assert.ok(one.changes.created.length > 0);
  assert.deepEqual(two.changes.created, []);

  const hidden = store.read.selectFrom('resource').select(['id', 'uid', 'account', 'region']).where('exposure', '=', 'none');
  const { id, uid, account, region } = await hidden.executeTakeFirstOrThrow();
  const arrival: Arrival = {
    ...host(['left']),
    description: { kind: 'host', name: uid, instance: uid },
    place: { account, region },
  };
  await ingest(store, matcher(database, TODAY), arrival, () => START);
  await store.write(async (tx) => {
    await tx.deleteFrom('finding').where('key', '=', 'CVE-2025-0001').execute();
    await tx.updateTable('unit').set({ pending: 1 }).execute();
    await tx.updateTable('resource').set({ exposure: null }).where('id', '=', id).execute();
  });
  both(await together(store, (on) => rematchSome(on, matcher(database, TODAY), () => START), analyse));
  const rows = await store.read.selectFrom('finding').select('score').where('key', '=', 'CVE-2025-0001').execute();
  // By the equations of CVSS 3.1 with AV:L: nothing reaches it.
  assert.deepEqual(rows, [{ score: 8.4 }]);
});

onBothEngines('what is referred to while it is looked for is not forgotten', async (store, context) => {
  // Nobody writes while SQLite looks.
  if (store.engine === 'sqlite') return;
  const database = await compiledDatabase(context, [LEFT, RIGHT]);
  await activate(store, undefined, database);
  for (const name of ['left', 'right']) {
    const arrival: Arrival = { ...host([name]), description: { kind: 'host', name } };
    await ingest(store, matcher(database, TODAY), arrival, () => START);
  }
  const run = (...statements: readonly string[]) =>
    store.write(async (tx) => {
      for (const statement of statements) await sql.raw(statement).execute(tx);
    });
  // Looking takes as long as somebody holds the lock.
  const waits = 'begin perform pg_advisory_xact_lock_shared(1); return true; end';
  await run(`create function wait() returns boolean language plpgsql volatile as '${waits}'`);
  for (const table of ['finding', 'occurrence']) {
    await run(
      `create table away as select * from ${table} where resource_id = (select min(id) from resource)`,
      `delete from ${table} where resource_id = (select min(id) from resource)`,
      `alter table ${table} rename to really`,
      `create view ${table} as select * from really where wait()`,
    );
    const [held, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const referring = store.write(async (tx) => {
      await sql`select pg_advisory_xact_lock(1)`.execute(tx);
      held.resolve();
      await go.promise;
      await sql`insert into really select * from away`.execute(tx);
    });
    await held.promise;
    const forgetting = forget(store, undefined, START);
    await endedOrWaiting(store, forgetting);
    go.resolve();
    await referring;
    assert.deepEqual(await forgetting, { findings: 0, details: 0, units: 0 });
    await run(`drop view ${table}`, `alter table really rename to ${table}`, 'drop table away');
  }
});
