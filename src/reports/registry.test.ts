/** The contract every report format keeps, and what each must say of one known assessment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { assessment } from '../../tests/support/assessment.ts';
import type { ReportOptions } from './format.ts';
import { FORMATS } from './registry.ts';

const options: ReportOptions = { color: false, width: 160, limit: 40, evidence: 3, showSuppressed: false };

function rendered(id: string, over: Partial<ReportOptions> = {}, what = assessment): string {
  const format = FORMATS.find((one) => one.id === id);
  assert.ok(format);
  return [...format.render(what, { ...options, ...over })].join('');
}

const clean = {
  ...assessment,
  vulnerabilities: [],
  problems: [],
  summary: {
    ...assessment.summary,
    complete: true,
    suppressed: 0,
    bySeverity: { ...assessment.summary.bySeverity, CRITICAL: 0, MEDIUM: 0, UNTRIAGED: 0 },
  },
};

test('format ids are unique', () => {
  assert.equal(new Set(FORMATS.map((format) => format.id)).size, FORMATS.length);
});

for (const format of FORMATS) {
  test(`${format.id}: deterministic, ends with a line break, no raw escape character`, () => {
    const text = rendered(format.id);
    assert.equal(text, rendered(format.id));
    assert.ok(text.endsWith('\n'));
    assert.ok(!text.includes('\u001b'), 'escape characters of the target never get out');
  });

  test(`${format.id}: an assessment without packages and findings renders`, () => {
    assert.ok(rendered(format.id, {}, { ...clean, packages: [] }).length > 0);
  });
}

for (const id of ['table', 'html']) {
  test(`${id}: an incomplete assessment never looks like a clean one`, () => {
    const none = { ...clean, problems: assessment.problems, summary: { ...clean.summary, complete: false } };
    assert.match(rendered(id, {}, none), /incomplete/);
    assert.match(rendered(id, {}, none), /The layer ends early/);
    assert.doesNotMatch(rendered(id, {}, clean), /incomplete/);
  });

  test(`${id}: urgent first, with evidence, one row for the binaries of a source`, () => {
    const text = rendered(id);
    for (const part of [
      'CVE-2021-44228',
      'exploited (KEV, ransomware)',
      'openssl (2 packages)',
      '3.0.13-1~deb12u1',
      'debian/12',
      'HTTP 503',
    ].filter((part) => id === 'html' || part !== 'HTTP 503')) {
      assert.ok(text.includes(part), part);
    }
    assert.ok(text.indexOf('CVE-2021-44228') < text.indexOf('CVE-2024-0001'));
  });
}

test('table: suppressed findings are counted, and listed on request with what hid them', () => {
  assert.doesNotMatch(rendered('table'), /CVE-2024-0002/);
  assert.match(rendered('table'), /1 suppressed/);
  assert.match(rendered('table', { showSuppressed: true }), /CVE-2024-0002.*suppressed by ignore-file/);
});

test('table: the limit says how much it left out', () => {
  assert.match(rendered('table', { limit: 1 }), /2 more rows/);
});

test('html: hostile names and titles stay text', () => {
  const text = rendered('html');
  assert.ok(!text.includes('<script>alert(1)'));
  assert.ok(!text.includes('<img src=x'));
  assert.ok(text.includes('&lt;script&gt;alert(1)'));
});

test('csv: formula injection is defused, quotes are doubled', () => {
  const text = rendered('csv', { showSuppressed: true });
  assert.equal(text.trimEnd().split('\r\n').length, assessment.vulnerabilities.length + 1);
  assert.match(text, /'=cmd\(\)/);
});

test('json: the documented keys, dependents turned round, everything carried', () => {
  const report = JSON.parse(rendered('json'));
  assert.deepEqual(Object.keys(report), [
    'schemaVersion',
    'tool',
    'database',
    'target',
    'summary',
    'problems',
    'vulnerabilities',
    'packages',
  ]);
  assert.equal(report.vulnerabilities.length, assessment.vulnerabilities.length);
  const evil = report.packages.find((row: { name: string }) => row.name === '@evil/x');
  assert.deepEqual(evil.dependencyOf, ['pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1']);
  assert.equal(report.vulnerabilities[0].advisories[0].stream, 'debian/12');
  assert.equal(JSON.parse(rendered('json', { timestamp: '2026-01-01T00:00:00Z' })).createdAt, '2026-01-01T00:00:00Z');
});

test('the whole text on a vulnerability: in JSON, SARIF and HTML, not in the table', () => {
  const [first, ...others] = assessment.vulnerabilities;
  assert.ok(first);
  const described = { ...assessment, vulnerabilities: [{ ...first, description: 'All of <it>. At length.' }, ...others] };
  assert.equal(JSON.parse(rendered('json', {}, described)).vulnerabilities[0].description, 'All of <it>. At length.');
  const [rule] = JSON.parse(rendered('sarif', {}, described)).runs[0].tool.driver.rules;
  assert.deepEqual([rule.shortDescription.text, rule.fullDescription.text], [first.title ?? first.id, 'All of <it>. At length.']);
  assert.ok(rendered('html', {}, described).includes('<dd>All of &lt;it&gt;. At length.</dd>'));
  assert.ok(!rendered('table', {}, described).includes('At length.'));
});

test('sarif: valid against the schema of SARIF 2.1.0 (rtm.5), also when empty', () => {
  // The schema is written for draft 4, whose `id` newer drafts call `$id`; it uses nothing else that changed.
  const { $schema: _, id: $id, ...schema } = sarifSchema;
  const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile({ $id, ...schema });
  for (const what of [assessment, clean, { ...clean, packages: [] }]) {
    const log = JSON.parse(rendered('sarif', {}, what));
    assert.ok(validate(log), JSON.stringify(validate.errors));
  }
});

test('sarif: suppressed results are marked, problems are notifications', () => {
  const [run] = JSON.parse(rendered('sarif')).runs;
  assert.equal(run.results.filter((result: { suppressions?: unknown[] }) => result.suppressions !== undefined).length, 1);
  assert.equal(run.invocations[0].executionSuccessful, false);
  assert.equal(run.invocations[0].toolExecutionNotifications.length, 2);
});
