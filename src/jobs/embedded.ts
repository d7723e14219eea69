/**
 * The queue in the store's own table, for one process on the embedded store. A job is claimed by a lease that its worker renews; it is
 * deleted when done. A schedule is a job that waits for its time, and is followed by the next when it is claimed, so nothing is lost
 * while nobody runs.
 */
import { Cron } from 'croner';
import { messageOf } from '../model/problem.ts';
import type { Store, Write } from '../store/index.ts';
import {
  ATTEMPTS,
  type DeadJob,
  FIRST_WAIT_MS,
  type Handler,
  type Job,
  LEASE_MS,
  LONGEST_WAIT_MS,
  type Payload,
  type Queue,
  type SendOptions,
} from './queue.ts';

export interface EmbeddedOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** 0 up to, not including, 1. */
  readonly random?: () => number;
  /** Milliseconds between looks for jobs whose time has come; 0: only `tick` looks. */
  readonly poll?: number;
  /** Told when the store fails: the queue tries again by itself. */
  readonly report?: (message: string) => void;
}

export interface EmbeddedQueue extends Queue {
  /** Starts what is due and can run; resolves when nothing more can be started. */
  tick(): Promise<void>;
  /** Resolves when no job runs. */
  idle(): Promise<void>;
}

interface Worker {
  readonly handler: Handler;
  readonly concurrency: number;
  running: number;
}

const POLL_MS = 1_000;
/** Longest time without a look. */
const QUIET_MS = 5 * 60_000;
/** Between looks for times that the clock of an earlier process has set too late. */
const SWEEP_MS = 60_000;
const DEAD_MOST = 1_000;
const ERROR_LENGTH = 2_000;
/** Unique keys of schedules begin with it; the cron expression follows. */
const CRON = 'cron:';

type Row = { readonly id: number; readonly kind: string; readonly payload: string; readonly unique_key: string | null } & {
  readonly attempts: number;
};

/** Opens the queue of a store. Jobs that a process left when it ended are taken up again when their lease has run out. */
export function embeddedQueue(store: Store, options: EmbeddedOptions = {}): EmbeddedQueue {
  const { now = Date.now, random = Math.random, poll = POLL_MS, report = () => undefined } = options;
  const workers = new Map<string, Worker>();
  const running = new Map<number, { readonly abort: AbortController; readonly done: Promise<void> }>();
  let closed = false;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let lastLook: number | undefined;
  let lastSweep = 0;

  // As of the last look: nothing is due before this time unless something is written.
  let quiet: { readonly revision: number; readonly from: number; readonly until: number } | undefined;

  function mayBeDue(): boolean {
    const at = now();
    return quiet === undefined || quiet.revision !== store.revision() || at < quiet.from || at >= quiet.until;
  }

  const timer = poll > 0 ? setInterval(() => mayBeDue() && void wake(), poll) : undefined;
  const beat = setInterval(() => void renew(), LEASE_MS / 3);
  // An idle queue does not keep the process alive.
  timer?.unref();
  beat.unref();

  async function insert(tx: Write, kind: string, payload: string, uniqueKey: string | null, runAt: number): Promise<boolean> {
    if (uniqueKey !== null) {
      const same = tx.selectFrom('job').select('id').where('kind', '=', kind).where('unique_key', '=', uniqueKey);
      if ((await same.where('state', '=', 'waiting').where('attempts', '=', 0).executeTakeFirst()) !== undefined) return false;
    }
    const row = { kind, payload, unique_key: uniqueKey, state: 'waiting', run_at: runAt, attempts: 0 };
    await tx
      .insertInto('job')
      .values({ ...row, lease_until: null, error: null, created_at: now() })
      .execute();
    return true;
  }

  async function send(kind: string, payload: Payload, { runAt, uniqueKey, transaction }: SendOptions = {}): Promise<boolean> {
    const put = (tx: Write) => insert(tx, kind, JSON.stringify(payload), uniqueKey ?? null, runAt ?? now());
    if (transaction !== undefined) return await put(transaction);
    const sent = await store.write(put);
    if (poll > 0) void wake();
    return sent;
  }

  /** Jobs whose worker fell silent, and those whose time has come. A lease from beyond the longest was taken before the clock was put back. */
  async function claim(tx: Write, kind: string, most: number): Promise<readonly Row[]> {
    const at = now();
    const ofKind = tx.selectFrom('job').select('id').where('kind', '=', kind).orderBy('run_at').orderBy('id');
    const active = ofKind.where('state', '=', 'active');
    const silent = await active
      .where(({ eb, or }) => or([eb('lease_until', '<=', at), eb('lease_until', '>', at + 2 * LEASE_MS)]))
      .execute();
    const due = await ofKind.where('state', '=', 'waiting').where('run_at', '<=', at).limit(most).execute();
    // What runs here is not silent, whatever the clock says.
    const ids = [...silent, ...due].map(({ id }) => id).filter((id) => !running.has(id));
    if (ids.length === 0) return [];
    const rows = await tx
      .updateTable('job')
      .set((eb) => ({ state: 'active', lease_until: at + LEASE_MS, attempts: eb('attempts', '+', 1) }))
      .where('id', 'in', ids.slice(0, most))
      .returning(['id', 'kind', 'payload', 'unique_key', 'attempts'])
      .execute();
    for (const row of rows) {
      if (row.attempts === 1 && row.unique_key?.startsWith(CRON)) await follow(tx, row, row.unique_key.slice(CRON.length));
    }
    return rows.sort((a, b) => a.id - b.id);
  }

  /** Milliseconds since 1970. */
  function nextTime(cron: string): number | undefined {
    return new Cron(cron, { timezone: 'UTC', paused: true }).nextRun(new Date(now()))?.getTime();
  }

  async function follow(tx: Write, { kind, payload }: Pick<Row, 'kind' | 'payload'>, cron: string): Promise<void> {
    const next = nextTime(cron);
    if (next !== undefined) await insert(tx, kind, payload, `${CRON}${cron}`, next);
  }

  /** What a clock that was put back has made too late: schedules are due at their next time, others have waited `wait` at most. */
  async function bringForward(tx: Write, kinds: readonly string[], wait: number): Promise<void> {
    const at = now();
    const ahead = tx.selectFrom('job').select(['id', 'unique_key', 'attempts', 'run_at', 'created_at']);
    const rows = await ahead.where('kind', 'in', kinds).where('state', '=', 'waiting').where('run_at', '>', at).execute();
    for (const { id, unique_key, attempts, run_at, created_at } of rows) {
      let due: number | undefined;
      if (unique_key?.startsWith(CRON)) due = nextTime(unique_key.slice(CRON.length));
      else if (attempts > 0) due = run_at > at + wait ? at : run_at;
      else due = run_at - Math.max(0, created_at - at);
      if (due === undefined || due >= run_at) continue;
      const set = { run_at: due, created_at: Math.min(created_at, at) };
      await tx.updateTable('job').set(set).where('id', '=', id).execute();
    }
  }

  async function followClock(): Promise<void> {
    const at = now();
    const isBack = lastLook !== undefined && at < lastLook;
    lastLook = at;
    if (workers.size === 0 || (!isBack && Math.abs(at - lastSweep) < SWEEP_MS)) return;
    await store.write((tx) => bringForward(tx, [...workers.keys()], isBack ? 0 : LONGEST_WAIT_MS));
    lastSweep = at;
  }

  async function run(row: Row, handler: Handler, signal: AbortSignal): Promise<void> {
    const job: Job = { kind: row.kind, payload: JSON.parse(row.payload), attempt: row.attempts, signal };
    let failed: string | undefined;
    try {
      await handler(job);
    } catch (error) {
      failed = messageOf(error).slice(0, ERROR_LENGTH);
    }
    await store.write(async (tx) => {
      if (failed === undefined) return await tx.deleteFrom('job').where('id', '=', row.id).execute();
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (row.attempts - 1)) * (0.5 + random() / 2);
      const state = row.attempts >= ATTEMPTS ? 'dead' : 'waiting';
      // Whoever took the job over decides about it.
      const mine = tx
        .updateTable('job')
        .where('id', '=', row.id)
        .where('attempts', '=', row.attempts)
        .where('state', '=', 'active');
      return await mine.set({ state, run_at: Math.ceil(now() + wait), lease_until: null, error: failed }).execute();
    });
  }

  function startJob(row: Row, worker: Worker): void {
    const abort = new AbortController();
    worker.running += 1;
    const done = run(row, worker.handler, abort.signal)
      // The store failed: the lease runs out and the job is done again.
      .catch((error: unknown) => report(`what became of a job cannot be written: ${messageOf(error)}`))
      .then(() => {
        worker.running -= 1;
        running.delete(row.id);
        if (poll > 0) void wake();
      });
    running.set(row.id, { abort, done });
  }

  /** When the next job is due, or silent. */
  async function nextDue(tx: Write): Promise<number> {
    const jobs = tx.selectFrom('job');
    const waiting = jobs.select(({ fn }) => fn.min('run_at').as('at')).where('state', '=', 'waiting');
    const active = jobs.select(({ fn }) => fn.min('lease_until').as('at')).where('state', '=', 'active');
    const times = [await waiting.executeTakeFirst(), await active.executeTakeFirst()];
    return Math.min(...times.map((row) => row?.at ?? Number.POSITIVE_INFINITY));
  }

  async function look(): Promise<void> {
    await followClock();
    const before = store.revision();
    const { claimed, next } = await store.write(async (tx) => {
      const claimed: Row[] = [];
      for (const [kind, { concurrency, running }] of workers) {
        const free = concurrency - running;
        if (!closed && free > 0) claimed.push(...(await claim(tx, kind, free)));
      }
      return { claimed, next: await nextDue(tx) };
    });
    const revision = store.revision();
    const at = now();
    // The look itself is one of those that wrote.
    const isAlone = revision !== undefined && before !== undefined && revision === before + 1;
    quiet = isAlone ? { revision, from: at, until: Math.min(next, at + QUIET_MS) } : undefined;
    for (const row of claimed) {
      const worker = workers.get(row.kind);
      if (worker !== undefined) startJob(row, worker);
    }
  }

  /** One look at a time; who asks while one is under way gets another after it. */
  function wake(): Promise<void> {
    lookAgain = true;
    looking ??= (async () => {
      try {
        while (lookAgain && !closed) {
          lookAgain = false;
          await look();
        }
      } catch (error) {
        report(`jobs cannot be taken: ${messageOf(error)}`);
      } finally {
        looking = undefined;
      }
    })();
    return looking;
  }

  async function renew(): Promise<void> {
    const ids = [...running.keys()];
    if (ids.length === 0) return;
    const until = now() + LEASE_MS;
    const mine = (tx: Write) => tx.updateTable('job').set({ lease_until: until }).where('id', 'in', ids);
    await store
      .write((tx) => mine(tx).where('state', '=', 'active').execute())
      .catch((error: unknown) => report(`leases of jobs cannot be renewed: ${messageOf(error)}`));
  }

  return {
    send,
    async work(kind, handler, { concurrency = 1 } = {}) {
      if (workers.has(kind)) throw new Error(`jobs of the kind ${kind} are handled already`);
      workers.set(kind, { handler, concurrency, running: 0 });
      if (poll > 0) void wake();
    },
    async schedule(kind, cron, payload = {}) {
      const text = JSON.stringify(payload);
      await store.write(async (tx) => {
        const waiting = tx.deleteFrom('job').where('kind', '=', kind).where('unique_key', 'like', `${CRON}%`);
        const others = waiting.where(({ eb, or }) => or([eb('unique_key', '!=', `${CRON}${cron}`), eb('payload', '!=', text)]));
        await others.where('state', '=', 'waiting').where('attempts', '=', 0).execute();
        await follow(tx, { kind, payload: text }, cron);
      });
    },
    async dead() {
      const rows = await store.read
        .selectFrom('job')
        .selectAll()
        .where('state', '=', 'dead')
        .orderBy('id')
        .limit(DEAD_MOST)
        .execute();
      return rows.map(
        ({ id, kind, payload, attempts, error, created_at }): DeadJob => ({
          id: String(id),
          kind,
          payload: JSON.parse(payload),
          attempts,
          error: error ?? '',
          createdAt: created_at,
        }),
      );
    },
    async replay(kind, id) {
      const again = { state: 'waiting', attempts: 0, run_at: now(), error: null };
      const changed = await store.write((tx) =>
        tx
          .updateTable('job')
          .set(again)
          .where('id', '=', Number(id))
          .where('kind', '=', kind)
          .where('state', '=', 'dead')
          .executeTakeFirst(),
      );
      if (poll > 0) void wake();
      return changed.numUpdatedRows > 0n;
    },
    tick: wake,
    async idle() {
      while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
    },
    async close(patience = 10_000) {
      closed = true;
      clearInterval(timer);
      clearInterval(beat);
      await looking;
      const all = Promise.all([...running.values()].map(({ done }) => done));
      for (const { abort } of running.values()) abort.abort();
      let giveUp: NodeJS.Timeout | undefined;
      await Promise.race([all, new Promise((done) => (giveUp = setTimeout(done, patience)))]);
      clearTimeout(giveUp);
    },
  };
}
