/**
 * The network analysis on made-up estates of growing size, each in a process of its own: time, memory and the exponent of growth; edits of
 * security groups one after the other; and the plain way, pair by pair. Usage: node bench/network/run.ts [--sizes 1000,3000,…]
 * [--runs 3] [--edits 10000,100000] [--pairs 1000,3000,10000]; then npm run docs.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeCommit, describeMachine, spreadOf } from '../results.ts';
import type { Measured, MeasuredEdits, MeasuredPairs } from './measure.ts';
import { type NetworkResults, writeNetworkResults } from './results.ts';

function measure<T>(kind: 'full' | 'edits' | 'pairs', interfaces: number): T {
  const script = join(import.meta.dirname, 'measure.ts');
  const child = spawnSync(process.execPath, [script, kind, String(interfaces)], { encoding: 'utf8', maxBuffer: 1e8 });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}

/** Of the power law that fits best: least squares of the logarithms. */
function exponentOf(points: readonly (readonly [size: number, milliseconds: number])[]): number | undefined {
  const logs = points.map(([size, milliseconds]) => [Math.log(size), Math.log(milliseconds)] as const);
  const mean = (of: (point: readonly [number, number]) => number) =>
    logs.reduce((sum, point) => sum + of(point), 0) / logs.length;
  const [x, y] = [mean(([size]) => size), mean(([, time]) => time)];
  const spread = mean(([size]) => (size - x) ** 2);
  return spread > 0 ? mean(([size, time]) => (size - x) * (time - y)) / spread : undefined;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function main(): void {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: '1000,3000,10000,30000,100000,300000' },
      runs: { type: 'string', default: '3' },
      edits: { type: 'string', default: '10000,100000' },
      pairs: { type: 'string', default: '1000,3000,10000' },
    },
  });
  const sizesOf = (text: string) =>
    text
      .split(',')
      .filter((size) => size !== '')
      .map(Number);
  const rows = sizesOf(values.sizes).map((interfaces) => {
    const runs = Array.from({ length: Number(values.runs) }, () => measure<Measured>('full', interfaces));
    const milliseconds = spreadOf(runs.map((run) => run.milliseconds));
    const cpuMilliseconds = spreadOf(runs.map((run) => run.cpuMilliseconds));
    const peakBytes = spreadOf(runs.map((run) => run.peakBytes));
    const { median, min, max } = milliseconds;
    const exposures = runs[0]?.exposures ?? 0;
    say(
      `${interfaces} interfaces: ${exposures} exposures, ${median} ms (${min}–${max}), ${cpuMilliseconds.median} ms of processor, ${Math.round(peakBytes.median / 1e6)} MB`,
    );
    return { interfaces, exposures, milliseconds, cpuMilliseconds, peakBytes };
  });
  const edits = sizesOf(values.edits).map((interfaces) => {
    const row = { interfaces, ...measure<MeasuredEdits>('edits', interfaces) };
    const { median, max } = row.milliseconds;
    say(`${interfaces} interfaces, edits: ${median} ms, 19 of 20 in ${row.percentile95.toFixed(1)} ms, highest ${max} ms`);
    return row;
  });
  const pairs = sizesOf(values.pairs).map((interfaces) => {
    const row = { interfaces, ...measure<MeasuredPairs>('pairs', interfaces) };
    say(`${interfaces} interfaces, pair by pair: ${row.milliseconds} ms`);
    return row;
  });
  const exponent = exponentOf(rows.map(({ interfaces, cpuMilliseconds }) => [interfaces, cpuMilliseconds.median]));
  say(`processor time grows with the ${exponent?.toFixed(2)}th power of the interfaces`);
  const results: NetworkResults = {
    schemaVersion: 2,
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: describeMachine(),
    rows,
    edits,
    pairs,
    exponent,
  };
  writeNetworkResults(results);
}

main();
