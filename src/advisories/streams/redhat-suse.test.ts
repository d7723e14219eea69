/** What is asked about packages of Red Hat Enterprise Linux, its rebuilds, and SUSE. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemOf } from '../../../tests/support/inventory.ts';
import { answersFor, type Facts, pkg, streamsFor, testQueries } from '../../../tests/support/streams.ts';
import type { OperatingSystem } from '../../model/package.ts';
import { queriesFor } from './index.ts';

const RHEL = systemOf('rhel', '9.2');
const RED_HAT = { vendor: 'Red Hat, Inc.' };

testQueries([
  [
    'CentOS 7: the data of Red Hat, by binary with epoch and by source without',
    pkg('rpm', 'perl-Errno', '0:1.11-299.el7_9', { source: { name: 'perl', version: '5.16.3-299.el7_9' }, vendor: 'CentOS' }),
    systemOf('centos', '7'),
    ['rhel/7 perl-Errno 0:1.11-299.el7_9', 'rhel/7 perl 5.16.3-299.el7_9 (source) no epoch'],
  ],
  [
    'CentOS Stream is ahead of point releases',
    pkg('rpm', 'bash', '5.1.8-9.el9'),
    systemOf('centos', '9', { variantId: 'stream' }),
    [
      'unsupported-release: CentOS Stream runs ahead of the releases that advisories for Red Hat Enterprise Linux speak of, and has none of its own',
    ],
  ],
  [
    'CentOS Stream 8 too, although it has the number of a release',
    pkg('rpm', 'bash', '4.4.20-4.el8'),
    systemOf('centos', '8', { prettyName: 'CentOS Stream 8' }),
    [
      'unsupported-release: CentOS Stream runs ahead of the releases that advisories for Red Hat Enterprise Linux speak of, and has none of its own',
    ],
  ],
  [
    'AlmaLinux: binary names alone',
    pkg('rpm', 'bash', '5.1.8-9.el9', { vendor: 'AlmaLinux' }),
    systemOf('almalinux', '9.4'),
    ['almalinux/9 bash 5.1.8-9.el9'],
  ],
  [
    'Rocky Linux: packages left over from CentOS count',
    pkg('rpm', 'bash', '4.4.20-4.el8', { vendor: 'CentOS' }),
    systemOf('rocky', '8.10'),
    ['rocky/8 bash 4.4.20-4.el8'],
  ],
  [
    'openSUSE Leap: binary and source names',
    pkg('rpm', 'libopenssl3', '3.1.4-150600.5.7.1', {
      source: { name: 'openssl-3' },
      vendor: 'SUSE LLC <https://www.suse.com/>',
    }),
    systemOf('opensuse-leap', '15.6'),
    ['opensuse/leap-15.6 libopenssl3 3.1.4-150600.5.7.1', 'opensuse/leap-15.6 openssl-3 3.1.4-150600.5.7.1 (source) no epoch'],
  ],
  [
    'openSUSE Tumbleweed rolls',
    pkg('rpm', 'bash', '5.3-1'),
    systemOf('opensuse-tumbleweed', '20241101'),
    ['opensuse/tumbleweed bash 5.3-1', 'opensuse/tumbleweed bash 5.3-1 (source) no epoch'],
  ],
  [
    'rpm keys are no packages',
    pkg('rpm', 'gpg-pubkey', 'fd431d51-4ae0493b', { vendor: 'nobody' }),
    RHEL,
    ['pseudo-package, silent: it stands for no software'],
  ],
]);

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
  const found = answersFor(
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
    systemOf('rhel', '9.2', { repositories: ['rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2'] }),
    {},
    ['rhel/9/eus-9.2 true'],
  ],
  [
    'content sets without it rule it out',
    '5.1.8-6.el9',
    systemOf('rhel', '9.2', { repositories: ['rhel-9-for-x86_64-baseos-rpms'] }),
    {},
    ['rhel/9/eus-9.2 false'],
  ],
  [
    'the CPE enables it',
    '5.1.8-6.el9',
    systemOf('rhel', '9.2', { cpe: 'cpe:/o:redhat:rhel_eus:9.2::baseos' }),
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
    systemOf('rhel', '9'),
    {},
    ['rhel/9/eus-9.2 unknown'],
  ],
  ['a host without a minor release has none', '5.1.8-6.el9', systemOf('rhel', '9'), {}, []],
];
for (const [what, version, system, facts, expected] of EUS) {
  test(`RHEL extended updates: ${what}`, () => assert.deepEqual(eus(version, system, facts), expected));
}

const SUSE_VENDOR = { vendor: 'SUSE LLC <https://www.suse.com/>' };
const SUSE: readonly (readonly [what: string, system: OperatingSystem, expected: readonly string[]])[] = [
  ['a service pack with its modules, LTSS beside', systemOf('sles', '15.6'), ['suse/15.6', 'suse/15.6/ltss']],
  ['the first release', systemOf('sles', '15'), ['suse/15', 'suse/15/ltss']],
  ['SBOMs write SP6', systemOf('sles', '15-SP6'), ['suse/15.6', 'suse/15.6/ltss']],
  ['SLES 12: modules of the major release', systemOf('sles', '12.5'), ['suse/12.5', 'suse/12', 'suse/12.5/ltss']],
  ['the SAP edition has its fixes', systemOf('sles_sap', '15.4'), ['suse/15.4', 'suse/15.4/sap', 'suse/15.4/ltss']],
  ['Micro', systemOf('sle-micro', '5.5'), ['suse/micro-5.5']],
];
for (const [what, system, expected] of SUSE) {
  test(`SUSE: ${what}`, () => assert.deepEqual(streamsFor(pkg('rpm', 'bash', '4.4-1', SUSE_VENDOR), system), expected));
}
