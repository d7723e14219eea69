import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memoryContent } from '../../artifacts/memory.ts';
import { offsetOf, openExecutable, section } from './executable.ts';
import { elfFile, firstAddress, machOFile, peFile } from './write-executable.ts';

const SECTIONS = [
  { name: '.data', data: Buffer.from('some data bytes.') },
  { name: '.other', data: Buffer.from('other') },
];
const FILES = [
  ['ELF, 64 bits', elfFile(SECTIONS)],
  ['ELF, 32 bits', elfFile(SECTIONS, { wide: false })],
  ['ELF, big-endian', elfFile(SECTIONS, { big: true })],
  ['ELF, 32 bits, big-endian', elfFile(SECTIONS, { wide: false, big: true })],
  ['PE', peFile(SECTIONS)],
  ['Mach-O', machOFile(SECTIONS)],
  ['Mach-O, universal', machOFile(SECTIONS, true)],
] as const;

for (const [name, bytes] of FILES) {
  test(`executable: sections of ${name}`, () => {
    const content = memoryContent('x', bytes);
    const executable = openExecutable(content);
    assert.ok(executable !== undefined && !executable.truncated);
    for (const { name: wanted, data } of SECTIONS) {
      const part = section(executable, wanted);
      assert.ok(part !== undefined, wanted);
      assert.deepEqual(Buffer.from(content.read(part.offset, part.size)), data);
    }
  });

  test(`executable: ${name}, cut or changed anywhere, is read without an exception and within its bounds`, () => {
    const check = (changed: Buffer): void => {
      for (const part of openExecutable(memoryContent('x', changed))?.sections ?? []) {
        assert.ok(part.offset >= 0 && part.size >= 0 && part.offset + part.size <= changed.length);
      }
    };
    for (let length = 0; length < bytes.length; length++) check(bytes.subarray(0, length));
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(flips, (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        check(changed);
      }),
      { numRuns: 300 },
    );
  });
}

test('executable: addresses lead to offsets', () => {
  const executable = openExecutable(memoryContent('x', elfFile(SECTIONS)));
  assert.ok(executable !== undefined);
  const offset = offsetOf(executable, firstAddress(2) + 5);
  assert.equal(offset, (section(executable, '.data')?.offset ?? 0) + 5);
  assert.equal(offsetOf(executable, 1), undefined);
});

test('executable: sections of Mach-O that are only zeros in memory have no bytes to miss', () => {
  for (const type of [0x1, 0xc, 0x12]) {
    const zeros = { name: '__bss', data: Buffer.alloc(0), size: 1 << 20 };
    const filled = openExecutable(memoryContent('x', machOFile([...SECTIONS, { ...zeros, flags: 0x400 | type }])));
    assert.ok(filled !== undefined && !filled.truncated, `type ${type}`);
    assert.equal(section(filled, '__bss')?.size, 0);
    const regular = openExecutable(memoryContent('x', machOFile([...SECTIONS, zeros])));
    assert.equal(regular?.truncated, true);
  }
});

test('executable: other files are none', () => {
  for (const text of ['', 'MZ', '#!/bin/sh\n', '\x7fEL', '\xca\xfe\xba\xbe\x00\x00\x00\x41']) {
    const executable = openExecutable(memoryContent('x', Buffer.from(text, 'latin1')));
    assert.ok(executable === undefined || executable.truncated === false, JSON.stringify(text));
  }
});
