/** The command line from outside: what it prints where, and how it ends. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import metadata from '../package.json' with { type: 'json' };
import { vedette } from './support/command.ts';
import { temporaryDirectory } from './support/directory.ts';
import { makeZip } from './support/zip.ts';

const ADVISORY = {
  schema_version: '1.6.0',
  id: 'GHSA-test-0001-0001',
  aliases: ['CVE-2099-0001'],
  modified: '2026-01-02T00:00:00Z',
  published: '2026-01-01T00:00:00Z',
  summary: 'Padding runs past the left edge',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'padder' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.3.0' }] }],
    },
  ],
  database_specific: { severity: 'CRITICAL' },
};

const LOCK = {
  name: 'shop',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'shop', version: '1.0.0', dependencies: { padder: '^1.0.0' }, devDependencies: { tester: '1' } },
    'node_modules/padder': { version: '1.2.0' },
    'node_modules/tester': { version: '1.0.0', dev: true },
  },
};

/** A home with a project `shop` and a mirror `advisories`. */
function shop(context: TestContext): string {
  const home = temporaryDirectory(context);
  mkdirSync(join(home, 'shop'));
  writeFileSync(join(home, 'shop/package-lock.json'), JSON.stringify(LOCK));
  mkdirSync(join(home, 'advisories/osv/npm'), { recursive: true });
  const zip = makeZip([{ name: `${ADVISORY.id}.json`, data: JSON.stringify(ADVISORY) }]);
  writeFileSync(join(home, 'advisories/osv/npm/all.zip'), zip);
  return home;
}

const SCAN = ['scan', 'project', 'shop', '--mirror', 'advisories'] as const;

test('--version and --help go to stdout', async (context) => {
  const home = temporaryDirectory(context);
  const version = await vedette(home, ['--version']);
  assert.deepEqual([version.status, version.stdout, version.stderr], [0, `${metadata.version}\n`, '']);
  for (const args of [['--help'], ['scan', '--help'], ['db', 'update', '--help'], ['explain', '--help']]) {
    const help = await vedette(home, args);
    assert.equal(help.status, 0);
    assert.match(help.stdout, /^Usage: vedette/);
    assert.equal(help.stderr, '');
  }
  assert.match((await vedette(home, ['scan', '--help'])).stdout, /Examples:/);
});

const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /Usage: vedette/],
  [['scna'], /unknown command/],
  [['scan', 'debian:12'], /unknown kind of target "debian:12"[\s\S]*image debian:12/],
  [['scan', 'host', 'extra'], /takes no further argument/],
  [['scan', 'image'], /takes one reference/],
  [['scan', 'host', '--format', 'pdf'], /unknown format "pdf"[\s\S]*table, json/],
  [['scan', 'host', '--format', 'json', '--format', 'csv'], /only one format can go to stdout/],
  [['scan', 'host', '--fail-on', 'hihg'], /"hihg" is not known[\s\S]*severity >= high/],
  [['scan', 'host', '--date', 'yesterday'], /YYYY-MM-DD/],
  [['scan', 'host', '--vex', 'missing.json'], /cannot read missing.json/],
  [['sbom', 'host', '--format', 'sarif'], /about findings/],
  [['db', 'update', '--only', 'debain'], /unknown stream "debain"[\s\S]*debian/],
];

for (const [args, says] of WRONG) {
  test(`wrong usage: vedette ${args.join(' ')}`, async (context) => {
    const ran = await vedette(temporaryDirectory(context), args);
    assert.match(ran.stderr, says);
    assert.deepEqual([ran.status, ran.stdout], [2, '']);
  });
}

test('a project from a mirror: findings on stdout, progress on stderr, the database kept', async (context) => {
  const home = shop(context);
  const first = await vedette(home, [...SCAN, '--format', 'json', '--date', '2026-01-03']);
  const report = JSON.parse(first.stdout);
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual(
    report.vulnerabilities.map((row: { id: string; package: string; fixedVersions: string[] }) => [
      row.id,
      row.package,
      row.fixedVersions,
    ]),
    [['CVE-2099-0001', 'pkg:npm/padder@1.2.0', ['1.3.0']]],
  );
  assert.equal(report.vulnerabilities[0].severity, 'CRITICAL');
  assert.deepEqual(
    report.database.sources.map((source: { origin: string }) => source.origin),
    ['mirror'],
  );
  assert.match(first.stderr, /compiling/);

  const again = await vedette(home, ['scan', 'project', 'shop', '--format', 'json', '--date', '2026-01-03', '--offline', '-q']);
  assert.equal(again.stdout, first.stdout, 'the same inventory and database give the same bytes');
  assert.equal(again.stderr, '');
  const table = await vedette(home, ['scan', 'project', 'shop', '--date', '2026-01-03']);
  assert.match(table.stdout, /CVE-2099-0001/);
  assert.doesNotMatch(table.stdout, /\u001b/, 'no colours outside a terminal');
});

test('--fail-on, ignore file and VEX decide the status', async (context) => {
  const home = shop(context);
  const failing = await vedette(home, [...SCAN, '--fail-on', 'critical']);
  assert.equal(failing.status, 1);
  assert.match(failing.stdout, /CVE-2099-0001/);
  assert.match(failing.stderr, /--fail-on "critical": 1 findings? match/);
  assert.equal((await vedette(home, [...SCAN, '--fail-on', 'kev'])).status, 0);

  writeFileSync(join(home, '.vedette-ignore.yaml'), '- id: GHSA-test-0001-0001\n  reason: the left edge is walled off\n');
  const ignored = await vedette(home, [...SCAN, '--fail-on', 'critical', '--format', 'json']);
  assert.equal(ignored.status, 0, ignored.stderr);
  assert.match(JSON.parse(ignored.stdout).vulnerabilities[0].suppressed.reason, /walled off/);
  writeFileSync(join(home, '.vedette-ignore.yaml'), '- id: CVE-2099-0001\n  raeson: misspelt\n');
  const broken = await vedette(home, [...SCAN]);
  assert.equal(broken.status, 2);
  assert.match(broken.stderr, /raeson/);
});

test('development dependencies and unfixed findings can be set aside', async (context) => {
  const home = shop(context);
  const { packages } = { packages: { ...LOCK.packages, 'node_modules/padder': { version: '1.2.0', dev: true } } };
  writeFileSync(join(home, 'shop/package-lock.json'), JSON.stringify({ ...LOCK, packages }));
  const ran = await vedette(home, [...SCAN, '--no-dev', '--fail-on', 'low', '--format', 'json']);
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout).vulnerabilities[0].suppressed.by, 'development');
});

test('explain tells why and why not', async (context) => {
  const home = shop(context);
  const why = await vedette(home, ['explain', 'CVE-2099-0001', '--target', 'project:shop', '--mirror', 'advisories']);
  assert.equal(why.status, 0, why.stderr);
  assert.match(why.stdout, /padder/);
  assert.match(why.stdout, /1\.3\.0/);
  const { packages } = { packages: { ...LOCK.packages, 'node_modules/padder': { version: '1.3.0' } } };
  writeFileSync(join(home, 'shop/package-lock.json'), JSON.stringify({ ...LOCK, packages }));
  const whyNot = await vedette(home, ['explain', 'CVE-2099-0001', '--target', 'project:shop', '--json']);
  assert.equal(whyNot.status, 0, whyNot.stderr);
  assert.match(whyNot.stdout, /1\.3\.0/);
});

test('db: update, status, show, search, diff', async (context) => {
  const home = shop(context);
  const update = await vedette(home, ['db', 'update', '--mirror', 'advisories', '--all']);
  assert.match(update.stdout, /npm/);
  const database = join(
    home,
    'cache/vedette',
    readdirSync(join(home, 'cache/vedette')).find((name) => name.endsWith('.vdb')) ?? '',
  );
  const status = await vedette(home, ['db', 'status', '--json', '--verify']);
  assert.equal(status.status, 0, status.stderr);
  assert.match(status.stdout, /osv\/npm\/all\.zip|osv/);
  assert.match((await vedette(home, ['db', 'show', 'CVE-2099-0001'])).stdout, /GHSA-test-0001-0001/);
  assert.match((await vedette(home, ['db', 'search', 'padd'])).stdout, /padder/);
  const diff = await vedette(home, ['db', 'diff', database, database, '--json']);
  assert.equal(diff.status, 0, diff.stderr);
  assert.equal((await vedette(home, ['db', 'show', 'CVE-1999-9999'])).status, 3);

  const bytes = readFileSync(database);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 0xff;
  writeFileSync(join(home, 'broken.vdb'), bytes);
  const broken = await vedette(home, ['db', 'status', '--verify', '--db', 'broken.vdb']);
  assert.equal(broken.status, 3);
  assert.match(broken.stderr, /database-/);
});

test('a database that is damaged inside ends the command and says what to do', async (context) => {
  const home = shop(context);
  assert.equal((await vedette(home, ['db', 'update', '--mirror', 'advisories'])).status, 0);
  const path = join(home, 'cache/vedette/advisories.vdb');
  const bytes = readFileSync(path);
  // Beyond the header, which is checked when the file is opened.
  for (let at = 256; at < bytes.length; at += 3) bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  writeFileSync(path, bytes);
  const shown = await vedette(home, ['db', 'show', 'CVE-2099-0001']);
  assert.deepEqual([shown.status, shown.stdout], [3, '']);
  assert.match(shown.stderr, /database-corrupt|database-unreadable|cannot be read/);
  assert.doesNotMatch(shown.stderr, /unexpected error/);
  const scanned = await vedette(home, [...SCAN, '--db', path]);
  assert.equal(scanned.status, 3);
  assert.doesNotMatch(scanned.stderr, /unexpected error/);
});

test('targets that cannot be read end with status 3 and say why', async (context) => {
  const home = shop(context);
  writeFileSync(join(home, 'broken.tar.gz'), gzipSync(Buffer.alloc(5000, 'x')).subarray(0, 40));
  for (const args of [
    ['scan', 'image', './missing.tar'],
    ['scan', 'image', './broken.tar.gz'],
    ['scan', 'rootfs', 'missing'],
    ['scan', 'lambda', 'missing.zip'],
    ['scan', 'sbom', 'broken.tar.gz'],
    ['scan', 'project', 'shop', '--db', 'missing.vdb'],
  ]) {
    const ran = await vedette(home, [...args, '--offline']);
    assert.equal(ran.status, 3, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
    assert.match(ran.stderr, /^vedette: /m);
  }
});

test('a bill of materials scans as its project does', async (context) => {
  const home = shop(context);
  for (const format of ['cyclonedx', 'cyclonedx-xml', 'spdx', 'spdx-tag-value']) {
    const sbom = await vedette(home, ['sbom', 'project', 'shop', '--format', `${format}=bom`, '-q']);
    assert.deepEqual([sbom.status, sbom.stdout, sbom.stderr], [0, '', '']);
    const ran = await vedette(home, ['scan', 'sbom', 'bom', '--mirror', 'advisories', '--format', 'json']);
    assert.equal(ran.status, 0, ran.stderr);
    const ids = JSON.parse(ran.stdout).vulnerabilities.map((row: { id: string }) => row.id);
    assert.deepEqual(ids, ['CVE-2099-0001'], format);
  }
});

test('without mirror and network the starter set is used, and is told to be incomplete', async (context) => {
  const home = shop(context);
  const ran = await vedette(home, ['scan', 'project', 'shop', '--offline', '--format', 'json']);
  assert.equal(ran.status, 3, ran.stderr);
  const report = JSON.parse(ran.stdout);
  assert.ok(report.problems.some((problem: { code: string }) => problem.code === 'starter-database'));
  assert.ok(report.database.sources.every((source: { origin: string }) => source.origin === 'starter'));
});

const WOLFI_SBOM = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  components: [
    {
      type: 'library',
      name: 'openssl',
      version: '3.0.6-r1',
      purl: 'pkg:apk/wolfi/openssl@3.0.6-r1?arch=x86_64&distro=wolfi-20230201',
    },
  ],
};

const WOLFI_RECORD = {
  id: 'CGA-test-0001-0001',
  upstream: ['CVE-2099-0002'],
  modified: '2026-01-02T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'Wolfi', name: 'openssl', purl: 'pkg:apk/wolfi/openssl?arch=x86_64' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '3.0.7-r0' }] }],
    },
  ],
};

test('offline with a database that lacks what the target needs: it is used, the report is incomplete and tells how to get it', async (context) => {
  const home = shop(context);
  writeFileSync(join(home, 'bom.json'), JSON.stringify(WOLFI_SBOM));
  assert.equal((await vedette(home, ['db', 'update', '--mirror', 'advisories', '--all'])).status, 0);
  const database = join(home, 'cache/vedette/advisories.vdb');
  const bytes = readFileSync(database);
  for (const choice of [['--offline'], ['--db', database], ['--mirror', 'advisories']]) {
    const ran = await vedette(home, ['scan', 'sbom', 'bom.json', ...choice, '--format', 'json']);
    const report = JSON.parse(ran.stdout);
    assert.equal(ran.status, 3, ran.stderr);
    assert.deepEqual(
      report.problems
        .filter((problem: { code: string }) => /stream-missing$/.test(problem.code))
        .map((problem: { code: string; effect: string }) => `${problem.code} ${problem.effect}`),
      ['database-stream-missing incomplete', 'match-stream-missing incomplete'],
    );
    assert.match(report.problems[0].message, /made without wolfi, .*osv\/Wolfi\/all\.zip/);
    assert.ok(report.database.sources.every((source: { origin: string }) => source.origin === 'mirror'));
    assert.deepEqual(readFileSync(database), bytes);
  }

  mkdirSync(join(home, 'advisories/osv/Wolfi'), { recursive: true });
  writeFileSync(join(home, 'advisories/osv/Wolfi/all.json'), JSON.stringify([WOLFI_RECORD]));
  const ran = await vedette(home, ['scan', 'sbom', 'bom.json', '--mirror', 'advisories', '--format', 'json']);
  assert.equal(ran.status, 0, ran.stderr);
  const found = JSON.parse(ran.stdout).vulnerabilities.map((row: { id: string; fixedVersions: string[] }) => [
    row.id,
    row.fixedVersions,
  ]);
  assert.deepEqual(found, [['CVE-2099-0002', ['3.0.7-r0']]]);
});
