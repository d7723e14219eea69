import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeTar, paxRecords, type TarEntry, tarHeader } from '../../../tests/support/tar.ts';
import type { FileEntry, LayerVisitor, Limits } from '../file.ts';
import { walkLayer } from '../layer.ts';
import { DEFAULT_LIMITS, MEMORY_FILE_BYTES } from '../limits.ts';
import { fileCursor, streamCursor } from './cursor.ts';
import { walkTar } from './walk.ts';

interface Seen {
  entries: string[];
  contents: Record<string, string>;
  problems: string[];
}

function describe(entry: FileEntry): string {
  return `${entry.kind} ${entry.path}${entry.link === undefined ? '' : ` -> ${entry.link}`}`;
}

function recorder(interest: 'content' | 'magic' | 'skip' = 'content'): { seen: Seen; visitor: LayerVisitor } {
  const seen: Seen = { entries: [], contents: {}, problems: [] };
  const visitor: LayerVisitor = {
    entry: (entry) => {
      seen.entries.push(describe(entry));
      return interest;
    },
    magic: (_entry, head) => head[0] !== 0x78,
    file: (entry, content) => {
      const bytes = content.bytes();
      seen.contents[entry.path] = bytes.ok ? Buffer.from(bytes.value).toString('latin1') : `!${bytes.problem.code}`;
    },
    problem: (problem) => seen.problems.push(problem.code),
  };
  return { seen, visitor };
}

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface WalkHow {
  readonly interest?: 'content' | 'magic' | 'skip';
  readonly limits?: Partial<Limits>;
  readonly selfTerminating?: boolean;
}

async function walkStream(context: TestContext | string, bytes: Buffer, chunk: number, how: WalkHow = {}): Promise<Seen> {
  const { seen, visitor } = recorder(how.interest);
  const directory = typeof context === 'string' ? context : temporaryDirectory(context);
  const cursor = streamCursor(chunksOf(bytes, chunk), directory, how.selfTerminating ?? false);
  await walkTar(cursor, visitor, { limits: { ...DEFAULT_LIMITS, ...how.limits }, name: 'the test' });
  cursor.close();
  return seen;
}

async function walkFile(directory: string, bytes: Buffer, how: WalkHow = {}): Promise<Seen> {
  const { seen, visitor } = recorder(how.interest);
  // Embedded in other bytes, as a layer is in the archive of its image.
  const file = join(directory, 'outer');
  writeFileSync(file, Buffer.concat([Buffer.alloc(700, 1), bytes, Buffer.alloc(700, 1)]));
  const fd = openSync(file, 'r');
  try {
    await walkTar(fileCursor(fd, 700, bytes.length), visitor, { limits: { ...DEFAULT_LIMITS, ...how.limits }, name: 'the test' });
  } finally {
    closeSync(fd);
  }
  return seen;
}

const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}.txt`;

const tarCases: { name: string; entries: TarEntry[]; seen: string[]; contents?: Record<string, string>; problems?: string[] }[] =
  [
    {
      name: 'kinds',
      entries: [
        { name: 'etc/' },
        { name: 'etc/a', data: 'A' },
        { name: 'etc/b', link: '../x' },
        { name: 'etc/c', type: '1', link: './etc/a' },
        { name: 'dev/null', type: '3' },
        { name: 'z', type: '7', data: 'Z' },
      ],
      seen: ['directory etc', 'file etc/a', 'symlink etc/b -> ../x', 'hardlink etc/c -> etc/a', 'other dev/null', 'file z'],
      contents: { 'etc/a': 'A', z: 'Z' },
    },
    {
      name: 'names are normalised',
      entries: [{ name: './a//b/./c', data: '1' }, { name: '/abs', data: '2' }, { name: './' }],
      seen: ['file a/b/c', 'file abs'],
    },
    { name: 'v7 directory', entries: [{ name: 'old/', type: '0' }], seen: ['directory old'] },
    {
      name: 'GNU long name and link',
      entries: [{ name: long, link: `/${long}`, gnuLong: true }],
      seen: [`symlink ${long} -> /${long}`],
    },
    {
      name: 'PAX path',
      entries: [{ name: 'short', pax: { path: `${long}ü` }, data: 'P' }],
      seen: [`file ${long}ü`],
      contents: { [`${long}ü`]: 'P' },
    },
    { name: 'PAX link', entries: [{ name: 'l', link: 's', pax: { linkpath: long } }], seen: [`symlink l -> ${long}`] },
    {
      name: 'PAX size wins',
      entries: [
        { name: 'a', data: 'abc', size: 0, pax: { size: '3' } },
        { name: 'b', data: 'B' },
      ],
      seen: ['file a', 'file b'],
      contents: { a: 'abc', b: 'B' },
    },
    { name: 'ustar prefix', entries: [{ name: 'n', prefix: 'p/q', data: '1' }], seen: ['file p/q/n'] },
    {
      name: 'base-256 size',
      entries: [{ name: 'a', data: 'abc', base256: true }, { name: 'b' }],
      seen: ['file a', 'file b'],
      contents: { a: 'abc', b: '' },
    },
    {
      name: 'a hard link with a size has no body',
      entries: [
        { name: 'a', type: '1', link: 'b', size: 900 },
        { name: 'c', data: 'C' },
      ],
      seen: ['hardlink a -> b', 'file c'],
    },
    {
      name: 'names that escape',
      entries: [
        { name: '../../etc/shadow', data: 'x' },
        { name: 'a/../../b' },
        { name: 'h', type: '1', link: '../x' },
        { name: 'ok', data: 'y' },
      ],
      seen: ['file ok'],
      problems: ['archive-path-escape', 'archive-path-escape', 'archive-path-escape'],
    },
    {
      name: 'sparse files are told',
      entries: [
        { name: 's', data: 'abc', pax: { 'GNU.sparse.major': '1', 'GNU.sparse.name': 'real', 'GNU.sparse.realsize': '4096' } },
        { name: 'b' },
      ],
      seen: ['file real', 'file b'],
      problems: ['archive-sparse'],
    },
    { name: 'a damaged PAX size', entries: [{ name: 'a', pax: { size: '-1' } }], seen: [], problems: ['archive-corrupt'] },
    {
      name: 'an absurd size',
      entries: [{ name: 'a', base256: true, size: 2 ** 50 }],
      seen: ['file a'],
      problems: ['archive-truncated'],
    },
    { name: 'empty', entries: [], seen: [] },
    { name: 'a volume label', entries: [{ name: 'backup', type: 'V' }, { name: 'a' }], seen: ['file a'] },
    {
      name: 'types nobody knows',
      entries: [{ name: 'continued', type: 'M', data: 'x' }, { name: 'toString', type: '\u0001', data: 'x' }, { name: 'a' }],
      seen: ['file a'],
      problems: ['archive-unsupported', 'archive-unsupported'],
    },
    {
      name: 'a file without a name',
      entries: [{ name: '', data: 'x' }, { name: './', type: '5' }, { name: 'a' }],
      seen: ['file a'],
      problems: ['archive-corrupt'],
    },
    { name: 'an empty PAX path', entries: [{ name: 'a', pax: { path: '', linkpath: '' } }], seen: ['file a'] },
  ];

test('what archives hold, from a file and from a stream in chunks of any size', async (context) => {
  const directory = temporaryDirectory(context);
  for (const { name, entries, seen, contents, problems = [] } of tarCases) {
    const bytes = makeTar(entries);
    const walks = [await walkFile(directory, bytes, { limits: { maxFileBytes: 2 ** 51, maxTotalBytes: 2 ** 52 } })];
    for (const chunk of [1, 511, 513, 1 << 20]) {
      walks.push(await walkStream(directory, bytes, chunk, { limits: { maxFileBytes: 2 ** 51, maxTotalBytes: 2 ** 52 } }));
    }
    for (const walk of walks) {
      assert.deepEqual(walk.entries, seen, name);
      if (contents !== undefined) assert.deepEqual(walk.contents, contents, name);
      assert.deepEqual(walk.problems, problems, name);
    }
  }
});

test('global PAX headers hold for all that follow', async (context) => {
  const records = paxRecords({ comment: 'x', uid: '7' });
  const bytes = Buffer.concat([
    tarHeader({ name: 'g', type: 'g' }, records.length),
    records,
    Buffer.alloc(512 - records.length),
    makeTar([{ name: 'a' }]),
  ]);
  const uids: (number | undefined)[] = [];
  const { visitor } = recorder();
  const cursor = streamCursor(chunksOf(bytes, 100), temporaryDirectory(context), false);
  const entry = (one: FileEntry): 'skip' => {
    uids.push(one.uid);
    return 'skip';
  };
  await walkTar(cursor, { ...visitor, entry }, { limits: DEFAULT_LIMITS, name: 'the test' });
  assert.deepEqual(uids, [7]);
});

test('what GNU tar writes in each of its formats', async (context) => {
  const directory = temporaryDirectory(context);
  const source = join(directory, 'src');
  const deep = join(source, 'a'.repeat(60), 'b'.repeat(60));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'file'), 'deep');
  writeFileSync(join(source, 'big'), Buffer.alloc(70_000, 0x41));
  symlinkSync('big', join(source, 'soft'));
  linkSync(join(source, 'big'), join(source, 'zhard'));
  for (const format of ['gnu', 'posix', 'ustar', 'oldgnu']) {
    const made = spawnSync('tar', [`--format=${format}`, '--sort=name', '-C', source, '-cf', '-', '.'], { maxBuffer: 1 << 28 });
    assert.equal(made.status, 0, String(made.stderr));
    const walk = await walkStream(directory, made.stdout, 10_000);
    const deepName = `${'a'.repeat(60)}/${'b'.repeat(60)}`;
    assert.deepEqual(
      walk.entries,
      [
        'directory ',
        `directory ${'a'.repeat(60)}`,
        `directory ${deepName}`,
        `file ${deepName}/file`,
        'file big',
        'symlink soft -> big',
        'hardlink zhard -> big',
      ].slice(1),
      format,
    );
    assert.equal(walk.contents.big?.length, 70_000);
    assert.deepEqual(walk.problems, []);
  }
});

test('first bytes decide for magic, also across chunks', async (context) => {
  const directory = temporaryDirectory(context);
  const bytes = makeTar([
    { name: 'no', data: 'x'.repeat(2000) },
    { name: 'yes', data: 'y'.repeat(2000) },
    { name: 'empty', data: '' },
  ]);
  for (const walk of [
    await walkFile(directory, bytes, { interest: 'magic' }),
    await walkStream(directory, bytes, 300, { interest: 'magic' }),
  ]) {
    assert.deepEqual(walk.contents, { yes: 'y'.repeat(2000), empty: '' });
    assert.deepEqual(walk.problems, []);
  }
});

test('cut at every block and around it, nothing is silently missing', async (context) => {
  const directory = temporaryDirectory(context);
  const bytes = makeTar([
    { name: 'a', data: 'A'.repeat(600) },
    { name: long, gnuLong: true, data: 'L' },
    { name: 'p', pax: { path: 'q' }, data: 'Q' },
    { name: 'd/' },
    { name: 'sparse', pax: { 'GNU.sparse.major': '1', 'GNU.sparse.realsize': '9' }, data: 'S' },
  ]);
  const end = bytes.length - 1024;
  for (let block = 0; block <= end; block += 512) {
    for (const length of [block, block + 1, block + 511]) {
      if (length >= end + 512) continue;
      const cut = bytes.subarray(0, length);
      for (const walk of [
        await walkFile(directory, cut),
        await walkStream(directory, cut, 1000),
        await walkFile(directory, cut, { interest: 'skip' }),
      ]) {
        assert.ok(walk.problems.includes('archive-truncated'), `cut at ${length}: ${walk.problems}`);
      }
    }
  }
});

test('a missing end marker is fine where the stream itself says it is complete', async (context) => {
  const directory = temporaryDirectory(context);
  const bytes = makeTar([{ name: 'a', data: 'A' }], { end: false });
  assert.deepEqual((await walkStream(directory, bytes, 512, { selfTerminating: true })).problems, []);
  assert.deepEqual((await walkStream(directory, bytes, 512)).problems, ['archive-truncated']);
  assert.deepEqual((await walkStream(directory, bytes.subarray(0, 512), 512, { selfTerminating: true })).problems, [
    'archive-truncated',
  ]);
  for (const announced of [makeTar([{ name: long, gnuLong: true }]), makeTar([{ name: 'a', pax: { path: long } }])]) {
    const alone = announced.subarray(0, 1024);
    for (const cut of [alone, Buffer.concat([alone, Buffer.alloc(1024)])]) {
      assert.deepEqual((await walkStream(directory, cut, 512, { selfTerminating: true })).problems, ['archive-truncated']);
    }
  }
});

test('bounds', async (context) => {
  const directory = temporaryDirectory(context);
  const bytes = makeTar([
    { name: 'a', data: 'A'.repeat(100) },
    { name: 'b', data: 'B' },
    { name: 'c', data: 'C' },
  ]);
  assert.deepEqual((await walkStream(directory, bytes, 512, { limits: { maxEntries: 2 } })).problems, [
    'archive-too-many-entries',
  ]);
  assert.deepEqual((await walkStream(directory, bytes, 512, { limits: { maxTotalBytes: 100 } })).problems, ['archive-too-large']);
  const large = await walkStream(directory, bytes, 512, { limits: { maxFileBytes: 50 } });
  assert.deepEqual([Object.keys(large.contents), large.problems], [['b', 'c'], ['file-too-large']]);
});

async function* repeated(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (;;) yield bytes;
}

test('names without end', async (context) => {
  const directory = temporaryDirectory(context);
  const bytes = makeTar([
    { name: 'p', pax: { path: 'x'.repeat(5000) }, data: 'P' },
    { name: 'l', pax: { linkpath: 'x'.repeat(500_000) }, link: 'y' },
    { name: 'a', data: 'A' },
  ]);
  const walk = await walkStream(directory, bytes, 1000);
  assert.deepEqual([walk.entries, walk.problems], [['file a'], ['archive-path-too-long', 'archive-path-too-long']]);
  const entry = makeTar([{ name: 'p', pax: { path: 'x'.repeat(4000) } }], { end: false });
  const { seen, visitor } = recorder('skip');
  let entries = 0;
  const entrySeen = (): 'skip' => {
    entries++;
    return 'skip';
  };
  const count = { ...visitor, entry: entrySeen };
  await walkTar(streamCursor(repeated(entry), directory, false), count, { limits: DEFAULT_LIMITS, name: 'the test' });
  assert.deepEqual([seen.problems, entries], [['archive-too-many-entries'], Math.floor((256 * 1024 * 1024) / 4000)]);
});

test('a time limit is seen although the input is always at hand', async (context) => {
  const { seen, visitor } = recorder('skip');
  const cursor = streamCursor(repeated(makeTar([{ name: 'a' }], { end: false })), temporaryDirectory(context), false);
  const signal = AbortSignal.timeout(60);
  await walkTar(cursor, { ...visitor, entry: () => 'skip' }, { limits: DEFAULT_LIMITS, name: 'the test', signal });
  assert.deepEqual(seen.problems, ['scan-interrupted']);
});

test('wanted files above the memory bound go through a temporary file', async (context) => {
  const directory = temporaryDirectory(context);
  const large = Buffer.alloc(MEMORY_FILE_BYTES + 70_000, 'spool');
  // Written over the one before.
  const smaller = Buffer.alloc(MEMORY_FILE_BYTES + 1, 'another');
  const bytes = makeTar([
    { name: 'large', data: large },
    { name: 'smaller', data: smaller },
    { name: 'after', data: 'A' },
  ]);
  const walk = await walkStream(directory, bytes, 1 << 20);
  assert.ok(Buffer.from(walk.contents.large ?? '', 'latin1').equals(large));
  assert.ok(Buffer.from(walk.contents.smaller ?? '', 'latin1').equals(smaller));
  assert.equal(walk.contents.after, 'A');
  assert.deepEqual(spawnSync('ls', [directory]).stdout.toString(), '', 'nothing stays behind');
});

test('compressed layers: told by their bytes, damage is told', async (context) => {
  const directory = temporaryDirectory(context);
  const noise = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 7919) % 251));
  const tar = makeTar([
    { name: 'a', data: 'A' },
    { name: 'n', data: noise },
  ]);
  const gzip = gzipSync(tar);
  const zstd = zstdCompressSync(tar);
  const flipped = Buffer.from(gzip);
  flipped[gzip.length - 6] = (flipped[gzip.length - 6] ?? 0) ^ 0xff;
  const cases: { name: string; bytes: Buffer; problems: string[] }[] = [
    { name: 'plain', bytes: tar, problems: [] },
    { name: 'gzip', bytes: gzip, problems: [] },
    { name: 'zstd', bytes: zstd, problems: [] },
    { name: 'gzip cut', bytes: gzip.subarray(0, gzip.length - 9), problems: ['archive-truncated'] },
    { name: 'gzip half', bytes: gzip.subarray(0, gzip.length >> 1), problems: ['archive-truncated'] },
    { name: 'gzip checksum', bytes: flipped, problems: ['archive-corrupt'] },
    { name: 'zstd cut', bytes: zstd.subarray(0, zstd.length >> 1), problems: ['archive-truncated'] },
    { name: 'xz', bytes: Buffer.from('fd377a585a00', 'hex'), problems: ['archive-unsupported'] },
    { name: 'bzip2', bytes: Buffer.from('BZh91AY&SY'), problems: ['archive-unsupported'] },
  ];
  for (const { name, bytes, problems } of cases) {
    const file = join(directory, 'layer');
    writeFileSync(file, bytes);
    const { seen, visitor } = recorder();
    const layer = { kind: 'tar', file, offset: 0, size: bytes.length } as const;
    await walkLayer(layer, visitor, { limits: DEFAULT_LIMITS, workspace: directory, name: 'the layer' });
    assert.deepEqual(seen.problems, problems, name);
    if (problems.length === 0) assert.deepEqual(Object.keys(seen.contents), ['a', 'n'], name);
  }
  assert.ok(readFileSync(join(directory, 'layer')).length > 0);
});

test('a gzip bomb stops at the bound', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'bomb');
  const size = 256 * 1024 * 1024;
  writeFileSync(file, gzipSync(Buffer.concat([tarHeader({ name: 'zeros' }, 2 ** 36), Buffer.alloc(size)]), { level: 1 }));
  const { seen, visitor } = recorder();
  const layer = { kind: 'tar', file, offset: 0, size: readFileSync(file).length } as const;
  await walkLayer(layer, visitor, {
    limits: { ...DEFAULT_LIMITS, maxTotalBytes: 1 << 20 },
    workspace: directory,
    name: 'the layer',
  });
  assert.deepEqual(seen.problems, ['archive-too-large']);
});

test('flipped bytes never throw', async (context) => {
  const directory = temporaryDirectory(context);
  const whole = makeTar(tarCases.flatMap(({ entries }) => entries.filter((entry) => (entry.size ?? 0) < 10_000)));
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(flips, fc.integer({ min: 200, max: 5000 }), async (changes, chunk) => {
      const bytes = Buffer.from(whole);
      for (const [at, mask] of changes) bytes[at] = (bytes[at] ?? 0) ^ mask;
      const walk = await walkStream(directory, bytes, chunk);
      for (const name of walk.entries) assert.ok(!/(^|[ /])\.\.(\/|$)/.test(name.split(' -> ')[0] ?? ''), name);
    }),
    { numRuns: 300 },
  );
});
