/** The stored form of a benchmark, and its statistics. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { InputKind } from './input.ts';
import { projectDirectory } from './workspace.ts';

export const RESULTS_DIRECTORY = join(projectDirectory, 'bench/results');

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Median of the distances from the median. */
  readonly mad: number;
  readonly values: readonly number[];
}

export interface ToolResult {
  readonly tool: string;
  /** Why there are no figures. */
  readonly error?: string;
  readonly milliseconds?: Spread;
  readonly peakBytes?: Spread;
  /** Different packages (type, name, version); absent where the tool's report has none. */
  readonly packages?: number;
  /** Different pairs of package and advisory id. */
  readonly findings?: number;
}

/** Vedette's figures over the peer's: below 1 is better. */
export interface Ratio {
  readonly peer: string;
  readonly wall: number;
  readonly memory: number;
}

export interface InputResult {
  readonly input: string;
  readonly title: string;
  readonly kind: InputKind;
  /** Size on disk; absent for the host. */
  readonly bytes?: number;
  readonly tools: readonly ToolResult[];
  readonly ratios: readonly Ratio[];
}

/** A figure of Vedette alone. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: 'ms' | 'bytes';
  readonly spread: Spread;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
}

export interface ToolDescription {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  /** Not compared, because it does less. */
  readonly inventoryOnly?: boolean;
  readonly unavailable?: string;
}

export interface Results {
  readonly schemaVersion: 1;
  readonly date: string;
  readonly name: string;
  readonly commit: string;
  readonly runs: number;
  readonly pageCache: 'warm' | 'dropped';
  readonly machine: Machine;
  readonly tools: readonly ToolDescription[];
  readonly inputs: readonly InputResult[];
  readonly figures: readonly Figure[];
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

/** Median and spread of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const median = medianOf(values);
  const mad = medianOf(values.map((value) => Math.abs(value - median)));
  return { median, min: Math.min(...values), max: Math.max(...values), mad, values };
}

/** Vedette against every peer that finished and also matches, the fastest first. */
export function ratiosOf(tools: readonly ToolResult[], descriptions: readonly ToolDescription[]): Ratio[] {
  const own = tools.find(({ tool }) => tool === 'vedette');
  const { milliseconds, peakBytes } = own ?? {};
  if (milliseconds === undefined || peakBytes === undefined) return [];
  const compared = new Set(descriptions.filter(({ inventoryOnly }) => inventoryOnly !== true).map(({ id }) => id));
  return tools
    .flatMap((other) => {
      if (other === own || !compared.has(other.tool) || other.milliseconds === undefined || other.peakBytes === undefined)
        return [];
      const wall = milliseconds.median / other.milliseconds.median;
      return [{ peer: other.tool, wall, memory: peakBytes.median / other.peakBytes.median }];
    })
    .sort((a, b) => b.wall - a.wall);
}

function field(file: string, pattern: RegExp): string {
  return pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}

/** What the figures were taken on. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: release(),
    system: field('/etc/os-release', /^PRETTY_NAME="?([^"\n]*)/m),
    node: process.version,
  };
}

/** The commit that is checked out, with `+` when tracked files differ from it. */
export function describeCommit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: projectDirectory, encoding: 'utf8' }).trim();
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+'}`;
}

/** Reads stored results; default: the latest. */
export function readResults(file = join(RESULTS_DIRECTORY, 'latest.json')): Results {
  if (!existsSync(file)) throw new Error(`there are no results in ${file} yet: npm run bench`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Stores results under their date and name, and as the latest. */
export function writeResults(results: Results): string {
  mkdirSync(RESULTS_DIRECTORY, { recursive: true });
  const text = `${JSON.stringify(results, undefined, 2)}\n`;
  const file = join(RESULTS_DIRECTORY, `${results.date.slice(0, 10)}-${results.name}.json`);
  writeFileSync(file, text);
  writeFileSync(join(RESULTS_DIRECTORY, 'latest.json'), text);
  return file;
}
