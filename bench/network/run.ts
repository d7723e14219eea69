/**
 * The network analysis on made-up estates of growing size, each in a process of its own: time, memory, the exponent of growth, and
 * one edited security group analysed again. Usage: node bench/network/run.ts [--sizes 1000,10000,100000,300000] [--runs 3]
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openings } from '../../src/network/analyse.ts';
import { interpret } from '../../src/network/interpret/index.ts';
import { describeCommit, describeMachine, spreadOf } from '../results.ts';
import { projectDirectory } from '../workspace.ts';
import { bigEstate } from './estate.ts';

interface Measured {
  readonly interfaces: number;
  readonly exposures: number;
  readonly interpretMilliseconds: number;
  /** Every exposure with its path, rules and witness. */
  readonly analyseMilliseconds: number;
  readonly peakBytes: number;
}

function measure(interfaces: number): Measured {
  const estate = bigEstate({
    interfaces,
    groups: Math.ceil(interfaces * 0.06),
    subnets: Math.max(30, Math.ceil(interfaces * 0.03)),
  });
  const start = performance.now();
  const network = interpret(estate);
  const read = performance.now();
  let exposures = 0;
  let hops = 0;
  for (const { exposure } of openings(network)) {
    exposures += 1;
    hops += exposure.path.length;
  }
  const done = performance.now();
  if (hops === 0) throw new Error('nothing is reachable: the estate is not what this script thinks');
  return {
    interfaces,
    exposures,
    interpretMilliseconds: Math.round(read - start),
    analyseMilliseconds: Math.round(done - read),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: '1000,10000,100000,300000' },
      runs: { type: 'string', default: '3' },
      one: { type: 'string' },
    },
  });
  if (values.one !== undefined) {
    process.stdout.write(JSON.stringify(measure(Number(values.one))));
    return;
  }
  const rows = values.sizes.split(',').map((size) => {
    const runs = Array.from({ length: Number(values.runs) }, (): Measured => {
      const child = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, '--one', size], { encoding: 'utf8' });
      if (child.status !== 0) throw new Error(child.stderr);
      return JSON.parse(child.stdout);
    });
    const [first] = runs;
    const row = {
      interfaces: Number(size),
      exposures: first?.exposures ?? 0,
      milliseconds: spreadOf(runs.map((run) => run.interpretMilliseconds + run.analyseMilliseconds)),
      peakBytes: spreadOf(runs.map((run) => run.peakBytes)),
    };
    const { median, min, max } = row.milliseconds;
    process.stdout.write(
      `${size.padStart(7)} interfaces  ${String(row.exposures).padStart(7)} exposures  ${median} ms (${min}–${max})  ${Math.round(row.peakBytes.median / 1e6)} MB\n`,
    );
    return row;
  });
  const [small, large] = [rows[0], rows.at(-1)];
  const exponent =
    small === undefined || large === undefined || small === large
      ? undefined
      : Math.log(large.milliseconds.median / small.milliseconds.median) / Math.log(large.interfaces / small.interfaces);
  if (exponent !== undefined) process.stdout.write(`time grows with the ${exponent.toFixed(2)}th power of the interfaces\n`);
  const results = {
    schemaVersion: 1,
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: describeMachine(),
    rows,
    exponent,
  };
  mkdirSync(join(projectDirectory, 'bench/results'), { recursive: true });
  writeFileSync(join(projectDirectory, 'bench/results/network.json'), `${JSON.stringify(results, undefined, 2)}\n`);
}

main();
