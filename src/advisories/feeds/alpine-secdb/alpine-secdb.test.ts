import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { alpineSecdb } from './index.ts';

const PATH = 'alpine-secdb/v3.19/main.json';

async function read(context: Parameters<typeof readFeed>[0], secfixes: object, path = PATH) {
  return readFeed(context, alpineSecdb, path, JSON.stringify({ packages: [{ pkg: { name: 'apache2', secfixes } }] }));
}

test('one advisory for each id, with its packages', async (context) => {
  const output = await read(context, { '2.4.26-r0': ['CVE-2017-3167', 'CVE-2017-7679'] });
  assert.deepEqual(output.problems, []);
  assert.deepEqual(output.advisories[0], {
    id: 'CVE-2017-3167',
    source: 'alpine-secdb',
    url: 'https://security.alpinelinux.org/vuln/CVE-2017-3167',
    vulnerabilities: ['CVE-2017-3167'],
    aliases: [],
    kind: 'vulnerability',
    severities: [],
    cwes: [],
    affected: [{ stream: 'alpine/3.19', name: 'apache2', status: 'affected', ranges: [{ fixed: '2.4.26-r0' }], names: 'source' }],
  });
  assert.equal(output.advisories.length, 2);
});

test('fixed in version 0 means not affected', async (context) => {
  const output = await read(context, { '0': ['CVE-2017-3167'] });
  assert.deepEqual(output.advisories[0]?.affected, [
    { stream: 'alpine/3.19', name: 'apache2', status: 'not-affected', ranges: [{}], names: 'source' },
  ]);
});

const IDS: readonly (readonly [entry: string, ids: readonly string[], aliases: readonly string[]])[] = [
  ['CVE-2017-8904 XSA-214', ['CVE-2017-8904'], ['XSA-214']],
  ['CVE-2020-11740 CVE-2020-11741 XSA-313', ['CVE-2020-11740', 'CVE-2020-11741'], ['XSA-313']],
  ['GNUTLS-SA-2020-03-31 CVE-2020-11501', ['CVE-2020-11501'], ['GNUTLS-SA-2020-03-31']],
  ['CVE_2019-2426', ['CVE-2019-2426'], []],
  ['CVE-2021-35940.patch', ['CVE-2021-35940'], []],
  ['CVE-2017-17434-2', ['CVE-2017-17434'], []],
  ['CVE-????-????? XSA-312', ['XSA-312'], []],
  ['CVE N/A ZBX-11023', ['ZBX-11023'], []],
  ['CVE-2019-15167 (+ regression fix)', ['CVE-2019-15167'], []],
  ['CVE-2018-3665   XSA-267', ['CVE-2018-3665'], ['XSA-267']],
  ['VSV00014', ['VSV00014'], []],
  ['DW202403-001', ['DW202403-001'], []],
  ['wnpa-sec-2017-21', ['wnpa-sec-2017-21'], []],
  ['GHSA-vvpx-j8f3-3w6h', ['GHSA-vvpx-j8f3-3w6h'], []],
];
for (const [entry, ids, aliases] of IDS) {
  test(`ids in "${entry}"`, async (context) => {
    const output = await read(context, { '1-r0': [entry] });
    assert.deepEqual(output.problems, []);
    assert.deepEqual(
      output.advisories.map(({ id }) => id),
      ids,
    );
    for (const advisory of output.advisories) assert.deepEqual(advisory.aliases, aliases);
  });
}

test('a remark that it does not apply is heard', async (context) => {
  const output = await read(context, { '1-r0': ['CVE-2020-14342 (Not affected, requires --with-systemd)'] });
  assert.deepEqual(output.advisories[0]?.affected[0]?.status, 'not-affected');
  assert.deepEqual(output.advisories[0]?.affected[0]?.note, 'Not affected, requires --with-systemd');
});

test('edge is a stream of its own; malformed parts are told', async (context) => {
  const edge = await read(context, { '1-r0': ['CVE-2020-0001'] }, 'alpine-secdb/edge/community.json');
  assert.equal(edge.advisories[0]?.affected[0]?.stream, 'alpine/edge');
  const odd = await read(context, { '1-r0': ['none', 5, 'CVE-2020-0001'], '2-r0': 'x' });
  assert.deepEqual([odd.advisories.length, odd.problems.map(({ code }) => code)], [1, ['feed-id-unusable', 'feed-id-unusable']]);
  const packages = [5, {}, { pkg: { name: 'a', secfixes: [] } }, { pkg: { name: 'b', secfixes: { '1-r0': ['CVE-2020-0001'] } } }];
  const broken = await readFeed(context, alpineSecdb, PATH, JSON.stringify({ packages }));
  assert.deepEqual([broken.advisories.length, broken.problems.length], [1, 3]);
});

test('real data: every branch without problem', async (context) => {
  const path = needShared(context, 'alpine-secdb');
  if (path === undefined) return;
  const present = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => `alpine-secdb/${name}`);
  const files = alpineSecdb.files(present);
  // v3.2–v3.21 and edge, each with main and community, except v3.2.
  assert.equal(files.length, 2 * 21 - 1);
  for (const file of files) assert.deepEqual((await collect(alpineSecdb.parse(file, `${path}/../${file.path}`))).problems, []);
});
