import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { conan } from './index.ts';

test('conan.lock of Conan 1', async () => {
  const lock = {
    graph_lock: {
      nodes: {
        '0': { ref: 'app/1.0', requires: ['1'], build_requires: ['3'], path: 'conanfile.py', context: 'host' },
        '1': { ref: 'openssl/3.0.3@acme/stable#abc', requires: ['2'], context: 'host' },
        '2': { ref: 'zlib/1.2.12#def', package_id: 'x', context: 'host' },
        '3': { ref: 'cmake/3.23.1', context: 'build' },
      },
      revisions_enabled: true,
    },
    version: '0.4',
  };
  const result = await catalog(conan, { 'conan.lock': JSON.stringify(lock) });
  assert.deepEqual(lines(result), [
    'app 1.0 root -> acme/openssl@3.0.3?channel=stable&user=acme cmake@3.23.1',
    'cmake 3.23.1 direct dev',
    'openssl 3.0.3 direct -> zlib@1.2.12',
    'zlib 1.2.12',
  ]);
});

test('conan.lock of Conan 2', async () => {
  const lock = {
    version: '0.5',
    requires: ['zlib/1.2.11#ffa7%1675278126', 'fmt/9.1.0'],
    build_requires: ['cmake/3.22.6#f305%1675278'],
    python_requires: [],
  };
  assert.deepEqual(lines(await catalog(conan, { 'conan.lock': JSON.stringify(lock) })), [
    'cmake 3.22.6 dev',
    'fmt 9.1.0',
    'zlib 1.2.11',
  ]);
});

test('conanfile.txt', async () => {
  const source =
    '# c\n[requires]\npoco/1.9.4 # why\nboost/[>=1.70 <2]@\nfmt/9.1.0@_/_\n[tool_requires]\ncmake/3.22\n[options]\npoco/*:shared=True\n';
  assert.deepEqual(lines(await catalog(conan, { 'conanfile.txt': source })), [
    'boost direct',
    'cmake 3.22 direct dev',
    'fmt 9.1.0 direct',
    'poco 1.9.4 direct',
  ]);
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (source: string) => (await catalog(conan, { 'conan.lock': source })).problems[0]?.code;
  assert.equal(await code('{'), 'document-unreadable');
  assert.equal(await code('{}'), 'document-unexpected');
  assert.equal(await code('{"version":"0.5","requires":["zlib",1]}'), 'document-entries-invalid');
  assert.equal(await code('{"graph_lock":{"nodes":{"0":{},"1":1}}}'), 'document-entries-invalid');
  assert.equal((await catalog(conan, { 'conanfile.txt': '[requires]\nzlib\n' })).problems[0]?.code, 'document-entries-invalid');
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      async (json) =>
        void (await code(`{"version":1,"requires":${json},"graph_lock":{"nodes":{"0":${json},"__proto__":${json}}}}`)),
    ),
  );
});
