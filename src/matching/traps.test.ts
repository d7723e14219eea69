/** The traps of vulnerability matching that scanners are known to fall into, each by its name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import type { Advisory, Affected } from '../model/advisory.ts';
import type { Match } from '../model/finding.ts';
import type { OperatingSystem, Package, TargetKind } from '../model/package.ts';
import { matchInventory } from './match.ts';

const TODAY = '2024-01-01';
const DEBIAN = systemOf('debian', '12');
const UBUNTU = systemOf('ubuntu', '22.04');
const ALPINE = systemOf('alpine', '3.19.1');
const RHEL = systemOf('rhel', '9.2');
const ALMA = systemOf('almalinux', '8.9');
const AMAZON2 = systemOf('amzn', '2');

function match(
  packages: readonly Package[],
  advisories: readonly Advisory[],
  os?: OperatingSystem,
  kind: TargetKind = 'host',
  facts: Parameters<typeof memoryDatabase>[1] = [],
) {
  const result = matchInventory(inventoryOf(packages, os, kind), memoryDatabase(advisories, facts), { today: TODAY });
  return { ...result, matches: result.matches.filter(({ kind: what }) => what !== 'end-of-life') };
}

/** One line per match: id, package, status, fixes and what hides it. */
function lines(matches: readonly Match[]): string[] {
  return matches.map(({ id, package: pkg, status, fixedVersions, suppressed }) =>
    [id, pkg.name, status, ...fixedVersions, ...(suppressed === undefined ? [] : [`(${suppressed.by})`])].join(' '),
  );
}

function deb(name: string, version: string, over: Partial<Package> = {}): Package {
  return packageOf({ type: 'deb', name, version, namespace: 'debian', ...over });
}
function rpm(name: string, version: string, over: Partial<Package> = {}): Package {
  return packageOf({ type: 'rpm', name, version, architecture: 'x86_64', ...over });
}
function apk(name: string, version: string, over: Partial<Package> = {}): Package {
  return packageOf({ type: 'apk', name, version, ...over });
}
function cve(id: string, affected: readonly Affected[], over: Partial<Advisory> = {}): Advisory {
  return advisoryOf({ id, affected, ...over });
}
function fixed(stream: string, name: string, version: string, over: Partial<Affected> = {}): Affected {
  return affectedOf({ stream, name, ranges: [{ introduced: '0', fixed: version }], ...over });
}
function source(stream: string, name: string, version: string, over: Partial<Affected> = {}): Affected {
  return fixed(stream, name, version, { names: 'source', ...over });
}
function open(stream: string, name: string, over: Partial<Affected> = {}): Affected {
  return affectedOf({ stream, name, ranges: [{}], ...over });
}

// 2.1 The five rules

test('which stream: another release of the same distribution says nothing', () => {
  const advisories = [cve('CVE-2023-1', [source('debian/11', 'openssl', '9')])];
  const { matches, problems } = match([deb('openssl', '3.0.11-1')], advisories, DEBIAN);
  assert.deepEqual(lines(matches), []);
  assert.ok(problems.some(({ code, effect }) => code === 'match-stream-missing' && effect === 'incomplete'));
});

test('which name: Debian advisories name sources, and a binary of that name in another source is not meant', () => {
  const advisories = [cve('CVE-2023-1', [source('debian/12', 'openssl', '3.0.13-1')])];
  const packages = [
    deb('libssl3', '3.0.11-1', { source: { name: 'openssl' } }),
    deb('openssl', '1.0', { source: { name: 'other' } }),
  ];
  assert.deepEqual(lines(match(packages, advisories, DEBIAN).matches), ['CVE-2023-1 libssl3 fix-available 3.0.13-1']);
});

test('which version: by source name the source version counts', () => {
  const advisories = [cve('CVE-2023-1', [source('debian/12', 'gcc-defaults', '1.203')])];
  const packages = [deb('gcc', '4:12.2.0-3', { source: { name: 'gcc-defaults', version: '1.202' } })];
  assert.deepEqual(lines(match(packages, advisories, DEBIAN).matches), ['CVE-2023-1 gcc fix-available 1.203']);
});

test('which owner: a vendor’s build is not what the distribution speaks of, and that is told', () => {
  const advisories = [cve('CVE-2023-1', [fixed('almalinux/8', 'nginx', '99')])];
  const packages = [
    rpm('nginx', '1.24.0-1.el8.ngx', { vendor: 'NGINX Packaging' }),
    rpm('nginx', '1.14.1-9.el8', { vendor: 'AlmaLinux' }),
  ];
  const { matches, problems } = match(packages, advisories, ALMA);
  assert.deepEqual(
    matches.map(({ package: pkg }) => pkg.version),
    ['1.14.1-9.el8'],
  );
  assert.ok(problems.some(({ code, message }) => code === 'match-third-party' && message.includes('nginx')));
});

test('what silence means: an explicit "not affected" is a verdict', () => {
  const not = open('debian/12', 'python-x', { names: 'source', status: 'not-affected' });
  const advisories = [cve('CVE-2023-1', [not]), cve('GHSA-1', [fixed('PyPI', 'x', '2')], { vulnerabilities: ['CVE-2023-1'] })];
  const owner = deb('python3-x', '1.0-1', { source: { name: 'python-x' } });
  const library = packageOf({ type: 'pypi', name: 'x', version: '1.0', ownedBy: [owner.purl] });
  assert.deepEqual(lines(match([owner, library], advisories, DEBIAN).matches), [
    'CVE-2023-1 x fix-available 2 (distribution-verdict)',
  ]);
});

test('gpg-pubkey is no package', () => {
  const { matches, problems } = match(
    [rpm('gpg-pubkey', 'fd431d51-4ae0493b')],
    [cve('CVE-1', [open('rhel/9', 'gpg-pubkey')])],
    RHEL,
  );
  assert.deepEqual([matches, problems], [[], []]);
});

// 2.2 Families

test('Alpine: the origin is named, the release is major.minor', () => {
  const advisories = [cve('CVE-2023-1', [source('alpine/3.19', 'busybox', '1.36.1-r16')])];
  const { matches } = match([apk('ssl_client', '1.36.1-r15', { source: { name: 'busybox' } })], advisories, ALPINE);
  assert.deepEqual(lines(matches), ['CVE-2023-1 ssl_client fix-available 1.36.1-r16']);
});

test('Alpine: edge by its repositories, not by the release file', () => {
  const os = { ...ALPINE, repositories: ['https://dl-cdn.alpinelinux.org/alpine/edge/main'] };
  const advisories = [
    cve('CVE-2023-1', [source('alpine/edge', 'musl', '1.2.6-r0')]),
    cve('CVE-2023-2', [source('alpine/3.19', 'musl', '9')]),
  ];
  assert.deepEqual(lines(match([apk('musl', '1.2.5-r0')], advisories, os).matches), ['CVE-2023-1 musl fix-available 1.2.6-r0']);
});

test('Amazon Linux is compared by rpm rules: "^" and letters are versions', () => {
  const advisories = [cve('ALAS2-1', [fixed('amazon/2', 'tool', '1.0^git2-1')])];
  const { matches } = match([rpm('tool', '1.0^git1-1')], advisories, AMAZON2);
  assert.deepEqual(lines(matches), ['ALAS2-1 tool fix-available 1.0^git2-1']);
});

// 2.3 Amazon Linux

test('Amazon Linux 2: several advisories for one CVE in core and extras stay apart by the kernel’s line', () => {
  const advisories = [
    cve('ALAS2-2023-1', [fixed('amazon/2', 'kernel', '4.14.300-1.amzn2')], { vulnerabilities: ['CVE-2023-1'] }),
    cve('ALASKERNEL-5.10-2023-1', [fixed('amazon/2/extras/kernel-5.10', 'kernel', '5.10.180-1.amzn2')], {
      vulnerabilities: ['CVE-2023-1'],
    }),
  ];
  const at = (version: string) => lines(match([rpm('kernel', version)], advisories, AMAZON2).matches);
  assert.deepEqual(at('4.14.311-1.amzn2'), []);
  assert.deepEqual(at('4.14.200-1.amzn2'), ['CVE-2023-1 kernel fix-available 4.14.300-1.amzn2']);
  assert.deepEqual(at('5.10.100-1.amzn2'), ['CVE-2023-1 kernel fix-available 5.10.180-1.amzn2']);
});

test('Amazon Linux 2: the repository chooses the topic', () => {
  const advisories = [
    cve('ALASDOCKER-1', [fixed('amazon/2/extras/docker', 'containerd', '1.6')]),
    cve('ALAS2-1', [fixed('amazon/2', 'containerd', '9')]),
  ];
  const packages = [rpm('containerd', '1.4-1', { repository: 'amzn2extra-docker' })];
  assert.deepEqual(lines(match(packages, advisories, AMAZON2).matches), ['ALASDOCKER-1 containerd fix-available 1.6']);
});

// 2.4 Debian statuses

test('Debian: no fix yet is reported; will-not-fix and deferred by their names', () => {
  const advisories = [
    cve('CVE-2023-1', [open('debian/12', 'a', { names: 'source' })]),
    cve('CVE-2023-2', [open('debian/12', 'a', { names: 'source', status: 'will-not-fix' })]),
    cve('CVE-2023-3', [open('debian/12', 'a', { names: 'source', status: 'fix-deferred' })]),
    cve('CVE-2023-4', [open('debian/12', 'a', { names: 'source', status: 'end-of-life' })]),
  ];
  assert.deepEqual(lines(match([deb('a', '1')], advisories, DEBIAN).matches), [
    'CVE-2023-1 a no-fix',
    'CVE-2023-2 a will-not-fix',
    'CVE-2023-3 a fix-deferred',
    'CVE-2023-4 a end-of-life',
  ]);
});

test('Debian: once a fix is known, "postponed" is out of date; when several advisories fix a CVE the highest counts', () => {
  const advisories = [
    cve('CVE-2023-1', [open('debian/12', 'a', { names: 'source', status: 'fix-deferred' })], { source: 'osv-debian' }),
    cve('DSA-1', [source('debian/12', 'a', '1.0-2')], { source: 'osv-debian', vulnerabilities: ['CVE-2023-1'] }),
    cve('DSA-2', [source('debian/12', 'a', '1.0-4')], { source: 'osv-debian', vulnerabilities: ['CVE-2023-1'] }),
  ];
  assert.deepEqual(lines(match([deb('a', '1.0-4')], advisories, DEBIAN).matches), []);
  assert.deepEqual(lines(match([deb('a', '1.0-3')], advisories, DEBIAN).matches), ['CVE-2023-1 a fix-available 1.0-4']);
  assert.deepEqual(lines(match([deb('a', '1.0-1')], advisories, DEBIAN).matches), ['CVE-2023-1 a fix-available 1.0-4']);
});

test('Debian: an advisory without a CVE keeps its own id', () => {
  const advisories = [cve('DSA-5-1', [source('debian/12', 'a', '2')])];
  assert.deepEqual(lines(match([deb('a', '1')], advisories, DEBIAN).matches), ['DSA-5-1 a fix-available 2']);
});

// 2.5 RPM streams, modularity, epochs, minors, ESM

test('epochs: a binary without one has epoch 0', () => {
  const advisories = [cve('CVE-2023-1', [fixed('rhel/9', 'openssl', '1:3.0.7-6.el9_2')])];
  assert.equal(match([rpm('openssl', '3.0.8-1.el9')], advisories, RHEL).matches.length, 1);
  assert.equal(match([rpm('openssl', '1:3.0.8-1.el9')], advisories, RHEL).matches.length, 0);
});

test('epochs: a source version has none, and its sibling’s is not borrowed', () => {
  const row = { ...source('rhel/9', 'perl', '4:5.32.1-480.el9') };
  const errno = rpm('perl-Errno', '0:1.30-480.el9', { source: { name: 'perl', version: '5.32.1-480.el9' } });
  assert.deepEqual(lines(match([errno], [cve('CVE-2023-1', [row])], RHEL).matches), []);
  const older = rpm('perl-Errno', '0:1.30-470.el9', { source: { name: 'perl', version: '5.32.1-470.el9' } });
  assert.equal(match([older], [cve('CVE-2023-1', [row])], RHEL).matches.length, 1);
});

test('a record about a source does not match a binary of the same name, and the other way round', () => {
  const advisories = [
    cve('CVE-2023-1', [open('rhel/9', 'kernel-tools', { names: 'source' })]),
    cve('CVE-2023-2', [fixed('rhel/9', 'tar', '9')]),
  ];
  const packages = [
    rpm('kernel-tools', '1-1', { source: { name: 'other' } }),
    rpm('tar-doc', '1-1', { source: { name: 'tar' } }),
  ];
  assert.deepEqual(lines(match(packages, advisories, RHEL).matches), []);
});

const NODE18 = { modularity: 'nodejs:18:8090020231201:a75119d5' };

test('modularity: an advisory of a module stream is about that stream only', () => {
  const row = fixed('almalinux/8', 'nodejs', '1:18.19.0-1.module_el8', { module: 'nodejs:18' });
  const at = (version: string, over: Partial<Package>) =>
    lines(match([rpm('nodejs', version, over)], [cve('ALSA-1', [row])], ALMA).matches);
  assert.deepEqual(at('1:18.1.0-1.module_el8', NODE18), ['ALSA-1 nodejs fix-available 1:18.19.0-1.module_el8']);
  assert.deepEqual(at('1:16.1.0-1.module_el8', { modularity: 'nodejs:16:1:2' }), []);
  assert.deepEqual(at('1:10.1.0-1.el8', {}), [], 'a package outside of modules');
});

test('modularity: an advisory outside of modules is not about a modular build', () => {
  const advisories = [cve('ALSA-1', [fixed('almalinux/8', 'nodejs', '1:99-1.el8')])];
  assert.deepEqual(lines(match([rpm('nodejs', '1:18.1.0-1.module_el8', NODE18)], advisories, ALMA).matches), []);
});

test('modularity: a modular build without a label is unknown, not guessed and not dropped', () => {
  const row = fixed('almalinux/8', 'nodejs', '1:18.19.0-1.module_el8', { module: 'nodejs:18' });
  const { matches, problems } = match([rpm('nodejs', '1:18.1.0-1.module_el8.9.0+1+a')], [cve('ALSA-1', [row])], ALMA);
  assert.deepEqual(lines(matches), ['ALSA-1 nodejs not-comparable']);
  assert.ok(problems.some(({ code, effect }) => code === 'version-not-comparable' && effect === 'incomplete'));
});

test('EUS: the base says what is affected, the channel’s fix for the host’s minor release counts', () => {
  const advisories = [
    cve('RHSA-1', [fixed('rhel/9', 'a', '1-30.el9_4')], { vulnerabilities: ['CVE-2023-1'] }),
    cve('RHSA-2', [fixed('rhel/9/eus-9.2', 'a', '1-20.el9_2.3')], { vulnerabilities: ['CVE-2023-1'] }),
    cve('RHSA-3', [fixed('rhel/9/eus-9.4', 'a', '1-1')], { vulnerabilities: ['CVE-2023-1'] }),
  ];
  assert.deepEqual(lines(match([rpm('a', '1-20.el9_2.3')], advisories, RHEL).matches), [], 'fixed by the EUS build');
  assert.equal(match([rpm('a', '1-20.el9_2.2')], advisories, RHEL).matches.length, 1);
});

test('architectures: a listed architecture is needed, noarch always counts', () => {
  const row = fixed('rocky/8', 'a', '2', { architectures: ['aarch64'] });
  const rocky = systemOf('rocky', '8.9');
  assert.equal(match([rpm('a', '1')], [cve('RLSA-1', [row])], rocky).matches.length, 0);
  assert.equal(match([rpm('a', '1', { architecture: 'aarch64' })], [cve('RLSA-1', [row])], rocky).matches.length, 1);
  assert.equal(match([rpm('a', '1', { architecture: 'noarch' })], [cve('RLSA-1', [row])], rocky).matches.length, 1);
});

test('Ubuntu Pro: a fix that only Pro has is unfixed without it, named as such, and safe once installed', () => {
  const advisories = [
    cve('CVE-2023-1', [open('ubuntu/22.04', 'a', { names: 'source' })]),
    cve('USN-1', [source('ubuntu/22.04/esm-apps', 'a', '1.0-1ubuntu0.1~esm1')], { vulnerabilities: ['CVE-2023-1'] }),
  ];
  const without = match([deb('a', '1.0-1')], advisories, { ...UBUNTU, proServices: [] }).matches;
  assert.deepEqual(lines(without), ['CVE-2023-1 a no-fix']);
  assert.match(without[0]?.evidence[0]?.fixChannel ?? '', /Ubuntu Pro/);
  const withPro = match([deb('a', '1.0-1')], advisories, { ...UBUNTU, proServices: ['esm-apps'] }).matches;
  assert.deepEqual(lines(withPro), ['CVE-2023-1 a fix-available 1.0-1ubuntu0.1~esm1']);
  assert.deepEqual(lines(match([deb('a', '1.0-1ubuntu0.1~esm1')], advisories, UBUNTU).matches), []);
});

// Kernels

const KERNELS = [
  deb('linux-image-6.1.0-18-amd64', '6.1.76-1', { source: { name: 'linux-signed-amd64', version: '6.1.76+1' } }),
  deb('linux-image-6.1.0-13-amd64', '6.1.55-1', { source: { name: 'linux' } }),
  deb('linux-libc-dev', '6.1.76-1', { source: { name: 'linux' } }),
  deb('linux-headers-6.1.0-18-amd64', '6.1.76-1', { source: { name: 'linux' } }),
];
const KERNEL = [cve('CVE-2024-1', [source('debian/12', 'linux', '6.1.90-1')])];

test('kernels in images are set aside and counted', () => {
  const { matches, setAside } = match(KERNELS, KERNEL, DEBIAN, 'image');
  assert.ok(matches.length > 0 && matches.every(({ suppressed }) => suppressed !== undefined));
  assert.ok(setAside > 0);
});

test('kernels on hosts: the running one counts, headers hold no code', () => {
  const { matches, setAside } = match(KERNELS, KERNEL, { ...DEBIAN, kernelRelease: '6.1.0-13-amd64' });
  assert.deepEqual(
    matches.filter(({ suppressed }) => suppressed === undefined).map(({ package: pkg }) => pkg.name),
    ['linux-image-6.1.0-13-amd64'],
  );
  assert.equal(setAside, 0);
  const reasons = new Set(matches.flatMap(({ suppressed }) => suppressed?.by ?? []));
  assert.ok(reasons.has('kernel-without-code'));
});

test('kernels on hosts: when the running one is not known, all count', () => {
  const names = match(KERNELS, KERNEL, DEBIAN).matches.flatMap(({ package: pkg, suppressed }) =>
    suppressed === undefined ? pkg.name : [],
  );
  assert.ok(names.includes('linux-image-6.1.0-13-amd64'));
});

// 2.6 Duplicates between system and language packages

test('duplicates: the distribution’s fix hides the language package inside it, silence does not', () => {
  const owner = deb('python3-x', '1.0-1+deb12u1', { source: { name: 'python-x' } });
  const library = packageOf({ type: 'pypi', name: 'x', version: '1.0', ownedBy: [owner.purl] });
  const ghsa = cve('GHSA-1', [fixed('PyPI', 'x', '2')], { vulnerabilities: ['CVE-2023-1'] });
  const silent = cve('GHSA-2', [fixed('PyPI', 'x', '2')], { vulnerabilities: ['CVE-2023-2'] });
  const debian = cve('CVE-2023-1', [source('debian/12', 'python-x', '1.0-1+deb12u1')], { source: 'osv-debian' });
  assert.deepEqual(lines(match([owner, library], [ghsa, silent, debian], DEBIAN).matches), [
    'CVE-2023-1 x fix-available 2 (distribution-verdict)',
    'CVE-2023-2 x fix-available 2',
  ]);
});

// 2.7 Languages

test('names: PEP 503, dots included; NuGet and Composer without case; crates with either dash', () => {
  const advisories = [
    cve('GHSA-1', [fixed('PyPI', 'zope-interface', '9')]),
    cve('GHSA-2', [fixed('NuGet', 'newtonsoft.json', '13.0.1')]),
    cve('GHSA-3', [fixed('Packagist', 'acme/http', '2')]),
    cve('GHSA-4', [fixed('crates.io', 'tokio-util', '2')]),
  ];
  const packages = [
    packageOf({ type: 'pypi', name: 'zope.interface', version: '5.0' }),
    packageOf({ type: 'nuget', name: 'Newtonsoft.Json', version: '12.0.0' }),
    packageOf({ type: 'composer', name: 'Acme/Http', version: '1.0.0' }),
    packageOf({ type: 'cargo', name: 'tokio_util', version: '1.0.0' }),
  ];
  assert.equal(match(packages, advisories).matches.length, 4);
});

test('npm: a pre-release below the fix is affected', () => {
  const at = (version: string) =>
    match([packageOf({ type: 'npm', name: 'a', version })], [cve('GHSA-1', [fixed('npm', 'a', '2.0.0')])]).matches.length;
  assert.deepEqual([at('2.0.0-rc.1'), at('2.0.0'), at('1.9.9+build')], [1, 0, 1]);
});

test('npm: malware by its listed versions', () => {
  const row = affectedOf({ name: 'evil', ranges: [], versions: ['1.0.1'] });
  const advisories = [cve('MAL-2024-1', [row], { kind: 'malware' })];
  const of = (version: string) => match([packageOf({ type: 'npm', name: 'evil', version })], advisories).matches;
  assert.deepEqual([of('1.0.1').map(({ kind }) => kind), of('1.0.0')], [['malware'], []]);
});

test('Go: pseudo versions, +incompatible, working trees, and how the standard library writes its version', () => {
  const advisories = [
    cve('GO-1', [fixed('Go', 'golang.org/x/net', '0.0.0-20220906165146-f3363e06e74c')]),
    cve('GO-2', [fixed('Go', 'stdlib', '1.22.0-rc.2')]),
    cve('GO-3', [fixed('Go', 'github.com/docker/docker', '20.10.12')]),
  ];
  const count = (name: string, version: string) =>
    match([packageOf({ type: 'golang', name, version })], advisories).matches.length;
  assert.equal(count('golang.org/x/net', 'v0.0.0-20220722155237-a158d28d115b'), 1);
  assert.equal(count('golang.org/x/net', 'v0.1.0'), 0);
  assert.equal(count('github.com/docker/docker', 'v20.10.11+incompatible'), 1);
  assert.equal(count('stdlib', '1.21.5'), 1);
  assert.equal(count('stdlib', '1.22.1'), 0);
  const { matches, problems } = match(
    [packageOf({ type: 'golang', name: 'github.com/docker/docker', version: '(devel)' })],
    advisories,
  );
  assert.equal(matches.length, 0);
  assert.ok(
    problems.some(({ code }) => code === 'match-no-version'),
    'skipped, and told',
  );
});

test('gems: the platform is no part of the version', () => {
  const advisories = [cve('GHSA-1', [fixed('RubyGems', 'nokogiri', '1.13.6')])];
  assert.equal(
    match([packageOf({ type: 'gem', name: 'nokogiri', version: '1.13.6-x86_64-linux' })], advisories).matches.length,
    0,
  );
});

test('Maven: qualifiers, and flavours that are not older releases', () => {
  const advisories = [cve('GHSA-1', [fixed('Maven', 'com.google.guava:guava', '32.0.0-android')])];
  const at = (version: string) =>
    match([packageOf({ type: 'maven', name: 'com.google.guava:guava', version })], advisories).matches.length;
  assert.deepEqual([at('31.1-jre'), at('32.0.1-jre')], [1, 0]);
});

test('aliases: one vulnerability by its CVE, every advisory kept as evidence', () => {
  const advisories = [
    cve('GHSA-1', [fixed('PyPI', 'a', '2')], { vulnerabilities: ['CVE-2023-1'], source: 'ghsa' }),
    cve('PYSEC-1', [fixed('PyPI', 'a', '2.1')], { vulnerabilities: ['CVE-2023-1'], aliases: ['GHSA-1'], source: 'pysec' }),
  ];
  const { matches } = match([packageOf({ type: 'pypi', name: 'a', version: '1' })], advisories);
  assert.deepEqual(lines(matches), ['CVE-2023-1 a fix-available 2 2.1']);
  assert.deepEqual(
    matches[0]?.evidence.map(({ id }) => id),
    ['GHSA-1', 'PYSEC-1'],
  );
});

test('aliases: advisories without a CVE are joined through each other', () => {
  const advisories = [
    cve('GHSA-1', [fixed('crates.io', 'a', '2.0.0')], { aliases: ['RUSTSEC-1'] }),
    cve('RUSTSEC-1', [fixed('crates.io', 'a', '2.0.0')], { aliases: ['GHSA-1'] }),
  ];
  assert.deepEqual(lines(match([packageOf({ type: 'cargo', name: 'a', version: '1.0.0' })], advisories).matches), [
    'GHSA-1 a fix-available 2.0.0',
  ]);
});

test('aliases: an advisory with two CVEs gives two findings', () => {
  const advisories = [cve('GHSA-1', [fixed('npm', 'a', '2.0.0')], { vulnerabilities: ['CVE-2023-1', 'CVE-2023-2'] })];
  assert.deepEqual(lines(match([packageOf({ type: 'npm', name: 'a', version: '1.0.0' })], advisories).matches), [
    'CVE-2023-1 a fix-available 2.0.0',
    'CVE-2023-2 a fix-available 2.0.0',
  ]);
});

test('rejected ids are never a finding', () => {
  const facts = [{ id: 'CVE-2023-1', rejected: true }];
  const advisories = [cve('CVE-2023-1', [fixed('npm', 'a', '2.0.0')])];
  assert.deepEqual(
    match([packageOf({ type: 'npm', name: 'a', version: '1.0.0' })], advisories, undefined, 'project', facts).matches,
    [],
  );
});

test('versions that cannot be compared are told, on either side', () => {
  const advisories = [cve('GHSA-1', [fixed('PyPI', 'a', '2')])];
  const mine = match([packageOf({ type: 'pypi', name: 'a', version: 'not a version' })], advisories);
  assert.deepEqual(lines(mine.matches), ['GHSA-1 a not-comparable']);
  assert.ok(mine.problems.some(({ effect }) => effect === 'incomplete'));
  const theirs = match([packageOf({ type: 'pypi', name: 'a', version: '1' })], [cve('GHSA-2', [fixed('PyPI', 'a', 'latest?')])]);
  assert.deepEqual(lines(theirs.matches), ['GHSA-2 a not-comparable']);
});

test('versions that the source names as safe inside of a range are safe', () => {
  const row = { ...fixed('npm', 'a', '2.0.0'), unaffectedVersions: ['1.5.0'] };
  const at = (version: string) => match([packageOf({ type: 'npm', name: 'a', version })], [cve('GHSA-1', [row])]).matches.length;
  assert.deepEqual([at('1.5.0'), at('1.5.1')], [0, 1]);
});

test('a package without a version is told, once for all of them', () => {
  const packages = ['a', 'b'].map((name) => packageOf({ type: 'npm', name, version: '' }));
  const { problems } = match(packages, []);
  assert.deepEqual(
    problems.map(({ code, message }) => [code, message.startsWith('2 packages (a, b)')]),
    [['match-no-version', true]],
  );
});

// End of life

test('a system out of support is a finding of its own', () => {
  const inventory = inventoryOf([], systemOf('debian', '10'));
  const [found] = matchInventory(inventory, memoryDatabase([]), { today: '2026-01-01' }).matches;
  assert.equal(found?.kind, 'end-of-life');
  assert.match(found?.id ?? '', /^EOL-debian-10/);
  assert.equal(matchInventory(inventory, memoryDatabase([]), { today: '2023-01-01' }).matches.length, 0);
});

test('a distribution that nobody speaks of makes the result incomplete', () => {
  const { problems } = match([rpm('bash', '5-1')], [], systemOf('somelinux', '1'));
  assert.ok(problems.some(({ code, effect }) => code === 'match-unknown-distribution' && effect === 'incomplete'));
});

test('the same inventory in another order gives the same answer', () => {
  const advisories = [cve('CVE-1', [fixed('npm', 'a', '2.0.0'), fixed('npm', 'b', '2.0.0')])];
  const packages = ['a', 'b'].map((name) => packageOf({ type: 'npm', name, version: '1.0.0' }));
  const one = matchInventory({ ...inventoryOf(packages), packages }, memoryDatabase(advisories), { today: TODAY });
  const other = matchInventory({ ...inventoryOf(packages), packages: packages.toReversed() }, memoryDatabase(advisories), {
    today: TODAY,
  });
  assert.deepEqual(one, other);
});
