/** One input, all tools: alternating runs, measured and counted. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { countsOf } from './counts.ts';
import type { Input } from './input.ts';
import { type Measurement, measure } from './measure.ts';
import { vedetteData } from './peer-data.ts';
import { findPeers, type Invocation } from './peers.ts';
import { type InputResult, ratiosOf, spreadOf, type ToolDescription, type ToolResult } from './results.ts';
import { benchDirectory, command, hostExclusions, projectDirectory } from './workspace.ts';

export interface Contender {
  readonly description: ToolDescription;
  readonly program: string;
  readonly run: (input: Input, out: string) => Invocation | undefined;
}

interface Attempts {
  readonly contender: Contender;
  readonly out: string;
  readonly invocation: Invocation;
  readonly done: Measurement[];
  error?: string;
}

const TIMEOUT_MILLISECONDS = 20 * 60_000;
const VEDETTE_KINDS = { 'docker-archive': 'image', oci: 'image', project: 'project', host: 'host' } as const;

function vedette(input: Input, out: string): Invocation {
  const target = input.kind === 'host' ? [] : [input.path()];
  const exclude = input.kind === 'host' ? hostExclusions().flatMap((path) => ['--exclude', path.slice(1)]) : [];
  const fixed = ['--no-cache', '--db', vedetteData(), '--quiet', '--format', `json=${out}`];
  return { args: ['scan', VEDETTE_KINDS[input.kind], ...target, ...fixed, ...exclude] };
}

/** Vedette and the peers that could be built; and all of them with the reasons. */
export function contenders(): { readonly all: readonly ToolDescription[]; readonly ready: readonly Contender[] } {
  const { version }: { version: string } = JSON.parse(readFileSync(join(projectDirectory, 'package.json'), 'utf8'));
  const own: ToolDescription = { id: 'vedette', title: 'Vedette', version };
  const peers = findPeers().map(({ peer, program, reason }) => {
    const { id, title, version: released, inventoryOnly, run } = peer;
    const description: ToolDescription = {
      id,
      title,
      version: released,
      ...(inventoryOnly === undefined ? {} : { inventoryOnly }),
      ...(reason === undefined ? {} : { unavailable: reason }),
    };
    return { description, program, run };
  });
  const ready = peers.flatMap(({ description, program, run }) => (program === undefined ? [] : [{ description, program, run }]));
  const bundle = join(projectDirectory, 'bin/vedette');
  return {
    all: [own, ...peers.map(({ description }) => description)],
    ready: [{ description: own, program: bundle, run: vedette }, ...ready],
  };
}

function sizeOf(input: Input): number | undefined {
  if (input.kind === 'host') return undefined;
  const path = input.path();
  if (statSync(path).isFile()) return statSync(path).size;
  return Number.parseInt(command('du', ['-sb', path]), 10);
}

/** Brings the page cache to the same state before every run. */
function preparePageCache(drop: boolean, input: Input): void {
  if (drop) {
    command('sync', []);
    writeFileSync('/proc/sys/vm/drop_caches', '3');
  } else if (input.kind === 'docker-archive' || input.kind === 'oci') {
    command('sh', ['-c', 'find "$1" -type f -exec cat {} + > /dev/null', 'sh', input.path()]);
  }
}

/** A tool that takes longer than this is run only so often: its spread does not matter then. */
const SLOW_MILLISECONDS = 40_000;
const SLOW_RUNS = 2;

async function attempt(attempts: Attempts): Promise<void> {
  const { contender, out, invocation, done } = attempts;
  rmSync(out, { force: true });
  const { env } = invocation;
  const measurement = await measure(contender.program, invocation.args, { env, timeoutMilliseconds: TIMEOUT_MILLISECONDS });
  if (existsSync(out)) done.push(measurement);
  else
    attempts.error = `ended with ${measurement.status ?? 'a time-out'} and no report: ${measurement.said.trim().split('\n').at(-1) ?? ''}`;
}

function resultOf({ contender, out, done, error }: Attempts): ToolResult {
  const tool = contender.description.id;
  if (error !== undefined || done.length === 0) return { tool, error: error ?? 'no run' };
  try {
    const milliseconds = spreadOf(done.map((run) => Math.round(run.milliseconds)));
    return { tool, milliseconds, peakBytes: spreadOf(done.map((run) => run.peakBytes)), ...countsOf(tool, out) };
  } catch (problem) {
    return { tool, error: `unreadable report: ${problem instanceof Error ? problem.message : problem}` };
  }
}

function isSlow({ done }: Attempts): boolean {
  return done.every(({ milliseconds }) => milliseconds > SLOW_MILLISECONDS);
}

/** Lets the tools take turns on an input, `runs` times each. */
export async function runInput(input: Input, tools: readonly Contender[], runs: number, drop: boolean): Promise<InputResult> {
  const bytes = sizeOf(input);
  const attempts = tools.flatMap((contender): Attempts[] => {
    const out = join(benchDirectory, 'reports', `${input.id}-${contender.description.id}.json`);
    mkdirSync(dirname(out), { recursive: true });
    const invocation = contender.run(input, out);
    return invocation === undefined ? [] : [{ contender, out, invocation, done: [] }];
  });
  for (let run = 0; run < runs; run += 1) {
    for (const each of attempts) {
      if (each.error !== undefined || (each.done.length >= SLOW_RUNS && isSlow(each))) continue;
      preparePageCache(drop, input);
      await attempt(each);
      const last = each.done.at(-1);
      const figures =
        last === undefined ? each.error : `${Math.round(last.milliseconds)} ms, ${Math.round(last.peakBytes / 1e6)} MB`;
      process.stderr.write(`${input.id} ${run + 1}/${runs} ${each.contender.description.id}: ${figures}\n`);
    }
  }
  const results = attempts.map(resultOf);
  const ratios = ratiosOf(
    results,
    tools.map(({ description }) => description),
  );
  const { id, title, kind } = input;
  return { input: id, title, kind, ...(bytes === undefined ? {} : { bytes }), tools: results, ratios };
}
