/** Container images from directories: an OCI layout with gzip layers, and from it what `docker save` writes. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { command } from '../workspace.ts';

export interface LayerSource {
  readonly directory: string;
  /** The history line. */
  readonly createdBy: string;
  /** Only what is new or different compared with this directory. */
  readonly without?: string;
}

const EPOCH = '2024-03-01T00:00:00Z';
const TAR = [
  '--sort=name',
  '--format=posix',
  '--pax-option=delete=atime,delete=ctime',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
];

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function same(a: string, b: string): boolean {
  const [one, other] = [lstatSync(a, { throwIfNoEntry: false }), lstatSync(b, { throwIfNoEntry: false })];
  if (one === undefined || other === undefined || one.mode !== other.mode) return false;
  if (one.isDirectory()) return true;
  if (one.isSymbolicLink()) return readlinkSync(a) === readlinkSync(b);
  return one.size === other.size && (!one.isFile() || readFileSync(a).equals(readFileSync(b)));
}

/** Everything below a directory, links not followed, without the contents of `dev`. */
function walk(root: string, below = ''): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() && path !== 'dev' ? [path, ...walk(root, path)] : [path];
  });
}

/** Paths below `directory` that `without` does not have in the same form. */
function changes(directory: string, without: string): string[] {
  return walk(directory)
    .filter((path) => !same(join(directory, path), join(without, path)))
    .sort();
}

function layerTar({ directory, without }: LayerSource, file: string): void {
  const fixed = [...TAR, `--mtime=${EPOCH}`, '--exclude=./dev/*', '-C', directory, '-cf', file];
  if (without === undefined) {
    command('tar', [...fixed, '.']);
    return;
  }
  const list = `${file}.list`;
  writeFileSync(list, changes(directory, without).join('\0'));
  command('tar', [...fixed, '--no-recursion', '--null', '--verbatim-files-from', '-T', list]);
  rmSync(list);
}

/** Writes an OCI image layout directory. */
export function writeOciLayout(layers: readonly LayerSource[], out: string): void {
  const blobs = join(out, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Uint8Array): { digest: string; size: number } => {
    const digest = sha256(bytes);
    writeFileSync(join(blobs, digest), bytes);
    return { digest: `sha256:${digest}`, size: bytes.length };
  };
  const done = layers.map((layer) => {
    const file = join(out, 'layer.tar');
    layerTar(layer, file);
    const bytes = readFileSync(file);
    rmSync(file);
    return { diffId: `sha256:${sha256(bytes)}`, ...put(gzipSync(bytes, { level: 6 })) };
  });
  const config = put(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        created: EPOCH,
        config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['/bin/sh'] },
        rootfs: { type: 'layers', diff_ids: done.map(({ diffId }) => diffId) },
        history: layers.map(({ createdBy }) => ({ created: EPOCH, created_by: createdBy })),
      }),
    ),
  );
  const manifest = put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: done.map(({ digest, size }) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size })),
      }),
    ),
  );
  const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest };
  const named = { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': 'latest' } };
  writeFileSync(join(out, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(out, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
}

/** The archive that `docker save` writes: layers as uncompressed tar files. */
export function writeDockerArchive(layout: string, out: string): void {
  const file = `${out}.tar`;
  rmSync(file, { force: true });
  command('skopeo', ['copy', '--quiet', `oci:${layout}:latest`, `docker-archive:${file}:vedette-bench:latest`]);
  renameSync(file, out);
}
