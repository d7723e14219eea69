/** Everything that goes on by itself: what is handed in is assessed at once, and what changes the answer later sets a job off. */
import type { Client } from '../aws/clients.ts';
import { enqueueMetrics } from '../delivery/metrics.ts';
import type { Estate } from '../estate/estate.ts';
import type { Handler, Queue } from '../jobs/index.ts';
import { messageOf, ok, type Problem, type Result } from '../model/problem.ts';
import type { Store, Write } from '../store/index.ts';
import { followActivation } from './activation.ts';
import type { Advisories } from './advisories.ts';
import { askWhenWritable } from './asking.ts';
import type { Assessor } from './assessor/assessor.ts';
import { sweep } from './coverage.ts';
import { pending, resourcesOn, wantedStreams } from './fleet.ts';
import type { Ingested } from './ingest.ts';
import { timeOutReports } from './late-reports.ts';
import type { NetworkAssessed } from './network.ts';
import { forget } from './retention.ts';
import { textsAreOld } from './texts.ts';
import { expireTriage } from './triage.ts';

/** Kinds of jobs, and when those that repeat are due (UTC). */
const JOBS = {
  /** Match waiting units. */
  rematch: undefined,
  /** Bring the advisory database up to date. */
  advisories: '17 */4 * * *',
  /** Rescan one resource. */
  rescan: undefined,
  /** Make a findings report or an SBOM export. */
  report: undefined,
  /** Resources that time changes; also notices a new day. */
  sweep: '7 * * * *',
  /** Forget what was closed long ago and what nothing refers to. */
  forget: '23 3 * * *',
  /** Counts for targets that take metrics. */
  metrics: '*/5 * * * *',
  /** Analyse the estate snapshot again (Inspector does every 12 hours). */
  estate: '37 */12 * * *',
} as const;

export interface EngineLog {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface EngineOptions {
  readonly store: Store;
  readonly queue: Queue;
  readonly advisories: Advisories;
  /** Does the matching; the engine closes nothing. */
  readonly assessor: Assessor;
  readonly clock: () => number;
  readonly log: EngineLog;
  /** Gets advisory data for what is in use and for these streams, and compiles them, unless it is cut off; the file's path. */
  readonly refresh?: (streams: readonly string[], signal: AbortSignal) => Promise<Result<string>>;
  /** Milliseconds that closed findings are kept; undefined: for ever. */
  readonly keepClosed?: number;
  /** Opens S3, for reports. */
  readonly reports: () => Promise<Client>;
  /** Reads the snapshot of the estate. */
  readonly estate?: () => Promise<Result<Estate>>;
}

export interface Engine extends Pick<Assessor, 'ingest' | 'document' | 'receive'> {
  /** Queues another assessment of what the store has of a resource. */
  rescan(resource: number): Promise<void>;
  /** Queues what follows from a change of what is switched on or configured, in the transaction of the change. */
  reconfigured(transaction: Write): Promise<void>;
  /** Queues the making of a report, in the transaction that asks for it. */
  report(transaction: Write, id: string): Promise<void>;
  /** Puts a compiled advisory database in use and queues the matching that follows. */
  adopt(path: string): Promise<Result<{ readonly units: number }>>;
  /** Analyses the estate snapshot now; undefined without one. */
  assessEstate(): Promise<Result<NetworkAssessed> | undefined>;
  /** Analyses a snapshot that was given. */
  analyze(estate: Estate): Promise<Result<NetworkAssessed>>;
  /** Works on jobs from now on, until the queue closes. */
  work(): Promise<void>;
}

/** Puts the engine together. */
export function createEngine(options: EngineOptions): Engine {
  const { store, queue, advisories, assessor, clock, log } = options;

  async function followed(assessing: Promise<Result<Ingested>>): Promise<Result<Ingested>> {
    const done = await assessing;
    if (done.ok) await askForStreams(done.value.problems);
    return done;
  }

  /** Advisory data that an inventory needs and the database lacks are fetched; its resources are matched again by the database's change. */
  async function askForStreams(problems: readonly Problem[]): Promise<void> {
    const isMissing = problems.some(({ code, effect }) => code === 'match-stream-missing' && effect === 'incomplete');
    if (isMissing && options.refresh !== undefined) await queue.send('advisories', {}, { uniqueKey: 'streams' });
  }

  async function rematchLater(): Promise<void> {
    await queue.send('rematch', {}, { uniqueKey: 'rematch' });
  }

  async function adopt(path: string): Promise<Result<{ readonly units: number }>> {
    const adopted = await advisories.adopt(path);
    if (!adopted.ok) return adopted;
    if (adopted.value !== undefined) {
      const { streams, ...counts } = adopted.value;
      log.info({ ...counts, streams: streams.length, path }, 'a new advisory database is in use');
      for (const resource of await resourcesOn(store, streams)) {
        await queue.send('rescan', { resource }, { uniqueKey: String(resource) });
      }
    }
    const units = await pending(store.read);
    if (units > 0 || (await textsAreOld(store.read))) await askWhenWritable(rematchLater, log);
    return ok({ units });
  }

  async function rematchAll(signal: AbortSignal): Promise<void> {
    const started = clock();
    const total = { units: 0, created: 0, updated: 0, closed: 0 };
    while (!signal.aborted) {
      const matched = await assessor.rematch();
      if (!matched.ok) throw new Error(matched.problem.message);
      const { units, changes } = matched.value;
      if (units === 0) break;
      total.units += units;
      total.created += changes.created.length + changes.reopened.length;
      total.updated += changes.updated.length;
      total.closed += changes.closed.length;
    }
    if (total.units > 0) log.info({ ...total, milliseconds: clock() - started }, 'matched again what changed');
    // Cut off, or another worker's part failed: what still waits is taken up again.
    if (signal.aborted && (await pending(store.read)) > 0) await rematchLater();
  }

  async function estateNow(): Promise<Result<NetworkAssessed> | undefined> {
    if (options.estate === undefined) return undefined;
    const estate = await options.estate();
    return estate.ok ? analyze(estate.value) : estate;
  }

  async function analyze(estate: Estate): Promise<Result<NetworkAssessed>> {
    // Most servers have no snapshot, or look at it twice a day.
    const { assessEstate } = await import('./network.ts');
    const assessed = await assessEstate(store, estate, clock);
    const { created, updated, closed } = assessed.changes;
    const counts = { created: created.length, updated: updated.length, closed: closed.length };
    log.info({ instances: assessed.instances, ...counts }, 'the estate was analysed');
    return ok(assessed);
  }

  return {
    ingest: (arrival) => followed(assessor.ingest(arrival)),
    document: (file, announced) => followed(assessor.document(file, announced)),
    receive: (body, admit) => followed(assessor.receive(body, admit)),
    adopt,
    assessEstate: estateNow,
    analyze,
    async rescan(resource) {
      await queue.send('rescan', { resource }, { uniqueKey: String(resource) });
    },
    async reconfigured(transaction) {
      await queue.send('sweep', {}, { transaction, uniqueKey: 'changed' });
    },
    async report(transaction, id) {
      await queue.send('report', { id }, { transaction });
    },
    async work() {
      const work = (kind: keyof typeof JOBS, handler: Handler) =>
        queue.work(kind, async (job) => {
          try {
            await handler(job);
          } catch (error) {
            const facts = { kind, attempt: job.attempt, reason: messageOf(error) };
            if (job.signal.aborted) log.info(facts, 'a job was cut off and is done again');
            else log.error(facts, 'a job failed and is tried again');
            throw error;
          }
        });
      await work('rematch', ({ signal }) => rematchAll(signal));
      await work('rescan', async ({ payload }) => {
        const { resource } = payload;
        if (typeof resource !== 'number') return;
        const done = await assessor.rescan(resource);
        if (!done.ok) throw new Error(done.problem.message);
      });
      await work('advisories', async ({ signal }) => {
        const refreshed = await options.refresh?.(await wantedStreams(store.read), signal);
        if (refreshed === undefined) return;
        if (!refreshed.ok) throw new Error(refreshed.problem.message);
        const adopted = await adopt(refreshed.value);
        if (!adopted.ok) throw new Error(adopted.problem.message);
      });
      await work('report', async ({ payload, signal }) => {
        const current = await advisories.current();
        if (!current.ok) throw new Error(current.problem.message);
        const { info } = current.value.database;
        if (typeof payload.id === 'string') {
          const { makeReport } = await import('./reports.ts');
          await makeReport(store, payload.id, { client: options.reports, database: info, clock, signal });
        }
      });
      await work('sweep', async () => {
        await timeOutReports(store, clock());
        const expired = await expireTriage(store, clock());
        if (expired > 0) log.info({ expired }, 'decisions about findings expired');
        const changed = await sweep(store, clock());
        if (changed > 0) log.info({ changed }, 'resources fell silent or left their window');
        const { switchedOff, resumed, instances } = await followActivation(store, clock());
        if (switchedOff + resumed.length > 0) {
          log.info({ switchedOff, resumed: resumed.length }, 'scan types were switched');
        }
        for (const resource of resumed) await queue.send('rescan', { resource }, { uniqueKey: String(resource) });
        if (instances && options.estate !== undefined) await queue.send('estate', {}, { uniqueKey: 'resumed' });
        // A new day may end the life of a system: asking for the database marks them.
        const current = await advisories.current();
        if (current.ok && (await pending(store.read)) > 0) await rematchLater();
      });
      await work('forget', async () => {
        const forgotten = await forget(store, options.keepClosed, clock());
        log.info(forgotten, 'forgot what is not needed any more');
      });
      await work('metrics', async () => {
        await store.write((tx) => enqueueMetrics(tx, clock()));
      });
      await work('estate', async () => {
        const assessed = await estateNow();
        if (assessed !== undefined && !assessed.ok) throw new Error(assessed.problem.message);
      });
      const ask = async (): Promise<void> => {
        for (const [kind, cron] of Object.entries(JOBS)) {
          if (cron === undefined) continue;
          if (kind === 'advisories' && options.refresh === undefined) continue;
          if (kind === 'estate' && options.estate === undefined) continue;
          await queue.schedule(kind, cron);
        }
        // The snapshot may be another than the last run's.
        if (options.estate !== undefined) await queue.send('estate', {}, { uniqueKey: 'start' });
        // What a run that was cut off has left.
        const isOld = await textsAreOld(store.read);
        if (isOld || (await pending(store.read)) > 0) await rematchLater();
      };
      await askWhenWritable(ask, log);
    },
  };
}
