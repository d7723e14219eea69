/** What is asked about packages of distributions without exceptions; when nothing can be asked, and why. */
import { systemOf } from '../../../tests/support/inventory.ts';
import { pkg, testQueries } from '../../../tests/support/streams.ts';

const DEBIAN = systemOf('debian', '12');
const SSL = { architecture: 'x86_64', source: { name: 'openssl' } };

testQueries([
  [
    'Wolfi by the package itself',
    pkg('apk', 'libssl3', '3.0.7-r0', SSL),
    systemOf('wolfi', '20230201'),
    ['wolfi libssl3 3.0.7-r0'],
  ],
  ['Chainguard too', pkg('apk', 'libssl3', '3.0.7-r0', SSL), systemOf('chainguard', '20230214'), ['chainguard libssl3 3.0.7-r0']],
  [
    'MinimOS too',
    pkg('apk', 'ld-linux', '2.43-r1', { source: { name: 'glibc' } }),
    systemOf('minimos', '20250101'),
    ['minimos ld-linux 2.43-r1'],
  ],
  [
    'Azure Linux by source and without its mark',
    pkg('rpm', 'zlib-devel', '1.3.1-1.azl3', {
      vendor: 'Microsoft Corporation',
      source: { name: 'zlib', version: '1.3.1-1.azl3' },
    }),
    systemOf('azurelinux', '3.0'),
    ['azurelinux/3 zlib 1.3.1-1 (source) no epoch'],
  ],
  [
    'CBL-Mariner is Azure Linux 2',
    pkg('rpm', 'zlib', '1.2.13-2.cm2', { vendor: 'Microsoft Corporation', source: { name: 'zlib', version: '1.2.13-2.cm2' } }),
    systemOf('mariner', '2.0'),
    ['azurelinux/2 zlib 1.2.13-2 (source) no epoch'],
  ],
  [
    'Mageia by source',
    pkg('rpm', 'lib64pcre2_8_0', '10.42-1.mga9', { vendor: 'Mageia.Org', source: { name: 'pcre2', version: '10.42-1.mga9' } }),
    systemOf('mageia', '9'),
    ['mageia/9 pcre2 10.42-1.mga9 (source) no epoch'],
  ],
  [
    'openEuler by source and service pack',
    pkg('rpm', 'rpm-libs', '4.15.1-63.oe2003sp4', { source: { name: 'rpm', version: '4.15.1-63.oe2003sp4' } }),
    systemOf('openeuler', '20.03', { prettyName: 'openEuler 20.03 (LTS-SP4)' }),
    ['openeuler/20.03-LTS-SP4 rpm 4.15.1-63.oe2003sp4 (source) no epoch'],
  ],
  [
    'a distribution without advisories is said to have none',
    pkg('rpm', 'bash', '5.1-1'),
    systemOf('ol', '9.3'),
    ['unsupported-release: Vedette has no advisory source for Oracle Linux'],
  ],
  [
    'an unknown distribution',
    pkg('deb', 'bash', '5.1-1'),
    systemOf('kali', '2024.1'),
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
    systemOf('rhel', ''),
    ['unsupported-release: os-release does not say which release of Red Hat Enterprise Linux it is'],
  ],
  ['a package without a version', pkg('deb', 'bash', ''), DEBIAN, ['no-version: no file says which version it is']],
  ['rpm packages on Debian', pkg('rpm', 'bash', '5.1-1'), DEBIAN, ['third-party: Debian has no packages of type rpm']],
]);
