/** Taking the inventory of this host and bringing it to a server, over and over. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { EXIT } from '../exit.ts';
import type { Client } from '../service/client.ts';
import { handIn } from '../service/hand-in.ts';
import type { Progress } from '../terminal.ts';
import type { AgentParts } from './loop.ts';
import type { Spool } from './spool.ts';
import { stateOf } from './watch.ts';

/** The body of the request, and a digest of what it says. */
export type Taken = { readonly body: string; readonly digest: string };

/**
 * Runs a command of Vedette that takes the inventory, in a process of its own, so that what reading a machine takes of memory is given
 * back. It gets `--take-into FILE` (take.ts).
 */
export async function takeApart(command: readonly string[], output: 'ignore' | 'inherit'): Promise<Result<Taken>> {
  const directory = mkdtempSync(join(tmpdir(), 'vedette-agent-'));
  const file = join(directory, 'inventory.json');
  try {
    const [main = ''] = process.argv.slice(1);
    const child = spawn(process.execPath, [...process.execArgv, main, ...command, '--take-into', file], {
      stdio: ['ignore', output, 'inherit'],
    });
    const status = await new Promise<number>((resolve) => {
      child.once('error', () => resolve(EXIT.incomplete));
      child.once('exit', (code) => resolve(code ?? EXIT.incomplete));
    });
    if (status !== EXIT.done) return fail(incomplete('agent-inventory', 'The inventory of this machine could not be taken.'));
    const taken: Taken = JSON.parse(readFileSync(file, 'utf8'));
    return ok(taken);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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
  return {
    spool,
    say: (text) => progress.say(text),
    take() {
      const told = tags.flatMap((tag) => ['--tag', tag]);
      return takeApart(['agent', ...told], 'ignore');
    },
    async send(body) {
      const answered = await handIn(client, body);
      if (answered.ok) {
        const { resource, packages, findings } = answered.value;
        progress.say(`${resource}: ${packages} packages; findings: ${findings.created} new, ${findings.closed} closed`);
      }
      return answered;
    },
    state: () => stateOf(),
    now: () => Date.now(),
    random: () => Math.random(),
    stopped: () => stop.aborted,
    wait: (milliseconds) => delay(milliseconds, undefined, { signal: stop }).catch(() => undefined),
  };
}
