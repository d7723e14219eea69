/** Archives of advisories: damage costs members, never the process. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeTar } from '../../../tests/support/tar.ts';
import { makeZip } from '../../../tests/support/zip.ts';
import { type Member, tarMembers } from './archive.ts';
import { zipMembers } from './archive-zip.ts';

async function read(context: TestContext, name: string, bytes: Uint8Array): Promise<string[]> {
  const path = join(temporaryDirectory(context), name);
  writeFileSync(path, bytes);
  const members: string[] = [];
  const tell = (member: Member) => members.push(`${member.name}: ${member.fault ?? member.content.toString('utf8')}`);
  if (name.endsWith('.zip')) for (const member of zipMembers(path)) tell(member);
  else for await (const member of tarMembers(path)) tell(member);
  return members;
}

const LONG = `${'directory/'.repeat(20)}file.json`;
const TAR = makeTar([
  { name: 'pax_global_header', type: 'g', data: '19 comment=abcdefg\n' },
  { name: 'a/' },
  { name: 'a/one.json', data: 'one' },
  { name: 'link', link: 'a/one.json' },
  { name: LONG, gnuLong: true, data: 'two' },
  { name: 'short.json', pax: { path: `pax/${LONG}` }, data: 'three' },
  { name: 'four.json', prefix: 'prefix', data: 'four' },
  { name: 'empty.json', data: '' },
]);
const MEMBERS = ['a/one.json: one', `${LONG}: two`, `pax/${LONG}: three`, 'prefix/four.json: four', 'empty.json: '];

test('tar: names of every kind, in every packing', async (context) => {
  assert.deepEqual(await read(context, 'x.tar', TAR), MEMBERS);
  assert.deepEqual(await read(context, 'x.tar.gz', gzipSync(TAR)), MEMBERS);
  assert.deepEqual(await read(context, 'x.tar.zst', zstdCompressSync(TAR)), MEMBERS);
});

test('tar: a lying size and a huge member are told', async (context) => {
  const lying = makeTar([{ name: 'a.json', data: 'x', size: 2 ** 40, base256: true }]);
  assert.deepEqual(await read(context, 'x.tar', lying), [': a header is damaged']);
  const huge = makeTar([{ name: 'a.json', data: 'x', size: 65 * 2 ** 20 }]);
  assert.deepEqual(await read(context, 'x.tar', huge), ['a.json: it is larger than 67108864 bytes', ': it is cut off']);
});

test('zip: a bomb ends at its claim', async (context) => {
  const bomb = makeZip([{ name: 'a.json', data: Buffer.alloc(10_000_000), claim: { size: 100 } }]);
  assert.match((await read(context, 'x.zip', bomb))[0] ?? '', /^a\.json: its data/);
});

const ZIP = makeZip([
  { name: 'a.json', data: '{"a":1}' },
  { name: 'b.json', data: '{"b":2}', method: 0 },
  { name: 'c.json', data: '{"c":3}', zip64: true },
]);
for (const [name, bytes] of [
  ['x.tar', TAR],
  ['x.tar.gz', gzipSync(TAR)],
  ['x.zip', ZIP],
] as const) {
  test(`${name}: flipped bytes and cuts never throw`, async (context) => {
    const place = fc.integer({ min: 0, max: bytes.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 0, max: 255 }), place, async (at, value, length) => {
        const damaged = Buffer.from(bytes.subarray(0, Math.max(length, at + 1)));
        damaged[at] = value;
        await read(context, name, damaged);
      }),
      { numRuns: 100 },
    );
  });
}
