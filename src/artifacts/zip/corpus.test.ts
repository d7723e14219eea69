/** Function packages and the archives in them, damaged in every place: what is missing is told. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Answer,
  type Ask,
  askLambda,
  assertHonest,
  cuts,
  type Damage,
  flips,
  smallJar,
  steps,
  watchAllocations,
} from '../../../tests/support/corpus.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeZip, type ZipMember } from '../../../tests/support/zip.ts';

const MEBIBYTE = 1024 * 1024;

function manifest(name: string): ZipMember {
  return { name: `node_modules/${name}/package.json`, data: JSON.stringify({ name, version: '1.0.0' }) };
}

const members: readonly ZipMember[] = [
  manifest('deflated'),
  { ...manifest('stored'), method: 0 },
  { name: 'lib/first-1.0.jar', data: smallJar('first'), method: 0 },
  { ...manifest('wide'), zip64: true },
  { ...manifest('streamed'), descriptor: true },
  { name: 'lib/all.war', data: makeZip([{ name: 'WEB-INF/lib/second-1.0.jar', data: smallJar('second'), method: 0 }]) },
  { name: 'node_modules/.bin/tool', data: '../stored/tool.js', mode: 0o120777 },
];
const samples: readonly { name: string; bytes: Buffer }[] = [
  { name: 'a package', bytes: makeZip(members) },
  { name: 'a small package without zip64', bytes: makeZip(members.slice(0, 3), { comment: 'made by a test' }) },
  { name: 'a package after a script', bytes: makeZip(members.slice(0, 3), { prefix: Buffer.from('#!/bin/sh\nexec true\n') }) },
];
const FOUND = ['deflated', 'stored'].map((name) => `pkg:npm/${name}@1.0.0 var/task/node_modules/${name}/package.json`);
const JAR = 'pkg:maven/org.example/first@1.0 var/task/lib/first-1.0.jar';

/** The records of the central directory. */
function centralOf(zip: Buffer): number[] {
  const places: number[] = [];
  const start = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
  let at = zip.indexOf(
    Buffer.from('504b0102', 'hex'),
    zip.readUInt32LE(start + 16) === 0xffffffff ? 0 : zip.readUInt32LE(start + 16),
  );
  // Nested archives have directories of their own: the last run of records is the archive's.
  for (; at >= 0; at = zip.indexOf(Buffer.from('504b0102', 'hex'), at + 1)) places.push(at);
  const run: number[] = [];
  for (const place of places.reverse()) {
    const next = place + 46 + zip.readUInt16LE(place + 28) + zip.readUInt16LE(place + 30) + zip.readUInt16LE(place + 32);
    if (run.length === 0 || next === run[0]) run.unshift(place);
  }
  return run;
}

async function soundAnswer(file: string, ask: Ask, bytes: Buffer): Promise<Answer> {
  writeFileSync(file, bytes);
  return ask(file);
}

for (const { name, bytes } of samples) {
  test(`${name}: cut anywhere, flipped anywhere`, async (context) => {
    const directory = temporaryDirectory(context);
    const file = join(directory, 'function.zip');
    const ask = askLambda(directory);
    const sound = await soundAnswer(file, ask, bytes);
    for (const line of [...FOUND, JAR]) assert.ok(sound.packages.includes(line), line);
    await assertHonest(file, ask, sound, cuts(bytes, steps(0, bytes.length, 5)));
    const records = centralOf(bytes);
    const exceptions = [
      {
        reason: 'names in the directory have no checksum; to hold them against those at the members costs a read for each',
        ranges: records.map((at) => [at + 46, at + 46 + bytes.readUInt16LE(at + 28)] as const),
      },
      {
        reason: 'neither have attributes: a file can become a link',
        ranges: records.map((at) => [at + 41, at + 42] as const),
      },
    ];
    const places = [...records.flatMap((at) => [...steps(at, at + 46)]), ...steps(0, bytes.length, 7)];
    function* damages(): Generator<Damage> {
      yield* flips(bytes, places);
      for (const at of records) {
        const damaged = Buffer.from(bytes);
        damaged[at + 41] = 0xa1;
        yield { name: `a link at ${at}`, at: at + 41, bytes: damaged };
      }
    }
    await assertHonest(file, ask, sound, damages(), exceptions);
    assert.deepEqual(readdirSync(directory), ['function.zip'], 'nothing stays behind');
  });
}

/** Every number of the directory and its end replaced by others. */
function* lies(zip: Buffer): Generator<Damage> {
  const values = [0, 1, 0x7fff, 0x7fffffff, 0xfffffffe, 0xffffffff];
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
  const places: [what: string, at: number, size: 2 | 4 | 8][] = centralOf(zip).flatMap((at, index) => [
    [`method of ${index}`, at + 10, 2],
    [`packed size of ${index}`, at + 20, 4],
    [`size of ${index}`, at + 24, 4],
    [`length of the name of ${index}`, at + 28, 2],
    [`length of the extra field of ${index}`, at + 30, 2],
    [`length of the comment of ${index}`, at + 32, 2],
    [`place of ${index}`, at + 42, 4],
  ]);
  places.push(['members', end + 10, 2], ['size of the directory', end + 12, 4], ['place of the directory', end + 16, 4]);
  const wide = zip.lastIndexOf(Buffer.from('504b0606', 'hex'));
  const locator = zip.lastIndexOf(Buffer.from('504b0607', 'hex'));
  if (wide >= 0) for (const by of [24, 32, 40, 48]) places.push([`zip64 end record, ${by}`, wide + by, 8]);
  if (locator >= 0) places.push(['zip64 locator', locator + 8, 8]);
  for (const [what, at, size] of places) {
    for (const value of values) {
      const bytes = Buffer.from(zip);
      if (size === 8) bytes.writeBigUInt64LE(value === 0xffffffff ? 2n ** 64n - 1n : BigInt(value), at);
      else if (size === 4) bytes.writeUInt32LE(value, at);
      else bytes.writeUInt16LE(value & 0xffff, at);
      yield { name: `${what}: ${value}`, bytes };
    }
  }
}

test('numbers that lie: nothing is lost in silence, and no buffer is as large as they say', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'function.zip');
  const ask = askLambda(directory);
  const largest = watchAllocations(context);
  for (const { bytes } of samples) {
    const sound = await soundAnswer(file, ask, bytes);
    await assertHonest(file, ask, sound, lies(bytes));
  }
  assert.ok(largest() <= 2 * MEBIBYTE, `${largest()} bytes were asked for at once`);
});

test('members that lie, share bytes, or nest without end', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'function.zip');
  const ask = askLambda(directory);
  const zeros = Buffer.alloc(8 * MEBIBYTE);
  let nested = smallJar('deepest');
  for (let depth = 0; depth < 20; depth++) nested = makeZip([{ name: `n${depth}.jar`, data: nested, method: 0 }]);
  const cases: [name: string, member: ZipMember, code: string][] = [
    ['says less', { ...manifest('x'), claim: { size: 3 } }, 'archive-bomb'],
    ['says more', { ...manifest('x'), claim: { size: 300 } }, 'archive-corrupt'],
    ['another checksum', { ...manifest('x'), claim: { crc32: 1 } }, 'archive-corrupt'],
    ['a gigabyte', { ...manifest('x'), claim: { size: 2 ** 30 } }, 'file-too-large'],
    ['at the place of another', { ...manifest('x'), claim: { offset: 0 } }, 'archive-overlap'],
    ['beyond the end', { ...manifest('x'), claim: { offset: 2 ** 31 } }, 'archive-overlap'],
    ['encrypted', { ...manifest('x'), encrypted: true }, 'archive-encrypted'],
    ['of an unknown method', { ...manifest('x'), method: 97 }, 'archive-unsupported'],
    ['out of the package', { ...manifest('../../../x'), name: '../../node_modules/x/package.json' }, 'archive-path-escape'],
    ['a bomb', { name: 'node_modules/x/package.json', data: zeros, claim: { size: 100 } }, 'archive-bomb'],
    ['nested', { name: 'n.jar', data: nested }, 'archive-nested'],
    ['a link that cannot be read', { name: 'l', data: 'target', mode: 0o120777, claim: { crc32: 1 } }, 'archive-corrupt'],
    ['a jar that is none', { name: 'lib/x.jar', data: 'PK\u0003\u0004 and no more' }, 'archive-truncated'],
  ];
  for (const [name, member, code] of cases) {
    writeFileSync(file, makeZip([...members.slice(0, 2), member]));
    const answer = await ask(file);
    assert.ok(answer.incomplete.includes(code), `${name}: ${answer.incomplete}`);
    assert.ok(name === 'at the place of another' || FOUND.every((line) => answer.packages.includes(line)), name);
  }
});
