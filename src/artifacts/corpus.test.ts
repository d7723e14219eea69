/** Hostile names, links and arbitrary bytes: nothing is written outside, nothing read from outside, nothing throws. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import {
  type Answer,
  APPLICATION,
  type Ask,
  askImage,
  askLambda,
  askRootfs,
  askSbom,
  FOUND,
  SYSTEM,
  smallJar,
  watchAllocations,
} from '../../tests/support/corpus.ts';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { dockerArchive, makeImage } from '../../tests/support/image.ts';
import { makeTar, type TarEntry, tarHeader } from '../../tests/support/tar.ts';
import { makeZip, type ZipMember } from '../../tests/support/zip.ts';
import { MEMORY_FILE_BYTES } from './limits.ts';

/** What a package file outside of the target would look like if somebody were led to it. */
const OUTSIDE = 'Package: outside\nStatus: install ok installed\nArchitecture: amd64\nVersion: 6.6.6\n';

interface Place {
  /** Where the targets lie and where the scanner may write. */
  readonly directory: string;
  /** A tree beside them that is none of its business. */
  readonly sentinel: string;
  /** Everything about every file there and beside it. */
  look(): string[];
}

function makePlace(context: TestContext): Place {
  const root = temporaryDirectory(context);
  const directory = join(root, 'a/b/work');
  const sentinel = join(root, 'a/sentinel');
  mkdirSync(directory, { recursive: true });
  mkdirSync(join(sentinel, 'var/lib/dpkg'), { recursive: true });
  writeFileSync(join(sentinel, 'var/lib/dpkg/status'), OUTSIDE);
  writeFileSync(join(root, 'status'), OUTSIDE);
  const look = (): string[] =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('a/b/work/'))
      .sort()
      .map((name) => {
        const stat = lstatSync(join(root, name));
        const content = stat.isFile() ? readFileSync(join(root, name), 'latin1') : '';
        // The scanner's own directory changes with every file in it.
        return `${name} ${stat.mode} ${stat.size} ${name === 'a/b/work' ? '' : stat.mtimeMs} ${content}`;
      });
  return { directory, sentinel, look };
}

/** Names by which archives try to get out, for a file `status` two levels up and for the sentinel. */
function escapes(sentinel: string): string[] {
  const up = '../'.repeat(12);
  return [
    '../status',
    '../../../status',
    `${up}${sentinel.slice(1)}/var/lib/dpkg/status`,
    `${sentinel}/var/lib/dpkg/status`,
    `/${up}${sentinel}/planted`,
    'a/b/../../../../planted',
    './../planted',
    '..',
    '/..',
    'var/lib/dpkg/../../../../planted',
    'a\0/../../planted',
    `${'x/'.repeat(100)}${'../'.repeat(101)}planted`,
  ];
}

function tarEscapes(sentinel: string): TarEntry[] {
  return [
    ...escapes(sentinel).flatMap((name): TarEntry[] => [
      { name: name.slice(0, 99), data: OUTSIDE },
      { name: 'p', pax: { path: name }, data: OUTSIDE },
      { name: name, gnuLong: true, data: OUTSIDE },
      { name: 'h', type: '1', link: 'x', pax: { path: 'var/lib/dpkg/status.d/h', linkpath: name } },
      { name: 's', pax: { path: `var/lib/dpkg/status.d/s${name.length}`, linkpath: name }, link: 'x' },
      { name: 'w', pax: { path: `.wh.${name}` } },
    ]),
    // A link out of the root, and then a file below it: what an unpacker would write through the link.
    { name: 'out', link: sentinel },
    { name: 'out/planted', data: 'x' },
    { name: 'var/lib/dpkg/info', link: `${'../'.repeat(12)}${sentinel.slice(1)}` },
    { name: 'etc/alternatives', link: '/' },
    { name: 'dev/sda', type: '4', mode: 0o666 },
    { name: 'dev/mem', type: '3', mode: 0o666 },
    { name: 'run/pipe', type: '6' },
    { name: 'usr/bin/su', mode: 0o6755, data: 'x' },
  ];
}

/** Links that lead in circles and nowhere, also under names that catalogers look for. */
const LOOPS: readonly TarEntry[] = [
  { name: 'loop', link: 'loop' },
  { name: 'ping', link: 'pong' },
  { name: 'pong', link: 'ping' },
  { name: 'deep', link: 'deep/deep/deep' },
  { name: 'up', link: '../../../../..' },
  { name: 'here', link: '.' },
  { name: 'app/node_modules/y', link: '..' },
  { name: 'app/node_modules/z/package.json', link: '../../node_modules/y/node_modules/z/package.json' },
  { name: 'usr/lib/sysimage/rpm', link: '../sysimage/rpm' },
  ...Array.from({ length: 60 }, (_, index) => ({ name: `chain${index}`, link: `chain${index + 1}` })),
];

test('names that lead out: told, nothing is written or read outside, the rest is found', async (context) => {
  const { directory, sentinel, look } = makePlace(context);
  const before = look();
  const image = makeImage([{ entries: [...SYSTEM, ...APPLICATION, ...tarEscapes(sentinel)] }, { entries: LOOPS }]);
  const hostile = dockerArchive(image);
  const outer = makeTar(tarEscapes(sentinel));
  const file = join(directory, 'image.tar');
  // Bad names in the layer, and in the archive around it.
  for (const bytes of [hostile, gzipSync(hostile), Buffer.concat([outer.subarray(0, -1024), hostile])]) {
    writeFileSync(file, bytes);
    const answer = await askImage(directory)(file);
    assert.ok(answer.incomplete.includes('archive-path-escape'), `${answer.incomplete}`);
    for (const line of FOUND) assert.ok(answer.packages.includes(line), line);
    assert.deepEqual(
      answer.packages.filter((line) => line.includes('6.6.6') && !line.includes('dpkg/status.d/')),
      [],
    );
    assert.deepEqual(look(), before);
  }
  const manifest = '{"name":"x","version":"1.0.0"}';
  const members: ZipMember[] = [
    { name: 'node_modules/x/package.json', data: manifest },
    { name: 'lib/inner.jar', data: makeZip(escapes(sentinel).map((name) => ({ name, data: smallJar('planted') }))) },
    ...escapes(sentinel).flatMap((name): ZipMember[] => [
      { name, data: OUTSIDE },
      { name: name.replaceAll('/', '\\'), data: OUTSIDE, mode: 0 },
      { name: `links/${name.length}`, data: name, mode: 0o120777 },
    ]),
    { name: 'node_modules/out', data: sentinel, mode: 0o120777 },
    { name: 'node_modules/out/package.json', data: '{"name":"planted","version":"1.0.0"}' },
  ];
  const zip = join(directory, 'function.zip');
  writeFileSync(zip, makeZip(members));
  const answer = await askLambda(directory)(zip);
  assert.ok(answer.incomplete.includes('archive-path-escape'), `${answer.incomplete}`);
  assert.ok(answer.packages.includes('pkg:npm/x@1.0.0 var/task/node_modules/x/package.json'));
  assert.deepEqual(look(), before);
  assert.deepEqual(readdirSync(directory).sort(), ['function.zip', 'image.tar'], 'nothing stays behind');
});

test('links that lead in circles or nowhere end, in images and in trees', async (context) => {
  const { directory, sentinel } = makePlace(context);
  const file = join(directory, 'image.tar');
  writeFileSync(file, dockerArchive(makeImage([{ entries: [...SYSTEM, ...APPLICATION] }, { entries: LOOPS }])));
  assert.deepEqual(await askImage(directory)(file), { packages: FOUND, incomplete: [] });
  const root = join(directory, 'root');
  mkdirSync(root);
  const unpacked = spawnSync('tar', ['-x', '-C', root], { input: makeTar([...SYSTEM, ...APPLICATION, ...LOOPS]) });
  assert.equal(unpacked.status, 0, String(unpacked.stderr));
  symlinkSync(sentinel, join(root, 'var/lib/dpkg/status.d'));
  symlinkSync(join(sentinel, 'var/lib/dpkg/status'), join(root, 'app/node_modules/x/outside'));
  assert.equal(spawnSync('mkfifo', [join(root, 'app/package.json')]).status, 0);
  assert.deepEqual(await askRootfs(directory)(root), { packages: FOUND, incomplete: [] });
});

test('a package database that is only a broken link is told when it is a hard link', async (context) => {
  const { directory } = makePlace(context);
  const file = join(directory, 'image.tar');
  const lost: TarEntry = { name: 'var/lib/dpkg/status', type: '1', link: 'var/lib/dpkg/status-old' };
  writeFileSync(file, dockerArchive(makeImage([{ entries: [...SYSTEM.slice(0, 1), lost] }])));
  assert.deepEqual((await askImage(directory)(file)).incomplete, ['link-target-unread']);
});

test('arbitrary bytes: never a throw, never a clean bill of health', async (context) => {
  const { directory, look } = makePlace(context);
  const before = look();
  const largest = watchAllocations(context);
  const file = join(directory, 'input');
  const starts = [
    Buffer.alloc(0),
    tarHeader({ name: 'manifest.json' }, 20),
    tarHeader({ name: 'index.json' }, 20),
    tarHeader({ name: 'x', type: 'x' }, 30),
    makeTar([{ name: 'manifest.json', data: '[{"Config":"c","Layers":["l"]}]' }]).subarray(0, 1024),
    Buffer.from('1f8b0800000000000003', 'hex'),
    Buffer.from('28b52ffd', 'hex'),
    Buffer.from('504b0304', 'hex'),
    makeZip([{ name: 'a', data: 'a' }]).subarray(0, 40),
    Buffer.from('{"bomFormat":"CycloneDX","specVersion":"1.6",'),
    Buffer.from('<bom xmlns="http://cyclonedx.org/schema/bom/1.6">'),
    Buffer.from('SPDXVersion: SPDX-2.3\n'),
  ];
  const ends = [Buffer.alloc(0), Buffer.alloc(1024), makeZip([]), makeZip([{ name: 'b', data: 'b' }]).subarray(-68)];
  const wraps = [(bytes: Buffer): Buffer => bytes, gzipSync, zstdCompressSync];
  const askers: Ask[] = [askImage(directory), askLambda(directory), askSbom];
  const input = fc.record({
    start: fc.constantFrom(...starts),
    middle: fc.uint8Array({ maxLength: 1500 }),
    end: fc.constantFrom(...ends),
    wrap: fc.constantFrom(...wraps),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ start, middle, end, wrap }) => {
      writeFileSync(file, wrap(Buffer.concat([start, middle, end])));
      for (const ask of askers) {
        const { packages, incomplete }: Answer = await ask(file);
        // An empty zip is a sound one, and may follow anything.
        assert.ok(incomplete.length > 0 || (ask === askers[1] && end.length > 0), `${packages}`);
      }
    }),
    { numRuns: 120 },
  );
  assert.ok(largest() <= MEMORY_FILE_BYTES, `${largest()} bytes were asked for at once`);
  assert.deepEqual(look(), before);
  assert.deepEqual(readdirSync(directory), ['input'], 'nothing stays behind');
});
