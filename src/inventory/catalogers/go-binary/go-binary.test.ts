import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { needShared, skipOrFail } from '../../../../tests/support/shared.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { elfFile, firstAddress, machOFile, peFile } from '../../formats/write-executable.ts';
import { goBinary } from './index.ts';
import { goPackages, standardLibraryVersion } from './modules.ts';

const extract = async (bytes: Uint8Array) => goBinary.extract(memoryContent('usr/bin/x', bytes, 0o755), testContext());
const purls = async (bytes: Uint8Array): Promise<string[]> =>
  (await extract(bytes)).packages.map((draft) => draft.purl + (draft.root ? ' root' : ''));

const FRAME = 'm'.repeat(16);
const MODULES = `path\texample.com/cmd/app
mod\texample.com/cmd/app\tv1.4.0\th1:a=
dep\tgithub.com/gin-gonic/gin\tv1.9.0\th1:b=
dep\tgolang.org/x/net\tv0.7.0
=>\tgithub.com/fork/net\tv0.8.1\th1:c=
dep\texample.com/local\tv0.0.0
=>\t../local\t(devel)
build\tGOOS=linux
`;
const EXPECTED = [
  'pkg:golang/example.com/cmd/app@v1.4.0 root',
  'pkg:golang/github.com/fork/net@v0.8.1',
  'pkg:golang/github.com/gin-gonic/gin@v1.9.0',
  'pkg:golang/stdlib@1.21.5',
];

function varint(length: number): Buffer {
  const bytes = [];
  for (let left = length; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 0x80);
  }
}

function inline(goVersion = 'go1.21.5', modules = MODULES): Buffer {
  const head = Buffer.alloc(32);
  head.write('\xff Go buildinf:', 'latin1');
  head[14] = 8;
  head[15] = 2;
  const framed = Buffer.from(`${FRAME}${modules}${FRAME}`);
  return Buffer.concat([head, varint(goVersion.length), Buffer.from(goVersion), varint(framed.length), framed]);
}

/** As linkers before Go 1.18 wrote it: pointers to string headers in the data of the program. */
function pointed(wide: boolean, big: boolean): Buffer {
  const size = wide ? 8 : 4;
  const address = firstAddress(1, wide);
  const version = Buffer.from('go1.21.5');
  const modules = Buffer.from(`${FRAME}${MODULES}${FRAME}`);
  const headers = 32;
  const texts = headers + 4 * size;
  const data = Buffer.alloc(texts + version.length + modules.length);
  data.write('\xff Go buildinf:', 'latin1');
  data[14] = size;
  data[15] = big ? 1 : 0;
  const word = (at: number, value: number): number =>
    big ? data.writeUInt32BE(value, wide ? at + 4 : at) : data.writeUInt32LE(value, at);
  word(16, address + headers);
  word(16 + size, address + headers + 2 * size);
  word(headers, address + texts);
  word(headers + size, version.length);
  word(headers + 2 * size, address + texts + version.length);
  word(headers + 3 * size, modules.length);
  version.copy(data, texts);
  modules.copy(data, texts + version.length);
  return data;
}

for (const [name, bytes] of [
  ['ELF', elfFile([{ name: '.go.buildinfo', data: inline() }])],
  [
    'ELF without section headers',
    elfFile([{ name: '.data', data: Buffer.concat([Buffer.alloc(64), inline()]) }], { stripped: true }),
  ],
  ['PE', peFile([{ name: '.data', data: Buffer.concat([Buffer.alloc(128), inline()]) }])],
  ['Mach-O', machOFile([{ name: '__go_buildinfo', data: inline() }])],
  ['universal Mach-O', machOFile([{ name: '__go_buildinfo', data: inline() }], true)],
  ['ELF of Go before 1.18', elfFile([{ name: '.go.buildinfo', data: pointed(true, false) }])],
  [
    '32-bit big-endian ELF of Go before 1.18',
    elfFile([{ name: '.go.buildinfo', data: pointed(false, true) }], { wide: false, big: true }),
  ],
] as const) {
  test(`go-binary: ${name}`, async () => assert.deepEqual(await purls(bytes), EXPECTED));

  test(`go-binary: ${name}, cut or changed, never throws and never lists less without a problem`, async () => {
    for (let length = 0; length < bytes.length; length++) {
      const result = await extract(bytes.subarray(0, length));
      // Shorter than its own header it is not known to be a program at all.
      const told = result.packages.length === EXPECTED.length || (result.problems?.length ?? 0) > 0;
      assert.ok(told || length < 130, `cut at ${length}`);
    }
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
}

test('go-binary: lying lengths are a problem', async () => {
  const data = inline();
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f]).copy(data, 32);
  const result = await extract(elfFile([{ name: '.go.buildinfo', data }]));
  assert.deepEqual(
    result.problems?.map((problem) => problem.code),
    ['go-build-info-corrupt'],
  );
});

test('go-binary: a truncated program is a problem, a script is not', async () => {
  const whole = elfFile([{ name: '.go.buildinfo', data: inline() }]);
  assert.equal((await extract(whole.subarray(0, 140))).problems?.[0]?.code, 'executable-truncated');
  assert.deepEqual(await extract(Buffer.from('#!/bin/sh\n')), { packages: [] });
});

/** scanners.md 2.7: tails of experiments and vendors, candidates as pre-releases. */
const STANDARD_LIBRARY = [
  ['go1.22.1', '1.22.1'],
  ['go1.22rc1', '1.22.0-rc1'],
  ['go1.20', '1.20.0'],
  ['go1.21.9 (Red Hat 1.21.9-1.el9)', '1.21.9'],
  ['go1.22.3 X:nocoverageredesign', '1.22.3'],
  ['go1.26.0-X:jsonv2', '1.26.0'],
  ['devel go1.23-abcdef Mon', ''],
  ['', ''],
] as const;
for (const [text, version] of STANDARD_LIBRARY) {
  test(`go-binary: standard library of ${JSON.stringify(text)}`, () => assert.equal(standardLibraryVersion(text), version));
}

const MAIN = [
  ['a release', 'v1.2.3', '', 'v1.2.3'],
  ['a release before what the linker was told', 'v1.2.3', '-X main.version=9.9.9', 'v1.2.3'],
  [
    'what the linker was told before a pseudo-version',
    'v0.0.0-20230101000000-abcdefabcdef',
    '-s -w -X main.version=v2.0.1',
    'v2.0.1',
  ],
  ['the linker, in a package of versions', '(devel)', '-X "github.com/x/y/pkg/version.Version=3.1.0" -s', 'v3.1.0'],
  ['a pseudo-version', 'v0.0.0-20230101000000-abcdefabcdef', '-s', 'v0.0.0-20230101000000-abcdefabcdef'],
  ['a development version is unknown, not zero', '(devel)', '', ''],
  ['a local build that git calls dirty', 'v1.2.3+dirty', '', 'v1.2.3+dirty'],
] as const;
for (const [name, recorded, flags, version] of MAIN) {
  test(`go-binary: version of the program: ${name}`, () => {
    const modules = `path\ta.b/c\nmod\ta.b/c\t${recorded}\t\n${flags === '' ? '' : `build\t-ldflags=${JSON.stringify(flags)}\n`}`;
    assert.equal(goPackages({ goVersion: 'go1.22.0', modules }).find((draft) => draft.root)?.version, version);
  });
}

test('go-binary: looking at a program that Go did not make costs its headers only', async () => {
  const content = memoryContent(
    'x',
    elfFile([
      { name: '.text', data: Buffer.alloc(5_000_000) },
      { name: '.data', data: Buffer.alloc(5_000_000) },
    ]),
    0o755,
  );
  let bytes = 0;
  const read = (offset: number, length: number): Uint8Array => {
    bytes += length;
    return content.read(offset, length);
  };
  await goBinary.extract({ ...content, read }, testContext());
  assert.ok(bytes < 8192, `${bytes} bytes`);
});

test('go-binary: equals go version -m on a program built here', (context) => {
  const go = ['/usr/local/go/bin/go', '/usr/bin/go'].find((path) => existsSync(path));
  if (go === undefined) return skipOrFail(context, 'go is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'vedette-go-'));
  return (async () => {
    try {
      writeFileSync(join(folder, 'go.mod'), 'module example.com/hello\n\ngo 1.20\n');
      writeFileSync(join(folder, 'main.go'), 'package main\n\nvar version string\n\nfunc main() { print(version) }\n');
      const env = {
        ...process.env,
        GOFLAGS: '-mod=mod',
        GOPROXY: 'off',
        GOTOOLCHAIN: 'local',
        CGO_ENABLED: '0',
        GOCACHE: process.env.GOCACHE ?? join(tmpdir(), 'vedette-go-cache'),
      };
      execFileSync(go, ['build', '-buildvcs=false', '-ldflags', '-s -w -X main.version=1.5.0', '-o', 'hello', '.'], {
        cwd: folder,
        env,
        stdio: 'pipe',
      });
      const listed = execFileSync(go, ['version', '-m', join(folder, 'hello')], { encoding: 'utf8' });
      const goVersion = /: (go\S+)/.exec(listed)?.[1] ?? '';
      assert.match(listed, /mod\texample\.com\/hello\t\(devel\)/);
      assert.deepEqual(
        await purls(readFileSync(join(folder, 'hello'))),
        ['pkg:golang/example.com/hello@v1.5.0 root', `pkg:golang/stdlib@${standardLibraryVersion(goVersion)}`].sort(),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  })();
});

test('go-binary: a published program with a replaced module', async (context) => {
  const path = needShared(context, 'fixtures/binaries/go-module-replacement-linux-amd64.gz');
  if (path === undefined) return;
  assert.deepEqual(await purls(gunzipSync(readFileSync(path))), [
    'pkg:golang/binary_with_module_replacement root',
    'pkg:golang/github.com/golang/xerrors@v0.0.0-20220907171357-04be3eba64a2',
    'pkg:golang/stdlib@1.22.0',
  ]);
});
