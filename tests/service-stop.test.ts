/** Told to stop at any moment of its start and of its work, the service ends soon and in order, and its store can be opened again. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf } from '../src/cli/service/body.ts';
import { compileDatabases, STORY } from './support/crash-story.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { sha256 } from './support/image.ts';
import { inventoryOf, packageOf, systemOf } from './support/inventory.ts';
import { bearer, type Running, startProcess, startServing } from './support/processes.ts';
import { fakeRegistry } from './support/registry.ts';
import { openFor } from './support/stores.ts';

/** Longest that ending may take; containers are given ten seconds, on machines that are not as busy as those that run tests. */
const SOON = 120_000;
const HOSTS = STORY.flatMap((step) => (step.kind === 'inventory' ? [step.arrival] : []));

async function until(running: Running, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    assert.deepEqual([running.child.exitCode, running.child.signalCode], [null, null], 'it must still be at work');
    await delay(5);
  }
}

/** It ends soon and as it should, and its store can be opened; tells how it ended. */
async function stopped(context: TestContext, running: Running, ...signals: readonly NodeJS.Signals[]) {
  const sent = performance.now();
  for (const signal of signals) running.child.kill(signal);
  const ran = await running.end;
  assert.ok(performance.now() - sent < SOON, 'it ends soon');
  assert.doesNotMatch(ran.stderr, /unexpected error|nhandled|"level":"error"|\n {4}at /);
  const store = await openFor(context, join(running.data, 'vedette.db'));
  return { store, how: ran.signal ?? ran.status, ran };
}

/** A server that takes requests and never answers; resolves with the first one. */
async function silent(context: TestContext) {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = createServer(() => resolve()).listen(0, '127.0.0.1');
  atEnd(context, () => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((listening) => server.once('listening', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

test('before its store is open it ends by the signal', async (context) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const running = startProcess(context, ['serve', '--listen', '127.0.0.1:0']);
    await until(running, () => existsSync(join(running.data, 'vedette.db.lock')));
    const { how } = await stopped(context, running, signal);
    // It may have got further before it was told.
    assert.ok(how === signal || how === 0, `${how}`);
  }
});

test('once it listens it ends with 0: when nothing else is begun, while advisories are compiled, while they are fetched', async (context) => {
  const starter = join(import.meta.dirname, '../starter');
  for (const [args, words] of [
    [[], '"msg":"listening"'],
    [['--mirror', starter], 'compiling the advisory database'],
  ] as const) {
    const home = temporaryDirectory(context);
    const running = startProcess(context, ['serve', '--listen', '127.0.0.1:0', ...args], {}, home);
    await running.wrote(words);
    assert.equal((await stopped(context, running, 'SIGTERM')).how, 0);
    const left = readdirSync(home, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      left.filter((name) => name.endsWith('.tmp')),
      [],
    );
  }
  const mirror = await silent(context);
  const fetching = startProcess(context, ['serve', '--listen', '127.0.0.1:0', '--mirror', mirror.url]);
  await mirror.asked;
  assert.equal((await stopped(context, fetching, 'SIGINT')).how, 0);
});

test('what is being assessed is finished or leaves nothing; a request that does not come is not waited for', async (context) => {
  const [database = ''] = await compileDatabases(context);
  const serving = await startServing(context, ['--db', database]);
  await serving.said('a new advisory database is in use');
  const packages = Array.from({ length: 3_000 }, (_, index) => packageOf({ type: 'npm', name: `p${index}`, version: '1.0' }));
  const [first] = HOSTS;
  assert.ok(first !== undefined);
  const inventory = inventoryOf([...packages, ...first.inventory.packages], systemOf('debian', '12'));
  const body = bodyOf(first.description, inventory, 'agent');
  const headers = { authorization: bearer(join(serving.data, 'credentials')), 'content-type': 'application/json' };
  const url = `${serving.url}/api/v1/inventories`;
  // Half of one is sent and all of another.
  const half = request(url, { method: 'POST', headers: { ...headers, 'content-length': body.length } });
  half.on('error', () => undefined);
  const whole = request(url, { method: 'POST', headers });
  const answered = new Promise<number | undefined>((resolve) => {
    whole.on('response', (response) => resolve(response.resume().statusCode));
    whole.on('error', () => resolve(undefined));
  });
  await Promise.all([
    new Promise((sent) => half.write(body.slice(0, 1_000), sent)),
    new Promise<void>((sent) => whole.end(body, () => sent())),
  ]);
  // Supervisors tell the process and its group.
  const { store, how } = await stopped(context, serving, 'SIGTERM', 'SIGTERM');
  assert.equal(how, 0);
  const status = await answered;
  const resources = await store.read.selectFrom('resource').select('id').execute();
  const occurrences = await store.read.selectFrom('occurrence').select('unit_id').execute();
  if (status === 200) assert.equal(resources.length, 1);
  // Whole or not at all.
  assert.equal(occurrences.length > 3_000, resources.length === 1, `${occurrences.length} of ${resources.length}`);
});

test('an image that is being fetched is let go', async (context) => {
  const registry = await fakeRegistry(context);
  const digest = sha256('layer');
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 2 ** 30 };
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { diff_ids: [sha256('x')] } }));
  const described = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: config.length };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers: [layer] }));
  registry.blobs.set(described.digest, config);
  for (const reference of ['1', sha256(manifest)]) registry.manifests.set(reference, manifest);
  registry.intercept = ({ url = '' }, response) => {
    if (url.includes('/tags/list')) response.end(JSON.stringify({ name: 'team/app', tags: ['1'] }));
    else if (url.endsWith(digest)) response.writeHead(200).write(Buffer.alloc(2 ** 20));
    else return false;
    return true;
  };
  const [database = ''] = await compileDatabases(context);
  const home = temporaryDirectory(context);
  const watched = ['--registry', `http://${registry.host}/team/app`];
  const serving = await startServing(context, ['--db', database, ...watched], {}, home);
  const fetched = () => readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => /^vedette-[^/]+\/./.test(name));
  await until(serving, () => fetched().length > 0);
  assert.equal((await stopped(context, serving, 'SIGTERM')).how, 0);
  assert.deepEqual(fetched(), []);
});
