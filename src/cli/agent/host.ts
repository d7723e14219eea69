/** Taking the inventory of this host and bringing it to a server, over and over. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { EXIT } from '../exit.ts';
import type { Client } from '../service/client.ts';
import { handIn } from '../service/hand-in.ts';
import type { Progress } from '../terminal.ts';
import type { AgentParts } from './loop.ts';
import type { Spool } from './spool.ts';
import { stateOf } from './watch.ts';

export interface TakeApart {
  /** File that the inventory goes to. */
  readonly place: string;
  /** What becomes of the other command's stdout. */
  readonly output: 'ignore' | 'inherit';
  readonly stop?: AbortSignal;
  /** Milliseconds after which it is ended. */
  readonly longest?: number;
}

/** A file system that does not answer must not keep the agent from looking again. */
const LONGEST_LOOK_MS = 60 * 60_000;

/**
 * Runs a command of Vedette that takes the inventory, in a process of its own, so that what reading a machine takes of memory is given
 * back. It gets `--take-into FILE` (take.ts). The answer is the digest of the file: equal ones mean that nothing changed.
 */
export async function takeApart(
  command: readonly string[],
  { place, output, stop, longest }: TakeApart,
): Promise<Result<string>> {
  const [main = ''] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, main, ...command, '--take-into', place], {
    stdio: ['ignore', output, 'inherit'],
    ...(longest !== undefined && { timeout: longest, killSignal: 'SIGKILL' as const }),
    ...(stop && { signal: stop }),
  });
  const status = await new Promise<number>((resolve) => {
    // One that was started ends, also when it is told to.
    child.on('error', () => child.pid === undefined && resolve(EXIT.incomplete));
    child.once('exit', (code) => resolve(code ?? EXIT.incomplete));
  });
  if (status !== EXIT.done) return fail(incomplete('agent-inventory', 'The inventory of this machine could not be taken.'));
  const digest = createHash('sha256');
  await pipeline(createReadStream(place), digest);
  return ok(digest.digest('hex'));
}

/** Milliseconds of processor time that the processes took which this one started and which ended (proc(5), `stat`, in hundredths of a second). */
function spentOnChildren(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(stat[13]) + Number(stat[14])) * 10;
}

export interface HostAgent {
  readonly client: Client;
  readonly spool: Spool;
  readonly tags: readonly string[];
  readonly progress: Progress;
  readonly stop: AbortSignal;
}

/** The parts of an agent for this host. */
export function hostAgent({ client, spool, tags, progress, stop }: HostAgent): AgentParts {
  const command = ['agent', ...tags.flatMap((tag) => ['--tag', tag])];
  return {
    spool,
    say: (text) => progress.say(text),
    take: (place) => takeApart(command, { place, output: 'ignore', stop, longest: LONGEST_LOOK_MS }),
    async send(file) {
      const answered = await handIn(client, { gzip: file }, stop);
      if (answered.ok) {
        const { resource, packages, findings, problems } = answered.value;
        const unread = problems.filter(({ effect }) => effect === 'incomplete').length;
        const gaps = unread === 0 ? '' : `; incomplete, for ${unread} reasons that the server lists`;
        progress.say(`${resource}: ${packages} packages; findings: ${findings.created} new, ${findings.closed} closed${gaps}`);
      }
      return answered;
    },
    state: () => stateOf(),
    spent: spentOnChildren,
    now: () => Date.now(),
    random: () => Math.random(),
    stopped: () => stop.aborted,
    wait: (milliseconds) => delay(milliseconds, undefined, { signal: stop }).catch(() => undefined),
  };
}
