/** Package databases of operating systems, and what says which system it is. */
import { zstdCompressSync } from 'node:zlib';
import {
  bdbDatabase,
  headerBlob,
  ndbDatabase,
  sqliteDatabase,
  sqliteFile,
} from '../../../src/inventory/catalogers/rpm/write-database.ts';
import { type Sample, samplesOf } from './sample.ts';

const STATUS = `Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 3.0.11-1~deb12u2
Description: toolkit
 Version: 9 is prose.

Package: gcc
Status: install ok half-configured
Architecture: amd64
Source: gcc-defaults (1.203)
Version: 4:12.2.0-3

`;
const DPKG = ['libssl3 3.0.11-1~deb12u2', 'gcc 4:12.2.0-3'];
const STANZA = 'Package: tzdata\nVersion: 2024a-0\nArchitecture: all\nMaintainer: Debian\nDescription: zones\n';

const APK = `C:Q1abc=
P:ssl_client
V:1.36.1-r5
A:x86_64
o:busybox
L:GPL-2.0-only
F:usr/bin
R:ssl_client
a:0:0:755

C:Q1def=
P:musl
V:1.2.4-r2
A:x86_64
F:lib
R:ld-musl-x86_64.so.1

`;
const APK_PACKAGES = ['ssl_client 1.36.1-r5', 'musl 1.2.4-r2'];

const BASH = headerBlob({ 1000: 'bash', 1001: '5.1.8', 1002: '6.el9', 1022: 'x86_64', 1044: 'bash-5.1.8-6.el9.src.rpm' });
const PERL = headerBlob({
  1000: 'perl-Errno',
  1001: '1.30',
  1002: '419.el8',
  1003: 1,
  1022: 'x86_64',
  1116: [0],
  1117: ['Errno.pm'],
  1118: ['/usr/lib64/perl5/'],
  9000: 'x'.repeat(300),
});
const RPM = ['bash 5.1.8-6.el9', 'perl-Errno 1:1.30-419.el8'];
const MANIFEST = [
  'bash\t5.1.8-6.cm2\t1\t1\tMicrosoft\t(none)\t1\tx86_64\t0\tbash-5.1.8-6.cm2.src.rpm\n',
  'zlib\t1.2.13-1.cm2\t1\t1\tMicrosoft\t(none)\t1\tx86_64\t0\tzlib-1.2.13-1.cm2.src.rpm\n',
].join('');

function history(): Buffer {
  return sqliteFile((database) => {
    database.exec('PRAGMA page_size=512; CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT)');
    database.exec('CREATE TABLE rpm (item_id INTEGER, name TEXT, epoch INTEGER, version TEXT, release TEXT, arch TEXT)');
    database.exec('CREATE TABLE trans_item (id INTEGER PRIMARY KEY, item_id INTEGER, repo_id INTEGER)');
    database.exec("INSERT INTO repo (repoid) VALUES ('baseos')");
    database.exec("INSERT INTO rpm VALUES (1, 'bash', 0, '5.1.8', '6.el9', 'x86_64')");
    database.exec('INSERT INTO trans_item (item_id, repo_id) VALUES (1, 1)');
  });
}

const BOTTLEROCKET = JSON.stringify({
  Content: [
    { Name: 'glibc', Version: '2.38', Release: '1.br1', Epoch: '1', Architecture: 'x86_64' },
    { Name: 'kernel-6.1', Version: '6.1.90', Release: '1.br1', Epoch: '0', Architecture: 'x86_64' },
  ],
});
const CHISEL = [
  { jsonwall: '1.0', schema: '1.0', count: 5 },
  { kind: 'content', slice: 'libc6_libs', path: '/lib/x86_64-linux-gnu/libc.so.6' },
  { kind: 'package', name: 'base-files', version: '13ubuntu10', sha256: 'bb', arch: 'amd64' },
  { kind: 'package', name: 'libc6', version: '2.39-0ubuntu8.3', sha256: 'aa', arch: 'amd64' },
  { kind: 'slice', name: 'libc6_libs' },
];
const BITNAMI = JSON.stringify({
  nginx: { arch: 'amd64', distro: 'debian-12', type: 'NAMI', version: '1.25.3-1' },
  render: { arch: 'amd64', distro: 'debian-12', version: '1.0.6-4' },
});
const SPDX = JSON.stringify({
  packages: ['redis@7.2.4-2', 'wait@1.0.5'].map((name) => ({
    externalRefs: [{ referenceLocator: `pkg:bitnami/${name}?arch=arm64&distro=debian-12` }],
  })),
});

const OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n';
const ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n';

export const SYSTEM_SAMPLES: readonly Sample[] = [
  ...samplesOf('os-release', [
    ['os-release', 'etc/os-release', OS_RELEASE, ['os debian 12']],
    ['os-release', 'usr/lib/os-release', ALPINE, ['os alpine 3.19.1']],
    ['lsb-release', 'etc/lsb-release', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\n', ['os ubuntu 22.04']],
    ['redhat-release and its kind', 'etc/redhat-release', 'CentOS release 6.10 (Final)\n', ['os centos 6.10']],
    ['debian_version', 'etc/debian_version', '12.5\n', ['os debian 12']],
    ['alpine-release', 'etc/alpine-release', '3.19.1\n', ['os alpine 3.19.1']],
  ]),
  ...samplesOf('dpkg', [
    ['status', 'var/lib/dpkg/status', STATUS, DPKG],
    ['status.d', 'var/lib/dpkg/status.d/tzdata', STANZA, [...DPKG, 'tzdata 2024a-0'], { 'var/lib/dpkg/status': STATUS }],
  ]),
  ...samplesOf('rpm', [
    ['Berkeley DB', 'var/lib/rpm/Packages', bdbDatabase([PERL, BASH]), RPM],
    ['Berkeley DB, big-endian', 'var/lib/rpm/Packages', bdbDatabase([PERL, BASH], true), RPM],
    ['NDB', 'usr/lib/sysimage/rpm/Packages.db', ndbDatabase([PERL, BASH]), RPM],
    ['SQLite', 'usr/lib/sysimage/rpm/rpmdb.sqlite', sqliteDatabase([PERL, BASH]), RPM],
    ['manifest', 'var/lib/rpmmanifest/container-manifest-2', MANIFEST, ['bash 5.1.8-6.cm2', 'zlib 1.2.13-1.cm2']],
    ['dnf history', 'var/lib/dnf/history.sqlite', history(), RPM, { 'var/lib/rpm/Packages': bdbDatabase([PERL, BASH]) }],
  ]),
  ...samplesOf('apk', [['installed', 'lib/apk/db/installed', APK, APK_PACKAGES]]),
  ...samplesOf('bottlerocket', [
    [
      'application inventory',
      'usr/share/bottlerocket/application-inventory.json',
      BOTTLEROCKET,
      ['glibc 1:2.38-1.br1', 'kernel-6.1 6.1.90-1.br1'],
    ],
  ]),
  ...samplesOf('chisel', [
    [
      'manifest.wall',
      'var/lib/chisel/manifest.wall',
      zstdCompressSync(Buffer.from(CHISEL.map((line) => `${JSON.stringify(line)}\n`).join(''))),
      ['base-files 13ubuntu10', 'libc6 2.39-0ubuntu8.3'],
    ],
  ]),
  ...samplesOf('bitnami', [
    ['components', 'opt/bitnami/.bitnami_components.json', BITNAMI, ['nginx 1.25.3-1', 'render 1.0.6-4']],
    ['SPDX', 'opt/bitnami/redis/.spdx-redis.spdx', SPDX, ['redis 7.2.4-2', 'wait 1.0.5']],
  ]),
];
