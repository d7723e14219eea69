/** What a hostile or hurried world does to the command: bombs end within the limits, an interruption leaves nothing behind. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ended, type Ran, startVedette } from './support/command.ts';
import { temporaryDirectory } from './support/directory.ts';
import { sha256 } from './support/image.ts';
import { fakeRegistry } from './support/registry.ts';
import { makeTar, tarHeader } from './support/tar.ts';

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;
/** The whole bomb (1 GiB that deflates to 100 GiB, under the limits that hold by default) takes minutes. */
const FULL = process.env.VEDETTE_TEST_FULL_BOMB === '1';
const BOMB = FULL
  ? { unpacked: 100 * GIBIBYTE, limit: 64 * 1024, seconds: 600 }
  : { unpacked: 1 * GIBIBYTE, limit: 512, seconds: 60 };
const PIECE = 32 * MEBIBYTE;
const MAX_MEMORY = 400 * MEBIBYTE;

/** A gzip member of a file's header and its bytes, a hundredth of them random so that it deflates to a hundredth. */
function bombPiece(name: string): Buffer {
  const body = Buffer.alloc(PIECE);
  randomFillSync(body, 0, PIECE / 100);
  return gzipSync(Buffer.concat([tarHeader({ name }, PIECE), body]), { level: 9 });
}

/** An OCI layout whose layers are made of such members. */
function bombLayout(root: string, layers: number, unpacked: number, name = 'opt/lib/some.so'): void {
  const blobs = join(root, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer): { digest: string; size: number } => {
    const digest = sha256(bytes);
    writeFileSync(join(blobs, digest.slice(7)), bytes);
    return { digest, size: bytes.length };
  };
  const descriptors = Array.from({ length: layers }, (_, index) => {
    const piece = bombPiece(`${name}.${index}`);
    const hash = createHash('sha256');
    const fd = openSync(join(blobs, 'new'), 'w');
    let size = 0;
    for (let made = 0; made < unpacked; made += PIECE) {
      hash.update(piece);
      size += writeSync(fd, piece);
    }
    closeSync(fd);
    const hex = hash.digest('hex');
    renameSync(join(blobs, 'new'), join(blobs, hex));
    return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: `sha256:${hex}`, size };
  });
  const diffIds = descriptors.map(({ digest }) => sha256(digest));
  const config = put(Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: diffIds } })));
  const manifest = put(Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: descriptors })));
  writeFileSync(join(root, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

/** Files that the command would leave: of all it makes, only the cache may stay. */
function leftovers(home: string): string[] {
  const names = readdirSync(home).filter((name) => name.startsWith('vedette-'));
  const cached = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.startsWith('cache/'));
  return [...names, ...cached.filter((name) => /tmp|part|temp/.test(name))];
}

/** Runs to the end and tells the most memory that was used. */
async function measured(child: ChildProcess): Promise<Ran & { readonly peak: number }> {
  let peak = 0;
  const look = (): void => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(look, 20);
  const ran = await ended(child);
  clearInterval(timer);
  return { ...ran, peak };
}

test('a layer that deflates to a hundred times its size ends within the configured limits', async (context) => {
  const home = temporaryDirectory(context);
  bombLayout(join(home, 'image'), 1, BOMB.unpacked);
  const started = performance.now();
  const args = ['sbom', 'image', 'image', '--max-total-size', String(BOMB.limit), '--no-cache'];
  const ran = await measured(startVedette(home, args));
  assert.equal(ran.status, 3, ran.stderr);
  assert.match(ran.stdout, /archive-too-large/);
  assert.ok(performance.now() - started < BOMB.seconds * 1000, 'it takes as long as the limit, not as the bomb');
  assert.ok(ran.peak > 0 && ran.peak < MAX_MEMORY, `${ran.peak} bytes of memory`);
  assert.deepEqual(leftovers(home), []);
});

test('an archive that deflates to 100 GiB ends within the configured limits', async (context) => {
  const home = temporaryDirectory(context);
  const zeros = gzipSync(Buffer.alloc(PIECE), { level: 9 });
  function* pieces(): Iterable<Buffer> {
    yield gzipSync(tarHeader({ name: 'layer.tar' }, 100 * GIBIBYTE));
    for (let made = 0; made < 100 * GIBIBYTE; made += PIECE) yield zeros;
  }
  await pipeline(Readable.from(pieces()), createWriteStream(join(home, 'image.tar.gz')));
  const ran = await measured(startVedette(home, ['sbom', 'image', 'image.tar.gz', '--max-total-size', '256', '--no-cache']));
  assert.equal(ran.status, 3, ran.stderr);
  assert.match(ran.stderr, /archive-too-large/);
  assert.ok(ran.peak < MAX_MEMORY, `${ran.peak} bytes of memory`);
  assert.deepEqual(leftovers(home), []);
});

test('files that claim more than they are, entries without end, a time limit', async (context) => {
  const home = temporaryDirectory(context);
  const status = { name: 'var/lib/dpkg/status', data: 'Package: a\nStatus: install ok installed\nVersion: 1\n' };
  const cases: [name: string, tar: Buffer, args: string[], code?: string][] = [
    ['a file of 100 GiB', tarHeader({ name: status.name, base256: true }, 100 * GIBIBYTE), [], 'archive-too-large'],
    [
      'a file above the limit',
      makeTar([{ ...status, data: Buffer.alloc(2 * MEBIBYTE) }]),
      ['--max-file-size', '1'],
      'file-too-large',
    ],
    ['a file below the limit', makeTar([status]), ['--max-file-size', '1']],
  ];
  for (const [name, layer, args, code] of cases) {
    const diffId = sha256(layer);
    const config = JSON.stringify({ rootfs: { diff_ids: [diffId] } });
    const manifest = JSON.stringify([{ Config: 'c.json', Layers: ['l.tar'] }]);
    const archive = makeTar([
      { name: 'l.tar', data: layer },
      { name: 'c.json', data: config },
      { name: 'manifest.json', data: manifest },
    ]);
    writeFileSync(join(home, 'image.tar'), archive);
    const ran = await measured(startVedette(home, ['sbom', 'image', 'image.tar', '--no-cache', ...args]));
    if (code !== undefined) assert.ok(ran.stdout.includes(code), `${name}: ${ran.stderr}`);
    assert.equal(ran.status, code === undefined ? 0 : 3, `${name}: ${ran.stderr}`);
  }
  bombLayout(join(home, 'slow'), 1, 4 * GIBIBYTE);
  const started = performance.now();
  const ran = await measured(startVedette(home, ['sbom', 'image', 'slow', '--timeout', '1', '--no-cache']));
  assert.equal(ran.status, 3, ran.stderr);
  assert.match(ran.stdout, /scan-interrupted/);
  assert.ok(performance.now() - started < 120_000);
});

/** Waits until `ready`, while the command must be at work. */
async function until(child: ChildProcess, ready: () => boolean): Promise<void> {
  while (!ready()) {
    assert.deepEqual([child.exitCode, child.signalCode], [null, null], 'it must still be at work');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function hasOpen(child: ChildProcess, part: string): boolean {
  const directory = `/proc/${child.pid}/fd`;
  try {
    return readdirSync(directory).some((fd) => readlinkSync(join(directory, fd)).includes(part));
  } catch {
    return false;
  }
}

function files(home: string): string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => /^vedette-[^/]+\/./.test(name));
}

interface Work {
  readonly target: string;
  /** The command is in the midst of it. */
  ready(child: ChildProcess): boolean;
}

/** What the command may be interrupted in. */
const WORKS: Readonly<Record<string, (home: string, context: TestContext) => Promise<Work>>> = {
  'while an archive is inflated': async (home) => {
    const zeros = gzipSync(Buffer.alloc(PIECE), { level: 9 });
    const pieces = Array.from({ length: 1000 }, () => zeros);
    await pipeline(Readable.from(pieces), createWriteStream(join(home, 'image.tar.gz')));
    return { target: 'image.tar.gz', ready: () => files(home).length > 0 };
  },
  'while one layer is read': async (home) => {
    bombLayout(join(home, 'image'), 1, 8 * GIBIBYTE);
    return { target: 'image', ready: (child) => hasOpen(child, '/blobs/sha256/') };
  },
  'while layers are read by several threads': async (home) => {
    bombLayout(join(home, 'image'), 2, 4 * GIBIBYTE);
    return { target: 'image', ready: (child) => hasOpen(child, '/blobs/sha256/') };
  },
  'while a layer is fetched': async (home, context) => {
    const registry = await fakeRegistry(context);
    const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256('layer'), size: GIBIBYTE };
    const config = Buffer.from(JSON.stringify({ rootfs: { diff_ids: [sha256('x')] } }));
    const described = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: config.length };
    registry.blobs.set(described.digest, config);
    registry.manifests.set('1', Buffer.from(JSON.stringify({ schemaVersion: 2, config: described, layers: [layer] })));
    registry.intercept = ({ url = '' }, response) => {
      if (!url.endsWith(layer.digest)) return false;
      response.writeHead(200).write(Buffer.alloc(MEBIBYTE));
      return true;
    };
    return { target: `${registry.host}/team/app:1`, ready: () => files(home).length > 0 };
  },
};

for (const [when, prepare] of Object.entries(WORKS)) {
  // A shell shows death by these signals as 130, 143 and 129.
  test(`SIGINT, SIGTERM and SIGHUP ${when}: it dies by the signal and leaves no temporary files`, async (context) => {
    const home = temporaryDirectory(context);
    const { target, ready } = await prepare(home, context);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const child = startVedette(home, ['sbom', 'image', target]);
      const end = ended(child);
      await until(child, () => ready(child));
      child.kill(signal);
      const ran = await end;
      // Not after its work, which it would tell.
      assert.deepEqual([ran.status, ran.signal, ran.stdout], [null, signal, ''], ran.stderr);
      assert.deepEqual(leftovers(home), []);
    }
  });
}
