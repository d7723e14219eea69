/** The contract of feeds, over every entry of the registry. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readFeed } from '../../../tests/support/feed.ts';
import { makeTar } from '../../../tests/support/tar.ts';
import { makeZip } from '../../../tests/support/zip.ts';
import type { FeedFile } from '../feed.ts';
import { feeds } from './registry.ts';

test('ids and paths are unique', () => {
  assert.equal(new Set(feeds.map(({ id }) => id)).size, feeds.length);
  const paths = feeds.flatMap((feed) => feed.files([]).map(({ path }) => path));
  assert.equal(new Set(paths).size, paths.length);
});

/** A document in whatever packing a path promises. */
function packed(path: string, document: string): Uint8Array | string {
  if (path.endsWith('.zip')) return makeZip([{ name: 'CVE-2020-0001.json', data: document }]);
  const member = ['CVE-2020-0001.json', 'gems/x/y.yml', 'a/b/c.yaml'].map((name) => ({ name, data: document }));
  const inner = /\.tar(?:\.|$)/.test(path) ? makeTar(member) : document;
  return path.endsWith('.gz') ? gzipSync(inner) : inner;
}

for (const feed of feeds) {
  const upstream = feed.files([]);
  const first: FeedFile = upstream[0] ?? { path: '', streams: [] };
  // The same layout, unpacked where it would cost the test a compressor.
  const path = first.path.replace(/\.tar\.(?:zst|gz)$/, '.tar');

  test(`${feed.id}: describes itself`, () => {
    assert.match(feed.id, /^[a-z][a-z0-9-]*$/);
    assert.ok(feed.title !== '' && feed.licence !== '' && feed.specification.length > 0);
    for (const url of feed.specification) assert.ok(URL.canParse(url) && url.startsWith('https://'), url);
    assert.ok(upstream.length > 0);
  });

  test(`${feed.id}: names files by relative paths and addresses`, () => {
    for (const file of upstream) {
      assert.match(file.path, /^[\w.+-]+(?:\/[\w.+ -]+)+$/);
      assert.ok(file.url !== undefined && URL.canParse(file.url), file.path);
      // Amazon Linux 1 has no other address; what it gives is checked by checksum.
      assert.ok(file.url.startsWith('https://') || file.url.startsWith('http://repo.us-west-2.amazonaws.com/'), file.url);
    }
  });

  test(`${feed.id}: chooses only what is present`, () => {
    assert.deepEqual(feed.files(['unrelated.txt', 'state.json']), []);
    const paths = upstream.map((file) => file.path).sort();
    assert.deepEqual(
      feed
        .files(['unrelated.txt', ...paths])
        .map((file) => file.path)
        .sort(),
      paths,
    );
  });

  test(`${feed.id}: a file that is absent, empty or of another kind is a problem`, async (context) => {
    for (const content of ['', 'x', '<html></html>', '\0'.repeat(2000), '[]', '{}']) {
      const output = await readFeed(context, feed, first.path, content);
      assert.deepEqual([output.advisories, output.facts], [[], []]);
      assert.notEqual(output.problems.length, 0, JSON.stringify(content.slice(0, 10)));
      for (const problem of output.problems) assert.match(problem.code, /^feed-/);
    }
    const problems: unknown[] = [];
    for await (const record of feed.parse(first, '/nowhere/at/all')) problems.push(record.kind);
    assert.deepEqual(problems, ['problem']);
  });

  test(`${feed.id}: any document gives records or problems, never an exception`, async (context) => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), async (document) => {
        await readFeed(context, feed, path, packed(path, document));
      }),
      { numRuns: 20 },
    );
  });
}
