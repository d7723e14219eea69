/**
 * Distributions that publish through OSV alone: from their records to findings. Spellings are upstream's; which id goes with
 * which vulnerability is of no matter here, and some ids are made up.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import { readRecord } from '../advisories/feeds/osv/record.ts';
import type { OperatingSystem, Package, PackageType } from '../model/package.ts';
import { matchInventory } from './match.ts';

interface Case {
  readonly what: string;
  readonly os?: OperatingSystem;
  /** Name of the package that is there, its versions, and what its package manager says of it. */
  readonly pkg: readonly [type: PackageType, name: string, facts?: Partial<Package>];
  /** Ecosystem, name and events of the record's entries. */
  readonly affected: readonly (readonly [ecosystem: string, name: string, event: string, version: string, purl?: string])[];
  readonly id: string;
  readonly upstream?: readonly string[];
  /** Version → `finding, fixed in`, or nothing. */
  readonly expected: Readonly<Record<string, readonly string[]>>;
}

const WOLFI = systemOf('wolfi', '20230201');
const CHAINGUARD = systemOf('chainguard', '20230214');
const AMD64 = { architecture: 'x86_64' };
const OPENSSL = { ...AMD64, source: { name: 'openssl' } };
const WOLFI_AMD64 = 'pkg:apk/wolfi/openssl?arch=x86_64';

function built(name: string, vendor?: string) {
  return (version: string): Partial<Package> => ({
    ...AMD64,
    source: { name, version },
    ...(vendor === undefined ? {} : { vendor }),
  });
}

/** Cases whose packages name the version of their source. */
const SOURCES: Readonly<Record<string, (version: string) => Partial<Package>>> = {
  'zlib-devel': built('zlib', 'Microsoft Corporation'),
  zziplib: built('zziplib', 'Microsoft Corporation'),
  'php8.4-cli': built('php8.4', 'Mageia.Org'),
  'rpm-libs': built('rpm', 'http://openeuler.org'),
};

const CASES: readonly Case[] = [
  {
    what: 'Wolfi: a package of its own',
    os: WOLFI,
    pkg: ['apk', 'openssl', OPENSSL],
    id: 'CGA-vm3f-4crq-r2jr',
    upstream: ['CVE-2022-3602'],
    affected: [['Wolfi', 'openssl', 'fixed', '3.0.7-r0', WOLFI_AMD64]],
    expected: { '3.0.6-r1': ['CVE-2022-3602 3.0.7-r0'], '3.0.7-r0': [], '3.0.10-r0': [] },
  },
  {
    what: 'Wolfi: a package of an origin is not judged by what is said of its origin, which has records of its own',
    os: WOLFI,
    pkg: ['apk', 'libcrypto3', OPENSSL],
    id: 'CGA-vm3f-4crq-r2jr',
    upstream: ['CVE-2022-3602'],
    affected: [['Wolfi', 'openssl', 'fixed', '3.0.7-r0', WOLFI_AMD64]],
    expected: { '3.0.6-r1': [] },
  },
  {
    what: 'Wolfi: the record of that package decides',
    os: WOLFI,
    pkg: ['apk', 'libcrypto3', OPENSSL],
    id: 'CGA-1111-2222-3333',
    upstream: ['CVE-2022-3602'],
    affected: [['Wolfi', 'libcrypto3', 'fixed', '3.0.7-r0', 'pkg:apk/wolfi/libcrypto3?arch=x86_64']],
    expected: { '3.0.6-r1': ['CVE-2022-3602 3.0.7-r0'], '3.0.7-r0': [] },
  },
  {
    what: 'Wolfi: another architecture',
    os: WOLFI,
    pkg: ['apk', 'openssl', OPENSSL],
    id: 'CGA-c775-m9w6-gg4v',
    upstream: ['CVE-2024-2511'],
    affected: [['Wolfi', 'openssl', 'fixed', '3.3.0-r5', 'pkg:apk/wolfi/openssl?arch=aarch64']],
    expected: { '3.3.0-r4': [] },
  },
  {
    what: 'Wolfi: a false positive is fixed in 0',
    os: WOLFI,
    pkg: ['apk', 'grype', AMD64],
    id: 'CGA-c29f-hg98-63f2',
    upstream: ['GHSA-vvjp-q62m-2vph'],
    affected: [['Wolfi', 'grype', 'fixed', '0', 'pkg:apk/wolfi/grype?arch=x86_64']],
    expected: { '0.1.0-r0': [] },
  },
  {
    what: 'Chainguard: its own entry of a record about both counts',
    os: CHAINGUARD,
    pkg: ['apk', 'haproxy-3.1', AMD64],
    id: 'CGA-4444-5555-6666',
    upstream: ['CVE-2026-0001', 'GHSA-vvjp-q62m-2vph'],
    affected: [
      ['Wolfi', 'haproxy-3.1', 'fixed', '3.1.7-r0'],
      ['Chainguard', 'haproxy-3.1', 'fixed', '3.1.8-r0'],
    ],
    expected: { '3.1.7-r0': ['CVE-2026-0001 3.1.8-r0'], '3.1.8-r0': [] },
  },
  {
    what: 'MinimOS: a package of an origin',
    os: systemOf('minimos', '20250101'),
    pkg: ['apk', 'ld-linux', { source: { name: 'glibc' } }],
    id: 'MINI-5699-2qf6-m8cp',
    upstream: ['CVE-2026-5435', 'GHSA-32rw-r8mp-pw42'],
    affected: [
      ['MinimOS', 'glibc', 'fixed', '2.43-r1'],
      ['MinimOS', 'ld-linux', 'fixed', '2.43-r1'],
    ],
    expected: { '2.43-r0': ['CVE-2026-5435 2.43-r1'], '2.43-r1': [] },
  },
  {
    what: 'Azure Linux: the source decides, `.azl3` or not',
    os: systemOf('azurelinux', '3.0'),
    pkg: ['rpm', 'zlib-devel'],
    id: 'AZL-35400',
    upstream: ['CVE-2023-45853'],
    affected: [['Azure Linux:3', 'zlib', 'fixed', '1.3.1-1']],
    expected: { '1.3-1.azl3': ['CVE-2023-45853 1.3.1-1'], '1.3.1-1.azl3': [], '1.3.1-2.azl3': [] },
  },
  {
    what: 'Azure Linux: what is affected up to the build that ships has no fix yet',
    os: systemOf('azurelinux', '3.0'),
    pkg: ['rpm', 'zlib-devel'],
    id: 'AZL-99090',
    upstream: ['CVE-2026-85091'],
    affected: [['Azure Linux:3', 'zlib', 'last_affected', '1.3.2-1']],
    expected: { '1.3.2-1.azl3': ['CVE-2026-85091'], '1.3.2-2.azl3': [] },
  },
  {
    what: 'CBL-Mariner 2 is Azure Linux 2',
    os: systemOf('mariner', '2.0'),
    pkg: ['rpm', 'zziplib'],
    id: 'AZL-43669',
    upstream: ['CVE-2024-39134'],
    affected: [['Azure Linux:2', 'zziplib', 'last_affected', '0.13.72-3']],
    expected: { '0.13.72-3.cm2': ['CVE-2024-39134'], '0.13.72-4.cm2': [] },
  },
  {
    what: 'Azure Linux: one release says nothing of another',
    os: systemOf('azurelinux', '3.0'),
    pkg: ['rpm', 'zziplib'],
    id: 'AZL-43669',
    upstream: ['CVE-2024-39134'],
    affected: [['Azure Linux:2', 'zziplib', 'last_affected', '0.13.72-3']],
    expected: { '0.13.72-3.azl3': [] },
  },
  {
    what: 'Mageia: an update by source, for one release',
    os: systemOf('mageia', '10'),
    pkg: ['rpm', 'php8.4-cli'],
    id: 'MGASA-2026-0329',
    upstream: ['CVE-2026-7260', 'CVE-2026-9672'],
    affected: [
      ['Mageia:10', 'php8.4', 'fixed', '8.4.24-1.1.mga10', 'pkg:rpm/mageia/php8.4?arch=source&distro=mageia-10'],
      ['Mageia:9', 'php8.4', 'fixed', '9-1.mga9'],
    ],
    expected: {
      '8.4.24-1.mga10': ['CVE-2026-7260 8.4.24-1.1.mga10', 'CVE-2026-9672 8.4.24-1.1.mga10'],
      '8.4.24-1.1.mga10': [],
    },
  },
  {
    what: 'openEuler: the service pack is part of the release',
    os: systemOf('openeuler', '20.03', { prettyName: 'openEuler 20.03 (LTS-SP4)' }),
    pkg: ['rpm', 'rpm-libs'],
    id: 'OESA-2026-3099',
    upstream: ['CVE-2026-44605'],
    affected: [
      ['openEuler:20.03-LTS-SP4', 'rpm', 'fixed', '4.15.1-64.oe2003sp4'],
      ['openEuler:22.03-LTS-SP3', 'rpm', 'fixed', '4.17.0-55.oe2203sp3'],
    ],
    expected: { '4.15.1-63.oe2003sp4': ['CVE-2026-44605 4.15.1-64.oe2003sp4'], '4.15.1-64.oe2003sp4': [] },
  },
  {
    what: 'openEuler: another service pack',
    os: systemOf('openeuler', '22.03', { prettyName: 'openEuler 22.03 (LTS-SP4)' }),
    pkg: ['rpm', 'rpm-libs'],
    id: 'OESA-2026-3099',
    upstream: ['CVE-2026-44605'],
    affected: [['openEuler:22.03-LTS-SP3', 'rpm', 'fixed', '4.17.0-55.oe2203sp3']],
    expected: { '4.17.0-10.oe2203sp4': [] },
  },
  {
    what: 'R packages of an SBOM',
    pkg: ['cran', 'haven'],
    id: 'RSEC-2023-5',
    affected: [['CRAN', 'haven', 'fixed', '1.1.1']],
    expected: { '1.1.0': ['RSEC-2023-5 1.1.1'], '1.1.1': [], '1.1.0-1': ['RSEC-2023-5 1.1.1'] },
  },
];

for (const { what, os, pkg, affected, id, upstream, expected } of CASES) {
  test(what, () => {
    const advisory = readRecord(
      {
        id,
        modified: '2026-01-02T00:00:00Z',
        upstream,
        affected: affected.map(([ecosystem, name, event, version, purl]) => ({
          package: { ecosystem, name, purl },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { [event]: version }] }],
        })),
      },
      affected[0]?.[0].split(':')[0] ?? '',
      (name) => assert.fail(name),
    );
    assert.ok(advisory !== undefined);
    const database = memoryDatabase([advisory]);
    const [type, name, facts] = pkg;
    for (const [version, findings] of Object.entries(expected)) {
      const one = packageOf({ type, name, version, ...facts, ...SOURCES[name]?.(version) });
      const { matches, problems } = matchInventory(inventoryOf([one], os), database, { today: '2025-01-01' });
      assert.deepEqual(
        matches.filter(({ kind }) => kind !== 'end-of-life').map((match) => [match.id, ...match.fixedVersions].join(' ')),
        findings,
        version,
      );
      if (findings.length > 0) assert.deepEqual(problems, []);
    }
  });
}
