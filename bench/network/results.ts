/** The stored form of the network benchmark, and its tables. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, RESULTS_DIRECTORY, type Spread } from '../results.ts';
import type { MeasuredEdits, MeasuredPairs } from './measure.ts';

export interface NetworkResults {
  readonly schemaVersion: 2;
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly rows: readonly {
    readonly interfaces: number;
    readonly exposures: number;
    readonly milliseconds: Spread;
    readonly cpuMilliseconds: Spread;
    readonly peakBytes: Spread;
  }[];
  readonly edits: readonly (MeasuredEdits & { readonly interfaces: number })[];
  readonly pairs: readonly (MeasuredPairs & { readonly interfaces: number })[];
  /** Of processor time over interfaces. */
  readonly exponent?: number | undefined;
}

const FILE = join(RESULTS_DIRECTORY, 'network.json');

export function writeNetworkResults(results: NetworkResults): void {
  mkdirSync(RESULTS_DIRECTORY, { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
}

export function readNetworkResults(): NetworkResults {
  if (!existsSync(FILE)) throw new Error(`there are no results in ${FILE} yet: node bench/network/run.ts`);
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

function seconds(milliseconds: number): string {
  return milliseconds < 9950 ? `${(milliseconds / 1000).toFixed(2)} s` : `${(milliseconds / 1000).toFixed(0)} s`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** Markdown: whole analyses of growing estates beside the plain way, and edits. */
export function networkBenchTable({ date, commit, machine, rows, edits, pairs, exponent }: NetworkResults): string {
  const plain = new Map(pairs.map((row) => [row.interfaces, row]));
  const lines = rows.map(({ interfaces, exposures, milliseconds: { median, min, max }, cpuMilliseconds, peakBytes }) => {
    const other = plain.get(interfaces);
    const cells = [
      count(interfaces),
      count(exposures),
      `${seconds(median)} (${seconds(min)}–${seconds(max)})`,
      seconds(cpuMilliseconds.median),
      `${count(Math.round(peakBytes.median / 1e6))} MB`,
      other === undefined ? '–' : `${seconds(other.milliseconds)} (${seconds(other.cpuMilliseconds)})`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const edited = edits.map(({ interfaces, milliseconds, percentile95, lookedAt }) => {
    const times = [milliseconds.median, percentile95, milliseconds.max].map((one) => `${one.toFixed(1)} ms`);
    return `| ${[count(interfaces), String(milliseconds.values.length), ...times, String(lookedAt.median)].join(' | ')} |`;
  });
  return [
    `${date.slice(0, 10)}, commit ${commit}: ${machine.cores} × ${machine.cpu}, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB, ${machine.system}, Node ${machine.node}; one thread. Medians (lowest–highest) of ${Math.max(...rows.map(({ milliseconds }) => milliseconds.values.length))} processes. Processor time grows with the ${exponent?.toFixed(2)}th power of the interfaces (least squares over all rows).`,
    [
      '| interfaces | exposures | time | processor time | memory | pair by pair: time (processor time) |',
      '| --- | --- | --- | --- | --- | --- |',
      ...lines,
    ].join('\n'),
    [
      '| interfaces | edits of a security group | median | 19 of 20 | highest | looked at again (median) |',
      '| --- | --- | --- | --- | --- | --- |',
      ...edited,
    ].join('\n'),
  ].join('\n\n');
}
