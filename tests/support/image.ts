/** Small images for tests, in the layouts that tools write. */
import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { makeTar, type TarEntry } from './tar.ts';

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export interface TestLayer {
  readonly entries: readonly TarEntry[];
  readonly createdBy?: string;
  readonly compression?: 'none' | 'gzip' | 'zstd';
  readonly mediaType?: string;
}

export interface TestImage {
  /** Blobs by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly manifest: Buffer;
  readonly manifestDigest: string;
  readonly config: Buffer;
  readonly configDigest: string;
  /** Uncompressed layer tars. */
  readonly tars: readonly Buffer[];
  readonly diffIds: readonly string[];
}

const OCI = 'application/vnd.oci.image';

function compress(tar: Buffer, compression: TestLayer['compression']): Buffer {
  return compression === 'gzip' ? gzipSync(tar) : compression === 'zstd' ? zstdCompressSync(tar) : tar;
}

/** Builds all parts of an image; empty history lines are put in as builders do for `ENV` and the like. */
export function makeImage(layers: readonly TestLayer[], platform = { os: 'linux', architecture: 'amd64' }): TestImage {
  const tars = layers.map(({ entries }) => makeTar(entries));
  const diffIds = tars.map(sha256);
  const history = layers.flatMap(({ createdBy }, index) => [
    { created_by: 'ENV X=1', empty_layer: true },
    { created_by: createdBy ?? `RUN step ${index}` },
  ]);
  const config = Buffer.from(JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: diffIds }, history }));
  const blobs = new Map<string, Buffer>([[sha256(config), config]]);
  const descriptors = layers.map(({ compression, mediaType }, index) => {
    const blob = compress(tars[index] ?? Buffer.alloc(0), compression);
    blobs.set(sha256(blob), blob);
    const suffix = compression === undefined || compression === 'none' ? '' : `+${compression}`;
    return { mediaType: mediaType ?? `${OCI}.layer.v1.tar${suffix}`, digest: sha256(blob), size: blob.length };
  });
  const configDescriptor = { mediaType: `${OCI}.config.v1+json`, digest: sha256(config), size: config.length };
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config: configDescriptor, layers: descriptors }),
  );
  blobs.set(sha256(manifest), manifest);
  return { blobs, manifest, manifestDigest: sha256(manifest), config, configDigest: sha256(config), tars, diffIds };
}

/** An index over images. */
export function makeIndex(
  images: readonly { readonly image: TestImage; readonly platform?: object; readonly extra?: object }[],
): Buffer {
  const manifests = images.map(({ image, platform, extra }) => ({
    mediaType: `${OCI}.manifest.v1+json`,
    digest: image.manifestDigest,
    size: image.manifest.length,
    ...(platform === undefined ? {} : { platform }),
    ...extra,
  }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests }));
}

/** The files of an OCI layout. */
export function ociEntries(index: Buffer, blobs: ReadonlyMap<string, Buffer>): TarEntry[] {
  return [
    { name: 'oci-layout', data: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', data: index },
    ...[...blobs].map(([digest, data]) => ({ name: `blobs/${digest.replace(':', '/')}`, data })),
  ];
}

/** An archive as `docker save` wrote it before version 25: a directory per layer, repeated layers as symlinks. */
export function dockerArchive(image: TestImage): Buffer {
  const seen = new Map<string, string>();
  const entries: TarEntry[] = [];
  const names = image.tars.map((data, index) => {
    const digest = image.diffIds[index] ?? '';
    const name = `layer${index}/layer.tar`;
    const first = seen.get(digest);
    if (first === undefined) {
      seen.set(digest, name);
      entries.push({ name, data });
    } else entries.push({ name, link: `../${first}` });
    return name;
  });
  const configName = `${image.configDigest.slice(7)}.json`;
  entries.push({ name: configName, data: image.config });
  entries.push({ name: 'manifest.json', data: JSON.stringify([{ Config: configName, RepoTags: ['test:1'], Layers: names }]) });
  return makeTar(entries);
}
