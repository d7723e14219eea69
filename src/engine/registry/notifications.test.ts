/** Watching registries: when they are looked at, and what they tell by themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeCatalog } from '../../../tests/support/catalog.ts';
import { ACCOUNT, asked, imageOf, newWatching, statusOf } from '../../../tests/support/watching.ts';
import { changeStatus } from './configuration.ts';

const MINUTE = 60_000;

test('notifications: replays are one look, lies change nothing, others are not believed', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  await watched.watch('one', { address: catalog.host, repositories: [{ pattern: 'team/*', frequency: 'CONTINUOUS_SCAN' }] });
  await watched.settle();
  const image = imageOf('1.0');
  const digest = catalog.push('team/app', '1', image);
  catalog.push('private', '1', image);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const event = (action: string, target: object, host = catalog.host) => ({
    action,
    target: { mediaType, ...target },
    request: { host },
  });
  const push = event('push', { repository: 'team/app', tag: '1', digest });
  const notified = (events: readonly unknown[]) => watched.registries.notify(ACCOUNT, { events });
  asked(catalog);
  const counts = await notified([
    push,
    push,
    event('push', { repository: 'team/app', digest, mediaType: 'application/octet-stream' }),
    event('pull', { repository: 'team/app', tag: '1', digest }),
    event('push', { repository: 'private', tag: '1', digest }),
    event('push', { repository: 'team/app', tag: '1' }, 'elsewhere.example'),
    event('push', { repository: 'team/app/../../x', tag: '../1', digest }),
    'nonsense',
  ]);
  assert.deepEqual(counts, { accepted: 2, ignored: 4, unknown: 2 });
  assert.deepEqual(await watched.registries.notify('999999999999', { events: [push] }, 'one'), {
    accepted: 0,
    ignored: 0,
    unknown: 1,
  });
  await watched.settle();
  assert.equal(asked(catalog).filter((line) => line === 'HEAD /v2/team/app/manifests/1').length, 1);
  assert.deepEqual(watched.read, [`team/app@${digest}`]);

  // A deletion that did not happen, and a push of what is not there.
  await notified([
    event('delete', { repository: 'team/app', digest }),
    event('push', { repository: 'team/app', tag: 'no', digest: `sha256:${'0'.repeat(64)}` }),
    event('push', { repository: 'team/no', tag: '1', digest }),
  ]);
  await watched.settle();
  await watched.settle(20_000);
  assert.deepEqual(
    (await watched.coverage()).filter((line) => line.includes(':')),
    ['team/app:1 SUCCESSFUL'],
  );
  assert.equal((await watched.findings()).filter((line) => line.endsWith('ACTIVE')).length, 1);
});

test("Harbor's webhooks", async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  const digest = catalog.push('team/app', 'latest', imageOf('1.0'));
  const body = (type: string) => ({
    type,
    occur_at: watched.clock.now / 1000 - 60,
    operator: 'admin',
    event_data: {
      resources: [{ digest, tag: 'latest', resource_url: `${catalog.host}/team/app:latest` }],
      repository: { name: 'app', namespace: 'team', repo_full_name: 'team/app', repo_type: 'private' },
    },
  });
  assert.deepEqual(await watched.registries.notify(ACCOUNT, body('PULL_ARTIFACT')), { accepted: 0, ignored: 1, unknown: 0 });
  assert.deepEqual(await watched.registries.notify(ACCOUNT, body('PUSH_ARTIFACT')), { accepted: 1, ignored: 0, unknown: 0 });
  await watched.settle();
  assert.deepEqual(watched.read, [`team/app@${digest}`]);
  const row = await watched.store.read
    .selectFrom('resource')
    .select('pushed_at')
    .where('pushed_at', 'is not', null)
    .executeTakeFirst();
  assert.equal(row?.pushed_at, watched.clock.now - MINUTE);
  catalog.repositories.delete('team/app');
  await watched.registries.notify(ACCOUNT, body('DELETE_ARTIFACT'), 'one');
  await watched.settle();
  await watched.settle(10_000);
  assert.deepEqual(await watched.findings(), ['team/app CVE-2099-0001 CLOSED']);
});

test('a clock that was put back by a day stops no look', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  catalog.push('app', '1', imageOf('1.0'));
  await watched.settle(-24 * 60 * MINUTE);
  await watched.settle(MINUTE);
  assert.deepEqual(await watched.coverage(), ['app/ SUCCESSFUL', 'app:1 SUCCESSFUL']);
  // Killed while it looked: nobody is busy for a day.
  const status = await statusOf(watched);
  const busyUntil = watched.clock.now + 10 * MINUTE;
  const key = { account: ACCOUNT, name: 'one' };
  const busy = { ...status, busyUntil, nextPollAt: busyUntil };
  await watched.store.write((tx) => changeStatus(tx, key, () => busy, watched.clock.now));
  catalog.push('app', '2', imageOf('2.0'));
  await watched.settle(-24 * 60 * MINUTE);
  await watched.settle(MINUTE);
  assert.deepEqual((await watched.coverage()).length, 3);
});

test('a look that is asked for while one is under way follows it', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  let looks = 0;
  let asking: Promise<unknown> | undefined;
  catalog.intercept = (request) => {
    if (request.url?.startsWith('/v2/_catalog') === true && looks++ === 0) {
      asking = watched.registries.poll({ account: ACCOUNT, name: 'one' });
    }
    return false;
  };
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  await asking;
  await watched.settle(MINUTE);
  assert.equal(looks, 2);
  const { nextPollAt, busyUntil } = await statusOf(watched);
  assert.ok(nextPollAt > watched.clock.now + 10 * MINUTE);
  assert.equal(busyUntil, undefined);
  await watched.settle(MINUTE);
  assert.equal(looks, 2);
});
