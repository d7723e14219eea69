/** Resources, their assessments, and triage, through the native API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beforeTwo } from '../../../tests/support/engine.ts';
import { testNative } from '../../../tests/support/native.ts';
import { ACCOUNT } from '../../../tests/support/service.ts';

const DAY = 24 * 60 * 60 * 1000;
const ADVISORIES = [beforeTwo('CVE-2025-0001', 'left'), beforeTwo('CVE-2025-0002', 'right')];

test('resources are listed page by page, shown, assessed again and removed', async (context) => {
  const { ask, host, run } = await testNative(context, ADVISORIES);
  const ids = [];
  for (const name of ['a', 'b', 'c']) ids.push(await host(name, ['left', '1.0'], ['right', '2.0']));
  const first = await ask('GET', '/resources?limit=2', undefined, 'read-only');
  assert.deepEqual([first.status, first.body.resources.map(({ name }: { name: string }) => name)], [200, ['a', 'b']]);
  const second = await ask('GET', `/resources?limit=2&after=${first.body.next}`);
  assert.deepEqual([second.body.resources.length, second.body.next], [1, undefined]);
  assert.equal((await ask('GET', '/resources?name=b')).body.resources[0].id, ids[1]);
  const one = await ask('GET', `/resources/${ids[0]}`);
  assert.deepEqual(one.body.findings, { ACTIVE: { UNTRIAGED: 1 }, SUPPRESSED: {} });
  assert.equal(one.body.statusReason, 'SUCCESSFUL');
  assert.equal((await ask('POST', `/resources/${ids[0]}/rescan`)).status, 202);
  await run();
  const { assessments } = (await ask('GET', `/resources/${ids[0]}/assessments`)).body;
  assert.deepEqual(
    assessments.map(({ trigger, created }: { trigger: string; created: number }) => [trigger, created]),
    [
      ['rescan', 0],
      ['inventory', 1],
    ],
  );
  assert.equal((await ask('GET', '/assessments?trigger=inventory')).body.assessments.length, 3);
  assert.equal((await ask('GET', '/assessments?fleet=true')).body.assessments.length, 0);
  assert.equal((await ask('DELETE', `/resources/${ids[1]}`)).status, 204);
  assert.equal((await ask('DELETE', `/resources/${ids[1]}`)).status, 409);
  assert.equal((await ask('POST', `/resources/${ids[1]}/rescan`)).status, 409);
  assert.deepEqual((await ask('GET', `/resources/${ids[1]}`)).body.findings.ACTIVE, {});
  assert.equal((await ask('GET', '/resources')).body.resources.length, 2);
  assert.equal((await ask('GET', '/resources?removed=true')).body.resources.length, 3);
});

test('what may not be asked is refused', async (context) => {
  const { ask, host, service } = await testNative(context, ADVISORIES);
  const id = await host('a', ['left', '1.0']);
  const cases = [
    ['GET', '/resources/999999', 'admin', 404],
    ['GET', '/resources/x', 'admin', 400],
    ['GET', '/resources/0', 'admin', 400],
    ['GET', '/resources?limit=1001', 'admin', 400],
    ['GET', '/resources?else=1', 'admin', 400],
    ['DELETE', `/resources/${id}`, 'read-only', 403],
    ['POST', `/resources/${id}/rescan`, 'read-only', 403],
    ['GET', '/resources', 'agent', 403],
    ['GET', '/findings/zz/triage', 'admin', 400],
    ['GET', `/findings/${'0'.repeat(32)}/triage`, 'admin', 404],
  ] as const;
  for (const [method, path, role, status] of cases) {
    const answer = await ask(method, path, undefined, role);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    assert.equal(typeof answer.body.message, 'string');
  }
  const { accessKeyId, secretAccessKey } = await service.key('admin', '222233334444');
  const other = await fetch(`${await service.url()}/api/v1/resources/${id}`, {
    headers: { authorization: `Bearer ${accessKeyId}:${secretAccessKey}` },
  });
  assert.equal(other.status, 404);
});

test('a member hides no finding and shows none that was hidden; what hides nothing is its own', async (context) => {
  const { ask, host, store, service } = await testNative(context, ADVISORIES);
  await host('a', ['left', '1.0']);
  const arn = (await store.read.selectFrom('finding').select('arn').executeTakeFirstOrThrow()).arn;
  const path = `/findings/${encodeURIComponent(arn)}/triage`;
  const member = { id: ACCOUNT, name: null, status: '{}', configuration: '{}', created_at: 0, updated_at: 0 };
  await ask('PUT', path, { status: 'in-progress' });
  await store.write((tx) =>
    tx
      .insertInto('account')
      .values({ ...member, admin: '222233334444', relationship: 'ENABLED' })
      .execute(),
  );
  const refused = await ask('PUT', path, { status: 'accepted' });
  assert.equal(refused.status, 403);
  assert.match(refused.body.message, /its delegated administrator 222233334444 decides what is accepted or false-positive/);
  assert.equal((await ask('PUT', path, { status: 'open', owner: 'ann' })).status, 200);
  await store.write((tx) => tx.updateTable('triage').set({ status: 'accepted' }).execute());
  assert.equal((await ask('PUT', path, { status: 'open' })).status, 403);
  assert.equal((await ask('DELETE', path)).status, 403);
  assert.ok(service.log.every((line) => !line.includes('a request failed')));
});

test('a decision suppresses at once, survives, expires, and has a history', async (context) => {
  const { ask, host, store, run, clock } = await testNative(context, ADVISORIES);
  await host('a', ['left', '1.0'], ['right', '1.0']);
  const arn = (await store.read.selectFrom('finding').select('arn').orderBy('key').executeTakeFirstOrThrow()).arn;
  const path = `/findings/${encodeURIComponent(arn)}/triage`;
  const status = async () =>
    (await store.read.selectFrom('finding').select(['status']).where('arn', '=', arn).executeTakeFirstOrThrow()).status;
  assert.equal((await ask('GET', path)).body.status, 'open');
  assert.equal((await ask('PUT', path, { status: 'in-progress', owner: 'ann' })).body.owner, 'ann');
  assert.equal(await status(), 'ACTIVE');
  const expiresAt = new Date(clock.now + DAY).toISOString();
  const accepted = await ask('PUT', path, { status: 'accepted', reason: 'known', expiresAt });
  assert.deepEqual([accepted.body.status, accepted.body.expiresAt, accepted.body.owner], ['accepted', expiresAt, null]);
  assert.equal(await status(), 'SUPPRESSED');
  // The finding of the other package is not touched; a new inventory does not bring it back.
  assert.equal((await store.read.selectFrom('finding').select('id').where('status', '=', 'ACTIVE').execute()).length, 1);
  await host('a', ['left', '1.1'], ['right', '1.0']);
  assert.equal(await status(), 'SUPPRESSED');
  clock.now += DAY - 1;
  await run();
  assert.equal(await status(), 'SUPPRESSED');
  clock.now += 2 * 3_600_000;
  await run();
  assert.equal(await status(), 'ACTIVE');
  const short = `/findings/${arn.slice(-32)}/triage`;
  await ask('PUT', short, { status: 'false-positive' });
  assert.equal(await status(), 'SUPPRESSED');
  assert.equal((await ask('DELETE', short)).status, 204);
  assert.equal(await status(), 'ACTIVE');
  const { events } = (await ask('GET', `${short}/history`)).body;
  assert.deepEqual(
    events.map(({ value }: { value: { status: string } | null }) => value?.status ?? null),
    ['in-progress', 'accepted', 'false-positive', null],
  );
  assert.equal(events[0].by, 'test');
  for (const body of [
    { status: 'maybe' },
    {},
    { status: 'open', expiresAt: 'yesterday' },
    { status: 'open', expiresAt: new Date(clock.now - 1).toISOString() },
    { status: 'open', else: 1 },
    { status: 'open', reason: 'x'.repeat(5000) },
  ]) {
    assert.equal((await ask('PUT', short, body)).status, 400, JSON.stringify(body));
  }
  assert.equal((await ask('PUT', short, { status: 'accepted' }, 'read-only')).status, 403);
});
