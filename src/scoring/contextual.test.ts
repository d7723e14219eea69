/** The contextual score by example, and that it never rises above the base score. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Score } from '../model/finding.ts';
import { contextualScore, type Exposure } from './contextual.ts';
import { scoreVector } from './cvss.ts';

function base(vector: string, kind: 'cvss-v2' | 'cvss-v3' | 'cvss-v4' = 'cvss-v3'): Score {
  const scored = scoreVector({ kind, value: vector, source: 'nvd' });
  assert.ok(scored.ok);
  return scored.value;
}

const LOG4SHELL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H';

// Expected values: the CVSS 3.1 equations of the specification, section 7.1.
const CASES: readonly [vector: string, exposure: Exposure | undefined, value: number, metric?: string][] = [
  [LOG4SHELL, 'internet', 10],
  [LOG4SHELL, undefined, 10],
  [LOG4SHELL, 'other', 9.6, 'A'],
  [LOG4SHELL, 'none', 9.3, 'L'],
  ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 'none', 7.8],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 'none', 8.4, 'L'],
];

for (const [vector, exposure, value, metric] of CASES) {
  test(`${vector} reached from ${exposure ?? 'who knows'} is ${value}`, () => {
    const found = contextualScore(base(vector), exposure);
    assert.equal(found.value, value);
    assert.equal(found.adjustments.length, metric === undefined ? 0 : 1);
    if (metric !== undefined) assert.match(found.vector ?? '', new RegExp(`/AV:${metric}/`));
  });
}

test('scores of other versions stay', () => {
  assert.deepEqual(contextualScore(base('AV:N/AC:L/Au:N/C:P/I:P/A:P', 'cvss-v2'), 'none').adjustments, []);
});

test('never above the base score', () => {
  const metric = (name: string, letters: string) => fc.constantFrom(...letters).map((letter) => `${name}:${letter}`);
  const vector = fc
    .tuple(
      metric('AC', 'LH'),
      metric('PR', 'NLH'),
      metric('UI', 'NR'),
      metric('S', 'UC'),
      metric('C', 'NLH'),
      metric('I', 'NLH'),
      metric('A', 'NLH'),
    )
    .map((rest) => `CVSS:3.1/AV:N/${rest.join('/')}`);
  fc.assert(
    fc.property(vector, fc.constantFrom<Exposure>('internet', 'other', 'none'), (text, exposure) => {
      const score = base(text);
      assert.ok(contextualScore(score, exposure).value <= score.value);
    }),
    { numRuns: 200 },
  );
});
