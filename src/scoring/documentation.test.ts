/** docs/scoring.md states the formula; these tests recompute it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { SEVERITIES } from '../model/finding.ts';
import { POINTS, priorityOf } from './priority.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/scoring.md'), 'utf8').replace(/ +/g, ' ');

test('the table of points is the one in use', () => {
  const words = SEVERITIES.map((word) => `${word} ${POINTS.severity[word]}`).join(', ');
  const rows: readonly (readonly [part: string, ...figures: string[]])[] = [
    ['severity', words],
    ['score', `× ${POINTS.scorePoint} `],
    ['exploited', `${POINTS.kev} when`, `otherwise ${POINTS.active} when`],
    ['ransomware', `${POINTS.ransomware} when`],
    ['likelihood', `× ${POINTS.epss} `],
    ['exploit-public', `${POINTS.exploitPublic} when`],
    ['malware', `${POINTS.malware} when`],
    ['end-of-life', `${POINTS.endOfLife} when`],
    ['fix', `${POINTS.fixAvailable} when`],
    ['uncertain', `${POINTS.uncertain} when`],
    ['cap', `between ${POINTS.lowest} and ${POINTS.highest}`],
  ];
  for (const [part, ...figures] of rows) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${part}\` |`));
    assert.ok(row, part);
    for (const figure of figures) assert.ok(row.includes(figure), `${part}: ${figure}`);
  }
});

test('the worked example comes out as written', () => {
  const { value, parts } = priorityOf({
    verdict: { severity: 'HIGH', source: 'debian', score: { value: 8.8, version: '3.1', source: 'nvd' } },
    kind: 'vulnerability',
    status: 'fix-available',
    facts: {
      kev: { dateAdded: '2023-09-13', ransomware: false },
      epss: { score: 0.94, date: '2024-01-01' },
      exploits: ['EDB-1'],
    },
  });
  const example = page.slice(page.indexOf('### Worked example'));
  const written = [...example.matchAll(/^\| ([a-z-]+) \| (-?\d+) \|$/gm)].map(([, name, points]) => [name, Number(points)]);
  assert.deepEqual(
    written,
    parts.map(({ name, points }) => [name, points]),
  );
  assert.ok(example.includes(`| **priority** | **${value}** |`));
});
