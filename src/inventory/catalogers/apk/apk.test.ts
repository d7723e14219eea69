import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { apk } from './index.ts';

const PATH = 'lib/apk/db/installed';
const DATABASE = `C:Q1abc=
P:ssl_client
V:1.36.1-r5
A:x86_64
o:busybox
m:Sören Tempel <soeren+alpine@soeren-tempel.net>
L:GPL-2.0-only
F:usr
F:usr/bin
R:ssl_client
a:0:0:755

P:musl
V:1.2.4-r2
A:x86_64
o:musl
F:lib
R:ld-musl-x86_64.so.1

`;

const extract = async (text: string) => apk.extract(memoryContent(PATH, text), testContext());

test('apk: origin, licence, maintainer and the files of each package', async () => {
  assert.deepEqual(await extract(DATABASE), {
    packages: [
      {
        purl: 'pkg:apk/ssl_client@1.36.1-r5?arch=x86_64',
        type: 'apk',
        name: 'ssl_client',
        version: '1.36.1-r5',
        architecture: 'x86_64',
        source: { name: 'busybox' },
        vendor: 'Sören Tempel <soeren+alpine@soeren-tempel.net>',
        licenses: ['GPL-2.0-only'],
      },
      { purl: 'pkg:apk/musl@1.2.4-r2?arch=x86_64', type: 'apk', name: 'musl', version: '1.2.4-r2', architecture: 'x86_64' },
    ],
    owns: [
      { purl: 'pkg:apk/ssl_client@1.36.1-r5?arch=x86_64', paths: ['usr/bin/ssl_client'] },
      { purl: 'pkg:apk/musl@1.2.4-r2?arch=x86_64', paths: ['lib/ld-musl-x86_64.so.1', 'usr/lib/ld-musl-x86_64.so.1'] },
    ],
  });
});

test('apk: only paths that matter are remembered', async () => {
  const result = await apk.extract(memoryContent(PATH, DATABASE), testContext({ mayMatter: () => false }));
  assert.equal(result.owns, undefined);
});

test('apk: a cut database says so', async () => {
  for (let length = 1; length < DATABASE.length; length++) {
    const text = DATABASE.slice(0, length);
    const codes = (await extract(text)).problems?.map((problem) => problem.code) ?? [];
    if (!text.endsWith('\n')) assert.ok(codes.includes('apk-database-truncated'), `cut at ${length}`);
  }
  const { problems, packages } = await extract('P:a\nV:1\n\ngarbage\n\n');
  assert.deepEqual([problems?.map((problem) => problem.code), packages.length], [['apk-entry-invalid'], 1]);
});

test('apk: any text is read without an exception', () => {
  fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => void (await extract(text))),
    { numRuns: 200 },
  );
});

test('apk: published databases', async (context) => {
  const names = ['fixtures/os/alpine-3.7/lib/apk/db/installed', 'fixtures/os/apk-installed/installed'];
  for (const name of names) {
    const path = needShared(context, name);
    if (path === undefined) return;
    const text = readFileSync(path, 'utf8');
    const { packages, problems } = await extract(text);
    assert.equal(packages.length, text.match(/^P:/gm)?.length, name);
    assert.deepEqual(problems, undefined, name);
  }
});
