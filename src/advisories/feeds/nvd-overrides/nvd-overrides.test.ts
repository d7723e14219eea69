import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { makeTar } from '../../../../tests/support/tar.ts';
import { readCpe } from './cpe.ts';
import { nvdOverrides } from './index.ts';

const PATH = 'nvd-overrides/nvd-data-overrides.tar';

function record(matches: readonly object[], node: object = {}): string {
  return JSON.stringify({
    _annotation: {
      cve_id: 'CVE-2024-0001',
      description: 'Our own words. More of them.',
      published: '2024-01-02T03:04:05.000000+00:00',
    },
    cve: { configurations: [{ nodes: [{ cpeMatch: matches, ...node }] }] },
  });
}

function cpe(product: string, rest = '*:*:*:*:*:*:*:*'): string {
  return `cpe:2.3:a:${product}:${rest}`;
}

async function affected(context: Parameters<typeof readFeed>[0], data: string) {
  const output = await readFeed(context, nvdOverrides, PATH, makeTar([{ name: 'data/2024/CVE-2024-0001.json', data }]));
  assert.deepEqual(output.problems, []);
  return output.advisories[0]?.affected;
}

test('ranges and single versions by product', async (context) => {
  const matches = [
    { vulnerable: true, criteria: cpe('openssl:openssl'), versionStartIncluding: '3.0.0', versionEndExcluding: '3.0.13' },
    { vulnerable: true, criteria: cpe('openssl:openssl'), versionStartExcluding: '1.1.1', versionEndIncluding: '1.1.1w' },
    { vulnerable: true, criteria: cpe('oracle:openjdk', '1.8.0:update431:*:*:*:*:*:*') },
    { vulnerable: true, criteria: cpe('erlang:erlang\\/otp', '26.0:rc1:*:*:*:*:*:*') },
    { vulnerable: false, criteria: cpe('nodejs:node.js') },
    { vulnerable: true, criteria: cpe('redis:redis', '*:*:*:*:*:wordpress:*:*') },
    { vulnerable: true, criteria: cpe('somebody:something') },
  ];
  assert.deepEqual(await affected(context, record(matches)), [
    { stream: 'generic/erlang', name: 'erlang', status: 'affected', ranges: [], versions: ['26.0-rc1'], names: 'binary' },
    { stream: 'generic/openjdk', name: 'openjdk', status: 'affected', ranges: [], versions: ['1.8.0_431'], names: 'binary' },
    {
      stream: 'generic/openssl',
      name: 'openssl',
      status: 'affected',
      ranges: [
        { introduced: '3.0.0', fixed: '3.0.13' },
        { introduced: '1.1.1', lastAffected: '1.1.1w' },
      ],
      unaffectedVersions: ['1.1.1'],
      names: 'binary',
    },
  ]);
});

test('nothing of negated nodes and of products that are not listed', async (context) => {
  const match = { vulnerable: true, criteria: cpe('openssl:openssl') };
  assert.equal(await affected(context, record([match], { negate: true })), undefined);
  assert.equal(await affected(context, record([{ ...match, criteria: cpe('constructor:prototype') }])), undefined);
});

test('malformed records are told', async (context) => {
  const broken = [record([{ vulnerable: true }]), record([{ criteria: 'cpe:/a:x' }]), '{"_annotation":{}}', '{'];
  const tar = makeTar(broken.map((data, index) => ({ name: `data/2024/CVE-2024-000${index}.json`, data })));
  assert.equal((await readFeed(context, nvdOverrides, PATH, tar)).problems.length, broken.length);
});

test('CPE 2.3: escapes', () => {
  assert.equal(readCpe('cpe:2.3:a:erlang:erlang\\/otp:1\\:2:*:*:*:*:*:*:*')?.product, 'erlang/otp');
  assert.equal(readCpe('cpe:2.3:a:erlang:erlang\\/otp:1\\:2:*:*:*:*:*:*:*')?.version, '1:2');
  for (const text of ['', 'cpe:2.3:', 'cpe:/a:b:c', 'cpe:2.3:a:b:c', 'cpe:2.3:a:b:c:1:*:*:*:*:*:*:*:*'])
    assert.equal(readCpe(text), undefined);
});

test('real data: 32,184 records without problem', async (context) => {
  const path = needShared(context, 'nvd-overrides/nvd-data-overrides.tar.zst');
  if (path === undefined) return;
  const output = await collect(nvdOverrides.parse({ path: 'nvd-overrides/nvd-data-overrides.tar.zst', streams: [] }, path));
  assert.deepEqual(output.problems, []);
  assert.ok(output.advisories.length > 1000);
});
