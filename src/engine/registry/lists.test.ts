/** Watching registries: lists of doubles that page, refuse, stumble, lie and hang, and logins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeCatalog } from '../../../tests/support/catalog.ts';
import { ACCOUNT, asked, imageOf, newWatching, statusOf } from '../../../tests/support/watching.ts';

const MINUTE = 60_000;

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
