import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessment } from '../../tests/support/assessment.ts';
import { groupProblems, packagesByPurl, upgrades } from './group.ts';

test('an upgrade goes to the version that closes all findings, by the order of their scheme', () => {
  const found = assessment.vulnerabilities.find(
    ({ status, suppressed }) => status === 'fix-available' && suppressed === undefined,
  );
  assert.ok(found);
  const fixedIn = (id: string, version: string) => ({ ...found, id, fixedVersions: [version] });
  for (const versions of [
    ['2.10.1', '2.9.0', '2.15.0'],
    ['2.15.0', '2.9.0', '2.10.1'],
  ]) {
    const findings = versions.map((version, index) => fixedIn(`CVE-2099-000${index}`, version));
    const [upgrade, ...others] = upgrades(findings, packagesByPurl(assessment));
    assert.deepEqual([upgrade?.to, upgrade?.closes, others.length], ['2.15.0', 3, 0]);
  }
});

test('problems are told once for each message, three messages of a code', () => {
  const problem = (code: string, message: string, path: string) => ({ code, message, path, effect: 'incomplete' as const });
  const list = [1, 2, 3, 4, 5].map((number) => problem('a', `message ${Math.ceil(number / 2)}`, `p${number}`));
  const [first, second, ...others] = groupProblems([...list, problem('b', 'x', 'q'), problem('a', 'message 9', 'r')]);
  assert.deepEqual(
    first?.groups.map(({ message, places }) => `${message}: ${places.join(' ')}`),
    ['message 1: p1 p2', 'message 2: p3 p4', 'message 3: p5'],
  );
  assert.deepEqual([first?.more, second?.groups.length, second?.more, others.length], [1, 1, 0, 0]);
});
