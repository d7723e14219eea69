import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Advisory, AdvisorySeverity, VulnerabilityFacts } from '../model/advisory.ts';
import { type FindingStatus, type Match, SEVERITIES, type Severity } from '../model/finding.ts';
import type { Package, PackageType } from '../model/package.ts';
import { POINTS, priorityOf } from './priority.ts';
import { scoreAll } from './score.ts';
import { severityOfScore, severityOfWord } from './severity.ts';

const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const HIGH = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N';
const V4 = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N';

function severity(kind: AdvisorySeverity['kind'], value: string, source: string): AdvisorySeverity {
  return { kind, value, source };
}

function packageOf(type: PackageType, name: string): Package {
  return {
    purl: `pkg:${type}/${name}@1.0`,
    type,
    name,
    version: '1.0',
    evidence: 'installed',
    locations: [{ path: 'x' }],
    foundBy: 'test',
  };
}

function header(id: string, severities: readonly AdvisorySeverity[]): Omit<Advisory, 'affected'> {
  return {
    id,
    source: 'test',
    url: 'https://example.org',
    vulnerabilities: [],
    aliases: [],
    kind: 'vulnerability',
    severities,
    cwes: ['CWE-79'],
  };
}

interface Given {
  type?: PackageType;
  id?: string;
  kind?: Match['kind'];
  aliases?: readonly string[];
  status?: FindingStatus;
  own?: readonly AdvisorySeverity[];
  advisory?: readonly AdvisorySeverity[];
  facts?: Partial<VulnerabilityFacts>;
}

function scored(given: Given) {
  const id = given.id ?? 'CVE-2024-0001';
  const item = packageOf(given.type ?? 'npm', 'left');
  const match: Match = {
    id,
    kind: given.kind ?? 'vulnerability',
    aliases: given.aliases ?? [],
    package: item,
    status: given.status ?? 'no-fix',
    fixedVersions: [],
    evidence: (given.own ?? []).map((said) => ({
      source: 'test',
      id: 'A-1',
      url: 'https://example.org',
      stream: 's',
      name: 'left',
      by: 'binary',
      version: '1.0',
      range: {},
      status: 'no-fix',
      severity: said,
    })),
    advisories: [0],
  };
  const { vulnerabilities, problems } = scoreAll([match], {
    advisory: () => header('A-1', given.advisory ?? []),
    facts: (asked) =>
      given.facts && asked === (given.facts.id ?? id)
        ? { id: asked, severities: [], cwes: [], exploits: [], ...given.facts }
        : undefined,
  });
  const [vulnerability] = vulnerabilities;
  assert.ok(vulnerability);
  return { vulnerability, problems };
}

const NVD = severity('cvss-v3', CRITICAL, 'nvd');
const GHSA = severity('cvss-v3', HIGH, 'ghsa');

const DECISIONS: readonly (Given & { name: string; expected: readonly [Severity, string, number?] })[] = [
  { name: 'nothing known', expected: ['UNTRIAGED', 'none'] },
  {
    name: 'Ubuntu priority before NVD',
    type: 'deb',
    own: [severity('word', 'medium', 'ubuntu')],
    facts: { severities: [NVD] },
    expected: ['MEDIUM', 'ubuntu', 9.8],
  },
  {
    name: 'ALAS word before NVD',
    type: 'rpm',
    advisory: [severity('word', 'important', 'amazon')],
    facts: { severities: [NVD] },
    expected: ['HIGH', 'amazon', 9.8],
  },
  {
    name: 'the word for this package before the word of its advisory',
    type: 'rpm',
    own: [severity('word', 'low', 'redhat')],
    advisory: [severity('word', 'critical', 'redhat')],
    expected: ['LOW', 'redhat'],
  },
  {
    name: 'an undecided word leaves it to NVD',
    type: 'deb',
    own: [severity('word', 'not yet assigned', 'debian')],
    facts: { severities: [NVD] },
    expected: ['CRITICAL', 'nvd', 9.8],
  },
  {
    name: 'a vendor score before NVD for system packages',
    type: 'rpm',
    advisory: [severity('cvss-v3', HIGH, 'redhat')],
    facts: { severities: [NVD] },
    expected: ['HIGH', 'redhat', 7.5],
  },
  {
    name: 'NVD before a vendor for others',
    advisory: [severity('cvss-v3', HIGH, 'somebody')],
    facts: { severities: [NVD] },
    expected: ['CRITICAL', 'nvd', 9.8],
  },
  { name: 'NVD before GHSA', advisory: [GHSA], facts: { severities: [NVD] }, expected: ['CRITICAL', 'nvd', 9.8] },
  { name: 'GHSA score before its word', advisory: [severity('word', 'moderate', 'ghsa'), GHSA], expected: ['HIGH', 'ghsa', 7.5] },
  { name: 'a word where there is no score', advisory: [severity('word', 'moderate', 'ghsa')], expected: ['MEDIUM', 'ghsa'] },
  { name: 'version 3 before version 4', advisory: [severity('cvss-v4', V4, 'nvd'), GHSA], expected: ['HIGH', 'ghsa', 7.5] },
  { name: 'version 4 where it is alone', advisory: [severity('cvss-v4', V4, 'ghsa')], expected: ['CRITICAL', 'ghsa', 9.3] },
  {
    name: 'an invalid vector is unknown',
    advisory: [severity('cvss-v3', 'CVSS:3.1/AV:N', 'nvd')],
    expected: ['UNTRIAGED', 'none'],
  },
  {
    name: 'an invalid vector leaves it to the next source',
    advisory: [severity('cvss-v3', 'CVSS:3.1/AV:N', 'nvd'), GHSA],
    expected: ['HIGH', 'ghsa', 7.5],
  },
  {
    name: 'any word as the last resort',
    type: 'deb',
    facts: { severities: [severity('word', 'low', 'suse')] },
    expected: ['LOW', 'suse'],
  },
  { name: 'malware', kind: 'malware', id: 'MAL-2024-1', expected: ['CRITICAL', 'malware'] },
  {
    name: 'malware with a lower score',
    kind: 'malware',
    id: 'MAL-2024-1',
    advisory: [GHSA],
    expected: ['CRITICAL', 'malware', 7.5],
  },
  { name: 'an end-of-life system', kind: 'end-of-life', id: 'EOL-debian-9', type: 'deb', expected: ['CRITICAL', 'end-of-life'] },
  { name: 'information', kind: 'informational', id: 'RUSTSEC-2024-1', expected: ['INFORMATIONAL', 'informational'] },
];

for (const { name, expected, ...given } of DECISIONS) {
  test(`severity: ${name}`, () => {
    const { vulnerability } = scored(given);
    assert.deepEqual(
      [vulnerability.severity, vulnerability.severitySource, vulnerability.score?.value],
      [expected[0], expected[1], expected[2]],
    );
  });
}

test('bands of scores and words of vendors', () => {
  const bands: readonly [number, Severity][] = [
    [0, 'INFORMATIONAL'],
    [0.1, 'LOW'],
    [3.9, 'LOW'],
    [4, 'MEDIUM'],
    [6.9, 'MEDIUM'],
    [7, 'HIGH'],
    [8.9, 'HIGH'],
    [9, 'CRITICAL'],
    [10, 'CRITICAL'],
  ];
  for (const [value, word] of bands) assert.equal(severityOfScore(value), word);
  assert.equal(severityOfWord('Medium**'), 'MEDIUM');
  assert.equal(severityOfWord('negligible'), 'LOW');
  for (const word of ['', 'untriaged', 'end-of-life', 'constructor', '__proto__']) assert.equal(severityOfWord(word), undefined);
});

test('every score is kept once, the deciding one first; what cannot be scored is told', () => {
  const { vulnerability, problems } = scored({
    advisory: [GHSA, severity('cvss-v4', V4, 'ghsa'), GHSA, severity('cvss-v2', 'x', 'nvd')],
    facts: { severities: [NVD] },
  });
  assert.deepEqual(
    vulnerability.scores.map((score) => [score.source, score.version, score.value]),
    [
      ['nvd', '3.1', 9.8],
      ['ghsa', '3.1', 7.5],
      ['ghsa', '4.0', 9.3],
    ],
  );
  assert.deepEqual(
    problems.map((problem) => [problem.code, problem.path, problem.effect]),
    [['cvss-vector-invalid', 'CVE-2024-0001', 'notice']],
  );
});

test('facts of aliases count for ids that are no CVE, but a CVE stands for itself', () => {
  const facts = { id: 'CVE-2024-9', kev: { dateAdded: '2024-01-01', ransomware: false } };
  assert.deepEqual(scored({ id: 'GHSA-1', aliases: ['CVE-2024-9'], facts }).vulnerability.kev, facts.kev);
  assert.equal(scored({ id: 'CVE-2024-8', aliases: ['CVE-2024-9'], facts }).vulnerability.kev, undefined);
});

test('the parts add up to the priority, within 0 and 100', () => {
  const kinds = fc.constantFrom<Match['kind']>('vulnerability', 'malware', 'informational', 'end-of-life');
  const statuses = fc.constantFrom<FindingStatus>('fix-available', 'no-fix', 'end-of-life', 'not-comparable', 'will-not-fix');
  const word = fc.constantFrom(...SEVERITIES);
  const points = fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined });
  const epss = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
  const exploitation = fc.constantFrom('none', 'poc', 'active', undefined);
  fc.assert(
    fc.property(
      kinds,
      statuses,
      word,
      points,
      epss,
      exploitation,
      fc.boolean(),
      fc.boolean(),
      (kind, status, word, points, epss, exploitation, kev, ransomware) => {
        const { value, parts } = priorityOf({
          verdict: {
            severity: word,
            source: 's',
            ...(points !== undefined && { score: { value: points / 10, version: '3.1', source: 's' } }),
          },
          kind,
          status,
          facts: {
            exploits: ransomware ? ['EDB-1'] : [],
            exploitation,
            ...(kev && { kev: { dateAdded: '2024-01-01', ransomware } }),
            ...(epss !== undefined && { epss: { score: epss, date: '2024-01-01' } }),
          },
        });
        assert.equal(
          parts.reduce((sum, part) => sum + part.points, 0),
          value,
        );
        assert.ok(value >= 0 && value <= 100 && parts.every((part) => part.points !== 0 && part.because !== ''));
      },
    ),
  );
});

test('exploitation raises the priority, and the cap shows when it bites', () => {
  const plain = scored({ facts: { severities: [NVD] } }).vulnerability.priority.value;
  const poc = scored({ facts: { severities: [NVD], exploitation: 'poc' } }).vulnerability.priority.value;
  const active = scored({ facts: { severities: [NVD], exploitation: 'active' } }).vulnerability.priority.value;
  const kev = scored({
    facts: { severities: [NVD], exploitation: 'active', kev: { dateAdded: '2024-01-01', ransomware: false } },
  }).vulnerability.priority.value;
  assert.deepEqual([poc - plain, active - plain, kev - plain], [POINTS.exploitPublic, POINTS.active, POINTS.kev]);
  const capped = scored({ kind: 'malware', id: 'MAL-1', status: 'fix-available', advisory: [NVD] }).vulnerability.priority;
  assert.deepEqual([capped.value, capped.parts.at(-1)?.name, capped.parts.at(-1)?.points], [100, 'cap', -5]);
  const floored = scored({ kind: 'informational', id: 'RUSTSEC-1', status: 'not-comparable' }).vulnerability.priority;
  assert.deepEqual([floored.value, floored.parts.at(-1)?.points], [0, 10]);
});

test('many: by priority, then id, then purl; a shared problem once; in any order of input', () => {
  const matches = ['CVE-2', 'CVE-1', 'CVE-3'].flatMap((id) =>
    ['b', 'a'].map(
      (name): Match => ({
        id,
        kind: 'vulnerability',
        aliases: [],
        package: packageOf('npm', name),
        status: 'no-fix',
        fixedVersions: [],
        evidence: [],
        advisories: [0],
      }),
    ),
  );
  const database = {
    advisory: () => header('A', [severity('cvss-v3', 'bad', 'nvd')]),
    facts: (id: string) => (id === 'CVE-3' ? { id, severities: [NVD], cwes: ['CWE-20', 'CWE-79'], exploits: [] } : undefined),
  };
  const all = scoreAll(matches, database);
  assert.deepEqual(
    all.vulnerabilities.map((found) => `${found.id} ${found.packageName}`),
    ['CVE-3 a', 'CVE-3 b', 'CVE-1 a', 'CVE-1 b', 'CVE-2 a', 'CVE-2 b'],
  );
  assert.deepEqual(all.vulnerabilities[0]?.cwes, ['CWE-20', 'CWE-79']);
  assert.deepEqual(
    all.problems.map((problem) => problem.path),
    ['CVE-1', 'CVE-2', 'CVE-3'],
  );
  assert.deepEqual(scoreAll(matches.toReversed(), database), all);
});

test('packages that share their evidence are scored once, each with its own package and what hides it', () => {
  const asked: number[] = [];
  const database = {
    advisory(reference: number) {
      asked.push(reference);
      return header('A-1', [NVD]);
    },
    facts: () => undefined,
  };
  const one: Match = {
    id: 'CVE-2024-1',
    kind: 'vulnerability',
    aliases: [],
    package: packageOf('deb', 'a'),
    status: 'no-fix',
    fixedVersions: [],
    evidence: [],
    advisories: [0],
  };
  const other: Match = { ...one, package: packageOf('deb', 'b'), suppressed: { by: 'vex', reason: 'r' } };
  const { vulnerabilities } = scoreAll([one, other], database);
  assert.deepEqual(asked, [0]);
  assert.deepEqual(
    vulnerabilities.map(({ packageName, severity, suppressed }) => [packageName, severity, suppressed?.by]),
    [
      ['a', 'CRITICAL', undefined],
      ['b', 'CRITICAL', 'vex'],
    ],
  );
});
