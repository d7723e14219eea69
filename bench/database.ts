/**
 * The advisory database by itself: compiling, opening, looking up, verifying, comparing. Usage: node bench/database.ts [MIRROR]
 * Prints a table and, with `--json`, the same as JSON. Times are of this machine; processor time counts all threads.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compileDatabase,
  diffDatabases,
  openDatabase,
  searchPackages,
  verifyDatabase,
} from '../src/advisories/database/index.ts';
import { feeds } from '../src/advisories/feeds/registry.ts';
import { updateSources } from '../src/advisories/update/index.ts';
import type { Result } from '../src/model/problem.ts';
import { spreadOf } from './results.ts';
import { advisoryDirectory, projectDirectory } from './workspace.ts';

interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'MB' | '';
}

const RUNS = 7;
const MEGABYTE = 1e6;

function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

function median(run: () => number): number {
  return spreadOf(Array.from({ length: RUNS }, run)).median;
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Compiles in this process, which has done nothing else yet: its peak memory is that of compiling. */
async function compilation(mirror: string, out: string): Promise<Row[]> {
  const { sources } = await updateSources({ mirror, directory: mirror, feeds, now: () => new Date() });
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { info } = orThrow(await compileDatabase({ sources, origin: 'mirror', out, builtAt: '2026-01-01T00:00:00Z' }));
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return [
    { what: 'source files', value: sources.length, unit: '' },
    { what: 'source files, size', value: sources.reduce((sum, { size }) => sum + size, 0) / MEGABYTE, unit: 'MB' },
    { what: 'advisories', value: info.advisories, unit: '' },
    { what: 'ranges', value: info.ranges, unit: '' },
    { what: 'compiled: wall time', value: wall, unit: 'ms' },
    { what: 'compiled: processor time', value: (user + system) / 1000, unit: 'ms' },
    { what: 'compiled: peak memory', value: (process.resourceUsage().maxRSS * 1024) / MEGABYTE, unit: 'MB' },
    { what: 'database, size', value: statSync(out).size / MEGABYTE, unit: 'MB' },
  ];
}

/** Each in a process of its own, as a scan would do it. */
function lookups(file: string): Row[] {
  const script = join(projectDirectory, 'bench/lookups.ts');
  const inside: number[] = [];
  const whole = median(() =>
    timed(() => {
      const { stdout, status, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      inside.push(Number(stdout));
    }),
  );
  return [
    { what: 'opened, 10,000 lookups', value: spreadOf(inside).median, unit: 'ms' },
    { what: 'opened, 10,000 lookups: whole process from sources', value: whole, unit: 'ms' },
  ];
}

function others(file: string): Row[] {
  const [first, second] = [orThrow(openDatabase(file)), orThrow(openDatabase(file))];
  const rows: Row[] = [
    { what: 'opened', value: median(() => timed(() => orThrow(openDatabase(file)).close())), unit: 'ms' },
    { what: 'verified', value: median(() => timed(() => orThrow(verifyDatabase(file)))), unit: 'ms' },
    { what: 'compared with another', value: median(() => timed(() => diffDatabases(first, second))), unit: 'ms' },
    { what: 'names searched', value: median(() => timed(() => searchPackages(first, 'log4j', 50))), unit: 'ms' },
  ];
  first.close();
  second.close();
  return rows;
}

const args = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'vedette-bench-'));
try {
  const file = join(directory, 'advisories.vdb');
  const mirror = args.find((arg) => !arg.startsWith('--')) ?? advisoryDirectory;
  const rows = [...(await compilation(mirror, file)), ...lookups(file), ...others(file)];
  if (args.includes('--json')) console.log(JSON.stringify(rows));
  else
    for (const { what, value, unit } of rows)
      console.log(`${what.padEnd(52)} ${value.toFixed(unit === '' ? 0 : 1).padStart(9)} ${unit}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
