import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { makeZip } from '../../../../tests/support/zip.ts';
import type { Advisory, Affected } from '../../../model/advisory.ts';
import { osv } from './index.ts';
import { readRecord } from './record.ts';

const MODIFIED = '2024-01-02T03:04:05Z';

function read(record: object, ecosystem = 'npm'): Advisory | undefined {
  return readRecord({ modified: MODIFIED, ...record }, ecosystem, (name) => assert.fail(`unknown ecosystem ${name}`));
}

function entry(ecosystem: string, name: string, events: readonly object[], more: object = {}): object {
  return { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events }], ...more };
}

function affected(record: object, ecosystem = 'npm'): readonly Affected[] {
  return read(record, ecosystem)?.affected ?? [];
}

const OPEN = [{ introduced: '0' }];

test('a GHSA record: every field', () => {
  const advisory = read({
    id: 'GHSA-35jh-r3h4-6jhm',
    aliases: ['CVE-2021-23337', 'SNYK-JS-LODASH-1040724'],
    summary: 'Template settings reach the compiler',
    published: '2021-05-06T16:05:51.1234Z',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H' }],
    database_specific: { severity: 'HIGH', cwe_ids: ['CWE-94', 'CWE-77'] },
    affected: [entry('npm', 'lodash', [{ introduced: '0' }, { fixed: '4.17.21' }])],
  });
  assert.deepEqual(advisory, {
    id: 'GHSA-35jh-r3h4-6jhm',
    source: 'ghsa',
    url: 'https://github.com/advisories/GHSA-35jh-r3h4-6jhm',
    vulnerabilities: ['CVE-2021-23337'],
    aliases: ['SNYK-JS-LODASH-1040724'],
    title: 'Template settings reach the compiler',
    description: 'Template settings reach the compiler',
    published: '2021-05-06T16:05:51.1234Z',
    modified: MODIFIED,
    kind: 'vulnerability',
    severities: [
      { kind: 'cvss-v3', value: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H', source: 'ghsa' },
      { kind: 'word', value: 'high', source: 'ghsa' },
    ],
    cwes: ['CWE-77', 'CWE-94'],
    affected: [
      { stream: 'npm', name: 'lodash', status: 'affected', ranges: [{ introduced: '0', fixed: '4.17.21' }], names: 'binary' },
    ],
  });
});

test('the details are the description: Markdown of ecosystems, plain words of distributions', () => {
  const details = '### Impact\nA `<p>` or <p> with **all** of [it](https://x.example).';
  assert.equal(read({ id: 'GHSA-1', summary: 'Short', details })?.description, 'Impact: A <p> or with all of it.');
  const plain = '### Impact A `<p>` or <p> with **all** of [it](https://x.example).';
  for (const id of ['DEBIAN-CVE-2024-1', 'DSA-1-1']) assert.equal(read({ id, details }, 'Debian')?.description, plain);
  assert.equal(read({ id: 'GHSA-1', summary: 'Short', details: ' <!-- nothing --> ' })?.description, 'Short');
});

test('a GHSA with two CVEs is about two vulnerabilities', () => {
  const advisory = read({ id: 'GHSA-3fc8-2r3f-8wrg', aliases: ['CVE-2024-47066', 'CVE-2024-32964'], affected: [] });
  assert.deepEqual(advisory?.vulnerabilities, ['CVE-2024-32964', 'CVE-2024-47066']);
});

test('withdrawn records never match', () => {
  assert.equal(read({ id: 'PYSEC-2006-10', withdrawn: MODIFIED, affected: [entry('PyPI', 'plone', OPEN)] }), undefined);
});

const NAMES: readonly (readonly [record: object, ecosystem: string, source: string, vulnerabilities: readonly string[]])[] = [
  [{ id: 'DEBIAN-CVE-2024-3094', upstream: ['CVE-2024-3094'] }, 'Debian', 'osv-debian', ['CVE-2024-3094']],
  [{ id: 'CVE-2019-25010', aliases: ['CVE-2020-25575'] }, 'Debian', 'osv-debian', ['CVE-2019-25010']],
  [{ id: 'CVE-2018-8777' }, 'Alpine', 'osv-alpine', ['CVE-2018-8777']],
  [{ id: 'ALPINE-CVE-2018-8777', upstream: ['CVE-2018-8777'] }, 'Alpine', 'osv-alpine', ['CVE-2018-8777']],
  [
    { id: 'DSA-4956-1', related: ['CVE-2021-29980', 'CVE-2021-29984'] },
    'Debian',
    'osv-debian',
    ['CVE-2021-29980', 'CVE-2021-29984'],
  ],
  [{ id: 'DSA-4956-1', upstream: ['CVE-2021-29980'] }, 'Debian', 'osv-debian', ['CVE-2021-29980']],
  [{ id: 'UBUNTU-CVE-2019-17559', upstream: ['CVE-2019-17559'] }, 'Ubuntu', 'osv-ubuntu', ['CVE-2019-17559']],
  [{ id: 'USN-4624-1', upstream: ['UBUNTU-CVE-2020-0452'] }, 'Ubuntu', 'osv-ubuntu', ['CVE-2020-0452']],
  [{ id: 'SUSE-SU-2022:0881-1', related: ['CVE-2021-46671'] }, 'SUSE', 'osv-suse', ['CVE-2021-46671']],
  [{ id: 'RHSA-2018:0502', related: ['CVE-2017-17712', 'GO-2020-0001'] }, 'Red Hat', 'osv-redhat', ['CVE-2017-17712']],
  [{ id: 'ALSA-2024:0001', related: ['CVE-2023-6856'] }, 'AlmaLinux', 'osv-almalinux', ['CVE-2023-6856']],
  [{ id: 'RLSA-2022:7928', related: ['CVE-2022-3787'] }, 'Rocky Linux', 'osv-rocky', ['CVE-2022-3787']],
  [{ id: 'GO-2023-2385', aliases: ['CVE-2023-26154', 'GHSA-5844-q3fc-56rh'] }, 'Go', 'govulndb', ['CVE-2023-26154']],
  [{ id: 'MAL-2023-1149', aliases: ['GHSA-72qg-5m4w-7c6m'] }, 'npm', 'malicious-packages', ['MAL-2023-1149']],
  [{ id: 'BIT-redis-2025-1', aliases: ['CVE-2025-0001'] }, 'Bitnami', 'bitnami', ['CVE-2025-0001']],
  [{ id: 'GHSA-72qg-5m4w-7c6m', related: ['CVE-2020-1234'] }, 'npm', 'ghsa', ['GHSA-72qg-5m4w-7c6m']],
  [
    { id: 'CGA-vm3f-4crq-r2jr', upstream: ['CVE-2022-3602', 'GHSA-8rwr-x37p-mx23'] },
    'Wolfi',
    'osv-chainguard',
    ['CVE-2022-3602'],
  ],
  [
    { id: 'CGA-3g3j-8396-2m48', related: ['GHSA-x6ph-r535-3vjw', 'CVE-2025-53945'] },
    'Wolfi',
    'osv-chainguard',
    ['CVE-2025-53945'],
  ],
  [{ id: 'CGA-r4x7-87c4-2j4v', upstream: ['GHSA-vvjp-q62m-2vph'] }, 'Chainguard', 'osv-chainguard', ['GHSA-vvjp-q62m-2vph']],
  [{ id: 'CGA-mv98-jgx5-mxwq' }, 'Chainguard', 'osv-chainguard', ['CGA-mv98-jgx5-mxwq']],
  [
    { id: 'MINI-5699-2qf6-m8cp', upstream: ['GHSA-32rw-r8mp-pw42', 'CVE-2026-5435'] },
    'MinimOS',
    'osv-minimos',
    ['CVE-2026-5435'],
  ],
  [{ id: 'AZL-35400', upstream: ['CVE-2023-45853'] }, 'Azure Linux', 'osv-azure-linux', ['CVE-2023-45853']],
  [
    { id: 'MGASA-2026-0329', upstream: ['CVE-2026-9672', 'CVE-2026-7260'] },
    'Mageia',
    'osv-mageia',
    ['CVE-2026-7260', 'CVE-2026-9672'],
  ],
  [{ id: 'OESA-2026-3099', upstream: ['CVE-2026-44605'] }, 'openEuler', 'osv-openeuler', ['CVE-2026-44605']],
  [{ id: 'RSEC-2023-2', aliases: ['CVE-2021-27836'] }, 'CRAN', 'r-consortium', ['CVE-2021-27836']],
  [{ id: 'NEW-1' }, 'GitHub Actions', 'osv-github-actions', ['NEW-1']],
];

for (const [record, ecosystem, source, vulnerabilities] of NAMES) {
  test(`source and vulnerabilities of ${JSON.stringify(record)}`, () => {
    const advisory = read(record, ecosystem);
    assert.equal(advisory?.source, source);
    assert.deepEqual(advisory?.vulnerabilities, vulnerabilities);
  });
}

test('updates that fix no vulnerability are left out, with a CVE they stay', () => {
  assert.equal(read({ id: 'ALBA-2022:1761', related: [] }, 'AlmaLinux'), undefined);
  assert.equal(read({ id: 'RHBA-2015:2116', related: ['CVE-2016-3190'] }, 'Red Hat')?.id, 'RHBA-2015:2116');
  assert.equal(read({ id: 'SUSE-RU-2022:1-1' }, 'SUSE'), undefined);
});

const EVENTS: readonly (readonly [name: string, events: readonly object[], ranges: Affected['ranges']])[] = [
  ['open', OPEN, [{ introduced: '0' }]],
  ['last affected', [{ introduced: '0' }, { last_affected: '1.1.23' }], [{ introduced: '0', lastAffected: '1.1.23' }]],
  [
    'unsorted: sorted by the scheme, then walked',
    [{ introduced: '2.0.0' }, { introduced: '0' }, { fixed: '2.10.0' }, { fixed: '1.9.1' }],
    [
      { introduced: '0', fixed: '1.9.1' },
      { introduced: '2.0.0', fixed: '2.10.0' },
    ],
  ],
  ['introduced twice', [{ introduced: '0' }, { introduced: '1.0.0' }, { fixed: '1.5.0' }], [{ introduced: '0', fixed: '1.5.0' }]],
  [
    'fixed twice: the first counts',
    [{ introduced: '0' }, { fixed: '1.5.0' }, { fixed: '1.6.0' }],
    [{ introduced: '0', fixed: '1.5.0' }],
  ],
  [
    'last affected twice: the last counts',
    [{ introduced: '0' }, { last_affected: '2.5.0' }, { last_affected: '2.5.1' }],
    [{ introduced: '0', lastAffected: '2.5.1' }],
  ],
  [
    'introduced again without end',
    [{ introduced: '1.0.0' }, { fixed: '1.5.0' }, { introduced: '2.0.0' }],
    [{ introduced: '1.0.0', fixed: '1.5.0' }, { introduced: '2.0.0' }],
  ],
  [
    'not comparable: in the order given',
    [{ introduced: '0' }, { fixed: 'not a version' }, { introduced: '2.0.0' }, { fixed: '2.0.1' }],
    [
      { introduced: '0', fixed: 'not a version' },
      { introduced: '2.0.0', fixed: '2.0.1' },
    ],
  ],
];

for (const [name, events, ranges] of EVENTS) {
  test(`events: ${name}`, () => {
    assert.deepEqual(affected({ id: 'GHSA-1', affected: [entry('npm', 'x', events)] })[0]?.ranges, ranges);
  });
}

test('fixed in version 0 means not affected', () => {
  const record = {
    id: 'DEBIAN-CVE-2024-3094',
    affected: [entry('Debian:12', 'xz-utils', [{ introduced: '0' }, { fixed: '0' }])],
  };
  assert.deepEqual(affected(record, 'Debian'), [
    { stream: 'debian/12', name: 'xz-utils', names: 'source', status: 'not-affected', ranges: [{}] },
  ]);
});

test('GIT ranges are ignored and the rest is still read', () => {
  const git = { type: 'GIT', repo: 'https://example.org/x', events: [{ introduced: '0' }, { fixed: '0123abcd' }] };
  const range = { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] };
  const found = affected(
    { id: 'OSV-2021-1', affected: [{ package: { ecosystem: 'PyPI', name: 'ujson' }, ranges: [git, range] }] },
    'PyPI',
  );
  assert.deepEqual(found[0]?.ranges, [{ introduced: '0', fixed: '2.0' }]);
  const listed = { package: { ecosystem: 'PyPI', name: 'ujson' }, ranges: [git], versions: ['5.1.0'] };
  assert.deepEqual(affected({ id: 'OSV-2021-1', affected: [listed] }, 'PyPI')[0]?.versions, ['5.1.0']);
  assert.deepEqual(affected({ id: 'OSV-2021-1', affected: [{ ...listed, versions: [] }] }, 'PyPI'), []);
  assert.deepEqual(affected({ id: 'OSV-2021-1', affected: [{ ranges: [git] }] }, 'PyPI'), []);
});

test('listed versions are alternatives; those inside a range are not repeated', () => {
  const versions = ['1.0.0', '1.4.9', '3.0.0', 'odd one'];
  const [found] = affected({
    id: 'GHSA-1',
    affected: [entry('npm', 'x', [{ introduced: '0' }, { fixed: '1.5.0' }], { versions })],
  });
  assert.deepEqual(found?.versions, ['3.0.0', 'odd one']);
});

test('last_known_affected_version_range closes an open range, never a closed one', () => {
  const known = (text: string) => ({ database_specific: { last_known_affected_version_range: text } });
  const ranges = (events: readonly object[], text: string) =>
    affected({ id: 'GHSA-1', affected: [entry('npm', 'x', events, known(text))] })[0]?.ranges;
  assert.deepEqual(ranges(OPEN, '<= 0.2.5'), [{ introduced: '0', lastAffected: '0.2.5' }]);
  assert.deepEqual(ranges(OPEN, '< 0.2.6'), [{ introduced: '0', fixed: '0.2.6' }]);
  assert.deepEqual(ranges(OPEN, 'nonsense'), [{ introduced: '0' }]);
  assert.deepEqual(ranges([{ introduced: '0' }, { fixed: '3.0.0' }], '<= 0.2.5'), [{ introduced: '0', fixed: '3.0.0' }]);
});

test('Debian urgency: words for the package, end of life only while unfixed', () => {
  const urgency = (word: string) => ({ ecosystem_specific: { urgency: word } });
  const one = (word: string, events: readonly object[] = OPEN) => {
    const { status, severity, note } =
      affected({ id: 'CVE-2020-0001', affected: [entry('Debian:11', 'x', events, urgency(word))] }, 'Debian')[0] ?? {};
    return [status, severity?.value, note];
  };
  assert.deepEqual(one('unimportant'), ['affected', 'unimportant', 'unimportant']);
  assert.deepEqual(one('not yet assigned'), ['affected', undefined, undefined]);
  assert.deepEqual(one('end-of-life'), ['end-of-life', undefined, 'end-of-life']);
  assert.deepEqual(one('end-of-life', [{ introduced: '0' }, { fixed: '1-1' }]), ['affected', undefined, 'end-of-life']);
});

test('Ubuntu Pro: the purl names the channel', () => {
  const purl = 'pkg:deb/ubuntu/trafficserver?arch=source&distro=esm-apps/bionic';
  const pro = {
    package: { ecosystem: 'Ubuntu:Pro:18.04:LTS', name: 'trafficserver', purl },
    ranges: [{ type: 'ECOSYSTEM', events: OPEN }],
  };
  const record = {
    id: 'UBUNTU-CVE-2019-17559',
    severity: [{ type: 'Ubuntu', score: 'medium' }],
    affected: [entry('Ubuntu:22.04:LTS', 'trafficserver', OPEN), pro],
  };
  assert.deepEqual(
    affected(record, 'Ubuntu').map(({ stream }) => stream),
    ['ubuntu/22.04', 'ubuntu/18.04/esm-apps'],
  );
  assert.deepEqual(read(record, 'Ubuntu')?.severities, [{ kind: 'word', value: 'medium', source: 'ubuntu' }]);
});

const MODULE_BUILD = [{ introduced: '0' }, { fixed: '1:10.8.2-1.20.20.2.1.module_el8.10.0+4165+3f200bda' }];
const MODULES: readonly (readonly [summary: string, modules: readonly (string | undefined)[]])[] = [
  ['Important: nodejs:20 security update', ['nodejs:20']],
  ['Moderate: virt:rhel and virt-devel:rhel security update', ['virt:rhel', 'virt-devel:rhel']],
  ['Important: varnish security update', ['*']],
];
for (const [summary, modules] of MODULES) {
  test(`modularity of a module build: ${summary}`, () => {
    const record = {
      id: 'ALSA-2024:1',
      summary,
      related: ['CVE-2024-1234'],
      affected: [entry('AlmaLinux:8', 'npm', MODULE_BUILD)],
    };
    assert.deepEqual(
      affected(record, 'AlmaLinux').map(({ module }) => module),
      modules,
    );
  });
}

test('modularity: other builds of a module erratum stay outside modules, and a stated module is believed', () => {
  const summary = 'Important: nodejs:20 security update';
  const plain = entry('AlmaLinux:8', 'npm', [{ introduced: '0' }, { fixed: '1-1.el8' }]);
  assert.equal(affected({ id: 'ALSA-1', summary, affected: [plain] }, 'AlmaLinux')[0]?.module, undefined);
  const stated = entry('AlmaLinux:8', 'npm', MODULE_BUILD, { ecosystem_specific: { module: 'nodejs:18:80200:abc' } });
  assert.equal(affected({ id: 'ALSA-1', summary, affected: [stated] }, 'AlmaLinux')[0]?.module, 'nodejs:18');
});

test('Red Hat: repositories of one release are one stream, EUS another; of several builds the lowest has the fix', () => {
  const fixed = (version: string) => [{ introduced: '0' }, { fixed: version }];
  const found = affected(
    {
      id: 'RHSA-2024:1',
      related: ['CVE-2024-1'],
      affected: [
        entry('Red Hat:enterprise_linux:9::appstream', 'openssl', fixed('1:3.0.7-10.el9')),
        entry('Red Hat:enterprise_linux:9::baseos', 'openssl', fixed('1:3.0.7-9.el9')),
        entry('Red Hat:rhel_eus:9.2::baseos', 'openssl', fixed('1:3.0.7-6.el9_2')),
      ],
    },
    'Red Hat',
  );
  assert.deepEqual(
    found.map(({ stream, ranges }) => [stream, ranges[0]?.fixed]),
    [
      ['rhel/9', '1:3.0.7-9.el9'],
      ['rhel/9/eus-9.2', '1:3.0.7-6.el9_2'],
    ],
  );
});

test('SUSE: binary packages with their own versions', () => {
  const record = {
    id: 'SUSE-SU-2020:1-1',
    related: ['CVE-2020-1234'],
    affected: [
      entry('SUSE:Linux Enterprise Server 12 SP5', 'libxml2', [{ introduced: '0' }, { fixed: '2.9.4-46.23.2' }], {
        ecosystem_specific: { binaries: [{ 'libxml2-2': '2.9.4-46.23.2', 'python-libxml2': '2.9.4-46.23.3' }] },
      }),
    ],
  };
  assert.deepEqual(
    affected(record, 'SUSE').map(({ name, names, ranges }) => [name, names, ranges[0]?.fixed]),
    [
      ['libxml2-2', 'binary', '2.9.4-46.23.2'],
      ['python-libxml2', 'binary', '2.9.4-46.23.3'],
    ],
  );
});

test('Ubuntu also lists binary packages, in another form: the source package is what counts', () => {
  const binaries = [{ binary_name: 'libssl3', binary_version: '3.0.2-0ubuntu1.15' }];
  const record = {
    id: 'UBUNTU-CVE-2024-0727',
    affected: [
      entry('Ubuntu:22.04:LTS', 'openssl', [{ introduced: '0' }, { fixed: '3.0.2-0ubuntu1.14' }], {
        ecosystem_specific: { availability: 'No subscription required', binaries },
        versions: ['3.0.0-1ubuntu1', '3.0.2-0ubuntu1.12'],
      }),
    ],
  };
  assert.deepEqual(affected(record, 'Ubuntu'), [
    {
      stream: 'ubuntu/22.04',
      name: 'openssl',
      names: 'source',
      status: 'affected',
      ranges: [{ introduced: '0', fixed: '3.0.2-0ubuntu1.14' }],
    },
  ]);
});

test('kinds: malware, informational, vulnerability', () => {
  const informational = (mark: string | null) => entry('crates.io', 'x', OPEN, { database_specific: { informational: mark } });
  assert.equal(read({ id: 'MAL-2025-1', affected: [entry('npm', 'x', OPEN)] })?.kind, 'malware');
  assert.equal(read({ id: 'RUSTSEC-2016-0006', affected: [informational('unmaintained')] }, 'crates.io')?.kind, 'informational');
  assert.equal(read({ id: 'RUSTSEC-2016-0001', affected: [informational(null)] }, 'crates.io')?.kind, 'vulnerability');
});

test('Go: the standard library and the toolchain keep their names', () => {
  const found = affected({ id: 'GO-2022-0001', affected: [entry('Go', 'stdlib', OPEN), entry('Go', 'toolchain', OPEN)] }, 'Go');
  assert.deepEqual(
    found.map(({ name }) => name),
    ['stdlib', 'toolchain'],
  );
});

test('errata lead with their severity', () => {
  const said = read(
    { id: 'ALSA-2024:1', summary: 'Important: thunderbird security update', related: ['CVE-2023-6856'] },
    'AlmaLinux',
  );
  assert.deepEqual(said?.severities, [{ kind: 'word', value: 'important', source: 'almalinux' }]);
});

test('an export gives what it is about; the same record in another export gives the rest', async (context) => {
  const fixed = [{ introduced: '0' }, { fixed: '3.0.7-r0' }];
  const record = {
    id: 'CGA-vm3f-4crq-r2jr',
    affected: [entry('Chainguard', 'openssl', fixed), entry('Wolfi', 'openssl', fixed)],
  };
  for (const [ecosystem, stream] of [
    ['Wolfi', 'wolfi'],
    ['Chainguard', 'chainguard'],
  ]) {
    const { advisories, problems } = await readFeed(context, osv, `osv/${ecosystem}/all.json`, JSON.stringify([record]));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      advisories.flatMap((advisory) => advisory.affected.map((row) => `${row.stream} ${row.names}`)),
      [`${stream} binary`],
    );
  }
});

test('apk records are about the architecture of their purl', () => {
  const of = (purl: string, ecosystem = 'Wolfi') =>
    affected(
      { id: 'CGA-1', affected: [{ ...entry(ecosystem, 'x', OPEN), package: { ecosystem, name: 'x', purl } }] },
      ecosystem,
    )[0]?.architectures;
  assert.deepEqual(of('pkg:apk/wolfi/x?arch=aarch64'), ['aarch64']);
  assert.deepEqual(of('pkg:apk/wolfi/x?distro=y&arch=x86_64'), ['x86_64']);
  assert.equal(of('pkg:apk/wolfi/x'), undefined);
  assert.equal(of('pkg:apk/alpine/x?arch=source', 'Alpine:v3.19'), undefined);
  assert.equal(of('pkg:rpm/mageia/x?arch=source&distro=mageia-9', 'Mageia:9'), undefined);
});

test('bounds of Azure Linux are kept without its mark, as they are compared', () => {
  const range = (events: readonly object[]) =>
    affected({ id: 'AZL-1', affected: [entry('Azure Linux:3', 'zlib', events)] }, 'Azure Linux')[0]?.ranges;
  assert.deepEqual(range([{ introduced: '0' }, { fixed: '1.3.1-1.azl3' }]), [{ introduced: '0', fixed: '1.3.1-1' }]);
  assert.deepEqual(range([{ introduced: '1.3-1' }, { last_affected: '1.3.2-1' }]), [
    { introduced: '1.3-1', lastAffected: '1.3.2-1' },
  ]);
});

test('malformed records become problems and the rest is still read', async (context) => {
  const members = [
    { name: 'a.json', data: '{"id":"GHSA-1","affected":[' },
    { name: 'b.json', data: '[]' },
    { name: 'c.json', data: '{"affected":[]}' },
    { name: 'd.json', data: '{"id":"GHSA-2","affected":[{"package":{"name":"x"}}]}' },
    {
      name: 'e.json',
      data: '{"id":"GHSA-3","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[]}]}]}',
    },
    { name: 'f.json', data: '{"id":"GHSA-4","affected":["x"]}' },
    { name: 'g.json', data: '{"id":"GHSA-5","affected":[]}', claim: { crc32: 1 } },
    { name: 'h.json', data: '{"id":"GHSA-6","affected":[]}', claim: { size: 2 ** 31 } },
    { name: 'i.json', data: '{"id":"GHSA-7","affected":[{"package":{"ecosystem":"Nowhere","name":"x"}}]}' },
    {
      name: 'j.json',
      data: '{"id":"GHSA-8","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":5}]}]}]}',
    },
    { name: 'README.md', data: 'not a record' },
    { name: 'z.json', data: '{"id":"GHSA-9","affected":[]}' },
  ];
  const output = await readFeed(context, osv, 'osv/npm/all.zip', makeZip(members));
  assert.deepEqual(
    output.advisories.map(({ id }) => id),
    ['GHSA-7', 'GHSA-9'],
  );
  const places = output.problems.map(({ code, path }) => `${code} ${path?.replace('osv/npm/all.zip', '')}`);
  assert.deepEqual(places, [
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `feed-record-malformed !/${name}.json`),
    'feed-stream-unknown ',
    'feed-record-malformed !/j.json',
  ]);
});

test('a zip that is cut off anywhere is told, never thrown', async (context) => {
  const zip = makeZip([
    { name: 'a.json', data: '{"id":"GHSA-1","affected":[]}' },
    { name: 'b.json', data: '{"id":"GHSA-2","affected":[]}' },
  ]);
  for (let length = 0; length < zip.length; length += 7) {
    const output = await readFeed(context, osv, 'osv/npm/all.zip', zip.subarray(0, length));
    assert.ok(output.problems.length > 0, `${length} bytes`);
  }
});

test('zip64 exports are read', async (context) => {
  const zip = makeZip([{ name: 'a.json', data: '{"id":"GHSA-1","affected":[]}', zip64: true }]);
  assert.deepEqual(
    (await readFeed(context, osv, 'osv/npm/all.zip', zip)).advisories.map(({ id }) => id),
    ['GHSA-1'],
  );
});

/** Record counts as the data's own description states them, without what is withdrawn or fixes no vulnerability. */
const SHARED: readonly (readonly [ecosystem: string, records: number, leftOut: number])[] = [
  ['npm', 5375, 0],
  ['PyPI', 10770, 266],
  ['Go', 6409, 17],
  ['crates.io', 1616, 1],
  ['Maven', 5309, 0],
  ['NuGet', 1427, 0],
  ['Packagist', 4288, 0],
  ['RubyGems', 1699, 0],
  ['Hex', 32, 0],
  ['Pub', 12, 0],
  ['SwiftURL', 38, 0],
  ['Hackage', 19, 0],
  ['GitHub Actions', 21, 0],
  ['Debian', 18233, 0],
  ['Ubuntu', 15069, 0],
  ['Alpine', 2660, 0],
  ['AlmaLinux', 5637, 1197],
  ['Rocky Linux', 1491, 0],
  ['Red Hat', 5219, 0],
  ['SUSE', 2757, 0],
  ['Bitnami', 3381, 0],
];

for (const [ecosystem, records, leftOut] of SHARED) {
  test(`real data: ${ecosystem}`, async (context) => {
    const path = `osv/${ecosystem}/all.zip`;
    const root = needShared(context, path);
    if (root === undefined) return;
    const [file] = osv.files([path]);
    assert.ok(file);
    const output = await collect(osv.parse(file, root));
    assert.deepEqual(output.problems, []);
    assert.equal(output.advisories.length, records - leftOut);
    assert.equal(
      output.advisories.filter(({ url, vulnerabilities }) => !url.startsWith('https://') || vulnerabilities.length === 0).length,
      0,
    );
  });
}
