/** Tars of every dialect, alone and compressed, damaged in every place: what is missing is told. */
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  type Answer,
  type Ask,
  assertHonest,
  cuts,
  type Damage,
  flips,
  steps,
  watchAllocations,
} from '../../../tests/support/corpus.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeTar, paxRecords, seal, type TarEntry, tarHeader } from '../../../tests/support/tar.ts';
import type { LayerVisitor } from '../file.ts';
import { walkLayer } from '../layer.ts';
import { DEFAULT_LIMITS, MEMORY_FILE_BYTES } from '../limits.ts';

/** Asks for every entry of a layer, and the content of files. */
function askLayer(directory: string): Ask {
  return async (file) => {
    const packages: string[] = [];
    const incomplete: string[] = [];
    const visitor: LayerVisitor = {
      entry: ({ kind, path, link = '' }) => {
        if (kind !== 'file') packages.push(`${kind} ${path} ${link}`);
        return 'content';
      },
      magic: () => true,
      file: ({ path }, content) => {
        const text = content.text();
        packages.push(`file ${path} ${text.ok ? text.value : text.problem.code}`);
      },
      problem: ({ code, effect }) => void (effect === 'incomplete' && incomplete.push(code)),
    };
    await walkLayer({ kind: 'tar', file, offset: 0, size: statSync(file).size }, visitor, {
      limits: DEFAULT_LIMITS,
      workspace: directory,
      name: 'the layer',
    });
    return { packages, incomplete };
  };
}

const long = `${'long/'.repeat(30)}name`;
const dialects: readonly { name: string; entries: readonly TarEntry[] }[] = [
  {
    name: 'ustar',
    entries: [
      { name: 'd/' },
      { name: 'd/a', data: 'first' },
      { name: 'b', prefix: 'some/prefix', data: 'second' },
      { name: 'l', link: 'd/a' },
    ],
  },
  {
    name: 'pax',
    entries: [
      { name: 'short', pax: { path: long, mtime: '1.5' }, data: 'third' },
      { name: 's', data: 'fourth', size: 0, pax: { size: '6' } },
      { name: 'm', link: 'x', pax: { linkpath: long } },
    ],
  },
  {
    name: 'GNU',
    entries: [
      { name: `${long}.gnu`, gnuLong: true, data: 'fifth' },
      { name: 'n', link: long, gnuLong: true },
      { name: 'c', data: 'sixth', base256: true },
    ],
  },
  {
    name: 'hard links',
    entries: [
      { name: 'e', data: 'seventh' },
      { name: 'h', type: '1', link: 'e' },
      { name: 'f', data: 'eighth' },
    ],
  },
];

/** Header blocks of a tar. */
function headersOf(tar: Buffer): number[] {
  return [...steps(0, tar.length - 1024, 512)].filter((at) => tar.toString('latin1', at + 257, at + 262) === 'ustar');
}

/** Blocks that are no headers: contents, long names, records. */
function bodiesOf(tar: Buffer): [number, number][] {
  const headers = new Set(headersOf(tar));
  return [...steps(0, tar.length - 1024, 512)].filter((at) => !headers.has(at)).map((at) => [at, at + 512]);
}

async function soundAnswer(file: string, ask: Ask, bytes: Buffer): Promise<Answer> {
  writeFileSync(file, bytes);
  return ask(file);
}

for (const { name, entries } of dialects) {
  test(`${name}: cut anywhere, flipped anywhere`, async (context) => {
    const directory = temporaryDirectory(context);
    const file = join(directory, 'layer');
    const ask = askLayer(directory);
    const tar = makeTar(entries);
    const sound = await soundAnswer(file, ask, tar);
    await assertHonest(
      file,
      ask,
      sound,
      cuts(
        tar,
        [...steps(0, tar.length, 512)].flatMap((at) => [at, at + 1, at + 511]),
      ),
    );
    const [last = 0] = headersOf(tar).slice(-1);
    const places = [...steps(last, last + 512), ...steps(0, tar.length, 13), ...bodiesOf(tar).map(([at]) => at)];
    const reason = 'contents, long names and PAX records: tar has no checksum over them';
    await assertHonest(file, ask, sound, flips(tar, places), [{ reason, ranges: bodiesOf(tar) }]);
  });
}

test('compressed: cut anywhere, flipped anywhere', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'layer');
  const ask = askLayer(directory);
  const tar = makeTar(dialects.flatMap(({ entries }) => entries));
  const members = [...steps(0, tar.length, 1024)].map((at) => gzipSync(tar.subarray(at, at + 1024)));
  const ends = members.map((_, index) => members.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0));
  const checked = zstdCompressSync(tar, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  for (const bytes of [gzipSync(tar), Buffer.concat(members), checked]) {
    const sound = await soundAnswer(file, ask, bytes);
    const edges = [...steps(0, 24), ...steps(bytes.length - 12, bytes.length), ...ends.flatMap((at) => [at - 1, at, at + 1])];
    const places = [...edges.filter((at) => at < bytes.length), ...steps(24, bytes.length, 7)];
    await assertHonest(file, ask, sound, cuts(bytes, places));
    await assertHonest(file, ask, sound, flips(bytes, places));
  }
});

/** The headers of a tar with another size, their checksums right. */
function* sizeLies(tar: Buffer): Generator<Damage> {
  const octal = (value: string): Buffer => Buffer.from(value.padEnd(12, '\0').slice(0, 12), 'latin1');
  const binary = (hex: string): Buffer => Buffer.from(hex, 'hex');
  for (const at of headersOf(tar)) {
    const lies: [name: string, field: Buffer][] = [
      ['8 GiB', octal((2 ** 33 - 1).toString(8))],
      ['-1', octal('-1')],
      ['words', octal('size')],
      ['digits beyond octal', octal('00000000099')],
      ['nothing', octal('')],
      ['twelve digits', Buffer.from('777777777777', 'latin1')],
      ['base-256, minus one', binary('ff'.repeat(12))],
      ['base-256, 2^40', binary('800000000000010000000000')],
      ['base-256, 2^63', binary('800000008000000000000000')],
      ['base-256, all ones', binary(`bf${'ff'.repeat(11)}`)],
      ['nothing, in base-256', binary('80'.padEnd(24, '0'))],
    ];
    const changed = (field: Buffer): Buffer => {
      const bytes = Buffer.from(tar);
      field.copy(bytes, at + 124);
      seal(bytes.subarray(at, at + 512));
      return bytes;
    };
    for (const [lie, field] of lies) yield { name: `size at ${at}: ${lie}`, bytes: changed(field) };
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8) || 0;
    for (const near of [1, size - 1, size + 1, size + 512, size + 1024]) {
      const field = octal(Math.max(0, near).toString(8).padStart(11, '0'));
      yield { name: `size at ${at}: ${near}`, at, bytes: changed(field) };
    }
  }
}

function* paxLies(): Generator<Damage> {
  const digits = ['9007199254740993', '99999999999999999999', '1'.repeat(400)];
  const values = ['', '-1', '0', '5.5', '600', '1e9', '0x6', ' 6', ...digits];
  const more = [{ name: 'b', data: 'other' }];
  for (const value of values) {
    yield { name: `PAX size ${value}`, bytes: makeTar([{ name: 'a', data: 'first', pax: { size: value } }, ...more]) };
    const records = paxRecords({ size: value });
    const global = Buffer.concat([
      tarHeader({ name: 'g', type: 'g' }, records.length),
      records,
      Buffer.alloc(512 - records.length),
    ]);
    yield { name: `global PAX size ${value}`, bytes: Buffer.concat([global, makeTar([{ name: 'a', data: 'first' }, ...more])]) };
  }
  const records = ['0 path=x\n', '7 path=x\n', '99999999 path=x\n', '9 path=x', '9path=x\n', 'path=x\n', '-9 path=x\n', '5 =x\n'];
  for (const record of records) {
    const header = tarHeader({ name: 'x', type: 'x' }, record.length);
    const rest = makeTar([{ name: 'a', data: 'first' }, ...more]);
    const block = Buffer.concat([Buffer.from(record), Buffer.alloc(512 - record.length)]);
    yield { name: `record ${JSON.stringify(record)}`, bytes: Buffer.concat([header, block, rest]) };
  }
}

test('sizes that lie: nothing is lost in silence, and no buffer is as large as they say', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'layer');
  const ask = askLayer(directory);
  const largest = watchAllocations(context);
  const tar = makeTar(dialects.flatMap(({ entries }) => entries));
  const reason = 'a size that ends in the same block, or where another header begins, makes another sound tar';
  const near = [{ reason, ranges: [[0, tar.length]] }] as const;
  await assertHonest(file, ask, await soundAnswer(file, ask, tar), sizeLies(tar), near);
  const plain = await soundAnswer(
    file,
    ask,
    makeTar([
      { name: 'a', data: 'first' },
      { name: 'b', data: 'other' },
    ]),
  );
  await assertHonest(file, ask, plain, paxLies());
  const gzip = [...sizeLies(tar)].map((lie) => ({ ...lie, bytes: gzipSync(lie.bytes, { level: 1 }) }));
  await assertHonest(file, ask, await soundAnswer(file, ask, tar), gzip, near);
  assert.ok(largest() <= MEMORY_FILE_BYTES, `${largest()} bytes were asked for at once`);
});

test('sizes in compressed streams that lie', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'layer');
  const ask = askLayer(directory);
  const largest = watchAllocations(context);
  const tar = makeTar(dialects.flatMap(({ entries }) => entries));
  const sound = await soundAnswer(file, ask, tar);
  const change = (name: string, bytes: Buffer, at: number, hex: string): Damage => {
    const damaged = Buffer.from(bytes);
    damaged.set(Buffer.from(hex, 'hex'), at < 0 ? bytes.length + at : at);
    return { name, bytes: damaged };
  };
  const gzip = gzipSync(tar);
  // One segment with its size in two bytes after the header of the frame (RFC 8878, 3.1.1.1).
  const zstd = zstdCompressSync(tar, { pledgedSrcSize: tar.length });
  const huge = Buffer.concat([zstd.subarray(0, 4), Buffer.from('00f8', 'hex'), zstd.subarray(7)]);
  await assertHonest(file, ask, sound, [
    change('gzip says 0', gzip, -4, '00000000'),
    change('gzip says 4 GiB', gzip, -4, 'ffffffff'),
    change('gzip, other checksum', gzip, -8, '00000000'),
    change('gzip with an extra field that does not end', gzip, 3, '04'),
    change('gzip with a name that does not end', gzip, 3, '08'),
    change('gzip of another method', gzip, 2, '07'),
    change('zstd says 256', zstd, 5, '0000'),
    change('zstd says 64 KiB', zstd, 5, 'ffff'),
    { name: 'zstd with a window of 1 TiB', bytes: huge },
    {
      name: 'zstd frame that says 2^63',
      bytes: Buffer.concat([Buffer.from('28b52ffde0ffffffffffffff7f', 'hex'), zstd.subarray(7)]),
    },
    { name: 'a skippable frame of 4 GiB', bytes: Buffer.concat([Buffer.from('502a4d18ffffffff', 'hex'), zstd]) },
    {
      name: 'a frame and a skippable frame that ends early',
      bytes: Buffer.concat([zstd.subarray(0, -3), Buffer.from('502a4d18', 'hex')]),
    },
  ]);
  assert.ok(largest() <= MEMORY_FILE_BYTES, `${largest()} bytes were asked for at once`);
});

test('an old GNU sparse file is told', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'layer');
  const block = tarHeader({ name: 'sparse', type: 'S' }, 3);
  for (const [at, value] of [
    [386, 0],
    [398, 3],
    [483, 3],
  ] as const)
    block.write(value.toString(8).padStart(11, '0'), at, 'latin1');
  const data = Buffer.concat([Buffer.from('abc'), Buffer.alloc(509)]);
  writeFileSync(file, Buffer.concat([seal(block), data, makeTar([{ name: 'a', data: 'first' }])]));
  assert.deepEqual(await askLayer(directory)(file), { packages: ['file a first'], incomplete: ['archive-sparse'] });
});
