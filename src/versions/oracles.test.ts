/** dpkg and rpm themselves as judges, where they are installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { skipOrFail } from '../../tests/support/shared.ts';
import { schemeById } from './registry.ts';

const SEED = 20260101;

function pairs(pieces: readonly string[], count: number): readonly (readonly [string, string])[] {
  const tail = fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((parts) => parts.join(''));
  return fc
    .sample(fc.tuple(tail, tail, tail), { numRuns: count, seed: SEED })
    .map(([head, a, b]) => [`1${head}${a}`, `1${head}${b}`]);
}

test('dpkg --compare-versions agrees', (context) => {
  if (spawnSync('dpkg', ['--version']).error) return skipOrFail(context, 'dpkg is not installed');
  const deb = schemeById('deb');
  let agreed = 0;
  for (const [a, b] of pairs(['.', '~', '+', '-', '0', '00', '1', '10', 'a', 'B', 'rc', '-1', '~1', 'ubuntu1', '.0'], 150)) {
    const order = deb.compare(a, b);
    if (!order.ok) continue;
    const operator = order.value < 0 ? 'lt' : order.value > 0 ? 'gt' : 'eq';
    assert.equal(spawnSync('dpkg', ['--compare-versions', a, operator, b]).status, 0, `${a} ${operator} ${b}`);
    agreed += 1;
  }
  assert.ok(agreed > 100, `${agreed} pairs`);
});

test('rpm.vercmp agrees', (context) => {
  const cases = pairs(
    ['.', '~', '^', '+', '_', '0', '00', '1', '10', 'a', 'B', 'rc', '-1', '-1.el9', '~1', '^git2', '.0'],
    400,
  ).filter(([a, b]) => !`${a}${b}`.includes('--'));
  const code = cases.map(([a, b]) => `print(rpm.vercmp("${a}", "${b}"), "\\n")`).join(' ');
  const run = spawnSync('rpm', ['--eval', `%{lua: ${code}}`], { encoding: 'utf8' });
  if (run.error || run.status !== 0 || !/^-?[01]\b/.test(run.stdout)) return skipOrFail(context, 'rpm with Lua is not installed');
  const answers = run.stdout
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
  assert.equal(answers.length, cases.length);
  for (const [index, [a, b]] of cases.entries()) {
    const order = schemeById('rpm').compare(a, b);
    assert.ok(order.ok);
    assert.equal(Math.sign(order.value), answers[index], `${a} against ${b}`);
  }
});
