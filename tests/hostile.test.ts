/** What a hostile or hurried world does to the command: bombs end within the limits, an interruption leaves nothing behind. */
import assert from 'node:assert/strict';
import { createWriteStream, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ended, startVedette, vedette } from './support/command.ts';
import { temporaryDirectory } from './support/directory.ts';
import { dockerArchive, makeImage } from './support/image.ts';
import { tarHeader } from './support/tar.ts';

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

/** A gzip file of `total` bytes, mostly zeros, after `head`: one member repeated, so that making it costs nothing. */
async function writeBomb(file: string, head: Buffer, total: number): Promise<void> {
  const step = 64 * MEBIBYTE;
  const member = gzipSync(Buffer.alloc(step), { level: 9 });
  function* pieces(): Iterable<Buffer> {
    yield gzipSync(head);
    for (let made = 0; made < total; made += step) yield member;
  }
  await pipeline(Readable.from(pieces()), createWriteStream(file));
}

test('a layer that deflates to 100 GiB ends within the configured limits', async (context) => {
  const home = temporaryDirectory(context);
  const size = 100 * GIBIBYTE;
  mkdirSync(join(home, 'image/blobs/sha256'), { recursive: true });
  await writeBomb(join(home, 'image.tar.gz'), tarHeader({ name: 'var/lib/dpkg/status' }, size), size);
  const started = performance.now();
  const ran = await vedette(home, [
    'sbom',
    'image',
    'image.tar.gz',
    '--max-total-size',
    '512',
    '--max-file-size',
    '256',
    '--no-cache',
  ]);
  assert.equal(ran.status, 3, ran.stderr);
  assert.match(ran.stderr, /limit|too large|more than/i);
  assert.ok(performance.now() - started < 30_000, 'it takes as long as the limit, not as the bomb');
  assert.deepEqual(
    readdirSync(home).filter((name) => name.startsWith('vedette-')),
    [],
  );
});

test('a layer with a file that claims 100 GiB ends within the configured limits', async (context) => {
  const home = temporaryDirectory(context);
  const image = makeImage([
    { entries: [{ name: 'var/lib/dpkg/status', data: 'Package: a\nStatus: install ok installed\nVersion: 1\n' }] },
  ]);
  const archive = dockerArchive(image);
  writeFileSync(join(home, 'good.tar'), archive);
  const good = await vedette(home, ['sbom', 'image', 'good.tar', '-q']);
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /pkg:deb\/a@1/);
});

test('SIGINT leaves no temporary files and dies by the signal', async (context) => {
  const home = temporaryDirectory(context);
  await writeBomb(join(home, 'image.tar.gz'), tarHeader({ name: 'usr/lib/x.so' }, 40 * GIBIBYTE), 40 * GIBIBYTE);
  const child = startVedette(home, ['sbom', 'image', 'image.tar.gz', '--no-cache']);
  const end = ended(child);
  // Interrupted when there is something to leave behind.
  while (!readdirSync(home).some((name) => name.startsWith('vedette-'))) {
    assert.equal(child.exitCode, null, 'it must still be at work');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGINT');
  const { status, signal } = await end;
  assert.deepEqual([status, signal], [null, 'SIGINT']);
  assert.deepEqual(
    readdirSync(home).filter((name) => name.startsWith('vedette-')),
    [],
  );
});
