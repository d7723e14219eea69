import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testContext } from '../../../../tests/support/extract.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import type { OperatingSystem } from '../../../model/package.ts';
import { osReleaseCataloger } from './index.ts';

async function osOf(files: Record<string, string>): Promise<Partial<OperatingSystem> | undefined> {
  const extracts = [];
  for (const path of Object.keys(files).sort()) {
    const extract = await osReleaseCataloger.extract(memoryContent(path, files[path] ?? ''), testContext());
    extracts.push({ path, extract });
  }
  return osReleaseCataloger.assemble?.(extracts, { has: (path) => path in files }).os;
}

const DEBIAN =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n';

const CASES: readonly (readonly [string, Record<string, string>, Partial<OperatingSystem> | undefined])[] = [
  [
    'Debian release: the point release in debian_version does not replace VERSION_ID',
    { 'etc/os-release': DEBIAN, 'etc/debian_version': '12.5\n' },
    { id: 'debian', versionId: '12', codename: 'bookworm', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
  ],
  [
    'Debian sid has no VERSION_ID; debian_version says it',
    {
      'etc/os-release': 'ID=debian\nPRETTY_NAME="Debian GNU/Linux trixie/sid"\nVERSION_CODENAME=trixie\n',
      'etc/debian_version': 'trixie/sid\n',
    },
    { id: 'debian', versionId: 'sid', codename: 'trixie', prettyName: 'Debian GNU/Linux trixie/sid' },
  ],
  [
    'Ubuntu: the Debian version it was made from says nothing; Pro services that are enabled',
    {
      'etc/os-release':
        'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nPRETTY_NAME="Ubuntu 22.04.4 LTS"\n',
      'etc/debian_version': 'bookworm/sid\n',
      'var/lib/ubuntu-advantage/status.json':
        '{"attached":true,"services":[{"name":"livepatch","status":"disabled"},{"name":"esm-infra","status":"enabled"},{"name":"esm-apps","status":"enabled"}]}',
    },
    {
      id: 'ubuntu',
      idLike: ['debian'],
      versionId: '22.04',
      codename: 'jammy',
      prettyName: 'Ubuntu 22.04.4 LTS',
      proServices: ['esm-apps', 'esm-infra'],
    },
  ],
  [
    'Ubuntu Pro not attached is known to be without services',
    {
      'etc/os-release': 'ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME=U\n',
      'var/lib/ubuntu-advantage/status.json': '{"attached":false,"services":[{"name":"esm-infra","status":"enabled"}]}',
    },
    { id: 'ubuntu', versionId: '22.04', prettyName: 'U', proServices: [] },
  ],
  [
    'Alpine: repositories are told as they are, tags and comments dropped',
    {
      'etc/os-release': 'ID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n',
      'etc/alpine-release': '3.19.1\n',
      'etc/apk/repositories':
        '# mirror\nhttps://dl-cdn.alpinelinux.org/alpine/v3.19/main\n@edge https://dl-cdn.alpinelinux.org/alpine/edge/main\n/media/cdrom\n',
    },
    {
      id: 'alpine',
      versionId: '3.19.1',
      prettyName: 'Alpine Linux v3.19',
      repositories: ['https://dl-cdn.alpinelinux.org/alpine/edge/main', 'https://dl-cdn.alpinelinux.org/alpine/v3.19/main'],
    },
  ],
  [
    'Alpine before os-release',
    { 'etc/alpine-release': '2.1.6' },
    { id: 'alpine', versionId: '2.1.6', prettyName: 'Alpine Linux v2.1.6' },
  ],
  [
    'CentOS 6 has no os-release',
    { 'etc/centos-release': 'CentOS release 6.10 (Final)\n', 'etc/redhat-release': 'CentOS release 6.10 (Final)\n' },
    { id: 'centos', versionId: '6.10', prettyName: 'CentOS release 6.10 (Final)' },
  ],
  [
    'Oracle Linux 6 is not the Red Hat its redhat-release names',
    {
      'etc/oracle-release': 'Oracle Linux Server release 6.10\n',
      'etc/redhat-release': 'Red Hat Enterprise Linux Server release 6.10 (Santiago)\n',
    },
    { id: 'ol', versionId: '6.10', prettyName: 'Oracle Linux Server release 6.10' },
  ],
  [
    'Amazon Linux 1 by system-release',
    { 'etc/system-release': 'Amazon Linux AMI release 2018.03\n' },
    { id: 'amzn', versionId: '2018.03', prettyName: 'Amazon Linux AMI release 2018.03' },
  ],
  [
    'SLES 11 with its service pack',
    { 'etc/SuSE-release': 'SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n' },
    { id: 'sles', versionId: '11.4', prettyName: 'SUSE Linux Enterprise Server 11 (x86_64)' },
  ],
  [
    'CentOS Stream is told from the rebuild',
    {
      'etc/os-release':
        'NAME="CentOS Stream"\nVERSION_ID="9"\nID="centos"\nPRETTY_NAME="CentOS Stream 9"\nCPE_NAME="cpe:/o:centos:centos:9"\n',
    },
    { id: 'centos', versionId: '9', variantId: 'stream', prettyName: 'CentOS Stream 9', cpe: 'cpe:/o:centos:centos:9' },
  ],
  [
    'Red Hat image: content sets',
    {
      'etc/os-release': 'ID="rhel"\nVERSION_ID="9.3"\nPRETTY_NAME=R\n',
      'root/buildinfo/content_manifests/ubi9.json':
        '{"content_sets":["rhel-9-for-x86_64-appstream-rpms","rhel-9-for-x86_64-baseos-rpms"]}',
    },
    {
      id: 'rhel',
      versionId: '9.3',
      prettyName: 'R',
      repositories: ['rhel-9-for-x86_64-appstream-rpms', 'rhel-9-for-x86_64-baseos-rpms'],
    },
  ],
  [
    'old Ubuntu by lsb-release',
    {
      'etc/lsb-release':
        'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\nDISTRIB_DESCRIPTION="Ubuntu 10.04.4 LTS"\n',
    },
    { id: 'ubuntu', versionId: '10.04', codename: 'lucid', prettyName: 'Ubuntu 10.04.4 LTS' },
  ],
  [
    'quotes and escapes as in a shell',
    { 'usr/lib/os-release': '# c\nID=\'x\'\nPRETTY_NAME="a \\"b\\" \\$c"\nVERSION_ID=1\n' },
    { id: 'x', versionId: '1', prettyName: 'a "b" $c' },
  ],
  ['nothing known', { 'etc/os-release': 'garbage\0\xff\n' }, undefined],
];

for (const [name, files, expected] of CASES) {
  test(`os-release: ${name}`, async () => assert.deepEqual(await osOf(files), expected));
}

test('os-release: broken JSON is a problem, not an exception', async () => {
  const extract = await osReleaseCataloger.extract(
    memoryContent('var/lib/ubuntu-advantage/status.json', '{"attached": tr'),
    testContext(),
  );
  assert.deepEqual(
    extract.problems?.map((problem) => problem.code),
    ['os-release-unreadable'],
  );
});

test('os-release: any text is read without an exception', () => {
  const paths = osReleaseCataloger.patterns.flatMap((pattern) => ('path' in pattern ? pattern.path : []));
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.string({ unit: 'binary' }),
      async (path, text) => void (await osOf({ [path]: text })),
    ),
    { numRuns: 200 },
  );
});
