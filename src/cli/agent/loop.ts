/** The agent's day: look when it is time or something changed, put it into the spool, send what is there. */
import { messageOf, type Result } from '../../model/problem.ts';
import type { Spool } from './spool.ts';

export interface AgentParts {
  readonly spool: Spool;
  /** Takes the inventory; the request body and a digest of what it says. */
  readonly take: () => Promise<Result<{ readonly body: string; readonly digest: string }>>;
  readonly send: (body: string) => Promise<Result<{ readonly resource: string }>>;
  /** A text that changes when packages do. */
  readonly state: () => string;
  readonly now: () => number;
  /** Waits; ends early when the agent is told to stop. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly random: () => number;
  readonly say: (text: string) => void;
}

export interface AgentTimes {
  /** Between looks at the whole machine. */
  readonly interval: number;
  /** Between looks at whether packages changed. */
  readonly poll: number;
  /** Unchanged inventories are sent again after this long: silence would make the host stale. */
  readonly renew: number;
  readonly firstRetry: number;
  readonly longestRetry: number;
}

export const TIMES: AgentTimes = {
  interval: 30 * 60_000,
  poll: 60_000,
  renew: 24 * 60 * 60_000,
  firstRetry: 5_000,
  longestRetry: 10 * 60_000,
};

/** Sends what waits, oldest first, until the spool is empty or the server does not take more. True when empty. */
export async function sendAll({ spool, send, say }: Pick<AgentParts, 'spool' | 'send' | 'say'>): Promise<boolean> {
  for (const name of spool.list()) {
    let body: string;
    try {
      body = spool.read(name);
    } catch {
      say(`${name} in the spool is damaged: set aside as ${spool.refuse(name)}`);
      continue;
    }
    const sent = await send(body);
    if (sent.ok) {
      spool.remove(name);
      continue;
    }
    if (sent.problem.code === 'server-refused') {
      say(`${sent.problem.message} The inventory is set aside as ${spool.refuse(name)}.`);
      continue;
    }
    say(`${sent.problem.message} It is kept and sent later.`);
    return false;
  }
  return true;
}

/** Whether a time has passed; when the clock was put back nobody knows, and it is taken as passed. */
function hasPassed(now: number, since: number, milliseconds: number): boolean {
  return now < since || now - since >= milliseconds;
}

/** What the agent saw last. */
export interface Seen {
  readonly state: string;
  readonly digest: string;
  readonly takenAt: number;
  readonly spooledAt: number;
}

/** Runs until told to stop. `first`: what the server has already. */
export async function runAgent(parts: AgentParts, times: AgentTimes = TIMES, first?: Seen): Promise<void> {
  const { spool, take, state, now, wait, stopped, random, say } = parts;
  let known = first;
  let retryAt = 0;
  let failures = 0;

  /** Puts an inventory into the spool; false when that cannot be written. */
  function keep(body: string, time: number): boolean {
    try {
      const dropped = spool.add(body, time);
      if (dropped > 0) say(`the spool is full: ${dropped} older inventories were dropped, the newest is kept`);
      return true;
    } catch (error) {
      say(`The inventory cannot be kept (${messageOf(error)}): it is taken again later.`);
      return false;
    }
  }

  while (!stopped()) {
    const time = now();
    const seen = state();
    if (known === undefined || seen !== known.state || hasPassed(time, known.takenAt, times.interval)) {
      const taken = await take();
      if (!taken.ok) say(taken.problem.message);
      else {
        const { digest, body } = taken.value;
        const isDue = known === undefined || known.digest !== digest || hasPassed(time, known.spooledAt, times.renew);
        if (isDue && !keep(body, time)) {
          await wait(times.poll);
          continue;
        }
        known = { state: seen, digest, takenAt: time, spooledAt: isDue ? time : (known?.spooledAt ?? time) };
      }
    }
    if (retryAt - now() > times.longestRetry) retryAt = 0;
    if (spool.list().length > 0 && now() >= retryAt) {
      if (await sendAll(parts)) failures = 0;
      else {
        // Doubling, with a spread so that a fleet does not come back at once.
        const most = Math.min(times.longestRetry, times.firstRetry * 2 ** failures++);
        retryAt = now() + most * (0.5 + random() / 2);
      }
    }
    const next = spool.list().length > 0 ? Math.min(times.poll, Math.max(0, retryAt - now())) : times.poll;
    await wait(next);
  }
}
