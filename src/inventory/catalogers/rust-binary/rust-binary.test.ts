import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { elfFile, machOFile, peFile } from '../../formats/write-executable.ts';
import { rustBinary } from './index.ts';

const extract = async (bytes: Uint8Array, budget?: number) =>
  rustBinary.extract(memoryContent('usr/bin/x', bytes, 0o755), testContext({ budget }));
const packed = (value: unknown): Buffer => deflateSync(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const program = (value: unknown): Buffer => elfFile([{ name: '.dep-v0', data: packed(value) }]);

const CRATES = {
  packages: [
    { name: 'adler', version: '0.2.3', source: 'registry' },
    { name: 'app', version: '0.1.0', source: 'local', dependencies: [0, 2], root: true },
    { name: 'cc', version: '1.0.0', source: 'crates.io', kind: 'build' },
  ],
};
const EXPECTED = [
  { purl: 'pkg:cargo/adler@0.2.3', type: 'cargo', name: 'adler', version: '0.2.3' },
  {
    purl: 'pkg:cargo/app@0.1.0',
    type: 'cargo',
    name: 'app',
    version: '0.1.0',
    root: true,
    dependsOn: ['pkg:cargo/adler@0.2.3', 'pkg:cargo/cc@1.0.0'],
  },
  { purl: 'pkg:cargo/cc@1.0.0', type: 'cargo', name: 'cc', version: '1.0.0', development: true },
];

for (const [name, make] of [
  ['ELF', elfFile],
  ['PE', peFile],
  ['Mach-O', machOFile],
] as const) {
  test(`rust-binary: ${name}`, async () =>
    assert.deepEqual(await extract(make([{ name: '.dep-v0', data: packed(CRATES) }])), { packages: EXPECTED }));
}

test('rust-binary: broken lists are problems', async () => {
  const whole = packed(CRATES);
  const results = [
    await extract(elfFile([{ name: '.dep-v0', data: whole.subarray(0, 20) }])),
    await extract(program('{')),
    await extract(program('null')),
    await extract(program({ packages: 1 })),
    await extract(program({ packages: [null, { name: 1 }, { name: 'a', version: '1', dependencies: [99, 'x', -1] }] })),
    await extract(program(' '.repeat(40 << 20))),
    await extract(program(CRATES), 10),
  ];
  for (const result of results)
    assert.deepEqual(
      result.problems?.map((problem) => problem.code),
      ['rust-audit-data-corrupt'],
    );
  assert.deepEqual(
    results[4]?.packages.map((draft) => draft.purl),
    ['pkg:cargo/a@1'],
  );
});

test('rust-binary: changed bytes never throw', async () => {
  const bytes = program(CRATES);
  const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(flips, async (changes) => {
      const changed = Buffer.from(bytes);
      for (const [at, value] of changes) changed[at] = value;
      await extract(changed);
    }),
    { numRuns: 200 },
  );
});

test('rust-binary: a published program', async (context) => {
  const path = needShared(context, 'fixtures/binaries/rust-auditable.elf');
  if (path === undefined) return;
  assert.deepEqual(
    (await extract(readFileSync(path))).packages.map((draft) => `${draft.name} ${draft.version}${draft.root ? ' root' : ''}`),
    ['crate_with_features 0.1.0 root', 'library_crate 0.1.0'],
  );
});
