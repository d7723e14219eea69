import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { dockerArchive, makeImage, makeIndex, ociEntries, sha256 } from '../../../tests/support/image.ts';
import { makeTar, type TarEntry } from '../../../tests/support/tar.ts';
import type { FileEntry, LayerVisitor } from '../file.ts';
import { walkLayer } from '../layer.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { type ImageOptions, openImage } from '../open.ts';

interface Opened {
  layers: { digest?: string; createdBy?: string; cached: boolean; entries: string[] }[];
  problems: string[];
  digest?: string;
  architecture?: string;
}

/** Opens an image and walks all its layers. */
async function look(target: string, options: ImageOptions = {}): Promise<Opened | string> {
  const opened = await openImage(target, options);
  if (!opened.ok) return opened.problem.code;
  const source = opened.value;
  const problems = source.problems.map(({ code }) => code);
  const layers: Opened['layers'] = [];
  try {
    for (const { digest, createdBy, cacheKey, name, open } of source.layers) {
      const entries: string[] = [];
      const visitor: LayerVisitor = {
        entry: (entry: FileEntry) => {
          entries.push(entry.link === undefined ? entry.path : `${entry.path} -> ${entry.link}`);
          return 'skip';
        },
        magic: () => false,
        file: () => {},
        problem: ({ code }) => problems.push(code),
      };
      const bytes = await open();
      if (bytes.ok) await walkLayer(bytes.value, visitor, { limits: DEFAULT_LIMITS, workspace: source.workspace, name });
      else problems.push(bytes.problem.code);
      layers.push({ digest, createdBy, cached: cacheKey !== undefined, entries });
    }
    return { layers, problems, digest: source.digest, architecture: source.architecture };
  } finally {
    source.close();
  }
}

const layers = [
  { entries: [{ name: 'a', data: 'A' }], createdBy: 'ADD a' },
  { entries: [{ name: 'b', data: 'B' }], createdBy: 'RUN b', compression: 'gzip' },
  { entries: [{ name: 'a', data: 'A' }], createdBy: 'ADD a again', compression: 'zstd' },
] as const;
const image = makeImage(layers);
const expectedLayers = ['a', 'b', 'a'].map((name, index) => ({
  digest: image.diffIds[index],
  createdBy: layers[index]?.createdBy,
  cached: true,
  entries: [name],
}));

function writeAll(root: string, entries: readonly TarEntry[]): string {
  for (const { name, data } of entries) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), data ?? '');
  }
  return root;
}

test('every layout gives the same layers', async (context) => {
  const directory = temporaryDirectory(context);
  const save = (name: string, bytes: Buffer): string => {
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };
  const docker = dockerArchive(image);
  const oci = makeTar(ociEntries(makeIndex([{ image }]), image.blobs));
  const cases = [
    { target: save('docker.tar', docker), digest: image.configDigest },
    { target: save('docker.tar.gz', gzipSync(docker)), digest: image.configDigest },
    { target: save('docker.tar.zst', zstdCompressSync(docker)), digest: image.configDigest },
    { target: save('oci.tar', oci), digest: image.manifestDigest },
    { target: save('oci.tgz', gzipSync(oci)), digest: image.manifestDigest },
    { target: `oci-archive:${join(directory, 'oci.tar')}`, digest: image.manifestDigest },
    {
      target: writeAll(join(directory, 'layout'), ociEntries(makeIndex([{ image }]), image.blobs)),
      digest: image.manifestDigest,
    },
  ];
  for (const { target, digest } of cases) {
    assert.deepEqual(await look(target), { layers: expectedLayers, problems: [], digest, architecture: 'amd64' }, target);
  }
});

test('platforms: nested indexes, attestations, choices', async (context) => {
  const directory = temporaryDirectory(context);
  const arm = makeImage([{ entries: [{ name: 'arm' }] }], { os: 'linux', architecture: 'arm64' });
  const attestation = makeImage([{ entries: [{ name: 'attestation' }] }], { os: 'unknown', architecture: 'unknown' });
  const riscv = makeImage([{ entries: [{ name: 'riscv' }] }], { os: 'linux', architecture: 'riscv64' });
  const inner = makeIndex([
    { image: attestation, platform: { os: 'unknown', architecture: 'unknown' } },
    { image: arm, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    { image, platform: { os: 'linux', architecture: 'amd64' } },
  ]);
  const blobs = new Map([...image.blobs, ...arm.blobs, ...attestation.blobs, ...riscv.blobs]);
  const nested = { ...image, manifest: inner, manifestDigest: sha256(inner) };
  blobs.set(nested.manifestDigest, inner);
  const file = join(directory, 'multi.tar');
  writeFileSync(file, makeTar(ociEntries(makeIndex([{ image: nested }]), blobs)));
  const choose = async (platform?: string): Promise<string> => {
    const opened = await look(file, { platform });
    return typeof opened === 'string' ? opened : `${opened.architecture} ${opened.problems.join()}`;
  };
  assert.equal(await choose('linux/amd64'), 'amd64 ');
  assert.equal(await choose('linux/arm64/v8'), 'arm64 ');
  assert.equal(await choose('arm64'), 'arm64 ');
  assert.equal(await choose('linux/s390x'), 'platform-not-found');
  assert.equal(await choose('a/b/c/d'), 'platform-invalid');
  const odd = makeIndex([
    { image: riscv, platform: { os: 'linux', architecture: 'riscv64' } },
    { image: riscv, platform: { os: 'linux', architecture: 'mips' } },
  ]);
  writeFileSync(file, makeTar(ociEntries(odd, blobs)));
  assert.equal(await choose(), 'riscv64 platform-chosen');
});

test('damaged images are told and never throw', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'image.tar');
  const docker = dockerArchive(image);
  const index = makeIndex([{ image }]);
  const without = (digest: string): Map<string, Buffer> => new Map([...image.blobs].filter(([key]) => key !== digest));
  const codeOf = async (bytes: Buffer): Promise<string> => {
    writeFileSync(file, bytes);
    const opened = await look(file);
    return typeof opened === 'string' ? opened : [...new Set(opened.problems)].sort().join();
  };
  const zstd = [...image.blobs].find(([, bytes]) => bytes.readUInt32LE(0) === 0xfd2fb528) ?? assert.fail('no zstd layer');
  const resized = new Map([...image.blobs, [zstd[0], Buffer.concat([zstd[1], Buffer.alloc(1)])]]);
  const other = Buffer.from(zstd[1]);
  // The letter in the tar's only file: zstd has it as it is.
  other[other.lastIndexOf('A')] = 0x42;
  const replaced = new Map([...image.blobs, [zstd[0], other]]);
  const foreign = makeImage([{ entries: [{ name: 'f' }], mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar' }]);
  const elsewhere = new Map([...foreign.blobs].filter(([key]) => key !== foreign.diffIds[0]));
  const config = (text: string): TarEntry => ({ name: 'c.json', data: text });
  const manifest = (value: unknown): TarEntry => ({ name: 'manifest.json', data: JSON.stringify(value) });
  const cases: [name: string, bytes: Buffer, code: string][] = [
    ['not an image', makeTar([{ name: 'x' }]), 'image-unrecognised'],
    ['not a tar', Buffer.alloc(4096, 'x'), 'archive-corrupt'],
    ['empty file', Buffer.alloc(0), 'archive-truncated'],
    ['cut gzip', gzipSync(docker).subarray(0, 200), 'archive-truncated'],
    ['manifest.json is no JSON', makeTar([{ name: 'manifest.json', data: '{' }]), 'image-empty'],
    ['manifest.json without images', makeTar([manifest([])]), 'image-empty'],
    ['no configuration', makeTar([manifest([{ Config: 'c.json', Layers: ['x'] }])]), 'image-part-missing,layer-missing'],
    [
      'damaged configuration',
      makeTar([config('no'), manifest([{ Config: 'c.json', Layers: ['x'] }])]),
      'image-document-corrupt,layer-missing',
    ],
    [
      'layers without number',
      makeTar([config('{}'), manifest([{ Config: 'c.json', Layers: Array(200_000).fill('l') }])]),
      'image-document-corrupt',
    ],
    [
      'images without number',
      makeTar([config('{}'), manifest(Array(200_000).fill({ Config: 'c.json', Layers: [] }))]),
      'image-empty,image-several',
    ],
    ['no layers', makeTar([config('{}'), manifest([{ Config: 'c.json', Layers: [] }])]), 'image-empty'],
    [
      'one layer under two names',
      makeTar([
        { name: 'l', data: image.tars[0] },
        config(`{"rootfs":{"diff_ids":${JSON.stringify(image.diffIds.slice(0, 2))}}}`),
        manifest([{ Config: 'c.json', Layers: ['l', 'l'] }]),
      ]),
      'image-inconsistent',
    ],
    [
      'a configuration that is not the one it is named after',
      Buffer.from(docker.toString('latin1').replace('"created_by":"ADD a"', '"created_by":"ADD z"'), 'latin1'),
      'digest-mismatch',
    ],
    [
      'a layer outside',
      makeTar([config('{}'), manifest([{ Config: 'c.json', Layers: ['../../etc/passwd'] }])]),
      'image-inconsistent,layer-missing',
    ],
    ['a manifest is missing', makeTar(ociEntries(index, without(image.manifestDigest))), 'image-part-missing'],
    ['the configuration is missing', makeTar(ociEntries(index, without(image.configDigest))), 'image-part-missing'],
    ['a layer is missing', makeTar(ociEntries(index, without(image.diffIds[0] ?? ''))), 'layer-missing'],
    [
      'a changed manifest',
      makeTar(ociEntries(index, new Map([...image.blobs, [image.manifestDigest, Buffer.from(`${image.manifest} `)]]))),
      'digest-mismatch',
    ],
    ['another size than the manifest says', makeTar(ociEntries(index, resized)), 'archive-corrupt,digest-mismatch'],
    ['another zstd layer of that size', makeTar(ociEntries(index, replaced)), 'digest-mismatch'],
    [
      'a foreign layer that is not there',
      makeTar(ociEntries(makeIndex([{ image: foreign }]), elsewhere)),
      'layer-not-distributable',
    ],
    [
      'a layer that tar stored sparse',
      makeTar([
        ...ociEntries(index, without(image.diffIds[0] ?? '')),
        {
          name: 'x',
          data: image.tars[0],
          pax: {
            'GNU.sparse.major': '1',
            'GNU.sparse.name': `blobs/${(image.diffIds[0] ?? '').replace(':', '/')}`,
            'GNU.sparse.realsize': String(image.tars[0]?.length),
          },
        },
      ]),
      'archive-sparse',
    ],
    ['schema 1', makeTar([{ name: 'index.json', data: '{"schemaVersion":1}' }]), 'image-unsupported'],
    [
      'a digest that is a path',
      makeTar([{ name: 'index.json', data: '{"manifests":[{"digest":"sha256:../../x","size":1}]}' }]),
      'image-document-corrupt',
    ],
    ['an empty index', makeTar([{ name: 'index.json', data: '{"manifests":[]}' }]), 'image-empty'],
  ];
  for (const [name, bytes, code] of cases) assert.equal(await codeOf(bytes), code, name);
  for (let length = 0; length < docker.length - 1024; length += 512) {
    assert.notEqual(await codeOf(docker.subarray(0, length)), '', `cut at ${length}`);
  }
});

test('an index that contains itself ends', async (context) => {
  const file = join(temporaryDirectory(context), 'image.tar');
  const inner = Buffer.from(JSON.stringify({ manifests: [{ digest: `sha256:${'0'.repeat(64)}`, size: 1 }] }));
  const blobs = new Map([[`sha256:${'0'.repeat(64)}`, inner]]);
  writeFileSync(file, makeTar(ociEntries(inner, blobs)));
  assert.equal(await look(file), 'image-document-corrupt');
});

test('links in a layout do not lead out of it', async (context) => {
  const directory = temporaryDirectory(context);
  const root = writeAll(join(directory, 'layout'), ociEntries(makeIndex([{ image }]), new Map()));
  writeAll(
    join(directory, 'elsewhere'),
    [...image.blobs].map(([digest, data]) => ({ name: digest.slice(7), data })),
  );
  mkdirSync(join(root, 'blobs'), { recursive: true });
  symlinkSync('../../elsewhere', join(root, 'blobs/sha256'));
  assert.equal(await look(root), 'image-part-missing');
});

test('a name that is neither a file nor a reference', async () => {
  assert.equal(await look('No Such File.tar'), 'reference-invalid');
  assert.equal(await look('docker-archive:/nowhere/at/all.tar'), 'target-missing');
  const opened = await openImage('127.0.0.1:1/none:1');
  assert.ok(!opened.ok);
  assert.equal(opened.problem.code, 'registry-unreachable');
  assert.match(opened.problem.message, /no such file.*http:\/\/127\.0\.0\.1:1\/v2\/, https:/);
});
