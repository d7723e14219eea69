import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { makeTar } from '../../../../tests/support/tar.ts';
import { friendsofphp } from './index.ts';

const PATH = 'friendsofphp/security-advisories.tar';
const ADVISORY = `title: Unescaped input in a webhook controller
link: https://symfony.com/cve-2023-46734
cve: CVE-2023-46734
branches:
    4.4.x:
        time: 2023-11-10 08:00:00
        versions: ['>=2.0.0', '<4.4.51']
    5.4.x:
        time: 2023-11-09 08:00:00
        versions: ['>5.0.0', '<=5.4.30']
reference: composer://symfony/twig-bridge
`;

test('branches become ranges', async (context) => {
  const tar = makeTar([
    { name: 'repo-master/symfony/twig-bridge/CVE-2023-46734.yaml', data: ADVISORY },
    { name: 'repo-master/.github/workflows/ci.yaml', data: 'name: not an advisory' },
  ]);
  const output = await readFeed(context, friendsofphp, PATH, tar);
  assert.deepEqual(output.problems, []);
  assert.deepEqual(output.advisories, [
    {
      id: 'CVE-2023-46734',
      source: 'friendsofphp',
      url: 'https://symfony.com/cve-2023-46734',
      vulnerabilities: ['CVE-2023-46734'],
      aliases: [],
      title: 'Unescaped input in a webhook controller',
      published: '2023-11-09T08:00:00Z',
      kind: 'vulnerability',
      severities: [],
      cwes: [],
      affected: [
        {
          stream: 'Packagist',
          name: 'symfony/twig-bridge',
          status: 'affected',
          ranges: [
            { introduced: '2.0.0', fixed: '4.4.51' },
            { introduced: '5.0.0', lastAffected: '5.4.30' },
          ],
          unaffectedVersions: ['5.0.0'],
          names: 'binary',
        },
      ],
    },
  ]);
});

test('an advisory without CVE is known by package and file', async (context) => {
  const data = ADVISORY.replace(/cve:.*\n/, 'cve: ~\n');
  const output = await readFeed(context, friendsofphp, PATH, makeTar([{ name: 'symfony/twig-bridge/2023-11-10.yaml', data }]));
  assert.deepEqual(output.advisories[0]?.vulnerabilities, ['symfony/twig-bridge/2023-11-10']);
});

test('malformed documents cost only themselves', async (context) => {
  const broken = [
    ADVISORY.replace('composer://', 'pear://'),
    ADVISORY.replace(/branches:.*reference/s, 'branches: {}\nreference'),
    ADVISORY.replace("'<4.4.51'", '{}'),
    ADVISORY.replace("'<4.4.51'", "'^4.4.51'"),
    'x',
  ];
  const tar = makeTar([...broken, ADVISORY].map((data, index) => ({ name: `a/b/${index}.yaml`, data })));
  const output = await readFeed(context, friendsofphp, PATH, tar);
  assert.deepEqual([output.advisories.length, output.problems.length], [1, broken.length]);
});

test('real data: 1,592 advisories', async (context) => {
  const path = needShared(context, 'friendsofphp/security-advisories.tar.zst');
  if (path === undefined) return;
  const output = await collect(friendsofphp.parse({ path: 'friendsofphp/security-advisories.tar.zst', streams: [] }, path));
  assert.deepEqual([output.advisories.length, output.problems], [1592, []]);
});
