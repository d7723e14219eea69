import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needShared } from '../../../tests/support/shared.ts';
import { feeds } from '../feeds/registry.ts';
import { comparedVersion, normalizeName, osvStream, queriesFor, releaseOf, STREAM_FAMILIES, schemeOf } from './index.ts';
import { REFUSED } from './osv.ts';

const ECOSYSTEMS: readonly (readonly [ecosystem: string, stream: string | undefined, names?: 'source' | 'binary'])[] = [
  ['npm', 'npm', 'binary'],
  ['PyPI', 'PyPI', 'binary'],
  ['Go', 'Go', 'binary'],
  ['crates.io', 'crates.io', 'binary'],
  ['Maven', 'Maven', 'binary'],
  ['NuGet', 'NuGet', 'binary'],
  ['Packagist', 'Packagist', 'binary'],
  ['RubyGems', 'RubyGems', 'binary'],
  ['Hex', 'Hex', 'binary'],
  ['Pub', 'Pub', 'binary'],
  ['SwiftURL', 'SwiftURL', 'binary'],
  ['Hackage', 'Hackage', 'binary'],
  ['GitHub Actions', 'GitHub Actions', 'binary'],
  ['ConanCenter', 'ConanCenter', 'binary'],
  ['CRAN', 'CRAN', 'binary'],
  ['Bitnami', 'bitnami', 'binary'],
  ['Debian:12', 'debian/12', 'source'],
  ['Debian:sid', 'debian/sid', 'source'],
  ['Debian', undefined],
  ['Ubuntu:22.04:LTS', 'ubuntu/22.04', 'source'],
  ['Ubuntu:24.10', 'ubuntu/24.10', 'source'],
  ['Ubuntu:Pro:18.04:LTS', 'ubuntu/18.04/esm-infra', 'source'],
  ['Ubuntu:Pro:FIPS-updates:20.04:LTS', 'ubuntu/20.04/fips-updates', 'source'],
  ['Ubuntu:Pro:Realtime:22.04:LTS', 'ubuntu/22.04/realtime-kernel', 'source'],
  ['Alpine:v3.19', 'alpine/3.19', 'source'],
  ['Alpine:edge', 'alpine/edge', 'source'],
  ['Alpine', undefined],
  ['AlmaLinux:9', 'almalinux/9', 'binary'],
  ['Rocky Linux:8', 'rocky/8', 'binary'],
  ['Red Hat:enterprise_linux:9::baseos', 'rhel/9', 'binary'],
  ['Red Hat:enterprise_linux:10.0', 'rhel/10', 'binary'],
  ['Red Hat:enterprise_linux:7::hypervisor', 'rhel/7/hypervisor', 'binary'],
  ['Red Hat:rhel_eus:9.2::appstream', 'rhel/9/eus-9.2', 'binary'],
  ['Red Hat:rhel_e4s:8.6::baseos', 'rhel/8/e4s-8.6', 'binary'],
  ['Red Hat:rhel_els:7', 'rhel/7/els', 'binary'],
  ['Red Hat:rhel_software_collections:3::el7', 'rhel/7', 'binary'],
  ['Red Hat:openshift:4.12::el8', undefined],
  ['SUSE:Linux Enterprise Server 15 SP5', 'suse/15.5', 'source'],
  ['SUSE:Linux Enterprise Module for Basesystem 15 SP6', 'suse/15.6', 'source'],
  ['SUSE:Linux Enterprise Module for Web and Scripting 15 SP6', 'suse/15.6', 'source'],
  ['SUSE:Linux Enterprise Module for Public Cloud 12', 'suse/12', 'source'],
  ['SUSE:Linux Enterprise Server 15 SP3-LTSS', 'suse/15.3/ltss', 'source'],
  ['SUSE:Linux Enterprise Server 12 SP2-BCL', 'suse/12.2/special', 'source'],
  ['SUSE:Linux Enterprise Server for SAP Applications 15 SP4', 'suse/15.4/sap', 'source'],
  ['SUSE:Linux Enterprise High Performance Computing 15 SP4-ESPOS', 'suse/15.4/hpc', 'source'],
  ['SUSE:Linux Enterprise Micro 5.5', 'suse/micro-5.5', 'source'],
  ['SUSE:Manager Server 4.3', undefined],
  ['openSUSE:Leap 15.6', 'opensuse/leap-15.6', 'source'],
  ['openSUSE:Tumbleweed', 'opensuse/tumbleweed', 'source'],
  ['Mageia:9', 'mageia/9', 'source'],
  ['openEuler:22.03-LTS-SP3', 'openeuler/22.03-LTS-SP3', 'source'],
  ['Azure Linux:3', 'azurelinux/3', 'source'],
  ['Azure Linux:2', 'azurelinux/2', 'source'],
  ['Azure Linux', undefined],
  ['openEuler:24.03-LTS', 'openeuler/24.03-LTS', 'source'],
  ['openEuler:22.03', 'openeuler/22.03', 'source'],
  ['openEuler:LTS', undefined],
  ['Wolfi', 'wolfi', 'binary'],
  ['Chainguard', 'chainguard', 'binary'],
  ['MinimOS', 'minimos', 'binary'],
  ['Android', undefined],
  ['GIT', undefined],
  ['', undefined],
  ['constructor', undefined],
  ['__proto__:1', undefined],
];

for (const [ecosystem, stream, names] of ECOSYSTEMS) {
  test(`OSV ecosystem "${ecosystem}" is ${stream ?? 'no stream'}`, () => {
    assert.deepEqual(osvStream(ecosystem), stream === undefined ? undefined : { stream, names });
    if (stream !== undefined) assert.notEqual(schemeOf(stream), undefined);
  });
}

/** https://ossf.github.io/osv-schema/#affectedpackage-field */
const IN_THE_SCHEMA = [
  'AlmaLinux:9', 'Alpaquita', 'Alpine:v3.20', 'Android', 'Azure Linux:3', 'BellSoft Hardened Containers', 'Bioconductor', 'Bitnami',
  'Chainguard', 'CleanStart', 'ConanCenter', 'CRAN', 'crates.io', 'Debian:12', 'Docker Hardened Images', 'Echo', 'GHC',
  'GitHub Actions', 'Go', 'Hackage', 'Hex', 'Julia', 'Kubernetes', 'Linux', 'Mageia:9', 'Maven', 'MinimOS', 'npm', 'NuGet', 'opam',
  'openEuler:24.03-LTS', 'openSUSE:Leap 15.6', 'OSS-Fuzz', 'Packagist', 'Photon OS', 'Pub', 'PyPI', 'Red Hat:enterprise_linux:9',
  'Rocky Linux:9', 'Root', 'RubyGems', 'SUSE:Linux Enterprise Server 15 SP6', 'SwiftURL', 'Ubuntu:24.04:LTS', 'VSCode', 'Wolfi',
]; // biome-ignore format: a list of names

test('every ecosystem of the OSV schema is a stream or refused with a reason', () => {
  for (const ecosystem of IN_THE_SCHEMA) {
    const refused = Object.hasOwn(REFUSED, ecosystem);
    assert.equal(osvStream(ecosystem) === undefined, refused, ecosystem);
  }
});

test('every ecosystem of a mirror of OSV is known', (context) => {
  const mirror = needShared(context, 'osv');
  if (mirror === undefined) return;
  const names = readFileSync(join(mirror, 'ecosystems.txt'), 'utf8')
    .split('\n')
    .filter((name) => name !== '');
  const known = new Set(ECOSYSTEMS.flatMap(([ecosystem, stream]) => (stream === undefined ? [] : [ecosystem.split(':')[0]])));
  for (const name of names) assert.ok(known.has(name), name);
});

const SCHEMES: readonly (readonly [stream: string, scheme: string | undefined])[] = [
  ['debian/12', 'deb'],
  ['ubuntu/22.04/esm-infra', 'deb'],
  ['alpine/edge', 'apk'],
  ['wolfi', 'apk'],
  ['amazon/2/extras/docker', 'rpm'],
  ['rhel/9/eus-9.2', 'rpm'],
  ['suse/15.6', 'rpm'],
  ['opensuse/leap-15.6', 'rpm'],
  ['npm', 'npm'],
  ['crates.io', 'semver'],
  ['bitnami', 'bitnami'],
  ['generic/nginx', 'generic'],
  ['generic/openjdk', 'jvm'],
  ['generic', undefined],
  ['nothing/1', undefined],
  ['npm/1', undefined],
];
for (const [stream, scheme] of SCHEMES)
  test(`the scheme of ${stream} is ${scheme ?? 'unknown'}`, () => assert.equal(schemeOf(stream), scheme));

const NAMES: readonly (readonly [stream: string, name: string, normal: string])[] = [
  ['PyPI', 'Zope.Interface', 'zope-interface'],
  ['PyPI', 'a-_.b', 'a-b'],
  ['npm', 'JSONStream', 'JSONStream'],
  ['NuGet', 'Newtonsoft.Json', 'newtonsoft.json'],
  ['Packagist', 'Symfony/HTTP-Kernel', 'symfony/http-kernel'],
  ['Pub', 'HTTP', 'http'],
  ['crates.io', 'serde_json', 'serde-json'],
  ['SwiftURL', 'https://github.com/Apple/swift-nio.git', 'github.com/apple/swift-nio'],
  ['SwiftURL', 'github.com/apple/swift-nio', 'github.com/apple/swift-nio'],
  ['GitHub Actions', 'https://github.com/Actions/Checkout', 'actions/checkout'],
  ['GitHub Actions', 'tj-actions/changed-files', 'tj-actions/changed-files'],
  ['Go', 'github.com/Masterminds/semver/v3', 'github.com/Masterminds/semver/v3'],
  ['Maven', 'Org.Example:Thing', 'Org.Example:Thing'],
  ['RubyGems', 'RedCloth', 'RedCloth'],
  ['generic/node', 'nodejs', 'node'],
  ['debian/12', 'libX11', 'libX11'],
];
for (const [stream, name, normal] of NAMES) {
  test(`${name} is ${normal} in ${stream}`, () => {
    assert.equal(normalizeName(stream, name), normal);
    assert.equal(normalizeName(stream, normal), normal);
  });
}

const COMPARED: readonly (readonly [stream: string, version: string, compared: string])[] = [
  ['azurelinux/3', '1.3.1-1.azl3', '1.3.1-1'],
  ['azurelinux/2', '1.2.13-2.cm2', '1.2.13-2'],
  ['azurelinux/2', '1.2.13-2', '1.2.13-2'],
  ['azurelinux/3', '1.0.azl3-1', '1.0.azl3-1'],
  ['mageia/9', '1.2.6-2.2.mga9', '1.2.6-2.2.mga9'],
  ['wolfi', '3.0.7-r0', '3.0.7-r0'],
  ['npm', '1.0.0-1.azl3', '1.0.0-1.azl3'],
];
for (const [stream, version, compared] of COMPARED) {
  test(`${version} is compared as ${compared} in ${stream}`, () => assert.equal(comparedVersion(stream, version), compared));
}

test('families: one record each, with feeds that exist and speak of them', () => {
  const ids = STREAM_FAMILIES.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const byId = new Map(feeds.map((feed) => [feed.id, feed]));
  for (const { id, feeds: named } of STREAM_FAMILIES) {
    for (const feed of named) {
      const fed =
        byId
          .get(feed)
          ?.files([])
          .flatMap(({ streams }) => streams.map((stream) => stream.split('/', 1)[0])) ?? [];
      assert.ok(fed.includes(id), `${feed} does not speak of ${id}`);
    }
  }
});

test('families: a stream that a feed speaks of belongs to one that names the feed', () => {
  const named = new Map(STREAM_FAMILIES.map((family) => [family.id, family.feeds]));
  for (const feed of feeds) {
    for (const stream of feed.files([]).flatMap(({ streams }) => streams)) {
      const family = stream.split('/', 1)[0] ?? '';
      assert.ok(named.get(family)?.includes(feed.id), `${feed.id} speaks of ${stream}`);
    }
  }
});

test('a hostile system or package never throws', () => {
  for (const word of ['', 'constructor', '__proto__', '\0', 'x'.repeat(100_000), '..', '9.', '-'.repeat(50_000)]) {
    const os = { id: word, versionId: word, prettyName: word, codename: word, cpe: word, repositories: [word], variantId: word };
    for (const id of [word, 'debian', 'alpine', 'amzn', 'rhel', 'sles', 'ubuntu', 'opensuse-leap', 'openeuler']) {
      releaseOf({ ...os, id });
      for (const type of ['deb', 'rpm', 'apk', 'golang', 'gem', 'generic', 'swift'] as const) {
        const facts = {
          purl: 'pkg:x/y',
          type,
          name: word,
          version: word,
          evidence: 'installed',
          locations: [],
          foundBy: 'x',
        } as const;
        queriesFor({ ...facts, vendor: word, repository: word, source: { name: word, version: word } }, { ...os, id });
      }
    }
  }
});
