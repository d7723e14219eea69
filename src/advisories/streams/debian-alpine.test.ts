/** What is asked about packages of Debian, Ubuntu and Alpine. */
import { systemOf } from '../../../tests/support/inventory.ts';
import { pkg, testQueries } from '../../../tests/support/streams.ts';

const DEBIAN = systemOf('debian', '12');

testQueries([
  [
    'Debian: by source name and source version',
    pkg('deb', 'libssl3', '3.0.11-1~deb12u2+b1', { source: { name: 'openssl', version: '3.0.11-1~deb12u2' } }),
    systemOf('debian', '12.5'),
    ['debian/12 openssl 3.0.11-1~deb12u2 (source)'],
  ],
  ['Debian: no source named is the package itself', pkg('deb', 'bash', '5.2.15-2'), DEBIAN, ['debian/12 bash 5.2.15-2 (source)']],
  ['Debian sid is no release', pkg('deb', 'bash', '5.3-1'), systemOf('debian', 'sid'), ['debian/sid bash 5.3-1 (source)']],
  [
    'Debian testing is the release it becomes, and sid',
    pkg('deb', 'bash', '5.3-1'),
    systemOf('debian', 'sid', { codename: 'forky' }),
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
    systemOf('ubuntu', '22.04'),
    [
      'ubuntu/22.04 openssl 3.0.2-0ubuntu1.10 (source)',
      'ubuntu/22.04/esm-infra openssl 3.0.2-0ubuntu1.10 (source) channel unknown',
      'ubuntu/22.04/esm-apps openssl 3.0.2-0ubuntu1.10 (source) channel unknown',
    ],
  ],
  [
    'Ubuntu: each Pro service is on or off for itself',
    pkg('deb', 'bash', '5.1-6ubuntu1'),
    systemOf('ubuntu', '22.04', { proServices: ['esm-infra'] }),
    [
      'ubuntu/22.04 bash 5.1-6ubuntu1 (source)',
      'ubuntu/22.04/esm-infra bash 5.1-6ubuntu1 (source) channel true',
      'ubuntu/22.04/esm-apps bash 5.1-6ubuntu1 (source) channel false',
    ],
  ],
  [
    'Ubuntu: certified builds are compared with the fixes of theirs',
    pkg('deb', 'openssl', '3.0.2-0ubuntu1.10+Fips1'),
    systemOf('ubuntu', '22.04', { proServices: ['fips-updates'] }),
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
    systemOf('ubuntu', '22.04', { proServices: [] }),
    [
      'ubuntu/22.04 linux-aws 5.15.0-1055.60 (source)',
      'ubuntu/22.04/esm-infra linux-aws 5.15.0-1055.60 (source) channel false',
      'ubuntu/22.04/esm-apps linux-aws 5.15.0-1055.60 (source) channel false',
    ],
  ],
  [
    'Alpine: by origin, branch of two numbers',
    pkg('apk', 'libcrypto3', '3.1.4-r5', { source: { name: 'openssl' } }),
    systemOf('alpine', '3.19.1'),
    ['alpine/3.19 openssl 3.1.4-r5 (source)'],
  ],
  [
    'Alpine: an alpha is edge',
    pkg('apk', 'musl', '1.2.5-r0'),
    systemOf('alpine', '3.21_alpha20240923'),
    ['alpine/edge musl 1.2.5-r0 (source)'],
  ],
  [
    'Alpine: repositories of edge under an older os-release',
    pkg('apk', 'musl', '1.2.5-r0'),
    systemOf('alpine', '3.18.0', {
      repositories: ['https://dl-cdn.alpinelinux.org/alpine/edge/community', 'https://dl-cdn.alpinelinux.org/alpine/edge/main'],
    }),
    ['alpine/edge musl 1.2.5-r0 (source)'],
  ],
  [
    'Alpine: one repository of edge beside the branch changes nothing',
    pkg('apk', 'musl', '1.2.4-r1'),
    systemOf('alpine', '3.18.0', {
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
    systemOf('alpine', '3.19.1'),
    ['pseudo-package, silent: it stands for no software'],
  ],
]);
