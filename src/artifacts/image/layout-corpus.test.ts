/** OCI layouts whose files are damaged, swapped or gone, and documents that lie although their digests are right. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { APPLICATION, askImage, FOUND, isHonest, SYSTEM } from '../../../tests/support/corpus.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeImage, makeIndex, ociEntries, sha256 } from '../../../tests/support/image.ts';
import { makeTar } from '../../../tests/support/tar.ts';

const image = makeImage([
  { entries: SYSTEM, compression: 'gzip' },
  { entries: APPLICATION, compression: 'zstd' },
]);
const sound = { packages: FOUND, incomplete: [] };
const files = ociEntries(makeIndex([{ image }]), image.blobs).map(({ name, data = '' }) => ({ name, data: Buffer.from(data) }));

test('every file of a layout: gone, cut, longer, another one, a link, no file at all', async (context) => {
  const directory = temporaryDirectory(context);
  const root = join(directory, 'layout');
  const elsewhere = join(directory, 'elsewhere');
  for (const { name, data } of files) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), data);
  }
  cpSync(root, elsewhere, { recursive: true });
  const ask = askImage(directory);
  assert.deepEqual(await ask(root), sound);
  for (const { name, data } of files) {
    if (name === 'oci-layout') continue;
    const path = join(root, name);
    const put = (bytes: Uint8Array): void => writeFileSync(path, bytes);
    const damages: [what: string, damage: () => void][] = [
      ['gone', () => {}],
      ['empty', () => put(Buffer.alloc(0))],
      ['cut', () => put(data.subarray(0, data.length >> 1))],
      ['one byte short', () => put(data.subarray(0, -1))],
      ['followed by itself', () => put(Buffer.concat([data, data]))],
      ['a loop', () => symlinkSync(name.slice(name.lastIndexOf('/') + 1), path)],
      ['a link to the root', () => symlinkSync('/', path)],
      ['a link out of the layout', () => symlinkSync(join(elsewhere, name), path)],
      ['a directory', () => mkdirSync(path)],
      ['a pipe', () => assert.equal(spawnSync('mkfifo', [path]).status, 0)],
      ...files
        .filter((other) => other.name !== name && other.name !== 'oci-layout')
        .map(({ name: other, data: bytes }): [string, () => void] => [`the content of ${other}`, () => put(bytes)]),
    ];
    for (const [what, damage] of damages) {
      rmSync(path);
      damage();
      const answer = await ask(root);
      // The manifest in place of the index that names it tells all there is to know.
      const told = answer.incomplete.length > 0 || (name === 'index.json' && what.includes(image.manifestDigest.slice(7)));
      assert.ok(told && isHonest(answer, sound), `${name} is ${what}: ${answer.incomplete}`);
      rmSync(path, { recursive: true, force: true });
      put(data);
    }
  }
  assert.deepEqual(await ask(root), sound);
  assert.deepEqual(readFileSync(join(elsewhere, 'index.json')), files[1]?.data);
});

interface Documents {
  readonly config: Record<string, unknown>;
  readonly manifest: Record<string, unknown>;
  readonly index: Record<string, unknown>;
}

function parse(bytes: Buffer | undefined): Record<string, unknown> {
  return JSON.parse(bytes?.toString('utf8') ?? '');
}

/** The image as a layout archive after `lie` has changed one of its documents; digests are those of the changed documents. */
function forged(lie: Partial<{ [K in keyof Documents]: (document: Record<string, unknown>) => unknown }>): Buffer {
  const blobs = new Map(image.blobs);
  const put = (document: unknown): { digest: string; size: number } => {
    const bytes = Buffer.from(JSON.stringify(document));
    blobs.set(sha256(bytes), bytes);
    return { digest: sha256(bytes), size: bytes.length };
  };
  const change = (name: keyof Documents, document: Record<string, unknown>): unknown => lie[name]?.(document) ?? document;
  const config = put(change('config', parse(image.config)));
  const manifest = put(change('manifest', { ...parse(image.manifest), config }));
  const index = change('index', { schemaVersion: 2, manifests: [manifest] });
  return makeTar(ociEntries(Buffer.from(JSON.stringify(index)), blobs));
}

/** Replaces fields of the descriptors in a list. */
function descriptors(key: string, fields: object, which?: number) {
  return (document: Record<string, unknown>): unknown => ({
    ...document,
    [key]: (Array.isArray(document[key]) ? document[key] : []).map((one: object, index) =>
      which === undefined || which === index ? { ...one, ...fields } : one,
    ),
  });
}

const VALUES: readonly unknown[] = [undefined, null, true, 0, -1, 1.5, 2 ** 53, 1e308, '', 'x', '12', [], {}, [null], [[]], [{}]];
const layerDigests = [...image.blobs.keys()].filter((digest) => digest !== image.configDigest && digest !== image.manifestDigest);

test('documents that lie although their digests are right', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'image.tar');
  const ask = askImage(directory);
  const look = async (bytes: Buffer): Promise<string> => {
    writeFileSync(file, bytes);
    const answer = await ask(file);
    return isHonest(answer, sound) ? answer.incomplete.join() : 'SILENT';
  };
  assert.equal(await look(forged({})), '');
  const lies: [name: string, lie: Parameters<typeof forged>[0], code?: string][] = [
    ['a foreign blob', { manifest: descriptors('layers', { digest: layerDigests[1] }, 0) }, 'digest-mismatch,image-inconsistent'],
    ['a missing blob', { manifest: descriptors('layers', { digest: sha256('missing') }, 1) }, 'layer-missing'],
    ['a path as a digest', { manifest: descriptors('layers', { digest: 'sha256:../../etc/passwd' }) }, 'image-document-corrupt'],
    ['another algorithm', { manifest: descriptors('layers', { digest: 'md5:0' }) }, 'image-document-corrupt'],
    ['the configuration as a layer', { manifest: descriptors('layers', { digest: image.configDigest }, 0) }],
    ['no diff ids', { config: (document) => ({ ...document, rootfs: {} }) }, 'image-inconsistent'],
    ['no layers', { manifest: (document) => ({ ...document, layers: [] }) }, 'image-empty,image-inconsistent'],
    ['one layer less', { manifest: (document) => ({ ...document, layers: [image] }) }, 'image-document-corrupt'],
    ['too many layers', { manifest: (document) => ({ ...document, layers: Array(2000).fill(document.config) }) }],
    ['an attestation only', { index: descriptors('manifests', { platform: { os: 'unknown', architecture: 'unknown' } }) }],
    ['an index without images', { index: descriptors('manifests', { digest: sha256('none') }) }, 'image-part-missing'],
    ['an index as its own manifest', { manifest: () => ({ manifests: [{ digest: sha256('x'), size: 1 }] }) }],
  ];
  for (const [name, lie, code] of lies) {
    const said = await look(forged(lie));
    assert.ok(said !== 'SILENT' && said !== '', name);
    if (code !== undefined) assert.equal(said, code, name);
  }
  for (const value of VALUES) {
    const cases: Parameters<typeof forged>[0][] = [
      ...['size', 'digest', 'mediaType'].flatMap((field) => [
        { manifest: descriptors('layers', { [field]: value }) },
        { index: descriptors('manifests', { [field]: value }) },
      ]),
      ...['layers', 'config'].map((field) => ({ manifest: (document: object) => ({ ...document, [field]: value }) })),
      ...['rootfs', 'history', 'os'].map((field) => ({ config: (document: object) => ({ ...document, [field]: value }) })),
      { index: (document) => ({ ...document, manifests: value }) },
      { index: () => value },
      { manifest: () => value },
      { config: () => value },
    ];
    for (const [index, lie] of cases.entries()) {
      assert.notEqual(await look(forged(lie)), 'SILENT', `lie ${index} with ${JSON.stringify(value)}`);
    }
  }
});

test('indexes in indexes end', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'image.tar');
  const blobs = new Map(image.blobs);
  let inner = makeIndex([{ image }]);
  for (let depth = 0; depth < 10; depth++) {
    blobs.set(sha256(inner), inner);
    inner = makeIndex([{ image: { ...image, manifest: inner, manifestDigest: sha256(inner) } }]);
  }
  writeFileSync(file, makeTar(ociEntries(inner, blobs)));
  assert.deepEqual((await askImage(directory)(file)).incomplete, ['image-document-corrupt']);
});
