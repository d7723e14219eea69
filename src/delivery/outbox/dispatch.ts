/**
 * Sends what the outbox holds. Each target has lanes of its own, so none waits for another. A target that cannot be used is left alone for
 * a while that doubles; an event that a target does not take is tried again later, and holds back only those with its ordering key.
 */
import { type Fields, fields } from '../../inventory/values.ts';
import { messageOf } from '../../model/problem.ts';
import type { Store } from '../../store/index.ts';
import type { Sender, TargetKind } from '../target.ts';
import { afterFailure, backoff, bringForward, type Claimed, claim, isDue, type Patience, release, settle } from './claim.ts';

const PATIENCE: Patience = { firstWait: 2_000, longestWait: 3_600_000, attempts: 60, age: 7 * 24 * 3_600_000 };
/** How long a target is left alone that cannot be used. */
const PAUSE = { firstWait: 1_000, longestWait: 300_000 };
const TIMEOUT_MS = 30_000;
const POLL_MS = 1_000;
/** Between looks for waits that the clock of another process has made too long. */
const SWEEP_MS = 60_000;

export interface DispatcherOptions {
  readonly store: Store;
  readonly kinds: readonly TargetKind[];
  /** Opens sealed secrets (store/seal.ts). */
  readonly open: (sealed: string) => string;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Milliseconds that one batch may take. */
  readonly timeout?: number;
  /** Milliseconds between looks into the outbox; 0: only `pass` looks. */
  readonly poll?: number;
  readonly patience?: Patience;
  /** Nobody else sends from this store: leases that are there at the start are of a process that ended. */
  readonly alone?: boolean;
  /** Told of every batch that did not arrive whole: for the log. */
  readonly report?: (trouble: Trouble) => void;
}

export interface Trouble {
  readonly target: number;
  readonly name: string;
  readonly error: string;
  /** Events that will be sent again, and that will not. */
  readonly later: number;
  readonly dead: number;
}

export interface Dispatcher {
  /** Looks now: after a commit that put something into the outbox. */
  wake(): void;
  /** Sends everything whose time has come; resolves when nothing is under way. */
  pass(): Promise<void>;
  /** Ends what is under way (it will be sent again) and closes all targets. */
  close(): Promise<void>;
}

interface Row {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly configuration: string;
  readonly secrets: string | null;
}

interface Lane {
  /** What the sender was opened with. */
  readonly told: string;
  readonly sender: Sender;
}

/** What this process knows of a target. */
interface State {
  running: number;
  lane: Lane | undefined;
  failures: number;
  pausedUntil: number;
}

/** Starts sending. */
export function dispatcher(options: DispatcherOptions): Dispatcher {
  const { store, kinds, open, now = Date.now, random = Math.random, timeout = TIMEOUT_MS, poll = POLL_MS } = options;
  const { patience = PATIENCE, report = () => undefined } = options;
  const states = new Map<number, State>();
  const running = new Set<Promise<void>>();
  const closing = new AbortController();
  let looking: Promise<void> | undefined;
  let again = false;
  // Of what the lease is made unique: two claims in one millisecond.
  let claims = 0;
  let leftBehind = options.alone === true;
  // Leases of what is under way here: they hold even when the clock is put back.
  const held = new Set<number>();
  let lastLook: number | undefined;
  let lastSweep = 0;

  // Nothing was written since there was nobody to send to.
  let quiet: number | undefined;
  const timer = poll > 0 ? setInterval(() => (quiet === undefined || quiet !== store.revision()) && wake(), poll) : undefined;
  timer?.unref();

  async function senderOf(row: Row, kind: TargetKind, state: State): Promise<Sender> {
    const told = JSON.stringify([row.kind, row.configuration, row.secrets]);
    // While one is closed, another lane of the target may open the next.
    for (let { lane } = state; lane !== undefined; { lane } = state) {
      if (lane.told === told) return lane.sender;
      state.lane = undefined;
      await lane.sender.close();
    }
    const secrets: Fields = row.secrets === null ? {} : (fields(JSON.parse(open(row.secrets))) ?? {});
    const sender = kind.open(fields(JSON.parse(row.configuration)) ?? {}, secrets);
    state.lane = { told, sender };
    return sender;
  }

  /** Sends a batch; rejects when the target cannot be used or does not answer in time, whatever its sender does. */
  async function send(sender: Sender, batch: readonly Claimed[]) {
    // Nobody is told of an end that has been.
    if (closing.signal.aborted) throw new Error('Vedette is closing');
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), closing.signal]);
    const ended = new Promise<never>((_, reject) => {
      const end = () =>
        reject(closing.signal.aborted ? new Error('Vedette is closing') : new Error(`no answer within ${timeout / 1000} s`));
      signal.addEventListener('abort', end, { once: true });
    });
    const outcomes = await Promise.race([
      sender.send(
        batch.map(({ delivery }) => delivery),
        signal,
      ),
      ended,
    ]);
    if (outcomes.length !== batch.length) throw new Error(`${outcomes.length} outcomes for ${batch.length} events`);
    return outcomes;
  }

  async function sendBatch(row: Row, kind: TargetKind, state: State, batch: readonly Claimed[], lease: number): Promise<void> {
    try {
      const outcomes = await send(await senderOf(row, kind, state), batch);
      state.failures = 0;
      const at = now();
      const delivered = batch.flatMap((one, index) => (outcomes[index]?.kind === 'delivered' ? [one.row] : []));
      const later = batch.flatMap((one, index) => {
        const outcome = outcomes[index];
        return outcome === undefined || outcome.kind === 'delivered' ? [] : [afterFailure(one, outcome, patience, at, random)];
      });
      await settle(store, lease, delivered, later);
      const [first] = later;
      if (first === undefined) return;
      const dead = later.filter((one) => one.dead).length;
      report({ target: row.id, name: row.name, error: first.error, later: later.length - dead, dead });
    } catch (error) {
      const message = messageOf(error);
      const at = now();
      if (!closing.signal.aborted) {
        state.failures += 1;
        state.pausedUntil = at + backoff(state.failures, PAUSE, random);
      }
      // It says nothing about the events: only their age ends the attempts. Others go first next time.
      const later = batch.map(({ row: id, attempts, createdAt }) => {
        return {
          row: id,
          attempts,
          nextAt: Math.max(state.pausedUntil, at),
          dead: at - createdAt >= patience.age,
          error: message,
        };
      });
      await settle(store, lease, [], later);
      const dead = later.filter((one) => one.dead).length;
      report({ target: row.id, name: row.name, error: message, later: later.length - dead, dead });
    }
  }

  async function lane(row: Row, kind: TargetKind, state: State): Promise<void> {
    while (!closing.signal.aborted && now() >= state.pausedUntil && (await isDue(store, row.id, now()))) {
      claims = (claims + 1) % 1_000;
      const at = now();
      const span = 2 * timeout + 30_000 + claims;
      const until = at + span;
      held.add(until);
      try {
        const latest = Math.max(at + 2 * span, ...held);
        const { batch } = await claim(store, row.id, kind.batch, at, { until, latest });
        if (batch.length === 0) return;
        await sendBatch(row, kind, state, batch, until);
      } finally {
        held.delete(until);
      }
    }
  }

  /** A clock that was put back holds nothing up: neither what waits in the outbox nor a target that is left alone. */
  async function followClock(targets: readonly number[]): Promise<void> {
    const at = now();
    const isBack = lastLook !== undefined && at < lastLook;
    lastLook = at;
    if (isBack) for (const state of states.values()) state.pausedUntil = Math.min(state.pausedUntil, at);
    if (!isBack && Math.abs(at - lastSweep) < SWEEP_MS) return;
    await bringForward(store, targets, at, isBack ? 0 : patience.longestWait);
    lastSweep = at;
  }

  async function look(): Promise<void> {
    if (leftBehind) {
      await release(store);
      leftBehind = false;
    }
    const revision = store.revision();
    const rows = await store.read
      .selectFrom('target')
      .select(['id', 'name', 'kind', 'configuration', 'secrets'])
      .where('enabled', '=', 1)
      .execute();
    await followClock(rows.map(({ id }) => id));
    for (const [id, state] of states) {
      if (state.running > 0 || rows.some((row) => row.id === id)) continue;
      states.delete(id);
      await state.lane?.sender.close();
    }
    quiet = states.size === 0 && rows.length === 0 ? revision : undefined;
    for (const row of rows) {
      const kind = kinds.find(({ id }) => id === row.kind);
      if (kind === undefined) continue;
      const state = states.get(row.id) ?? { running: 0, lane: undefined, failures: 0, pausedUntil: 0 };
      states.set(row.id, state);
      if (closing.signal.aborted || now() < state.pausedUntil || !(await isDue(store, row.id, now()))) continue;
      while (state.running < kind.concurrency) start(row, kind, state);
    }
  }

  function start(row: Row, kind: TargetKind, state: State): void {
    state.running += 1;
    const done = lane(row, kind, state)
      .catch((error) => report({ target: row.id, name: row.name, error: `the store: ${messageOf(error)}`, later: 0, dead: 0 }))
      .then(() => {
        state.running -= 1;
        running.delete(done);
      });
    running.add(done);
  }

  function lookNow(): Promise<void> {
    again = true;
    looking ??= (async () => {
      try {
        while (again && !closing.signal.aborted) {
          again = false;
          await look();
        }
      } catch (error) {
        report({ target: 0, name: '', error: `the store: ${messageOf(error)}`, later: 0, dead: 0 });
      } finally {
        looking = undefined;
      }
    })();
    return looking;
  }

  function wake(): void {
    void lookNow();
  }

  return {
    wake,
    async pass() {
      await lookNow();
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await looking;
      while (running.size > 0) await Promise.all(running);
      for (const { lane } of states.values()) await lane?.sender.close();
      states.clear();
    },
  };
}
