import assert from 'node:assert/strict';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { spent } from '../../../../tests/support/spent.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { elfFile, machOFile, peFile } from '../../formats/write-executable.ts';
import { runtimes } from './index.ts';
import { RECOGNISERS } from './recognisers.ts';

const purls = async (path: string, bytes: Uint8Array | string): Promise<string[]> =>
  (await runtimes.extract(memoryContent(path, bytes, 0o755), testContext())).packages.map((draft) => draft.purl);

const binary = (text: string): Buffer => elfFile([{ name: '.rodata', data: Buffer.from(`lead\0${text}\0tail`, 'latin1') }]);

/** Path, the text as the software has it, what must be found. Binary texts taken from Debian 12 and upstream builds. */
const BINARIES: readonly (readonly [string, string, string])[] = [
  ['usr/local/bin/node', 'node.js/v20.11.1', 'node@20.11.1'],
  ['usr/local/bin/python3.11', '2.5.0\0' + '3.11.2', 'python@3.11.2'],
  ['usr/local/lib/libpython3.13.so.1.0', '/tmp/build/Python-3.13.0', 'python@3.13.0'],
  ['usr/local/lib/libpython3.12.so.1.0', '3.12.0rc2+', 'python@3.12.0rc2'],
  ['usr/local/nginx/sbin/nginx', 'nginx version: nginx/1.25.3', 'nginx@1.25.3'],
  ['usr/local/openresty/nginx/sbin/nginx', 'nginx version: openresty/1.21.4.1', 'openresty@1.21.4.1'],
  ['usr/local/apache2/bin/httpd', 'Apache/2.4.58 (Unix)', 'httpd@2.4.58'],
  ['usr/local/bin/redis-server', '7.0.15buildkitsandbox-1704813525000000000', 'redis@7.0.15'],
  ['usr/local/bin/redis-server', '7.0.111b1bf0dd3f9a-1684195612000000000', 'redis@7.0.11'],
  ['usr/bin/redis-check-rdb', '7.0.151790282056000000000', 'redis@7.0.15'],
  ['usr/local/bin/valkey-server', '8.0.1buildkitsandbox-1728000000000000000', 'valkey@8.0.1'],
  ['usr/lib/libcrypto.so.3', 'OpenSSL 3.0.13 30 Jan 2024', 'openssl@3.0.13'],
  ['usr/lib/libcrypto.so.1.1', 'OpenSSL 1.1.1k  FIPS 25 Mar 2021', 'openssl@1.1.1k'],
  ['usr/lib/libssl.so.1.0.2k', 'OpenSSL 1.0.2k-fips  26 Jan 2017', 'openssl@1.0.2k'],
  ['bin/busybox', 'BusyBox v1.36.1 (2023-07-27 17:12:24 UTC)', 'busybox@1.36.1'],
  ['bin/bash', '@(#)Bash version 5.2.15(1) release GNU', 'bash@5.2.15'],
  ['usr/local/bin/curl', 'curl 8.5.0 (x86_64-pc-linux-gnu) %s', 'curl@8.5.0'],
  ['usr/local/lib/libcurl.so.4.8.0', 'libcurl/7.88.1', 'curl@7.88.1'],
  ['usr/local/sbin/haproxy', ' version 2.6.12-1+deb12u4, released 2026/10/17', 'haproxy@2.6.12'],
  ['usr/local/bin/memcached', 'memcached 1.6.18', 'memcached@1.6.18'],
  ['usr/local/bin/postgres', 'postgres (PostgreSQL) 16.2', 'postgresql@16.2'],
  ['usr/sbin/mariadbd', '10.11.19-MariaDB', 'mariadb@10.11.19'],
  ['usr/sbin/mysqld', '/build/mysql-8.0.36/sql/x.cc', 'mysql@8.0.36'],
  ['usr/local/bin/php', 'X-Powered-By: PHP/8.2.18', 'php@8.2.18'],
  ['usr/local/bin/ruby', 'ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux]', 'ruby@3.1.2'],
  ['usr/local/bin/perl', 'v5.36.0', 'perl@5.36.0'],
];
const TEXTS: readonly (readonly [string, string, string])[] = [
  [
    'opt/java/openjdk/release',
    'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_RUNTIME_VERSION="17.0.9+9"\nJAVA_VERSION="17.0.9"\n',
    'generic/openjdk@17.0.9%2B9',
  ],
  ['usr/lib/jvm/java-8/release', 'JAVA_VERSION="1.8.0_392"\nOS_NAME="Linux"\n', 'generic/openjdk@1.8.0_392'],
  ['usr/local/lib/erlang/releases/25/OTP_VERSION', '25.2.3\n', 'generic/erlang@25.2.3'],
  ['var/www/html/wp-includes/version.php', "<?php\n/** x */\n$wp_version = '6.4.3';\n", 'generic/wordpress@6.4.3'],
  [
    'usr/local/include/python3.12/patchlevel.h',
    '#define PY_MAJOR_VERSION 3\n#define PY_VERSION      	"3.12.1"\n'.replace('\t', ' '),
    'generic/python@3.12.1',
  ],
  ['usr/local/go/VERSION', 'go1.22.1\ntime 2024-03-01T00:00:00Z\n', 'golang/toolchain@1.22.1'],
  ['usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json', '{}', 'generic/dotnet-runtime@8.0.1'],
  [
    'usr/share/dotnet/shared/Microsoft.AspNetCore.App/8.0.1/Microsoft.AspNetCore.App.deps.json',
    '{}',
    'generic/aspnetcore-runtime@8.0.1',
  ],
];

for (const [path, text, found] of BINARIES) {
  test(`runtimes: ${path}: ${JSON.stringify(text)}`, async () =>
    assert.deepEqual(await purls(path, binary(text)), [`pkg:generic/${found}`]));
}
for (const [path, text, found] of TEXTS) {
  test(`runtimes: ${path}`, async () => assert.deepEqual(await purls(path, text), [`pkg:${found}`.replace('%2B', '+')]));
}

test('runtimes: every recogniser has a fixture', () => {
  const found = new Set([...BINARIES, ...TEXTS].map(([, , purl]) => purl.replace(/^generic\//, '').replace(/@.*/, '')));
  for (const { product } of RECOGNISERS) assert.ok(found.has(product), product);
});

test('runtimes: the pattern of the table chooses by the name of the file only', () => {
  const [pattern] = runtimes.patterns;
  assert.ok(pattern !== undefined && 'executable' in pattern && pattern.where !== undefined);
  for (const [path] of BINARIES) assert.ok(pattern.where.test(path), path);
  for (const path of [
    'usr/bin/node-gyp',
    'usr/bin/mynode',
    'usr/bin/python',
    'usr/lib/libz.so.1',
    'node/other',
    'usr/bin/bashful',
  ]) {
    assert.ok(!pattern.where.test(path), path);
  }
});

test('runtimes: PE and Mach-O programs, texts outside constants, and texts across the border of two pieces', async () => {
  const data = Buffer.from('\0node.js/v20.1.0\0');
  assert.deepEqual(await purls('node', peFile([{ name: '.rdata', data }])), ['pkg:generic/node@20.1.0']);
  assert.deepEqual(await purls('node', machOFile([{ name: '__cstring', data }])), ['pkg:generic/node@20.1.0']);
  assert.deepEqual(await purls('node', elfFile([{ name: '.data', data }])), ['pkg:generic/node@20.1.0']);
  const lead = Buffer.alloc((1 << 20) - 8, 1);
  assert.deepEqual(await purls('node', elfFile([{ name: '.rodata', data: Buffer.concat([lead, data]) }])), [
    'pkg:generic/node@20.1.0',
  ]);
});

test('runtimes: a text elsewhere, a script or an empty file is nothing', async () => {
  assert.deepEqual(await purls('usr/bin/node', '#!/bin/sh\necho node.js/v1.2.3\n'), []);
  assert.deepEqual(await purls('usr/bin/node', ''), []);
  assert.deepEqual(await purls('etc/release', 'NAME=x\n'), []);
  assert.deepEqual(await purls('usr/local/bin/python3.11', binary('3.40.1')), []);
});

test('runtimes: patterns end quickly on text made against them', async () => {
  const evil = [
    '1.'.repeat(600_000),
    '1.1.1'.repeat(250_000),
    `1.1.1a${'-'.repeat(1_000_000)}`,
    ` version 1.1.1${'a'.repeat(1_000_000)}`,
    `OpenSSL 1.1.1${' '.repeat(1_000_000)}`,
    '7'.repeat(1_000_000),
  ];
  const cost = await spent(() => {
    for (const text of evil) for (const { versions } of RECOGNISERS) for (const pattern of versions) pattern.test(text);
  });
  assert.ok(cost < 5000, `${cost} ms`);
});

test('runtimes: any bytes are read without an exception', async () => {
  const paths = [...BINARIES, ...TEXTS].map(([path]) => path);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.uint8Array(), async (path, bytes) => {
      await purls(path, bytes);
      await purls(path, elfFile([{ name: '.rodata', data: bytes }]));
    }),
    { numRuns: 200 },
  );
});

test('runtimes: the Node that runs this test', async () => {
  const path = realpathSync(process.execPath);
  assert.deepEqual(await purls('usr/local/bin/node', readFileSync(path)), [`pkg:generic/node@${process.versions.node}`]);
});

test('runtimes: bash of this machine', async () => {
  if (!existsSync('/bin/bash')) return;
  assert.match((await purls('bin/bash', readFileSync('/bin/bash'))).join(), /^pkg:generic\/bash@\d+\.\d+\.\d+$/);
});
