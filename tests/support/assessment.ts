/** A small assessment with every kind of finding, for report tests. All text is ours. */
import type { Assessment, Vulnerability } from '../../src/model/finding.ts';
import type { Package } from '../../src/model/package.ts';

const openssl: Package = {
  purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u1?arch=amd64&distro=debian-12',
  type: 'deb',
  namespace: 'debian',
  name: 'libssl3',
  version: '3.0.11-1~deb12u1',
  evidence: 'installed',
  architecture: 'amd64',
  source: { name: 'openssl' },
  locations: [{ path: 'var/lib/dpkg/status', layer: `sha256:${'a'.repeat(64)}`, createdBy: 'RUN apt-get install -y openssl' }],
  foundBy: 'dpkg',
};
const opensslTool: Package = { ...openssl, purl: openssl.purl.replace('libssl3', 'openssl'), name: 'openssl' };
const log4j: Package = {
  purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
  type: 'maven',
  namespace: 'org.apache.logging.log4j',
  name: 'org.apache.logging.log4j:log4j-core',
  version: '2.14.1',
  evidence: 'installed',
  locations: [{ path: 'opt/app/app.war!/WEB-INF/lib/log4j-core-2.14.1.jar' }],
  dependsOn: ['pkg:npm/%40evil/x@1.0.0'],
  foundBy: 'java-archive',
};
const hostile: Package = {
  purl: 'pkg:npm/%40evil/x@1.0.0',
  type: 'npm',
  namespace: '@evil',
  name: '@evil/x',
  version: '1.0.0',
  evidence: 'installed',
  development: true,
  locations: [{ path: 'srv/<script>alert(1)</script>/package.json' }],
  foundBy: 'npm-installed',
};

function finding(over: Partial<Vulnerability> & { readonly pkg: Package }): Vulnerability {
  const { pkg, ...rest } = over;
  return {
    id: 'CVE-2024-0001',
    kind: 'vulnerability',
    aliases: [],
    severity: 'MEDIUM',
    severitySource: 'debian',
    scores: [],
    priority: { value: 40, parts: [{ name: 'severity', points: 40, because: 'medium' }] },
    status: 'no-fix',
    package: pkg.purl,
    packageName: pkg.name,
    installedVersion: pkg.version,
    fixedVersions: [],
    exploits: [],
    cwes: [],
    evidence: [
      {
        source: 'osv-debian',
        id: rest.id ?? 'CVE-2024-0001',
        url: 'https://security-tracker.debian.org/tracker/CVE-2024-0001',
        stream: 'debian/12',
        name: pkg.source?.name ?? pkg.name,
        by: pkg.source === undefined ? 'binary' : 'source',
        version: pkg.version,
        range: { introduced: '0' },
        status: 'no-fix',
      },
    ],
    locations: pkg.locations,
    ...rest,
  };
}

export const assessment: Assessment = {
  tool: { name: 'vedette', version: '0.0.0' },
  database: {
    formatVersion: 1,
    builtAt: '2026-01-02T03:04:05Z',
    advisories: 3,
    ranges: 4,
    sources: [
      {
        id: 'osv',
        origin: 'mirror',
        url: '/srv/mirror',
        fetchedAt: '2026-01-02T03:04:05Z',
        asOf: '2025-12-31T00:00:00Z',
        records: 3,
      },
      {
        id: 'kev',
        origin: 'network',
        url: 'https://www.cisa.gov/',
        fetchedAt: '2025-11-01T00:00:00Z',
        records: 1,
        stale: { since: '2025-11-02T00:00:00Z', reason: 'HTTP 503' },
      },
    ],
  },
  target: {
    kind: 'image',
    name: 'app:1',
    digest: `sha256:${'b'.repeat(64)}`,
    architecture: 'amd64',
    os: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
  },
  packages: [openssl, opensslTool, log4j, hostile].sort((a, b) => (a.purl < b.purl ? -1 : 1)),
  vulnerabilities: [
    finding({
      pkg: log4j,
      id: 'CVE-2021-44228',
      aliases: ['GHSA-jfh8-c2jp-5v3q'],
      title: 'Message lookups load code from an attacker’s server',
      severity: 'CRITICAL',
      severitySource: 'nvd',
      score: { value: 10, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', version: '3.1', source: 'nvd' },
      priority: { value: 100, parts: [{ name: 'severity', points: 60, because: 'CVSS 10.0' }] },
      status: 'fix-available',
      fixedVersions: ['2.15.0'],
      kev: { dateAdded: '2021-12-10', dueDate: '2021-12-24', ransomware: true },
      epss: { score: 0.944, percentile: 0.999, date: '2026-01-01' },
      exploits: ['EDB-50592'],
      cwes: ['CWE-502'],
    }),
    finding({ pkg: openssl, status: 'fix-available', fixedVersions: ['3.0.13-1~deb12u1'] }),
    finding({ pkg: opensslTool, status: 'fix-available', fixedVersions: ['3.0.13-1~deb12u1'] }),
    finding({
      pkg: hostile,
      id: 'GHSA-aaaa-bbbb-cccc',
      title: '=cmd()<img src=x onerror=alert(1)>\u001b[31m',
      severity: 'UNTRIAGED',
    }),
    finding({
      pkg: hostile,
      id: 'CVE-2024-0002',
      severity: 'LOW',
      suppressed: { by: 'ignore-file', reason: 'not reachable', rule: 'rules.yaml:3' },
    }),
  ],
  problems: [
    { code: 'archive-truncated', message: 'The layer ends early.', effect: 'incomplete', path: 'layer.tar' },
    { code: 'lock-files-not-read', message: '2 lock files were seen; --declared reads them.', effect: 'notice' },
  ],
  summary: {
    packages: 4,
    bySeverity: { CRITICAL: 1, HIGH: 0, MEDIUM: 2, LOW: 0, INFORMATIONAL: 0, UNTRIAGED: 1 },
    fixable: 3,
    exploited: 1,
    suppressed: 1,
    setAside: 0,
    complete: false,
  },
};
