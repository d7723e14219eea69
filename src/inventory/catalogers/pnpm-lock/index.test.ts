import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines, nameVersions } from '../../../../tests/support/cataloger.ts';
import { flipped, truncations } from '../../../../tests/support/damage.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { pnpmLock } from './index.ts';

/** As pnpm 11 and later write it: what pnpm itself needs is in a document of its own. https://pnpm.io/lockfile */
const TWO_DOCUMENTS = `---
lockfileVersion: '9.0'

importers:

  .:
    configDependencies: {}
    packageManagerDependencies:
      pnpm:
        specifier: 12.3.4
        version: 12.3.4

packages:

  pnpm@12.3.4:
    resolution: {integrity: sha512-a}

snapshots:

  pnpm@12.3.4: {}

---
lockfileVersion: '9.0'

catalogs:
  default:
    a:
      specifier: ^1.0.0
      version: 1.0.0

importers:

  .:
    dependencies:
      a:
        specifier: 'catalog:'
        version: 1.0.0(b@2.0.0)
      git:
        specifier: github:x/git
        version: https://codeload.github.com/x/git/tar.gz/0123
      dir:
        specifier: file:dir
        version: file:dir

packages:

  a@1.0.0:
    resolution: {integrity: sha512-a}

  b@2.0.0:
    resolution: {integrity: sha512-b}

  dir@file:dir:
    resolution: {directory: dir, type: directory}

  git@https://codeload.github.com/x/git/tar.gz/0123:
    resolution: {tarball: https://codeload.github.com/x/git/tar.gz/0123}
    version: 3.0.0

snapshots:

  a@1.0.0(b@2.0.0):
    dependencies:
      b: 2.0.0

  a@1.0.0(b@3.0.0): {}

  b@2.0.0: {}

  dir@file:dir: {}

  git@https://codeload.github.com/x/git/tar.gz/0123: {}
`;

test('every document of the file is read', async () => {
  assert.deepEqual(lines(await catalog(pnpmLock, { 'pnpm-lock.yaml': TWO_DOCUMENTS })), [
    'a 1.0.0 direct -> b@2.0.0',
    'b 2.0.0',
    'dir direct',
    'git 3.0.0 direct',
    'pnpm 12.3.4 direct dev',
  ]);
});

test('forms of keys', async () => {
  const name = async (version: string, key: string) =>
    nameVersions(
      await catalog(pnpmLock, { 'pnpm-lock.yaml': `lockfileVersion: ${version}\npackages:\n  ${key}:\n    dev: true\n` }),
    );
  const table: readonly (readonly [version: string, key: string, expected: string])[] = [
    ['5.0', '/a/1.0.0', 'a 1.0.0'],
    ['5.0', '/a/1.0.0/b@2.0.0', 'a 1.0.0'],
    ['5.1', "'/@s/a/1.0.0-rc.1'", '@s/a 1.0.0-rc.1'],
    ['5.3', '/a/1.0.0_@s+b@2.0.0', 'a 1.0.0'],
    ['5.4', 'registry.example/a/1.0.0', 'a 1.0.0'],
    ['5.4', "'registry.example/@s/a/1.0.0_b@1'", '@s/a 1.0.0'],
    ["'6.0'", '/a@1.0.0', 'a 1.0.0'],
    ["'6.0'", "'/@s/a@1.0.0(@t/b@2.0.0)(c@3.0.0)'", '@s/a 1.0.0'],
    ["'6.0'", "'registry.example/@s/a@1.0.0'", '@s/a 1.0.0'],
    ["'9.0'", 'a@1.0.0', 'a 1.0.0'],
    ["'9.0'", "'@s/a@1.0.0+build'", '@s/a 1.0.0+build'],
  ];
  for (const [version, key, expected] of table) assert.deepEqual(await name(version, key), [expected], key);
});

test('the fixture gives the packages that the peer reports', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles');
  if (directory === undefined) return;
  const result = await catalog(pnpmLock, { 'pnpm-lock.yaml': readFileSync(`${directory}/pnpm/pnpm-lock.yaml`) });
  const [expected] = JSON.parse(readFileSync(`${directory}/expected-trivy/pnpm.json`, 'utf8'));
  assert.deepEqual(
    lines(result),
    expected.packages.map((pkg: Record<string, string>) => `${pkg.name} ${pkg.version} ${pkg.relationship}`),
  );
});

test('broken input gives problems, never exceptions', async () => {
  const run = (source: string | Uint8Array) => catalog(pnpmLock, { 'pnpm-lock.yaml': source, 'package.json': '{"name":"x"}' });
  const code = async (source: string) => (await run(source)).problems[0]?.code;
  assert.equal(await code(''), 'document-unexpected');
  assert.equal(await code('a: b'), 'document-unexpected');
  assert.equal(await code('lockfileVersion: [\n'), 'document-unreadable');
  assert.equal(await code('lockfileVersion: 9\npackages:\n  "": {}\n  "x": {}\n'), 'document-entries-invalid');
  assert.equal(await code('lockfileVersion: 9\n---\njust text\n'), 'document-entries-invalid');
  assert.equal(await code('---\na: 1\n'.repeat(200)), 'document-unreadable');
  assert.equal(await code(`a: &a x\n${'b:\n - *a\n'.repeat(20_000)}`), 'document-unreadable');
  assert.equal(await code(`a: ${'{a: '.repeat(5000)}`), 'document-unreadable');
  const sources = [readFileSync(resolve(import.meta.dirname, '../../javascript/testdata/pnpm-7.yaml'), 'utf8'), TWO_DOCUMENTS];
  for (const source of sources) {
    for (const cut of truncations(source, ":{}'@\n")) await run(cut);
    await fc.assert(
      fc.asyncProperty(flipped(source, "'{}[]:@(,\n #-a0&*"), async (bytes) => void (await run(bytes))),
      { numRuns: 100 },
    );
  }
});
