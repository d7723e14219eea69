/** Watching registries: against doubles that page, refuse, stumble, lie and hang. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Catalog, fakeCatalog } from '../../../tests/support/catalog.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeIndex } from '../../../tests/support/image.ts';
import { onBothEngines, openFor } from '../../../tests/support/stores.ts';
import { about, imageOf, type Watching, watching } from '../../../tests/support/watching.ts';
import { rematchSome } from '../rematch.ts';
import { changeStatus, fits } from './configuration.ts';

const MINUTE = 60_000;
const ACCOUNT = '123456789012';

async function newWatching(context: TestContext, options?: Parameters<typeof watching>[2]): Promise<Watching> {
  return watching(context, await openFor(context, join(temporaryDirectory(context), 'vedette.db')), options);
}

async function statusOf({ registries }: Watching, name = 'one') {
  const found = (await registries.list(ACCOUNT)).find((one) => one.name === name);
  assert.ok(found !== undefined);
  return found.status;
}

/** Forgets what was asked so far. */
function asked(catalog: Catalog): readonly string[] {
  return catalog.requests.splice(0);
}

test('patterns', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['*', 'team/app', true],
    ['team/*', 'team/app/web', true],
    ['team/*', 'teams/app', false],
    ['team/app', 'team/app', true],
    ['team/app', 'team/app2', false],
    ['*/app', 'team/app', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'ac', false],
    ['ab*ba', 'aba', false],
    ['*a*', 'b', false],
  ];
  for (const [pattern, repository, expected] of rows)
    assert.equal(fits(pattern, repository), expected, `${pattern} ${repository}`);
  assert.equal(fits(`${'*a'.repeat(100)}b`, 'a'.repeat(100_000)), false);
});

onBothEngines('what is there is read once; tags and deletions are followed', async (store, context) => {
  const watched = await watching(context, store);
  const catalog = await fakeCatalog(context);
  const [one, two] = [imageOf('1.0'), imageOf('2.0')];
  catalog.push('team/app', '1', one);
  catalog.push('team/app', '2', two);
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  const both = [one, two].map((image) => `team/app@${image.manifestDigest}`);
  assert.deepEqual(watched.read.toSorted(), both.toSorted());
  assert.deepEqual((await watched.coverage()).toSorted(), [
    'team/app/ SUCCESSFUL',
    'team/app:1 SUCCESSFUL',
    'team/app:2 SUCCESSFUL',
  ]);
  assert.deepEqual(await watched.findings(), ['team/app CVE-2099-0001 ACTIVE', 'team/app CVE-2099-0001 ACTIVE']);

  catalog.push('team/app', 'latest', two);
  catalog.repositories.get('team/app')?.set('1', two.manifestDigest);
  asked(catalog);
  await watched.settle(20 * MINUTE);
  assert.equal(watched.read.length, 2);
  assert.ok((await watched.coverage()).includes('team/app:1,2,latest SUCCESSFUL'));
  assert.ok((await watched.coverage()).includes('team/app: SUCCESSFUL'), 'an image without tags is still there');
  assert.deepEqual(
    asked(catalog).filter((line) => /^GET .*(manifests|blobs)/.test(line)),
    [],
    'nothing that is known is fetched',
  );

  // Missing once may be a registry that stumbles.
  catalog.content.delete(one.manifestDigest);
  await watched.settle(20 * MINUTE);
  assert.equal((await watched.findings()).filter((line) => line.endsWith('ACTIVE')).length, 2);
  catalog.content.set(one.manifestDigest, one.manifest);
  await watched.settle(20 * MINUTE);
  catalog.content.delete(one.manifestDigest);
  await watched.settle(20 * MINUTE);
  assert.equal((await watched.findings()).filter((line) => line.endsWith('ACTIVE')).length, 2);
  await watched.settle(10_000);
  assert.deepEqual(await watched.findings(), ['team/app CVE-2099-0001 ACTIVE', 'team/app CVE-2099-0001 CLOSED']);

  // The whole repository goes, and comes back.
  catalog.repositories.delete('team/app');
  await watched.settle(20 * MINUTE);
  await watched.settle(20 * MINUTE);
  await watched.settle(20 * MINUTE);
  assert.deepEqual(await watched.coverage(), []);
  catalog.push('team/app', '2', two);
  await watched.settle(20 * MINUTE);
  assert.equal(watched.read.length, 3);
  assert.ok((await watched.coverage()).includes('team/app:2 SUCCESSFUL'));
});

test('lists come in pages, and links lead nowhere else', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  catalog.page = 2;
  const image = imageOf('1.0');
  for (let at = 0; at < 7; at++) catalog.push(`team/app-${at}`, 'latest', image);
  for (let at = 0; at < 5; at++) catalog.push('team/app-0', `v${at}`, image);
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  const { repositories, images, problems } = await statusOf(watched);
  assert.deepEqual([repositories, images, problems], [7, 7, []]);
  assert.ok((await watched.coverage()).includes('team/app-0:latest,v0,v1,v2,v3,v4 SUCCESSFUL'));
  const pages = asked(catalog).filter((line) => line.includes('_catalog'));
  assert.deepEqual([pages.length, pages[1]], [4, 'GET /v2/_catalog?last=team/app-1&n=2']);
});

test('a list without an end is cut, and told', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  let page = 0;
  catalog.intercept = (request, response) => {
    if (request.url?.startsWith('/v2/_catalog') !== true) return false;
    page++;
    const repositories = Array.from({ length: 1000 }, (_, at) => `other/r${page}-${at}`);
    response.writeHead(200, { link: `</v2/_catalog?last=${page}>; rel="next"` }).end(JSON.stringify({ repositories }));
    return true;
  };
  await watched.watch('one', {
    address: catalog.host,
    repositories: [{ pattern: 'team/*', frequency: 'CONTINUOUS_SCAN' }],
  });
  await watched.settle();
  assert.equal(page, 10);
  const { problems, failures } = await statusOf(watched);
  assert.deepEqual([problems.map(({ code }) => code), failures], [['registry-list-too-long'], 0]);
});

test('a catalog that answers the same page for ever is left', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  let page = 0;
  catalog.intercept = (request, response) => {
    if (request.url?.startsWith('/v2/_catalog') !== true) return false;
    response.writeHead(200, { link: `</v2/_catalog?last=${page++}>; rel="next"` }).end('{"repositories":["a"]}');
    return true;
  };
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  assert.equal(page, 2);
});

test('lists that fail, end early or come from something that is no registry end no image', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  const [one, two] = [imageOf('1.0'), imageOf('2.0')];
  catalog.push('team/app', '1', one);
  catalog.push('team/app', '2', two);
  catalog.page = 1;
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  const open = async () => (await watched.findings()).filter((line) => line.endsWith('ACTIVE')).length;
  assert.equal(await open(), 2);
  const faults: readonly NonNullable<typeof catalog.intercept>[] = [
    // The second page fails, and so do the manifests.
    ({ url = '' }, response) => {
      const fails = url.includes('last=') || url.includes('/manifests/');
      if (fails) response.writeHead(500).end();
      return fails;
    },
    // A list that is none, and manifests that cannot be seen.
    ({ url = '' }, response) => {
      const status = url.includes('/tags/') ? 200 : url.includes('/manifests/') ? 403 : undefined;
      if (status !== undefined) response.writeHead(status).end('<html>');
      return status !== undefined;
    },
    // A proxy whose registry is away.
    (_, response) => {
      response.writeHead(404).end('<html>');
      return true;
    },
  ];
  for (const fault of faults) {
    catalog.intercept = fault;
    for (const wait of [20 * MINUTE, 10_000, 10 * 60 * MINUTE, 10_000, 10 * 60 * MINUTE]) await watched.settle(wait);
    assert.equal(await open(), 2, String(fault));
  }
  assert.match((await statusOf(watched)).problems[0]?.message ?? '', /there is no registry at its/);
  delete catalog.intercept;
  await watched.settle(10 * 60 * MINUTE);
  assert.equal(await open(), 2);
  assert.deepEqual((await statusOf(watched)).problems, []);
});

test('images of an index are read, the index and what is about them are not', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  const platforms = ['amd64', 'arm64', 's390x'].map((architecture) => ({ os: 'linux', architecture }));
  const images = platforms.map((platform) => ({ image: imageOf('1.0', platform), platform }));
  const attestation = imageOf('9.9');
  const unknown = { os: 'unknown', architecture: 'unknown' };
  for (const { image } of [...images, { image: attestation }]) {
    catalog.content.set(image.manifestDigest, image.manifest);
    for (const [digest, blob] of image.blobs) catalog.content.set(digest, blob);
  }
  catalog.push('multi', '1', makeIndex([...images, { image: attestation, platform: unknown }]));
  catalog.push('multi', 'z', makeIndex(images.slice(2)));
  const chart = { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: images[0]?.image.configDigest, size: 2 };
  catalog.push('charts', '1', Buffer.from(JSON.stringify({ schemaVersion: 2, config: chart, layers: [] })));
  catalog.push('old', '1', Buffer.from(JSON.stringify({ schemaVersion: 1, fsLayers: [] })));
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  const digests = images.map(({ image }) => `multi@${image.manifestDigest}`);
  assert.deepEqual(watched.read.toSorted(), digests.toSorted());
  assert.deepEqual((await watched.coverage()).toSorted(), [
    'charts/ SUCCESSFUL',
    'charts:1 UNSUPPORTED_MEDIA_TYPE',
    'multi/ SUCCESSFUL',
    'multi:1 SUCCESSFUL',
    'multi:1 SUCCESSFUL',
    'multi:z SUCCESSFUL',
    'old/ SUCCESSFUL',
    'old:1 UNSUPPORTED_MEDIA_TYPE',
  ]);
  asked(catalog);
  await watched.settle(20 * MINUTE);
  assert.deepEqual(
    asked(catalog).filter((line) => line.startsWith('GET') && line.includes('manifests')),
    [],
  );
});

test('a login is used, kept sealed, never shown, and not sent to another address', async (context) => {
  const watched = await newWatching(context);
  const login = { username: 'robot', password: 'hush-hush' };
  const catalog = await fakeCatalog(context, login);
  const other = await fakeCatalog(context);
  catalog.push('team/app', '1', imageOf('1.0'));
  await watched.watch('one', { address: catalog.host, credentials: { ...login, password: 'wrong' } });
  await watched.settle();
  const refused = await statusOf(watched);
  assert.deepEqual([refused.problems.map(({ code }) => code), refused.failures], [['registry-not-listed'], 1]);
  await watched.watch('one', { address: catalog.host, credentials: login });
  await watched.settle();
  assert.deepEqual((await watched.findings()).length, 1);
  // What is not told again stays …
  await watched.watch('one', { address: catalog.host, intervalMinutes: 5 });
  const kept = (await watched.registries.list(ACCOUNT))[0];
  assert.deepEqual([kept?.username, kept?.intervalMinutes], ['robot', 5]);
  const documents = await watched.store.read.selectFrom('document').select('value').execute();
  const shown = JSON.stringify([await watched.registries.list(ACCOUNT), watched.log, documents, refused]);
  assert.doesNotMatch(shown, /hush|aHVzaC/);
  // … but not for another address.
  await watched.watch('one', { address: other.host });
  assert.equal((await watched.registries.list(ACCOUNT))[0]?.username, undefined);
});

test('repositories and registries do not suffer from each other', async (context) => {
  const watched = await newWatching(context, { pollMilliseconds: 500 });
  const [good, bad, silent] = [await fakeCatalog(context), await fakeCatalog(context), await fakeCatalog(context)];
  let throttled = 0;
  for (const name of ['a', 'b', 'c']) good.push(name, '1', imageOf('1.0'));
  good.intercept = (request, response) => {
    if (request.url?.startsWith('/v2/b/') === true) {
      response.writeHead(request.url.includes('tags') ? 403 : 500).end();
      return true;
    }
    if (request.url?.startsWith('/v2/c/manifests/1') === true && throttled++ < 2) {
      response.writeHead(429, { 'retry-after': '0' }).end();
      return true;
    }
    return false;
  };
  bad.intercept = (_, response) => {
    response.writeHead(500).end();
    return true;
  };
  // Takes the connection and says nothing.
  silent.intercept = () => true;
  await watched.watch('bad', { address: bad.host });
  await watched.watch('silent', { address: silent.host });
  await watched.watch('good', { address: good.host });
  await watched.settle();
  assert.deepEqual((await watched.coverage()).toSorted(), [
    'a/ SUCCESSFUL',
    'a:1 SUCCESSFUL',
    'b/ ACCESS_DENIED',
    'c/ SUCCESSFUL',
    'c:1 SUCCESSFUL',
  ]);
  const found = await statusOf(watched, 'good');
  assert.deepEqual([found.problems.map(({ code, path }) => [code, path]), found.failures], [[['registry-unauthorised', 'b']], 0]);
  const status = await statusOf(watched, 'bad');
  assert.deepEqual([status.failures, status.nextPollAt - watched.clock.now], [1, 30 * MINUTE]);
  assert.equal((await statusOf(watched, 'silent')).failures, 1);
  for (let failures = 2; failures < 7; failures++) {
    await watched.registries.poll({ account: ACCOUNT, name: 'bad' });
    await watched.settle();
    assert.equal((await statusOf(watched, 'bad')).failures, failures);
  }
  assert.equal((await statusOf(watched, 'bad')).nextPollAt - watched.clock.now, 6 * 60 * MINUTE);
});

test('an image that cannot be fetched is told, tried again, and read when it can be', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  const image = imageOf('1.0');
  catalog.push('app', '1', image);
  let broken = true;
  catalog.intercept = (request, response) => {
    if (!broken || request.url?.includes('/blobs/') !== true) return false;
    response.writeHead(502).end();
    return true;
  };
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  assert.deepEqual((await watched.coverage()).toSorted(), ['app/ SUCCESSFUL', 'app:1 INTERNAL_ERROR']);
  assert.deepEqual(watched.read, []);
  broken = false;
  await watched.settle(2 * MINUTE);
  assert.deepEqual((await watched.coverage()).toSorted(), ['app/ SUCCESSFUL', 'app:1 SUCCESSFUL']);
  assert.equal((await watched.findings()).length, 1);
});

test('an image that is too large is not read', async (context) => {
  const watched = await newWatching(context, { maxImageBytes: 100 });
  const catalog = await fakeCatalog(context);
  catalog.push('app', '1', imageOf('1.0'));
  await watched.watch('one', { address: catalog.host });
  await watched.settle();
  assert.deepEqual((await watched.coverage()).toSorted(), ['app/ SUCCESSFUL', 'app:1 IMAGE_SIZE_EXCEEDED']);
});

test('frequencies: by hand means no findings, on push means no later ones', async (context) => {
  const watched = await newWatching(context);
  const catalog = await fakeCatalog(context);
  catalog.push('app', '1', imageOf('1.0'));
  const rule = async (frequency: 'MANUAL' | 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN') => {
    await watched.watch('one', { address: catalog.host, repositories: [{ pattern: '*', frequency }] });
    await watched.settle();
    const reasons = (await watched.coverage()).map((line) => line.replace(/^app:1 /, '')).toSorted();
    return [reasons.filter((line) => !line.startsWith('app/'))[0], ...(await watched.findings())];
  };
  assert.deepEqual(await rule('MANUAL'), ['SCAN_FREQUENCY_MANUAL']);
  assert.equal(watched.read.length, 0);
  assert.deepEqual(await rule('SCAN_ON_PUSH'), ['SCAN_FREQUENCY_SCAN_ON_PUSH', 'app CVE-2099-0001 ACTIVE']);
  const matcher = await watched.adopt([about('CVE-2099-0001', 'left'), about('CVE-2099-0002', 'left')]);
  await rematchSome(watched.store, matcher, () => watched.clock.now);
  assert.deepEqual(await watched.findings(), ['app CVE-2099-0001 ACTIVE']);
  assert.deepEqual(await rule('CONTINUOUS_SCAN'), ['SUCCESSFUL', 'app CVE-2099-0001 ACTIVE', 'app CVE-2099-0002 ACTIVE']);
  assert.deepEqual(await rule('MANUAL'), ['SCAN_FREQUENCY_MANUAL', 'app CVE-2099-0001 CLOSED', 'app CVE-2099-0002 CLOSED']);
  assert.deepEqual(await rule('CONTINUOUS_SCAN'), ['SUCCESSFUL', 'app CVE-2099-0001 ACTIVE', 'app CVE-2099-0002 ACTIVE']);
  assert.equal(watched.read.length, 1, 'one look at the image was enough for all of it');
  assert.ok(await watched.registries.remove({ account: ACCOUNT, name: 'one' }));
  await watched.settle();
  assert.deepEqual(
    (await watched.findings()).filter((line) => line.endsWith('ACTIVE')),
    [],
  );
});

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
