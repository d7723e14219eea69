/** Watching registries: which images are read, when, and what becomes of those that cannot be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeCatalog } from '../../../tests/support/catalog.ts';
import { makeIndex } from '../../../tests/support/image.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import { ACCOUNT, about, asked, imageOf, newWatching, watching } from '../../../tests/support/watching.ts';
import { rematchSome } from '../rematch.ts';
import { fits } from './configuration.ts';

const MINUTE = 60_000;

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
