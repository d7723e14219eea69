/** Damaged files: a coded problem or the truth, never a crash, a hang or another answer. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from '../../../tests/support/database.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { DamagedDatabase } from './damage.ts';
import { BLOCK, HEADER, SECTIONS } from './format.ts';
import { type FileDatabase, openDatabase, verifyDatabase } from './open.ts';
import { headerCrc } from './write.ts';

const ADVISORIES = Array.from({ length: 150 }, (_, index) =>
  advisoryOf({
    id: `GHSA-${index}`,
    vulnerabilities: [`CVE-2024-${index % 100}`],
    title: `Something is wrong with part ${index}`,
    description: `Something is wrong with part ${index}. It is described at length.`,
    affected: [
      affectedOf({
        name: `package-${index % 40}`,
        ranges: [{ introduced: '1.0.0', fixed: `1.${index}.0` }],
        note: `note ${index % 7}`,
      }),
      affectedOf({ name: `package-${index}`, stream: 'debian/12', versions: [`2:1.${index}-1`], ranges: [] }),
    ],
  }),
);
const FACTS = Array.from({ length: 100 }, (_, index) => ({
  id: `CVE-2024-${index}`,
  title: `Number ${index}`,
  cwes: ['CWE-79'],
  ...(index % 3 === 0 ? { description: `All about number ${index}` } : {}),
}));

async function intact(context: TestContext): Promise<{ readonly bytes: Buffer; readonly path: string }> {
  const path = await compiledFile(context, [sourceOf('a', recordsOf(ADVISORIES, FACTS))]);
  return { bytes: readFileSync(path), path: `${path}.damaged` };
}

/** Questions that together read every part of the file. */
const QUESTIONS: readonly ((database: FileDatabase) => unknown)[] = [
  (database) => database.streams(),
  (database) => [...database.groups()],
  ...ADVISORIES.flatMap(({ id, affected }, reference) => [
    ...affected.map(
      ({ stream, name }) =>
        (database: FileDatabase) =>
          database.lookup(stream, name),
    ),
    (database: FileDatabase) => database.advisory(reference),
    (database: FileDatabase) => database.affectedBy(reference),
    (database: FileDatabase) => database.advisoriesFor(id),
    (database: FileDatabase) => database.description(id),
  ]),
  ...FACTS.map(({ id }) => (database: FileDatabase) => [
    database.facts(id),
    database.advisoriesFor(id),
    database.description(id),
  ]),
];

const DAMAGED = Symbol('damaged');

/** The answers of an opened file; damage that is met is one of them, anything else that is thrown fails the test. */
function answers(database: FileDatabase): readonly unknown[] {
  return QUESTIONS.map((ask) => {
    try {
      return ask(database);
    } catch (error) {
      if (!(error instanceof DamagedDatabase)) throw error;
      assert.equal(error.problem.code, 'database-corrupt');
      return DAMAGED;
    }
  });
}

function codeOf(path: string): string {
  const opened = openDatabase(path);
  if (opened.ok) opened.value.close();
  return opened.ok ? 'opened' : opened.problem.code;
}

function places(bytes: Buffer): readonly { readonly name: string; readonly offset: number; readonly length: number }[] {
  return SECTIONS.map((name, index) => ({
    name,
    offset: bytes.readDoubleLE(HEADER.table + index * 16),
    length: bytes.readDoubleLE(HEADER.table + index * 16 + 8),
  }));
}

/** Makes every checksum hold again: what remains is what only bounds checks can catch. */
function reseal(bytes: Buffer): Buffer {
  const checksums = bytes.subarray(bytes.readDoubleLE(HEADER.checksums));
  for (let block = 0; block < checksums.length / 4; block++)
    checksums.writeUInt32LE(crc32(bytes.subarray(BLOCK + block * BLOCK, BLOCK + (block + 1) * BLOCK)), block * 4);
  bytes.writeUInt32LE(crc32(checksums), HEADER.checksumsCrc);
  return resealHeader(bytes);
}

function resealHeader(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(headerCrc(bytes.subarray(0, BLOCK)), HEADER.headerCrc);
  return bytes;
}

test('a file that is no database, of another version, or not to be opened', async (context) => {
  const { bytes } = await intact(context);
  const directory = temporaryDirectory(context);
  const at = (name: string) => join(directory, name);
  const other = Buffer.from(bytes);
  other.writeUInt32LE(99, HEADER.formatVersion);
  writeFileSync(at('other'), other);
  writeFileSync(at('empty'), '');
  writeFileSync(at('text'), 'VEDETTE'.repeat(10_000));
  writeFileSync(at('zip'), Buffer.concat([Buffer.from('PK\u0003\u0004'), bytes.subarray(4)]));
  mkdirSync(at('directory'));
  execFileSync('mkfifo', [at('pipe')]);
  const codes = ['other', 'empty', 'text', 'zip', 'directory', 'pipe', 'missing'].map((name) => [name, codeOf(at(name))]);
  assert.deepEqual(Object.fromEntries(codes), {
    other: 'database-version',
    empty: 'database-foreign',
    text: 'database-foreign',
    zip: 'database-foreign',
    directory: 'database-foreign',
    pipe: 'database-foreign',
    missing: 'database-unreadable',
  });
  for (const name of ['other', 'text', 'missing']) assert.equal(verifyDatabase(at(name)).ok, false, name);
});

test('truncated at, before and behind every boundary, or with something behind it', async (context) => {
  const { bytes, path } = await intact(context);
  const ends = [0, 1, 8, 48, BLOCK, bytes.readDoubleLE(HEADER.checksums), bytes.length];
  for (const { offset, length } of places(bytes)) ends.push(offset, offset + length);
  const cuts = new Set(ends.flatMap((end) => [end - 1, end, end + 1]).filter((end) => end >= 0 && end < bytes.length));
  assert.ok(cuts.size > 40);
  for (const cut of cuts) {
    writeFileSync(path, bytes.subarray(0, cut));
    assert.match(codeOf(path), /^database-(foreign|corrupt)$/, `cut at ${cut}`);
  }
  writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1)]));
  assert.equal(codeOf(path), 'database-corrupt');
});

test('a flipped bit anywhere is found by verification, and never gives another answer', async (context) => {
  const { bytes, path } = await intact(context);
  writeFileSync(path, bytes);
  const opened = openDatabase(path);
  assert.ok(opened.ok);
  const truth = answers(opened.value);
  assert.ok(!truth.includes(DAMAGED));
  opened.value.close();
  assert.equal(verifyDatabase(path).ok, true);
  const used = places(bytes).flatMap(({ offset, length }) => [offset, offset + length - 1]);
  const property = fc.property(
    fc.oneof(fc.nat(bytes.length - 1), fc.nat(HEADER.table + 300), fc.constantFrom(...used)),
    fc.nat(7),
    (at, bit) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      writeFileSync(path, damaged);
      assert.equal(verifyDatabase(path).ok, false);
      const again = openDatabase(path);
      if (!again.ok) return;
      answers(again.value).forEach((answer, index) => {
        if (answer !== DAMAGED) assert.deepEqual(answer, truth[index]);
      });
      again.value.close();
    },
  );
  fc.assert(property, { numRuns: 150 });
});

test('a header that lies about places and sizes, with the right checksum', async (context) => {
  const { bytes, path } = await intact(context);
  const values = [-1, 0.5, 1, 3, BLOCK, bytes.length - 1, bytes.length, 2 ** 32, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];
  const fields = SECTIONS.flatMap((_, index) => [HEADER.table + index * 16, HEADER.table + index * 16 + 8]);
  for (const field of [HEADER.fileLength, HEADER.checksums, ...fields]) {
    for (const value of values) {
      const lying = Buffer.from(bytes);
      lying.writeDoubleLE(value, field);
      writeFileSync(path, resealHeader(lying));
      const opened = openDatabase(path);
      if (opened.ok) {
        answers(opened.value);
        opened.value.close();
      } else assert.equal(opened.problem.code, 'database-corrupt');
    }
  }
});

test('contents that make no sense, with the right checksums: out of bounds is told, nothing else happens', async (context) => {
  const { bytes, path } = await intact(context);
  const sections = places(bytes).filter(({ name, length }) => name !== 'info' && length > 0);
  const change = fc.record({
    section: fc.constantFrom(...sections),
    where: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    word: fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff)),
  });
  let [told, asked] = [0, 0];
  const property = fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
    const forged = Buffer.from(bytes);
    for (const { section, where, word } of changes) {
      const words = Math.floor(section.length / 4);
      if (words > 0) forged.writeUInt32LE(word, section.offset + 4 * Math.floor(where * words));
    }
    writeFileSync(path, reseal(forged));
    const opened = openDatabase(path);
    if (!opened.ok) return void assert.equal(opened.problem.code, 'database-corrupt');
    const all = answers(opened.value);
    told += all.filter((answer) => answer === DAMAGED).length;
    asked += all.length;
    opened.value.close();
  });
  fc.assert(property, { numRuns: 100 });
  assert.ok(told > 0 && told < asked, 'some of it was noticed, and some files still answer');
});

test('a description that is not ours', async (context) => {
  const { bytes, path } = await intact(context);
  const [info] = places(bytes);
  for (const text of ['', 'null', '[]', '{"info":{}}', '{"info":{"sources":1},"problems":[]}', '{']) {
    const forged = Buffer.from(bytes);
    const { offset = 0, length = 0 } = info ?? {};
    forged.fill(' ', offset, offset + length).write(text, offset);
    writeFileSync(path, reseal(forged));
    assert.equal(codeOf(path), 'database-corrupt', text);
  }
});

test('a closed database answers no more, instead of from another file', async (context) => {
  const { bytes, path } = await intact(context);
  writeFileSync(path, bytes);
  const opened = openDatabase(path);
  assert.ok(opened.ok);
  opened.value.close();
  opened.value.close();
  assert.throws(() => opened.value.lookup('npm', 'package-1'), /was closed/);
});
