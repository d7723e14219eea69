import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import { explainVulnerability } from './explain.ts';
import { renderExplanation } from './explain-text.ts';
import { readIgnoreFile } from './suppress.ts';

const DATABASE = memoryDatabase(
  [
    advisoryOf({
      id: 'CVE-2023-1',
      affected: [affectedOf({ stream: 'debian/12', name: 'openssl', names: 'source', ranges: [{ fixed: '3.0.13-1' }] })],
    }),
    advisoryOf({
      id: 'GHSA-1',
      vulnerabilities: ['CVE-2023-2'],
      affected: [affectedOf({ name: 'web', ranges: [{ introduced: '1.0.0', fixed: '1.3.0' }] })],
    }),
    advisoryOf({ id: 'CVE-2023-3', affected: [affectedOf({ name: 'web' })] }),
  ],
  [
    { id: 'CVE-2023-3', rejected: true },
    { id: 'CVE-2023-2', title: 'Odd\u001b[31mtitle' },
  ],
);
const DEBIAN = systemOf('debian', '12');
const LIBSSL = packageOf({ type: 'deb', name: 'libssl3', version: '3.0.11-1', source: { name: 'openssl' } });

function web(version: string) {
  return inventoryOf([packageOf({ type: 'npm', name: 'web', version })]);
}

function explain(id: string, inventory: Parameters<typeof explainVulnerability>[2], rules = '') {
  const read = readIgnoreFile(rules, 'i.yaml');
  assert.ok(read.ok);
  const explanation = explainVulnerability(id, DATABASE, inventory, { today: '2024-01-01', rules: read.value });
  const text = [...renderExplanation(explanation, { color: false, width: 100 })].join('');
  assert.doesNotMatch(text, /\u001b/);
  assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation, 'plain data');
  return { explanation, text };
}

test('affected: which advisory, which name and why, which version, which range', () => {
  const { explanation, text } = explain('cve-2023-1', inventoryOf([LIBSSL], DEBIAN));
  assert.equal(explanation.verdict, 'affected');
  const [row] = explanation.packages[0]?.rows ?? [];
  assert.deepEqual(
    [row?.name, row?.by, row?.stream, row?.version, row?.scheme],
    ['openssl', 'source', 'debian/12', '3.0.11-1', 'deb'],
  );
  assert.ok(row?.key !== undefined && row.comparisons[0]?.high !== undefined && row.key < row.comparisons[0].high);
  assert.match(text, /AFFECTED/);
  assert.match(text, /source name openssl in debian\/12/);
  assert.match(text, /version < 3\.0\.13-1/);
});

test('not affected: older than the range, or beyond it', () => {
  for (const [version, outcome] of [
    ['0.9.0', 'below'],
    ['1.3.0', 'above'],
  ] as const) {
    const { explanation } = explain('CVE-2023-2', web(version));
    assert.equal(explanation.verdict, 'not-affected');
    assert.equal(explanation.packages[0]?.rows[0]?.comparisons[0]?.outcome, outcome);
  }
});

test('not affected: the package is not there, or the advisory is for another stream', () => {
  assert.match(explain('CVE-2023-2', inventoryOf([])).text, /None of the packages .* web/);
  assert.equal(explain('CVE-2023-2', inventoryOf([])).explanation.verdict, 'not-affected');
  const python = packageOf({ type: 'pypi', name: 'web', version: '1.2.0' });
  assert.equal(explain('CVE-2023-2', inventoryOf([python])).explanation.verdict, 'not-affected');
});

test('not known: the distribution has no advisory for what is installed', () => {
  const { explanation, text } = explain('CVE-2023-1', inventoryOf([LIBSSL], systemOf('debian', '11')));
  assert.equal(explanation.verdict, 'unknown');
  assert.match(text, /libssl3 3\.0\.11-1, but the advisories are for other streams: debian\/12/);
  assert.match(text, /nothing about debian\/11: whether it is affected is unknown/);
});

test('not known: a package by that name cannot be judged', () => {
  const nginx = packageOf({ type: 'deb', name: 'openssl', version: '3.3.0-1~bookworm', vendor: 'X <nginx-packaging@f5.com>' });
  const { explanation, text } = explain('CVE-2023-1', inventoryOf([nginx], DEBIAN));
  assert.equal(explanation.verdict, 'unknown');
  assert.deepEqual(
    explanation.notJudged.map(({ reason }) => reason),
    ['third-party'],
  );
  assert.match(text, /openssl 3\.3\.0-1~bookworm could not be judged: built by nginx\.org/);
  const oracle = packageOf({ type: 'rpm', name: 'openssl', version: '1:3.0.7-1.el9' });
  assert.match(explain('CVE-2023-1', inventoryOf([oracle], systemOf('ol', '9.3'))).text, /no advisory source for Oracle Linux/);
});

test('hidden: by which rule', () => {
  const { explanation, text } = explain('GHSA-1', web('1.2.0'), '- id: CVE-2023-2\n  reason: not reachable\n');
  assert.equal(explanation.verdict, 'hidden');
  assert.match(text, /ignore-file: not reachable \(i\.yaml:1\)/);
});

test('rejected, unknown, and without a target', () => {
  assert.equal(explain('CVE-2023-3', web('1.0.0')).explanation.verdict, 'rejected');
  const unknown = explain('CVE-1999-1', web('1.0.0'));
  assert.equal(unknown.explanation.verdict, 'unknown-vulnerability');
  assert.match(unknown.text, /No source in the advisory database knows this id/);
  const known = explain('CVE-2023-2', undefined);
  assert.equal(known.explanation.verdict, 'no-target');
  assert.match(known.text, /npm web/);
});

test('an incomplete inventory is said to be one', () => {
  const problems = [{ code: 'x', message: 'y', effect: 'incomplete' as const }];
  assert.match(explain('CVE-2023-2', { ...web('9.0.0'), problems }).text, /1 parts of the target could not be read/);
});
