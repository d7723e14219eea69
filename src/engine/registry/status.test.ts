/** How a registry stands is written by several at the same time: looks, requests for one, other processes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { fakeCatalog } from '../../../tests/support/catalog.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import type { Store } from '../../store/index.ts';
import { sealer } from '../../store/seal.ts';
import { changeStatus, putRegistry, readStatus } from './configuration.ts';
import type { Parts } from './parts.ts';
import { isDue, pollRegistry } from './poll.ts';

const MINUTE = 60_000;
const PLACE = { account: '123456789012', region: 'eu-west-1', name: 'one' };
const NOW = Date.parse('2026-01-10T00:00:00Z');

async function watch(store: Store, address: string): Promise<Parts> {
  const seal = sealer(randomBytes(32));
  const put = await store.write((tx) => putRegistry(tx, seal, PLACE, { address }, NOW));
  assert.ok(put.ok);
  const unused = () => assert.fail('nothing is there to be read');
  return {
    store,
    sealer: seal,
    clock: () => NOW,
    queue: { send: unused, work: unused, schedule: unused, dead: unused, replay: unused, close: unused },
    engine: { ingest: unused, rescan: unused },
    log: { info: () => undefined, error: () => undefined },
    maxImageBytes: 1,
    imageMilliseconds: MINUTE,
    pollMilliseconds: MINUTE,
  };
}

function job() {
  const payload = { account: PLACE.account, registry: PLACE.name };
  return { id: '1', kind: 'registry', payload, attempt: 1, signal: new AbortController().signal };
}

onBothEngines('a second look that begins as the first one ends does not leave the registry busy', async (store, context) => {
  const catalog = await fakeCatalog(context);
  const first = Promise.withResolvers<void>();
  const parts = await watch(store, catalog.host);
  // The second one's first write comes after the first one's last.
  const late: Store = {
    ...store,
    async write(work) {
      await first.promise;
      return store.write(work);
    },
  };
  let second: Promise<void> | undefined;
  catalog.intercept = () => {
    second ??= pollRegistry({ ...parts, store: late }, job());
    return false;
  };
  await pollRegistry(parts, job());
  first.resolve();
  await second;
  assert.ok(second !== undefined);
  const { busyUntil, polledAt, nextPollAt } = await readStatus(store.read, PLACE);
  assert.equal(busyUntil, undefined);
  assert.equal(polledAt, NOW);
  assert.ok(nextPollAt > NOW);
});

onBothEngines('changes at the same time are all there', async (store, context) => {
  const catalog = await fakeCatalog(context);
  await watch(store, catalog.host);
  const more = () => store.write((tx) => changeStatus(tx, PLACE, (was) => ({ ...was, failures: was.failures + 1 }), NOW));
  await Promise.all(Array.from({ length: 20 }, more));
  assert.equal((await readStatus(store.read, PLACE)).failures, 20);
});

test('a registry is due at its time, and when the clock was put back', () => {
  const registry = {
    ...PLACE,
    address: 'registry.example.com',
    repositories: [],
    platforms: [],
    intervalMinutes: 15,
    insecure: false,
  };
  const rows = [
    [{ nextPollAt: NOW }, true],
    [{ nextPollAt: NOW + 1 }, false],
    [{ nextPollAt: NOW + MINUTE, polledAt: NOW + 1 }, true],
    [{ nextPollAt: NOW + 7 * 60 * MINUTE }, true],
  ] as const;
  for (const [status, due] of rows) assert.equal(isDue(registry, { failures: 0, problems: [], ...status }, NOW), due);
});
