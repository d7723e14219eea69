/** When nothing can be asked, and why. */
import { systemOf } from '../../../tests/support/inventory.ts';
import { pkg, testQueries } from '../../../tests/support/streams.ts';

const DEBIAN = systemOf('debian', '12');

testQueries([
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
