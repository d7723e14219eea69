/** Figures of Vedette alone that have a budget: start, database, repeated scans, range checks. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countsOf } from './counts.ts';
import { INPUTS } from './inputs.ts';
import { type Measurement, measure } from './measure.ts';
import { vedetteData } from './peer-data.ts';
import { type Figure, spreadOf } from './results.ts';
import { measureSchemes } from './versions.ts';
import { advisoryDirectory, benchDirectory, command, projectDirectory } from './workspace.ts';

const VEDETTE = join(projectDirectory, 'bin/vedette');
const TIMEOUT_MILLISECONDS = 10 * 60_000;

async function times(runs: number, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Measurement[]> {
  const done: Measurement[] = [];
  for (let run = 0; run < runs; run += 1) {
    const measurement = await measure(VEDETTE, args, { env, timeoutMilliseconds: TIMEOUT_MILLISECONDS });
    if (measurement.status !== 0 && measurement.status !== 3) throw new Error(`vedette ${args.join(' ')}: ${measurement.said}`);
    done.push(measurement);
  }
  return done;
}

function wall(id: string, title: string, done: readonly Measurement[]): Figure {
  return { id, title, unit: 'ms', spread: spreadOf(done.map(({ milliseconds }) => Math.round(milliseconds * 10) / 10)) };
}

function memory(id: string, title: string, done: readonly Measurement[]): Figure {
  return { id, title, unit: 'bytes', spread: spreadOf(done.map(({ peakBytes }) => peakBytes)) };
}

/** Fetching from the mirror and compiling everything, into a directory of its own. */
async function compilation(): Promise<Figure[]> {
  const home = join(benchDirectory, 'compile');
  rmSync(home, { recursive: true, force: true });
  const env = { VEDETTE_HOME: home, VEDETTE_DB: '' };
  const done = await times(1, ['db', 'update', '--all', '--quiet', '--mirror', advisoryDirectory], env);
  rmSync(home, { recursive: true, force: true });
  return [
    wall('compile', 'all advisory data compiled', done),
    memory('compile-memory', 'all advisory data compiled, memory', done),
  ];
}

/** An image again, whose layers were scanned before: the layer cache is on, the page cache is warm. */
async function rescan(id: string, title: string, input: string, runs: number): Promise<Figure> {
  const image = INPUTS.find((each) => each.id === input)?.path() ?? '';
  const cache = join(benchDirectory, 'layers');
  const report = join(benchDirectory, 'rescan.json');
  for (const old of [cache, report]) rmSync(old, { recursive: true, force: true });
  const args = ['scan', 'image', image, '--db', vedetteData(), '--quiet', '--format', `json=${report}`];
  const env = { XDG_CACHE_HOME: cache };
  await times(1, args, env);
  // Throws when there was no report to write.
  countsOf('vedette', report);
  return wall(id, title, await times(runs, args, env));
}

/** Opening the database and many lookups, each time in a new process. */
function lookups(runs: number): Figure {
  const script = join(projectDirectory, 'bench/lookups.ts');
  const done = Array.from({ length: runs }, () => Math.round(Number(command(process.execPath, [script, vedetteData()]))));
  return { id: 'open', title: 'database opened, 10,000 lookups', unit: 'ms', spread: spreadOf(done) };
}

/** All figures; those of short commands are taken `4 × runs` times. */
export async function measureFigures(runs: number): Promise<Figure[]> {
  if (!existsSync(VEDETTE)) throw new Error('bin/vedette is missing');
  const start = await times(4 * runs, ['--version'], {});
  const worst = Math.max(...measureSchemes().map(({ checksMilliseconds }) => checksMilliseconds));
  return [
    wall('version', '`vedette --version`', start),
    ...(await compilation()),
    lookups(runs),
    await rescan('rescan', 'slim image again, layers known', 'slim-oci', runs),
    await rescan('rescan-fat', 'fat image again, layers known', 'fat-oci', runs),
    {
      id: 'ranges',
      title: '1,000,000 range checks, slowest scheme',
      unit: 'ms',
      spread: spreadOf([Math.round(worst * 10) / 10]),
    },
  ];
}
