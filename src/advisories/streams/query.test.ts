/** Which stream, name and version are asked for: one row for each fact of a distribution or ecosystem that is easy to get wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatingSystem, Package, PackageType } from '../../model/package.ts';
import { queriesFor, type StreamQuery } from './index.ts';

type Facts = Partial<Omit<Package, 'type' | 'name' | 'version'>>;

function pkg(type: PackageType, name: string, version: string, facts: Facts = {}): Package {
  return {
    purl: `pkg:${type}/${name}@${version}`,
    type,
    name,
    version,
    evidence: 'installed',
    locations: [],
    foundBy: 'test',
    ...facts,
  };
}

function os(id: string, versionId: string, facts: Partial<OperatingSystem> = {}): OperatingSystem {
  return { id, versionId, prettyName: `${id} ${versionId}`, ...facts };
}

/** `stream name version`, with `(source)` for source names and the channel's state. */
function told({ stream, name, version, by, role, enabled, epochUnknown }: StreamQuery): string {
  const state = role === 'base' ? '' : ` channel ${enabled ?? 'unknown'}`;
  return `${stream} ${name} ${version}${by === 'source' ? ' (source)' : ''}${epochUnknown ? ' no epoch' : ''}${state}`;
}

function answers(one: Package, system?: OperatingSystem): readonly string[] {
  const answer = queriesFor(one, system);
  return answer.kind === 'queries'
    ? answer.queries.map(told)
    : [`${answer.reason}${answer.silent ? ', silent' : ''}: ${answer.detail}`];
}

const DEBIAN = os('debian', '12');
const AMAZON = os('amzn', '2');
const RHEL = os('rhel', '9.2');
const RED_HAT = { vendor: 'Red Hat, Inc.' };

type Row = readonly [what: string, pkg: Package, os: OperatingSystem | undefined, expected: readonly string[]];

const SYSTEMS: readonly Row[] = [
  [
    'Debian: by source name and source version',
    pkg('deb', 'libssl3', '3.0.11-1~deb12u2+b1', { source: { name: 'openssl', version: '3.0.11-1~deb12u2' } }),
    os('debian', '12.5'),
    ['debian/12 openssl 3.0.11-1~deb12u2 (source)'],
  ],
  ['Debian: no source named is the package itself', pkg('deb', 'bash', '5.2.15-2'), DEBIAN, ['debian/12 bash 5.2.15-2 (source)']],
  ['Debian sid is no release', pkg('deb', 'bash', '5.3-1'), os('debian', 'sid'), ['debian/sid bash 5.3-1 (source)']],
  [
    'Debian testing is the release it becomes, and sid',
    pkg('deb', 'bash', '5.3-1'),
    os('debian', 'sid', { codename: 'forky' }),
    ['debian/14 bash 5.3-1 (source)', 'debian/sid bash 5.3-1 (source)'],
  ],
  [
    'Debian: the signed kernel is judged as the kernel',
    pkg('deb', 'linux-image-6.1.0-18-amd64', '6.1.76-1', { source: { name: 'linux-signed-amd64', version: '6.1.76+1' } }),
    DEBIAN,
    ['debian/12 linux 6.1.76-1 (source)'],
  ],
  [
    'Debian: the signed boot loader is judged as grub2',
    pkg('deb', 'grub-efi-amd64-signed', '1+2.06+13+deb12u1'),
    DEBIAN,
    ['debian/12 grub2 2.06-13+deb12u1 (source)'],
  ],
  [
    'Ubuntu: Pro is two channels, unknown until the machine says',
    pkg('deb', 'libssl3', '3.0.2-0ubuntu1.10', { source: { name: 'openssl' } }),
    os('ubuntu', '22.04'),
    [
      'ubuntu/22.04 openssl 3.0.2-0ubuntu1.10 (source)',
      'ubuntu/22.04/esm-infra openssl 3.0.2-0ubuntu1.10 (source) channel unknown',
      'ubuntu/22.04/esm-apps openssl 3.0.2-0ubuntu1.10 (source) channel unknown',
    ],
  ],
  [
    'Ubuntu: each Pro service is on or off for itself',
    pkg('deb', 'bash', '5.1-6ubuntu1'),
    os('ubuntu', '22.04', { proServices: ['esm-infra'] }),
    [
      'ubuntu/22.04 bash 5.1-6ubuntu1 (source)',
      'ubuntu/22.04/esm-infra bash 5.1-6ubuntu1 (source) channel true',
      'ubuntu/22.04/esm-apps bash 5.1-6ubuntu1 (source) channel false',
    ],
  ],
  [
    'Ubuntu: certified builds are compared with the fixes of theirs',
    pkg('deb', 'openssl', '3.0.2-0ubuntu1.10+Fips1'),
    os('ubuntu', '22.04', { proServices: ['fips-updates'] }),
    [
      'ubuntu/22.04 openssl 3.0.2-0ubuntu1.10+Fips1 (source)',
      'ubuntu/22.04/esm-infra openssl 3.0.2-0ubuntu1.10+Fips1 (source) channel false',
      'ubuntu/22.04/esm-apps openssl 3.0.2-0ubuntu1.10+Fips1 (source) channel false',
      'ubuntu/22.04/fips openssl 3.0.2-0ubuntu1.10+Fips1 (source) channel false',
      'ubuntu/22.04/fips-updates openssl 3.0.2-0ubuntu1.10+Fips1 (source) channel true',
      'ubuntu/22.04/fips-preview openssl 3.0.2-0ubuntu1.10+Fips1 (source) channel false',
    ],
  ],
  [
    'Ubuntu: the signed kernel is judged as the kernel of its flavour',
    pkg('deb', 'linux-image-5.15.0-1055-aws', '5.15.0-1055.60', { source: { name: 'linux-signed-aws' } }),
    os('ubuntu', '22.04', { proServices: [] }),
    [
      'ubuntu/22.04 linux-aws 5.15.0-1055.60 (source)',
      'ubuntu/22.04/esm-infra linux-aws 5.15.0-1055.60 (source) channel false',
      'ubuntu/22.04/esm-apps linux-aws 5.15.0-1055.60 (source) channel false',
    ],
  ],
  [
    'Alpine: by origin, branch of two numbers',
    pkg('apk', 'libcrypto3', '3.1.4-r5', { source: { name: 'openssl' } }),
    os('alpine', '3.19.1'),
    ['alpine/3.19 openssl 3.1.4-r5 (source)'],
  ],
  [
    'Alpine: an alpha is edge',
    pkg('apk', 'musl', '1.2.5-r0'),
    os('alpine', '3.21_alpha20240923'),
    ['alpine/edge musl 1.2.5-r0 (source)'],
  ],
  [
    'Alpine: repositories of edge under an older os-release',
    pkg('apk', 'musl', '1.2.5-r0'),
    os('alpine', '3.18.0', {
      repositories: ['https://dl-cdn.alpinelinux.org/alpine/edge/community', 'https://dl-cdn.alpinelinux.org/alpine/edge/main'],
    }),
    ['alpine/edge musl 1.2.5-r0 (source)'],
  ],
  [
    'Alpine: one repository of edge beside the branch changes nothing',
    pkg('apk', 'musl', '1.2.4-r1'),
    os('alpine', '3.18.0', {
      repositories: [
        'https://dl-cdn.alpinelinux.org/alpine/edge/community',
        'https://dl-cdn.alpinelinux.org/alpine/edge/testing',
        'https://dl-cdn.alpinelinux.org/alpine/v3.18/main',
      ],
    }),
    ['alpine/3.18 musl 1.2.4-r1 (source)'],
  ],
  [
    'Alpine: a virtual package is a list, not software',
    pkg('apk', '.build-deps', '20240101.000000'),
    os('alpine', '3.19.1'),
    ['pseudo-package, silent: it stands for no software'],
  ],
  [
    'Amazon Linux 1 by its year',
    pkg('rpm', 'bash', '4.2.46-34.43.amzn1'),
    os('amzn', '2018.03'),
    ['amazon/1 bash 4.2.46-34.43.amzn1'],
  ],
  [
    'Amazon Linux 2023 by any of its versions',
    pkg('rpm', 'bash', '5.2.15-1.amzn2023.0.2'),
    os('amzn', '2023.3.20240131'),
    ['amazon/2023 bash 5.2.15-1.amzn2023.0.2'],
  ],
  [
    'Amazon Linux 2022 never had advisories',
    pkg('rpm', 'bash', '5.2-1'),
    os('amzn', '2022'),
    ['unsupported-release: there are no advisories for Amazon Linux 2022'],
  ],
  [
    'Amazon Linux 2: core by its repository',
    pkg('rpm', 'vim-minimal', '2:9.0.1882-1.amzn2.0.1', { repository: 'amzn2-core' }),
    AMAZON,
    ['amazon/2 vim-minimal 2:9.0.1882-1.amzn2.0.1'],
  ],
  [
    'Amazon Linux 2: a topic by its repository, known or not',
    pkg('rpm', 'docker', '20.10.25-1.amzn2.0.3', { repository: 'amzn2extra-docker' }),
    AMAZON,
    ['amazon/2/extras/docker docker 20.10.25-1.amzn2.0.3'],
  ],
  [
    'Amazon Linux 2: kernel 5.10 without repository is of its topic alone',
    pkg('rpm', 'kernel', '5.10.230-223.885.amzn2', { source: { name: 'kernel' } }),
    AMAZON,
    ['amazon/2/extras/kernel-5.10 kernel 5.10.230-223.885.amzn2'],
  ],
  [
    'Amazon Linux 2: its sub-packages by the source',
    pkg('rpm', 'perf', '5.15.1-1.amzn2', { source: { name: 'kernel' } }),
    AMAZON,
    ['amazon/2/extras/kernel-5.15 perf 5.15.1-1.amzn2'],
  ],
  [
    'Amazon Linux 2: a kernel line without a known topic is not asked in core',
    pkg('rpm', 'kernel', '6.1.1-1.amzn2'),
    AMAZON,
    ['amazon/2/extras/kernel-6.1 kernel 6.1.1-1.amzn2'],
  ],
  [
    'Amazon Linux 2: php 8.1 without repository is of its topic alone',
    pkg('rpm', 'php-cli', '8.1.29-1.amzn2', { source: { name: 'php' } }),
    AMAZON,
    ['amazon/2/extras/php8.1 php-cli 8.1.29-1.amzn2'],
  ],
  [
    'Amazon Linux 2023: live patches have advisories of their own',
    pkg('rpm', 'kernel-livepatch-6.1.66-91.160', '1.0-0.amzn2023'),
    os('amzn', '2023'),
    [
      'amazon/2023 kernel-livepatch-6.1.66-91.160 1.0-0.amzn2023',
      'amazon/2023/kernel-livepatch kernel-livepatch-6.1.66-91.160 1.0-0.amzn2023',
    ],
  ],
  [
    'CentOS 7: the data of Red Hat, by binary with epoch and by source without',
    pkg('rpm', 'perl-Errno', '0:1.11-299.el7_9', { source: { name: 'perl', version: '5.16.3-299.el7_9' }, vendor: 'CentOS' }),
    os('centos', '7'),
    ['rhel/7 perl-Errno 0:1.11-299.el7_9', 'rhel/7 perl 5.16.3-299.el7_9 (source) no epoch'],
  ],
  [
    'CentOS Stream is ahead of point releases',
    pkg('rpm', 'bash', '5.1.8-9.el9'),
    os('centos', '9', { variantId: 'stream' }),
    [
      'unsupported-release: CentOS Stream runs ahead of the releases that advisories for Red Hat Enterprise Linux speak of, and has none of its own',
    ],
  ],
  [
    'CentOS Stream 8 too, although it has the number of a release',
    pkg('rpm', 'bash', '4.4.20-4.el8'),
    os('centos', '8', { prettyName: 'CentOS Stream 8' }),
    [
      'unsupported-release: CentOS Stream runs ahead of the releases that advisories for Red Hat Enterprise Linux speak of, and has none of its own',
    ],
  ],
  [
    'AlmaLinux: binary names alone',
    pkg('rpm', 'bash', '5.1.8-9.el9', { vendor: 'AlmaLinux' }),
    os('almalinux', '9.4'),
    ['almalinux/9 bash 5.1.8-9.el9'],
  ],
  [
    'Rocky Linux: packages left over from CentOS count',
    pkg('rpm', 'bash', '4.4.20-4.el8', { vendor: 'CentOS' }),
    os('rocky', '8.10'),
    ['rocky/8 bash 4.4.20-4.el8'],
  ],
  [
    'openSUSE Leap: binary and source names',
    pkg('rpm', 'libopenssl3', '3.1.4-150600.5.7.1', {
      source: { name: 'openssl-3' },
      vendor: 'SUSE LLC <https://www.suse.com/>',
    }),
    os('opensuse-leap', '15.6'),
    ['opensuse/leap-15.6 libopenssl3 3.1.4-150600.5.7.1', 'opensuse/leap-15.6 openssl-3 3.1.4-150600.5.7.1 (source) no epoch'],
  ],
  [
    'openSUSE Tumbleweed rolls',
    pkg('rpm', 'bash', '5.3-1'),
    os('opensuse-tumbleweed', '20241101'),
    ['opensuse/tumbleweed bash 5.3-1', 'opensuse/tumbleweed bash 5.3-1 (source) no epoch'],
  ],
  [
    'rpm keys are no packages',
    pkg('rpm', 'gpg-pubkey', 'fd431d51-4ae0493b', { vendor: 'nobody' }),
    RHEL,
    ['pseudo-package, silent: it stands for no software'],
  ],
  [
    'a distribution without advisories is said to have none',
    pkg('rpm', 'bash', '5.1-1'),
    os('ol', '9.3'),
    ['unsupported-release: Vedette has no advisory source for Oracle Linux'],
  ],
  [
    'an unknown distribution',
    pkg('deb', 'bash', '5.1-1'),
    os('kali', '2024.1'),
    ['unknown-distribution: Vedette has no advisory source for kali 2024.1'],
  ],
  [
    'no distribution at all',
    pkg('deb', 'bash', '5.1-1'),
    undefined,
    ['unknown-distribution: no file says which distribution it is'],
  ],
  [
    'a release that is not stated',
    pkg('rpm', 'bash', '5.1-1'),
    os('rhel', ''),
    ['unsupported-release: os-release does not say which release of Red Hat Enterprise Linux it is'],
  ],
  ['a package without a version', pkg('deb', 'bash', ''), DEBIAN, ['no-version: no file says which version it is']],
  ['rpm packages on Debian', pkg('rpm', 'bash', '5.1-1'), DEBIAN, ['third-party: Debian has no packages of type rpm']],
];

const OWNERS: readonly Row[] = [
  [
    'rpm: EPEL',
    pkg('rpm', 'nginx', '1.20.1-1.el7', { vendor: 'Fedora Project' }),
    os('centos', '7'),
    ['third-party: built by Fedora Project'],
  ],
  [
    'rpm: Docker',
    pkg('rpm', 'runc', '1.1-1.el9', { vendor: 'Docker' }),
    os('almalinux', '9.4'),
    ['third-party: built by Docker'],
  ],
  [
    'rpm: Remi',
    pkg('rpm', 'php', '8.1-1.el9.remi', { vendor: 'Remi Collet' }),
    os('rocky', '9.4'),
    ['third-party: built by Remi Collet'],
  ],
  [
    'rpm: a missing vendor does not drop the package',
    pkg('rpm', 'bash', '5.1-1.el9'),
    os('rocky', '9.4'),
    ['rocky/9 bash 5.1-1.el9'],
  ],
  [
    'rpm: `(none)` is a missing vendor',
    pkg('rpm', 'bash', '5.1-1.el9', { vendor: '(none)' }),
    os('rocky', '9.4'),
    ['rocky/9 bash 5.1-1.el9'],
  ],
  [
    'rpm: builds for OpenShift',
    pkg('rpm', 'podman', '4.4.1-2.rhaos4.14.el9', RED_HAT),
    RHEL,
    ['third-party: built by Red Hat OpenShift'],
  ],
  [
    'deb: Docker',
    pkg('deb', 'containerd.io', '1.6.28-1', { vendor: 'Containerd team <help@containerd.io>' }),
    DEBIAN,
    ['debian/12 containerd.io 1.6.28-1 (source)'],
  ],
  [
    'deb: by the maintainer',
    pkg('deb', 'docker-ce', '5:25.0-1~debian.12~bookworm', { vendor: 'Docker <support@docker.com>' }),
    DEBIAN,
    ['third-party: built by Docker'],
  ],
  [
    'deb: nginx.org',
    pkg('deb', 'nginx', '1.25.3-1~bookworm', { vendor: 'NGINX Packaging <nginx-packaging@f5.com>' }),
    DEBIAN,
    ['third-party: built by nginx.org'],
  ],
  ['deb: NodeSource by the version', pkg('deb', 'nodejs', '20.11.0-1nodesource1'), DEBIAN, ['third-party: built by NodeSource']],
  [
    'deb: PostgreSQL has the maintainers of Debian, only the version tells',
    pkg('deb', 'postgresql-16', '16.2-1.pgdg120+2', {
      vendor: 'Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>',
    }),
    DEBIAN,
    ['third-party: built by the PostgreSQL project'],
  ],
  [
    'deb: a non-maintainer upload is Debian',
    pkg('deb', 'pam', '1.5.2-6.1', { vendor: 'Somebody <somebody@gmail.com>' }),
    DEBIAN,
    ['debian/12 pam 1.5.2-6.1 (source)'],
  ],
];

const LANGUAGES: readonly Row[] = [
  ['npm', pkg('npm', '@scope/JSONStream', '1.0.0'), undefined, ['npm @scope/JSONStream 1.0.0']],
  ['PyPI by PEP 503', pkg('pypi', 'Zope.Interface', '5.4'), undefined, ['PyPI zope-interface 5.4']],
  ['crates', pkg('cargo', 'serde_json', '1.0.1'), undefined, ['crates.io serde-json 1.0.1']],
  ['NuGet', pkg('nuget', 'Newtonsoft.Json', '12.0.1'), undefined, ['NuGet newtonsoft.json 12.0.1']],
  ['Composer', pkg('composer', 'Symfony/Http-Kernel', 'v5.4.0'), undefined, ['Packagist symfony/http-kernel v5.4.0']],
  ['Maven', pkg('maven', 'org.example:thing', '1.0'), undefined, ['Maven org.example:thing 1.0']],
  [
    'Maven without group',
    pkg('maven', 'thing', '1.0'),
    undefined,
    ['unsupported-type: without a group id no Java advisory can be looked up'],
  ],
  [
    'Go module',
    pkg('golang', 'github.com/a/b/v2', 'v2.0.1+incompatible'),
    undefined,
    ['Go github.com/a/b/v2 v2.0.1+incompatible'],
  ],
  ['Go: the standard library keeps its pre-release', pkg('golang', 'stdlib', 'go1.22rc1'), undefined, ['Go stdlib go1.22rc1']],
  ['Go: experiments are cut off', pkg('golang', 'stdlib', 'go1.21.3 X:boringcrypto'), undefined, ['Go stdlib go1.21.3']],
  ['Go: experiments in their new form', pkg('golang', 'stdlib', 'go1.26.0-X:nodwarf5'), undefined, ['Go stdlib go1.26.0']],
  ['Go: vendors are cut off', pkg('golang', 'stdlib', '1.22.1 (Red Hat 1.22.1-2.el9)'), undefined, ['Go stdlib 1.22.1']],
  [
    'Go: a development version is none',
    pkg('golang', 'example.com/a', '(devel)'),
    undefined,
    ['no-version: no file says which version it is'],
  ],
  ['gem with a platform', pkg('gem', 'nokogiri', '1.15.0-x86_64-linux'), undefined, ['RubyGems nokogiri 1.15.0']],
  ['gem for another Ruby', pkg('gem', 'nokogiri', '1.15.0-java'), undefined, ['RubyGems nokogiri 1.15.0']],
  ['gem with a pre-release', pkg('gem', 'rails', '7.1.0.rc1'), undefined, ['RubyGems rails 7.1.0.rc1']],
  ['Swift', pkg('swift', 'github.com/Apple/swift-nio', '2.0.0'), undefined, ['SwiftURL github.com/apple/swift-nio 2.0.0']],
  ['Hex', pkg('hex', 'plug', '1.0.0'), undefined, ['Hex plug 1.0.0']],
  [
    'Hex of an organisation',
    pkg('hex', 'plug', '1.0.0', { namespace: 'acme' }),
    undefined,
    ['third-party: published by acme and not by the public registry'],
  ],
  ['Bitnami', pkg('bitnami', 'PostgreSQL', '15.3.0-1'), undefined, ['bitnami postgresql 15.3.0-1']],
  [
    'Conan has no advisories',
    pkg('conan', 'zlib', '1.3'),
    undefined,
    ['unsupported-type: no advisory source speaks of C and C++ (Conan) packages'],
  ],
  [
    'CocoaPods have none',
    pkg('cocoapods', 'AFNetworking', '3.0'),
    undefined,
    ['unsupported-type: no advisory source speaks of cocoapods packages'],
  ],
  [
    'a project is silent about its missing version',
    pkg('npm', 'mine', '', { root: true }),
    undefined,
    ['no-version, silent: no file says which version it is'],
  ],
  ['programs', pkg('generic', 'openssl', '3.0.13'), undefined, ['generic/openssl openssl 3.0.13']],
  ['programs under other names', pkg('generic', 'nodejs', '20.11.1'), undefined, ['generic/node node 20.11.1']],
  ['the go command is two modules', pkg('generic', 'go', '1.22.1'), undefined, ['Go stdlib 1.22.1', 'Go toolchain 1.22.1']],
  [
    'programs nobody speaks of',
    pkg('generic', 'nonesuch', '1.0'),
    undefined,
    ['unsupported-type: no advisory source speaks of programs by these names'],
  ],
];

for (const [what, one, system, expected] of [...SYSTEMS, ...OWNERS, ...LANGUAGES]) {
  test(what, () => assert.deepEqual(answers(one, system), expected));
}

function streams(one: Package, system: OperatingSystem): readonly string[] {
  const answer = queriesFor(one, system);
  return answer.kind === 'queries' ? [...new Set(answer.queries.map((query) => query.stream))] : [];
}

test('Amazon Linux 2: kernel 4.14 reaches core and no other kernel line', () => {
  const found = streams(pkg('rpm', 'kernel', '4.14.355-271.564.amzn2', { source: { name: 'kernel' } }), AMAZON);
  assert.ok(found.includes('amazon/2'));
  assert.deepEqual(
    found.filter((stream) => /kernel-/.test(stream)),
    [],
  );
});

test('Amazon Linux 2: a package of unknown origin reaches core and topics, except those that only a repository tells', () => {
  const found = streams(pkg('rpm', 'containerd', '1.7.2-1.amzn2.0.1', { source: { name: 'containerd' } }), AMAZON);
  for (const stream of ['amazon/2', 'amazon/2/extras/docker', 'amazon/2/extras/ecs']) assert.ok(found.includes(stream), stream);
  assert.ok(!found.includes('amazon/2/extras/dnsmasq'));
});

test('Amazon Linux 2: a gem of core is not compared with the gems of another Ruby', () => {
  const found = streams(
    pkg('rpm', 'rubygem-rake', '0.9.6-36.amzn2', { source: { name: 'ruby', version: '2.0.0.648-36.amzn2' } }),
    AMAZON,
  );
  assert.ok(found.includes('amazon/2'));
  assert.deepEqual(
    found.filter((stream) => /ruby/.test(stream)),
    [],
  );
});

/** Minor release of each channel asked for, with its state. */
function eus(version: string, system: OperatingSystem, facts: Facts = {}): readonly string[] {
  const answer = queriesFor(pkg('rpm', 'bash', version, { ...RED_HAT, ...facts }), system);
  assert.equal(answer.kind, 'queries');
  const queries = answer.kind === 'queries' ? answer.queries : [];
  return queries
    .filter(({ by, stream }) => by === 'binary' && /\/eus-/.test(stream))
    .map(({ stream, enabled }) => `${stream} ${enabled ?? 'unknown'}`);
}

test('RHEL: the base stream decides by binary and source, before all channels', () => {
  const found = answers(
    pkg('rpm', 'bash', '1:5.1.8-6.el9_2', { ...RED_HAT, source: { name: 'bash', version: '5.1.8-6.el9_2' } }),
    RHEL,
  );
  assert.deepEqual(found.slice(0, 2), ['rhel/9 bash 1:5.1.8-6.el9_2', 'rhel/9 bash 5.1.8-6.el9_2 (source) no epoch']);
  assert.ok(found.slice(2).every((query) => /channel/.test(query)));
});

const EUS: readonly (readonly [
  what: string,
  version: string,
  system: OperatingSystem,
  facts: Facts,
  expected: readonly string[],
])[] = [
  ['of the host, state unknown', '5.1.8-6.el9', RHEL, {}, ['rhel/9/eus-9.2 unknown']],
  [
    'content sets enable it',
    '5.1.8-6.el9',
    os('rhel', '9.2', { repositories: ['rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2'] }),
    {},
    ['rhel/9/eus-9.2 true'],
  ],
  [
    'content sets without it rule it out',
    '5.1.8-6.el9',
    os('rhel', '9.2', { repositories: ['rhel-9-for-x86_64-baseos-rpms'] }),
    {},
    ['rhel/9/eus-9.2 false'],
  ],
  [
    'the CPE enables it',
    '5.1.8-6.el9',
    os('rhel', '9.2', { cpe: 'cpe:/o:redhat:rhel_eus:9.2::baseos' }),
    {},
    ['rhel/9/eus-9.2 true'],
  ],
  [
    'the repository of the package enables it',
    '5.1.8-6.el9',
    RHEL,
    { repository: 'rhel-9-for-x86_64-baseos-eus-rpms' },
    ['rhel/9/eus-9.2 true'],
  ],
  [
    'a build of an earlier minor release has that channel too',
    '5.1.8-6.el9_0',
    RHEL,
    {},
    ['rhel/9/eus-9.2 unknown', 'rhel/9/eus-9.0 unknown'],
  ],
  ['a build of a later one is not compared with the host’s', '5.2.1-1.el9_4', RHEL, {}, ['rhel/9/eus-9.4 unknown']],
  [
    'modular builds name their minor release',
    '1.0-1.module+el9.2.0+15432+a7d2cb1f',
    os('rhel', '9'),
    {},
    ['rhel/9/eus-9.2 unknown'],
  ],
  ['a host without a minor release has none', '5.1.8-6.el9', os('rhel', '9'), {}, []],
];
for (const [what, version, system, facts, expected] of EUS) {
  test(`RHEL extended updates: ${what}`, () => assert.deepEqual(eus(version, system, facts), expected));
}

const SUSE_VENDOR = { vendor: 'SUSE LLC <https://www.suse.com/>' };
const SUSE: readonly (readonly [what: string, system: OperatingSystem, expected: readonly string[]])[] = [
  ['a service pack with its modules, LTSS beside', os('sles', '15.6'), ['suse/15.6', 'suse/15.6/ltss']],
  ['the first release', os('sles', '15'), ['suse/15', 'suse/15/ltss']],
  ['SBOMs write SP6', os('sles', '15-SP6'), ['suse/15.6', 'suse/15.6/ltss']],
  ['SLES 12: modules of the major release', os('sles', '12.5'), ['suse/12.5', 'suse/12', 'suse/12.5/ltss']],
  ['the SAP edition has its fixes', os('sles_sap', '15.4'), ['suse/15.4', 'suse/15.4/sap', 'suse/15.4/ltss']],
  ['Micro', os('sle-micro', '5.5'), ['suse/micro-5.5']],
];
for (const [what, system, expected] of SUSE) {
  test(`SUSE: ${what}`, () => assert.deepEqual(streams(pkg('rpm', 'bash', '4.4-1', SUSE_VENDOR), system), expected));
}
