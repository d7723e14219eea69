import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { atEnd } from '../../tests/support/end.ts';
import { inflateProblem } from './compression.ts';
import { type Compressed, inflatedChunks, streamedChunks } from './inflate.ts';

interface Outcome {
  readonly bytes: string;
  /** The code of the problem that ended it. */
  readonly problem?: string;
}

async function outcomeOf(chunks: AsyncIterable<Uint8Array>): Promise<Outcome> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.byteLength;
    }
    return { bytes: `${size} ${hash.digest('hex')}` };
  } catch (error) {
    // How much comes before an error is a matter of buffers.
    return { bytes: '', problem: inflateProblem(error, 'the test').code };
  }
}

function expected(gives: Buffer | string): Outcome {
  if (typeof gives === 'string') return { bytes: '', problem: gives };
  return { bytes: `${gives.length} ${createHash('sha256').update(gives).digest('hex')}` };
}

const text = Buffer.from('a layer of an image\n'.repeat(150_000));
const noise = randomBytes(700_000);
/** https://github.com/facebook/zstd/blob/dev/doc/zstd_compression_format.md#skippable-frames */
const skippable = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 10, 0, 0, 0]), Buffer.alloc(10, 1)]);
const flip = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x55;
  return copy;
};

interface Case {
  readonly name: string;
  readonly file: Buffer;
  /** What comes out, or the code of the problem. */
  readonly gives: Buffer | string;
  /** Where streams, which are used with versions of Node that are not known, say something else. */
  readonly streamed?: string;
}

function casesOf(compression: Compressed): Case[] {
  const pack = compression === 'gzip' ? gzipSync : zstdCompressSync;
  const whole = pack(noise);
  const zeros = Buffer.concat([whole, Buffer.alloc(400_000)]);
  const frames = { streamed: 'archive-corrupt' };
  return [
    { name: 'nothing', file: pack(Buffer.alloc(0)), gives: Buffer.alloc(0) },
    { name: 'text, many chunks from few bytes', file: pack(text), gives: text },
    { name: 'noise, few chunks from many bytes', file: whole, gives: noise },
    { name: 'cut', file: whole.subarray(0, whole.length - 3), gives: 'archive-truncated' },
    { name: 'cut in the middle', file: whole.subarray(0, 300_000), gives: 'archive-truncated' },
    { name: 'cut in its header', file: whole.subarray(0, 5), gives: 'archive-truncated' },
    { name: 'damaged', file: flip(pack(text), 40), gives: 'archive-corrupt' },
    ...(compression === 'gzip'
      ? [
          { name: 'damaged checksum', file: flip(whole, whole.length - 6), gives: 'archive-corrupt' },
          { name: 'two members', file: Buffer.concat([whole, pack(text)]), gives: Buffer.concat([noise, text]) },
          { name: 'zeros behind it', file: zeros, gives: noise },
        ]
      : [
          { name: 'two frames', file: Buffer.concat([whole, pack(text)]), gives: Buffer.concat([noise, text]), ...frames },
          {
            name: 'a frame to skip',
            file: Buffer.concat([whole, skippable, pack(text)]),
            gives: Buffer.concat([noise, text]),
            ...frames,
          },
          { name: 'a frame to skip at the end', file: Buffer.concat([whole, skippable]), gives: noise, ...frames },
          { name: 'zeros behind it', file: zeros, gives: 'archive-corrupt' },
        ]),
  ];
}

test('gzip and zstd are inflated, and what is wrong with them is told', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'vedette-inflate-'));
  atEnd(context, () => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'blob');
  for (const compression of ['gzip', 'zstd'] as const) {
    for (const { name, file: bytes, gives, streamed = gives } of casesOf(compression)) {
      // Not at the start of the file, and not to its end.
      writeFileSync(file, Buffer.concat([noise.subarray(0, 700), bytes, noise.subarray(0, 900)]));
      const fd = openSync(file, 'r');
      try {
        const tapped: Buffer[] = [];
        const tap = (chunk: Buffer): void => void tapped.push(Buffer.from(chunk));
        const range = { file, fd, offset: 700, size: bytes.length };
        const label = `${compression}: ${name}`;
        assert.deepEqual(await outcomeOf(inflatedChunks({ ...range, tap }, compression)), expected(gives), label);
        assert.deepEqual(await outcomeOf(streamedChunks(range, compression)), expected(streamed), `${label}, by a stream`);
        if (typeof gives !== 'string') assert.deepEqual(Buffer.concat(tapped), bytes, `${label}, as it is stored`);
      } finally {
        closeSync(fd);
      }
    }
  }
});

test('inflating stops when it is told to', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'vedette-inflate-'));
  atEnd(context, () => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'bomb');
  const bytes = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  writeFileSync(file, bytes);
  const fd = openSync(file, 'r');
  try {
    for (const signal of [AbortSignal.abort(), AbortSignal.timeout(0)]) {
      const range = { file, fd, offset: 0, size: bytes.length, signal };
      assert.deepEqual(await outcomeOf(inflatedChunks(range, 'gzip')), { bytes: '', problem: 'scan-interrupted' });
    }
  } finally {
    closeSync(fd);
  }
});
