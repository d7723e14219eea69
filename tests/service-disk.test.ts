/** The service on a disk that is really full, or really read-only. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { CreateFilterCommand, Inspector2Client, ListCoverageCommand, ListFindingsCommand } from '@aws-sdk/client-inspector2';
import { bodyOf } from '../src/cli/service/body.ts';
import { fields, items } from '../src/inventory/values.ts';
import { compileDatabases } from './support/crash-story.ts';
import { temporaryDirectory } from './support/directory.ts';
import { type Disk, needDisk } from './support/disk.ts';
import { atEnd } from './support/end.ts';
import { inventoryOf, packageOf, systemOf } from './support/inventory.ts';
import { bearer, keyIn, type Serving, startProcess, startServing } from './support/processes.ts';

const MEGABYTE = 1024 * 1024;
const PACKAGES = 200;

/** A host with packages of its own, one of them vulnerable: what it needs room for. */
function host(number: number): string {
  const own = Array.from({ length: PACKAGES }, (_, index) =>
    packageOf({ type: 'npm', name: `p${number}-${index}`, version: '1.0' }),
  );
  const inventory = inventoryOf([packageOf({ type: 'npm', name: 'alpha', version: '1.0' }), ...own], systemOf('debian', '12'));
  return bodyOf({ kind: 'host', name: `host-${number}`, machine: `machine-${number}` }, inventory, 'agent');
}

interface Place {
  readonly disk: Disk;
  readonly home: string;
  readonly args: readonly string[];
}

async function place(context: TestContext): Promise<Place | undefined> {
  const [db = ''] = await compileDatabases(context);
  const home = temporaryDirectory(context);
  mkdirSync(join(home, 'data'));
  const disk = await needDisk(context, join(home, 'data'), 8 * MEGABYTE);
  return disk === undefined ? undefined : { disk, home, args: ['--db', db] };
}

/** Starts the service there, and waits until it works. */
async function start(context: TestContext, { disk, home, args }: Place) {
  const serving = await startServing(context, args, {}, home, disk.through);
  await serving.said('working');
  return { serving, ...clients(context, serving, disk) };
}

function clients(context: TestContext, { url }: Serving, { directory }: Disk) {
  const path = join(directory, 'credentials');
  const client = new Inspector2Client({ endpoint: url, region: 'us-east-1', credentials: keyIn(path), maxAttempts: 1 });
  atEnd(context, () => client.destroy());
  const headers = { authorization: bearer(path), 'content-type': 'application/json' };
  return {
    client,
    async post(body: string) {
      const answer = await fetch(`${url}/api/v1/inventories`, { method: 'POST', headers, body });
      const said = fields(await answer.json()) ?? {};
      return { status: answer.status, message: String(said.message), retryAfter: answer.headers.get('retry-after') };
    },
    async ready() {
      const answer = await fetch(`${url}/readyz`);
      const { status, problems } = fields(await answer.json()) ?? {};
      return { code: answer.status, status, problems: items(problems).map((problem) => fields(problem)?.code) };
    },
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    async counts() {
      const { coveredResources = [] } = await client.send(new ListCoverageCommand({ maxResults: 200 }));
      const { findings = [] } = await client.send(new ListFindingsCommand({ maxResults: 100 }));
      return [coveredResources.length, findings.length];
    },
  };
}

const WHY = /^The disk that the store is on is full: .*\[store-full\]$/;

test('a disk that is full: told, read from, killed, and gone on with when there is room', async (context) => {
  const found = await place(context);
  if (found === undefined) return;
  const { disk } = found;
  let { serving, client, post, ready, metrics, counts } = await start(context, found);
  let hosts = 0;
  // The second time, what was left for a small one is gone too.
  for (const room of [2 * MEGABYTE, 0]) {
    disk.fill(room);
    while ((await post(host(hosts))).status === 200) hosts += 1;
  }
  assert.ok(hosts > 0, 'some fit');
  for (const answer of [await post(host(hosts)), await post(host(hosts + 1))]) {
    assert.deepEqual([answer.status, answer.retryAfter], [503, '10']);
    assert.match(answer.message, WHY);
  }
  const rule = (number: number) =>
    new CreateFilterCommand({
      name: `rule-${number}`,
      action: 'SUPPRESS',
      filterCriteria: { title: [{ comparison: 'PREFIX', value: 'x'.repeat(1_000) }] },
    });
  // Small changes may still fit into the log of the store.
  let rules = 0;
  const failed = async () => {
    for (; ; rules++) await client.send(rule(rules));
  };
  await assert.rejects(
    failed(),
    (error) => error instanceof Error && error.name === 'InternalServerException' && WHY.test(error.message),
  );
  // Reading goes on, and says why writing does not.
  assert.deepEqual(await counts(), [hosts, hosts]);
  let said = await ready();
  for (let look = 0; look < 2_000 && said.status === 'ready'; look++) {
    await failed().catch(() => undefined);
    said = await ready();
  }
  assert.deepEqual(said, { code: 200, status: 'read-only', problems: ['store-full'] });
  assert.match(await metrics(), /^vedette_store_writable 0$/m);
  // Killed there, it starts again and has what was acknowledged.
  await serving.stop();
  ({ serving, client, post, ready, metrics, counts } = await start(context, found));
  assert.deepEqual(await counts(), [hosts, hosts]);
  // Room, and nothing to restart.
  assert.equal((await post(host(hosts))).status, 503);
  disk.fill(4 * MEGABYTE);
  for (let number = 0; number < hosts + 2; number++) assert.equal((await post(host(number))).status, 200);
  await client.send(rule(rules));
  assert.deepEqual(await ready(), { code: 200, status: 'ready', problems: [] });
  assert.match(await metrics(), /^vedette_store_writable 1$/m);
  assert.deepEqual(await counts(), [hosts + 2, hosts + 2]);
  assert.equal((await serving.stop('SIGTERM')).status, 0);
  const db = new DatabaseSync(join(disk.directory, 'vedette.db'));
  assert.deepEqual({ ...db.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });
  db.close();
});

test('a first start on a full disk leaves nothing half made', async (context) => {
  const found = await place(context);
  if (found === undefined) return;
  const { disk, home, args } = found;
  // Room for nothing, and for a part of the tables.
  for (const room of [0, 64 * 1024]) {
    disk.fill(room);
    const { status, stderr } = await startProcess(context, ['serve', ...args], {}, home, disk.through).end;
    assert.equal(status, 3);
    assert.match(stderr, /^vedette: The store.*disk is full \[store-[a-z]+\]\n$/);
  }
  disk.fill(4 * MEGABYTE);
  const { post } = await start(context, found);
  assert.equal((await post(host(1))).status, 200);
});

test('a disk that is read-only when the service starts: said in one line', async (context) => {
  const found = await place(context);
  if (found === undefined) return;
  const { disk, home, args } = found;
  const { serving, post } = await start(context, found);
  assert.equal((await post(host(1))).status, 200);
  await serving.stop();
  disk.turnReadOnly();
  const { status, stderr } = await startProcess(context, ['serve', ...args], {}, home, disk.through).end;
  assert.equal(status, 3, stderr);
  assert.match(stderr, /read-only.*\[store-unreadable\]\n$/);
});
