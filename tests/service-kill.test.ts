/** `kill -9` of a real server while its thread writes what agents hand in: they send it again, and nothing is missing or twice. */
import assert from 'node:assert/strict';
import { mkdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bodyOf } from '../src/cli/service/body.ts';
import { addTarget } from '../src/delivery/manage.ts';
import { sealer } from '../src/store/seal.ts';
import { PLACE } from './support/crash-story.ts';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from './support/database.ts';
import { temporaryDirectory } from './support/directory.ts';
import { inventoryOf, packageOf, systemOf } from './support/inventory.ts';
import { bearer, type Serving, startServing } from './support/processes.ts';
import { randomOf } from './support/random-findings.ts';
import { said } from './support/stored.ts';
import { openFor } from './support/stores.ts';

const KEY = Buffer.alloc(32, 7);
const ENV = { VEDETTE_KEY: KEY.toString('base64') };
const KILLS = process.env.CI === 'true' ? 5 : 3;
const [NAMES, HOSTS, TIMES] = [60, 4, 4];
/** Writes into the log of the store that killing waits for at most, and inventories that it waits for: writes that come close together may be seen as one. */
const MOST = { writes: 120, taken: 3 };

/** Every second name has a fix that some of the versions have. */
function compile(context: TestContext): Promise<string> {
  const advisories = Array.from({ length: NAMES }, (_, index) => {
    const id = `CVE-2025-${1000 + index}`;
    const range = index % 2 === 0 ? { introduced: '0', fixed: '2.0' } : { introduced: '0' };
    return advisoryOf({ id, title: `of ${index}`, affected: [affectedOf({ name: `name-${index}`, ranges: [range] })] });
  });
  return compiledFile(context, [sourceOf('records.json', recordsOf(advisories))]);
}

/** What agents send, in this order: packages go up and down, come and go. */
const BODIES = Array.from({ length: HOSTS * TIMES }, (_, number) => {
  const [host, time] = [number % HOSTS, Math.floor(number / HOSTS)];
  const packages = Array.from({ length: NAMES }, (_, index) => index).flatMap((index) =>
    (host * 7 + index * 3 + time) % 4 === 0
      ? []
      : [packageOf({ type: 'npm', name: `name-${index}`, version: `${((host + index + time) % 3) + 1}.0` })],
  );
  const description = { kind: 'host', name: `host-${host}`, machine: `machine-${host}` } as const;
  return bodyOf(description, inventoryOf(packages, systemOf('debian', '12')), 'agent');
});

/** Kills the server at its n-th write into the log of the store from now on; undoes that when called. */
function killAtWrite(serving: Serving, writes: number): () => void {
  let left = writes;
  const watcher = watch(serving.data, (_event, name) => {
    if (name === 'vedette.db-wal' && --left === 0) serving.child.kill('SIGKILL');
  });
  return () => watcher.close();
}

/** Hands all in, again where there was no answer; after each kill with another process. */
async function tell(context: TestContext, database: string, kills: number) {
  const home = temporaryDirectory(context);
  const place = join(home, 'data', 'vedette.db');
  mkdirSync(join(home, 'data'));
  const before = await openFor(context, place);
  // Nothing can be written there: what was to be told stays in the outbox.
  const target = { account: PLACE.account, name: 'events', kind: 'file', configuration: { path: join(home, 'none', 'events') } };
  assert.ok((await before.write((tx) => addTarget(tx, target, sealer(KEY), Date.now()))).ok);
  await before.close();
  const draw = randomOf(20_260_111);
  let [next, killed] = [0, 0];
  while (next < BODIES.length) {
    const shared = ['--account', PLACE.account, '--region', PLACE.region];
    const serving = await startServing(context, ['--db', database, ...shared], ENV, home);
    await serving.said('working');
    const headers = { authorization: bearer(join(serving.data, 'credentials')), 'content-type': 'application/json' };
    const isDoomed = killed < kills;
    const release = isDoomed ? killAtWrite(serving, 1 + Math.floor(draw() * MOST.writes)) : undefined;
    const last = isDoomed ? next + MOST.taken : BODIES.length;
    while (next < BODIES.length) {
      const body = BODIES[next] ?? '';
      const sent = fetch(`${serving.url}/api/v1/inventories`, { method: 'POST', headers, body });
      if (next === last) serving.child.kill('SIGKILL');
      const answer = await sent
        .then(async (response) => ({ status: response.status, said: await response.text() }))
        .catch(() => undefined);
      if (answer === undefined) break;
      assert.equal(answer.status, 200, answer.said);
      next += 1;
    }
    release?.();
    const { signal } = await serving.stop('SIGTERM');
    if (signal === 'SIGKILL') killed += 1;
  }
  const after = await openFor(context, place);
  const rows = await after.read
    .selectFrom('outbox')
    .select(['ordering', 'payload'])
    .where('kind', '=', 'finding')
    .orderBy('id')
    .execute();
  const told = Map.groupBy(rows, ({ ordering }) => ordering);
  const events = [...told]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([arn, list]) => [
      arn,
      list.map(({ payload }) => {
        const { change, finding } = JSON.parse(payload);
        return [change, finding.status, finding.title, finding.fixAvailable];
      }),
    ]);
  return { said: await said(after), events, killed };
}

test('killed at any write of the thread that assesses, the store and its outbox are those of a run that was not', async (context) => {
  const database = await compile(context);
  const whole = await tell(context, database, 0);
  assert.equal(whole.said.resources.length, HOSTS);
  assert.ok(whole.said.findings.length > HOSTS * 40 && whole.events.length === whole.said.findings.length);
  const broken = await tell(context, database, KILLS);
  assert.equal(broken.killed, KILLS);
  assert.deepEqual(broken.said, whole.said);
  assert.deepEqual(broken.events, whole.events);
});
