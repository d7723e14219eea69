import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { makeTar } from '../../../../tests/support/tar.ts';
import { vulnrichment } from './index.ts';

const RECORD = {
  cveMetadata: { cveId: 'CVE-2024-3094', state: 'PUBLISHED', datePublished: '2024-03-29T16:51:12.588Z' },
  containers: {
    cna: {
      title: 'Xz: malicious code in distributed source',
      metrics: [
        { other: { type: 'Red Hat severity rating', content: { value: 'Critical' } } },
        { format: 'CVSS', cvssV3_1: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' } },
      ],
      problemTypes: [{ descriptions: [{ cweId: 'CWE-506' }] }],
    },
    adp: [
      {
        title: 'CVE Program Container',
        metrics: [{ cvssV3_1: { vectorString: 'CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' } }],
      },
      {
        title: 'CISA ADP Vulnrichment',
        metrics: [
          { cvssV3_1: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } },
          { other: { type: 'ssvc', content: { options: [{ Exploitation: 'PoC' }, { Automatable: 'yes' }] } } },
        ],
        problemTypes: [{ descriptions: [{ cweId: 'CWE-79' }] }],
      },
    ],
  },
};

test('facts of both containers, by source', async (context) => {
  const tar = makeTar([
    { name: 'vulnrichment-develop/2024/3xxx/CVE-2024-3094.json', data: JSON.stringify(RECORD) },
    {
      name: 'vulnrichment-develop/2024/3xxx/CVE-2024-3095.json',
      data: '{"cveMetadata":{"cveId":"CVE-2024-3095","state":"REJECTED"}}',
    },
    { name: 'vulnrichment-develop/2024/3xxx/CVE-2024-3096.json', data: '{"cveMetadata":{"cveId":7},"containers":[]}' },
    { name: 'vulnrichment-develop/assets/schema.json', data: '{}' },
  ]);
  const output = await readFeed(context, vulnrichment, 'vulnrichment/vulnrichment.tar.gz', gzipSync(tar));
  assert.deepEqual(output.facts, [
    {
      id: 'CVE-2024-3094',
      title: 'Xz: malicious code in distributed source',
      published: '2024-03-29T16:51:12.588Z',
      severities: [
        { kind: 'cvss-v3', value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', source: 'cna' },
        { kind: 'cvss-v3', value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', source: 'cisa-adp' },
      ],
      cwes: ['CWE-506', 'CWE-79'],
      exploitation: 'poc',
    },
    { id: 'CVE-2024-3095', rejected: true },
  ]);
  assert.equal(output.problems.length, 1);
});

test('real data: 44,130 records', async (context) => {
  const path = needShared(context, 'vulnrichment/vulnrichment.tar.zst');
  if (path === undefined) return;
  const output = await collect(vulnrichment.parse({ path: 'vulnrichment/vulnrichment.tar.zst', streams: [] }, path));
  assert.deepEqual([output.facts.length, output.problems], [44130, []]);
});
