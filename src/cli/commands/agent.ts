/** `vedette agent`: sends the inventory of this host to a server, on a schedule and when packages change. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { canonical, digestOf } from '../../engine/units.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { runAgent, sendAll, TIMES } from '../agent/loop.ts';
import { openSpool } from '../agent/spool.ts';
import { stateOf } from '../agent/watch.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { type ClientOptions, clientFor } from '../service/client.ts';
import { bodyOf, handIn } from '../service/hand-in.ts';
import { describeHost } from '../service/host-facts.ts';
import { stateHome } from '../service/state-home.ts';
import { inventoryOf, targetArgument } from '../target.ts';
import { progressOn } from '../terminal.ts';

export interface AgentOptions extends Partial<ClientOptions> {
  /** Minutes between looks at the whole machine. */
  readonly interval?: number;
  readonly once?: boolean;
  readonly spool?: string;
  readonly tag?: readonly string[];
  readonly quiet?: boolean;
  /** Internal: takes the inventory into this file and ends. */
  readonly takeInto?: string;
}

type Taken = { readonly body: string; readonly digest: string };

function tagsOf(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new CommandError(`--tag takes key=value; "${text}" is not.`, EXIT.usage);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** In a process of its own, so that what reading a machine takes of memory is given back. */
async function takeApart(options: AgentOptions): Promise<Result<Taken>> {
  const directory = mkdtempSync(join(tmpdir(), 'vedette-agent-'));
  const file = join(directory, 'inventory.json');
  try {
    const tags = (options.tag ?? []).flatMap((tag) => ['--tag', tag]);
    const main = process.argv[1] ?? '';
    const child = spawn(process.execPath, [...process.execArgv, main, 'agent', '--take-into', file, ...tags], {
      stdio: ['ignore', 'ignore', 'inherit'],
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

async function takeInto(file: string, options: AgentOptions): Promise<ExitStatus> {
  const inventory = await inventoryOf(targetArgument('host', []), {}, progressOn(process.stderr, true));
  const body = bodyOf(describeHost(tagsOf(options.tag ?? [])), inventory, 'agent');
  const digest = digestOf(canonical({ packages: inventory.packages, target: inventory.target }));
  writeFileSync(file, JSON.stringify({ body, digest } satisfies Taken), { mode: 0o600 });
  return EXIT.done;
}

/** Runs until stopped, or once. Status 3 when `--once` could not deliver. */
export async function agent(options: AgentOptions): Promise<ExitStatus> {
  if (options.takeInto !== undefined) return takeInto(options.takeInto, options);
  if (options.server === undefined) throw new CommandError('Give the address of the server: --server https://….', EXIT.usage);
  const progress = progressOn(process.stderr, options.quiet === true);
  const client = clientFor({ ...options, server: options.server });
  const spool = openSpool(options.spool ?? join(stateHome(process.env), 'agent'));
  const send = async (body: string) => {
    const answered = await handIn(client, body);
    if (answered.ok) {
      const { resource, packages, findings } = answered.value;
      progress.say(`${resource}: ${packages} packages; findings: ${findings.created} new, ${findings.closed} closed`);
    }
    return answered;
  };
  const say = (text: string) => progress.say(text);
  if (options.once === true) {
    const taken = await takeApart(options);
    if (!taken.ok) throw new CommandError(taken.problem.message);
    spool.add(taken.value.body, Date.now());
    return (await sendAll({ spool, send, say })) ? EXIT.done : EXIT.incomplete;
  }
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  const minutes = options.interval;
  await runAgent(
    {
      spool,
      send,
      say,
      take: () => takeApart(options),
      state: () => stateOf(),
      now: () => Date.now(),
      random: () => Math.random(),
      stopped: () => stop.signal.aborted,
      wait: (milliseconds) => delay(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined),
    },
    minutes === undefined ? TIMES : { ...TIMES, interval: minutes * 60_000 },
  );
  return EXIT.done;
}
