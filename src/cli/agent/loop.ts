/** The agent's day: look when it is time or something changed, put it into the spool, send what is there. */
import { messageOf, type Result } from '../../model/problem.ts';
import type { Spool } from './spool.ts';

export interface AgentParts {
  readonly spool: Spool;
  /** Takes the inventory into a file; the digest of what it says. */
  readonly take: (place: string) => Promise<Result<string>>;
  /** Sends a file of the spool. */
  readonly send: (file: string) => Promise<Result<unknown>>;
  /** A text that changes when packages do. */
  readonly state: () => string;
  /** Milliseconds of processor time that taking inventories took so far. */
  readonly spent: () => number;
  readonly now: () => number;
  /** Waits; ends early when the agent is told to stop. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly random: () => number;
  readonly say: (text: string) => void;
}

/** All in milliseconds but `rest`. */
export interface AgentTimes {
  /** Between looks at the whole machine. */
  readonly interval: number;
  /** Between looks at whether packages changed. When they did, the machine is looked at once nothing changed for as long. */
  readonly poll: number;
  /** From one look to the next it is at least so many times the processor time that the look took: below one percent of a processor. */
  readonly rest: number;
  /** Unchanged inventories are sent again after this long: silence would make the host stale. */
  readonly renew: number;
  readonly firstRetry: number;
  readonly longestRetry: number;
}

export const TIMES: AgentTimes = {
  interval: 30 * 60_000,
  poll: 20_000,
  rest: 110,
  renew: 24 * 60 * 60_000,
  firstRetry: 5_000,
  longestRetry: 10 * 60_000,
};

/** After so many attempts in vain it is seen whether the server fails over one inventory or over all. */
const DOUBTS = 5;
/** Inventories that are tried then. */
const TRIED = 3;

/**
 * Sends what waits, oldest first, until the spool is empty or the server does not take more. True when empty. `doubted`: the server failed
 * over the oldest again and again; when it takes a later one, those before it are set aside.
 */
export async function sendAll(parts: Pick<AgentParts, 'spool' | 'send' | 'say'>, doubted = false): Promise<boolean> {
  const { spool, send, say } = parts;
  const failed: string[] = [];
  let trouble = '';
  for (const name of spool.list()) {
    const sent = await send(spool.path(name));
    if (sent.ok) {
      for (const one of failed.splice(0))
        say(`${trouble} It takes later inventories: this one is set aside as ${spool.refuse(one)}.`);
      spool.remove(name);
      continue;
    }
    const { code, message } = sent.problem;
    if (code === 'server-refused') {
      say(`${message} The inventory is set aside as ${spool.refuse(name)}.`);
      continue;
    }
    failed.push(name);
    trouble = message;
    if (!doubted || code !== 'server-failed' || failed.length >= TRIED) break;
  }
  if (failed.length > 0) say(`${trouble} What was taken is kept and sent later.`);
  return failed.length === 0;
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
  const { spool, take, state, spent, now, wait, stopped, random, say } = parts;
  let known = first;
  let polled = { state: first?.state, since: Number.NEGATIVE_INFINITY };
  let looked = { at: Number.NEGATIVE_INFINITY, cost: 0 };
  let retryAt = 0;
  let failures = 0;

  /** Looks at the machine, and puts what is there into the spool where that is news. */
  async function look(seen: string, time: number): Promise<void> {
    const before = spent();
    const place = spool.place();
    const taken = await take(place);
    looked = { at: time, cost: spent() - before };
    if (stopped()) return;
    if (!taken.ok) return say(`${taken.problem.message} It is tried again later.`);
    const digest = taken.value;
    const isDue = known === undefined || known.digest !== digest || hasPassed(time, known.spooledAt, times.renew);
    if (isDue) {
      const dropped = spool.add(place, time);
      if (dropped > 0) say(`the spool is full: ${dropped} older inventories were dropped, the newest is kept`);
    }
    known = { state: seen, digest, takenAt: time, spooledAt: isDue ? time : (known?.spooledAt ?? time) };
  }

  while (!stopped()) {
    if (retryAt - now() > times.longestRetry) retryAt = 0;
    if (spool.list().length > 0 && now() >= retryAt && !stopped()) {
      if (await sendAll(parts, failures >= DOUBTS)) failures = 0;
      else {
        // Doubling, with a spread so that a fleet does not come back at once.
        const most = Math.min(times.longestRetry, times.firstRetry * 2 ** failures++);
        retryAt = now() + most * (0.5 + random() / 2);
      }
    }
    const time = now();
    const seen = state();
    // Package managers write several times.
    if (seen !== polled.state) polled = { state: seen, since: time };
    const isChanged = seen !== known?.state && hasPassed(time, polled.since, times.poll);
    const isDue = known === undefined || isChanged || hasPassed(time, known.takenAt, times.interval);
    if (isDue && hasPassed(time, looked.at, Math.max(times.poll, looked.cost * times.rest))) {
      try {
        await look(seen, time);
      } catch (error) {
        say(`The inventory cannot be kept (${messageOf(error)}): it is taken again later.`);
      }
    }
    const next = spool.list().length > 0 ? Math.min(times.poll, Math.max(0, retryAt - now())) : times.poll;
    await wait(next);
  }
}
