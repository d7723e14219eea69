/** `vedette agent`: sends the inventory of this host to a server, on a schedule and when packages change. */
import { join } from 'node:path';
import { hostAgent } from '../agent/host.ts';
import { type AgentParts, runAgent, sendAll, TIMES } from '../agent/loop.ts';
import { holdSpool, openSpool } from '../agent/spool.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { type ClientOptions, clientFor } from '../service/client.ts';
import { stateHome } from '../service/state-home.ts';
import { endBy, toldToStop } from '../service/stop.ts';
import { tagsOf } from '../service/tags.ts';
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

/** Runs until stopped, or once. Status 3 when `--once` could not deliver. */
export async function agent(options: AgentOptions): Promise<ExitStatus> {
  const { tag: tags = [], interval } = options;
  if (options.takeInto !== undefined) return (await import('../agent/take.ts')).takeInto(options.takeInto, tags);
  if (options.server === undefined) throw new CommandError('Give the address of the server: --server https://….', EXIT.usage);
  tagsOf(tags);
  const client = clientFor({ ...options, server: options.server });
  const directory = options.spool ?? join(stateHome(process.env), 'agent');
  const held = holdSpool(directory);
  try {
    const stop = toldToStop();
    const progress = progressOn(process.stderr, options.quiet === true);
    const parts = hostAgent({ client, spool: openSpool(directory), tags, progress, stop });
    if (options.once === true) return await once(parts, stop);
    await runAgent(parts, interval === undefined ? TIMES : { ...TIMES, interval: interval * 60_000 });
    return EXIT.done;
  } finally {
    held.close();
  }
}

async function once(parts: AgentParts, stop: AbortSignal): Promise<ExitStatus> {
  const place = parts.spool.place();
  const taken = await parts.take(place);
  if (stop.aborted) return endBy(stop.reason);
  if (!taken.ok) throw new CommandError(taken.problem.message);
  parts.spool.add(place, Date.now());
  return (await sendAll(parts)) ? EXIT.done : EXIT.incomplete;
}
