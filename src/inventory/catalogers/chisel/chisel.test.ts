import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { chisel } from './index.ts';

const LINES = [
  { jsonwall: '1.0', schema: '1.0', count: 4 },
  { kind: 'content', slice: 'libc6_libs', path: '/lib/x86_64-linux-gnu/libc.so.6' },
  { kind: 'package', name: 'libc6', version: '2.39-0ubuntu8.3', sha256: 'aa', arch: 'amd64' },
  { kind: 'slice', name: 'libc6_libs' },
];
const manifest = (lines: readonly unknown[]): Buffer =>
  zstdCompressSync(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
const extract = async (bytes: Uint8Array, budget?: number) =>
  chisel.extract(memoryContent('var/lib/chisel/manifest.wall', bytes), testContext({ budget }));

test('chisel: packages and the files of their slices', async () => {
  assert.deepEqual(await extract(manifest(LINES)), {
    packages: [
      {
        purl: 'pkg:deb/libc6@2.39-0ubuntu8.3?arch=amd64',
        type: 'deb',
        name: 'libc6',
        version: '2.39-0ubuntu8.3',
        architecture: 'amd64',
      },
    ],
    owns: [
      {
        purl: 'pkg:deb/libc6@2.39-0ubuntu8.3?arch=amd64',
        paths: ['lib/x86_64-linux-gnu/libc.so.6', 'usr/lib/x86_64-linux-gnu/libc.so.6'],
      },
    ],
  });
});

test('chisel: every truncation, a bomb and strange lines are problems', async () => {
  const whole = manifest(LINES);
  for (let length = 0; length < whole.length; length++) {
    assert.equal((await extract(whole.subarray(0, length))).problems?.[0]?.effect, 'incomplete', `cut at ${length}`);
  }
  assert.equal((await extract(zstdCompressSync(Buffer.alloc(300 << 20)))).problems?.[0]?.code, 'chisel-manifest-unreadable');
  assert.equal((await extract(whole, 10)).problems?.[0]?.code, 'chisel-manifest-unreadable');
  assert.equal((await extract(manifest([...LINES, null, 1, { kind: 'package' }]))).problems?.[0]?.code, 'chisel-entry-invalid');
});

test('chisel: any bytes are read without an exception', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), async (bytes) => void (await extract(bytes))),
    { numRuns: 100 },
  );
});
