import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { atEnd } from '../../../tests/support/end.ts';
import { makeZip } from '../../../tests/support/zip.ts';
import type { Feed, FeedFile } from '../feed.ts';
import { type UpdateOptions, type UpdateResult, updateSources } from './index.ts';
import { readStates } from './state.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on any free port that answers by path and remembers what it was asked. */
async function serve(context: TestContext, routes: Record<string, Handler>) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const handler = routes[decodeURIComponent(request.url ?? '')];
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  atEnd(context, () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

function feedOf(...files: readonly FeedFile[]): Feed {
  return {
    id: 'test',
    title: 'Test feed',
    specification: [],
    licence: 'none',
    files: (present) => (present.length === 0 ? files : files.filter(({ path }) => present.includes(path))),
    parse: () => [],
  };
}

const NOON = new Date('2026-01-02T12:00:00.500Z');
const LATER = new Date('2026-01-03T12:00:00Z');

function run(directory: string, feed: Feed, options: Partial<UpdateOptions> = {}): Promise<UpdateResult> {
  return updateSources({ directory, feeds: [feed], now: () => NOON, sleep: async () => {}, attempts: 3, ...options });
}

const ZIP = makeZip([{ name: 'a.json', data: '{"id":"x"}'.repeat(50) }]);
const FILE = (url: string, path = 'osv/npm/all.zip'): FeedFile => ({ path, url: `${url}/${path}`, streams: ['npm'] });

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Serves bytes with an entity tag, conditionally and in ranges. */
function resource(bytes: Buffer, etag = '"1"'): Handler {
  return (request, response) => {
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    if (Number.isInteger(from) && request.headers['if-range'] === etag) {
      response.writeHead(206, { etag, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
      response.end(bytes.subarray(from));
    } else response.writeHead(200, { etag, 'content-length': bytes.length }).end(bytes);
  };
}

test('fetches, records, and asks again conditionally', async (context) => {
  const { url, requests } = await serve(context, { '/osv/npm/all.zip': resource(ZIP) });
  const directory = temporaryDirectory(context);
  const steps: string[] = [];
  const first = await run(directory, feedOf(FILE(url)), { progress: ({ step }) => steps.push(step) });
  assert.deepEqual([first.origin, first.changed, first.problems], ['network', 1, []]);
  assert.deepEqual(readFileSync(join(directory, 'osv/npm/all.zip')), ZIP);
  const state = {
    url: `${url}/osv/npm/all.zip`,
    etag: '"1"',
    size: ZIP.length,
    sha256: sha256(ZIP),
    fetchedAt: '2026-01-02T12:00:00Z',
  };
  assert.deepEqual(await readStates(directory), { 'osv/npm/all.zip': state });
  assert.deepEqual(steps, ['checking', 'receiving', 'fetched']);

  const second = await run(directory, feedOf(FILE(url)), { now: () => LATER });
  assert.deepEqual([second.changed, second.problems, second.sources[0]?.fetchedAt], [0, [], '2026-01-03T12:00:00Z']);
  assert.equal(requests[1]?.headers['if-none-match'], '"1"');
  assert.equal(requests.length, 2);
});

test('a file that was lost or tampered with in size is fetched without conditions', async (context) => {
  const { url, requests } = await serve(context, { '/osv/npm/all.zip': resource(ZIP) });
  const directory = temporaryDirectory(context);
  await run(directory, feedOf(FILE(url)));
  writeFileSync(join(directory, 'osv/npm/all.zip'), 'PK');
  await run(directory, feedOf(FILE(url)));
  assert.equal(requests[1]?.headers['if-none-match'], undefined);
  assert.deepEqual(readFileSync(join(directory, 'osv/npm/all.zip')), ZIP);
});

test('a cut connection is resumed where it broke', async (context) => {
  let first: ServerResponse | undefined;
  const { url, requests } = await serve(context, {
    '/osv/npm/all.zip': (request, response) => {
      if (first !== undefined) return resource(ZIP)(request, response);
      first = response;
      response.writeHead(200, { etag: '"1"', 'content-length': ZIP.length });
      response.write(ZIP.subarray(0, 50));
    },
  });
  const directory = temporaryDirectory(context);
  const result = await run(directory, feedOf(FILE(url)), { progress: ({ step }) => step === 'receiving' && first?.destroy() });
  assert.deepEqual(result.problems, []);
  assert.deepEqual([requests[1]?.headers.range, requests[1]?.headers['if-range']], ['bytes=50-', '"1"']);
  assert.deepEqual(readFileSync(join(directory, 'osv/npm/all.zip')), ZIP);
  assert.equal(existsSync(join(directory, 'osv/npm/all.zip.part')), false);
});

test('a partial download of other content is thrown away', async (context) => {
  const { url } = await serve(context, { '/osv/npm/all.zip': resource(ZIP, '"2"') });
  const directory = temporaryDirectory(context);
  mkdirSync(join(directory, 'osv/npm'), { recursive: true });
  writeFileSync(join(directory, 'osv/npm/all.zip.part'), 'PK of another day');
  writeFileSync(
    join(directory, 'osv/npm/all.zip.part.json'),
    JSON.stringify({ url: `${url}/osv/npm/all.zip`, validator: '"1"' }),
  );
  assert.deepEqual((await run(directory, feedOf(FILE(url)))).problems, []);
  assert.deepEqual(readFileSync(join(directory, 'osv/npm/all.zip')), ZIP);
});

test('an interrupted update keeps what it has and says so', async (context) => {
  const controller = new AbortController();
  const { url } = await serve(context, {
    '/osv/npm/all.zip': (_request, response) => {
      response.writeHead(200, { etag: '"1"', 'content-length': ZIP.length });
      response.write(ZIP.subarray(0, 50));
    },
  });
  const directory = temporaryDirectory(context);
  const result = await run(directory, feedOf(FILE(url)), {
    signal: controller.signal,
    progress: ({ step }) => step === 'receiving' && controller.abort(),
  });
  assert.deepEqual([result.sources, result.problems.map(({ code }) => code)], [[], ['source-missing']]);
  assert.match(result.problems[0]?.message ?? '', /interrupted/);
  assert.equal(readFileSync(join(directory, 'osv/npm/all.zip.part')).length, 50);
});

test('a wrong checksum is tried again, then refused', async (context) => {
  const hash = (bytes: Buffer) => `crc32c=AAAAAA==,md5=${createHash('md5').update(bytes).digest('base64')}`;
  let asked = 0;
  const { url } = await serve(context, {
    '/osv/npm/all.zip': (_request, response) => {
      asked++;
      response.writeHead(200, { 'x-goog-hash': hash(ZIP), etag: '"1"' }).end(ZIP);
    },
  });
  const directory = temporaryDirectory(context);
  const result = await run(directory, feedOf(FILE(url)));
  assert.match(result.problems[0]?.message ?? '', /crc32c checksum is wrong/);
  assert.deepEqual([asked, existsSync(join(directory, 'osv/npm/all.zip'))], [3, false]);
});

test('the checksums of the OSV bucket hold for what it sends', async (context) => {
  // RFC 3720 B.4: 32 bytes of zeros have CRC-32C 8a9136aa.
  const zeros = Buffer.concat([Buffer.alloc(32)]);
  const header = `crc32c=${Buffer.from('8a9136aa', 'hex').toString('base64')}, md5=${createHash('md5').update(zeros).digest('base64')}`;
  const { url } = await serve(context, {
    '/x/y': (_request, response) => response.writeHead(200, { 'x-goog-hash': header }).end(zeros),
  });
  assert.deepEqual((await run(temporaryDirectory(context), feedOf(FILE(url, 'x/y')))).problems, []);
});

test('server errors are retried as long as asked, others are not', async (context) => {
  const counts = { busy: 0, gone: 0 };
  const waits: number[] = [];
  const { url } = await serve(context, {
    '/a/busy.zip': (request, response) => {
      if (++counts.busy === 1) response.writeHead(500).end();
      else if (counts.busy === 2) response.writeHead(429, { 'retry-after': '7' }).end();
      else resource(ZIP)(request, response);
    },
    '/a/gone.zip': (_request, response) => {
      counts.gone++;
      response.writeHead(410).end();
    },
  });
  const feed = feedOf(FILE(url, 'a/busy.zip'), FILE(url, 'a/gone.zip'));
  const result = await run(temporaryDirectory(context), feed, { sleep: async (milliseconds) => void waits.push(milliseconds) });
  assert.deepEqual(counts, { busy: 3, gone: 1 });
  assert.deepEqual(waits, [1000, 7000]);
  assert.deepEqual(
    result.sources.map(({ file }) => file.path),
    ['a/busy.zip'],
  );
  assert.deepEqual(
    result.problems.map(({ code, path }) => [code, path]),
    [['source-missing', 'a/gone.zip']],
  );
});

test('what is too large is refused, announced or not', async (context) => {
  const { url } = await serve(context, {
    '/a/announced.zip': resource(ZIP),
    '/a/chunked.zip': (_request, response) => {
      response.writeHead(200, { etag: '"1"' });
      response.write(ZIP);
      response.end(ZIP);
    },
  });
  const directory = temporaryDirectory(context);
  const result = await run(directory, feedOf(FILE(url, 'a/announced.zip'), FILE(url, 'a/chunked.zip')), {
    maxBytes: ZIP.length - 1,
  });
  assert.deepEqual(
    result.problems.map(({ message }) => /larger than the limit/.test(message)),
    [true, true],
  );
  for (const name of ['announced', 'chunked']) assert.equal(existsSync(join(directory, `a/${name}.zip.part`)), false);
});

test('silence counts as a dead connection', async (context) => {
  const { url } = await serve(context, { '/osv/npm/all.zip': () => {} });
  const result = await run(temporaryDirectory(context), feedOf(FILE(url)), { idleTimeout: 20, attempts: 1 });
  assert.match(result.problems[0]?.message ?? '', /no data for 0.02 seconds/);
});

test('an error page sent as a success replaces nothing', async (context) => {
  let handler = resource(ZIP);
  const { url } = await serve(context, { '/osv/npm/all.zip': (request, response) => handler(request, response) });
  const directory = temporaryDirectory(context);
  await run(directory, feedOf(FILE(url)));
  for (const body of ['<html>please log in</html>', '']) {
    handler = (_request, response) => response.writeHead(200).end(body);
    const result = await run(directory, feedOf(FILE(url)));
    assert.deepEqual(
      result.problems.map(({ code }) => code),
      ['source-stale'],
    );
    assert.deepEqual(readFileSync(join(directory, 'osv/npm/all.zip')), ZIP);
  }
});

test('without a way to a host its files are not waited for one by one', async (context) => {
  const directory = temporaryDirectory(context);
  const files = Array.from({ length: 30 }, (_, index) => FILE('http://nowhere.invalid', `osv/e${index}/all.zip`));
  let asked = 0;
  const waits: number[] = [];
  const refuse = () => {
    asked++;
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    return Promise.reject(new TypeError('fetch failed', { cause }));
  };
  const { sources, problems } = await run(directory, feedOf(...files), {
    fetch: refuse,
    attempts: 4,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  assert.deepEqual([sources.length, problems.length], [0, 30]);
  assert.ok(asked <= 30 + 8 && waits.length <= 8, `${asked} requests, ${waits.length} waits`);
});

test('one source failing: its last good data stay and are told stale, the others are updated', async (context) => {
  let broken = false;
  let other = resource(ZIP);
  const { url } = await serve(context, {
    '/a/one.zip': (request, response) => (broken ? response.writeHead(503).end() : resource(ZIP)(request, response)),
    '/a/two.zip': (request, response) => other(request, response),
  });
  const directory = temporaryDirectory(context);
  const feed = feedOf(FILE(url, 'a/one.zip'), FILE(url, 'a/two.zip'));
  await run(directory, feed);
  broken = true;
  const newer = makeZip([{ name: 'b.json', data: '{}' }]);
  other = resource(newer, '"2"');
  const failed = await run(directory, feed, { now: () => LATER });
  assert.deepEqual([failed.changed, failed.sources.length], [1, 2]);
  assert.deepEqual(
    failed.problems.map(({ code, effect, path }) => [code, effect, path]),
    [['source-stale', 'notice', 'a/one.zip']],
  );
  assert.deepEqual(failed.sources[0]?.stale, {
    since: '2026-01-03T12:00:00Z',
    reason: 'the server answered 503 Service Unavailable',
  });
  assert.equal(failed.sources[0]?.fetchedAt, '2026-01-02T12:00:00Z');
  assert.deepEqual(readFileSync(join(directory, 'a/one.zip')), ZIP);
  assert.deepEqual(readFileSync(join(directory, 'a/two.zip')), newer);
  const again = await run(directory, feed, { now: () => new Date('2026-01-04T00:00:00Z') });
  assert.equal(again.sources[0]?.stale?.since, '2026-01-03T12:00:00Z');
  broken = false;
  assert.equal((await run(directory, feed)).sources[0]?.stale, undefined);
});

test('only what the target needs, side tables always', async (context) => {
  const paths = ['osv/npm/all.zip', 'alpine/3.19.zip', 'alpine/3.20.zip', 'side/kev.zip'];
  const streams = [['npm'], ['alpine/3.19'], ['alpine/3.20'], []];
  const { url } = await serve(context, Object.fromEntries(paths.map((path) => [`/${path}`, resource(ZIP)])));
  const feed = feedOf(...paths.map((path, index) => ({ ...FILE(url, path), streams: streams[index] ?? [] })));
  const chosen = async (wanted: UpdateOptions['wanted']) =>
    (await run(temporaryDirectory(context), feed, { wanted })).sources.map(({ file }) => file.path);
  assert.deepEqual(await chosen(['alpine/3.19']), ['alpine/3.19.zip', 'side/kev.zip']);
  assert.deepEqual(await chosen(['alpine']), ['alpine/3.19.zip', 'alpine/3.20.zip', 'side/kev.zip']);
  assert.deepEqual(await chosen([]), ['side/kev.zip']);
  assert.deepEqual(await chosen('all'), paths);
});

test('optional files that upstream does not have are not missed', async (context) => {
  const { url } = await serve(context, {});
  const result = await run(temporaryDirectory(context), feedOf({ ...FILE(url), optional: true }));
  assert.deepEqual([result.sources, result.problems], [[], []]);
});

const REPOMD = (bytes: Uint8Array, checksum = sha256(bytes)) => `<?xml version="1.0"?><repomd>
<data type="primary"><checksum type="sha256">${'0'.repeat(64)}</checksum><location href="repodata/primary.xml.gz"/></data>
<data type="updateinfo"><checksum type="sha256">${checksum}</checksum><open-checksum type="sha256">x</open-checksum>
<location href="repodata/abc-updateinfo.xml.gz"/></data></repomd>`;
const GZIP = Buffer.from('1f8b0800000000000003030000000000000000', 'hex');

test('an rpm repository: list of mirrors, repomd.xml, its checksum', async (context) => {
  const text =
    (body: string): Handler =>
    (_request, response) =>
      response.end(body);
  const routes: Record<string, Handler> = {
    '/ok/repodata/repomd.xml': text(REPOMD(GZIP)),
    '/ok/repodata/abc-updateinfo.xml.gz': resource(GZIP),
    '/wrong/repodata/repomd.xml': text(REPOMD(GZIP, '1'.repeat(64))),
    '/wrong/repodata/abc-updateinfo.xml.gz': resource(GZIP),
    '/none/repodata/repomd.xml': text('<repomd/>'),
  };
  const { url, requests } = await serve(context, routes);
  for (const name of ['ok', 'wrong', 'none']) routes[`/${name}.list`] = text(`${url}/nowhere\n${url}/${name}\n`);
  const path = 'amazon/2/core/repodata/updateinfo.xml.gz';
  const file = (name: string): FeedFile => ({ path, url: `${url}/${name}.list`, through: 'mirror-list', streams: ['amazon/2'] });
  const directory = temporaryDirectory(context);
  const ok = await run(directory, feedOf(file('ok')));
  assert.deepEqual([ok.problems, ok.sources[0]?.url], [[], `${url}/ok/repodata/abc-updateinfo.xml.gz`]);
  const before = requests.length;
  assert.equal((await run(directory, feedOf(file('ok')))).changed, 0);
  assert.equal(
    requests.slice(before).some((request) => request.url?.endsWith('.gz')),
    false,
  );
  const wrong = await run(temporaryDirectory(context), feedOf(file('wrong')));
  assert.match(wrong.problems[0]?.message ?? '', /sha256 checksum is wrong/);
  const none = await run(temporaryDirectory(context), feedOf({ ...file('none'), optional: true }));
  assert.deepEqual(none.problems, []);
});

test('an archive whose newest name is in a text', async (context) => {
  const zstd = Buffer.from('28b52ffd2000010000', 'hex');
  const { url } = await serve(context, {
    '/vex/latest.txt': (_request, response) => response.end('csaf_vex_2026-01-01.tar.zst\n'),
    '/vex/csaf_vex_2026-01-01.tar.zst': resource(zstd),
    '/bad/latest.txt': (_request, response) => response.end('../../etc/passwd\n'),
  });
  const file = (folder: string): FeedFile => ({
    path: 'redhat-cve/csaf-vex.tar.zst',
    url: `${url}/${folder}/latest.txt`,
    through: 'latest-name',
    streams: ['rhel'],
  });
  assert.deepEqual((await run(temporaryDirectory(context), feedOf(file('vex')))).problems, []);
  assert.match((await run(temporaryDirectory(context), feedOf(file('bad')))).problems[0]?.message ?? '', /names no/);
});

test('a mirror over http: listing, layout, credentials that are never told', async (context) => {
  const { url, requests } = await serve(context, {
    '/m/files.txt': (_request, response) => response.end('./osv/GitHub Actions/all.zip\n../escape.zip\n/absolute.zip\n'),
    '/m/osv/GitHub Actions/all.zip': resource(ZIP),
  });
  const feed = feedOf(
    { path: 'osv/GitHub Actions/all.zip', url: 'https://upstream.invalid/', streams: ['GitHub Actions'] },
    FILE('https://upstream.invalid'),
  );
  const mirror = `${url.replace('http://', 'http://user:s%40cret@')}/m`;
  const result = await run(temporaryDirectory(context), feed, { mirror });
  assert.deepEqual([result.origin, result.problems], ['mirror', []]);
  assert.deepEqual(
    result.sources.map((source) => source.url),
    [`${url}/m/osv/GitHub%20Actions/all.zip`],
  );
  assert.equal(requests[0]?.headers.authorization, `Basic ${Buffer.from('user:s@cret').toString('base64')}`);
  const missing = await run(temporaryDirectory(context), feed, { mirror: mirror.replace('/m', '/none') });
  assert.equal(missing.problems.length, 2);
  assert.equal(JSON.stringify(missing).includes('cret'), false);
});

test('a mirror directory is used in place', async (context) => {
  const mirror = temporaryDirectory(context);
  const directory = join(temporaryDirectory(context), 'sources');
  const path = 'osv/npm/all.zip';
  mkdirSync(dirname(join(mirror, path)), { recursive: true });
  writeFileSync(join(mirror, path), ZIP);
  const absent: Feed = { ...feedOf(FILE('https://upstream.invalid', 'other.zip')), id: 'other', title: 'Other feed' };
  const result = await updateSources({
    mirror,
    directory,
    feeds: [feedOf(FILE('https://upstream.invalid')), absent],
    now: () => NOON,
  });
  assert.deepEqual(
    result.sources.map(({ absolutePath }) => absolutePath),
    [join(mirror, path)],
  );
  assert.deepEqual(
    result.problems.map(({ code, path: place }) => [code, place]),
    [['source-not-in-mirror', mirror]],
  );
  assert.equal(existsSync(directory), false);
  // Of one feed, what another of its files covers is not missed.
  const daily = (name: string): FeedFile => ({ path: `osv/${name}`, streams: [] });
  const epss: Feed = { ...absent, files: (present) => (present.length === 0 ? [daily('current')] : [daily('npm/all.zip')]) };
  assert.deepEqual((await run(directory, epss, { mirror })).problems, []);
  const nowhere = await run(directory, absent, { mirror: join(mirror, 'nowhere') });
  assert.deepEqual(
    nowhere.problems.map(({ code }) => code),
    ['mirror-unreadable'],
  );
});

test('damaged records of what is there only cost another download', async (context) => {
  const { url } = await serve(context, { '/osv/npm/all.zip': resource(ZIP) });
  for (const content of ['', '{', '[]', '{"formatVersion":1,"files":{"osv/npm/all.zip":{"size":"x"}}}', '{"formatVersion":9}']) {
    const directory = temporaryDirectory(context);
    writeFileSync(join(directory, 'state.json'), content);
    assert.deepEqual((await run(directory, feedOf(FILE(url)))).problems, []);
  }
});
