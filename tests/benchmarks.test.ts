/** What is said of benchmark results: statistics, ratios, verdicts on budgets and the README's tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkVerdicts, verdicts } from '../bench/budgets.ts';
import type { NetworkResults } from '../bench/network/results.ts';
import { networkBenchTable } from '../bench/network/results.ts';
import { benchTable } from '../bench/readme.ts';
import { type Results, ratiosOf, spreadOf, type ToolDescription, type ToolResult } from '../bench/results.ts';

const TOOLS: readonly ToolDescription[] = [
  { id: 'vedette', title: 'Vedette', version: '1' },
  { id: 'quick', title: 'quick', version: '2' },
  { id: 'slow', title: 'slow', version: '3' },
  { id: 'lister', title: 'lister', version: '4', inventoryOnly: true },
  { id: 'absent', title: 'absent', version: '5', unavailable: 'no such module\nand more' },
];

function run(tool: string, milliseconds: number, megabytes: number): ToolResult {
  return { tool, milliseconds: spreadOf([milliseconds]), peakBytes: spreadOf([megabytes * 1e6]), packages: 10, findings: 2 };
}

function results(tools: readonly ToolResult[]): Results {
  return {
    schemaVersion: 1,
    date: '2026-01-02T03:04:05.000Z',
    name: 'test',
    commit: 'abc',
    runs: 1,
    pageCache: 'warm',
    machine: { cpu: 'processor', cores: 2, memoryBytes: 2 ** 34, kernel: '6', system: 'Debian', node: 'v24' },
    tools: TOOLS,
    inputs: [{ input: 'fat', title: 'Fat image', kind: 'docker-archive', bytes: 2e9, tools, ratios: ratiosOf(tools, TOOLS) }],
    figures: [{ id: 'version', title: 'start', unit: 'ms', spread: spreadOf([99, 130, 80]) }],
  };
}

test('a spread has the median and the median distance from it', () => {
  const { median, min, max, mad } = spreadOf([9, 1, 4, 5]);
  assert.deepEqual({ median, min, max, mad }, { median: 4.5, min: 1, max: 9, mad: 2 });
});

test('the fastest peer that matches comes first; one that only lists or failed is not compared', () => {
  const tools = [
    run('slow', 4000, 100),
    run('vedette', 500, 300),
    run('lister', 10, 10),
    run('quick', 1000, 400),
    { tool: 'absent', error: 'x' },
  ];
  assert.deepEqual(ratiosOf(tools, TOOLS), [
    { peer: 'quick', wall: 0.5, memory: 0.75 },
    { peer: 'slow', wall: 0.125, memory: 3 },
  ]);
});

test('a budget is met, missed with its figure, or not measured; never passed over', () => {
  const all = verdicts(results([run('vedette', 501, 401), run('quick', 1000, 500)]));
  const met = (title: string) => all.find((verdict) => verdict.title === title);
  assert.deepEqual(met("fat: time over the fastest peer's")?.met, false);
  assert.deepEqual(met("fat: memory over that peer's")?.met, true);
  assert.deepEqual(met('fat: highest peak memory'), {
    title: 'fat: highest peak memory',
    limit: '400 MB',
    value: '401 MB',
    met: false,
  });
  assert.deepEqual(met('`vedette --version`')?.met, true);
  assert.equal(met("host: time over the fastest peer's")?.met, undefined);
});

test('the tables show losses, failures and peers that are not there', () => {
  const text = benchTable(results([run('vedette', 2000, 300), run('quick', 1000, 400), { tool: 'slow', error: 'no report' }]));
  assert.match(text, /\| quick 2 \| 1\.00 s \(1\.00 s–1\.00 s\) \| 400 MB \| 2\.00 · 0\.75 \| 10 \| 2 \|/);
  assert.match(text, /\| slow 3 \| failed: no report \|/);
  assert.match(text, /absent 5 could not be built: no such module\n/);
  assert.match(text, /\*\*missed\*\*/);
});

const NETWORK: NetworkResults = {
  schemaVersion: 2,
  date: '2026-01-02T03:04:05.000Z',
  commit: 'abc',
  machine: results([]).machine,
  rows: [
    {
      interfaces: 100_000,
      exposures: 7,
      milliseconds: spreadOf([9000, 11_000, 12_000]),
      cpuMilliseconds: spreadOf([8000]),
      peakBytes: spreadOf([9e8]),
    },
  ],
  edits: [],
  pairs: [{ interfaces: 100_000, milliseconds: 70_000, cpuMilliseconds: 60_000, peakBytes: 1e8, internet: 1, open: 1 }],
  exponent: 1.234,
};

test('budgets of the network analysis are judged at 100,000 interfaces, and what was not measured is told', () => {
  const met = networkVerdicts(NETWORK).map((verdict) => verdict.met);
  assert.deepEqual(met, [false, true, undefined]);
});

test('the table of the network analysis has the plain way beside it', () => {
  const text = networkBenchTable(NETWORK);
  assert.match(text, /\| 100,000 \| 7 \| 11 s \(9\.00 s–12 s\) \| 8\.00 s \| 900 MB \| 70 s \(60 s\) \|/);
  assert.match(text, /the 1\.23th power/);
});
