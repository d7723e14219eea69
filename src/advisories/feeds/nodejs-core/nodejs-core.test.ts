import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { nodejsCore } from './index.ts';

const PATH = 'nodejs-core/index.json';

async function ranges(context: Parameters<typeof readFeed>[0], vulnerable: string, patched: string) {
  const output = await readFeed(
    context,
    nodejsCore,
    PATH,
    JSON.stringify({ 7: { vulnerable, patched, cve: ['CVE-2017-1000381'] } }),
  );
  assert.deepEqual(output.problems, []);
  return output.advisories[0]?.affected[0]?.ranges;
}

test('vulnerable lines without what is patched', async (context) => {
  assert.deepEqual(await ranges(context, '8.x || 7.x || 4.x || 6.x || 5.x', '^8.1.4 || ^7.10.1 || ^4.8.4 || ^6.11.1'), [
    { introduced: '4.0.0', fixed: '4.8.4' },
    { introduced: '5.0.0', fixed: '6.11.1' },
    { introduced: '7.0.0', fixed: '7.10.1' },
    { introduced: '8.0.0', fixed: '8.1.4' },
  ]);
  assert.deepEqual(await ranges(context, '>=6.0.0 <6.2.0 || 5.x || 4.x', '^4.4.6 || ^5.12.0'), [
    { introduced: '4.0.0', fixed: '4.4.6' },
    { introduced: '5.0.0', fixed: '5.12.0' },
    { introduced: '6.0.0', fixed: '6.2.0' },
  ]);
});

test('every field', async (context) => {
  const entry = {
    cve: ['CVE-2016-5325'],
    ref: 'https://example.org/ref',
    vulnerable: '4.x',
    patched: '^4.6.0',
    description: 'Reason phrases are not checked.',
    cvss: '3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N',
    severity: 'Medium',
    affectedEnvironments: ['win32'],
    publish_date: '2016-09-27',
  };
  const output = await readFeed(context, nodejsCore, PATH, JSON.stringify({ 12: entry }));
  assert.deepEqual(output.advisories, [
    {
      id: 'NSWG-COR-12',
      source: 'nodejs-core',
      url: 'https://example.org/ref',
      vulnerabilities: ['CVE-2016-5325'],
      aliases: [],
      title: 'Reason phrases are not checked.',
      description: 'Reason phrases are not checked.',
      published: '2016-09-27T00:00:00Z',
      kind: 'vulnerability',
      severities: [
        { kind: 'cvss-v3', value: 'CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N', source: 'nodejs-core' },
        { kind: 'word', value: 'medium', source: 'nodejs-core' },
      ],
      cwes: [],
      affected: [
        {
          stream: 'generic/node',
          name: 'node',
          status: 'affected',
          ranges: [{ introduced: '4.0.0', fixed: '4.6.0' }],
          names: 'binary',
          note: 'only on win32',
        },
      ],
    },
  ]);
});

test('malformed entries cost only themselves', async (context) => {
  const list = { 1: 'x', 2: {}, 3: { vulnerable: 'not a range' }, 4: { vulnerable: '4.x', patched: [] } };
  const output = await readFeed(context, nodejsCore, PATH, JSON.stringify(list));
  assert.deepEqual([output.advisories.length, output.problems.length], [1, 3]);
});

test('real data: 171 vulnerabilities', async (context) => {
  const path = needShared(context, PATH);
  if (path === undefined) return;
  const output = await collect(nodejsCore.parse({ path: PATH, streams: [] }, path));
  assert.deepEqual([output.advisories.length, output.problems], [171, []]);
  assert.equal(output.advisories.filter(({ affected }) => affected[0]?.ranges.length === 0).length, 0);
});
