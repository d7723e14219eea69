/** Images in files, damaged in every place: what is missing is told. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  APPLICATION,
  askImage,
  assertHonest,
  cuts,
  type Exception,
  FOUND,
  flips,
  rangesOf,
  SYSTEM,
  steps,
} from '../../../tests/support/corpus.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { dockerArchive, makeImage, makeIndex, ociEntries, type TestImage } from '../../../tests/support/image.ts';
import { makeTar } from '../../../tests/support/tar.ts';

const plain = makeImage([{ entries: SYSTEM }, { entries: APPLICATION }]);
const packed = makeImage([
  { entries: SYSTEM, compression: 'gzip' },
  { entries: APPLICATION, compression: 'zstd' },
]);
const sound = { packages: FOUND, incomplete: [] };
const contents = [...SYSTEM, ...APPLICATION].map(({ data = '' }) => data);

/** As `docker save` writes since version 25: an OCI layout with Docker's own list of layers beside it. */
function modernArchive(image: TestImage): Buffer {
  const path = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
  const list = [{ Config: path(image.configDigest), RepoTags: ['test:1'], Layers: image.diffIds.map(path) }];
  return makeTar([...ociEntries(makeIndex([{ image }]), image.blobs), { name: 'manifest.json', data: JSON.stringify(list) }]);
}

function ociArchive(image: TestImage): Buffer {
  return makeTar(ociEntries(makeIndex([{ image }]), image.blobs));
}

/** Layers that are not compressed would have to be read and hashed byte by byte, which takes longer than the scan. */
function contentsOf(bytes: Buffer): Exception[] {
  return [
    { reason: 'contents of files in an uncompressed tar: tar has no checksum over them', ranges: rangesOf(bytes, contents) },
  ];
}

/** Places of a tar where something begins or ends, and around them. */
function boundaries(bytes: Buffer): number[] {
  const places = new Set<number>();
  for (let block = 0; block < bytes.length; block += 512) for (const by of [0, 511]) places.add(block + by);
  return [...places];
}

const checksummed = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const samples: readonly { name: string; bytes: Buffer; exceptions?: (bytes: Buffer) => Exception[] }[] = [
  { name: 'docker archive', bytes: dockerArchive(plain), exceptions: contentsOf },
  { name: 'docker archive, gzip', bytes: gzipSync(dockerArchive(plain)) },
  { name: 'docker archive, zstd', bytes: zstdCompressSync(dockerArchive(plain), checksummed) },
  { name: 'docker archive of version 25', bytes: modernArchive(plain), exceptions: contentsOf },
  { name: 'OCI archive', bytes: ociArchive(packed) },
  { name: 'OCI archive, uncompressed layers', bytes: ociArchive(plain), exceptions: contentsOf },
  { name: 'OCI archive, gzip', bytes: gzipSync(ociArchive(packed)) },
];

for (const { name, bytes, exceptions = () => [] } of samples) {
  test(`${name}: cut anywhere, flipped anywhere`, async (context) => {
    const directory = temporaryDirectory(context);
    const file = join(directory, 'image');
    const ask = askImage(directory);
    writeFileSync(file, bytes);
    assert.deepEqual(await ask(file), sound);
    const isPacked = bytes.length < 2000;
    const ends = [...steps(0, 24), ...steps(bytes.length - 12, bytes.length)];
    await assertHonest(file, ask, sound, cuts(bytes, isPacked ? [...ends, ...steps(24, bytes.length, 17)] : boundaries(bytes)));
    const places = isPacked ? [...ends, ...steps(24, bytes.length, 11)] : steps(0, bytes.length, 37);
    await assertHonest(file, ask, sound, flips(bytes, places), exceptions(bytes));
    assert.deepEqual(readdirSync(directory), ['image'], 'nothing stays behind');
  });
}
