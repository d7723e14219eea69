import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { makeTar } from '../../../../tests/support/tar.ts';
import { rubysec } from './index.ts';
import { readRequirement } from './requirement.ts';

const ADVISORY = `---
gem: RedCloth
cve: 2023-31606
ghsa: qcm3-vfq5-wfr2
url: https://example.org/advisory
title: A slow regular expression in sanitize_html
date: 2023-06-06
description: |
  Our own words.
cvss_v3: 7.5
unaffected_versions:
  - "< 4.0.0"
patched_versions:
  - ">= 4.3.3"
`;
const ENGINE = `---
engine: jruby
cve: 2022-25857
title: Nested documents exhaust the stack
date: 2022-08-30
patched_versions:
  - "~> 9.3.8.0"
  - ">= 9.4.0.0"
`;

test('patched and unaffected versions become affected ranges', async (context) => {
  // As GitHub packs it: a directory above everything and a global PAX header.
  const tar = makeTar([
    { name: 'pax_global_header', type: 'g', data: '52 comment=0123456789012345678901234567890123456789\n' },
    { name: 'ruby-advisory-db-master/' },
    { name: 'ruby-advisory-db-master/README.md', data: 'x' },
    { name: 'ruby-advisory-db-master/gems/RedCloth/CVE-2023-31606.yml', data: ADVISORY },
    { name: 'ruby-advisory-db-master/rubies/jruby/CVE-2022-25857.yml', data: ENGINE },
  ]);
  const output = await readFeed(context, rubysec, 'rubysec/ruby-advisory-db.tar.gz', gzipSync(tar));
  assert.deepEqual(output.problems, []);
  assert.deepEqual(output.advisories[0], {
    id: 'CVE-2023-31606',
    source: 'rubysec',
    url: 'https://example.org/advisory',
    vulnerabilities: ['CVE-2023-31606'],
    aliases: ['GHSA-qcm3-vfq5-wfr2'],
    title: 'A slow regular expression in sanitize_html',
    description: 'Our own words.',
    published: '2023-06-06T00:00:00Z',
    modified: '2023-06-06T00:00:00Z',
    kind: 'vulnerability',
    severities: [{ kind: 'word', value: 'high', source: 'rubysec' }],
    cwes: [],
    affected: [
      {
        stream: 'RubyGems',
        name: 'RedCloth',
        status: 'affected',
        ranges: [{ introduced: '4.0.0', fixed: '4.3.3' }],
        names: 'binary',
      },
    ],
  });
  assert.deepEqual(output.advisories[1]?.affected, [
    {
      stream: 'generic/jruby',
      name: 'jruby',
      status: 'affected',
      ranges: [{ fixed: '9.3.8.0' }, { introduced: '9.3.9.a', fixed: '9.4.0.0' }],
      names: 'binary',
    },
  ]);
});

const REQUIREMENTS: readonly (readonly [text: string, low: string | undefined, high: string | undefined])[] = [
  ['~> 2.3.1', '2.3.1', '2.4.a'],
  ['~> 2', '2', '3.a'],
  ['~> 3.2.0-rc', '3.2.0-rc', '3.3.a'],
  ['~> 1.0.0.beta.2', '1.0.0.beta.2', '1.1.a'],
  ['~> 2.3.1, >= 2.3.1.2', '2.3.1.2', '2.4.a'],
  ['>= 1.0, < 2', '1.0', '2'],
  ['= 1.5', '1.5', '1.5'],
];
for (const [text, low, high] of REQUIREMENTS) {
  test(`requirement ${text}`, () => {
    const interval = readRequirement(text);
    assert.deepEqual([interval.low?.version, interval.high?.version], [low, high]);
  });
}

test('malformed documents cost only themselves', async (context) => {
  const name = (index: number) => `gems/x/CVE-2020-000${index}.yml`;
  const broken = [
    'a: [',
    '- list',
    'title: neither gem nor engine',
    'gem: x\npatched_versions: 5',
    'gem: x\npatched_versions: ["~> none"]',
    'gem: x\npatched_versions: [">= 1 || 2"]',
    'a: &a [1]\nb: [*a, *a]\ngem: x',
  ];
  const tar = makeTar([...broken.map((data, index) => ({ name: name(index), data })), { name: name(9), data: 'gem: x\n' }]);
  const output = await readFeed(context, rubysec, 'rubysec/ruby-advisory-db.tar.zst', zstdCompressSync(tar));
  assert.deepEqual(
    output.problems.map(({ code }) => code),
    broken.map(() => 'feed-record-malformed'),
  );
  assert.deepEqual(output.advisories[0]?.affected[0]?.ranges, [{}]);
});

test('an archive that is cut off is told, what came before is read', async (context) => {
  const tar = makeTar([
    { name: 'gems/x/a.yml', data: ADVISORY },
    { name: 'gems/x/b.yml', data: ADVISORY },
  ]);
  const cut = await readFeed(context, rubysec, 'rubysec/ruby-advisory-db.tar', tar.subarray(0, 1400));
  assert.deepEqual([cut.advisories.length, cut.problems.map(({ code }) => code)], [1, ['feed-file-unreadable']]);
  const damaged = await readFeed(context, rubysec, 'rubysec/ruby-advisory-db.tar.gz', gzipSync(tar).subarray(0, 60));
  assert.deepEqual(
    damaged.problems.map(({ code }) => code),
    ['feed-file-unreadable'],
  );
  const flipped = Buffer.from(tar);
  flipped.writeUInt8(0x39, 1024 + 124);
  assert.deepEqual((await readFeed(context, rubysec, 'rubysec/ruby-advisory-db.tar', flipped)).problems.length, 1);
});

test('real data: 1,381 advisories, two of which leave no version affected', async (context) => {
  const path = needShared(context, 'rubysec/ruby-advisory-db.tar.zst');
  if (path === undefined) return;
  const output = await collect(rubysec.parse({ path: 'rubysec/ruby-advisory-db.tar.zst', streams: [] }, path));
  assert.deepEqual(output.problems, []);
  assert.equal(output.advisories.length, 1381 - 2);
});
