/** Targets, dead letters, keys and jobs, through the native API. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { beforeTwo } from '../../../tests/support/engine.ts';
import { testNative } from '../../../tests/support/native.ts';

test('targets are made, changed, tried and removed; secrets are never shown', async (context) => {
  const { ask, host, store } = await testNative(context, [beforeTwo('CVE-2025-0001', 'left')]);
  const path = join(temporaryDirectory(context), 'events.ndjson');
  const file = { name: 'events', kind: 'file', configuration: { path } };
  const made = await ask('POST', '/targets', file);
  assert.deepEqual([made.status, made.body.name, made.body.enabled, made.body.waiting], [201, 'events', true, 0]);
  assert.equal((await ask('POST', '/targets', file)).status, 409);
  assert.equal((await ask('POST', '/targets', { ...file, name: 'x', configuration: { nonsense: 1 } })).status, 400);
  assert.equal((await ask('POST', '/targets', { ...file, kind: 'pigeon' })).status, 400);
  assert.equal((await ask('POST', '/targets', { ...file, name: 'y' }, 'read-only')).status, 403);
  const { id } = made.body;
  assert.deepEqual((await ask('POST', `/targets/${id}/test`)).body, { outcome: 'delivered' });
  assert.match(readFileSync(path, 'utf8'), /Inspector2 Coverage/);
  const hook = {
    name: 'hook',
    kind: 'webhook',
    configuration: { url: 'http://127.0.0.1:9/' },
    secrets: { secret: `whsec_${Buffer.from('hush'.repeat(8)).toString('base64')}` },
  };
  const second = await ask('POST', '/targets', hook);
  assert.equal(second.status, 201, JSON.stringify(second.body));
  assert.deepEqual(second.body.secrets, ['secret']);
  assert.ok(!JSON.stringify((await ask('GET', '/targets')).body).includes('whsec_'));
  assert.equal((await ask('POST', `/targets/${second.body.id}/test`)).body.outcome, 'failed');
  assert.equal((await ask('PATCH', `/targets/${id}`, { enabled: false })).body.enabled, false);
  assert.equal((await ask('PATCH', `/targets/${id}`, { name: 'hook' })).status, 409);
  await host('a', ['left', '1.0']);
  const waiting = (await ask('GET', `/targets/${second.body.id}`)).body.waiting;
  assert.ok(waiting > 0);
  assert.equal((await ask('GET', `/targets/${id}`)).body.waiting, 0);

  await store.write((tx) => tx.updateTable('outbox').set({ state: 'dead', error: 'no' }).execute());
  const letters = (await ask('GET', '/dead-letters?limit=1', undefined, 'read-only')).body;
  assert.deepEqual([letters.letters.length, letters.letters[0].target, letters.letters[0].error], [1, second.body.id, 'no']);
  const ids = [letters.letters[0].id];
  assert.equal((await ask('POST', '/dead-letters/replay', {})).status, 400);
  assert.equal((await ask('POST', '/dead-letters/replay', { ids, all: true })).status, 400);
  assert.deepEqual((await ask('POST', '/dead-letters/replay', { ids })).body, { letters: 1 });
  assert.deepEqual((await ask('POST', '/dead-letters/discard', { target: second.body.id })).body, { letters: waiting - 1 });
  assert.equal((await ask('DELETE', `/targets/${second.body.id}`)).status, 204);
  assert.equal((await ask('GET', `/targets/${second.body.id}`)).status, 404);
});

test('another account neither sees nor changes targets', async (context) => {
  const { ask, service } = await testNative(context, []);
  const made = await ask('POST', '/targets', { name: 'a', kind: 'file', configuration: { path: '/nowhere/x' } });
  const { accessKeyId, secretAccessKey } = await service.key('admin', '222233334444');
  const headers = { authorization: `Bearer ${accessKeyId}:${secretAccessKey}` };
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/test'],
  ] as const) {
    const answer = await service.server.inject({ method, url: `/api/v1/targets/${made.body.id}${path}`, headers });
    assert.equal(answer.statusCode, 404);
  }
  assert.equal((await service.server.inject({ url: '/api/v1/jobs/dead', headers })).statusCode, 403);
});

test('what belongs to the machine is used by the account of the installation only', async (context) => {
  const { service } = await testNative(context, []);
  const { accessKeyId, secretAccessKey } = await service.key('admin', '222233334444');
  const ask = async (method: 'POST' | 'PATCH', path: string, payload: object) => {
    const headers = { authorization: `Bearer ${accessKeyId}:${secretAccessKey}` };
    const answer = await service.server.inject({ method, url: `/api/v1/targets${path}`, headers, payload });
    return { status: answer.statusCode, body: answer.json() };
  };
  const file = await ask('POST', '', { name: 'f', kind: 'file', configuration: { path: '/tmp/x' } });
  assert.equal(file.status, 403);
  assert.match(file.body.message, /written on the machine of the service: only its own account, 111122223333/);
  const bus = { name: 'b', kind: 'eventbridge', configuration: { region: 'us-east-1' } };
  assert.equal((await ask('POST', '', bus)).status, 403);
  assert.equal((await ask('POST', '', { ...bus, secrets: { accessKeyId: 'AKIDEXAMPLE' } })).status, 403);
  const secrets = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'hush' };
  const made = await ask('POST', '', { ...bus, secrets });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await ask('PATCH', `/${made.body.id}`, { enabled: false })).status, 200);
  assert.equal((await ask('PATCH', `/${made.body.id}`, { secrets: {} })).status, 403);
});

test('the account of the installation makes keys for others, sees and disables them; others look after their own', async (context) => {
  const { ask, service } = await testNative(context, []);
  const other = '222233334444';
  const made = await ask('POST', '/keys', { name: 'team', role: 'admin', account: other });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const headers = { authorization: `Bearer ${made.body.accessKeyId}:${made.body.secretAccessKey}` };
  const theirs = (method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object) =>
    service.server.inject({ method, url: `/api/v1/keys${path}`, headers, ...(payload && { payload }) });
  const listed: { readonly account: string }[] = (await theirs('GET', '')).json().keys;
  assert.deepEqual([...new Set(listed.map(({ account }) => account))], [other]);
  assert.equal((await theirs('POST', '', { name: 'ci', role: 'agent' })).statusCode, 201);
  const foreign = await theirs('POST', '', { name: 'ci', role: 'agent', account: '111122223333' });
  assert.equal(foreign.statusCode, 403);
  assert.match(foreign.json().message, /are made by itself and by the account of the installation, 111122223333/);
  const own = (await ask('POST', '/keys', { name: 'own', role: 'agent' })).body.accessKeyId;
  assert.equal((await theirs('PATCH', `/${own}`, { disabled: true })).statusCode, 404);
  const all: { readonly account: string }[] = (await ask('GET', '/keys')).body.keys;
  assert.equal(new Set(all.map(({ account }) => account)).size, 2);
  assert.equal((await ask('PATCH', `/keys/${made.body.accessKeyId}`, { disabled: true })).status, 200);
  assert.equal((await theirs('GET', '')).statusCode, 403);
  assert.equal((await ask('POST', '/keys', { name: 'x', role: 'agent', account: 'abc' })).status, 400);
});

test('a key is made, works, is disabled and works no more', async (context) => {
  const { ask, service } = await testNative(context, []);
  const made = await ask('POST', '/keys', { name: 'ci', role: 'read-only' });
  assert.equal(made.status, 201);
  const { accessKeyId, secretAccessKey } = made.body;
  const headers = { authorization: `Bearer ${accessKeyId}:${secretAccessKey}` };
  const url = await service.url();
  const status = async (path: string) => (await fetch(`${url}/api/v1${path}`, { headers })).status;
  assert.equal(await status('/resources'), 200);
  assert.equal(await status('/keys'), 403);
  const shown = (await ask('GET', '/keys')).body.keys;
  assert.ok(shown.some((key: { accessKeyId: string }) => key.accessKeyId === accessKeyId));
  assert.ok(!JSON.stringify(shown).includes(secretAccessKey));
  assert.equal((await ask('PATCH', `/keys/${accessKeyId}`, { disabled: true }, 'read-only')).status, 403);
  assert.equal((await ask('PATCH', `/keys/${accessKeyId}`, { disabled: true })).status, 200);
  assert.equal(await status('/resources'), 403);
  const own = await service.key();
  const self = { authorization: `Bearer ${own.accessKeyId}:${own.secretAccessKey}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v1/keys/${own.accessKeyId}`, {
    method: 'PATCH',
    headers: self,
    body: '{"disabled":true}',
  });
  assert.equal(answer.status, 409);
  assert.equal((await ask('PATCH', `/keys/AKIA${'A'.repeat(16)}`, { disabled: true })).status, 404);
  assert.equal((await ask('POST', '/keys', { name: 'x', role: 'god' })).status, 400);
  assert.match((await ask('POST', '/keys', { name: 'x', role: 'agent', seconds: 900 })).body.sessionToken, /^[\w+/=]{100,}$/);
});

test('jobs that were given up are shown and tried again', async (context) => {
  const { ask, store, run } = await testNative(context, []);
  const row = { kind: 'rescan', payload: '{}', unique_key: null, state: 'dead', run_at: 0, attempts: 10 };
  await store.write((tx) =>
    tx
      .insertInto('job')
      .values({ ...row, lease_until: null, error: 'why', created_at: 0 })
      .execute(),
  );
  const [job] = (await ask('GET', '/jobs/dead')).body.jobs;
  assert.deepEqual([job.kind, job.error, job.createdAt], ['rescan', 'why', '1970-01-01T00:00:00.000Z']);
  assert.equal((await ask('POST', `/jobs/dead/rescan/${job.id}/replay`)).status, 202);
  await run();
  assert.deepEqual((await ask('GET', '/jobs/dead')).body.jobs, []);
  assert.equal((await ask('POST', '/jobs/dead/rescan/999/replay')).status, 404);
  assert.equal((await ask('GET', '/jobs/dead', undefined, 'read-only')).status, 403);
});
