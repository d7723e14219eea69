import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { amazon } from './index.ts';

function build(name: string, version: string, arch: string, epoch = '0'): string {
  return `<package arch="${arch}" epoch="${epoch}" name="${name}" release="31.135.amzn2" version="${version}"><filename>x</filename></package>`;
}

function update(id: string, packages: readonly string[], more = ''): string {
  return `<update from="x" status="final" type="security" version="1.4"><id>${id}</id><title>Amazon Linux 2 - ${id}: important</title>
<issued date="2022-01-20 23:18:00" /><updated date="2024-05-23 23:02" /><severity>Important</severity><description>a &amp; b</description>
<references><reference href="x" id="CVE-2021-3489" type="cve" /><reference href="x" id="RHSA-1" type="redhat" /></references>
<pkglist><collection short="x"><name>Amazon Linux 2</name>${packages.join('')}</collection></pkglist></update>${more}`;
}

function read(context: Parameters<typeof readFeed>[0], folder: string, xml: string) {
  return readFeed(
    context,
    amazon,
    `amazon/${folder}/repodata/updateinfo.xml.gz`,
    gzipSync(`<?xml version="1.0" ?><updates>${xml}</updates>`),
  );
}

test('a bulletin: names, builds with epoch, architectures', async (context) => {
  const packages = [
    build('openssl', '1.0.2k', 'x86_64', '1'),
    build('openssl', '1.0.2k', 'aarch64', '1'),
    build('openssl-perl', '1.0.2k', 'noarch'),
  ];
  const output = await read(context, '2/core', update('ALAS2-2022-1766', packages));
  assert.deepEqual(output.problems, []);
  assert.deepEqual(output.advisories, [
    {
      id: 'ALAS2-2022-1766',
      source: 'amazon',
      url: 'https://alas.aws.amazon.com/AL2/ALAS-2022-1766.html',
      vulnerabilities: ['CVE-2021-3489'],
      aliases: [],
      title: 'Amazon Linux 2 - ALAS2-2022-1766: important',
      description: 'a & b',
      published: '2022-01-20T23:18:00Z',
      modified: '2024-05-23T23:02:00Z',
      kind: 'vulnerability',
      severities: [{ kind: 'word', value: 'important', source: 'amazon' }],
      cwes: [],
      affected: [
        {
          stream: 'amazon/2',
          name: 'openssl',
          status: 'affected',
          ranges: [{ fixed: '1:1.0.2k-31.135.amzn2' }],
          architectures: ['aarch64', 'x86_64'],
          names: 'binary',
        },
        {
          stream: 'amazon/2',
          name: 'openssl-perl',
          status: 'affected',
          ranges: [{ fixed: '0:1.0.2k-31.135.amzn2' }],
          names: 'binary',
        },
      ],
    },
  ]);
});

test('kernel lines of Extras start with the line, other packages of the topic do not', async (context) => {
  const xml = update('ALAS2KERNEL-5.10-2022-001', [build('kernel', '5.10.35', 'x86_64'), build('bpftool', '6.1.1', 'x86_64')]);
  const [advisory] = (await read(context, '2/extras/kernel-5.10', xml)).advisories;
  assert.equal(advisory?.url, 'https://alas.aws.amazon.com/AL2/ALASKERNEL-5.10-2022-001.html');
  assert.deepEqual(
    advisory?.affected.map(({ stream, ranges }) => [stream, ranges]),
    [
      ['amazon/2/extras/kernel-5.10', [{ introduced: '5.10', fixed: '0:5.10.35-31.135.amzn2' }]],
      ['amazon/2/extras/kernel-5.10', [{ fixed: '0:6.1.1-31.135.amzn2' }]],
    ],
  );
});

const STREAMS: readonly (readonly [folder: string, stream: string])[] = [
  ['1/updates', 'amazon/1'],
  ['2/core', 'amazon/2'],
  ['2/extras/docker', 'amazon/2/extras/docker'],
  ['2/extras/a-topic-to-come', 'amazon/2/extras/a-topic-to-come'],
  ['2023/core', 'amazon/2023'],
  ['2023/kernel-livepatch', 'amazon/2023/kernel-livepatch'],
];
test('folders and streams', () => {
  const paths = STREAMS.map(([folder]) => `amazon/${folder}/repodata/updateinfo.xml.gz`);
  assert.deepEqual(
    amazon
      .files([...paths, 'amazon/2/extras/../x/repodata/updateinfo.xml.gz', 'amazon/3/core/repodata/updateinfo.xml.gz'])
      .map(({ streams }) => streams),
    STREAMS.map(([, stream]) => [stream]),
  );
});

test('bug fixes are left out; a broken document gives what came before', async (context) => {
  const bugfix = update('ALAS2-2022-2', []).replace('type="security"', 'type="bugfix"');
  const output = await read(context, '2/core', `${update('ALAS2-2022-1', [])}${bugfix}${update('', [])}<update><id>x</wrong>`);
  assert.deepEqual(
    output.advisories.map(({ id }) => id),
    ['ALAS2-2022-1'],
  );
  assert.deepEqual(
    output.problems.map(({ code }) => code),
    ['feed-record-malformed', 'feed-file-unreadable'],
  );
});

test('real data: 5,116 bulletins', async (context) => {
  const path = needShared(context, 'amazon');
  if (path === undefined) return;
  const present = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => `amazon/${name}`);
  const counts = { '1': 0, '2': 0, '2/extras': 0, '2023': 0, '2023/kernel-livepatch': 0 };
  for (const file of amazon.files(present)) {
    const output = await collect(amazon.parse(file, `${path}/../${file.path}`));
    assert.deepEqual(output.problems, []);
    const stream = (file.streams[0] ?? '').replace(/^amazon\//, '').replace(/\/extras\/.*/, '/extras');
    assert.ok(Object.hasOwn(counts, stream));
    counts[stream as keyof typeof counts] += output.advisories.length;
  }
  assert.deepEqual(counts, { '1': 1811, '2': 1618, '2/extras': 833, '2023': 816, '2023/kernel-livepatch': 38 });
});

test('the words of a bulletin about one CVE are those about the CVE', async (context) => {
  const preamble = 'Package updates are available for Amazon Linux 2 that fix the following vulnerabilities:';
  const about = (words: string) => update('ALAS2-1', []).replace('a &amp; b', words);
  const one = await read(context, '2/core', about(`${preamble}\nCVE-2021-3489:\n\tA bound is not checked.\n`));
  assert.equal(one.advisories[0]?.description, 'A bound is not checked.');
  const two = about(`${preamble}\nCVE-1:\n\tOne.`).replace('id="RHSA-1" type="redhat"', 'id="CVE-2021-3490" type="cve"');
  assert.equal((await read(context, '2/core', two)).advisories[0]?.description, `${preamble} CVE-1: One.`);
});
