import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Vulnerability } from '../model/finding.ts';
import { parsePolicy } from './policy.ts';

const finding: Vulnerability = {
  id: 'CVE-2021-44228',
  kind: 'vulnerability',
  aliases: [],
  severity: 'HIGH',
  severitySource: 'test',
  score: { value: 7.5, version: '3.1', source: 'test' },
  scores: [],
  priority: { value: 61, parts: [] },
  status: 'fix-available',
  package: 'pkg:npm/a@1',
  packageName: 'a',
  installedVersion: '1',
  fixedVersions: ['2'],
  epss: { score: 0.4, date: '2026-01-01' },
  exploits: [],
  cwes: [],
  evidence: [],
  locations: [],
};

const rows: readonly (readonly [string, boolean])[] = [
  ['high', true],
  ['HIGH', true],
  ['critical', false],
  ['medium', true],
  ['kev', false],
  ['not kev', true],
  ['!kev && fixable', true],
  ['kev or fixable', true],
  ['kev or (severity >= high and epss > 50%)', false],
  ['kev or (severity >= high and epss >= 0.4)', true],
  ['score >= 7.5', true],
  ['score > 7.5', false],
  ['severity == high', true],
  ['severity < high', false],
  ['priority >= 61', true],
  ['fixable and exploit or malware', false],
];

for (const [text, expected] of rows) {
  test(`policy ${text} is ${expected} for a high, fixable finding`, () => {
    const policy = parsePolicy(text);
    assert.ok(policy.ok);
    assert.equal(policy.value(finding), expected);
  });
}

for (const text of [
  '',
  '  ',
  'hihg',
  'severity',
  'severity >= 3',
  'score >= high',
  '(kev',
  'kev)',
  'kev kev',
  'kev and',
  '€',
  'constructor',
  '('.repeat(5000),
  '!'.repeat(5000),
]) {
  test(`policy ${JSON.stringify(text.slice(0, 20))} is refused with help`, () => {
    const policy = parsePolicy(text);
    assert.ok(!policy.ok);
    assert.equal(policy.problem.code, 'policy-invalid');
    assert.match(policy.problem.message, /severity >= high/);
  });
}

test('what is not known makes a comparison false', () => {
  const { score: _, epss: __, ...unknown } = finding;
  for (const text of ['score < 5', 'score >= 0', 'epss < 0.5']) {
    const policy = parsePolicy(text);
    assert.ok(policy.ok);
    assert.equal(policy.value(unknown), false, text);
  }
});

test('no text makes the policy parser throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parsePolicy(text);
    }),
  );
});
