import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatingSystem } from '../../model/package.ts';
import { DISTRIBUTIONS } from './distributions.ts';
import { DATED } from './eol.ts';
import { releaseOf } from './index.ts';

type Row = readonly [
  os: Omit<OperatingSystem, 'prettyName'> & { prettyName?: string },
  expected: readonly [
    distribution: string,
    release: string,
    stream: string | undefined,
    date: string | undefined,
    extended?: string,
  ],
];

const RELEASES: readonly Row[] = [
  [{ id: 'debian', versionId: '12' }, ['debian', '12', 'debian/12', '2028-06-30']],
  [{ id: 'debian', versionId: 'sid' }, ['debian', 'sid', 'debian/sid', undefined]],
  [{ id: 'debian', versionId: 'sid', codename: 'trixie' }, ['debian', '13', 'debian/13', '2030-06-30']],
  [{ id: 'ubuntu', versionId: '18.04' }, ['ubuntu', '18.04', 'ubuntu/18.04', '2023-05-31', '2028-04-30']],
  [{ id: 'alpine', versionId: '3.19.1' }, ['alpine', '3.19', 'alpine/3.19', '2025-11-01']],
  [{ id: 'amzn', versionId: '2018.03' }, ['amazon', '1', 'amazon/1', '2023-12-31']],
  [{ id: 'amzn', versionId: '2' }, ['amazon', '2', 'amazon/2', '2026-06-30']],
  [{ id: 'rhel', versionId: '7.9' }, ['rhel', '7', 'rhel/7', '2024-06-30', '2028-06-30']],
  [{ id: 'centos', versionId: '7' }, ['centos', '7', 'rhel/7', '2024-06-30']],
  [{ id: 'centos', versionId: '8', variantId: 'stream' }, ['centos-stream', '8', undefined, '2024-05-31']],
  [{ id: 'almalinux', versionId: '9.4' }, ['almalinux', '9', 'almalinux/9', '2032-05-31']],
  [{ id: 'sles', versionId: '15.5' }, ['sles', '15.5', 'suse/15.5', '2024-12-31', '2027-12-31']],
  [{ id: 'opensuse-leap', versionId: '15.6' }, ['opensuse-leap', '15.6', 'opensuse/leap-15.6', '2026-04-30']],
  [{ id: 'ol', versionId: '7.9' }, ['oracle', '7', undefined, '2024-12-01']],
  [{ id: 'mariner', versionId: '2.0.20240301' }, ['azurelinux', '2', 'azurelinux/2', '2025-07-31']],
  [{ id: 'wolfi', versionId: '20230201' }, ['wolfi', 'rolling', 'wolfi', undefined]],
  [
    { id: 'openeuler', versionId: '22.03', prettyName: 'openEuler 22.03 (LTS-SP3)' },
    ['openeuler', '22.03-LTS-SP3', 'openeuler/22.03-LTS-SP3', undefined],
  ],
  [
    { id: 'openeuler', versionId: '24.03', prettyName: 'openEuler 24.03 (LTS)' },
    ['openeuler', '24.03-LTS', 'openeuler/24.03-LTS', undefined],
  ],
  [{ id: 'mageia', versionId: '9' }, ['mageia', '9', 'mageia/9', undefined]],
];

for (const [{ prettyName = '', ...os }, [distribution, release, stream, date, extended]] of RELEASES) {
  test(`${os.id} ${os.versionId} ${os.codename ?? os.variantId ?? ''}is ${distribution} ${release}`, () => {
    const found = releaseOf({ ...os, prettyName });
    assert.deepEqual(
      [found?.distribution, found?.release, found?.stream, found?.eol?.date, found?.eol?.extended],
      [distribution, release, stream, date, extended],
    );
  });
}

test('a distribution that Vedette does not know has no release', () => {
  assert.equal(releaseOf({ id: 'kali', versionId: '2024.1', prettyName: 'Kali' }), undefined);
});

test('distributions: no os-release ID belongs to two', () => {
  const ids = DISTRIBUTIONS.flatMap((distribution) => distribution.ids);
  assert.equal(new Set(ids).size, ids.length);
});

test('end of life: dates are dates, extended support comes after, each distribution is known and says where the dates are from', () => {
  const known = new Set([...DISTRIBUTIONS.map(({ id }) => id), 'centos-stream']);
  for (const [distribution, { url, releases }] of Object.entries(DATED)) {
    assert.ok(known.has(distribution), distribution);
    assert.match(url, /^https:\/\//);
    for (const [release, [date, extended]] of Object.entries(releases)) {
      for (const day of [date, extended ?? date])
        assert.equal(new Date(day).toISOString().slice(0, 10), day, `${distribution} ${release}`);
      if (extended !== undefined) assert.ok(extended > date, `${distribution} ${release}`);
    }
  }
});
