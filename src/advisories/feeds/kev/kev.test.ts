import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { kev } from './index.ts';

const PATH = 'kev/known_exploited_vulnerabilities.json';

test('dates, ransomware and CWEs; malformed entries cost only themselves', async (context) => {
  const entry = {
    cveID: 'CVE-2021-44228',
    vulnerabilityName: 'Log4Shell',
    dateAdded: '2021-12-10',
    dueDate: '2021-12-24',
    knownRansomwareCampaignUse: 'Known',
    cwes: ['CWE-502', 'CWE-20'],
  };
  const vulnerabilities = [
    entry,
    5,
    { ...entry, cveID: 'x' },
    { ...entry, dateAdded: 'yesterday' },
    { cveID: 'CVE-2020-0001', dateAdded: '2022-01-01' },
  ];
  const output = await readFeed(context, kev, PATH, JSON.stringify({ vulnerabilities }));
  assert.deepEqual(output.facts, [
    {
      id: 'CVE-2021-44228',
      title: 'Log4Shell',
      cwes: ['CWE-20', 'CWE-502'],
      kev: { dateAdded: '2021-12-10', dueDate: '2021-12-24', ransomware: true },
    },
    { id: 'CVE-2020-0001', cwes: [], kev: { dateAdded: '2022-01-01', ransomware: false } },
  ]);
  assert.equal(output.problems.length, 3);
});

test('real data: 1,662 entries', async (context) => {
  const path = needShared(context, PATH);
  if (path === undefined) return;
  const output = await collect(kev.parse({ path: PATH, streams: [] }, path));
  assert.deepEqual([output.facts.length, output.problems], [1662, []]);
});
