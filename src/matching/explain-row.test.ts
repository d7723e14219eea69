import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import type { Advisory, Affected } from '../model/advisory.ts';
import type { OperatingSystem, Package } from '../model/package.ts';
import { explainVulnerability } from './explain.ts';
import { renderExplanation } from './explain-text.ts';

function about(id: string, affected: readonly Affected[], over: Partial<Advisory> = {}): Advisory {
  return advisoryOf({ id, vulnerabilities: ['CVE-2024-1'], affected, ...over });
}

function explain(advisories: readonly Advisory[], pkg: Package, os?: OperatingSystem, id = 'CVE-2024-1') {
  const database = memoryDatabase(advisories, [{ id: 'CVE-2024-1', title: 'A title', exploits: ['EDB-1'] }]);
  const explanation = explainVulnerability(id, database, inventoryOf([pkg], os), { today: '2024-06-01' });
  const text = [...renderExplanation(explanation, { color: false, width: 80 })].join('');
  return { explanation, text, rows: explanation.packages[0]?.rows ?? [] };
}

const RHEL = systemOf('rhel', '9.2');

test('a version without an epoch is compared with bounds without theirs, in the words of the explanation too', () => {
  const perl = packageOf({
    type: 'rpm',
    name: 'perl-Errno',
    version: '1.30-480.el9',
    source: { name: 'perl', version: '5.32.1-480.el9' },
  });
  const fixed = affectedOf({ stream: 'rhel/9', name: 'perl', names: 'source', ranges: [{ fixed: '4:5.32.1-481.el9' }] });
  const { rows, text } = explain([about('RHSA-1', [fixed])], perl, RHEL);
  assert.deepEqual(
    rows.map(({ by, version, outcome, comparisons }) => [by, version, outcome, comparisons[0]?.outcome]),
    [['source', '5.32.1-480.el9', 'affected', 'inside']],
  );
  assert.match(text, /compared without epochs/);
});

test('a listed version needs no range', () => {
  const listed = affectedOf({ name: 'bad', ranges: [], versions: ['1.0.1', '1.0.2'] });
  const { rows, text } = explain([about('MAL-1', [listed])], packageOf({ type: 'npm', name: 'bad', version: '1.0.2' }));
  assert.equal(rows[0]?.listed, true);
  assert.match(text, /the advisory names this version/);
});

test('a row that a fix overrules is shown, and said to be overruled', () => {
  const rows = [
    about('CVE-2024-1', [affectedOf({ stream: 'rhel/9', name: 'tool', names: 'source' })]),
    about('RHSA-2', [affectedOf({ stream: 'rhel/9', name: 'tool', ranges: [{ fixed: '1.0-2.el9' }] })]),
  ];
  const { explanation, text } = explain(rows, packageOf({ type: 'rpm', name: 'tool', version: '1.0-2.el9' }), RHEL);
  assert.equal(explanation.verdict, 'not-affected');
  assert.deepEqual(Object.fromEntries(explanation.packages[0]?.rows.map(({ advisory, weight }) => [advisory, weight]) ?? []), {
    'CVE-2024-1': 'overruled',
    'RHSA-2': undefined,
  });
  assert.match(text, /A fix that is installed/);
});

test('a channel: whose fix it is, and whether the target has it', () => {
  const rows = [
    about('CVE-2024-1', [affectedOf({ stream: 'ubuntu/22.04', name: 'tool', names: 'source' })]),
    about('USN-1', [
      affectedOf({ stream: 'ubuntu/22.04/esm-apps', name: 'tool', names: 'source', ranges: [{ fixed: '1.0-1+esm1' }] }),
    ]),
  ];
  const tool = packageOf({ type: 'deb', name: 'tool', version: '1.0-1' });
  const { explanation, text } = explain(rows, tool, systemOf('ubuntu', '22.04', { proServices: [] }));
  assert.equal(explanation.verdict, 'affected');
  assert.deepEqual(Object.fromEntries(explanation.packages[0]?.rows.map(({ advisory, weight }) => [advisory, weight]) ?? []), {
    'CVE-2024-1': 'decides',
    'USN-1': 'gives-fix',
  });
  assert.match(text, /Ubuntu Pro \(esm-apps\) \(the target lacks it\)/);
});

test('another architecture or module, and what cannot be compared, is told', () => {
  const other = about('RHSA-1', [affectedOf({ stream: 'rhel/9', name: 'tool', architectures: ['s390x'] })]);
  const tool = packageOf({ type: 'rpm', name: 'tool', version: '1.0-2.el9', architecture: 'x86_64' });
  assert.match(explain([other], tool, RHEL).text, /does not apply: it is for another architecture/);
  const ranged = about('GHSA-1', [affectedOf({ name: 'tool', ranges: [{ fixed: '2.0.0' }] })]);
  const odd = explain([ranged], packageOf({ type: 'npm', name: 'tool', version: 'github:a/b' }));
  assert.equal(odd.rows[0]?.key, undefined);
  assert.match(odd.text, /cannot be compared +version < 2\.0\.0/);
});

test('an advisory under its own id has the facts of its vulnerability', () => {
  const ranged = about('GHSA-aaaa-bbbb-cccc', [affectedOf({ name: 'tool', ranges: [{ fixed: '2.0.0' }] })]);
  const { explanation, text } = explain(
    [ranged],
    packageOf({ type: 'npm', name: 'tool', version: '1.0.0' }),
    undefined,
    'ghsa-AAAA-bbbb-cccc',
  );
  assert.equal(explanation.facts?.title, 'A title');
  assert.deepEqual(
    explanation.packages[0]?.findings.map(({ id }) => id),
    ['CVE-2024-1'],
  );
  assert.match(text, /public exploits: EDB-1/);
});

test('an advisory about two vulnerabilities has a finding for each', () => {
  const two = about('GHSA-1', [affectedOf({ name: 'tool' })], { vulnerabilities: ['CVE-2024-1', 'CVE-2024-2'] });
  const { explanation } = explain([two], packageOf({ type: 'npm', name: 'tool', version: '1.0.0' }), undefined, 'GHSA-1');
  assert.deepEqual(
    explanation.packages[0]?.findings.map(({ id }) => id),
    ['CVE-2024-1', 'CVE-2024-2'],
  );
});

test('sentences are broken at the width of the terminal', () => {
  const names = Array.from({ length: 10 }, (_, index) => affectedOf({ name: `a-rather-long-name-of-a-package-${index}` }));
  const { text } = explain([about('GHSA-1', names)], packageOf({ type: 'npm', name: 'other', version: '1.0.0' }));
  const sentences = text.split('\n\n')[0]?.split('\n') ?? [];
  assert.ok(sentences.length > 3);
  for (const line of sentences) assert.ok(line.length <= 80, line);
});
