import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VersionRange } from '../model/advisory.ts';
import { compileRange, inRange, isProblem } from './range.ts';
import { schemeById } from './registry.ts';
import type { SchemeId } from './scheme.ts';

function contains(id: SchemeId, range: VersionRange, version: string): boolean {
  const scheme = schemeById(id);
  const bounds = compileRange(scheme, range);
  const key = scheme.key(version);
  assert.ok(!isProblem(bounds) && key.ok);
  return inRange(key.value, { ...range, ...bounds });
}

const CASES: readonly { id: SchemeId; range: VersionRange; inside: readonly string[]; outside: readonly string[] }[] = [
  { id: 'deb', range: {}, inside: ['0~', '1:9'], outside: [] },
  {
    id: 'deb',
    range: { introduced: '0', fixed: '1.0-2' },
    inside: ['0~git1', '1.0-1', '1.0-2~deb11u1'],
    outside: ['1.0-2', '1:0'],
  },
  { id: 'deb', range: { introduced: '1.0', lastAffected: '1.2-1' }, inside: ['1.0', '1.2-1'], outside: ['1.0~rc1', '1.2-1+b1'] },
  { id: 'deb', range: { introduced: '0', fixed: '0' }, inside: [], outside: ['0', '0~', '1'] },
  { id: 'npm', range: { introduced: '1.0.0', fixed: '2.0.0' }, inside: ['1.0.0', '2.0.0-rc1'], outside: ['1.0.0-rc1', '2.0.0'] },
  { id: 'npm', range: { fixed: '1.0.0', lastAffected: '9.0.0' }, inside: ['0.9.0'], outside: ['1.0.0', '5.0.0'] },
  // Bounds without release mean all releases; an installed version without release counts as the earliest.
  { id: 'rpm', range: { fixed: '1.2' }, inside: ['1.1-9'], outside: ['1.2', '1.2-1', '1.2-0.el9'] },
  {
    id: 'rpm',
    range: { introduced: '1.2', lastAffected: '1.2' },
    inside: ['1.2', '1.2-1', '0:1.2-99.el9'],
    outside: ['1.2.1-1', '1.1-9'],
  },
  { id: 'rpm', range: { lastAffected: '1.2-3' }, inside: ['1.2-3', '1.2'], outside: ['1.2-3.1', '1:1.2-3'] },
  { id: 'rpm', range: { fixed: '1.2-3' }, inside: ['1.2', '1.2-2'], outside: ['1.2-3'] },
  { id: 'pypi', range: { lastAffected: '1.0' }, inside: ['1.0', '1.0+sp1'], outside: ['1.0.post1', '1.0.1'] },
  { id: 'pypi', range: { fixed: '1.0' }, inside: ['1.0rc1'], outside: ['1.0', '1.0+sp1'] },
  { id: 'jvm', range: { lastAffected: '11.0.10' }, inside: ['11.0.10', '11.0.10+9'], outside: ['11.0.11'] },
  { id: 'bitnami', range: { lastAffected: '8.2.1' }, inside: ['8.2.1', '8.2.1-7'], outside: ['8.2.2'] },
];

for (const { id, range, inside, outside } of CASES) {
  test(`${id} ${JSON.stringify(range)}`, () => {
    for (const version of inside) assert.ok(contains(id, range, version), `${version} is inside`);
    for (const version of outside) assert.ok(!contains(id, range, version), `${version} is outside`);
  });
}

test('a bound that is no version is a problem, not an empty range', () => {
  for (const range of [{ introduced: 'x' }, { fixed: 'x' }, { lastAffected: 'x' }]) {
    const bounds = compileRange(schemeById('semver'), range);
    assert.ok(isProblem(bounds));
    assert.equal(bounds.code, 'version-not-comparable');
  }
});
