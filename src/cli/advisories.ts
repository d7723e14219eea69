/** The advisory database as the commands see it: options of the command line, progress on stderr, errors that end the command. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { starterDirectory } from '../advisories/feeds/starter.ts';
import { queriesFor, releaseOf } from '../advisories/streams/index.ts';
import { type DatabaseChoice, type DatabaseContext, databaseFor, type ReadyDatabase } from '../engine/database.ts';
import { osRelease } from '../inventory/catalogers/os-release/facts.ts';
import type { Inventory } from '../model/package.ts';
import type { Result } from '../model/problem.ts';
import { CommandError, EXIT, type ExitStatus } from './exit.ts';
import type { Progress } from './terminal.ts';

/** The value, or the end of the command with the problem's words. */
export function orThrow<T>(result: Result<T>, status: ExitStatus = EXIT.incomplete): T {
  if (result.ok) return result.value;
  throw new CommandError(`${result.problem.message} [${result.problem.code}]`, status);
}

/** The stream family of the machine that runs this, when it is one that advisories know. */
function thisSystem(): readonly string[] {
  let text: string;
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return [];
  }
  const { id = '', versionId = '', prettyName = '' } = osRelease(text);
  const release = releaseOf({ id, versionId, prettyName });
  return release?.stream === undefined ? [] : [release.stream.split('/', 1)[0] ?? ''];
}

/** What the engine needs of this process. */
export function databaseContext(progress: Progress, stop?: AbortSignal): DatabaseContext {
  const starter = starterDirectory();
  return {
    env: process.env,
    now: () => new Date(),
    starter,
    neighbour: join(dirname(dirname(starter)), 'shared', 'data'),
    system: thisSystem(),
    step: (text) => progress.step(text),
    tick: (text) => progress.tick(text),
    ...(stop && { signal: stop }),
  };
}

/** The streams that could say something of these packages, sorted. */
function streamsOf(inventory: Inventory): string[] {
  const streams = new Set<string>();
  for (const pkg of inventory.packages) {
    const queries = queriesFor(pkg, inventory.target.os);
    if (queries.kind === 'queries') for (const { stream } of queries.queries) streams.add(stream);
  }
  return [...streams].sort();
}

/** The database for an inventory; ends the command when there is none to be had. */
export async function databaseForInventory(
  inventory: Inventory,
  choice: DatabaseChoice,
  progress: Progress,
  refresh = false,
): Promise<ReadyDatabase> {
  return orThrow(await databaseFor(choice, streamsOf(inventory), databaseContext(progress), refresh));
}
