import assert from 'node:assert/strict';
import { test } from 'node:test';
import calculator from 'ae-cvss-calculator';
import fc from 'fast-check';
import type { AdvisorySeverity } from '../model/advisory.ts';
import { scoreVector } from './cvss.ts';

function vector(kind: AdvisorySeverity['kind'], value: string): AdvisorySeverity {
  return { kind, value, source: 'test' };
}

/** Worked examples of the guides and example documents that FIRST publishes for each version (first.org/cvss). */
const EXAMPLES: readonly (readonly [
  kind: AdvisorySeverity['kind'],
  vector: string,
  score: number,
  version: string,
  about: string,
])[] = [
  ['cvss-v2', 'AV:N/AC:L/Au:N/C:N/I:N/A:C', 7.8, '2.0', 'v2 guide, CVE-2002-0392'],
  ['cvss-v2', '(AV:N/AC:L/Au:N/C:C/I:C/A:C)', 10, '2.0', 'v2 guide, CVE-2003-0818'],
  ['cvss-v2', 'AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C', 6.2, '2.0', 'v2 guide, CVE-2003-0062, base only'],
  ['cvss-v3', 'CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, '3.0', 'v3.0 examples, CVE-2013-1937'],
  ['cvss-v3', 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4, '3.1', 'v3.1 examples, CVE-2013-0375'],
  ['cvss-v3', 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1, '3.1', 'v3.1 examples, CVE-2014-3566'],
  ['cvss-v3', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10, '3.1', 'NVD, CVE-2021-44228 (Log4Shell)'],
  ['cvss-v3', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0, '3.1', 'no impact: a true 0'],
  ['cvss-v4', 'CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.3, '4.0', 'v4.0 examples, CVE-2022-41741'],
  ['cvss-v4', 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.7, '4.0', 'v4.0 examples, CVE-2020-3549'],
  ['cvss-v4', 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N', 8.3, '4.0', 'v4.0 examples, CVE-2023-3089'],
  ['cvss-v4', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U', 9.3, '4.0', 'threat metrics do not count'],
];

for (const [kind, value, score, version, about] of EXAMPLES) {
  test(`${about}: ${score}`, () => {
    const result = scoreVector(vector(kind, value));
    assert.ok(result.ok);
    assert.equal(result.value.value, score);
    assert.equal(result.value.version, version);
    assert.equal(result.value.source, 'test');
    assert.deepEqual(scoreVector({ ...vector(kind, value), source: 'other' }), {
      ok: true,
      value: { ...result.value, source: 'other' },
    });
  });
}

const INVALID: readonly (readonly [AdvisorySeverity['kind'], string])[] = [
  ['cvss-v3', ''],
  ['cvss-v3', 'high'],
  ['cvss-v3', 'CVSS:3.1/AV:N/AC:L'],
  ['cvss-v3', 'CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'],
  ['cvss-v3', 'AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'],
  ['cvss-v3', 'CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'],
  ['cvss-v4', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H'],
  ['cvss-v2', 'AV:N/AC:L/Au:N'],
  ['cvss-v3', 'CVSS:9.9/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'],
  ['cvss-v3', `CVSS:3.1/${'AV:N/'.repeat(100_000)}`],
];

test('an invalid vector is a problem, never 0', () => {
  for (const [kind, value] of INVALID) {
    const result = scoreVector(vector(kind, value));
    assert.ok(!result.ok, value.slice(0, 80));
    assert.equal(result.problem.code, 'cvss-vector-invalid');
    assert.ok(result.problem.message.length < 600);
  }
});

test('any text gets an answer', () => {
  const kinds = fc.constantFrom<AdvisorySeverity['kind']>('cvss-v2', 'cvss-v3', 'cvss-v4');
  const metric = fc.constantFrom(
    'AV:N',
    'AC:L',
    'Au:N',
    'PR:N',
    'UI:N',
    'S:C',
    'C:H',
    'I:H',
    'A:H',
    'CVSS:3.1',
    'CVSS:4.0',
    ':',
    'X',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(metric, { maxLength: 14 }).map((metrics) => metrics.join('/')),
  );
  fc.assert(
    fc.property(kinds, text, (kind, value) => {
      const result = scoreVector(vector(kind, value));
      if (result.ok) assert.ok(result.value.value >= 0 && result.value.value <= 10);
    }),
  );
});

test('version 3: every vector there is has the score that the library gives it', () => {
  const metrics = { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'UC', C: 'HLN', I: 'HLN', A: 'HLN' };
  const vectors = Object.entries(metrics).reduce<string[]>(
    (known, [name, letters]) => known.flatMap((start) => [...letters].map((letter) => `${start}/${name}:${letter}`)),
    [''],
  );
  assert.equal(vectors.length, 2592);
  for (const metrics of vectors) {
    const result = scoreVector(vector('cvss-v3', `CVSS:3.1${metrics}`));
    const older = scoreVector(vector('cvss-v3', `CVSS:3.0${metrics}`));
    assert.ok(result.ok && older.ok);
    assert.equal(result.value.value, new calculator.Cvss3P1(`CVSS:3.1${metrics}`).calculateScores().base, metrics);
    assert.equal(older.value.value, new calculator.Cvss3P0(`CVSS:3.0${metrics}`).calculateScores().base, metrics);
  }
});
