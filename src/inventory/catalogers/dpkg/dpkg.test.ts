import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { needShared, skipOrFail } from '../../../../tests/support/shared.ts';
import { spent } from '../../../../tests/support/spent.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import type { Assembly, PathExtract } from '../../cataloger.ts';
import { dpkg } from './index.ts';
import { readStatus } from './status.ts';

async function run(files: Record<string, string>): Promise<Assembly & { codes: string[] }> {
  const extracts: PathExtract[] = [];
  for (const path of Object.keys(files).sort()) {
    extracts.push({ path, extract: await dpkg.extract(memoryContent(path, files[path] ?? ''), testContext()) });
  }
  const codes = extracts.flatMap(({ extract }) => extract.problems ?? []).map((problem) => problem.code);
  const assembly = dpkg.assemble?.(extracts, { has: (path) => path in files });
  return { packages: [], ...assembly, codes };
}

const STATUS = `Package: libssl3
Status: install ok installed
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Architecture: amd64
Multi-Arch: same
Source: openssl
Version: 3.0.11-1~deb12u2
Description: Secure Sockets Layer toolkit
 Version: 9.9.9 is not the version, it is prose.

Package: libssl3
Status: install ok installed
Architecture: i386
Source: openssl
Version: 3.0.11-1~deb12u2

Package: gcc
Status: install ok half-configured
Architecture: amd64
Source: gcc-defaults (1.203)
Version: 4:12.2.0-3

Package: vim
Status: deinstall ok config-files
Architecture: amd64
Version: 2:9.0

Package: gone
Status: unknown ok not-installed
Architecture: amd64
`;

test('dpkg: states, sources, multi-arch and epochs', () => {
  const { packages, problems } = readStatus(STATUS);
  assert.deepEqual(problems, []);
  assert.deepEqual(packages, [
    {
      purl: 'pkg:deb/libssl3@3.0.11-1~deb12u2?arch=amd64',
      type: 'deb',
      name: 'libssl3',
      version: '3.0.11-1~deb12u2',
      architecture: 'amd64',
      source: { name: 'openssl' },
      vendor: 'Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>',
    },
    {
      purl: 'pkg:deb/libssl3@3.0.11-1~deb12u2?arch=i386',
      type: 'deb',
      name: 'libssl3',
      version: '3.0.11-1~deb12u2',
      architecture: 'i386',
      source: { name: 'openssl' },
    },
    {
      purl: 'pkg:deb/gcc@4:12.2.0-3?arch=amd64',
      type: 'deb',
      name: 'gcc',
      version: '4:12.2.0-3',
      architecture: 'amd64',
      source: { name: 'gcc-defaults', version: '1.203' },
    },
  ]);
});

test('dpkg: file lists belong to the package of their name, or to nobody', async () => {
  const result = await run({
    'var/lib/dpkg/status': STATUS,
    'var/lib/dpkg/info/libssl3:amd64.list': '/.\n/lib\n/lib/x/libssl.so.3\n',
    'var/lib/dpkg/info/gcc.list': '/usr/bin/gcc\n',
    'var/lib/dpkg/info/vim.list': '/etc/vim\n',
  });
  assert.deepEqual(result.owns, [
    { purl: 'pkg:deb/gcc@4:12.2.0-3?arch=amd64', paths: ['usr/bin/gcc'] },
    { purl: 'pkg:deb/libssl3@3.0.11-1~deb12u2?arch=amd64', paths: ['lib', 'lib/x/libssl.so.3', 'usr/lib/x/libssl.so.3'] },
  ]);
});

test('dpkg: distroless entries without a state, with their own checksums', async () => {
  const result = await run({
    'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4\nArchitecture: amd64',
    'var/lib/dpkg/status.d/base.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  etc/debian_version\n',
  });
  assert.deepEqual(
    result.packages.map(({ draft, paths }) => [draft.name, draft.version, ...paths]),
    [['base-files', '12.4', 'var/lib/dpkg/status.d/base']],
  );
  assert.deepEqual(result.owns, [{ purl: 'pkg:deb/base-files@12.4?arch=amd64', paths: ['etc/debian_version'] }]);
  assert.deepEqual(result.codes, []);
});

test('dpkg: every truncation is either a whole list of entries or a problem', async () => {
  const whole = readStatus(STATUS).packages.length;
  for (let length = 1; length < STATUS.length; length++) {
    const result = await run({ 'var/lib/dpkg/status': STATUS.slice(0, length) });
    const boundary = /\n$/.test(STATUS.slice(0, length));
    if (!boundary) assert.ok(result.codes.includes('dpkg-status-truncated'), `cut at ${length}`);
    assert.ok(result.packages.length <= whole);
  }
});

test('dpkg: an entry without a version is a problem, the others are kept', async () => {
  const result = await run({
    'var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n\n',
  });
  assert.deepEqual(result.codes, ['dpkg-entry-invalid']);
  assert.deepEqual(
    result.packages.map(({ draft }) => draft.name),
    ['b'],
  );
});

test('dpkg: any text is read without an exception', () => {
  const line = fc.oneof(
    fc.constantFrom('Package: a', 'Version: 1', 'Status: install ok installed', 'Source: x (1', 'Source: (', '', ' ', ':'),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => void readStatus(lines.join('\n'))),
    { numRuns: 200 },
  );
});

test('dpkg: equals dpkg-query on this machine', (context) => {
  const path = '/var/lib/dpkg/status';
  if (!existsSync(path) || !existsSync('/usr/bin/dpkg-query')) return skipOrFail(context, 'this machine has no dpkg');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's.
  const format = '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${db:Status-Status}\n';
  const expected = execFileSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .filter((line) => line !== '' && !/\t(?:config-files|not-installed)$/.test(line))
    .map((line) => line.slice(0, line.lastIndexOf('\t')));
  const { packages, problems } = readStatus(readFileSync(path, 'utf8'));
  const found = packages.map((draft) =>
    [
      draft.name,
      draft.version,
      draft.architecture,
      draft.source?.name ?? draft.name,
      draft.source?.version ?? draft.version,
    ].join('\t'),
  );
  assert.deepEqual(problems, []);
  assert.ok(found.length > 50);
  assert.deepEqual(found.sort(), expected.sort());
});

test('dpkg: published databases', (context) => {
  const old = needShared(context, 'fixtures/os/ubuntu-10.04/var/lib/dpkg/status');
  const valid = needShared(context, 'fixtures/os/dpkg-status-valid/status');
  if (old === undefined || valid === undefined) return;
  for (const path of [old, valid]) {
    const text = readFileSync(path, 'utf8');
    const result = readStatus(text);
    assert.deepEqual(result.problems, [], path);
    assert.equal(result.packages.length, text.match(/^Status: \S+ \S+ (?!config-files|not-installed)/gm)?.length, path);
  }
});

test('dpkg: two thousand packages are read in the blink of an eye', async () => {
  const description = ` ${'word '.repeat(14)}\n`.repeat(12);
  const entry = (n: number): string =>
    `Package: package-${n}\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: 100\nMaintainer: Someone <a@b.c>\nArchitecture: amd64\nSource: src-${n} (1.${n})\nVersion: 2.${n}-1\nDescription: x\n${description}`;
  const text = Array.from({ length: 2000 }, (_, n) => entry(n)).join('\n');
  readStatus(text);
  const cost = await spent(() => assert.equal(readStatus(text).packages.length, 2000));
  // Measured at about 10 ms; the bound leaves room for a slow machine and still catches anything quadratic.
  assert.ok(cost < 1000, `${cost} ms`);
});
