/** The starter set: what ships with Vedette is read like any mirror, is ours in every sentence, and agrees with the sources. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect } from '../../../tests/support/feed.ts';
import { needShared } from '../../../tests/support/shared.ts';
import type { Advisory } from '../../model/advisory.ts';
import { compileRange, inRange, isProblem } from '../../versions/range.ts';
import { schemeById } from '../../versions/registry.ts';
import { STREAM_FAMILIES, schemeOf } from '../streams/index.ts';
import { updateSources } from '../update/index.ts';
import { zipMembers } from './archive-zip.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt } from './json.ts';
import { readRecord } from './osv/record.ts';
import { feeds } from './registry.ts';
import { starterDirectory } from './starter.ts';

const root = starterDirectory();
const ecosystems = readdirSync(join(root, 'osv')).sort();
const FAMOUS = [
  'CVE-2014-0160',
  'CVE-2014-6271',
  'CVE-2017-5638',
  'CVE-2021-3156',
  'CVE-2021-4034',
  'CVE-2021-44228',
  'CVE-2022-0847',
  'CVE-2022-22965',
  'CVE-2022-3602',
  'CVE-2023-38545',
  'CVE-2023-44487',
  'CVE-2023-4863',
  'CVE-2023-4911',
  'CVE-2024-3094',
  'CVE-2024-6387',
  'CVE-2025-29927',
  'CVE-2025-55182',
];

/** Records that are younger than the sources these tests are held against. */
const YOUNGER: ReadonlySet<string> = new Set([
  'GHSA-83qj-6fr2-vhqg',
  'GHSA-9qr9-h5gf-34mp',
  'GHSA-f82v-jwr5-mffw',
  'GHSA-fv66-9v8q-g76r',
  'GHSA-mrrh-fwg8-r2c3',
]);

/** Chainguard's licence allows no reworked copies (CC BY-NC-ND), MinimOS states none. */
const NOT_OURS_TO_REWORK: readonly string[] = ['wolfi', 'chainguard', 'minimos'];

async function read() {
  const { sources } = await updateSources({ mirror: root, directory: join(root, 'unused'), feeds, now: () => new Date(0) });
  const outputs = [];
  for (const { feed, file, absolutePath } of sources) outputs.push(await collect(feed.parse(file, absolutePath)));
  return {
    advisories: outputs.flatMap(({ advisories }) => advisories),
    facts: outputs.flatMap(({ facts }) => facts),
    problems: outputs.flatMap(({ problems }) => problems),
  };
}

/** The records of one ecosystem as they lie in the file. */
function recordsOf(ecosystem: string): readonly JsonObject[] {
  const list: unknown = JSON.parse(readFileSync(join(root, 'osv', ecosystem, 'all.json'), 'utf8'));
  assert.ok(Array.isArray(list));
  return list.filter(isObject);
}

test('every record is read, 150 vulnerabilities and more, over the families of streams that have a feed', async () => {
  const { advisories, facts, problems } = await read();
  assert.deepEqual(problems, []);
  const ids = new Set(advisories.flatMap(({ vulnerabilities }) => vulnerabilities));
  assert.ok(ids.size >= 150, String(ids.size));
  assert.deepEqual(
    FAMOUS.filter((id) => !ids.has(id)),
    [],
  );
  const covered = new Set(advisories.flatMap(({ affected }) => affected.map(({ stream }) => stream.split('/')[0])));
  const missing = STREAM_FAMILIES.filter(({ id, feeds: from }) => from.length > 0 && !covered.has(id)).map(({ id }) => id);
  assert.deepEqual(missing, NOT_OURS_TO_REWORK);
  for (const { id, title, affected } of advisories) assert.ok((title?.length ?? 0) > 15 && affected.length > 0, id);
  // Facts are only told of vulnerabilities that the set holds.
  for (const { id } of facts) assert.ok(ids.has(id), id);
  assert.ok(facts.some(({ kev }) => kev !== undefined));
  assert.ok(facts.some(({ epss }) => epss !== undefined));
});

test('releases that people run are there', async () => {
  const { advisories } = await read();
  const streams = new Set(advisories.flatMap(({ affected }) => affected.map(({ stream }) => stream)));
  const expected = [
    'debian/11',
    'debian/12',
    'debian/13',
    'ubuntu/20.04',
    'ubuntu/22.04',
    'ubuntu/24.04',
    'alpine/3.18',
    'alpine/3.19',
  ];
  expected.push('alpine/3.20', 'alpine/3.21', 'almalinux/8', 'almalinux/9', 'rocky/8', 'rocky/9', 'rhel/8', 'rhel/9');
  expected.push('amazon/1', 'amazon/2', 'amazon/2023', 'suse/15.5', 'opensuse/leap-15.6', 'generic/node');
  assert.deepEqual(
    expected.filter((stream) => !streams.has(stream)),
    [],
  );
});

/** The last version that is affected and the first that is not, as their makers announced them. */
const EDGES: readonly (readonly [id: string, stream: string, name: string, affected: string, safe: string])[] = [
  ['CVE-2021-44228', 'Maven', 'org.apache.logging.log4j:log4j-core', '2.14.1', '2.15.0'],
  ['CVE-2022-22965', 'Maven', 'org.springframework:spring-beans', '5.3.17', '5.3.18'],
  ['CVE-2022-42889', 'Maven', 'org.apache.commons:commons-text', '1.9', '1.10.0'],
  ['CVE-2025-24813', 'Maven', 'org.apache.tomcat.embed:tomcat-embed-core', '9.0.98', '9.0.99'],
  ['CVE-2021-23337', 'npm', 'lodash', '4.17.20', '4.17.21'],
  ['CVE-2025-29927', 'npm', 'next', '15.2.2', '15.2.3'],
  ['CVE-2025-55182', 'npm', 'react-server-dom-webpack', '19.1.1', '19.1.2'],
  ['CVE-2023-32681', 'PyPI', 'requests', '2.30.0', '2.31.0'],
  ['CVE-2023-4863', 'PyPI', 'pillow', '10.0.0', '10.0.1'],
  ['CVE-2024-45337', 'Go', 'golang.org/x/crypto', '0.30.0', '0.31.0'],
  ['CVE-2024-24790', 'Go', 'stdlib', '1.22.3', '1.22.4'],
  ['CVE-2024-21907', 'NuGet', 'newtonsoft.json', '12.0.3', '13.0.1'],
  ['CVE-2017-9841', 'Packagist', 'phpunit/phpunit', '5.6.2', '5.6.3'],
  ['CVE-2024-45409', 'RubyGems', 'ruby-saml', '1.16.0', '1.17.0'],
  ['CVE-2025-30066', 'GitHub Actions', 'tj-actions/changed-files', '45.0.7', '46.0.1'],
  ['CVE-2023-38545', 'alpine/3.18', 'curl', '8.3.0-r2', '8.4.0-r0'],
  ['CVE-2024-6387', 'debian/12', 'openssh', '1:9.2p1-2+deb12u2', '1:9.2p1-2+deb12u3'],
  ['CVE-2023-4911', 'ubuntu/22.04', 'glibc', '2.35-0ubuntu3.3', '2.35-0ubuntu3.4'],
  ['CVE-2022-3602', 'almalinux/9', 'openssl-libs', '1:3.0.1-41.el9_0', '1:3.0.1-43.el9_0'],
  ['CVE-2024-6387', 'rhel/9', 'openssh-server', '8.7p1-38.el9', '8.7p1-38.el9_4.1'],
  ['CVE-2023-45853', 'azurelinux/3', 'zlib', '1.2.13-2', '1.3.1-1'],
  ['CVE-2026-9672', 'mageia/10', 'php8.4', '8.4.24-1.mga10', '8.4.24-1.1.mga10'],
  ['CVE-2026-44605', 'openeuler/20.03-LTS-SP4', 'rpm', '4.15.1-63.oe2003sp4', '4.15.1-64.oe2003sp4'],
  ['CVE-2021-27836', 'CRAN', 'readxl', '1.4.1', '1.4.2'],
  ['CVE-2014-0160', 'amazon/1', 'openssl', '1:1.0.1e-4.58.amzn1', '1:1.0.1e-37.66.amzn1'],
  ['CVE-2024-27983', 'generic/node', 'node', '20.12.0', '20.12.1'],
];

test('versions at the edge of what is affected', async () => {
  const { advisories } = await read();
  for (const [id, stream, name, affected, safe] of EDGES) {
    const rows = advisories
      .filter(({ vulnerabilities }) => vulnerabilities.includes(id))
      .flatMap((advisory) => advisory.affected.filter((row) => row.stream === stream && row.name === name));
    const schemeId = schemeOf(stream);
    assert.ok(rows.length > 0 && schemeId !== undefined, `${id} ${stream} ${name}`);
    const scheme = schemeById(schemeId);
    const hit = (version: string) => {
      const key = scheme.key(version);
      assert.ok(key.ok, version);
      return rows.some(({ ranges }) =>
        ranges.some((range) => {
          const bounds = compileRange(scheme, range);
          assert.ok(!isProblem(bounds));
          return inRange(key.value, { ...range, ...bounds });
        }),
      );
    };
    assert.deepEqual([hit(affected), hit(safe)], [true, false], `${id} ${stream} ${name}`);
  }
});

// https://ossf.github.io/osv-schema/
test('every record has the shape of OSV 1.6', () => {
  for (const ecosystem of ecosystems) {
    const records = recordsOf(ecosystem);
    const ids = records.map((record) => textAt(record, 'id'));
    assert.deepEqual(ids, [...new Set(ids)].sort(), `${ecosystem} is sorted, each id once`);
    for (const record of records) {
      const id = String(record.id);
      assert.match(String(record.schema_version), /^1\.[6-9]\.\d+$/, id);
      for (const key of ['modified', 'published'])
        assert.match(String(record[key]), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, `${id} ${key}`);
      assert.match(String(record.summary), /^\S.{15,160}[^\s.]$/, id);
      for (const said of listAt(record, 'severity'))
        assert.match(`${textAt(said, 'type')} ${textAt(said, 'score')}`, /^(?:CVSS_V[234] (?:CVSS:|AV:)\S+|Ubuntu [a-z]+)$/, id);
      const affected = listAt(record, 'affected');
      assert.ok(affected.length > 0, id);
      for (const entry of affected) {
        assert.equal(textAt(objectAt(entry, 'package'), 'ecosystem')?.split(':')[0]?.replace('openSUSE', 'SUSE'), ecosystem, id);
        assert.ok(textAt(objectAt(entry, 'package'), 'name') !== undefined, id);
        assert.ok(listAt(entry, 'ranges').length + listAt(entry, 'versions').length > 0, id);
        for (const range of listAt(entry, 'ranges')) {
          assert.match(textAt(range, 'type') ?? '', /^(?:ECOSYSTEM|SEMVER)$/, id);
          assert.ok(
            listAt(range, 'events').some((event) => textAt(event, 'introduced') !== undefined),
            id,
          );
        }
      }
    }
  }
});

/** What an advisory says, by stream and package: the bounds of its ranges. */
function boundsOf(advisory: Advisory | undefined): Map<string, Set<string>> {
  const bounds = new Map<string, Set<string>>();
  for (const { stream, name, module = '', ranges, versions = [] } of advisory?.affected ?? []) {
    const place = [stream, name, module].join(' ').trim();
    const found = bounds.get(place) ?? new Set();
    bounds.set(place, found);
    for (const { introduced = '0', fixed = '', lastAffected = '' } of ranges) found.add(`${introduced} ${fixed} ${lastAffected}`);
    for (const version of versions) found.add(`= ${version}`);
  }
  return bounds;
}

/** Runs of words that two texts share are no coincidence from this length on. */
const SHARED_WORDS = 8;

function runs(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.slice(SHARED_WORDS - 1).map((_, index) => words.slice(index, index + SHARED_WORDS).join(' '));
}

/** Exports that the shared data lack: the facts of these records were looked up one by one. */
const NOT_SHARED = new Set(['Azure Linux', 'CRAN', 'Mageia', 'openEuler']);

for (const ecosystem of ecosystems.filter((name) => !NOT_SHARED.has(name))) {
  test(`${ecosystem}: facts are those of the source, sentences are not`, async (context) => {
    const mirror = needShared(context, `osv/${ecosystem}/all.zip`);
    if (mirror === undefined) return;
    const own = new Map(recordsOf(ecosystem).map((record) => [String(record.id).replace(/^(?:DEBIAN|ALPINE)-/, ''), record]));
    const found = new Set<string>();
    for (const member of zipMembers(mirror)) {
      const id = member.name.replace(/\.json$/, '');
      const record = own.get(id);
      if (record === undefined || member.fault !== undefined) continue;
      found.add(id);
      const upstream: unknown = JSON.parse(member.content.toString('utf8'));
      const theirs = boundsOf(readRecord(upstream, ecosystem, () => undefined));
      for (const [place, bounds] of boundsOf(readRecord(record, ecosystem, () => undefined)))
        for (const bound of bounds) assert.ok(theirs.get(place)?.has(bound), `${id}: ${place}: ${bound}`);
      const said = new Set(runs(`${textAt(upstream, 'summary')} / ${textAt(upstream, 'details')}`));
      assert.notEqual(record.summary, textAt(upstream, 'summary'), id);
      assert.deepEqual(
        runs(String(record.summary)).filter((run) => said.has(run)),
        [],
        id,
      );
    }
    assert.deepEqual(
      [...own.keys()].filter((id) => !found.has(id) && !YOUNGER.has(id)),
      [],
    );
  });
}

test('EPSS and KEV say what the sources say', async (context) => {
  for (const id of ['kev', 'epss', 'nodejs-core', 'amazon']) {
    const folder = needShared(context, id);
    if (folder === undefined) return;
    const feed = feeds.find((one) => one.id === id);
    assert.ok(feed);
    const sides: (readonly string[])[] = [];
    for (const base of [root, join(folder, '..')]) {
      const present = readdirSync(join(base, id), { recursive: true, encoding: 'utf8' }).map((name) => `${id}/${name}`);
      const said: string[] = [];
      for (const file of feed.files(present)) {
        if (base !== root && id === 'amazon' && !existsSync(join(root, file.path.replace(/\.gz$/, '')))) continue;
        const { facts, advisories, problems } = await collect(feed.parse(file, join(base, file.path)));
        assert.deepEqual(problems, []);
        for (const { id: cve, epss, kev } of facts) said.push(`${cve} ${JSON.stringify(epss ?? kev)}`);
        for (const advisory of advisories)
          for (const [place, bounds] of boundsOf(advisory))
            for (const bound of bounds) said.push(`${advisory.id} ${place} ${bound}`);
      }
      sides.push(said);
    }
    const [ours = [], theirs = []] = sides;
    const known = new Set(theirs);
    assert.ok(ours.length > 0, id);
    assert.deepEqual(
      ours.filter((one) => !known.has(one)),
      [],
      id,
    );
  }
});

test('small enough to ship', () => {
  const size = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
  assert.ok(size < 500_000, String(size));
});
