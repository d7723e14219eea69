import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { needShared, skipOrFail } from '../../../../tests/support/shared.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import type { PackageDraft } from '../../cataloger.ts';
import { readHeader } from './header.ts';
import { rpm, splitSourceRpm } from './index.ts';
import { bdbDatabase, headerBlob, ndbDatabase, sqliteDatabase, sqliteFile } from './write-database.ts';

const FULL = headerBlob({
  1000: 'perl-Errno',
  1001: '1.30',
  1002: '419.module+el8.3.0',
  1003: 1,
  1011: 'Red Hat, Inc.',
  1014: 'GPL+ or Artistic',
  1022: 'x86_64',
  1044: 'perl-5.26.3-419.module+el8.3.0.src.rpm',
  1116: [0, 1, 1],
  1117: ['Errno.pm', 'a.jar', 'b.jar'],
  1118: ['/usr/lib64/perl5/', '/usr/share/java/'],
  5096: 'perl:5.26:820210101:abcdef',
  9000: 'x'.repeat(600),
});
const SMALL = headerBlob({ 1000: 'bash', 1001: '5.1.8', 1002: '6.el9', 1022: 'x86_64', 1044: 'bash-5.1.8-6.el9.src.rpm' });
const KEY = headerBlob({ 1000: 'gpg-pubkey', 1001: 'fd431d51', 1002: '4ae0493b', 1044: '(none)' });

const FORMATS = [
  ['Packages', 'Berkeley DB', bdbDatabase([FULL, SMALL, KEY])],
  ['Packages', 'Berkeley DB, big-endian', bdbDatabase([FULL, SMALL, KEY], true)],
  ['Packages.db', 'NDB', ndbDatabase([FULL, SMALL, KEY])],
  ['rpmdb.sqlite', 'SQLite', sqliteDatabase([FULL, SMALL, KEY])],
] as const;

const extract = async (bytes: Uint8Array, path = 'var/lib/rpm/Packages') =>
  rpm.extract(memoryContent(path, bytes), testContext());

for (const [file, format, bytes] of FORMATS) {
  test(`rpm: a database in ${format}`, async () => {
    const result = await extract(bytes, `usr/lib/sysimage/rpm/${file}`);
    assert.deepEqual(result.problems, undefined);
    assert.deepEqual(result.packages, [
      {
        purl: 'pkg:rpm/perl-Errno@1.30-419.module+el8.3.0?arch=x86_64&epoch=1',
        type: 'rpm',
        name: 'perl-Errno',
        version: '1:1.30-419.module+el8.3.0',
        architecture: 'x86_64',
        source: { name: 'perl', version: '5.26.3-419.module+el8.3.0' },
        vendor: 'Red Hat, Inc.',
        modularity: 'perl:5.26:820210101:abcdef',
        licenses: ['GPL+ or Artistic'],
      },
      { purl: 'pkg:rpm/bash@5.1.8-6.el9?arch=x86_64', type: 'rpm', name: 'bash', version: '5.1.8-6.el9', architecture: 'x86_64' },
      { purl: 'pkg:rpm/gpg-pubkey@fd431d51-4ae0493b', type: 'rpm', name: 'gpg-pubkey', version: 'fd431d51-4ae0493b' },
    ] satisfies PackageDraft[]);
    assert.deepEqual(
      result.owns?.map((owner) => owner.paths),
      [['usr/lib64/perl5/Errno.pm', 'usr/share/java/a.jar', 'usr/share/java/b.jar']],
    );
  });

  test(`rpm: a ${format} database cut anywhere is never a shorter list without a problem`, async () => {
    for (let length = 0; length < bytes.length; length += length < 700 ? 7 : 61) {
      const result = await extract(bytes.subarray(0, length));
      assert.ok(
        result.packages.length === 3 || (result.problems?.length ?? 0) > 0,
        `${format} cut at ${length} of ${bytes.length}`,
      );
      for (const problem of result.problems ?? []) assert.equal(problem.effect, 'incomplete');
    }
  });

  test(`rpm: a ${format} database with flipped bytes is read without an exception`, async () => {
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const broken = Buffer.from(bytes);
        for (const [at, value] of changes) broken[at] = value;
        assert.ok((await extract(broken)).packages.length < 300);
      }),
      { numRuns: 300 },
    );
  });
}

test('rpm: sizes and counts that lie are bounded', async () => {
  const lying = Buffer.from(SMALL);
  lying.writeUInt32BE(0xffffffff, 0);
  assert.deepEqual(readHeader(lying), { error: 'its sizes are impossible' });
  const many = headerBlob({ 1000: 'a', 1001: '1', 1002: '1', 1117: ['x'], 1116: [0], 1118: ['/'] });
  // The count of the base names: last field of the fourth entry.
  many.writeUInt32BE(0xfffffff0, 8 + 3 * 16 + 12);
  const header = readHeader(many);
  assert.ok(!('error' in header));
  assert.ok([...header.files()].length < 10);
  const ndb = ndbDatabase([SMALL, SMALL]);
  // Both slots show the same blob of the first package, which the second's number gives away.
  ndb.writeUInt32LE(ndb.readUInt32LE(32 + 8), 48 + 8);
  const result = await extract(ndb);
  assert.deepEqual([result.packages.length, result.problems?.map((problem) => problem.code)], [1, ['rpm-database-corrupt']]);
});

test('rpm: a chain of overflow pages that bites its tail ends', async () => {
  const bytes = bdbDatabase([FULL]);
  bytes.writeUInt32LE(2, 3 * 512 + 16);
  const result = await extract(bytes);
  assert.deepEqual([result.packages, result.problems?.map((problem) => problem.code)], [[], ['rpm-database-corrupt']]);
});

test('rpm: entries that overlap, to make much out of little, end the reading', async () => {
  const bytes = sqliteDatabase(Array.from({ length: 4 }, () => SMALL));
  const page = bytes.findIndex((value, at) => at % 512 === 0 && at >= 512 && value === 13 && bytes.readUInt16BE(at + 3) > 1);
  // A page full of pointers to its first row.
  const many = Buffer.from(bytes);
  const count = 200;
  many.writeUInt16BE(count, page + 3);
  for (let index = 1; index < count; index++) many.writeUInt16BE(many.readUInt16BE(page + 8), page + 8 + index * 2);
  const result = await extract(many);
  assert.ok(result.packages.length * SMALL.length <= many.length);
  assert.ok((result.problems?.length ?? 0) > 0);
});

test('rpm: damage in one place leaves the rest', async () => {
  const blobs = Array.from({ length: 50 }, (_, at) => headerBlob({ 1000: `package-${at}`, 1001: '1', 1002: '1' }));
  const bytes = sqliteDatabase(blobs);
  const leaves = Array.from({ length: bytes.length / 512 }, (_, at) => at * 512).filter(
    (at) => at > 512 && bytes[at] === 13 && bytes.readUInt16BE(at + 3) > 2,
  );
  bytes[leaves[1] ?? 0] = 99;
  const result = await extract(bytes);
  assert.ok(result.packages.length > 30 && result.packages.length < 50, String(result.packages.length));
  assert.deepEqual(
    result.problems?.map((problem) => problem.code),
    ['rpm-database-corrupt'],
  );
});

test('rpm: a view in place of the table is not run', async () => {
  const bytes = sqliteFile((database) =>
    database.exec(
      "CREATE VIEW Packages AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n AS hnum, x'00' AS blob FROM c",
    ),
  );
  const result = await extract(bytes);
  assert.deepEqual([result.packages, result.problems?.map((problem) => problem.code)], [[], ['rpm-database-corrupt']]);
});

test('rpm: a write-ahead log with frames makes the result incomplete', async () => {
  assert.equal((await extract(Buffer.alloc(4152), 'var/lib/rpm/rpmdb.sqlite-wal')).problems?.[0]?.code, 'rpm-database-busy');
  assert.equal((await extract(Buffer.alloc(0), 'var/lib/rpm/rpmdb.sqlite-wal')).problems, undefined);
});

test('rpm: source packages by the name of their file', () => {
  assert.deepEqual(splitSourceRpm('gcc-toolset-12-12.0-6.el8.src.rpm'), { name: 'gcc-toolset-12', version: '12.0-6.el8' });
  assert.deepEqual(splitSourceRpm('x-1-2.nosrc.rpm'), { name: 'x', version: '1-2' });
  for (const name of ['', 'x', 'x-1.src.rpm', `${'-'.repeat(100_000)}.src.rpm`]) assert.equal(splitSourceRpm(name), undefined);
});

test('rpm: the manifest of distroless images', async () => {
  const text =
    'openssl\t1.1.1k-17.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t1\tx86_64\t0\topenssl-1.1.1k-17.cm2.src.rpm\nglibc\t2.35-3.cm2\t1\t1\tMicrosoft Corporation\t(none)\t1\tx86_64\t2\tglibc-2.35-2.cm2.src.rpm\nbroken line\n';
  const result = await extract(Buffer.from(text), 'var/lib/rpmmanifest/container-manifest-2');
  assert.deepEqual(
    result.packages.map((draft) => [draft.name, draft.version, draft.source]),
    [
      ['openssl', '1.1.1k-17.cm2', undefined],
      ['glibc', '2:2.35-3.cm2', { name: 'glibc', version: '2.35-2.cm2' }],
    ],
  );
  assert.deepEqual(
    result.problems?.map((problem) => problem.code),
    ['rpm-manifest-entry-invalid'],
  );
});

test('rpm: repositories of origin from yumdb and the history of dnf', async () => {
  const history = sqliteFile((database) =>
    database.exec(`CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT NOT NULL);
      CREATE TABLE rpm (item_id INTEGER UNIQUE NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL, version TEXT NOT NULL, release TEXT NOT NULL, arch TEXT NOT NULL);
      CREATE TABLE trans_item (id INTEGER PRIMARY KEY AUTOINCREMENT, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action INTEGER, reason INTEGER, state INTEGER);
      INSERT INTO repo VALUES (1, 'baseos'), (2, '@System');
      INSERT INTO rpm VALUES (7, 'bash', 0, '5.1.8', '6.el9', 'x86_64');
      INSERT INTO trans_item VALUES (1, 1, 7, 1, 1, 1, 1), (2, 2, 7, 2, 8, 1, 1);`),
  );
  const yumdb = `var/lib/yum/yumdb/p/${'0'.repeat(40)}-perl-Errno-1.30-419.module+el8.3.0-x86_64/from_repo`;
  const files: [string, Uint8Array][] = [
    ['var/lib/dnf/history.sqlite', history],
    ['var/lib/rpm/Packages', bdbDatabase([FULL, SMALL])],
    [yumdb, Buffer.from('amzn2extra-perl')],
  ];
  const extracts = await Promise.all(files.map(async ([path, bytes]) => ({ path, extract: await extract(bytes, path) })));
  assert.deepEqual(
    extracts.flatMap((entry) => entry.extract.problems ?? []),
    [],
  );
  const assembly = rpm.assemble?.(extracts, { has: () => false });
  assert.deepEqual(
    assembly?.packages.map(({ draft }) => [draft.name, draft.repository]),
    [
      ['perl-Errno', 'amzn2extra-perl'],
      ['bash', 'baseos'],
    ],
  );
  const broken = await extract(history.subarray(0, 5000), 'var/lib/dnf/history.sqlite');
  assert.deepEqual(
    broken.problems?.map((problem) => [problem.code, problem.effect]),
    [['rpm-history-unreadable', 'notice']],
  );
});

const SPEC = (name: string, epoch: string): string => `Name: ${name}
Version: 1.2~rc1
Release: 3^git.el9
${epoch}
Summary: x
License: MIT
Vendor: Example
BuildArch: noarch
%description
x
%package sub
Summary: y
Version: 9
%description sub
y
%install
mkdir -p %{buildroot}/usr/share/${name}
echo x > %{buildroot}/usr/share/${name}/file.jar
%files
/usr/share/${name}
%files sub
`;

// Debian's rpm writes SQLite only; the other formats are tested on published databases.
test('rpm: equals rpm -qa on a root made by rpm', async (context) => {
  if (!existsSync('/usr/bin/rpmbuild') || !existsSync('/usr/bin/rpm'))
    return skipOrFail(context, 'rpm and rpmbuild are not installed');
  const folder = mkdtempSync(join(tmpdir(), 'vedette-rpm-'));
  try {
    const root = join(folder, 'root');
    mkdirSync(root);
    const defines = ['--define', `_topdir ${folder}/build`, '--define', '_db_backend sqlite', '--define', '_dbpath /var/lib/rpm'];
    const quiet = { stdio: 'pipe', encoding: 'utf8' } as const;
    for (const [name, epoch] of [
      ['one', ''],
      ['two', 'Epoch: 3'],
    ] as const) {
      writeFileSync(join(folder, `${name}.spec`), SPEC(name, epoch));
      execFileSync('rpmbuild', ['-bb', ...defines, join(folder, `${name}.spec`)], quiet);
    }
    const packages = readdirSync(join(folder, 'build/RPMS/noarch')).map((name) => join(folder, 'build/RPMS/noarch', name));
    const base = ['--root', root, ...defines];
    execFileSync('rpm', [...base, '--initdb'], quiet);
    execFileSync('rpm', [...base, '-i', '--nodeps', '--noscripts', '--justdb', '--ignorearch', '--ignoreos', ...packages], quiet);
    const format = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\t%{VENDOR}\\n';
    const expected = execFileSync('rpm', [...base, '-qa', '--qf', format], quiet)
      .trimEnd()
      .split('\n')
      .sort();
    const result = await extract(readFileSync(join(root, 'var/lib/rpm/rpmdb.sqlite')));
    const found = result.packages.map((draft) => {
      const version = draft.source?.version ?? draft.version.replace(/^\d+:/, '');
      return [
        draft.name,
        draft.version,
        draft.architecture,
        `${draft.source?.name ?? draft.name}-${version}.src.rpm`,
        draft.vendor,
      ].join('\t');
    });
    assert.equal(expected.length, 4);
    assert.deepEqual(result.problems, undefined);
    assert.deepEqual(found.sort(), expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Package counts: the fixtures' origins, R and S of their README (go-rpmdb and snyk-docker-plugin tests). */
test('rpm: published databases of all formats', async (context) => {
  for (const [name, count, some] of [
    ['rpm-bdb-libuuid/Packages', 1, 'libuuid 2.32.1-42.el8_8'],
    ['rpm-bdb-epoch/Packages', 1, 'hello 1:0.0.1-rls'],
    ['rpm-ndb/Packages.db', 3, 'system-user-root 20190513-3.3.1'],
    ['rpm-sqlite-cbl-mariner2/rpmdb.sqlite.gz', 129, 'mariner-release 2.0-4.cm2'],
  ] as const) {
    const path = needShared(context, `fixtures/os/${name}`);
    if (path === undefined) return;
    const bytes = readFileSync(path);
    const result = await extract(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
    assert.deepEqual(result.problems, undefined, name);
    assert.equal(result.packages.length, count, name);
    assert.ok(
      result.packages.some((draft) => `${draft.name} ${draft.version}` === some),
      name,
    );
  }
});
