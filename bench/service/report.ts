/** What the service's benchmarks share: where advisory data are, how results are stored. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { databasePath, type FileDatabase, openDatabase } from '../../src/advisories/database/index.ts';
import { describeCommit, describeMachine, RESULTS_DIRECTORY, type Spread, spreadOf } from '../results.ts';

/** The compiled database: `--db`, or the one that `vedette db update` made. */
export function openBenchDatabase(file: string | undefined): { readonly path: string; readonly database: FileDatabase } {
  const path = file ?? databasePath(process.env);
  const opened = openDatabase(path);
  if (!opened.ok) throw new Error(`${opened.problem.message} Make one with "vedette db update", or give --db.`);
  return { path, database: opened.value };
}

export interface Timing extends Omit<Spread, 'values' | 'mad'> {
  readonly runs: number;
  readonly p99: number;
}

/** Milliseconds, in tenths. */
export function timingOf(values: readonly number[]): Timing {
  const { median, min, max } = spreadOf(values);
  const sorted = [...values].sort((a, b) => a - b);
  const p99 = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
  const round = (value: number) => Math.round(value * 10) / 10;
  return { runs: values.length, median: round(median), min: round(min), p99: round(p99), max: round(max) };
}

export function showTiming({ median, min, p99, max }: Timing): string {
  return `median ${median} ms, lowest ${min}, p99 ${p99}, highest ${max}`;
}

/** Stores results in bench/results/service-<name>.json. `load` is what else the machine did. */
export function writeServiceResults(name: string, results: object): string {
  mkdirSync(RESULTS_DIRECTORY, { recursive: true });
  const path = join(RESULTS_DIRECTORY, `service-${name}.json`);
  const [load = 0] = loadavg();
  const all = {
    schemaVersion: 1,
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: describeMachine(),
    load: Math.round(load * 10) / 10,
    ...results,
  };
  writeFileSync(path, `${JSON.stringify(all, undefined, 2)}\n`);
  return path;
}
