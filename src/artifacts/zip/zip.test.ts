import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeZip, type ZipMember } from '../../../tests/support/zip.ts';
import { memoryContent } from '../memory.ts';
import { openZip } from './index.ts';

const MEBIBYTE = 1024 * 1024;

function open(bytes: Uint8Array) {
  return openZip(memoryContent('app.jar', bytes));
}

/** Every member as `path: text` or `path: !code`. */
function look(bytes: Uint8Array): { members: string[]; problems: string[] } {
  const archive = open(bytes);
  if (!archive.ok) return { members: [], problems: [archive.problem.code] };
  const members = archive.value.entries.map((entry) => {
    const read = archive.value.read(entry, MEBIBYTE);
    return `${entry.path}: ${read.ok ? Buffer.from(read.value).toString() : `!${read.problem.code}`}`;
  });
  return { members, problems: archive.value.problems.map((problem) => problem.code) };
}

const two: ZipMember[] = [
  { name: 'META-INF/MANIFEST.MF', data: 'Manifest-Version: 1.0' },
  { name: 'stored.txt', data: 'stored', method: 0 },
];
const twoSeen = ['META-INF/MANIFEST.MF: Manifest-Version: 1.0', 'stored.txt: stored'];

test('reads what tools write', () => {
  const cases: { name: string; bytes: Buffer; members: string[] }[] = [
    { name: 'plain', bytes: makeZip(two), members: twoSeen },
    { name: 'zip64', bytes: makeZip(two.map((member) => ({ ...member, zip64: true }))), members: twoSeen },
    {
      name: 'bytes before it',
      bytes: makeZip(two, { prefix: Buffer.from('#!/bin/sh\nexec java -jar "$0"\n') }),
      members: twoSeen,
    },
    {
      name: 'zip64 with bytes before it',
      bytes: makeZip(
        two.map((member) => ({ ...member, zip64: true })),
        { prefix: Buffer.from('stub') },
      ),
      members: twoSeen,
    },
    {
      name: 'comment',
      bytes: makeZip(two, { comment: 'PK\u0005\u0006 inside a comment, long enough to fool a reader' }),
      members: twoSeen,
    },
    { name: 'padding after it', bytes: Buffer.concat([makeZip(two), Buffer.alloc(100)]), members: twoSeen },
    { name: 'empty', bytes: makeZip([]), members: [] },
    {
      name: 'backslashes of DOS',
      bytes: makeZip([{ name: 'lib\\net\\a.dll', data: 'x', mode: 0 }]),
      members: ['lib/net/a.dll: x'],
    },
    { name: 'dot segments', bytes: makeZip([{ name: './a//b/../c', data: 'x' }]), members: ['a/c: x'] },
  ];
  for (const { name, bytes, members } of cases) assert.deepEqual(look(bytes), { members, problems: [] }, name);
});

test('kinds and modes come from the Unix attributes', () => {
  const archive = open(
    makeZip([
      { name: 'bin/', mode: 0o040755 },
      { name: 'bin/run', mode: 0o100755 },
      { name: 'link', mode: 0o120777, data: 'bin/run' },
      { name: 'dos.txt', mode: 0 },
    ]),
  );
  assert.ok(archive.ok);
  const seen = archive.value.entries.map((entry) => `${entry.path} ${entry.kind} ${entry.mode.toString(8)}`);
  assert.deepEqual(seen, ['bin directory 755', 'bin/run file 755', 'link symlink 777', 'dos.txt file 644']);
});

test('hostile members become problems and the others are still read', () => {
  const good: ZipMember = { name: 'good', data: 'good' };
  const cases: { name: string; member: ZipMember; members: string[]; problems: string[] }[] = [
    { name: 'escape', member: { name: '../../etc/passwd', data: 'x' }, members: [], problems: ['archive-path-escape'] },
    { name: 'encrypted', member: { name: 'a', data: 'x', encrypted: true }, members: ['a: !archive-encrypted'], problems: [] },
    { name: 'method', member: { name: 'a', data: 'x', method: 14 }, members: ['a: !archive-unsupported'], problems: [] },
    { name: 'checksum', member: { name: 'a', data: 'x', claim: { crc32: 1 } }, members: ['a: !archive-corrupt'], problems: [] },
    { name: 'says more', member: { name: 'a', data: 'xyz', claim: { size: 9 } }, members: ['a: !archive-corrupt'], problems: [] },
    { name: 'says less', member: { name: 'a', data: 'xyz', claim: { size: 2 } }, members: ['a: !archive-bomb'], problems: [] },
    {
      name: 'says much less',
      member: { name: 'a', data: Buffer.alloc(8 * MEBIBYTE), claim: { size: 1000 } },
      members: ['a: !archive-bomb'],
      problems: [],
    },
    { name: 'large', member: { name: 'a', data: Buffer.alloc(2 * MEBIBYTE) }, members: ['a: !file-too-large'], problems: [] },
    {
      name: 'impossible ratio',
      member: { name: 'a', data: 'x', claim: { size: 500_000 } },
      members: ['a: !archive-bomb'],
      problems: [],
    },
    { name: 'outside', member: { name: 'a', data: 'x', claim: { offset: 9999 } }, members: [], problems: ['archive-overlap'] },
  ];
  for (const { name, member, members, problems } of cases) {
    assert.deepEqual(look(makeZip([good, member])), { members: ['good: good', ...members], problems }, name);
  }
});

test('members that share bytes are left out', () => {
  const bytes = makeZip([
    { name: 'a', data: 'aaaa' },
    { name: 'b', data: 'bbbb', claim: { offset: 10 } },
  ]);
  assert.deepEqual(look(bytes), { members: ['a: aaaa'], problems: ['archive-overlap'] });
});

test('a bound on the number of members', () => {
  const many = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}`, data: 'x' }));
  const archive = openZip(memoryContent('many.zip', makeZip(many)), { maxEntries: 10 });
  assert.ok(!archive.ok);
  assert.equal(archive.problem.code, 'archive-too-many-entries');
});

test('cut at every byte, nothing throws and nothing is silently missing', () => {
  const whole = makeZip(two);
  for (let length = 0; length < whole.length; length++) {
    const { members, problems } = look(whole.subarray(0, length));
    assert.ok(problems.length > 0 || members.some((member) => member.includes(': !')), `cut at ${length}`);
  }
});

test('the end record of an archive inside is not taken for that of the archive', () => {
  const inner = makeZip([{ name: 'inside', data: 'inside' }]);
  for (const prefix of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n')]) {
    const whole = makeZip([{ name: 'a', data: 'A' }, { name: 'lib/inner.jar', data: inner, method: 0 }, ...two], { prefix });
    const end = whole.indexOf(inner) + inner.length;
    for (let length = end; length < whole.length; length++) {
      assert.deepEqual(look(whole.subarray(0, length)).problems, ['archive-truncated'], `cut at ${length}`);
    }
    assert.deepEqual(look(whole).problems, []);
  }
});

test('end records that lie', () => {
  const whole = makeZip(two);
  const at = whole.length - 22;
  const lie = (change: (end: Buffer) => void): ReturnType<typeof look> => {
    const bytes = Buffer.from(whole);
    change(bytes.subarray(at));
    return look(bytes);
  };
  const size = whole.readUInt32LE(at + 12);
  const cases: [name: string, change: (end: Buffer) => void, members: string[], problems: string[]][] = [
    ['fewer members', (end) => end.writeUInt16LE(1, 10), twoSeen, []],
    ['no members', (end) => end.writeUInt16LE(0, 10), twoSeen, []],
    ['more members', (end) => end.writeUInt16LE(3, 10), twoSeen, ['archive-corrupt']],
    ['nothing at all', (end) => end.fill(0, 8, 20), [], ['archive-truncated']],
    [
      'nothing, at the right place',
      (end) => {
        end.fill(0, 8, 16);
        end.writeUInt32LE(at, 16);
      },
      [],
      ['archive-truncated'],
    ],
    ['a directory that is too small', (end) => end.writeUInt32LE(size - 1, 12), [], ['archive-truncated', 'archive-corrupt']],
    ['a directory that is too large', (end) => end.writeUInt32LE(size + 1, 12), [], ['archive-corrupt']],
    ['a directory beyond the file', (end) => end.writeUInt32LE(0x7fffffff, 12), [], ['archive-corrupt']],
    ['a place beyond the file', (end) => end.writeUInt32LE(0x7fffffff, 16), [], ['archive-corrupt']],
    ['another disk', (end) => end.writeUInt16LE(1, 4), [], ['archive-unsupported']],
  ];
  for (const [name, change, members, problems] of cases) assert.deepEqual(lie(change), { members, problems }, name);
});

test('flipped bytes never throw, and what is read is what was written', () => {
  const whole = makeZip([...two, { name: 'x64', data: 'wide', zip64: true }]);
  const texts = new Set(['Manifest-Version: 1.0', 'stored', 'wide']);
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(flips, (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, mask] of changes) bytes[at] = (bytes[at] ?? 0) ^ mask;
      const archive = open(bytes);
      if (!archive.ok) return;
      for (const entry of archive.value.entries) {
        const read = archive.value.read(entry, MEBIBYTE);
        if (read.ok && read.value.length > 0) {
          assert.ok(texts.has(Buffer.from(read.value).toString()));
        }
      }
    }),
    { numRuns: 500 },
  );
});
