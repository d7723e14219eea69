/** Taking the inventory of this host and bringing it to a server, over and over. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson, digestOf } from '../../model/canonical.ts';
import type { Inventory } from '../../model/package.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import type { Client } from '../service/client.ts';
import { bodyOf, handIn } from '../service/hand-in.ts';
import { describeHost } from '../service/host-facts.ts';
import { inventoryOf, targetArgument } from '../target.ts';
import { type Progress, progressOn } from '../terminal.ts';
import type { AgentParts } from './loop.ts';
import type { Spool } from './spool.ts';
import { stateOf } from './watch.ts';

/** The body of the request, and a digest of what it says. */
export type Taken = { readonly body: string; readonly digest: string };

function tagsOf(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new CommandError(`--tag takes key=value; "${text}" is not.`, EXIT.usage);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/**
 * Runs a command of Vedette that takes the inventory, in a process of its own, so that what reading a machine takes of memory is given
 * back. It gets `--take-into FILE`.
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

/** The other side of it: writes an inventory of this machine into the file. */
export function writeTaken(file: string, inventory: Inventory, tags: readonly string[]): void {
  const body = bodyOf(describeHost(tagsOf(tags)), inventory, 'agent');
  // Equal digests: nothing changed on the host.
  const digest = digestOf(canonicalJson({ packages: inventory.packages, target: inventory.target }));
  writeFileSync(file, JSON.stringify({ body, digest } satisfies Taken), { mode: 0o600 });
}

/** The agent's side of it. */
export async function takeInto(file: string, tags: readonly string[]): Promise<ExitStatus> {
  writeTaken(file, await inventoryOf(targetArgument('host', []), {}, progressOn(process.stderr, true)), tags);
  return EXIT.done;
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
